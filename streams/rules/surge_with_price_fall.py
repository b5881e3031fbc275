"""
More goods at lower prices: the volume of a lane rises while its unit value falls.

Twelve months are set against the twelve before.  Both gates must be passed, and the fall is taken beyond what the
same goods of all other origins fell by at that destination, so that a price that falls everywhere is no alert.

Basis: the two questions of the European Union's import surveillance (volume up and price down) and of Cefic's import
monitoring (last twelve months against the twelve before); their cut-off figures are not published, the thresholds
here are defaults.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, NamedTuple

from streams.antidumping.sales import percent
from streams.cells import Lane
from streams.episodes import Verdict
from streams.exact import decimal_text
from streams.months import month_text
from streams.panel import Panel, Sums
from streams.rules.bands import Bands
from streams.rules.evidence import kg, line, short, usd, usd_per_kg
from streams.rules.period_rule import Finding, PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import ScopeKey
from streams.rules.settings import threshold

_YEAR = 12


class Surged(NamedTuple):
    """Two windows of a lane, and how the goods of other origins moved."""

    through: int
    before: Sums
    now: Sums
    volume_pct: Fraction
    price_pct: Fraction
    others_pct: Fraction | None
    """How the unit value of all other origins moved; None where there were none to compare with."""

    @property
    def beyond_pct(self) -> Fraction:
        """How far the price fell beyond what others fell by, in percentage points; positive is a fall."""
        return min(self.others_pct or Fraction(0), Fraction(0)) - self.price_pct


@dataclass(frozen=True, slots=True, kw_only=True)
class SurgeWithPriceFall(PeriodRule):
    """Find lanes that take in more at lower prices."""

    name: ClassVar[str] = "surge_with_price_fall"
    reach: ClassVar[int] = 2 * _YEAR - 1
    volume_min_pct: Fraction = threshold(Fraction(10), "rise of the volume, per cent of the twelve months before")
    price_fall_min_pct: Fraction = threshold(Fraction(5), "fall of the unit value beyond that of other origins, points")
    value_min_usd: Fraction = threshold(Fraction(10_000), "value of the twelve months that makes it worth a look")
    months_min: int = threshold(6, "months of each window with trade")
    bands: Bands = threshold(
        Bands(Fraction(10), Fraction(20), Fraction(40)), "severity by the fall beyond that of other origins, points"
    )

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:
        """Judge every lane of the product."""
        lanes = panel.flows(product)
        for lane in lanes:
            if panel.first_month(lane) <= period:
                yield self._judge_lane(panel, lane, lanes, period)

    def _judge_lane(self, panel: Panel, lane: Lane, lanes: Sequence[Lane], period: int) -> Finding:
        key = ScopeKey(self.name, *lane.key[1:])
        limits = self.at(lane.key.product, lane.key.origin)
        before, now = (panel.window(lane, month, _YEAR) for month in (period - _YEAR, period))
        if _traded(panel, lane, period - _YEAR) < limits.months_min or not before.content_mg:
            lack = f"fewer than {limits.months_min} months of trade in the year before"
            return Finding(key, Verdict.EMPTY, lack=lack)
        if _traded(panel, lane, period) < limits.months_min or not now.content_mg or not before.value_uusd:
            return Finding(key, Verdict.EMPTY)
        found = Surged(
            period,
            before,
            now,
            _change(before.content_mg, now.content_mg),
            _change(before.unit_value or Fraction(0), now.unit_value or Fraction(0)),
            _others(panel, lane, lanes, period),
        )
        fired = (
            found.volume_pct >= limits.volume_min_pct
            and found.beyond_pct >= limits.price_fall_min_pct
            and now.value_uusd >= limits.value_min_usd * 1_000_000
        )
        if not fired:
            return Finding(key, Verdict.CLEAR)
        return Finding(key, Verdict.BREACH, limits.bands.severity(found.beyond_pct), found.beyond_pct, found)

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say by how much the volume rose and the price fell."""
        found: Surged = worst.detail
        before, now = found.before, found.now
        prices = [usd_per_kg(each.value_uusd, each.content_mg) for each in (before, now)]
        volume, price = decimal_text(found.volume_pct), decimal_text(found.price_pct)
        others = None if found.others_pct is None else decimal_text(found.others_pct)
        summary = (
            f"{key.product} from {key.origin} to {key.destination}: in the year to {month_text(found.through)} "
            f"volume rose {short(volume, 1)} % while the unit value fell {short(price.lstrip('-'), 1)} % "
            f"to {short(prices[1], 3)} USD/kg"
            + (
                f"; that of other origins moved {short(others, 1)} %."
                if others
                else "; no other origins to compare with."
            )
        )
        return Words(
            summary,
            {
                "method": "twelve months against the twelve before; the fall of the unit value beyond that of the same "
                "goods from other origins",
                "content_before_kg": kg(before.content_mg),
                "content_kg": kg(now.content_mg),
                "value_before_usd": usd(before.value_uusd),
                "value_usd": usd(now.value_uusd),
                "unit_value_before_usd_per_kg": prices[0],
                "unit_value_usd_per_kg": prices[1],
                "volume_change_pct": volume,
                "price_change_pct": price,
                "others_price_change_pct": others,
                "arithmetic": [
                    line(
                        "change of the volume",
                        f"({kg(now.content_mg)} - {kg(before.content_mg)}) / {kg(before.content_mg)} * 100",
                        volume,
                        "%",
                    ),
                    line(
                        "unit value before", f"{usd(before.value_uusd)} / {kg(before.content_mg)}", prices[0], "USD/kg"
                    ),
                    line("unit value", f"{usd(now.value_uusd)} / {kg(now.content_mg)}", prices[1], "USD/kg"),
                    line(
                        "change of the unit value",
                        f"({usd(now.value_uusd)} / {kg(now.content_mg)}) / "
                        f"({usd(before.value_uusd)} / {kg(before.content_mg)}) * 100 - 100",
                        price,
                        "%",
                    ),
                ],
            },
        )


def _traded(panel: Panel, lane: Lane, through: int) -> int:
    """Return how many of the twelve months to *through* had trade."""
    return sum(1 for month in range(through - _YEAR + 1, through + 1) if panel.month(lane, month).content_mg)


def _others(panel: Panel, lane: Lane, lanes: Sequence[Lane], period: int) -> Fraction | None:
    """Return how the unit value of all other origins at the same destination moved."""
    others = [each for each in lanes if each.key.destination == lane.key.destination and each is not lane]
    before, now = (panel.total(others, month, _YEAR) for month in (period - _YEAR, period))
    if not before.value_uusd or not now.content_mg:
        return None
    return _change(before.unit_value or Fraction(0), now.unit_value or Fraction(0))


def _change(before: Fraction | int, now: Fraction | int) -> Fraction:
    return percent(now - before, before) or Fraction(0)
