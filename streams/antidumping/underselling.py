"""
Underselling: imports that land below the price the domestic industry would need, and the duty that follows.

    target price    = cost of production with a target profit, on turnover or on cost (+ costs to come)
    underselling %  = (target price - landed price) / CIF value * 100                  EU
                    = (target price - landed price) / landed value * 100               India
    duty            = the lesser of dumping margin and injury margin

The lesser duty rule is wanted by the WTO Anti-Dumping Agreement, art. 9.1, and kept by Regulation (EU) 2016/1036,
art. 7(2) and 9(4); there it gives way to the dumping margin where raw materials are distorted (art. 7(2a)): dual
pricing, export taxes, quotas or licences, cuts of VAT refunds, on an input of at least 17 % of the cost.  A target
profit of at least 6 % is art. 7(2c).
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from streams.antidumping.price_gap import Denominator, ImportedType, PriceGap, price_gap
from streams.antidumping.profit import ProfitBase, profit
from streams.antidumping.sales import Exact

TARGET_PROFIT_PCT_MIN: Final = Fraction(6)
"""Of turnover: the least target profit in the EU."""

DISTORTED_INPUT_PCT_MIN: Final = Fraction(17)
"""Of the cost of production: from here on a distorted raw material sets the lesser duty rule aside in the EU."""


def target_price(cost: Exact, *, profit_pct: Exact, base: ProfitBase, costs_to_come: Exact = 0) -> Fraction:
    """
    Return the price that would pay the domestic industry's *cost* and a reasonable profit.

    *costs_to_come* are those of environmental and labour agreements that take effect while the duty lasts (EU,
    art. 7(2d)).  Raises :class:`ValueError` for a profit of 100 % of turnover or more.
    """
    return cost + profit(cost, profit_pct=profit_pct, base=base) + costs_to_come


def underselling(types: Iterable[ImportedType], *, denominator: Denominator = Denominator.CIF) -> PriceGap:
    """Return by how much imports land below the target price, the measure of each type; see :func:`price_gap`."""
    return price_gap(types, denominator)


def duty_pct(dumping_pct: Fraction, injury_pct: Fraction | None, *, lesser_duty_rule: bool) -> Fraction | None:
    """
    Return the duty in per cent: the dumping margin, or under the rule the injury margin where that is lower.

    A negative margin leads to no duty.  None where the rule applies and the injury margin is not known.
    """
    dumping = max(dumping_pct, Fraction(0))
    if not lesser_duty_rule:
        return dumping
    return None if injury_pct is None else min(dumping, max(injury_pct, Fraction(0)))


def lesser_duty_applies(distorted_input_pct: Exact, *, limit_pct: Fraction = DISTORTED_INPUT_PCT_MIN) -> bool:
    """Return whether the rule holds although a raw material is distorted that makes up so much of the cost."""
    return distorted_input_pct < limit_pct
