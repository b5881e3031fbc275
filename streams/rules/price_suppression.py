"""
A destination's industry that cannot raise its price with its cost, or sees it fall, while imports rise.

The domestic price and the unit cost of the destination are taken now and half a year ago.  Cost in per cent of the
price has risen by five points or more, cost has risen more than the price, and the imports of six months are larger
than those of the six before.  A price that fell is depression, one that rose too little is suppression; which of the
two it is, and whose imports grew, is told.  That imports are the cause is another question.

Basis: WTO Anti-Dumping Agreement, article 3.2 (price suppression and depression; China - GOES).  No law sets a figure:
the thresholds are defaults.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Final, NamedTuple

from streams.antidumping.price_effects import DomesticPeriod, PriceEffects, price_effects
from streams.antidumping.sales import percent
from streams.cells import Lane
from streams.episodes import EpisodePolicy, Verdict
from streams.exact import decimal_text
from streams.months import month_text
from streams.panel import Panel, Sums
from streams.reference.values import Role
from streams.rules.bands import Bands
from streams.rules.coverage import COVERAGE_MIN_PCT, UNPRICED, coverage_pct
from streams.rules.evidence import kg, line, short
from streams.rules.figures import Figure, all_facts, conversion, figure_on, last_day_of_trade, term, text_of
from streams.rules.hysteresis import Measure, verdict
from streams.rules.period_rule import PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import Finding, ScopeKey
from streams.rules.settings import threshold

_HALF_A_YEAR: Final = 6


class Domestic(NamedTuple):
    """Price and cost of the destination's industry on a day."""

    price: Figure
    cost: Figure

    @property
    def period(self) -> DomesticPeriod:
        """Both in USD per kg."""
        return DomesticPeriod(self.price.usd_per_kg, self.cost.usd_per_kg)


class Risen(NamedTuple):
    """Whose imports grew: milligrams in the window before and in this one."""

    origin: str
    before_mg: int
    now_mg: int


class Suppressed(NamedTuple):
    """What was found at one destination."""

    through: int
    before: Domestic
    now: Domestic
    effects: PriceEffects
    imports_before_mg: int
    imports_mg: int
    risen: tuple[Risen, ...]
    """The three origins whose imports grew most."""
    records_pct: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSuppression(PeriodRule):
    """Find destinations whose industry is squeezed while imports rise."""

    name: ClassVar[str] = "price_suppression"
    reach: ClassVar[int] = 2 * _HALF_A_YEAR - 1
    price_alert: ClassVar[bool] = False
    """Import prices do not matter to it, volumes do; what is worth a look is a value."""
    scale_free: ClassVar[bool] = False
    policy: EpisodePolicy = EpisodePolicy(expire_days=190)
    window_months: int = threshold(_HALF_A_YEAR, "months over which price, cost and imports are compared, at most 6")
    ratio_rise_min_pp: Fraction = threshold(Fraction(5), "rise of cost in per cent of the price, points")
    imports_rise_min_pct: Fraction = threshold(Fraction(5), "rise of the imports, per cent")
    bands: Bands = threshold(
        Bands(Fraction(5), Fraction(15), Fraction(30)), "severity by the rise of cost in per cent of the price, points"
    )
    value_min_usd: Fraction = threshold(Fraction(10_000), "value of the imports that makes them worth a look")
    coverage_min_pct: Fraction = threshold(COVERAGE_MIN_PCT, "share of records with a price, per cent")

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:
        """Judge every destination that took the product in the month."""
        limits: PriceSuppression = self.at(product)
        for destination, lanes in panel.by_destination(product).items():
            if panel.total(lanes, period).content_mg:
                yield limits.judge_market(panel, lanes, period, ScopeKey(self.name, product, destination=destination))

    def judge_market(self, panel: Panel, lanes: Sequence[Lane], period: int, key: ScopeKey) -> Finding:
        """Judge one destination."""
        then = period - self.window_months
        now, before = (panel.total(lanes, through, self.window_months) for through in (period, then))
        domestic = [_domestic(panel, lanes, through, self.window_months, key) for through in (then, period)]
        lack = self._lack(now, before, domestic)
        if not lack and not all(panel.total(lanes, month).content_mg for month in self._months(period)):
            lack = f"no imports in some of the {2 * self.window_months} months that are compared"
        if lack:
            return Finding(key, Verdict.EMPTY, lack=lack)
        was, is_now = domestic
        assert isinstance(was, Domestic) and isinstance(is_now, Domestic)  # noqa: S101, PT018 - what lacks is said above
        effects = price_effects(was.period, is_now.period)
        risen = percent(now.content_mg - before.content_mg, before.content_mg) or Fraction(0)
        squeeze, ratio = effects.squeeze_pp or Fraction(0), effects.cost_ratio_rise_pp or Fraction(0)
        if now.value_uusd < self.value_min_usd * 1_000_000 or not effects.suppressed:
            return Finding(key, Verdict.CLEAR)
        said = verdict([Measure(ratio, self.ratio_rise_min_pp), Measure(risen, self.imports_rise_min_pct)])
        if said is not Verdict.BREACH or squeeze <= 0:
            return Finding(key, said)
        found = Suppressed(
            period,
            was,
            is_now,
            effects,
            before.content_mg,
            now.content_mg,
            tuple(_most_risen(panel, lanes, period, self.window_months)),
            min(coverage_pct(before), coverage_pct(now)),
        )
        return Finding(key, said, self.bands.severity(ratio), ratio, found)

    def _months(self, period: int) -> range:
        """Return the months of both windows."""
        return range(period - 2 * self.window_months + 1, period + 1)

    def _lack(self, now: Sums, before: Sums, domestic: Sequence[Domestic | str]) -> str:
        if min(coverage_pct(now), coverage_pct(before)) < self.coverage_min_pct:
            return UNPRICED
        if not before.content_mg:
            return f"no imports in the {self.window_months} months before"
        return next((each for each in domestic if isinstance(each, str)), "")

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say what became of price and cost, and whose imports rose."""
        found: Suppressed = worst.detail
        effects = found.effects
        price, cost = text_of(effects.price_change_pct), text_of(effects.cost_change_pct)
        risen = decimal_text(percent(found.imports_mg - found.imports_before_mg, found.imports_before_mg) or 0)
        ratio = text_of(effects.cost_ratio_rise_pp)
        kind = "depressed" if effects.depressed else "suppressed"
        summary = (
            f"The price of {key.product} in {key.destination} is {kind}: within {self.window_months} months to "
            f"{month_text(found.through)} cost moved {short(cost, 1)} %, the price {short(price, 1)} %, cost in per "
            f"cent of the price rose {short(ratio, 1)} points, and imports grew {short(risen, 1)} %."
        )
        return Words(
            summary,
            {
                "method": "domestic price and unit cost of the destination, now and before, beside the imports of the "
                "window and of the one before; no finding that imports are the cause",
                "thresholds": self.stated(),
                "window_months": self.window_months,
                "effect": kind,
                "price_change_pct": price,
                "cost_change_pct": cost,
                "squeeze_pp": text_of(effects.squeeze_pp),
                "cost_ratio_rise_pp": ratio,
                "imports_before_kg": kg(found.imports_before_mg),
                "imports_kg": kg(found.imports_mg),
                "imports_change_pct": risen,
                "origins_that_rose_most": [
                    {"origin": each.origin, "before_kg": kg(each.before_mg), "now_kg": kg(each.now_mg)}
                    for each in found.risen
                ],
                "coverage_pct": decimal_text(found.records_pct),
                "reference_values": [
                    fact for pair in zip(found.before, found.now, strict=True) for fact in all_facts(pair)
                ],
                "arithmetic": list(_lines(found, risen)),
            },
        )


def _domestic(panel: Panel, lanes: Sequence[Lane], through: int, months: int, key: ScopeKey) -> Domestic | str:
    """Return the destination's price and cost on the last day of trade of a window; a text says what lacks."""
    day = next(
        (
            max(days)
            for month in range(through, through - months, -1)
            if (days := [day for lane in lanes if (day := last_day_of_trade(panel, lane, month)) is not None])
        ),
        None,
    )
    if day is None:
        return f"no imports in the {months} months before"
    price, cost = (
        figure_on(panel, role, key.product, day, country=key.destination)
        for role in (Role.DOMESTIC_PRICE, Role.UNIT_COST)
    )
    if isinstance(price, str):
        return price
    return cost if isinstance(cost, str) else Domestic(price, cost)


def _most_risen(panel: Panel, lanes: Sequence[Lane], period: int, months: int) -> Iterator[Risen]:
    risen = (
        Risen(
            lane.key.origin,
            panel.window(lane, period - months, months).content_mg,
            panel.window(lane, period, months).content_mg,
        )
        for lane in lanes
    )
    most = sorted(risen, key=lambda each: (each.before_mg - each.now_mg, each.origin))
    return (each for each in most[:3] if each.now_mg > each.before_mg)


def _lines(found: Suppressed, risen: str) -> Iterator[dict[str, str]]:
    for figure in (*found.before, *found.now):
        yield conversion(figure)
    was, now = found.before, found.now
    prices, costs = ([term(each.usd_per_kg) for each in pair] for pair in zip(was, now, strict=True))
    effects = found.effects
    yield line("change of the price", f"{prices[1]} / {prices[0]} * 100 - 100", text_of(effects.price_change_pct), "%")
    yield line("change of the cost", f"{costs[1]} / {costs[0]} * 100 - 100", text_of(effects.cost_change_pct), "%")
    yield line(
        "rise of cost in per cent of the price",
        f"{costs[1]} / {prices[1]} * 100 - {costs[0]} / {prices[0]} * 100",
        text_of(effects.cost_ratio_rise_pp),
        "points",
    )
    expression = f"{kg(found.imports_mg)} / {kg(found.imports_before_mg)} * 100 - 100"
    yield line("change of the imports", expression, risen, "%")
