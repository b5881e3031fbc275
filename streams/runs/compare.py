"""
Two runs set side by side: which alerts one of them has alone, and how those of both differ.

An alert's id is its rule, scope and first day.  Where an episode begins on another day in the other run, it has another
id; two such alerts of one subject whose days overlap are told as one alert that changed, not as one gone and one come.
What every alert of a run has in common (the digest of its rule set) and what is only told again in other words (the
summary, the lines of arithmetic) is no difference.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Final, NamedTuple, cast

from msgspec import to_builtins

from alerts.lifecycle import subject_id
from alerts.model import Alert

ADDED: Final = "added"
REMOVED: Final = "removed"
CHANGED: Final = "changed"

_MEANINGS: Final = {
    "state": "condition",
    "severity": "severity",
    "levy_usd": "levy, USD",
    "opened_at": "from",
    "resolved_at": "to",
    "updated_at": "last told of",
    "zone": "zone",
}
"""What is said before the figures of the evidence, in this order, and what it is called."""

_RETOLD: Final = frozenset({"id", "rule_set", "summary", "notice", "revision", "evidence", *_MEANINGS})
_DERIVED: Final = frozenset({"arithmetic", "trail", "method"})
"""Parts of the evidence that only work out what stands beside them."""


class FieldChange(NamedTuple):
    """One thing that differs between two versions of an alert."""

    what: str
    """``condition``, ``severity``, ``levy, USD``, ``from``, ``to`` ..., or the path of a figure of the evidence."""
    before: str
    """Empty where there was none."""
    after: str


class Difference(NamedTuple):
    """An alert that is not the same in both runs."""

    kind: str
    """``added``, ``removed`` or ``changed``."""
    before: Alert | None
    after: Alert | None
    changes: tuple[FieldChange, ...] = ()

    @property
    def alert(self) -> Alert:
        """The alert as the second run has it, else as the first has."""
        return cast("Alert", self.after or self.before)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids it has in the two runs: one, or two where it begins on another day."""
        return tuple(sorted({each.id for each in (self.before, self.after) if each is not None}))


def compare(before: Iterable[Alert], after: Iterable[Alert]) -> list[Difference]:
    """Return how the alerts of two runs differ, by product, rule, way and first day; nothing where they do not."""
    first, second = {each.id: each for each in before}, {each.id: each for each in after}
    found = [Difference(CHANGED, first[name], second[name]) for name in first.keys() & second.keys()]
    found += _paired(
        [first[name] for name in first.keys() - second.keys()],
        [second[name] for name in second.keys() - first.keys()],
    )
    told = (_with_changes(each) for each in found)
    return sorted((each for each in told if each.kind != CHANGED or each.changes), key=_order)


def same_but_for_rules(before: Alert | None, after: Alert | None) -> bool:
    """Return whether two versions of an alert, either of them absent, differ in nothing that is a difference."""
    if before is None or after is None:
        return before is after
    return before == after or not any(_changes(before, after))


def _paired(gone: Sequence[Alert], come: Sequence[Alert]) -> Iterator[Difference]:
    """Yield alerts of one run alone, those of a subject that overlap as one each, the earliest first."""
    left: dict[str, list[Alert]] = {}
    for alert in sorted(come, key=lambda each: (each.opened_at, each.id)):
        left.setdefault(subject_id(alert), []).append(alert)
    for alert in sorted(gone, key=lambda each: (each.opened_at, each.id)):
        others = left.get(subject_id(alert), [])
        other = next((each for each in others if _overlap(alert, each)), None)
        if other is None:
            yield Difference(REMOVED, alert, None)
        else:
            others.remove(other)
            yield Difference(CHANGED, alert, other)
    yield from (Difference(ADDED, None, each) for others in left.values() for each in others)


def _overlap(one: Alert, other: Alert) -> bool:
    (first, last), (from_day, to_day) = days_of(one), days_of(other)
    return first <= to_day and from_day <= last


def days_of(alert: Alert) -> tuple[date, date]:
    """Return an alert's first day and the last that it was told of."""
    first = date.fromisoformat(alert.opened_at[:10])
    return first, max(first, date.fromisoformat((alert.resolved_at or alert.updated_at)[:10]))


def _with_changes(found: Difference) -> Difference:
    if found.before is None or found.after is None:
        return found
    return found._replace(changes=tuple(_changes(found.before, found.after)))


def _changes(before: Alert, after: Alert) -> Iterator[FieldChange]:
    """Yield what differs, what matters most first."""
    one, other = to_builtins(before), to_builtins(after)
    old, new = one["evidence"], other["evidence"]
    for name, meaning in _MEANINGS.items():
        was, now = (each.get(name, evidence.get(name)) for each, evidence in ((one, old), (other, new)))
        # A story that ends on another day was last told on another day: once is enough.
        if was != now and not (name == "updated_at" and before.resolved_at != after.resolved_at):
            yield FieldChange(meaning, _text(was), _text(now))
    for name in sorted(one.keys() - _RETOLD):
        if one[name] != other[name]:
            yield FieldChange(name, _text(one[name]), _text(other[name]))
    was, now = dict(_figures("", old)), dict(_figures("", new))
    for path in sorted(was.keys() | now.keys()):
        if path not in _MEANINGS and was.get(path) != now.get(path):
            yield FieldChange(path, _text(was.get(path)), _text(now.get(path)))


def _figures(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the leaves of the evidence with their paths."""
    if isinstance(value, dict):
        for name, part in value.items():
            if name not in _DERIVED:
                yield from _figures(f"{path}.{name}".lstrip("."), part)
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from _figures(f"{path}[{place}]", part)
    else:
        yield path, value


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _order(found: Difference) -> tuple[str, ...]:
    alert = found.alert
    return alert.product, alert.rule, alert.origin or "", alert.destination or "", alert.opened_at, alert.id
