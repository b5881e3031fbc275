"""
Out of stock: an origin ships more than it can have made, or suddenly far more at falling prices.

All that is known of an origin's shipments of a product, to wherever, is added up over three months.  Where its
production is known, a rate of more than one and a half times that is a stock being sold.  Otherwise, and where the
rate is above production at all, the volume has to exceed the twelve months before by three standard deviations, to
have risen against the same months of the year before, and the unit value to have fallen: a stock that is sold presses
the price.  What other origins' prices did is shown, for they are pressed too.  Shipments that are not declared here
are not seen.

Basis: default.  Stocks of an exchange that failed, sold years later, are the kind of case (indium and tungstates,
2019).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Final, NamedTuple

from streams.antidumping.massive_imports import MASSIVE_PCT
from streams.antidumping.negligibility import INDIVIDUAL_PCT
from streams.antidumping.z_score import Level, level, root
from streams.cells import Lane
from streams.episodes import Verdict
from streams.exact import decimal_text
from streams.months import MONTHS_A_YEAR, last_day, month_text
from streams.panel import Panel
from streams.reference.capacities import CapacityRole
from streams.rules.bands import Bands
from streams.rules.coverage import COVERAGE_MIN_PCT, UNPRICED, least_coverage_pct
from streams.rules.evidence import MG_PER_KG, line, short
from streams.rules.lumpiness import LUMPINESS_MAX, LUMPY, z_line
from streams.rules.move import Move, Window, price_change_pct
from streams.rules.period_rule import PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import Finding, ScopeKey
from streams.rules.settings import threshold

_QUARTER: Final = 3
_OF_NOTHING: Final = Fraction(3)
"""The multiple that shipments of an origin are taken for which makes none, and never shipped any."""


class Shipped(NamedTuple):
    """An origin's shipments of a product, to all destinations."""

    year: Move
    season: Move
    months_mg: tuple[int, ...]
    """The twelve months before, in order."""
    makes_kg: Fraction | None
    """What the origin makes in a year; None where that is not known."""
    others_pct: Fraction | None
    """How the unit value of all other origins moved."""
    share_pct: Fraction
    """Of all shipments that are known."""
    coverage_pct: Fraction

    @property
    def usual(self) -> Level:
        """The usual level of the twelve months before."""
        return level(self.months_mg)

    @property
    def a_month_mg(self) -> Fraction:
        """The mean of the last months."""
        return Fraction(self.year.now.sums.content_mg, self.year.now.months)

    @property
    def a_year_kg(self) -> Fraction:
        """What is shipped in a year at the present rate."""
        return self.a_month_mg * MONTHS_A_YEAR / MG_PER_KG

    @property
    def of_production(self) -> Fraction | None:
        """That, as a multiple of production; None where it is not known, or is nought."""
        return self.a_year_kg / self.makes_kg if self.makes_kg else None

    @property
    def rise_pct(self) -> Fraction:
        """The lesser of the rises."""
        rises = (each.volume_pct for each in (self.year, self.season) if each.before.sums.content_mg)
        return min(rises, default=Fraction(0))

    @property
    def multiple(self) -> Fraction:
        """How many times production, or the usual volume, the present rate is."""
        if self.of_production is not None:
            return self.of_production
        return self.a_month_mg / self.usual.mean if self.usual.mean else _OF_NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class StockpileFlush(PeriodRule):
    """Find origins that sell a stock."""

    name: ClassVar[str] = "stockpile_flush"
    reach: ClassVar[int] = MONTHS_A_YEAR + _QUARTER - 1
    scale_free: ClassVar[bool] = False  # Because of production, and of the least quantity.
    production_ratio_above: Fraction = threshold(
        Fraction(3, 2), "shipments at the present rate that are exceeded, as a multiple of production"
    )
    z_above: Fraction = threshold(Fraction(3), "standard deviations that volumes have to exceed")
    rise_min_pct: Fraction = threshold(
        MASSIVE_PCT, "rise of the volume, per cent", basis="default, as 19 CFR 351.206(h)"
    )
    price_fall_min_pct: Fraction = threshold(Fraction(5), "fall of the unit value, per cent")
    lumpiness_max: Fraction = threshold(
        LUMPINESS_MAX, "standard deviation of the months before as a part of their mean: beyond it none is usual"
    )
    share_min_pct: Fraction = threshold(
        INDIVIDUAL_PCT, "share of all shipments below which an origin is negligible, per cent", basis="ADA 5.8"
    )
    quantity_min_kg: Fraction = threshold(Fraction(100), "content of the three months that makes it worth a look, kg")
    coverage_min_pct: Fraction = threshold(COVERAGE_MIN_PCT, "share of records with a price, per cent")
    bands: Bands = threshold(
        Bands(Fraction(3, 2), Fraction(2), Fraction(3)), "severity by the multiple of production or of the usual volume"
    )

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:
        """Judge every origin of the product that ships."""
        flows = panel.flows(product, period, self.reach + 1)
        for origin in sorted({lane.key.origin for lane in flows}):
            own = [lane for lane in flows if lane.key.origin == origin]
            if panel.total(own, period, _QUARTER).content_mg:
                others = [lane for lane in flows if lane.key.origin != origin]
                yield self._judge_origin(panel, ScopeKey(self.name, product, origin), (own, others), period)

    def _judge_origin(
        self, panel: Panel, key: ScopeKey, lanes: tuple[Sequence[Lane], Sequence[Lane]], period: int
    ) -> Finding:
        limits: StockpileFlush = self.at(key.product, key.origin)
        found = _shipped(panel, key, lanes, period)
        if found.coverage_pct < limits.coverage_min_pct:
            return Finding(key, Verdict.EMPTY, lack=UNPRICED)
        if limits._is_small(found):
            return Finding(key, Verdict.CLEAR)
        if not limits._exceeds_production(found):
            lack = limits._lack(panel, lanes[0], found, period)
            if lack is not None:
                return Finding(key, Verdict.EMPTY, lack=lack)
            if not limits._is_flush(found):
                return Finding(key, Verdict.CLEAR)
        return Finding(key, Verdict.BREACH, limits.bands.severity(found.multiple), found.multiple, found)

    def _is_small(self, found: Shipped) -> bool:
        quantity = found.year.now.sums.content_mg
        return found.share_pct < self.share_min_pct or quantity < self.quantity_min_kg * MG_PER_KG

    def _exceeds_production(self, found: Shipped) -> bool:
        return found.makes_kg is not None and found.a_year_kg > self.production_ratio_above * found.makes_kg

    def _lack(self, panel: Panel, lanes: Sequence[Lane], found: Shipped, period: int) -> str | None:
        """Return what is missing to tell a flush by volume and price."""
        if found.makes_kg is not None and found.a_year_kg <= found.makes_kg:
            return None
        if min(map(panel.first_month, lanes)) > period - _QUARTER - MONTHS_A_YEAR + 1:
            known = "is" if found.makes_kg is not None else "is not"
            return f"shipments are known for less than fifteen months, and production {known} known"
        return LUMPY if found.usual.is_lumpy(self.lumpiness_max) else None

    def _is_flush(self, found: Shipped) -> bool:
        """Return whether volume and price tell of a stock; not where the origin makes as much as it ships."""
        if found.makes_kg is not None and found.a_year_kg <= found.makes_kg:
            return False
        return (
            found.usual.exceeds(found.a_month_mg, _QUARTER, z=self.z_above)
            and found.rise_pct >= self.rise_min_pct
            and -found.year.price_pct >= self.price_fall_min_pct
        )

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say how much was shipped, against production or against what is usual."""
        found: Shipped = worst.detail
        year, now = found.year, found.year.now
        rate, ratio = decimal_text(found.a_year_kg), found.of_production
        z_squared = found.usual.z_squared(found.a_month_mg, _QUARTER)
        price = decimal_text(year.price_pct) if year.before.sums.content_mg else None
        others = None if found.others_pct is None else decimal_text(found.others_pct)
        return Words(
            f"{key.origin} ships {key.product} at a rate of {short(rate, 0)} kg a year in the three months to "
            f"{month_text(now.through)}, "
            + (
                f"{short(decimal_text(ratio), 2)} times what it makes."
                if ratio is not None
                else "and makes none."
                if found.makes_kg is not None
                else f"{short(decimal_text(found.rise_pct), 1)} % more than usual, at a unit value that moved "
                f"{short(price, 1)} %; what it makes is not known."
            ),
            {
                "method": "all known shipments of three months against production where it is known, else against the "
                "twelve months before, with the unit value",
                "thresholds": self.stated(),
                "shipped_at_present_rate_kg_per_year": rate,
                "production_kg_per_year": None if found.makes_kg is None else decimal_text(found.makes_kg),
                "multiple_of_production": None if ratio is None else decimal_text(ratio),
                "inputs": [
                    now.facts("the last three months"),
                    found.season.before.facts("the same months of the year before"),
                    year.before.facts("the twelve months before"),
                ],
                "z": None if z_squared is None else decimal_text(root(z_squared)),
                "price_change_pct": price,
                "others_price_change_pct": others,
                "share_of_shipments_pct": decimal_text(found.share_pct),
                "coverage_pct": decimal_text(found.coverage_pct),
                "arithmetic": list(_arithmetic(found)),
            },
        )


def _shipped(panel: Panel, key: ScopeKey, lanes: tuple[Sequence[Lane], Sequence[Lane]], period: int) -> Shipped:
    own, others = lanes
    before = period - _QUARTER
    now, season, year = (
        Window(through, months, panel.total(own, through, months))
        for through, months in ((period, _QUARTER), (period - MONTHS_A_YEAR, _QUARTER), (before, MONTHS_A_YEAR))
    )
    theirs = panel.total(others, period, _QUARTER)
    makes = panel.capacity_kg_per_year(
        key.product, country=key.origin, role=CapacityRole.PRODUCTION, day=last_day(period)
    )
    months = range(before - MONTHS_A_YEAR + 1, before + 1)
    return Shipped(
        Move(year, now),
        Move(season, now),
        tuple(sum(panel.month(lane, month).content_mg for lane in own) for month in months),
        None if isinstance(makes, str) else makes,
        price_change_pct(panel.total(others, before, MONTHS_A_YEAR), theirs),
        Fraction(100 * now.sums.content_mg, now.sums.content_mg + theirs.content_mg),
        least_coverage_pct((now.sums, year.sums)),
    )


def _arithmetic(found: Shipped) -> Iterator[dict[str, str]]:
    now = found.year.now
    rate = f"{now.monthly_kg} * {MONTHS_A_YEAR}"
    yield line("shipped in a year at the present rate", rate, decimal_text(found.a_year_kg), "kg")
    if found.of_production is not None and found.makes_kg is not None:
        makes = f"({found.makes_kg.numerator} / {found.makes_kg.denominator})"
        yield line("as a multiple of production", f"{rate} / {makes}", decimal_text(found.of_production), "")
    if found.year.before.sums.content_mg:
        yield from found.year.lines("the twelve months before")
        yield z_line(now, found.year.before, found.months_mg)
