"""
The origin changes after a measure: goods under it come from elsewhere.

The shares of origins in a destination's imports since a measure began are set against those of the six months before
it was announced.  Where the origins under the measure lose, and some other origin gains, at least ten points within six
months, that other origin is the alert's.  Trade flows do not tell circumvention from an honest change of supplier:
what the origin makes, or could make, in a year is shown where it is known.  Without a measure there is nothing to find.

Basis: the change in the pattern of trade of Regulation (EU) 2016/1036, article 13(1), and 19 U.S.C. 1677j; the points
and months are defaults.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Final, NamedTuple

from streams.antidumping.shares import SHIFT_PP, OriginShift, origin_shift
from streams.cells import Lane
from streams.episodes import Verdict
from streams.exact import decimal_text
from streams.months import last_day, month_text
from streams.panel import Panel
from streams.reference.capacities import CapacityRole
from streams.reference.measures import Measure
from streams.rules.bands import Bands
from streams.rules.coverage import COVERAGE_MIN_PCT, UNPRICED, least_coverage_pct
from streams.rules.evidence import kg, line, short
from streams.rules.hysteresis import Measure as Gauge
from streams.rules.hysteresis import verdict
from streams.rules.measures import HALF_YEAR, facts, first_full_month, in_its_first_months, last_month_before
from streams.rules.period_rule import PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import Finding, ScopeKey
from streams.rules.settings import threshold

_TARGET: Final = "*"
"""Stands for all origins under the measure."""

Volumes = tuple[tuple[str, int], ...]
"""Milligrams of content by origin, those under the measure as one."""


class Shifted(NamedTuple):
    """What was found of an origin since a measure."""

    measure: Measure
    base_through: int
    through: int
    months: int
    """Since the measure."""
    base_mg: Volumes
    since_mg: Volumes
    fall_pp: Fraction
    """Of the origins under the measure."""
    rise_pp: Fraction
    makes_kg: tuple[tuple[str, Fraction | str], ...]
    """What the origin makes and could make in a year; a text says what is not known."""
    coverage_pct: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginShiftRule(PeriodRule):
    """Find origins that take the place of those under a measure."""

    name: ClassVar[str] = "origin_shift"
    reach: ClassVar[int] = 4 * HALF_YEAR - 1
    fall_min_pp: Fraction = threshold(SHIFT_PP, "points of share that the origins under the measure lose")
    rise_min_pp: Fraction = threshold(SHIFT_PP, "points of share that another origin gains")
    months_min: int = threshold(3, "full months since the measure that make a share")
    base_months_min: int = threshold(3, "months with trade of the six before it was announced")
    records_min: int = threshold(6, "records of each of the two windows")
    coverage_min_pct: Fraction = threshold(COVERAGE_MIN_PCT, "share of records with a price, per cent")
    bands: Bands = threshold(Bands(Fraction(10), Fraction(20), Fraction(40)), "severity by the points gained")

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:
        """Judge each destination by each measure that began there within six months."""
        for destination, lanes in panel.by_destination(product).items():
            for measure in in_its_first_months(panel, product, destination, period, HALF_YEAR):
                key = ScopeKey(self.name, product, "", destination, party=measure.measure_id)
                yield from self._judge_measure(panel, key, lanes, measure, period)

    def _judge_measure(
        self, panel: Panel, key: ScopeKey, lanes: Sequence[Lane], measure: Measure, period: int
    ) -> Iterable[Finding]:
        limits: OriginShiftRule = self.at(key.product)
        months = period - first_full_month(measure) + 1
        before = last_month_before(measure)
        base, since = panel.total(lanes, before, HALF_YEAR), panel.total(lanes, period, months)
        if months < limits.months_min or since.rows < limits.records_min:
            return
        if _months(panel, lanes, before) < limits.base_months_min or base.rows < limits.records_min:
            yield Finding(
                key, Verdict.EMPTY, lack="too little trade in the six months before the measure was announced"
            )
            return
        covered = least_coverage_pct((base, since))
        if covered < limits.coverage_min_pct:
            yield Finding(key, Verdict.EMPTY, lack=UNPRICED)
            return
        base_mg, since_mg = (
            _volumes(panel, lanes, measure, through, count)
            for through, count in ((before, HALF_YEAR), (period, months))
        )
        shift = origin_shift(base_mg, since_mg, target=_TARGET, fall_pp=limits.fall_min_pp, rise_pp=limits.rise_min_pp)
        if shift is None:
            return
        for origin in sorted(since_mg):
            if origin != _TARGET:
                found = Shifted(
                    measure,
                    before,
                    period,
                    months,
                    tuple(sorted(base_mg.items())),
                    tuple(sorted(since_mg.items())),
                    -shift.shift_pp.get(_TARGET, Fraction(0)),
                    shift.shift_pp[origin],
                    (),
                    covered,
                )
                yield limits._judge_origin(panel, key._replace(origin=origin), found, shift)

    def _judge_origin(self, panel: Panel, key: ScopeKey, found: Shifted, shift: OriginShift) -> Finding:
        if key.origin not in shift.suspects:
            gauges = (Gauge(found.fall_pp, self.fall_min_pp), Gauge(found.rise_pp, self.rise_min_pp))
            return Finding(key, verdict(gauges))
        makes = tuple(
            (
                str(role),
                panel.capacity_kg_per_year(key.product, country=key.origin, role=role, day=last_day(found.through)),
            )
            for role in CapacityRole
        )
        severity = self.bands.severity(found.rise_pp)
        return Finding(key, Verdict.BREACH, severity, found.rise_pp, found._replace(makes_kg=makes))

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say which origin gained how much after which measure."""
        found: Shifted = worst.detail
        rise, fall = decimal_text(found.rise_pp), decimal_text(found.fall_pp)
        base, since = dict(found.base_mg), dict(found.since_mg)
        return Words(
            f"Since {found.measure.measure_id} ({found.measure.kind.replace('_', ' ')}, from "
            f"{found.measure.effective_from}) {key.origin} gained {short(rise, 1)} points of {key.destination}'s "
            f"imports of {key.product}, and the origins under it lost {short(fall, 1)}.",
            {
                "method": "shares of origins since the measure against those of the six months before it was announced",
                "thresholds": self.stated(),
                "measure": facts(found.measure),
                "base_window": f"six months to {month_text(found.base_through)}",
                "window": f"{found.months} months to {month_text(found.through)}",
                "rise_points": rise,
                "fall_points": fall,
                "inputs": [
                    {
                        "origin": "under the measure" if origin == _TARGET else origin,
                        "content_before_kg": kg(base.get(origin, 0)),
                        "content_kg": kg(since.get(origin, 0)),
                    }
                    for origin in sorted({*base, *since})
                ],
                "of_the_origin_kg_per_year": {
                    role: made if isinstance(made, str) else decimal_text(made) for role, made in found.makes_kg
                },
                "coverage_pct": decimal_text(found.coverage_pct),
                "arithmetic": [
                    line("points gained", _points(base, since, key.origin), rise, "points"),
                    line("points lost", f"0 - ({_points(base, since, _TARGET)})", fall, "points"),
                ],
            },
        )


def _months(panel: Panel, lanes: Sequence[Lane], through: int) -> int:
    months = range(through - HALF_YEAR + 1, through + 1)
    return sum(1 for month in months if any(panel.month(lane, month).content_mg for lane in lanes))


def _volumes(panel: Panel, lanes: Sequence[Lane], measure: Measure, through: int, months: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for lane in lanes:
        content = panel.window(lane, through, months).content_mg
        origin = _TARGET if measure.is_for(lane.key.origin) else lane.key.origin
        if content:
            found[origin] = found.get(origin, 0) + content
    return found


def _points(base: Mapping[str, int], since: Mapping[str, int], origin: str) -> str:
    """Return the change of a share as an expression."""
    return " - ".join(f"{kg(volumes.get(origin, 0))} / {kg(sum(volumes.values()))} * 100" for volumes in (since, base))
