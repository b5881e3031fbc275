"""
Constructed value: what goods must have cost to make and sell, with a reasonable profit.

    cost of manufacture        = materials + labour + energy
    total cost of manufacture  = cost of manufacture * (1 + overhead)
    general expenses (SG&A)    = total cost of manufacture * rate
    profit                     = on the sum of these two, or on turnover (profit.py)
    constructed value          = total + general expenses + profit + packing - by-products

All amounts are in one currency, for one unit or for one total quantity.  Sources: WTO Anti-Dumping Agreement, art. 2.2
and 2.2.2; 19 U.S.C. 1677b(e).  With factors of production at surrogate prices in place of the costs it is the normal
value of a non-market economy (19 U.S.C. 1677b(c)).
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import Final, NamedTuple

from streams.antidumping.profit import ProfitBase, profit
from streams.antidumping.sales import Exact

_WHOLE: Final = 100


class Rates(NamedTuple):
    """What is added to the cost of manufacture, in per cent; taken from sales in the ordinary course of trade."""

    overhead_pct: Exact
    """Of the cost of manufacture."""
    sga_pct: Exact
    """Selling, general and administrative expenses, of the total cost of manufacture."""
    profit_pct: Exact
    profit_base: ProfitBase = ProfitBase.COST


class Factor(NamedTuple):
    """A factor of production: how much of it goes into the goods, and what a unit costs in the surrogate country."""

    quantity: Exact
    price: Exact


class ConstructedValue(NamedTuple):
    """A constructed value and the steps to it."""

    cost_of_manufacture: Fraction
    total_cost_of_manufacture: Fraction
    sga: Fraction
    profit: Fraction
    value: Fraction


def constructed_value(
    costs: Iterable[Exact], rates: Rates, *, packing: Exact = 0, by_products: Exact = 0
) -> ConstructedValue:
    """
    Build a value up from the *costs* of manufacture: materials, labour, energy.

    *by_products* is what their sale brings in.  Raises :class:`ValueError` for a profit of 100 % of turnover or more.
    """
    manufacture = Fraction(sum(costs))
    total = manufacture * (_WHOLE + rates.overhead_pct) / _WHOLE
    sga = total * rates.sga_pct / _WHOLE
    gain = profit(total + sga, profit_pct=rates.profit_pct, base=rates.profit_base)
    return ConstructedValue(manufacture, total, sga, gain, total + sga + gain + packing - by_products)


def factor_costs(factors: Iterable[Factor]) -> list[Exact]:
    """Return what each factor of production costs at surrogate prices, in their currency."""
    return [factor.quantity * factor.price for factor in factors]
