"""
The long way round: what one country sends to a second rises together with what the second sends into the zone.

A declares its exports to K, a member of a zone its imports from K.  Over twelve months the two move together, the
imports up to three months later (the lag that fits best counts); the last six months are well above the six before on
both ways; and what A sends more explains at least half of what comes more.  Where it is known what K could make in a
year, what K sends at its present rate has to exceed that by a tenth; where it is not known the alert says so and is no
more than a warning.  Trade through K need not be circumvention: goods may be worked there.

Basis: default; consignment through third countries is among the practices of Regulation (EU) 2016/1036, article 13(1).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Final, NamedTuple

from alerts.model import Severity
from streams.antidumping.correlation import Correlation, correlation
from streams.antidumping.negligibility import INDIVIDUAL_PCT
from streams.antidumping.sales import percent
from streams.antidumping.z_score import root
from streams.cells import Lane
from streams.episodes import Verdict
from streams.exact import decimal_text
from streams.months import MONTHS_A_YEAR, last_day, month_text
from streams.panel import Panel
from streams.reference.capacities import CapacityRole
from streams.rules.bands import Bands
from streams.rules.coverage import COVERAGE_MIN_PCT, UNPRICED, least_coverage_pct
from streams.rules.evidence import MG_PER_KG, kg, line, short
from streams.rules.hysteresis import Measure, verdict
from streams.rules.lumpiness import months_mg
from streams.rules.period_rule import PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import Finding, ScopeKey
from streams.rules.settings import threshold
from streams.shapes import Kind

_HALF_YEAR: Final = 6
_LAG_MAX: Final = 3
_NO_MIRROR: Final = "no country's declarations of exports of the product are known"


class Way(NamedTuple):
    """A to K to a member, at the lag at which both legs move together most."""

    through: int
    lag: int
    first_mg: tuple[int, ...]
    """From A to K, twelve months up to the lag before the last."""
    second_mg: tuple[int, ...]
    """From K to the member, twelve months."""
    sent_mg: int
    """From K to all destinations, the last six months."""
    makes_kg: Fraction | None
    """What K could make in a year; None where that is not known."""
    share_pct: Fraction
    """Of K in the member's imports of the last six months."""
    coverage_pct: Fraction

    @property
    def correlation(self) -> Correlation:
        """How both legs move together."""
        return correlation(self.first_mg, self.second_mg)

    @property
    def rises(self) -> tuple[Fraction | None, Fraction | None]:
        """How much both legs rose, per cent; None where there was nothing before."""
        first, second = (_halves(each) for each in (self.first_mg, self.second_mg))
        return percent(first[1] - first[0], first[0]), percent(second[1] - second[0], second[0])

    @property
    def explained_pct(self) -> Fraction:
        """What A sends more, per cent of what comes more from K."""
        first, second = (_halves(each) for each in (self.first_mg, self.second_mg))
        return percent(first[1] - first[0], second[1] - second[0]) or Fraction(0)

    @property
    def of_capacity(self) -> Fraction | None:
        """What K sends in a year at its present rate, as a multiple of what it could make."""
        if self.makes_kg is None:
            return None
        sent = Fraction(2 * self.sent_mg, MG_PER_KG)
        return sent / self.makes_kg if self.makes_kg else sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Transshipment(PeriodRule):
    """Find goods that reach a zone through a country that did not make them."""

    name: ClassVar[str] = "transshipment"
    reach: ClassVar[int] = MONTHS_A_YEAR + _LAG_MAX - 1
    rise_min_pct: Fraction = threshold(Fraction(25), "rise of both legs, six months against six, per cent")
    correlation_min: Fraction = threshold(Fraction(7, 10), "correlation of both legs over twelve months")
    explained_min_pct: Fraction = threshold(Fraction(50), "rise of the second leg that the first explains, per cent")
    capacity_ratio_min: Fraction = threshold(
        Fraction(11, 10), "what the country between sends in a year, as a multiple of what it could make"
    )
    share_min_pct: Fraction = threshold(
        INDIVIDUAL_PCT, "share of the imports below which the country between is negligible, per cent", basis="ADA 5.8"
    )
    coverage_min_pct: Fraction = threshold(COVERAGE_MIN_PCT, "share of records with a price, per cent")
    bands: Bands = threshold(
        Bands(Fraction(3), Fraction(10), Fraction(25)), "severity by the share of the imports, per cent"
    )

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:
        """Judge every way of two legs into a member of a zone."""
        exports = panel.lanes(product, kind=Kind.EXPORT)
        for destination, lanes in panel.by_destination(product).items():
            if not panel.zones(destination, last_day(period)) or not panel.total(lanes, period, _HALF_YEAR).rows:
                continue
            if not exports:
                yield Finding(ScopeKey(self.name, product, "", destination), Verdict.EMPTY, lack=_NO_MIRROR)
            for second in lanes:
                for first in exports:
                    if _is_way(first, second) and panel.window(second, period, _HALF_YEAR).content_mg:
                        yield from self._judge_way(panel, (first, second), (exports, lanes), period)

    def _judge_way(
        self, panel: Panel, legs: tuple[Lane, Lane], known: tuple[Sequence[Lane], Sequence[Lane]], period: int
    ) -> Iterator[Finding]:
        first, second = legs
        if not panel.window(first, period, _HALF_YEAR + _LAG_MAX).content_mg:
            return
        key = ScopeKey(self.name, *second.key[1:], party=first.key.origin)
        limits: Transshipment = self.at(key.product, key.origin)
        lack = limits._lack(panel, legs, known, period)
        if lack is not None:
            yield Finding(key, Verdict.EMPTY, lack=lack)
            return
        found = limits._way(panel, legs, known[1], period)
        said = limits._verdict(found)
        if said is not Verdict.BREACH:
            yield Finding(key, said)
            return
        severity = limits.bands.severity(found.share_pct)
        if found.makes_kg is None and severity.rank > Severity.WARNING.rank:
            severity = Severity.WARNING
        yield Finding(key, said, severity, found.share_pct, found)

    def _lack(
        self, panel: Panel, legs: tuple[Lane, Lane], known: tuple[Sequence[Lane], Sequence[Lane]], period: int
    ) -> str | None:
        exports = [lane for lane in known[0] if lane.key.origin == legs[0].key.origin]
        if min(map(panel.first_month, exports)) > period - MONTHS_A_YEAR - _LAG_MAX + 1:
            return "exports are known for less than fifteen months"
        if min(map(panel.first_month, known[1])) > period - MONTHS_A_YEAR + 1:
            return "imports are known for less than twelve months"
        covered = least_coverage_pct(panel.window(lane, period, MONTHS_A_YEAR) for lane in legs)
        return UNPRICED if covered < self.coverage_min_pct else None

    def _way(self, panel: Panel, legs: tuple[Lane, Lane], lanes: Sequence[Lane], period: int) -> Way:
        first, second = legs
        between, product = second.key.origin, second.key.product
        everywhere = panel.total(panel.lanes(product, origin=between), period, _HALF_YEAR)
        makes = panel.capacity_kg_per_year(product, country=between, role=CapacityRole.CAPACITY, day=last_day(period))
        base = Way(
            through=period,
            lag=0,
            first_mg=(),
            second_mg=months_mg(panel, second, period, MONTHS_A_YEAR),
            sent_mg=everywhere.content_mg,
            makes_kg=None if isinstance(makes, str) else makes,
            share_pct=Fraction(
                100 * panel.window(second, period, _HALF_YEAR).content_mg,
                panel.total(lanes, period, _HALF_YEAR).content_mg,
            ),
            coverage_pct=least_coverage_pct(panel.window(lane, period, MONTHS_A_YEAR) for lane in legs),
        )
        lagged = (
            base._replace(lag=lag, first_mg=months_mg(panel, first, period - lag, MONTHS_A_YEAR))
            for lag in range(_LAG_MAX + 1)
        )
        return max(lagged, key=_fit)

    def _verdict(self, found: Way) -> Verdict:
        if found.share_pct < self.share_min_pct:
            return Verdict.CLEAR
        rises = [self.rise_min_pct if each is None else each for each in found.rises]
        said = verdict(Measure(each, self.rise_min_pct) for each in rises)
        if said is not Verdict.BREACH:
            return said
        if found.of_capacity is not None and found.of_capacity <= self.capacity_ratio_min:
            return Verdict.CLEAR
        together = found.correlation.reaches(self.correlation_min)
        return said if together and found.explained_pct >= self.explained_min_pct else Verdict.EMPTY

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say which two legs rose together, and whether the country between could have made the goods."""
        found: Way = worst.detail
        squared = found.correlation.r_squared or Fraction(0)
        rises = [None if each is None else decimal_text(each) for each in found.rises]
        ratio = None if found.of_capacity is None else decimal_text(found.of_capacity)
        return Words(
            f"{key.product} from {key.party} to {key.origin} and from {key.origin} to {key.destination} rose together "
            f"in the year to {month_text(found.through)} (correlation {short(decimal_text(root(squared)), 2)}, "
            f"{found.lag} months apart); {key.origin} has {short(decimal_text(found.share_pct), 1)} % of "
            f"{key.destination}'s imports"
            + (
                f" and sends {short(ratio, 1)} times what it could make."
                if ratio is not None
                else "; what it could make is not known."
            ),
            {
                "method": "monthly exports to the country between and imports from it, six months against six and "
                "correlated over twelve, at the lag of up to three months that fits best",
                "thresholds": self.stated(),
                "from": key.party,
                "through": key.origin,
                "window": f"twelve months to {month_text(found.through)}",
                "lag_months": found.lag,
                "first_leg_rise_pct": rises[0],
                "second_leg_rise_pct": rises[1],
                "explained_pct": decimal_text(found.explained_pct),
                "correlation": decimal_text(root(squared)),
                "share_of_imports_pct": decimal_text(found.share_pct),
                "capacity_of_the_country_between_kg_per_year": None
                if found.makes_kg is None
                else decimal_text(found.makes_kg),
                "sent_at_present_rate_per_capacity": ratio,
                "inputs": {
                    "first_leg_months_kg": [kg(each) for each in found.first_mg],
                    "second_leg_months_kg": [kg(each) for each in found.second_mg],
                    "sent_everywhere_in_six_months_kg": kg(found.sent_mg),
                },
                "coverage_pct": decimal_text(found.coverage_pct),
                "arithmetic": list(_arithmetic(found)),
            },
        )


def _is_way(first: Lane, second: Lane) -> bool:
    """Return whether goods of the first leg may go on by the second."""
    return first.key.destination == second.key.origin and first.key.origin not in second.key[2:]


def _halves(months: Sequence[int]) -> tuple[int, int]:
    """Return the sums of the first and the last six of twelve months."""
    return sum(months[:_HALF_YEAR]), sum(months[_HALF_YEAR:])


def _fit(way: Way) -> tuple[Fraction, int]:
    """Return how well a lag fits, the shorter of equals first."""
    found = way.correlation
    squared = found.r_squared or Fraction(0)
    return squared if found.covariance > 0 else -squared, -way.lag


def _arithmetic(found: Way) -> Iterator[dict[str, str]]:
    legs = (found.first_mg, found.second_mg)
    for name, leg, rise in zip(("first", "second"), legs, found.rises, strict=True):
        before, now = (" + ".join(map(kg, each)) for each in (leg[:_HALF_YEAR], leg[_HALF_YEAR:]))
        yield line(
            f"rise of the {name} leg",
            f"({now}) / ({before}) * 100 - 100",
            None if rise is None else decimal_text(rise),
            "%",
        )
    n, found_r = len(found.first_mg), found.correlation
    covariance, *variances = (str(each) for each in found_r)
    yield line("covariance of the legs", _moment(n, *legs), covariance, "mg * mg")
    for name, leg, variance in zip(("first", "second"), legs, variances, strict=True):
        yield line(f"variance of the {name} leg", _moment(n, leg, leg), variance, "mg * mg")
    yield line(
        "square of the correlation",
        f"({covariance}) * ({covariance}) / ({variances[0]} * {variances[1]})",
        None if found_r.r_squared is None else decimal_text(found_r.r_squared),
        "",
    )


def _moment(n: int, x: Sequence[int], y: Sequence[int]) -> str:
    """Return n sum xy - sum x sum y as an expression."""
    products = " + ".join(f"{a} * {b}" for a, b in zip(x, y, strict=True))
    return f"{n} * ({products}) - ({' + '.join(map(str, x))}) * ({' + '.join(map(str, y))})"
