"""
Whether a market price can be leaned on: it is stale, rests on too few, was moved by one print, or no trade agrees.

Four faults of an assessment, each an alert of its own.  Stale: no new assessment for more than ten days and more than
twice the longest of its last gaps, while the product trades.  Thin: fewer than three contributed.  One print: it moved
by a tenth or more on fewer than five contributors, and no other instrument of the product moved with it.  Disagrees:
the average of the last whole month's imports lies more than 10 % outside all that the instrument came to since three
months before that month, which allows for goods that were priced long before they arrive; prices of home markets are
not compared with imports.

Basis: principles for price reporting agencies (IOSCO, 2012) ask for enough contributors and a stated method; the
dispute about the index of the solar minimum import price; the figures are defaults.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import partial
from itertools import islice, pairwise
from typing import Any, ClassVar, Final, NamedTuple

from alerts.model import Severity
from streams.antidumping.sales import percent
from streams.cells import Lane
from streams.episodes import EpisodePolicy, Verdict
from streams.exact import decimal_text
from streams.months import month_of, month_text
from streams.panel import Panel, Sums, Tick, days_of
from streams.rules.bands import Bands
from streams.rules.coverage import COVERAGE_MIN_PCT, coverage_pct
from streams.rules.evidence import day_text, kg, line, short, usd, usd_per_kg
from streams.rules.figures import term
from streams.rules.instruments import is_home_price
from streams.rules.period_rule import Cadence, PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import Finding, ScopeKey
from streams.rules.settings import threshold
from streams.shapes import Kind

_LAG_DAYS = 90
_LAG_MONTHS = 3
_REACH = 400
_GAPS = 5
_ENDED_DAYS = 92
"""Silence after which an instrument is taken to have ended, or three times what it is allowed if that is more."""


class Fault(StrEnum):
    """What is wrong with an assessment."""

    STALE = "stale"
    THIN = "thin"
    ONE_PRINT = "one_print"
    DISAGREES = "disagrees"


class Silence(NamedTuple):
    """An instrument without a new assessment."""

    last_day: int
    on: int
    allowed_days: int
    longest_gap: int


class Few(NamedTuple):
    """An assessment that rests on too few."""

    on: int
    contributors: int
    least: int


class Print(NamedTuple):
    """A move that nothing else confirms."""

    before_on: int
    before: Fraction
    on: int
    price: Fraction
    contributors: int
    others: int
    """How many other instruments were assessed meanwhile."""

    @property
    def move_pct(self) -> Fraction:
        """How far the price moved, per cent of what it was; positive is a rise."""
        return percent(self.price - self.before, self.before) or Fraction(0)


class Disagreement(NamedTuple):
    """What goods cost, and the assessment that came nearest to it."""

    month: int
    goods: Sums
    on: int
    price: Fraction
    nearest_on: int
    nearest: Fraction

    @property
    def gap_pct(self) -> Fraction:
        """How far the nearest price lies from the goods' average, per cent of it; positive is above."""
        average = self.goods.unit_value or Fraction(0)
        return percent(self.nearest - average, average) or Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkIntegrity(PeriodRule):
    """Find market prices that should not be leaned on."""

    name: ClassVar[str] = "benchmark_integrity"
    kind: ClassVar[Kind] = Kind.TICK
    cadence: ClassVar[Cadence] = Cadence.DAY
    reach: ClassVar[int] = _REACH
    price_alert: ClassVar[bool] = False
    policy: EpisodePolicy = EpisodePolicy(expire_days=100)
    stale_days: int = threshold(10, "days without an assessment that are always allowed")
    contributors_min: int = threshold(3, "contributors that an assessment has to rest on")
    print_contributors: int = threshold(5, "contributors that make a move more than one print")
    print_move_pct: Fraction = threshold(Fraction(10), "move since the assessment before, per cent")
    disagree_pct: Fraction = threshold(Fraction(10), "gap between assessments and imports to be exceeded, per cent")
    records_min: int = threshold(5, "records of the month that imports are averaged over")
    coverage_min_pct: Fraction = threshold(COVERAGE_MIN_PCT, "records of that month that are priced, per cent")
    bands: Bands = threshold(
        Bands(Fraction(10), Fraction(25), Fraction(50)), "severity of a move or a gap by its size, per cent"
    )

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:
        """Judge every instrument of the product."""
        limits = self.at(product)
        lanes = [lane for lane in panel.lanes(product, kind=Kind.TICK) if lane.days and lane.days[0] <= period]
        for lane in lanes:
            if not _assessed(lane, period):
                yield from _silence(limits, lane, period)
                continue
            yield Finding(_key(lane, Fault.STALE), Verdict.CLEAR)
            tick = panel.tick(lane, period)
            if tick is not None:
                yield from _contributors(limits, lane, tick, period)
                yield from _moved(limits, panel, lane, lanes, period)
                yield from _against_goods(limits, panel, lane, tick, period)

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say what is wrong with the instrument."""
        summary, evidence = _TELL[Fault(key.party)](worst.detail)
        thresholds = {name: str(getattr(self, name)) for name in _THRESHOLDS[Fault(key.party)]}
        return Words(
            f"{key.origin} ({key.product}) {summary}",
            {"fault": key.party, "instrument": key.origin} | evidence | {"thresholds": thresholds},
        )


_THRESHOLDS: Final = {
    Fault.STALE: ("stale_days",),
    Fault.THIN: ("contributors_min",),
    Fault.ONE_PRINT: ("print_contributors", "print_move_pct"),
    Fault.DISAGREES: ("disagree_pct", "records_min"),
}


def _key(lane: Lane, fault: Fault) -> ScopeKey:
    return ScopeKey(BenchmarkIntegrity.name, lane.key.product, lane.key.origin, "", party=fault)


def _assessed(lane: Lane, day: int) -> bool:
    """Return whether an assessment of *day* stands, priced or not."""
    cell = lane.cells.get(day)
    return cell is not None and cell.total("rows") > 0


def _days_before(lane: Lane, day: int, *, reach: int = _REACH) -> Iterator[int]:
    """Yield the days before *day* with an assessment, the latest first, as far back as the rule looks."""
    for place in range(bisect_right(lane.days, day - 1) - 1, -1, -1):
        if lane.days[place] < day - reach:
            return
        if _assessed(lane, lane.days[place]):
            yield lane.days[place]


def _silence(limits: BenchmarkIntegrity, lane: Lane, day: int) -> Iterator[Finding]:
    """Judge an instrument on a day without an assessment; one that fell silent for good is left alone."""
    last = list(islice(_days_before(lane, day), _GAPS + 1))
    if len(last) <= 2:  # noqa: PLR2004 - of two assessments there is one gap, which is no rhythm
        return
    longest = max(later - earlier for later, earlier in pairwise(last))
    allowed, age = max(limits.stale_days, 2 * longest), day - last[0]
    if allowed < age <= max(_ENDED_DAYS, 3 * allowed):
        found = Silence(last[0], day, allowed, longest)
        weight = Fraction(age, allowed)
        severity = Severity.HIGH if weight >= 2 else Severity.WARNING  # noqa: PLR2004 - twice what is allowed
        yield Finding(_key(lane, Fault.STALE), Verdict.BREACH, severity, weight, found)


def _contributors(limits: BenchmarkIntegrity, lane: Lane, tick: Tick, day: int) -> Iterator[Finding]:
    key, count = _key(lane, Fault.THIN), tick.contributors
    if count is None:
        yield Finding(key, Verdict.EMPTY, lack="the assessments do not say how many contributed")
    elif count >= limits.contributors_min:
        yield Finding(key, Verdict.CLEAR)
    else:
        severity = Severity.HIGH if count <= 1 else Severity.WARNING
        found = Few(day, count, limits.contributors_min)
        yield Finding(key, Verdict.BREACH, severity, Fraction(limits.contributors_min - count), found)


def _moved(limits: BenchmarkIntegrity, panel: Panel, lane: Lane, lanes: list[Lane], day: int) -> Iterator[Finding]:
    """Judge the move since the assessment before."""
    key, move = _key(lane, Fault.ONE_PRINT), _move(panel, lane, day)
    if move is None or move.contributors < 0:
        return
    size = abs(move.move_pct)
    if size < limits.print_move_pct or move.contributors >= limits.print_contributors:
        yield Finding(key, Verdict.CLEAR)
        return
    others = [each for other in lanes if other is not lane and (each := _meanwhile(panel, other, move)) is not None]
    if any(2 * each * move.move_pct >= move.move_pct**2 for each in others):
        yield Finding(key, Verdict.CLEAR)
    else:
        found = move._replace(others=len(others))
        yield Finding(key, Verdict.BREACH, limits.bands.severity(size), size, found)


def _move(panel: Panel, lane: Lane, day: int) -> Print | None:
    """Return the move to *day* from the assessment before; without contributors where they are not told."""
    tick = panel.tick(lane, day)
    for before in _days_before(lane, day, reach=_LAG_DAYS):
        price = panel.price(lane, before)
        if tick is not None and price:
            contributors = -1 if tick.contributors is None else tick.contributors
            return Print(before, price, day, tick.usd_per_kg, contributors, 0)
    return None


def _meanwhile(panel: Panel, lane: Lane, move: Print) -> Fraction | None:
    """Return how another instrument moved meanwhile, per cent; None where it was not assessed."""
    prices = [
        (each, price)
        for each in _days_before(lane, move.on + 1, reach=_LAG_DAYS)
        if (price := panel.price(lane, each)) is not None
    ]
    before = next((price for each, price in prices if each <= move.before_on), None)
    if before is None or not prices or prices[0][0] <= move.before_on:
        return None
    return percent(prices[0][1] - before, before)


def _against_goods(limits: BenchmarkIntegrity, panel: Panel, lane: Lane, tick: Tick, day: int) -> Iterator[Finding]:
    """Compare the prices of the last months with the imports of the last whole month."""
    if is_home_price(tick.shape):
        return
    month, key = month_of(day) - 1, _key(lane, Fault.DISAGREES)
    goods = panel.total(panel.lanes(lane.key.product), month)
    if goods.rows < limits.records_min or coverage_pct(goods) < limits.coverage_min_pct or not goods.value_uusd:
        yield Finding(key, Verdict.EMPTY, lack="too few priced imports in the month before to compare with")
        return
    average = goods.unit_value or Fraction(0)
    whole = [_range(panel, lane, each) for each in range(month - _LAG_MONTHS, month + 1)]
    came_to = _widest([*whole, _range_of(panel, lane, (each for each in days_of(lane, month + 1) if each <= day))])
    if came_to is None or came_to.low[0] <= average <= came_to.high[0]:
        yield Finding(key, Verdict.CLEAR)
        return
    nearest, nearest_on = came_to.low if average < came_to.low[0] else came_to.high
    found = Disagreement(month, goods, day, tick.usd_per_kg, nearest_on, nearest)
    gap = abs(found.gap_pct)
    if gap > limits.disagree_pct:
        yield Finding(key, Verdict.BREACH, limits.bands.severity(gap), gap, found)
    else:
        yield Finding(key, Verdict.CLEAR)


class _Range(NamedTuple):
    """The lowest and the highest of some prices, each with its first day."""

    low: tuple[Fraction, int]
    high: tuple[Fraction, int]


def _range(panel: Panel, lane: Lane, month: int) -> _Range | None:
    """Return what an instrument came to in a whole month."""
    days = days_of(lane, month)
    return panel.kept("price range", lane, month, partial(_range_of, panel, lane, days)) if days else None


def _range_of(panel: Panel, lane: Lane, days: Iterable[int]) -> _Range | None:
    prices = [(price, day) for day in days if (price := panel.price(lane, day)) is not None]
    return _Range(min(prices), max(prices, key=_highest)) if prices else None


def _widest(ranges: Iterable[_Range | None]) -> _Range | None:
    known = [each for each in ranges if each is not None]
    if not known:
        return None
    return _Range(min(each.low for each in known), max((each.high for each in known), key=_highest))


def _highest(priced: tuple[Fraction, int]) -> tuple[Fraction, int]:
    return priced[0], -priced[1]


# -- words -----------------------------------------------------------------------------------------------------------


def _tell_silence(found: Silence) -> tuple[str, dict[str, Any]]:
    age = found.on - found.last_day
    last, on = day_text(found.last_day), day_text(found.on)
    return (
        f"was last assessed on {last}, {age} days before {on}, while the market went on.",
        {
            "method": "days since the last assessment against twice the longest of its last gaps",
            "last_assessed_on": last,
            "on": on,
            "age_days": age,
            "longest_gap_days": found.longest_gap,
            "allowed_days": found.allowed_days,
            "arithmetic": [
                line("twice the longest gap", f"2 * {found.longest_gap}", str(2 * found.longest_gap), "days")
            ],
        },
    )


def _tell_few(found: Few) -> tuple[str, dict[str, Any]]:
    return (
        f"rested on {found.contributors} contributors on {day_text(found.on)}, fewer than {found.least}.",
        {
            "method": "contributors as published with the assessment",
            "on": day_text(found.on),
            "contributors": found.contributors,
            "arithmetic": [
                line("short of", f"{found.least} - {found.contributors}", str(found.least - found.contributors), "")
            ],
        },
    )


def _tell_print(found: Print) -> tuple[str, dict[str, Any]]:
    move = decimal_text(found.move_pct)
    return (
        f"moved {short(move, 1)} % to {day_text(found.on)} on {found.contributors} contributors"
        + (f", and none of {found.others} other instruments with it." if found.others else "."),
        {
            "method": "move since the assessment before, by its contributors and what other instruments did meanwhile",
            "before_on": day_text(found.before_on),
            "price_before_usd_per_kg": decimal_text(found.before),
            "on": day_text(found.on),
            "price_usd_per_kg": decimal_text(found.price),
            "move_pct": move,
            "contributors": found.contributors,
            "other_instruments_assessed": found.others,
            "arithmetic": [line("move", f"{term(found.price)} / {term(found.before)} * 100 - 100", move, "%")],
        },
    )


def _tell_disagreement(found: Disagreement) -> tuple[str, dict[str, Any]]:
    goods, gap = found.goods, decimal_text(found.gap_pct)
    average = usd_per_kg(goods.value_uusd, goods.content_mg)
    nearest = term(found.nearest)
    month = month_text(found.month)
    return (
        f"came no nearer than {short(gap, 1)} % to the {short(average, 3)} USD/kg that imports cost in {month}.",
        {
            "method": "average of all imports of the last whole month, CIF, against the nearest assessment since "
            "three months before it",
            "month": month,
            "on": day_text(found.on),
            "price_usd_per_kg": decimal_text(found.price),
            "nearest_on": day_text(found.nearest_on),
            "nearest_price_usd_per_kg": decimal_text(found.nearest),
            "records": goods.rows,
            "content_kg": kg(goods.content_mg),
            "value_usd": usd(goods.value_uusd),
            "average_usd_per_kg": average,
            "coverage_pct": decimal_text(coverage_pct(goods)),
            "gap_pct": gap,
            "arithmetic": [
                line("average of the imports", f"{usd(goods.value_uusd)} / {kg(goods.content_mg)}", average, "USD/kg"),
                line(
                    "gap of the nearest price",
                    f"{nearest} / ({usd(goods.value_uusd)} / {kg(goods.content_mg)}) * 100 - 100",
                    gap,
                    "%",
                ),
            ],
        },
    )


_TELL: Final[dict[Fault, Callable[[Any], tuple[str, dict[str, Any]]]]] = {
    Fault.STALE: _tell_silence,
    Fault.THIN: _tell_few,
    Fault.ONE_PRINT: _tell_print,
    Fault.DISAGREES: _tell_disagreement,
}
