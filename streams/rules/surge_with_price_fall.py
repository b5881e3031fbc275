"""
More goods at lower prices: the volume of a lane rises while its unit value falls.

The last three months are set against the same months of the year before, so that a season is no alert, and against
the twelve months before them, so that a poor season a year ago is none either.  Both comparisons have to show both:
the volume up, and the unit value down by more than that of other goods.  Those are the same product from all other
origins at the destination; for goods known only as they left their origin, its goods to all other destinations.  A
price that falls everywhere is no alert, nor is one that falls because other commodity codes or grades were traded.
What is small beside the other goods is left out, and so is a lane without trade in each of the months.

Basis: default.  The two questions, volume up and price down, are those of the European Union's import surveillance
and of Cefic's import monitoring; their cut-off figures are not published.  The share below which imports are
negligible is that of the WTO Anti-Dumping Agreement, article 5.8.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Final, NamedTuple

from streams.antidumping.negligibility import INDIVIDUAL_PCT
from streams.cells import Lane
from streams.episodes import Verdict
from streams.exact import decimal_text
from streams.months import MONTHS_A_YEAR, month_text
from streams.panel import Panel, Sums
from streams.rules.bands import Bands
from streams.rules.coverage import COVERAGE_MIN_PCT, UNPRICED, least_coverage_pct
from streams.rules.evidence import short, usd_per_kg
from streams.rules.hysteresis import Measure, verdict
from streams.rules.lumpiness import LUMPINESS_MAX, LUMPY, usual_level
from streams.rules.mix import ConstantMix, at_constant_mix, kinds_of
from streams.rules.move import Move, Window, price_change_pct, traded_months
from streams.rules.peers import Peers, peers_text
from streams.rules.period_rule import PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import Finding, ScopeKey
from streams.rules.settings import threshold

_QUARTER: Final = 3
_BASES: Final = ("the same months of the year before", "the twelve months before")


class Compared(NamedTuple):
    """A lane's last months against one of their bases."""

    move: Move
    others_pct: Fraction | None
    """How the unit value of other goods moved; None where there are none to compare with."""
    mix: ConstantMix | None = None
    """At a constant mix of codes and grades; None where that was not looked at, or cannot be told."""

    @property
    def fall_pct(self) -> Fraction:
        """How far the price fell, per cent; at constant mix where that is the smaller fall."""
        fall = -self.move.price_pct
        return fall if self.mix is None else min(fall, -self.mix.price_pct)

    @property
    def beyond_pct(self) -> Fraction:
        """How far the price fell beyond that of other goods, in points."""
        return self.fall_pct + min(self.others_pct or Fraction(0), Fraction(0))


class Surged(NamedTuple):
    """What was found of a lane in one period."""

    bases: tuple[Compared, ...]
    share_pct: Fraction
    """Of the content of this and the other goods."""
    coverage_pct: Fraction
    others: str
    """Which goods the others are."""

    @property
    def volume_pct(self) -> Fraction:
        """The lesser of the rises."""
        return min(each.move.volume_pct for each in self.bases)

    @property
    def beyond_pct(self) -> Fraction:
        """The lesser of the falls beyond that of other goods."""
        return min(each.beyond_pct for each in self.bases)


@dataclass(frozen=True, slots=True, kw_only=True)
class SurgeWithPriceFall(PeriodRule):
    """Find lanes that take in more at lower prices."""

    name: ClassVar[str] = "surge_with_price_fall"
    reach: ClassVar[int] = MONTHS_A_YEAR + _QUARTER - 1
    # Both because of the least value, in dollars.
    price_alert: ClassVar[bool] = False
    scale_free: ClassVar[bool] = False
    volume_min_pct: Fraction = threshold(Fraction(10), "rise of the volume, per cent")
    price_fall_min_pct: Fraction = threshold(Fraction(5), "fall of the unit value beyond that of other goods, points")
    share_min_pct: Fraction = threshold(
        INDIVIDUAL_PCT, "share of the volume below which a lane is negligible, per cent", basis="ADA 5.8"
    )
    value_min_usd: Fraction = threshold(Fraction(10_000), "value of the three months that makes it worth a look")
    lumpiness_max: Fraction = threshold(
        LUMPINESS_MAX, "standard deviation of the months before as a part of their mean: beyond it none is usual"
    )
    months_min: int = threshold(6, "months with trade of the twelve before")
    coverage_min_pct: Fraction = threshold(COVERAGE_MIN_PCT, "share of records with a price, per cent")
    bands: Bands = threshold(
        Bands(Fraction(10), Fraction(20), Fraction(40)), "severity by the fall beyond that of other goods, points"
    )

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:
        """Judge every lane of the product that is in trade."""
        lanes = panel.flows(product, period, self.reach + 1)
        peers = Peers(panel, lanes)
        for lane in lanes:
            if panel.window(lane, period, MONTHS_A_YEAR).content_mg:
                yield self._judge_lane(panel, lane, peers, period)

    def _judge_lane(self, panel: Panel, lane: Lane, peers: Peers, period: int) -> Finding:
        key = ScopeKey(self.name, *lane.key[1:])
        limits: SurgeWithPriceFall = self.at(lane.key.product, lane.key.origin)
        lack = limits._lack(panel, lane, period)
        if lack is not None:
            return Finding(key, Verdict.EMPTY, lack=lack)
        found = _surged(panel, lane, peers, period)
        said = limits._verdict(found)
        if said is Verdict.BREACH:
            found = _at_constant_mix(panel, lane, found)
            said = limits._verdict(found)
        if said is not Verdict.BREACH:
            return Finding(key, said)
        return Finding(key, said, limits.bands.severity(found.beyond_pct), found.beyond_pct, found)

    def _lack(self, panel: Panel, lane: Lane, period: int) -> str | None:
        """Return what is missing to judge the lane; empty where it is in trade too thinly to say anything."""
        before = period - _QUARTER
        if traded_months(panel, lane, period, _QUARTER) < _QUARTER:
            return ""
        if traded_months(panel, lane, before, MONTHS_A_YEAR) < self.months_min:
            return f"fewer than {self.months_min} months of trade in the year before"
        if traded_months(panel, lane, period - MONTHS_A_YEAR, _QUARTER) < _QUARTER:
            return "no trade in some of the same months of the year before"
        if usual_level(panel, lane, before, MONTHS_A_YEAR).is_lumpy(self.lumpiness_max):
            return LUMPY
        windows = (panel.window(lane, period, _QUARTER), panel.window(lane, before, MONTHS_A_YEAR))
        return UNPRICED if least_coverage_pct(windows) < self.coverage_min_pct else None

    def _verdict(self, found: Surged) -> Verdict:
        now = found.bases[0].move.now.sums
        if found.share_pct < self.share_min_pct or now.value_uusd < self.value_min_usd * 1_000_000:
            return Verdict.CLEAR
        return verdict(
            (
                Measure(found.volume_pct, self.volume_min_pct),
                Measure(found.beyond_pct, self.price_fall_min_pct),
            )
        )

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say by how much the volume rose and the price fell."""
        found: Surged = worst.detail
        season = found.bases[0]
        now = season.move.now
        price = usd_per_kg(now.sums.value_uusd, now.sums.content_mg)
        others = decimal_text(season.others_pct) if season.others_pct is not None else None
        summary = (
            f"{key.product} from {key.origin} to {key.destination}: in the three months to {month_text(now.through)} "
            f"volume rose {short(decimal_text(season.move.volume_pct), 1)} % against {_BASES[0]} while the unit value "
            f"fell {short(decimal_text(-season.move.price_pct), 1)} % to {short(price, 3)} USD/kg"
            + (f"; {found.others} moved {short(others, 1)} %." if others else "; no other goods to compare with.")
        )
        return Words(
            summary,
            {
                "method": "three months against the same months of the year before and against the twelve months "
                f"before; the fall of the unit value beyond that of {found.others}",
                "thresholds": self.stated(),
                "inputs": [now.facts("the last three months")]
                + [each.move.before.facts(name) for each, name in zip(found.bases, _BASES, strict=True)],
                "volume_change_pct": decimal_text(found.volume_pct),
                "price_fall_beyond_others_pct": decimal_text(found.beyond_pct),
                "share_of_volume_pct": decimal_text(found.share_pct),
                "coverage_pct": decimal_text(found.coverage_pct),
                "compared": [_told(each, name, found.others) for each, name in zip(found.bases, _BASES, strict=True)],
                "arithmetic": [
                    line for each, name in zip(found.bases, _BASES, strict=True) for line in each.move.lines(name)
                ],
            },
        )


def _surged(panel: Panel, lane: Lane, peers: Peers, period: int) -> Surged:
    now = Window(period, _QUARTER, panel.window(lane, period, _QUARTER))
    theirs = peers.sums(lane, period, _QUARTER)
    before = (Window(period - MONTHS_A_YEAR, _QUARTER, _NO), Window(period - _QUARTER, MONTHS_A_YEAR, _NO))
    bases = tuple(
        Compared(
            Move(window._replace(sums=panel.window(lane, window.through, window.months)), now),
            price_change_pct(peers.sums(lane, window.through, window.months), theirs),
        )
        for window in before
    )
    return Surged(
        bases,
        Fraction(100 * now.sums.content_mg, now.sums.content_mg + theirs.content_mg),
        least_coverage_pct(window.sums for each in bases for window in each.move),
        peers_text(lane),
    )


_NO = Sums()


def _at_constant_mix(panel: Panel, lane: Lane, found: Surged) -> Surged:
    now = kinds_of(panel, [lane], found.bases[0].move.now.through, _QUARTER)
    return found._replace(
        bases=tuple(
            each._replace(
                mix=at_constant_mix(kinds_of(panel, [lane], each.move.before.through, each.move.before.months), now)
            )
            for each in found.bases
        )
    )


def _told(found: Compared, base: str, others: str) -> dict[str, Any]:
    return {
        "against": base,
        "volume_change_pct": decimal_text(found.move.volume_pct),
        "price_change_pct": decimal_text(found.move.price_pct),
        "price_change_at_constant_mix_pct": None if found.mix is None else decimal_text(found.mix.price_pct),
        "others": others,
        "others_price_change_pct": None if found.others_pct is None else decimal_text(found.others_pct),
        "price_fall_beyond_others_pct": decimal_text(found.beyond_pct),
    }
