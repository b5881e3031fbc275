"""
The goods next door: imports of a product without a floor rise after a floor on a product next to it.

Imports of the neighbour from origins that are under the floor, and whose goods of the neighbour keep none, are set
against the twelve months before the floor was announced and against the same months of the year before.  They have to
rise by a quarter against both, by that much more than the imports of the floored product itself where those are known
here, and to stand out from how much the twelve months differ among themselves.  Only a floor's first six months are
looked at, and only a floor that is new.  The floored product may be one of another mineral.

Basis: default.  Silicon metal was left out of the European Union's safeguard on ferro-silicon, Implementing Regulation
(EU) 2025/2351: that is the kind of case.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, NamedTuple

from streams.antidumping.z_score import Level, level, root
from streams.cells import Judged, Lane
from streams.episodes import Verdict
from streams.exact import decimal_text
from streams.months import MONTHS_A_YEAR, last_day, month_text
from streams.panel import Panel
from streams.reference.measures import Measure, MeasureKind
from streams.rules.bands import Bands
from streams.rules.coverage import COVERAGE_MIN_PCT, UNPRICED, least_coverage_pct
from streams.rules.evidence import MG_PER_KG, line, short
from streams.rules.hysteresis import Measure as Gauge
from streams.rules.hysteresis import verdict
from streams.rules.lumpiness import LUMPINESS_MAX, LUMPY, z_line
from streams.rules.measures import (
    HALF_YEAR,
    facts,
    first_full_month,
    in_its_first_months,
    is_first,
    last_month_before,
)
from streams.rules.move import Move, Window, volume_change_pct
from streams.rules.period_rule import PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import Finding, ScopeKey
from streams.rules.settings import threshold


class Neighbour(NamedTuple):
    """What was found of a product next to a floored one."""

    measure: Measure
    floored: str
    year: Move
    season: Move
    months_mg: tuple[int, ...]
    """The twelve months before, in order."""
    floored_pct: Fraction | None
    """How the imports of the floored product moved; None where they are not known here."""
    coverage_pct: Fraction

    @property
    def rise_pct(self) -> Fraction:
        """The lesser of the rises, beyond that of the floored product."""
        rises = [each.volume_pct for each in (self.year, self.season) if each.before.sums.content_mg]
        return min(rises, default=Fraction(0)) - max(self.floored_pct or Fraction(0), Fraction(0))

    @property
    def usual(self) -> Level:
        """The usual level of the twelve months before."""
        return level(self.months_mg)

    @property
    def recent_mg(self) -> Fraction:
        """The mean of the months since the floor."""
        return Fraction(self.year.now.sums.content_mg, self.year.now.months)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcludedNeighbour(PeriodRule):
    """Find products without a floor that are imported in place of a floored one."""

    name: ClassVar[str] = "excluded_neighbour"
    reach: ClassVar[int] = MONTHS_A_YEAR + 2 * HALF_YEAR - 1
    scale_free: ClassVar[bool] = False  # Because of the least quantity.
    rise_min_pct: Fraction = threshold(Fraction(25), "rise of the neighbour's imports, per cent")
    z_min: Fraction = threshold(Fraction(2), "standard deviations above the mean of the twelve months before")
    lumpiness_max: Fraction = threshold(
        LUMPINESS_MAX, "standard deviation of the months before as a part of their mean: beyond it none is usual"
    )
    months_min: int = threshold(3, "full months since the floor that make a volume")
    quantity_min_kg: Fraction = threshold(Fraction(100), "content since the floor that makes it worth a look, kg")
    coverage_min_pct: Fraction = threshold(COVERAGE_MIN_PCT, "share of records with a price, per cent")
    bands: Bands = threshold(Bands(Fraction(25), Fraction(50), Fraction(100)), "severity by the rise, per cent")

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:
        """Judge the product at each destination by each new floor on one next to it."""
        own = panel.product(product)
        for destination, lanes in panel.by_destination(product).items():
            for floored in sorted(own.adjacent) if own else ():
                for measure in in_its_first_months(panel, floored, destination, period, HALF_YEAR):
                    if measure.kind is MeasureKind.FLOOR and is_first(panel, floored, destination, measure):
                        key = ScopeKey(self.name, product, "", destination, measure.measure_id)
                        yield from self._judge_floor(panel, key, lanes, (floored, measure), period)

    def _judge_floor(
        self, panel: Panel, key: ScopeKey, lanes: Sequence[Lane], floor: tuple[str, Measure], period: int
    ) -> Iterator[Finding]:
        limits: ExcludedNeighbour = self.at(key.product)
        floored, measure = floor
        months = period - first_full_month(measure) + 1
        free = [lane for lane in lanes if measure.is_for(lane.key.origin) and not _is_floored(panel, lane, period)]
        if months < limits.months_min or not panel.total(free, period, months).content_mg:
            return
        lack = limits._lack(panel, free, measure, period)
        if lack is not None:
            yield Finding(key, Verdict.EMPTY, lack=lack)
            return
        found = _neighbour(panel, free, measure, period)
        found = found._replace(floored=floored, floored_pct=_floored_pct(panel, key, floor, found.year))
        said = limits._verdict(found)
        if said is not Verdict.BREACH:
            yield Finding(key, said)
        else:
            yield Finding(key, said, limits.bands.severity(found.rise_pct), found.rise_pct, found)

    def _lack(self, panel: Panel, lanes: Sequence[Lane], measure: Measure, period: int) -> str | None:
        before = last_month_before(measure)
        if min(map(panel.first_month, lanes)) > before - MONTHS_A_YEAR + 1:
            return "imports are not known for the twelve months before the floor was announced"
        months = _months_mg(panel, lanes, before)
        if not any(months):
            return "no imports in the twelve months before the floor was announced"
        if level(months).is_lumpy(self.lumpiness_max):
            return LUMPY
        windows = (
            panel.total(lanes, before, MONTHS_A_YEAR),
            panel.total(lanes, period, period - first_full_month(measure) + 1),
        )
        return UNPRICED if least_coverage_pct(windows) < self.coverage_min_pct else None

    def _verdict(self, found: Neighbour) -> Verdict:
        now = found.year.now
        if now.sums.content_mg < self.quantity_min_kg * MG_PER_KG:
            return Verdict.CLEAR
        said = verdict((Gauge(found.rise_pct, self.rise_min_pct),))
        stands_out = found.usual.rises(found.recent_mg, now.months, z=self.z_min)
        return said if stands_out or said is not Verdict.BREACH else Verdict.EMPTY

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say by how much the imports of the neighbour rose since which floor."""
        found: Neighbour = worst.detail
        year, season, now = found.year, found.season, found.year.now
        rise = decimal_text(found.rise_pct)
        z_squared = found.usual.z_squared(found.recent_mg, now.months)
        floored = None if found.floored_pct is None else decimal_text(found.floored_pct)
        return Words(
            f"Since the floor {found.measure.measure_id} on {found.floored} of {found.measure.effective_from}, "
            f"{key.destination} imports {short(decimal_text(year.volume_pct), 1)} % more {key.product}, which keeps "
            f"none, than in the twelve months before (to {month_text(now.through)}).",
            {
                "method": "imports since the floor against the twelve months before it was announced and the same "
                "months of the year before, beyond those of the floored product",
                "thresholds": self.stated(),
                "measure": facts(found.measure),
                "floored_product": found.floored,
                "inputs": [
                    now.facts("since the floor"),
                    season.before.facts("the same months of the year before"),
                    year.before.facts("the twelve months before the announcement"),
                ],
                "rise_beyond_the_floored_product_pct": rise,
                "floored_product_change_pct": floored,
                "z": None if z_squared is None else decimal_text(root(z_squared)),
                "coverage_pct": decimal_text(found.coverage_pct),
                "arithmetic": list(_arithmetic(found)),
            },
        )


def _is_floored(panel: Panel, lane: Lane, period: int) -> bool:
    at = panel.floor_at(
        lane.key.product, origin=lane.key.origin, destination=lane.key.destination, day=last_day(period)
    )
    return at.judged in (Judged.FLOOR, Judged.AMBIGUOUS)


def _months_mg(panel: Panel, lanes: Sequence[Lane], through: int) -> tuple[int, ...]:
    months = range(through - MONTHS_A_YEAR + 1, through + 1)
    return tuple(sum(panel.month(lane, month).content_mg for lane in lanes) for month in months)


def _neighbour(panel: Panel, lanes: Sequence[Lane], measure: Measure, period: int) -> Neighbour:
    months, before = period - first_full_month(measure) + 1, last_month_before(measure)
    now = Window(period, months, panel.total(lanes, period, months))
    year = Window(before, MONTHS_A_YEAR, panel.total(lanes, before, MONTHS_A_YEAR))
    then = period - MONTHS_A_YEAR
    season = Window(then, months, panel.total(lanes, then, months))
    covered = least_coverage_pct((now.sums, year.sums, season.sums))
    return Neighbour(measure, "", Move(year, now), Move(season, now), _months_mg(panel, lanes, before), None, covered)


def _floored_pct(panel: Panel, key: ScopeKey, floor: tuple[str, Measure], year: Move) -> Fraction | None:
    """Return how the imports of the floored product under the floor moved; None where they are not known here."""
    floored, measure = floor
    lanes = [lane for lane in panel.lanes(floored, destination=key.destination) if measure.is_for(lane.key.origin)]
    before, now = (
        window._replace(sums=panel.total(lanes, window.through, window.months)) for window in (year.before, year.now)
    )
    return volume_change_pct(before, now)


def _arithmetic(found: Neighbour) -> Iterator[dict[str, str]]:
    now, year, season = found.year.now, found.year, found.season
    yield line(
        "rise against the twelve months before",
        f"{now.monthly_kg} / {year.before.monthly_kg} * 100 - 100",
        decimal_text(year.volume_pct),
        "%",
    )
    if season.before.sums.content_mg:
        yield line(
            "rise against the same months of the year before",
            f"{now.monthly_kg} / {season.before.monthly_kg} * 100 - 100",
            decimal_text(season.volume_pct),
            "%",
        )
    yield z_line(now, year.before, found.months_mg)
