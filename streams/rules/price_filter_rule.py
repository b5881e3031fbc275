"""
Unit values that stand out: what the rules on invoices that are too low and too high have in common.

The unit value of a party's goods in a month, or of a lane's day where no party is declared, is set against all such
unit values of the same commodity code and origin over twelve months.  What the prices of the same lanes did meanwhile
is taken out first, the goods under test left aside: a price that moved as all others did does not stand out.
"""

from abc import abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, chain
from math import ceil, floor
from typing import Any, ClassVar, Final, NamedTuple

from streams.antidumping.price_filter import (
    FENCE_K,
    ROBUST_Z,
    Bounds,
    PriceQuartiles,
    RobustScore,
    bounds,
    quartiles_in_order,
    score_in_order,
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


class UnitValue(NamedTuple):
    """Goods that are taken as one price: of one commodity code, of a party in a month or of a day."""

    uusd_per_kg: int
    """The unit value to the nearest micro-USD: what it is set against others by."""
    content_mg: int
    value_uusd: int
    rows: int
    hs_code: str
    party: Party
    day: int
    """``0`` where a party is declared: its whole month."""

    @property
    def price(self) -> Fraction:
        """USD per kg."""
        return Fraction(self.uusd_per_kg, UUSD_PER_USD)


class UnitValues(NamedTuple):
    """The unit values of one commodity code in a lane's month, from the lowest on, in columns."""

    uusd_per_kg: list[int]
    content_mg: list[int]
    value_uusd: list[int]
    rows: list[int]
    who: list[int]
    """The number of the party, less than 0 for a day of which none is declared."""
    content_so_far: list[int]
    value_so_far: list[int]
    """Sums of those before each, and at last of all."""
    content_most: int
    """Of any of them."""

    def within(self, lower_uusd: int, upper_uusd: int) -> Sales:
        """Return the sums of those from *lower_uusd* to *upper_uusd* per kg, both included."""
        first, after = bisect_left(self.uusd_per_kg, lower_uusd), bisect_right(self.uusd_per_kg, upper_uusd)
        content, value = self.content_so_far, self.value_so_far
        return Sales(content[after] - content[first], value[after] - value[first])

    def named(self, panel: Panel, hs_code: str, places: slice) -> Iterator[UnitValue]:
        """Yield those at *places*."""
        columns = (column[places] for column in self[:5])
        for price, content, value, rows, who in zip(*columns, strict=True):
            party = panel.party_numbered(max(who, 0))
            yield UnitValue(price, content, value, rows, hs_code, party, max(-who, 0))


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
    remembers: ClassVar[int] = 3
    """Months that an alert may last without another breach: only who was in breach in them can be called clear."""
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
    def suspects(self, values: UnitValues, population: Population) -> slice:
        """Return where the unit values lie that may fail a test, whatever other goods' prices did."""

    @abstractmethod
    def factor(self, move: Fraction) -> Fraction:
        """Return the part of other goods' *move* that excuses a unit value."""

    @abstractmethod
    def more_lines(self, found: Standing) -> Iterator[dict[str, str]]:
        """Yield the arithmetic of the rule's own tests."""

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:
        """Judge what every lane of the product traded in the month, origin by origin."""
        return self.judge_after(panel, period, product, frozenset())

    def judge_after(self, panel: Panel, period: int, product: str, breached: frozenset[ScopeKey]) -> Iterator[Finding]:
        """Judge the month; of parties that are in order only those in *breached* are told."""
        lanes = panel.lanes(product)
        moves = panel.shared(("moves", product, period), lambda: _Moves(panel, lanes, period))
        for origin in sorted({lane.key.origin for lane in lanes}):
            limits: PriceFilterRule = self.at(product, origin)
            own = [lane for lane in lanes if lane.key.origin == origin]
            traded = [lane for lane in own if panel.month(lane, period).content_mg]
            if traded:
                populations = limits.populations(panel, own, period)
                for lane in traded:
                    yield from limits.judge_lane(_Bench(panel, lane, period, populations, moves), breached)

    def populations(self, panel: Panel, lanes: Sequence[Lane], period: int) -> Mapping[str, Population]:
        """Return the populations of an origin's unit values by commodity code, those that are large enough."""
        lane = lanes[0].key
        name = "populations", lane.product, lane.origin, period, self.window_months, self.values_min, self.fence_k
        return panel.shared(name, lambda: self._populations(panel, lanes, period))

    def _populations(self, panel: Panel, lanes: Sequence[Lane], period: int) -> Mapping[str, Population]:
        found: dict[str, list[UnitValues]] = {}
        for lane in lanes:
            for month in range(period - self.window_months + 1, period + 1):
                for code, values in unit_values(panel, lane, month).items():
                    found.setdefault(code, []).append(values)
        enough = {code: several for code, several in found.items() if _size(several) >= self.values_min}
        return {code: self._population(several) for code, several in enough.items()}

    def _population(self, several: Sequence[UnitValues]) -> Population:
        # Runs that are in order by themselves: merging them is quick.
        prices = sorted(chain.from_iterable(values.uusd_per_kg for values in several))
        quartiles, score = quartiles_in_order(prices), score_in_order(prices)
        assert quartiles is not None and score is not None  # noqa: S101, PT018 - not empty
        fences = bounds(quartiles, self.fence_k)
        lower, upper = ceil(fences.lower), floor(fences.upper)
        within = [values.within(lower, upper) for values in several]
        return Population(
            len(prices),
            lower,
            upper,
            Sales(sum(each.quantity for each in within), sum(each.value for each in within)),
            PriceQuartiles(*(each / UUSD_PER_USD for each in quartiles)),
            Bounds(*(each / UUSD_PER_USD for each in fences)),
            RobustScore(*(each / UUSD_PER_USD for each in score)),
        )

    def judge_lane(self, bench: "_Bench", breached: frozenset[ScopeKey]) -> Iterator[Finding]:
        """Judge every party of a lane, or the lane itself where none is declared; what lacks is said of the lane."""
        panel, lane, period = bench[:3]
        key = ScopeKey(self.name, *lane.key[1:])
        if coverage_pct(panel.month(lane, period)) < self.coverage_min_pct:
            yield Finding(key, Verdict.EMPTY, lack=UNPRICED)
            return
        judged = {
            code: values for code, values in unit_values(panel, lane, period).items() if code in bench.populations
        }
        by_party: dict[str, list[Standing]] = {}
        for code, values in judged.items():
            for each in values.named(panel, code, self.suspects(values, bench.populations[code])):
                standing = self._standing(period, each, bench.populations[code], bench.moves.of_others(lane, each))
                if standing is not None:
                    by_party.setdefault(_name(each.party), []).append(standing)
        for party in sorted(by_party.keys() | _in_order(panel, key, judged.values(), breached)):
            yield self._worst(panel, lane, key._replace(party=party), by_party.get(party, ()))
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


def unit_values(panel: Panel, lane: Lane, month: int) -> Mapping[str, UnitValues]:
    """Return the unit values of a lane's month by commodity code, in order."""
    if not panel.month(lane, month).content_mg:
        return {}
    return panel.summary("unit values", lane, month, lambda rows: _unit_values(panel, rows))


def _unit_values(panel: Panel, rows: MonthRows) -> Mapping[str, UnitValues]:
    shapes, parties, days = panel.columns(rows.rows)
    by_code: dict[str, dict[int, list[int]]] = {}
    sums_of = {shape: by_code.setdefault(panel.shape_numbered(shape).hs_code, {}) for shape in set(shapes)}
    for shape, party, day, content, value in zip(shapes, parties, days, rows.content_mg, rows.value_uusd, strict=True):
        sums, who = sums_of[shape], party or -day
        held = sums.get(who)
        if held is None:
            sums[who] = [content, value, 1]
        else:
            held[0] += content
            held[1] += value
            held[2] += 1
    found = {code: _in_columns(by_code[code]) for code in sorted(by_code)}
    return {code: values for code, values in found.items() if values is not None}


def _in_columns(sums: Mapping[int, Sequence[int]]) -> UnitValues | None:
    """Return unit values in columns from sums of content, value and rows; None where none has both of the former."""
    ordered = sorted(
        ((2 * value * UUSD_PER_USD + content) // (2 * content), content, value, rows, who)
        for who, (content, value, rows) in sums.items()
        if content > 0 and value > 0
    )
    if not ordered:
        return None
    prices, contents, values, rows, who = map(list, zip(*ordered, strict=True))
    content_so_far, value_so_far = (list(accumulate(column, initial=0)) for column in (contents, values))
    return UnitValues(prices, contents, values, rows, who, content_so_far, value_so_far, max(contents))


def _size(several: Iterable[UnitValues]) -> int:
    return sum(len(values.uusd_per_kg) for values in several)


def _name(party: Party) -> str:
    """Return how a finding calls a party."""
    return ">".join(party) if any(party) else ""


def _in_order(
    panel: Panel, key: ScopeKey, several: Iterable[UnitValues], breached: frozenset[ScopeKey]
) -> frozenset[str]:
    """Return the parties that traded and have to be told where they are in order: who was not, and nobody."""
    wanted = {each.party for each in breached if each._replace(party="") == key}
    told = set()
    for values in several:
        if min(values.who) < 0:
            told.add("")
        if wanted:
            told |= wanted & {_name(panel.party_numbered(who)) for who in values.who if who > 0}
    return frozenset(told)


class _Bench(NamedTuple):
    """What a lane's month is judged by."""

    panel: Panel
    lane: Lane
    month: int
    populations: Mapping[str, Population]
    moves: "_Moves"


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
