"""
Profit added to a cost, as a part of the cost or of the price it leads to.

    on cost:      price = cost * (1 + p)
    on turnover:  price = cost / (1 - p)

The two differ and must be stated: 10 % on a cost of 900 is a price of 990, 10 % of turnover a price of 1000.  Sources:
constructed value (WTO Anti-Dumping Agreement, art. 2.2.2), target price (Regulation (EU) 2016/1036, art. 7(2c)).
"""

from enum import StrEnum
from fractions import Fraction
from typing import Final

from streams.antidumping.sales import Exact

_WHOLE: Final = 100


class ProfitBase(StrEnum):
    """What a rate of profit is a part of."""

    COST = "cost"
    TURNOVER = "turnover"


def profit(cost: Exact, *, profit_pct: Exact, base: ProfitBase) -> Fraction:
    """
    Return the profit on *cost*, in the same currency and unit.

    Raises :class:`ValueError` for a profit of 100 % of turnover or more, which no price could pay.
    """
    if base is ProfitBase.COST:
        return Fraction(cost * profit_pct, _WHOLE)
    if profit_pct >= _WHOLE:
        raise ValueError(f"a profit on turnover must be below 100 %, was {profit_pct} %")
    return Fraction(cost * profit_pct, _WHOLE - profit_pct)
