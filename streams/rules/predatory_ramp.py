"""
A price that is driven down, period after period, while the quantity is driven up: the way to take a market.

The months of an exporter's trade on a lane, over a year and a half, a year or half a year, whichever is longest and
shows it: the price has a falling trend and the quantity a rising one, by signs that chance would not give, and from
the first third to the last the price fell by 15 % or more beyond what other origins fell by, and the quantity rose by
30 % or more.  A fall that is lost in the ups and downs from month to month, or so deep that the goods must be others,
is none.  Some of it must be below the efficient producer's cost where that is known; where it is not, the alert
says so and is graded a warning at most.

Basis: default; the figures have no legal source.  The trend tests are those of Mann and Kendall, and of Theil and Sen.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import ClassVar, Final, NamedTuple

from alerts.model import Severity
from streams.antidumping.price_filter import price_quartiles
from streams.antidumping.sales import percent
from streams.antidumping.trend import Z_10_PCT, MannKendall, mann_kendall, theil_sen_sign
from streams.cells import Lane
from streams.episodes import EpisodePolicy, Verdict
from streams.exact import decimal_text
from streams.months import month_text
from streams.panel import NO_SUMS, Panel, Sums, added
from streams.reference.values import Role
from streams.rules.bands import Bands
from streams.rules.coverage import COVERAGE_MIN_PCT, UNPRICED, coverage_pct
from streams.rules.evidence import UUSD_PER_USD, kg, line, short, usd, usd_per_kg
from streams.rules.export_price import by_exporter, freight_of
from streams.rules.figures import Figure, all_facts, figure_of, text_of
from streams.rules.move import price_change_pct
from streams.rules.period_rule import PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import Finding, ScopeKey
from streams.rules.settings import threshold

_LONGEST: Final = 18
_THIRDS: Final = 3


class BelowCost(NamedTuple):
    """What a cost says of the months."""

    figures: tuple[Figure, ...]
    """The unit cost of the months it is known of; none where it is not."""
    months: tuple[int, ...]
    """The months whose export price lay below."""


class Ramped(NamedTuple):
    """The months of an exporter, as far as they show a ramp."""

    first: int
    """The first month of the window."""
    months: tuple[tuple[int, Sums], ...]
    """Those with trade."""
    price: MannKendall
    quantity: MannKendall
    start: Sums
    """Of the first third of the window."""
    end: Sums
    others_pct: Fraction | None
    """How the price of the other origins moved meanwhile."""
    cost: BelowCost
    records_pct: Fraction

    @property
    def price_pct(self) -> Fraction:
        """How the price moved from the first third to the last, per cent."""
        return price_change_pct(self.start, self.end) or Fraction(0)

    @property
    def beyond_pct(self) -> Fraction:
        """How far it fell beyond the price of other origins, points."""
        return min(self.others_pct or Fraction(0), Fraction(0)) - self.price_pct

    @property
    def quantity_pct(self) -> Fraction:
        """How the quantity moved from the first third to the last, per cent."""
        return percent(self.end.content_mg - self.start.content_mg, self.start.content_mg) or Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PredatoryRamp(PeriodRule):
    """Find exporters that drive a price down and a quantity up."""

    name: ClassVar[str] = "predatory_ramp"
    reach: ClassVar[int] = _LONGEST - 1
    price_alert: ClassVar[bool] = False
    """What is worth a look is a value, which rises with all prices."""
    scale_free: ClassVar[bool] = False
    policy: EpisodePolicy = EpisodePolicy(clear_days=92, expire_days=190)
    windows: tuple[int, ...] = threshold((_LONGEST, 12, 6), "months looked at, the longest first; at most 18")
    traded_min_pct: Fraction = threshold(Fraction(80), "months of the window with trade, per cent")
    price_fall_min_pct: Fraction = threshold(
        Fraction(15), "fall of the price from the first third to the last beyond that of other origins, points"
    )
    price_fall_max_pct: Fraction = threshold(
        Fraction(60), "fall of the price beyond which the goods are taken as unlike, per cent"
    )
    noise_multiple_min: Fraction = threshold(
        Fraction(5, 2), "how many times the usual change from month to month the fall is"
    )
    quantity_rise_min_pct: Fraction = threshold(
        Fraction(30), "rise of the quantity from the first third to the last, per cent"
    )
    trend_z: Fraction = threshold(Z_10_PCT, "z beyond which a trend is none of chance's", basis="two-sided, 10 %")
    share_min_pct: Fraction = threshold(
        Fraction(3), "volume of the last third, per cent of all imports", basis="ADA 5.8: below 3 % is negligible"
    )
    value_min_usd: Fraction = threshold(Fraction(10_000), "value of the last third that makes it worth a look")
    age_max_months: int = threshold(24, "age from which a cost without an end is too old, months")
    coverage_min_pct: Fraction = threshold(COVERAGE_MIN_PCT, "share of records with a price, per cent")
    bands: Bands = threshold(
        Bands(Fraction(15), Fraction(25), Fraction(40)), "severity by the fall beyond that of other origins, points"
    )

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:
        """Judge the exporters of every lane that traded in the month."""
        for lanes in panel.by_destination(product).values():
            for lane in lanes:
                if panel.month(lane, period).content_mg:
                    limits: PredatoryRamp = self.at(product, lane.key.origin)
                    yield from limits.judge_lane(panel, lane, lanes, period)

    def judge_lane(self, panel: Panel, lane: Lane, lanes: Sequence[Lane], period: int) -> Iterator[Finding]:
        """Judge the exporters of a lane; what lacks is said once, of the lane."""
        key = ScopeKey(self.name, *lane.key[1:])
        longest, shortest = max(self.windows), min(self.windows)
        if coverage_pct(panel.window(lane, period, longest)) < self.coverage_min_pct:
            yield Finding(key, Verdict.EMPTY, lack=UNPRICED)
            return
        said = False
        for exporter, goods in by_exporter(panel, lane, period, longest).items():
            months = {each.month: each.sums for each in goods}
            if period in months and len(months) * 100 >= self.traded_min_pct * shortest:
                said = True
                yield self._judge(panel, lane, lanes, period, key._replace(party=exporter), months)
        if not said:
            yield Finding(key, Verdict.EMPTY, lack=f"fewer than {shortest} months of trade")

    def _judge(  # noqa: PLR0917 - a subject and where to look
        self,
        panel: Panel,
        lane: Lane,
        lanes: Sequence[Lane],
        period: int,
        key: ScopeKey,
        months: dict[int, Sums],
    ) -> Finding:
        for window in sorted(self.windows, reverse=True):
            found = self._ramped(panel, lane, lanes, range(period - window + 1, period + 1), months)
            if found is None:
                continue
            cost = self._cost(panel, lane, key.party, found)
            if cost.figures and not cost.months:
                continue
            found = found._replace(cost=cost, records_pct=coverage_pct(panel.window(lane, period, window)))
            severity = self.bands.severity(found.beyond_pct)
            if not cost.figures and severity.rank > Severity.WARNING.rank:
                severity = Severity.WARNING
            return Finding(key, Verdict.BREACH, severity, found.beyond_pct, found)
        return Finding(key, Verdict.CLEAR)

    def _ramped(
        self, panel: Panel, lane: Lane, lanes: Sequence[Lane], window: range, months: dict[int, Sums]
    ) -> Ramped | None:
        """Return the ramp of a window, None where it shows none."""
        traded = tuple((month, months[month]) for month in window if month in months)
        if window[0] not in months or 100 * len(traded) < self.traded_min_pct * len(window):
            return None
        third = len(window) // _THIRDS
        start, end = (added(months.get(month, NO_SUMS) for month in part) for part in (window[:third], window[-third:]))
        if not start.content_mg or not end.content_mg:
            return None
        fall, rise = -(price_change_pct(start, end) or Fraction(0)), percent(end.content_mg, start.content_mg)
        if not self.price_fall_min_pct <= fall <= self.price_fall_max_pct:
            return None
        if rise is None or rise - 100 < self.quantity_rise_min_pct:
            return None
        prices = [sums.unit_value or Fraction(0) for _, sums in traded]
        quantities = [months.get(month, NO_SUMS).content_mg for month in window]
        trends = mann_kendall(prices), mann_kendall(quantities)
        falls = trends[0].falls(self.trend_z) and theil_sen_sign(prices) == -1
        rises = trends[1].rises(self.trend_z) and theil_sen_sign(quantities) == 1
        if not (falls and rises) or fall < self.noise_multiple_min * _usual_change_pct(prices):
            return None
        others = [each for each in lanes if each is not lane]
        before, after = (panel.total(others, part[-1], third) for part in (window[:third], window[-third:]))
        total = panel.total(lanes, window[-1], third).content_mg
        if 100 * end.content_mg < self.share_min_pct * total or end.value_uusd < self.value_min_usd * UUSD_PER_USD:
            return None
        moved = price_change_pct(before, after)
        found = Ramped(window[0], traded, *trends, start, end, moved, BelowCost((), ()), Fraction(0))
        return found if found.beyond_pct >= self.price_fall_min_pct else None

    def _cost(self, panel: Panel, lane: Lane, exporter: str, found: Ramped) -> BelowCost:
        figures, below = [], []
        for month, sums in found.months:
            cost = figure_of(
                panel,
                Role.UNIT_COST,
                lane,
                month,
                country=lane.key.origin,
                exporter=exporter,
                age_max_months=self.age_max_months,
            )
            if isinstance(cost, Figure):
                figures.append(cost)
                price = (sums.unit_value or Fraction(0)) / freight_of(panel, lane, month).cif_per_fob
                below += [month] if price < cost.usd_per_kg else []
        return BelowCost(tuple(figures), tuple(below))

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say how far the price was driven down and the quantity up."""
        found: Ramped = worst.detail
        price, quantity = decimal_text(found.price_pct), decimal_text(found.quantity_pct)
        last = found.months[-1][0]
        if found.cost.figures:
            below = f"{len(found.cost.months)} of its months lay below the unit cost"
        else:
            below = "the unit cost is not known"
        summary = (
            f"{key.product} of {key.party or 'exporters not declared'} from {key.origin} to {key.destination}: from "
            f"{month_text(found.first)} to {month_text(last)} the price was driven down "
            f"{short(price.lstrip('-'), 1)} % and the quantity up {short(quantity, 1)} %; {below}."
        )
        return Words(
            summary,
            {
                "method": "trends of monthly prices and quantities (Mann-Kendall, Theil-Sen) and the change from the "
                "first third of the window to the last, beyond that of the other origins",
                "thresholds": self.stated(),
                "exporter": key.party or None,
                "window_months": last - found.first + 1,
                "price_change_pct": price,
                "others_price_change_pct": text_of(found.others_pct),
                "price_fall_beyond_others_pct": decimal_text(found.beyond_pct),
                "quantity_change_pct": quantity,
                "price_trend": _trend(found.price),
                "quantity_trend": _trend(found.quantity),
                "unit_cost_known": bool(found.cost.figures),
                "months_below_cost": [month_text(month) for month in found.cost.months],
                "reference_values": all_facts(found.cost.figures),
                "coverage_pct": decimal_text(found.records_pct),
                "inputs": [
                    {
                        "month": month_text(month),
                        "content_kg": kg(sums.content_mg),
                        "cif_value_usd": usd(sums.value_uusd),
                        "unit_value_usd_per_kg": usd_per_kg(sums.value_uusd, sums.content_mg),
                    }
                    for month, sums in found.months
                ],
                "arithmetic": list(_lines(found)),
            },
        )


def _usual_change_pct(prices: Sequence[Fraction]) -> Fraction:
    """Return the median change of a price from one month of trade to the next, up or down, per cent."""
    changes = [abs(percent(after - before, before) or Fraction(0)) for before, after in pairwise(prices)]
    quartiles = price_quartiles(changes)
    return quartiles.median if quartiles else Fraction(0)


def _trend(trend: MannKendall) -> dict[str, str | int | None]:
    return {"s": trend.s, "variance": decimal_text(trend.variance), "z_squared": text_of(trend.z_squared)}


def _lines(found: Ramped) -> Iterator[dict[str, str]]:
    start, end = found.start, found.end
    prices = [f"({usd(each.value_uusd)} / {kg(each.content_mg)})" for each in (start, end)]
    yield line("change of the price", f"{prices[1]} / {prices[0]} * 100 - 100", decimal_text(found.price_pct), "%")
    expression = f"{kg(end.content_mg)} / {kg(start.content_mg)} * 100 - 100"
    yield line("change of the quantity", expression, decimal_text(found.quantity_pct), "%")
    for name, trend in (("price", found.price), ("quantity", found.quantity)):
        squared = f"({abs(trend.s)} - 1)"
        variance = f"({trend.variance.numerator} / {trend.variance.denominator})"
        yield line(f"z squared, {name}", f"{squared} * {squared} / {variance}", text_of(trend.z_squared), "")
