"""
Scoring: the alerts of a run against cases that became known, rule by rule.

A **warning** of a case is an alert on its goods and way, as far as both tell them, that opened before the day on which
the case became known (its petition, else its initiation) and was open on some day of the *window* before it.  A case
with one is a **hit**, its lead the days from the first such opening to that day; without one it is a **miss**; where
the run has no trade of its goods in the window it is **not covered**, and neither.  An alert that opens on or after
that day, within a window's length, came **after**; one that belongs to no case at all is a **false alarm** - which says
that no case in the file explains it, not that nothing was wrong.

Days are event time.  Statistics are published later: a *lag* is added to every opening before it is compared.

The **base rate** is how often there would be a warning of a case that is not one: of all ways and months that the run
has trade of, the part that has a warning in the window before it.  A rule whose share of hits is no higher knows
nothing.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from statistics import median
from typing import Final, NamedTuple

from alerts.model import Alert
from streams.month_series import MonthLine
from streams.months import MONTHS_A_YEAR, last_day, month_of
from streams.runs.cases import Case
from streams.runs.compare import days_of
from streams.selection import fits

ANY_RULE: Final = "any of them"
WINDOW_DAYS: Final = 365


class Way(NamedTuple):
    """Goods on their way: what can be warned of."""

    product: str
    origin: str
    destination: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseScore:
    """What became of one case."""

    case: Case
    covered: bool
    warnings: tuple[Alert, ...] = ()
    """In order of their opening."""
    lead_days: int | None = None
    """From the first of them, None for a miss."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleScore:
    """How a rule, or all of them together, did."""

    rule: str
    cases: int
    """Of those that are covered."""
    hits: int
    lead_days: tuple[int, ...]
    """Of each hit, in order."""
    alerts: int
    after: int
    """Alerts of a case that came when it was known."""
    false: int
    """Alerts of no case."""
    false_per_product_year: Fraction | None
    base_rate: Fraction | None
    """None where the run has no series: which ways it has trade of is then not known."""

    @property
    def misses(self) -> int:
        """Covered cases without a warning."""
        return self.cases - self.hits

    @property
    def hit_rate(self) -> Fraction | None:
        """The part of the covered cases that were hit."""
        return Fraction(self.hits, self.cases) if self.cases else None

    @property
    def median_lead_days(self) -> Fraction | None:
        """The median lead, None without a hit."""
        return Fraction(median(map(Fraction, self.lead_days))) if self.lead_days else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """Every case, and every rule."""

    cases: tuple[CaseScore, ...]
    rules: tuple[RuleScore, ...]
    """All rules together first."""
    product_years: Fraction | None
    """Years of trade, a product at a time; None where the run has no series."""


@dataclass(slots=True)
class _Trade:
    """Which ways had trade, and when."""

    months: dict[Way, set[int]] = field(default_factory=dict)

    def has(self, case: Case, first: date, last: date) -> bool:
        """Return whether goods of a case were traded between two days."""
        span = range(_month(first), _month(last) + 1)
        return any(not months.isdisjoint(span) for way, months in self.months.items() if _is_of_way(case, way))

    @property
    def product_years(self) -> Fraction:
        """The months in which each product was traded, in years."""
        found = {(way.product, month) for way, months in self.months.items() for month in months}
        return Fraction(len(found), MONTHS_A_YEAR)


def score(
    cases: Sequence[Case],
    alerts: Iterable[Alert],
    series: Iterable[MonthLine] | None,
    *,
    rules: Collection[str] = (),
    window_days: int = WINDOW_DAYS,
    lag_days: int = 0,
) -> Scored:
    """
    Return how *alerts* meet *cases*, of *rules* alone where named.

    *series* tells which ways had trade; None where that is not known: then every case counts as covered.
    """
    trade = None if series is None else _trade_of(series)
    wanted = [_Told(alert, lag_days) for alert in alerts if not rules or alert.rule in rules]
    scored = tuple(_case_score(case, wanted, trade, window_days) for case in cases)
    names = sorted({told.alert.rule for told in wanted})
    marks = [_rule_score("", scored, wanted, trade, window_days)]
    marks += [_rule_score(name, scored, wanted, trade, window_days) for name in names]
    return Scored(cases=scored, rules=tuple(marks), product_years=None if trade is None else trade.product_years)


class _Told:
    """An alert with the days on which it could be known: its opening with the lag, and its end."""

    __slots__ = ("alert", "last", "opened")

    def __init__(self, alert: Alert, lag_days: int) -> None:
        first, last = days_of(alert)
        self.alert = alert
        self.opened = first + timedelta(days=lag_days)
        self.last = max(last, self.opened)

    def warns(self, day: date, window_days: int) -> bool:
        """Return whether it opened before *day* and was open within the window before it."""
        return self.opened < day and self.last >= day - timedelta(days=window_days)

    def follows(self, day: date, window_days: int) -> bool:
        """Return whether it opened on *day* or within the window's length after it."""
        return day <= self.opened <= day + timedelta(days=window_days)


def _case_score(case: Case, told: Sequence[_Told], trade: _Trade | None, window_days: int) -> CaseScore:
    day = case.known_on
    first = day - timedelta(days=window_days)
    covered = trade is None or trade.has(case, first, day - timedelta(days=1))
    warnings = sorted(
        (each for each in told if _is_of_case(case, each.alert) and each.warns(day, window_days)),
        key=lambda each: (each.opened, each.alert.id),
    )
    if not covered or not warnings:
        return CaseScore(case=case, covered=covered)
    lead = (day - warnings[0].opened).days
    return CaseScore(case=case, covered=True, warnings=tuple(each.alert for each in warnings), lead_days=lead)


def _rule_score(
    rule: str, scored: Sequence[CaseScore], told: Sequence[_Told], trade: _Trade | None, window_days: int
) -> RuleScore:
    """Return the score of one rule, or with an empty name of all."""
    own = [each for each in told if rule in {"", each.alert.rule}]
    opened = {each.alert.id: each.opened for each in own}
    leads = []
    for each in scored:
        warnings = [opened[alert.id] for alert in each.warnings if alert.id in opened]
        if warnings:
            leads.append((each.case.known_on - min(warnings)).days)
    cases = [each.case for each in scored]
    warned = {alert.id for each in scored for alert in each.warnings}
    others = [each for each in own if each.alert.id not in warned]
    after = sum(_is_after(each, cases, window_days) for each in others)
    false = sum(not _belongs(each, cases, window_days) for each in others)
    years = None if trade is None else trade.product_years
    return RuleScore(
        rule=rule or ANY_RULE,
        cases=sum(each.covered for each in scored),
        hits=len(leads),
        lead_days=tuple(sorted(leads)),
        alerts=len(own),
        after=after,
        false=false,
        false_per_product_year=Fraction(false) / years if years else None,
        base_rate=None if trade is None else _base_rate(own, trade, window_days),
    )


def _is_after(told: _Told, cases: Iterable[Case], window_days: int) -> bool:
    return any(_is_of_case(case, told.alert) and told.follows(case.known_on, window_days) for case in cases)


def _belongs(told: _Told, cases: Iterable[Case], window_days: int) -> bool:
    """Return whether an alert warns of a case, covered or not, or came after it was known."""
    return any(
        _is_of_case(case, told.alert)
        and (told.warns(case.known_on, window_days) or told.follows(case.known_on, window_days))
        for case in cases
    )


def _base_rate(told: Sequence[_Told], trade: _Trade, window_days: int) -> Fraction | None:
    """Return the part of all ways' months that have a warning in the window before their last day."""
    warned = total = 0
    for way, months in trade.months.items():
        own = [each for each in told if _is_on_way(each.alert, way)]
        for month in months:
            day = date.fromordinal(last_day(month))
            total += 1
            warned += any(each.warns(day, window_days) for each in own)
    return Fraction(warned, total) if total else None


def _trade_of(series: Iterable[MonthLine]) -> _Trade:
    trade = _Trade()
    for line in series:
        if line.kind == "trade" and line.rows + line.unpriced_rows + line.suspect_rows:
            way = Way(line.product, line.origin, line.destination)
            trade.months.setdefault(way, set()).add(_month(date.fromisoformat(f"{line.month}-01")))
    return trade


def _is_of_case(case: Case, alert: Alert) -> bool:
    """Return whether an alert is of a case's goods and way; what one of the two does not tell fits."""
    return (
        fits((case.product,), alert.product)
        and _same(case.origin, alert.origin or "")
        and _same(case.destination, alert.destination or "")
    )


def _is_of_way(case: Case, way: Way) -> bool:
    return fits((case.product,), way.product) and _same(case.origin, way.origin) and _same(case.destination, way[2])


def _is_on_way(alert: Alert, way: Way) -> bool:
    return alert.product == way.product and _same(alert.origin or "", way[1]) and _same(alert.destination or "", way[2])


def _same(one: str, other: str) -> bool:
    return not one or not other or one == other


def _month(day: date) -> int:
    return month_of(day.toordinal())
