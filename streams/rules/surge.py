"""
More goods than usual: the volume of a lane stands above that of the months before and of the same months last year.

The last three months are set against the mean of the twelve before them, and against the same months of the year
before, so that a season is no surge.  The rise has to reach its threshold against both and to stand out from how much
the twelve months differ among themselves (z).  A lane so lumpy that it has no usual volume is not judged, one that is
small beside the other goods at the destination is left out, and one that is new has nothing to be compared with: the
alert is about a rise, not about a first consignment.  Prices play no part.

Basis: default; the rise echoes 19 CFR 351.206(h), the share the negligible imports of the WTO Anti-Dumping Agreement,
article 5.8.  It is the "significant increase" of article 3.2 that volumes are watched for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Final, NamedTuple

from streams.antidumping.negligibility import INDIVIDUAL_PCT
from streams.antidumping.surge import SURGE_PCT, judge_surge
from streams.antidumping.z_score import Level, level, root
from streams.cells import Lane
from streams.episodes import Verdict
from streams.exact import decimal_text
from streams.months import MONTHS_A_YEAR, month_text
from streams.panel import Panel
from streams.rules.bands import Bands
from streams.rules.coverage import COVERAGE_MIN_PCT, UNPRICED, least_coverage_pct
from streams.rules.evidence import MG_PER_KG, kg, line, short
from streams.rules.hysteresis import Measure, verdict
from streams.rules.lumpiness import LUMPINESS_MAX, LUMPY, months_mg, z_line
from streams.rules.move import Move, Window, traded_months
from streams.rules.peers import Peers, peers_text
from streams.rules.period_rule import PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import Finding, ScopeKey
from streams.rules.settings import threshold

_QUARTER: Final = 3


class Risen(NamedTuple):
    """What was found of a lane in one period."""

    season: Move
    year: Move
    months_mg: tuple[int, ...]
    """The twelve months before, in order."""
    share_pct: Fraction
    others: str
    coverage_pct: Fraction

    @property
    def rise_pct(self) -> Fraction:
        """The lesser of the rises; against the year alone where the same months a year before had no trade."""
        return min(each.volume_pct for each in (self.season, self.year) if each.before.sums.content_mg)

    @property
    def usual(self) -> Level:
        """The usual level of the twelve months before."""
        return level(self.months_mg)

    @property
    def recent_mg(self) -> Fraction:
        """The mean of the last months."""
        return Fraction(self.year.now.sums.content_mg, _QUARTER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surge(PeriodRule):
    """Find lanes that take in more than they used to."""

    name: ClassVar[str] = "surge"
    reach: ClassVar[int] = MONTHS_A_YEAR + _QUARTER - 1
    scale_free: ClassVar[bool] = False  # Because of the least quantity.
    rise_min_pct: Fraction = threshold(SURGE_PCT, "rise of the volume, per cent", basis="default, as 19 CFR 351.206(h)")
    z_min: Fraction = threshold(Fraction(2), "standard deviations above the mean of the twelve months before")
    lumpiness_max: Fraction = threshold(
        LUMPINESS_MAX, "standard deviation of the months before as a part of their mean: beyond it none is usual"
    )
    share_min_pct: Fraction = threshold(
        INDIVIDUAL_PCT, "share of the volume below which a lane is negligible, per cent", basis="ADA 5.8"
    )
    quantity_min_kg: Fraction = threshold(Fraction(100), "content of the three months that makes it worth a look, kg")
    months_min: int = threshold(6, "months with trade of the twelve before")
    coverage_min_pct: Fraction = threshold(COVERAGE_MIN_PCT, "share of records with a price, per cent")
    bands: Bands = threshold(Bands(Fraction(30), Fraction(60), Fraction(150)), "severity by the rise, per cent")

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:
        """Judge every lane of the product that is in trade."""
        lanes = panel.flows(product, period, self.reach + 1)
        peers = Peers(panel, lanes)
        for lane in lanes:
            if panel.window(lane, period, MONTHS_A_YEAR).content_mg:
                yield self._judge_lane(panel, lane, peers, period)

    def _judge_lane(self, panel: Panel, lane: Lane, peers: Peers, period: int) -> Finding:
        key = ScopeKey(self.name, *lane.key[1:])
        limits: Surge = self.at(lane.key.product, lane.key.origin)
        lack = limits._lack(panel, lane, period)
        if lack is not None:
            return Finding(key, Verdict.EMPTY, lack=lack)
        found = _risen(panel, lane, peers, period)
        if found.usual.is_lumpy(limits.lumpiness_max):
            return Finding(key, Verdict.EMPTY, lack=LUMPY)
        said = limits._verdict(found)
        if said is not Verdict.BREACH:
            return Finding(key, said)
        return Finding(key, said, limits.bands.severity(found.rise_pct), found.rise_pct, found)

    def _lack(self, panel: Panel, lane: Lane, period: int) -> str | None:
        """Return what is missing to judge the lane; empty where it is in trade too thinly to say anything."""
        before = period - _QUARTER
        if traded_months(panel, lane, period, _QUARTER) < _QUARTER:
            return ""
        if traded_months(panel, lane, before, MONTHS_A_YEAR) < self.months_min:
            return f"fewer than {self.months_min} months of trade in the year before"
        if panel.first_month(lane) > before - MONTHS_A_YEAR + 1:
            return "trade is known for less than fifteen months"
        windows = (panel.window(lane, period, _QUARTER), panel.window(lane, before, MONTHS_A_YEAR))
        return UNPRICED if least_coverage_pct(windows) < self.coverage_min_pct else None

    def _verdict(self, found: Risen) -> Verdict:
        quantity = found.year.now.sums.content_mg
        if found.share_pct < self.share_min_pct or quantity < self.quantity_min_kg * MG_PER_KG:
            return Verdict.CLEAR
        said = verdict((Measure(found.rise_pct, self.rise_min_pct),))
        if said is Verdict.BREACH and not self._stands_out(found):
            return Verdict.EMPTY
        return said

    def _stands_out(self, found: Risen) -> bool:
        """Return whether both comparisons are surges, and the rise is more than the lane's own noise."""
        moves = (found.season, found.year)
        return found.usual.rises(found.recent_mg, _QUARTER, z=self.z_min) and all(
            judge_surge(
                move.before.sums.content_mg,
                Fraction(move.now.sums.content_mg, _QUARTER),
                periods=move.before.months,
                threshold_pct=self.rise_min_pct,
            ).surge
            for move in moves
        )

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say by how much the volume rose, and how that stands to the lane's own noise."""
        found: Risen = worst.detail
        year, season = found.year, found.season
        z_squared = found.usual.z_squared(found.recent_mg, _QUARTER)
        rises = [decimal_text(each.volume_pct) for each in (year, season)]
        return Words(
            f"{key.product} from {key.origin} to {key.destination}: {short(kg(year.now.sums.content_mg), 0)} kg in the "
            f"three months to {month_text(year.now.through)}, {short(rises[0], 1)} % above the mean of the twelve "
            + (
                f"months before and {short(rises[1], 1)} % above the same months of the year before."
                if season.before.sums.content_mg
                else "months before; in the same months of the year before there was none."
            ),
            {
                "method": "three months against the mean of the twelve before and the same months of the year before",
                "thresholds": self.stated(),
                "inputs": [
                    year.now.facts("the last three months"),
                    season.before.facts("the same months of the year before"),
                    year.before.facts("the twelve months before"),
                ],
                "months_before_kg": [kg(each) for each in found.months_mg],
                "rise_against_the_year_pct": rises[0],
                "rise_against_the_season_pct": rises[1] if season.before.sums.content_mg else None,
                "z": None if z_squared is None else decimal_text(root(z_squared)),
                "share_of_volume_pct": decimal_text(found.share_pct),
                "compared_with": found.others,
                "coverage_pct": decimal_text(found.coverage_pct),
                "arithmetic": list(_arithmetic(found)),
            },
        )


def _risen(panel: Panel, lane: Lane, peers: Peers, period: int) -> Risen:
    now = Window(period, _QUARTER, panel.window(lane, period, _QUARTER))
    season, year = period - MONTHS_A_YEAR, period - _QUARTER
    before = (
        Window(season, _QUARTER, panel.window(lane, season, _QUARTER)),
        Window(year, MONTHS_A_YEAR, panel.window(lane, year, MONTHS_A_YEAR)),
    )
    theirs = peers.sums(lane, period, _QUARTER).content_mg
    return Risen(
        Move(before[0], now),
        Move(before[1], now),
        months_mg(panel, lane, year, MONTHS_A_YEAR),
        Fraction(100 * now.sums.content_mg, now.sums.content_mg + theirs),
        peers_text(lane),
        least_coverage_pct(window.sums for window in (now, *before)),
    )


def _arithmetic(found: Risen) -> Iterable[dict[str, str]]:
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
