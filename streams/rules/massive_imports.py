"""
Massive imports in a short time: as they come when a duty is expected that may reach back.

The last three months (or more) of a lane are set against as many before them, multiplied by what the same months came
to a year earlier: the season.  The increase has to reach its threshold, half of it without the season too, and so does
the rise against the same months of the year before: months that were out of the common then make no season now.  The
goods have to stand out from the twelve months before.  A lane so lumpy that it has no usual volume is not judged, nor
one whose season is not known or moves by more than a season does; one that is small beside the other goods is left out.

Basis: 19 CFR 351.206(h) and (i): an increase of at least 15 per cent over at least three months, seasonal trends
considered; WTO Anti-Dumping Agreement, article 10.6.  The other thresholds are defaults.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Final, NamedTuple

from streams.antidumping.massive_imports import (
    MASSIVE_PCT,
    MONTHS_MIN,
    MassiveImports,
    massive_imports,
    seasonal_ratio,
)
from streams.antidumping.negligibility import INDIVIDUAL_PCT
from streams.antidumping.z_score import level
from streams.cells import Lane
from streams.episodes import Verdict
from streams.exact import decimal_text
from streams.months import MONTHS_A_YEAR, month_text
from streams.panel import Panel
from streams.rules.bands import Bands
from streams.rules.coverage import COVERAGE_MIN_PCT, UNPRICED, least_coverage_pct
from streams.rules.evidence import MG_PER_KG, kg, line, short
from streams.rules.hysteresis import EXIT, Measure, verdict
from streams.rules.lumpiness import LUMPINESS_MAX, LUMPY, months_mg
from streams.rules.move import Window, traded_months, volume_change_pct
from streams.rules.peers import Peers, peers_text
from streams.rules.period_rule import PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import Finding, ScopeKey
from streams.rules.settings import threshold

_LONGEST: Final = 6


class Massive(NamedTuple):
    """What was found of a lane in one period."""

    now: Window
    base: Window
    year_ago: tuple[Window, Window]
    """What the base and the comparison months were a year earlier."""
    judged: MassiveImports
    share_pct: Fraction
    others: str
    coverage_pct: Fraction

    @property
    def year_pct(self) -> Fraction:
        """How much more came than in the same months of the year before, per cent."""
        return volume_change_pct(self.year_ago[1], self.now) or Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MassiveImportsRule(PeriodRule):
    """Find lanes whose imports rise massively in a short time."""

    name: ClassVar[str] = "massive_imports"
    reach: ClassVar[int] = MONTHS_A_YEAR + 2 * _LONGEST - 1
    scale_free: ClassVar[bool] = False  # Because of the least quantity.
    increase_min_pct: Fraction = threshold(
        MASSIVE_PCT, "increase over the months before, seasonally adjusted, per cent", basis="19 CFR 351.206(h)(2)"
    )
    months: int = threshold(MONTHS_MIN, "months that are compared, 3 to 6", basis="19 CFR 351.206(i)")
    z_min: Fraction = threshold(Fraction(2), "standard deviations above the mean of the twelve months before")
    season_max: Fraction = threshold(
        Fraction(2), "times that the same months rose or fell a year earlier: more is no season"
    )
    lumpiness_max: Fraction = threshold(
        LUMPINESS_MAX, "standard deviation of the months before as a part of their mean: beyond it none is usual"
    )
    share_min_pct: Fraction = threshold(
        INDIVIDUAL_PCT, "share of the volume below which a lane is negligible, per cent", basis="ADA 5.8"
    )
    quantity_min_kg: Fraction = threshold(Fraction(100), "content of the months that makes them worth a look, kg")
    coverage_min_pct: Fraction = threshold(COVERAGE_MIN_PCT, "share of records with a price, per cent")
    bands: Bands = threshold(Bands(Fraction(30), Fraction(60), Fraction(150)), "severity by the increase, per cent")

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:
        """Judge every lane of the product that is in trade."""
        lanes = panel.flows(product, period, self.reach + 1)
        peers = Peers(panel, lanes)
        for lane in lanes:
            if panel.window(lane, period, MONTHS_A_YEAR).content_mg:
                yield self._judge_lane(panel, lane, peers, period)

    def _judge_lane(self, panel: Panel, lane: Lane, peers: Peers, period: int) -> Finding:
        key = ScopeKey(self.name, *lane.key[1:])
        limits: MassiveImportsRule = self.at(lane.key.product, lane.key.origin)
        lack = limits._lack(panel, lane, period)
        if lack is not None:
            return Finding(key, Verdict.EMPTY, lack=lack)
        found = limits._found(panel, lane, peers, period)
        increase = found.judged.increase_pct
        if increase is None:
            return Finding(key, Verdict.EMPTY, lack="the months before had no trade, or their season is not known")
        said = limits._verdict(panel, lane, found, increase)
        if said is not Verdict.BREACH:
            return Finding(key, said)
        return Finding(key, said, limits.bands.severity(increase), increase, found)

    def _lack(self, panel: Panel, lane: Lane, period: int) -> str | None:
        """Return what is missing to judge the lane; empty where it is in trade too thinly to say anything."""
        months, base = self.months, period - self.months
        if traded_months(panel, lane, period, months) < months:
            return ""
        if panel.first_month(lane) > base - months - MONTHS_A_YEAR + 1:
            return "trade is not known for the same months of the year before"
        if traded_months(panel, lane, base, months) < months:
            return "the months before had no trade, or their season is not known"
        season = self._season(panel, lane, period)
        if season is None or not 1 / self.season_max <= season <= self.season_max:
            return "the same months of the year before moved by more than a season does"
        if level(months_mg(panel, lane, base, MONTHS_A_YEAR)).is_lumpy(self.lumpiness_max):
            return LUMPY
        windows = (panel.window(lane, through, months) for through in self._ends(period))
        return UNPRICED if least_coverage_pct(windows) < self.coverage_min_pct else None

    def _ends(self, period: int) -> tuple[int, int, int, int]:
        """Return the last months of the comparison, its base, and of both a year earlier."""
        base = period - self.months
        return period, base, period - MONTHS_A_YEAR, base - MONTHS_A_YEAR

    def _season(self, panel: Panel, lane: Lane, period: int) -> Fraction | None:
        _, _, then, then_base = self._ends(period)
        before, since = (panel.window(lane, through, self.months).content_mg for through in (then_base, then))
        return seasonal_ratio(before, since)

    def _found(self, panel: Panel, lane: Lane, peers: Peers, period: int) -> Massive:
        now, base, then, then_base = (
            Window(through, self.months, panel.window(lane, through, self.months)) for through in self._ends(period)
        )
        theirs = peers.sums(lane, period, self.months).content_mg
        judged = massive_imports(
            months_mg(panel, lane, base.through, self.months),
            months_mg(panel, lane, period, self.months),
            season=self._season(panel, lane, period),
            threshold_pct=self.increase_min_pct,
        )
        return Massive(
            now,
            base,
            (then_base, then),
            judged,
            Fraction(100 * now.sums.content_mg, now.sums.content_mg + theirs),
            peers_text(lane),
            least_coverage_pct(window.sums for window in (now, base, then_base, then)),
        )

    def _verdict(self, panel: Panel, lane: Lane, found: Massive, increase: Fraction) -> Verdict:
        quantity = found.now.sums.content_mg
        if found.share_pct < self.share_min_pct or quantity < self.quantity_min_kg * MG_PER_KG:
            return Verdict.CLEAR
        said = verdict((Measure(increase, self.increase_min_pct), Measure(found.year_pct, self.increase_min_pct)))
        usual = level(months_mg(panel, lane, found.base.through, MONTHS_A_YEAR))
        stands_out = usual.rises(Fraction(quantity, self.months), self.months, z=self.z_min)
        # Where last year's months fell after a surge of their own, no rise at all would pass for one.
        risen = volume_change_pct(found.base, found.now) or Fraction(0)
        massive = stands_out and found.judged.massive and risen >= self.increase_min_pct * EXIT
        return Verdict.EMPTY if said is Verdict.BREACH and not massive else said

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say by how much the imports rose over the months before, and what the season was."""
        found: Massive = worst.detail
        now, base, (then_base, then) = found.now, found.base, found.year_ago
        increase = decimal_text(found.judged.increase_pct or Fraction(0))
        amounts = [kg(each.sums.content_mg) for each in (now, base, then, then_base)]
        return Words(
            f"{key.product} from {key.origin} to {key.destination}: {short(amounts[0], 0)} kg in the {now.months} "
            f"months to {month_text(now.through)} after {short(amounts[1], 0)} kg in as many before, "
            f"{short(increase, 1)} % more than the season lets expect.",
            {
                "method": f"{now.months} months against as many before, times what they came to a year earlier",
                "thresholds": self.stated(),
                "inputs": [
                    now.facts("the comparison months"),
                    base.facts("the base months"),
                    then.facts("the comparison months a year before"),
                    then_base.facts("the base months a year before"),
                ],
                "increase_pct": increase,
                "rise_against_the_year_before_pct": decimal_text(found.year_pct),
                "share_of_volume_pct": decimal_text(found.share_pct),
                "compared_with": found.others,
                "coverage_pct": decimal_text(found.coverage_pct),
                "arithmetic": [
                    line(
                        "season",
                        f"{amounts[2]} / {amounts[3]}",
                        decimal_text(Fraction(then.sums.content_mg, then_base.sums.content_mg)),
                        "",
                    ),
                    line(
                        "increase",
                        f"{amounts[0]} / ({amounts[1]} * {amounts[2]} / {amounts[3]}) * 100 - 100",
                        increase,
                        "%",
                    ),
                    line(
                        "rise against the same months of the year before",
                        f"{amounts[0]} / {amounts[2]} * 100 - 100",
                        decimal_text(found.year_pct),
                        "%",
                    ),
                ],
            },
        )
