"""
Price suppression and depression: what imports do to the prices of the domestic industry.

    change of price  = P1 / P0 - 1             change of cost  = C1 / C0 - 1        (cost of goods sold, per unit)
    depression       : the price falls
    suppression      : squeeze = change of cost - change of price > 0

With costs and prices of one unit a squeeze above zero says the same as a ratio of cost to sales that rises; how far
that rises is told beside it, in percentage points.  Each can be there without undercutting, and each without the other:
a price that falls with its cost is depressed, not suppressed.  Whether imports are the cause is another question, which
these figures do not answer.  Source: WTO Anti-Dumping Agreement, art. 3.2 (panels: China - GOES).
"""

from fractions import Fraction
from typing import NamedTuple

from streams.antidumping.sales import Exact, percent


class DomesticPeriod(NamedTuple):
    """What a unit of the domestic product sold for and cost in a period (or an index of each)."""

    price: Exact
    cost: Exact

    @property
    def cost_to_price_pct(self) -> Fraction | None:
        """The cost in per cent of the price, None without a price."""
        return percent(self.cost, self.price)


class PriceEffects(NamedTuple):
    """What became of price and cost between two periods; None where a period lacks what it takes."""

    price_change_pct: Fraction | None
    cost_change_pct: Fraction | None
    squeeze_pp: Fraction | None
    """By how many points cost rose more than the price."""
    cost_ratio_rise_pp: Fraction | None
    """By how many points the ratio of cost to price rose."""

    @property
    def depressed(self) -> bool | None:
        """Whether the price fell."""
        return None if self.price_change_pct is None else self.price_change_pct < 0

    @property
    def suppressed(self) -> bool | None:
        """Whether the price fell short of what its cost would have it do."""
        return None if self.squeeze_pp is None else self.squeeze_pp > 0


def price_effects(before: DomesticPeriod, after: DomesticPeriod) -> PriceEffects:
    """Return how price and cost moved from the base period to the one under review."""
    price = percent(after.price - before.price, before.price)
    cost = percent(after.cost - before.cost, before.cost)
    ratios = before.cost_to_price_pct, after.cost_to_price_pct
    squeeze = None if price is None or cost is None else cost - price
    rise = None if ratios[0] is None or ratios[1] is None else ratios[1] - ratios[0]
    return PriceEffects(price, cost, squeeze, rise)
