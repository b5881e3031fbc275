"""Options that say how feed files are read where their content cannot."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from streams.feeds import FeedOptions

FileFormat = Annotated[str | None, typer.Option("--format", help="The format, where the content leaves it open.")]
Encoding = Annotated[str, typer.Option("--encoding", help="utf-8, or cp1252 for what older spreadsheets write.")]
Decimal = Annotated[str | None, typer.Option("--decimal", help="The decimal mark of the file's numbers: . or ,")]
Declared = Annotated[
    list[str] | None,
    typer.Option(
        "--declare",
        metavar="NAME=VALUE",
        help="What the files cannot say: flow=import|export, hs-edition=HS2017, member=NAME, revision=N, format, "
        "encoding, decimal, delimiter; what to read of them: hs=CODE, only=import|export; sort=yes puts each in order "
        "of date first. Repeatable.",
    ),
]

_SORT: Final = "sort"
_CODES: Final = "hs"
_NAMES: Final = {
    "flow": "flow",
    "only": "only",
    "hs-edition": "hs_edition",
    "member": "member",
    "revision": "revision",
    "format": "format",
    "encoding": "encoding",
    "decimal": "decimal",
    "delimiter": "delimiter",
}


def feed_options(declared: Sequence[str] | None, **given: Any) -> "FeedOptions":
    """Return what is declared by name and *given* besides; raises ``FeedError`` where a value is none."""
    from streams.feeds import FeedOptions

    pairs = [_pair(text) for text in declared or ()]
    codes = tuple(value for name, value in pairs if name == _CODES)
    named: dict[str, Any] = {_NAMES[name]: value for name, value in pairs if name in _NAMES}
    if "revision" in named:
        named["revision"] = _number(named["revision"])
    return FeedOptions(**{"hs_codes": codes, **given, **named})


def wants_sorting(declared: Sequence[str] | None) -> bool:
    """Return whether each file is to be put in order of date first."""
    return (_SORT, "yes") in map(_pair, declared or ())


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or name not in {_SORT, _CODES, *_NAMES} or (name == _SORT and value not in {"yes", "no"}):
        message = f"{text!r} declares nothing: write one of {', '.join(_NAMES)}, {_CODES} or sort=yes, as flow=export"
        raise typer.BadParameter(message)
    return name, value


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        message = f"revision={text!r} is no number"
        raise typer.BadParameter(message)
    return int(text)
