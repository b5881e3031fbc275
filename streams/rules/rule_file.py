"""
Rule files: which rules run, and their thresholds, written by people.

A file is TOML.  ``[[rule]]`` with a ``name`` sets a rule's thresholds; with ``mineral``, ``stage`` or ``origin`` it
does so for those goods only, and of several that fit the last one counts.  ``enabled = false`` takes a rule out.  What
is not named keeps its default.  A file is read as a whole: either all of it is right, or all that is wrong is said at
once, each with its line; no key is ignored.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from difflib import get_close_matches
from fractions import Fraction
from typing import Any, Final, NamedTuple

from streams.episodes import EpisodePolicy
from streams.exact import NotADecimalError, fraction
from streams.reference.schedule_file import ScheduleErrors
from streams.reference.schedule_text import ScheduleError, Table, read_tables
from streams.rules.bands import Bands
from streams.rules.rule import Rule
from streams.rules.settings import Override

_SELECTORS: Final = ("mineral", "stage", "origin")
_OWN: Final = ("name", "enabled", *_SELECTORS)
_INTERNAL: Final = ("overrides", "policy")
_POLICY: Final = tuple(EpisodePolicy.__dataclass_fields__)


class Choice(NamedTuple):
    """One setting of a rule, as a file may name it."""

    name: str
    value: Any
    """Its default."""
    meaning: str
    basis: str


def choices(rule: Rule) -> Iterator[Choice]:
    """Yield the settings of *rule* that a file may change, those of its episodes last."""
    for each in fields(rule):  # type: ignore[arg-type]  # every rule is a dataclass
        if each.name not in _INTERNAL:
            meta = each.metadata
            yield Choice(each.name, getattr(rule, each.name), meta.get("meaning", ""), meta.get("basis", "default"))
    for name in _POLICY:
        yield Choice(name, getattr(rule.policy, name), _POLICY_MEANINGS[name], "default")


_POLICY_MEANINGS: Final = {
    "open_after": "consecutive breaches before an alert opens",
    "clear_days": "days since the last breach before a clear day ends the alert",
    "expire_days": "days since the last breach after which silence ends the alert",
    "empty_breaks": "whether a day without anything to judge by ends a run that has not opened",
}


def read_rules(text: str, name: str, rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """
    Return *rules* as the file *text* sets them.

    Raises :class:`ScheduleErrors` with everything that is wrong, by line.
    """
    tables, errors = read_tables(text, name)
    sections = [_Section(table) for table in tables]
    for section in sections:
        errors += section.problems(rules)
    if errors:
        raise ScheduleErrors(name, errors)
    return tuple(_set(rule, sections) for rule in rules if not _taken_out(rule, sections))


def _set(rule: Rule, sections: Iterable["_Section"]) -> Rule:
    own = [section for section in sections if section.name == rule.name]
    for section in own:
        if not section.selector:
            rule = section.applied(rule)
    overrides = tuple(Override(section.applied(rule), **section.selector) for section in own if section.selector)
    return replace(rule, overrides=overrides) if overrides else rule  # type: ignore[type-var]


def _taken_out(rule: Rule, sections: Iterable["_Section"]) -> bool:
    return any(section.name == rule.name and section.table.fields.get("enabled") is False for section in sections)


class _Section:
    """One ``[[rule]]`` of a file."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.name = str(table.fields.get("name", ""))
        self.selector = {each: str(table.fields[each]) for each in _SELECTORS if each in table.fields}

    def applied(self, rule: Rule) -> Rule:
        """Return *rule* with the section's settings."""
        given = {each.name: each.value for each in choices(rule)}
        values = {name: _converted(value, given[name]) for name, value in self.table.fields.items() if name not in _OWN}
        policy = {name: values.pop(name) for name in _POLICY if name in values}
        return replace(rule, policy=replace(rule.policy, **policy), **values)  # type: ignore[type-var]

    def problems(self, rules: Sequence[Rule]) -> Iterator[ScheduleError]:
        """Say all that is wrong with the section."""
        if self.table.kind != "rule":
            yield self._error("", f"unknown table {self.table.kind!r}; write [[rule]] with a name")
            return
        rule = next((rule for rule in rules if rule.name == self.name), None)
        if rule is None:
            names = [rule.name for rule in rules]
            yield self._error("name", f"unknown rule {self.name!r}; {_hint(self.name, names)}")
            return
        enabled = self.table.fields.get("enabled", True)
        if not isinstance(enabled, bool):
            yield self._error("enabled", f"enabled: expected true or false, found {enabled!r}")
        elif self.selector and not enabled:
            yield self._error("enabled", "enabled: a rule is taken out for all goods or for none")
        given = {each.name: each.value for each in choices(rule)}
        for name, value in self.table.fields.items():
            if name in _OWN:
                continue
            if name not in given:
                yield self._error(name, f"unknown key {name!r}; {_hint(name, [*given, *_OWN])}")
                continue
            try:
                _converted(value, given[name])
            except ValueError as e:
                yield self._error(name, f"{name}: {e}")

    def _error(self, field: str, message: str) -> ScheduleError:
        return ScheduleError(self.table.line_of(field), message)


def _converted(value: Any, default: Any) -> Any:
    """Return *value* in the type of *default*; raises :class:`ValueError` where it is none."""
    match default:
        case bool():
            return _truth(value)
        case int() | None:
            return _count(value)
        case Fraction():
            return _amount(value)
        case Bands():
            return _bands(value)
        case tuple():
            return _several(value, default)
        case _:
            return _text(value)


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    message = f"expected true or false, found {value!r}"
    raise ValueError(message)


def _count(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    message = f"expected a whole number, 0 or more, found {value!r}"
    raise ValueError(message)


def _amount(value: Any) -> Fraction:
    try:
        amount = Fraction(-1) if isinstance(value, bool) else fraction(str(value))
    except NotADecimalError:
        amount = Fraction(-1)
    if amount >= 0:
        return amount
    message = f"expected a number, 0 or more, found {value!r}"
    raise ValueError(message)


def _bands(value: Any) -> Bands:
    if not isinstance(value, list) or len(value) != len(Bands._fields):
        message = f"expected three numbers, for {', '.join(Bands._fields)}, found {value!r}"
        raise ValueError(message)
    bands = Bands(*map(_amount, value))
    if sorted(bands) != list(bands):
        message = f"expected numbers that rise, found {value!r}"
        raise ValueError(message)
    return bands


def _several(value: Any, default: tuple[Any, ...]) -> tuple[Any, ...]:
    if isinstance(value, list):
        sample = default[0] if default else ""
        return tuple(_converted(each, sample) for each in value)
    message = f"expected a list, found {value!r}"
    raise ValueError(message)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    message = f"expected text, found {value!r}"
    raise ValueError(message)


def _hint(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
