"""
Invoices that are too low: the unit value of a party or a day lies far below what the same goods usually cost.

Either it lies under the lowest acceptable price, half of the cleaned average price of the same commodity code and
origin over twelve months, itself left aside; or it lies below the lower quartile by more than one and a half times
the distance of the quartiles and, measured by the median distance from the median, further than chance would have it.
Prices that lie close make a small step look far: 15 % below the average is the least that is told.  A price that
fell as those of other goods fell is not too low.  It is a risk profile for a control, not the customs value.

Basis: OLAF's cleaned average prices and lowest acceptable price (50 %); the interquartile price filter of Pak and
Zdanowicz with Tukey's fences; the robust z of Iglewicz and Hoaglin (3.5).  What customs may do with such a price is
the matter of Keladis, C-72/24 and C-73/24.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import ClassVar

from streams.antidumping.price_filter import LOWEST_ACCEPTABLE_PCT, PriceClass, lowest_acceptable_price
from streams.exact import decimal_text
from streams.rules.evidence import UUSD_PER_USD, line
from streams.rules.figures import term
from streams.rules.price_filter_rule import Population, PriceFilterRule, Standing, UnitValues
from streams.rules.settings import threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderInvoicing(PriceFilterRule):
    """Find unit values that are too low."""

    name: ClassVar[str] = "under_invoicing"
    side: ClassVar[int] = -1
    lowest_acceptable_pct: Fraction = threshold(
        LOWEST_ACCEPTABLE_PCT, "lowest acceptable price, per cent of the cleaned average", basis="OLAF"
    )

    def factor(self, move: Fraction) -> Fraction:
        """Return the move where prices fell: a fall of all excuses a fall."""
        return min(move, Fraction(1))

    def suspects(self, values: UnitValues, population: Population) -> slice:
        """
        Return where those below the fence lie, or perhaps under the lowest acceptable price; a fall of all helps them.

        Leaving a unit value aside moves the average that it is held against; the largest lot moves it the most.
        """
        content, worth = population.cleaned
        part = self.lowest_acceptable_pct / 100
        least = content - max(1 - part, Fraction(0)) * values.content_most
        if least <= 0:
            return slice(None)
        lowest = part * (worth * UUSD_PER_USD + values.content_most) / least
        return slice(bisect_left(values.uusd_per_kg, max(population.lower_uusd, ceil(lowest))))

    def failed(self, price: Fraction, cleaned: Fraction, population: Population) -> tuple[str, ...]:
        """Return whether the price is under the lowest acceptable one, or below the fence and far out."""
        failed = []
        if price < lowest_acceptable_price(cleaned, self.lowest_acceptable_pct):
            failed.append("below the lowest acceptable price")
        below = population.bounds.classify(price) is PriceClass.UNDER
        if below and population.score.below(price, self.robust_z):
            failed.append("below the lower fence")
        return tuple(failed)

    def more_lines(self, found: Standing) -> Iterator[dict[str, str]]:
        """Yield the lowest acceptable price and the lower fence."""
        cleaned, quartiles = found.cleaned, found.population.quartiles
        lowest = lowest_acceptable_price(cleaned, self.lowest_acceptable_pct)
        expression = f"{term(cleaned)} * {term(self.lowest_acceptable_pct)} / 100"
        yield line("lowest acceptable price", expression, decimal_text(lowest), "USD/kg")
        first, third = term(quartiles.first), term(quartiles.third)
        fence = f"{first} - {term(self.fence_k)} * ({third} - {first})"
        yield line("lower fence", fence, decimal_text(found.population.bounds.lower), "USD/kg")
