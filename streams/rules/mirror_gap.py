"""
Two sides of one trade that do not agree: what entered a country is not worth what left for it.

Quarter by quarter the imports of a lane, CIF, are set against the origin's own declarations of exports to the
destination, FOB, raised by the usual cost of freight and insurance.  Goods are at sea between the two, so the exports
are also taken a month earlier, and the lesser gap counts.  Where less entered than left in the quarter and more than
left a month earlier, or the other way about, a voyage of some weeks explains both: trade that leaps or stops near a
quarter's end says nothing.  A gap of one quarter that the half-year does not bear out by half of the threshold is a
matter of timing, and of less than half a year nothing is said.  Imports below their mirror may be undervalued or sent
elsewhere, imports above it overvalued or declared under another origin.  Where the origin declares no exports to the
destination there is nothing to compare.

Basis: default; the 1.06 by which FOB is raised is that of the International Monetary Fund's Direction of Trade
Statistics.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Final, NamedTuple

from streams.antidumping.sales import percent
from streams.cells import Lane
from streams.episodes import EpisodePolicy, Verdict
from streams.exact import decimal_text
from streams.panel import Panel, Sums
from streams.rules.bands import Bands
from streams.rules.coverage import COVERAGE_MIN_PCT, UNPRICED, least_coverage_pct
from streams.rules.evidence import UUSD_PER_USD, line, short, usd
from streams.rules.hysteresis import Measure, verdict
from streams.rules.move import Window, traded_months
from streams.rules.period_rule import PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import Finding, ScopeKey
from streams.rules.settings import threshold
from streams.shapes import Kind

_QUARTER: Final = 3
_LAG_MAX: Final = 1
_STEADY: Final = Fraction(1, 2)
"""What a gap of one quarter comes to over two, as a part of it, where the other quarter agrees."""


class Mirror(NamedTuple):
    """Imports and the exports that mirror them, at the lag at which they agree best."""

    imports: Window
    exports: Window
    cif_per_fob: Fraction

    @property
    def gap_pct(self) -> Fraction:
        """Imports less mirrored exports, per cent of the exports FOB; below zero where less entered."""
        fob = self.exports.sums.value_uusd
        return percent(self.imports.sums.value_uusd - fob * self.cif_per_fob, fob) or Fraction(0)


class Gap(NamedTuple):
    """What was found of a lane in a quarter."""

    quarter: Mirror
    half_year: Mirror
    coverage_pct: Fraction
    timing_explains: bool
    """Whether less entered than left at one lag and more at another: a voyage between the two leaves no gap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorGap(PeriodRule):
    """Find lanes whose imports and mirrored exports disagree."""

    name: ClassVar[str] = "mirror_gap"
    reach: ClassVar[int] = 2 * _QUARTER + _LAG_MAX - 1
    # Both because of the least value, in dollars.
    price_alert: ClassVar[bool] = False
    scale_free: ClassVar[bool] = False
    policy: EpisodePolicy = EpisodePolicy(expire_days=200)
    gap_min_pct: Fraction = threshold(Fraction(20), "gap of the quarter, per cent of the exports FOB")
    cif_per_fob: Fraction = threshold(
        Fraction(106, 100), "what goods cost CIF for each dollar FOB", basis="IMF, Direction of Trade Statistics"
    )
    months_min: int = threshold(2, "months of the quarter with trade on both sides")
    records_min: int = threshold(3, "records of the quarter on the import side")
    value_min_usd: Fraction = threshold(Fraction(10_000), "value of the exports that makes them worth a look")
    coverage_min_pct: Fraction = threshold(COVERAGE_MIN_PCT, "share of records with a price, per cent")
    bands: Bands = threshold(Bands(Fraction(20), Fraction(40), Fraction(80)), "severity by the gap, per cent")

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:
        """Judge every lane that both sides know of, in the last month of a quarter."""
        if (period + 1) % _QUARTER:
            return
        left = {lane.key[1:]: lane for lane in panel.lanes(product, kind=Kind.EXPORT)}
        publishing = {lane.key.origin for lane in left.values()}
        for entered in panel.lanes(product):
            if entered.key.origin in publishing and panel.window(entered, period, _QUARTER).content_mg:
                yield self._judge_lane(panel, entered, left.get(entered.key[1:]), period)

    def _judge_lane(self, panel: Panel, entered: Lane, left: Lane | None, period: int) -> Finding:
        key = ScopeKey(self.name, *entered.key[1:])
        limits: MirrorGap = self.at(entered.key.product, entered.key.origin)
        if left is None or not panel.window(left, period, _QUARTER + _LAG_MAX).value_uusd:
            return Finding(key, Verdict.EMPTY, lack="the origin declares no exports to the destination")
        if limits._is_thin(panel, entered, left, period):
            return Finding(key, Verdict.EMPTY)
        if max(map(panel.first_month, (entered, left))) > period - 2 * _QUARTER + 1:
            return Finding(key, Verdict.EMPTY, lack="both sides are not known for half a year")
        found = limits._gap(panel, entered, left, period)
        if found.coverage_pct < limits.coverage_min_pct:
            return Finding(key, Verdict.EMPTY, lack=UNPRICED)
        if found.quarter.exports.sums.value_uusd < limits.value_min_usd * UUSD_PER_USD:
            return Finding(key, Verdict.CLEAR)
        gap = abs(found.quarter.gap_pct)
        said = verdict(
            (
                Measure(gap, limits.gap_min_pct),
                Measure(abs(found.half_year.gap_pct), limits.gap_min_pct * _STEADY),
            )
        )
        if said is Verdict.BREACH and found.timing_explains:
            return Finding(key, Verdict.EMPTY)
        if said is not Verdict.BREACH:
            return Finding(key, said)
        return Finding(key, said, limits.bands.severity(gap), gap, found)

    def _is_thin(self, panel: Panel, entered: Lane, left: Lane, period: int) -> bool:
        """Return whether there is too little trade on either side to say anything."""
        return (
            panel.window(entered, period, _QUARTER).rows < self.records_min
            or traded_months(panel, entered, period, _QUARTER) < self.months_min
            or traded_months(panel, left, period, _QUARTER + _LAG_MAX) < self.months_min
        )

    def _gap(self, panel: Panel, entered: Lane, left: Lane, period: int) -> Gap:
        quarter, half_year = (self._mirrors(panel, entered, left, Window(period, months, _NONE)) for months in (3, 6))
        closest = min(quarter, key=_size)
        gaps = [each.gap_pct for each in quarter]
        coverage = least_coverage_pct((closest.imports.sums, closest.exports.sums))
        return Gap(closest, min(half_year, key=_size), coverage, timing_explains=min(gaps) < 0 < max(gaps))

    def _mirrors(self, panel: Panel, entered: Lane, left: Lane, window: Window) -> list[Mirror]:
        """Return the window's imports beside exports as long before it, lag by lag."""
        imports = window._replace(sums=panel.window(entered, window.through, window.months))
        lagged = (
            Mirror(
                imports,
                Window(window.through - lag, window.months, panel.window(left, window.through - lag, window.months)),
                self.cif_per_fob,
            )
            for lag in range(_LAG_MAX + 1)
            if not lag or panel.first_month(left) <= window.through - lag - window.months + 1
        )
        return [each for each in lagged if each.exports.sums.value_uusd]

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say how much less, or more, entered than left."""
        found: Gap = worst.detail
        quarter, half_year = found.quarter, found.half_year
        gap = decimal_text(quarter.gap_pct)
        entered, left = usd(quarter.imports.sums.value_uusd), usd(quarter.exports.sums.value_uusd)
        quantity = percent(
            quarter.imports.sums.content_mg - quarter.exports.sums.content_mg, quarter.exports.sums.content_mg
        )
        more = "more" if quarter.gap_pct > 0 else "less"
        return Words(
            f"{key.destination} declares USD {short(entered, 0)} of {key.product} from {key.origin}, CIF, where "
            f"{key.origin} declares USD {short(left, 0)} FOB: {short(gap.lstrip('-'), 1)} % {more} than freight and "
            "insurance explain.",
            {
                "method": "imports CIF against the origin's exports FOB times the usual cost of freight and insurance, "
                "by quarter, at the lag that makes the gap least",
                "thresholds": self.stated(),
                "inputs": [
                    quarter.imports.facts("imports, CIF"),
                    quarter.exports.facts("exports, FOB"),
                    half_year.imports.facts("imports of the half-year, CIF"),
                    half_year.exports.facts("exports of the half-year, FOB"),
                ],
                "gap_pct": gap,
                "half_year_gap_pct": decimal_text(half_year.gap_pct),
                "quantity_gap_pct": None if quantity is None else decimal_text(quantity),
                "coverage_pct": decimal_text(found.coverage_pct),
                "arithmetic": [
                    _line("gap of the quarter", quarter),
                    _line("gap of the half-year", half_year),
                ],
            },
        )


_NONE: Final = Sums()


def _size(mirror: Mirror) -> Fraction:
    return abs(mirror.gap_pct)


def _line(label: str, mirror: Mirror) -> dict[str, str]:
    entered, left = usd(mirror.imports.sums.value_uusd), usd(mirror.exports.sums.value_uusd)
    factor = f"{mirror.cif_per_fob.numerator} / {mirror.cif_per_fob.denominator}"
    return line(label, f"({entered} - {left} * {factor}) / {left} * 100", decimal_text(mirror.gap_pct), "%")
