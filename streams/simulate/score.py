"""
Scoring: alerts against labels, rule by rule.

A label is **hit** by an alert of its rule on the same goods and way, as far as the rule tells them apart, that opens
from the first day of the pattern to its last and the rule's window beyond.  An alert is **true** where it touches a
label of its rule, **due** where a label of another rule names this rule among its side effects and the two touch on
the same mineral, and **false** where it is neither.  Precision leaves out what is due: it is neither wrong nor what
was asked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from statistics import median
from typing import Any, Final

from alerts.model import Alert
from streams.rules import RULES
from streams.rules.period_rule import Cadence, PeriodRule
from streams.rules.rule import Rule, WindowRule
from streams.simulate.labels import Label

_NAMED_BY: Final = ("exporter", "importer", "party", "instrument")
_MONTH_DAYS: Final = 31
_LEAST_DAYS: Final = 31
_MOST_DAYS: Final = 366


def window_days(rule: Rule) -> int:
    """Return how many days after a pattern's last its traces are in the rule's window; a year at most."""
    if isinstance(rule, PeriodRule):
        days = rule.reach * _MONTH_DAYS + _MONTH_DAYS if rule.cadence is Cadence.MONTH else rule.reach
    elif isinstance(rule, WindowRule):
        days = rule.window_days
    else:
        days = 0
    return min(max(days, _LEAST_DAYS), _MOST_DAYS)


WINDOWS: Final[Mapping[str, int]] = {rule.name: window_days(rule) for rule in RULES}


@dataclass(slots=True)
class RuleScore:
    """How a rule did."""

    rule: str
    labels: int = 0
    hits: int = 0
    alerts: int = 0
    true: int = 0
    due: int = 0
    days: list[int] = field(default_factory=list)
    """From the first day of each pattern that was hit to the first alert."""

    @property
    def false(self) -> int:
        """The alerts that nothing explains."""
        return self.alerts - self.true - self.due

    @property
    def recall(self) -> Fraction | None:
        """The part of the labels that were hit, None where there are none."""
        return Fraction(self.hits, self.labels) if self.labels else None

    @property
    def precision(self) -> Fraction | None:
        """The part of the alerts that are true of those that are true or false, None where there are none."""
        judged = self.alerts - self.due
        return Fraction(self.true, judged) if judged else None

    @property
    def median_days(self) -> int | None:
        """The median of the days to detect, rounded down."""
        return int(median(self.days)) if self.days else None

    def add(self, other: "RuleScore") -> None:
        """Add what the same rule did elsewhere."""
        self.labels += other.labels
        self.hits += other.hits
        self.alerts += other.alerts
        self.true += other.true
        self.due += other.due
        self.days += other.days


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one alert."""

    alert: Alert
    kind: str
    """``true``, ``due`` or ``false``."""
    label: Label | None


@dataclass(slots=True)
class Score:
    """How every rule did, and what became of each alert and label."""

    rules: dict[str, RuleScore]
    verdicts: list[Verdict]
    missed: list[Label]


def score(labels: Sequence[Label], alerts: Iterable[Alert], windows: Mapping[str, int] = WINDOWS) -> Score:
    """Return how *alerts* meet *labels*; *windows* are days beyond a pattern's last, by rule."""
    alerts = list(alerts)
    names = sorted({label.rule for label in labels} | {alert.rule for alert in alerts} | set(windows))
    found = Score(rules={name: RuleScore(name) for name in names}, verdicts=[], missed=[])
    for alert in alerts:
        _count(found, alert, labels, windows)
    for label in labels:
        mark = found.rules[label.rule]
        mark.labels += 1
        opened = [_day(alert.opened_at) for alert in alerts if _hits(label, alert, windows)]
        if opened:
            mark.hits += 1
            mark.days.append((min(opened) - label.first_day).days)
        else:
            found.missed.append(label)
    return found


def _count(found: Score, alert: Alert, labels: Sequence[Label], windows: Mapping[str, int]) -> None:
    mark = found.rules[alert.rule]
    mark.alerts += 1
    for kind, meets in (("true", _is_of), ("due", _is_side_effect_of)):
        label = next((each for each in labels if meets(each, alert) and _touches(each, alert, windows)), None)
        if label is not None:
            setattr(mark, kind, getattr(mark, kind) + 1)
            found.verdicts.append(Verdict(alert, kind, label))
            return
    found.verdicts.append(Verdict(alert, "false", None))


def _hits(label: Label, alert: Alert, windows: Mapping[str, int]) -> bool:
    if not _is_of(label, alert):
        return False
    after = (_day(alert.opened_at) - label.last_day).days
    return _day(alert.opened_at) >= label.first_day and after <= windows.get(label.rule, _LEAST_DAYS)


def _is_of(label: Label, alert: Alert) -> bool:
    """Return whether an alert is of the label's rule, goods and way, as far as both tell."""
    return (
        alert.rule == label.rule
        and alert.product == label.product
        and _same(label.origin, alert.origin)
        and _same(label.destination, alert.destination)
        and _same_parties(label.party, alert.evidence)
    )


def _is_side_effect_of(label: Label, alert: Alert) -> bool:
    return alert.rule in label.side_effects and alert.product.partition("|")[0] == label.mineral


def _touches(label: Label, alert: Alert, windows: Mapping[str, int]) -> bool:
    """Return whether the alert was open on some day from the label's first to its last and the window beyond."""
    opened, ended = _day(alert.opened_at), _day(alert.resolved_at or alert.updated_at)
    after = (opened - label.last_day).days
    return max(opened, ended) >= label.first_day and after <= windows.get(alert.rule, _LEAST_DAYS)


def _same(wanted: str, found: str | None) -> bool:
    return not wanted or not found or wanted == found


def _same_parties(wanted: str, evidence: Mapping[str, Any]) -> bool:
    """Return whether an alert names one of the parties that a label names, or none at all."""
    texts = [evidence[name] for name in _NAMED_BY if isinstance(evidence.get(name), str)]
    # A party may be told with what it is: "exporter X".
    named = {word for text in texts for word in (text, text.rpartition(" ")[2])}
    return not wanted or not named or bool(named & {wanted, *wanted.split(">")})


def _day(text: str) -> date:
    return date.fromisoformat(text[:10])
