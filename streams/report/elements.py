"""
Elements of a page: whatever is handed in as text comes out as text, never as markup.

Only an :class:`Element` is written as it is, and only this module makes one of text.
"""

from collections.abc import Iterable
from html import escape
from typing import Final, TypeAlias

_VOID: Final = frozenset({"br", "col", "hr", "meta"})


class Element:
    """A finished piece of markup; equal only to itself, so that no text is ever mistaken for one."""

    __slots__ = ("_markup",)

    def __init__(self, markup: str) -> None:
        self._markup = markup

    def __str__(self) -> str:
        return self._markup


Content: TypeAlias = "Element | str | int | Iterable[Content] | None"
"""What an element may hold: elements, text (escaped), nothing, or several of them."""
Column: TypeAlias = str | tuple[str, str]
"""The heading of a column, or a pair of heading and class."""


def element(name: str, *content: Content, **attributes: str | int | bool | None) -> Element:
    """
    Return the element *name*; an attribute that is None or False is left out, True stands without a value.

    A trailing underscore of an attribute's name is dropped and other underscores become hyphens: ``class_``,
    ``aria_label``.
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Element(f"<{name}{written}>")
    return Element(f"<{name}{written}>{markup(content)}</{name}>")


def markup(content: Content) -> str:
    """Return *content* as markup, all text in it escaped."""
    if content is None:
        return ""
    if isinstance(content, Element):
        return str(content)
    if isinstance(content, str | int):
        return escape(str(content))
    return "".join(markup(each) for each in content)


def table(
    caption: Content,
    columns: Iterable[Column],
    rows: Iterable[Iterable[Content]],
    *,
    class_: str | None = None,
) -> Element:
    """
    Return a table whose first column heads its rows.

    A column is its heading, or a pair of heading and class: ``num`` sets figures flush right.
    """
    named = [(column, None) if isinstance(column, str) else column for column in columns]
    head = element("tr", [element("th", heading, scope="col", class_=style) for heading, style in named])
    body = [element("tr", _cells(row, [style for _, style in named])) for row in rows]
    return element(
        "div",
        element("table", element("caption", caption), element("thead", head), element("tbody", body), class_=class_),
        class_="scroll",
    )


def _cells(row: Iterable[Content], styles: list[str | None]) -> Iterable[Element]:
    for place, (cell, style) in enumerate(zip(row, styles, strict=True)):
        if place == 0:
            yield element("th", cell, scope="row", class_=style)
        else:
            yield element("td", cell, class_=style)


def _attribute(key: str, value: str | int | bool | None) -> str:  # noqa: FBT001 -- an attribute may be a flag.
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
