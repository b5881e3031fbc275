"""
Unit values that stand out: what the rules on invoices that are too low and too high have in common.

The unit value of a party's goods in a month, or of a lane's day where no party is declared, is set against all such
unit values of the same commodity code and origin over twelve months.  What the prices of the same lanes did meanwhile
is taken out first, the goods under test left aside: a price that moved as all others did does not stand out.
"""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Any, ClassVar, Final, NamedTuple

from streams.antidumping.price_filter import (
    FENCE_K,
    ROBUST_Z,
    Bounds,
    PriceQuartiles,
    RobustScore,
    bounds,
    cleaned,
    price_quartiles,
    robust_score,
)
from streams.antidumping.sales import Sales
from streams.cells import Lane
from streams.episodes import Verdict
from streams.exact import decimal_text
from streams.months import month_text
from streams.panel import MonthRows, Panel, Party
from streams.rules.bands import Bands
from streams.rules.coverage import COVERAGE_MIN_PCT, UNPRICED, coverage_pct
from streams.rules.evidence import UUSD_PER_USD, day_text, kg, line, short, usd
from streams.rules.figures import term, text_of
from streams.rules.period_rule import PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import Finding, ScopeKey
from streams.rules.settings import threshold

_RECORDS_MAX: Final = 20
_NOBODY: Final = ("", "")
_LASTS: Final = 3
"""Months that an alert may last without another breach: only who traded in them can have one that ends."""


class UnitValue(NamedTuple):
    """Goods that are taken as one price: of one commodity code, of a party in a month or of a day."""

    hs_code: str
    party: Party
    day: int
    """``0`` where a party is declared: its whole month."""
    content_mg: int
    value_uusd: int
    rows: int
    uusd_per_kg: int
    """The unit value to the nearest micro-USD: what it is set against others by."""

    @property
    def price(self) -> Fraction:
        """USD per kg."""
        return Fraction(self.uusd_per_kg, UUSD_PER_USD)


class Population(NamedTuple):
    """What unit values of one commodity code and origin usually are; USD per kg."""

    size: int
    lower_uusd: int
    upper_uusd: int
    """Unit values between the two, in micro-USD per kg, are within the bounds."""
    cleaned: Sales
    """The sums of those within the bounds: micro-USD, milligrams."""
    quartiles: PriceQuartiles
    bounds: Bounds
    score: RobustScore

    def cleaned_without(self, value: UnitValue) -> Fraction | None:
        """Return the average price of those within the bounds other than *value*; None where there is no other."""
        if not self.lower_uusd <= value.uusd_per_kg <= self.upper_uusd:
            return self.cleaned.price
        return Sales(self.cleaned.quantity - value.content_mg, self.cleaned.value - value.value_uusd).price


class Standing(NamedTuple):
    """A unit value against its population."""

    month: int
    value: UnitValue
    population: Population
    cleaned: Fraction
    """The cleaned average of the other unit values, USD per kg."""
    move: Fraction | None
    """What the prices of other goods came to of those of the months before; None where there are none."""
    factor: Fraction
    """The part of that move which is taken out of the unit value."""
    gap_pct: Fraction
    """By how much it lies on the wrong side of the cleaned average, per cent of that."""
    why: tuple[str, ...]
    """The tests that it failed."""
    records: tuple[str, ...] = ()
    """Ids of its records in order, not more than twenty."""

    @property
    def price(self) -> Fraction:
        """The unit value, the move of other goods taken out."""
        return self.value.price / self.factor


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceFilterRule(PeriodRule):
    """What both sides of the price filter share."""

    reach: ClassVar[int] = 11
    price_alert: ClassVar[bool] = False
    """Prices are measured by prices, which move together; and what is worth a look is a value."""
    scale_free: ClassVar[bool] = False
    side: ClassVar[int]
    """-1 for prices that are too low, 1 for those that are too high."""
    window_months: int = threshold(12, "months of unit values that one is set against, its own included")
    values_min: int = threshold(20, "unit values that make a population")
    fence_k: Fraction = threshold(
        FENCE_K, "quartile distances beyond the quartiles that are still normal", basis="Tukey; price filter of Pak"
    )
    robust_z: Fraction = threshold(ROBUST_Z, "robust z that is still normal", basis="Iglewicz and Hoaglin")
    gap_min_pct: Fraction = threshold(
        Fraction(15), "distance from the cleaned average that is worth a look where prices lie close, per cent"
    )
    value_min_usd: Fraction = threshold(
        Fraction(10_000), "value of the goods, at the cleaned average price, that makes them worth a look"
    )
    coverage_min_pct: Fraction = threshold(COVERAGE_MIN_PCT, "share of records with a price, per cent")
    bands: Bands = threshold(
        Bands(Fraction(25), Fraction(50), Fraction(75)), "severity by the distance from the cleaned average, per cent"
    )

    @abstractmethod
    def failed(self, price: Fraction, cleaned: Fraction, population: Population) -> tuple[str, ...]:
        """Return the tests that a price (USD per kg, other goods' move taken out) fails; none is normal."""

    @abstractmethod
    def normal(self, value: UnitValue, population: Population) -> bool:
        """Return whether a unit value fails no test, whatever other goods' prices did; cheap, may err towards False."""

    @abstractmethod
    def factor(self, move: Fraction) -> Fraction:
        """Return the part of other goods' *move* that excuses a unit value."""

    @abstractmethod
    def more_lines(self, found: Standing) -> Iterator[dict[str, str]]:
        """Yield the arithmetic of the rule's own tests."""

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:
        """Judge what every lane of the product traded in the month, origin by origin."""
        lanes = panel.lanes(product)
        moves = _Moves(panel, lanes, period)
        for origin in sorted({lane.key.origin for lane in lanes}):
            limits: PriceFilterRule = self.at(product, origin)
            own = [lane for lane in lanes if lane.key.origin == origin]
            traded = [lane for lane in own if panel.month(lane, period).content_mg]
            if traded:
                populations = limits.populations(panel, own, period)
                for lane in traded:
                    yield from limits.judge_lane(panel, lane, period, populations, moves)

    def populations(self, panel: Panel, lanes: Sequence[Lane], period: int) -> Mapping[str, Population]:
        """Return the populations of an origin's unit values by commodity code, those that are large enough."""
        values: dict[str, list[UnitValue]] = {}
        for lane in lanes:
            for month in range(period - self.window_months + 1, period + 1):
                for each in unit_values(panel, lane, month):
                    values.setdefault(each.hs_code, []).append(each)
        return {code: self._population(found) for code, found in values.items() if len(found) >= self.values_min}

    def _population(self, values: Sequence[UnitValue]) -> Population:
        prices = [each.uusd_per_kg for each in values]
        quartiles, score = price_quartiles(prices), robust_score(prices)
        assert quartiles is not None and score is not None  # noqa: S101, PT018 - not empty
        within = cleaned([Sales(each.content_mg, each.value_uusd) for each in values], self.fence_k, prices=prices)
        fences = bounds(quartiles, self.fence_k)
        return Population(
            len(values),
            ceil(fences.lower),
            floor(fences.upper),
            within,
            PriceQuartiles(*(each / UUSD_PER_USD for each in quartiles)),
            Bounds(*(each / UUSD_PER_USD for each in fences)),
            RobustScore(*(each / UUSD_PER_USD for each in score)),
        )

    def judge_lane(
        self, panel: Panel, lane: Lane, period: int, populations: Mapping[str, Population], moves: "_Moves"
    ) -> Iterator[Finding]:
        """Judge every party of a lane, or the lane itself where none is declared; what lacks is said of the lane."""
        key = ScopeKey(self.name, *lane.key[1:])
        if coverage_pct(panel.month(lane, period)) < self.coverage_min_pct:
            yield Finding(key, Verdict.EMPTY, lack=UNPRICED)
            return
        known = {party for month in range(period - _LASTS, period) for party in _parties(panel, lane, month)}
        by_party: dict[Party, list[Standing]] = {}
        judged = False
        for each in unit_values(panel, lane, period):
            if each.hs_code in populations:
                judged = True
                usual = populations[each.hs_code]
                failed = (
                    None
                    if self.normal(each, usual)
                    else self._standing(period, each, usual, moves.of_others(lane, each))
                )
                if failed is not None or each.party in known or each.party == _NOBODY:
                    by_party.setdefault(each.party, []).extend([failed] if failed is not None else [])
        for party, found in sorted(by_party.items()):
            yield self._worst(panel, lane, key._replace(party=">".join(party) if any(party) else ""), found)
        if not judged:
            lack = f"fewer than {self.values_min} unit values of {key.product} from {key.origin} in a year"
            yield Finding(key, Verdict.EMPTY, lack=lack)

    def _standing(self, month: int, value: UnitValue, population: Population, move: Fraction | None) -> Standing | None:
        cleaned_average = population.cleaned_without(value)
        if not cleaned_average:
            return None
        factor = Fraction(1) if move is None else self.factor(move)
        price = value.price / factor
        gap = 100 * self.side * (price - cleaned_average) / cleaned_average
        why = self.failed(price, cleaned_average, population) if gap >= self.gap_min_pct else ()
        if not why or value.content_mg * cleaned_average < self.value_min_usd * UUSD_PER_USD:
            return None
        return Standing(month, value, population, cleaned_average, move, factor, gap, why)

    def _worst(self, panel: Panel, lane: Lane, key: ScopeKey, found: Sequence[Standing]) -> Finding:
        if not found:
            return Finding(key, Verdict.CLEAR)
        worst = max(found, key=lambda each: (each.gap_pct, -each.value.day, each.value.hs_code))
        worst = worst._replace(records=_records(panel, lane, worst))
        return Finding(key, Verdict.BREACH, self.bands.severity(worst.gap_pct), worst.gap_pct, worst)

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say what stands out, and from what."""
        found: Standing = worst.detail
        value, usual = found.value, found.population
        exporter, importer = value.party
        who = f"{exporter or 'an exporter not declared'} to {importer or 'an importer not declared'}"
        when = f"in {month_text(found.month)}" if value.party != _NOBODY else f"on {day_text(value.day)}"
        price, average = decimal_text(value.price), decimal_text(found.cleaned)
        summary = (
            f"{key.product} from {key.origin} entered {key.destination} {when} at {short(price, 3)} USD/kg"
            f"{f', from {who}' if value.party != _NOBODY else ''}: {' and '.join(found.why)}, against a cleaned "
            f"average of {short(average, 3)} USD/kg of {usual.size} unit values."
        )
        return Words(
            summary,
            {
                "method": "the unit value of a party's month, or of a day where no party is declared, against all unit "
                "values of the same commodity code and origin over twelve months; what other goods' prices did "
                "is taken out first",
                "thresholds": self.stated(),
                "tests_failed": list(found.why),
                "exporter": exporter or None,
                "importer": importer or None,
                "hs_code": value.hs_code or None,
                "records": value.rows,
                "record_ids": list(found.records),
                "content_kg": kg(value.content_mg),
                "value_usd": usd(value.value_uusd),
                "unit_value_usd_per_kg": price,
                "other_goods_price_ratio": text_of(found.move),
                "adjusted_unit_value_usd_per_kg": decimal_text(found.price),
                "distance_pct": decimal_text(found.gap_pct),
                "population": {
                    "unit_values": usual.size,
                    "cleaned_average_usd_per_kg": average,
                    "first_quartile_usd_per_kg": decimal_text(usual.quartiles.first),
                    "median_usd_per_kg": decimal_text(usual.quartiles.median),
                    "third_quartile_usd_per_kg": decimal_text(usual.quartiles.third),
                    "lower_bound_usd_per_kg": decimal_text(usual.bounds.lower),
                    "upper_bound_usd_per_kg": decimal_text(usual.bounds.upper),
                    "median_distance_usd_per_kg": decimal_text(usual.score.mad),
                    "robust_z": text_of(usual.score.z(found.price)),
                },
                "invoiced_beyond_the_bound_usd": decimal_text(
                    usual.bounds.amount(found.price, value.content_mg) / UUSD_PER_USD
                ),
                "arithmetic": [*_lines(found), *self.more_lines(found)],
            },
        )


def unit_values(panel: Panel, lane: Lane, month: int) -> tuple[UnitValue, ...]:
    """Return the unit values of a lane's month, in order."""
    if not panel.month(lane, month).content_mg:
        return ()
    return panel.summary("unit values", lane, month, lambda rows: _unit_values(panel, rows))


def _unit_values(panel: Panel, rows: MonthRows) -> tuple[UnitValue, ...]:
    sums: dict[tuple[str, Party, int], list[int]] = {}
    for row, content, value in zip(rows.rows, rows.content_mg, rows.value_uusd, strict=True):
        party = panel.party(row)
        key = panel.shape(row).hs_code, party, panel.row_day(row) if party == _NOBODY else 0
        held = sums.setdefault(key, [0, 0, 0])
        held[0] += content
        held[1] += value
        held[2] += 1
    return tuple(
        UnitValue(*key, content, value, count, (2 * value * UUSD_PER_USD + content) // (2 * content))
        for key, (content, value, count) in sorted(sums.items())
        if content > 0 and value > 0
    )


def _parties(panel: Panel, lane: Lane, month: int) -> frozenset[Party]:
    """Return who traded on a lane in a month."""
    return panel.kept(
        "parties of unit values", lane, month, lambda: frozenset(each.party for each in unit_values(panel, lane, month))
    )


class _Moves:
    """How the prices of a product moved from the twelve months before to a month, lane by lane at constant mix."""

    def __init__(self, panel: Panel, lanes: Sequence[Lane], period: int) -> None:
        self._before: dict[Any, Fraction] = {}
        self._now = Fraction(0)
        self._was = Fraction(0)
        for lane in lanes:
            price = panel.window(lane, period - 1, 12).unit_value
            now = panel.month(lane, period)
            if price and now.content_mg:
                self._before[lane.key] = price
                self._now += now.value_uusd
                self._was += price * now.content_mg

    def of_others(self, lane: Lane, value: UnitValue) -> Fraction | None:
        """Return what prices came to of those before, the goods of *value* left aside; None without other goods."""
        before = self._before.get(lane.key)
        now, was = self._now, self._was
        if before is not None:
            now, was = now - value.value_uusd, was - before * value.content_mg
        return now / was if was > 0 and now > 0 else None


def _records(panel: Panel, lane: Lane, found: Standing) -> tuple[str, ...]:
    value = found.value
    ids = [
        panel.record_id(row)
        for row in panel.rows(lane, found.month).rows
        if panel.party(row) == value.party
        and panel.shape(row).hs_code == value.hs_code
        and value.day in (0, panel.row_day(row))
    ]
    return tuple(sorted(ids)[:_RECORDS_MAX])


def _lines(found: Standing) -> Iterator[dict[str, str]]:
    value, usual = found.value, found.population
    price = decimal_text(value.price)
    average = term(found.cleaned)
    yield line("unit value", f"{usd(value.value_uusd)} / {kg(value.content_mg)}", price, "USD/kg")
    if found.factor != 1:
        yield line(
            "unit value, other goods' move taken out",
            f"{price} / {term(found.factor)}",
            decimal_text(found.price),
            "USD/kg",
        )
    sides = (average, term(found.price)) if found.price < found.cleaned else (term(found.price), average)
    gap = decimal_text(abs(found.gap_pct))
    yield line("distance from the cleaned average", f"({sides[0]} - {sides[1]}) / {average} * 100", gap, "%")
    if usual.score.mad:
        expression = f"0.6745 * ({term(found.price)} - {term(usual.score.median)}) / {term(usual.score.mad)}"
        yield line("robust z", expression, text_of(usual.score.z(found.price)), "")
