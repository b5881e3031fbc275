"""The rules in words: what each finds, by which thresholds, and where those come from."""

import inspect
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any, Final, NamedTuple

from streams.exact import decimal_text
from streams.rules.bands import Bands
from streams.rules.period_rule import PeriodRule
from streams.rules.rule import Rule
from streams.rules.rule_file import choices
from streams.shapes import Kind

_WATCHES: Final = {Kind.TRADE: "trades", Kind.TICK: "prices"}


class Setting(NamedTuple):
    """A threshold as it is shown."""

    name: str
    value: str
    meaning: str
    basis: str


class Page(NamedTuple):
    """One rule of the handbook."""

    name: str
    what: str
    """One sentence."""
    why: str
    """What it finds and on what basis, a paragraph or more."""
    judged: str
    """How often: record by record's day, or each period once it is sealed."""
    settings: tuple[Setting, ...]


def page(rule: Rule) -> Page:
    """Return the page of *rule* as it is set."""
    text = inspect.getdoc(inspect.getmodule(type(rule))) or ""
    what, _, why = text.partition("\n\n")
    judged = f"each {rule.cadence}, once it is sealed" if isinstance(rule, PeriodRule) else "each day"
    watches = "" if isinstance(rule, PeriodRule) else f" of {_WATCHES[rule.kind]}"
    settings = tuple(Setting(each.name, _shown(each.value), each.meaning, each.basis) for each in choices(rule))
    return Page(rule.name, " ".join(what.split()), why, judged + watches, settings)


def handbook(rules: Iterable[Rule]) -> Iterator[str]:
    """Yield the lines of the handbook in Markdown."""
    pages = [page(rule) for rule in rules]
    yield "# Rules"
    yield ""
    yield "Written by `floorwatch rules list --markdown`. A threshold whose basis is `default` is ours, to be tuned;"
    yield "every other names its source. What a rule says is a signal, not a determination."
    yield ""
    yield "| rule | finds | judged |"
    yield "| --- | --- | --- |"
    for each in pages:
        yield f"| [{each.name}](#{each.name}) | {each.what} | {each.judged} |"
    for each in pages:
        yield ""
        yield f"## {each.name}"
        yield ""
        yield each.what
        if each.why:
            yield ""
            yield each.why
        yield ""
        yield "| setting | default | meaning | basis |"
        yield "| --- | --- | --- | --- |"
        for setting in each.settings:
            yield f"| `{setting.name}` | {setting.value} | {setting.meaning} | {setting.basis} |"


def _shown(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case Fraction():
            return decimal_text(value)
        case Bands():
            return " / ".join(map(decimal_text, value))
        case tuple():
            return " ".join(map(_shown, value))
        case None:
            return "never"
        case _:
            return str(value)
