"""
Invoices that are too high: the unit value of a party or a day lies far above what the same goods usually cost.

It lies above the upper quartile of the same commodity code and origin over twelve months by more than one and a half
times the distance of the quartiles and, measured by the median distance from the median, further than chance would
have it; 15 % above the average is the least that is told.  A price that rose as those of other goods rose is not
too high.  Value may leave a country this way, or goods go round in a circle; or a better quality was sold.

Basis: the interquartile price filter of Pak and Zdanowicz with Tukey's fences; the robust z of Iglewicz and Hoaglin
(3.5).
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from streams.antidumping.price_filter import PriceClass
from streams.exact import decimal_text
from streams.rules.evidence import line
from streams.rules.figures import term
from streams.rules.price_filter_rule import Population, PriceFilterRule, Standing, UnitValues


@dataclass(frozen=True, slots=True, kw_only=True)
class OverInvoicing(PriceFilterRule):
    """Find unit values that are too high."""

    name: ClassVar[str] = "over_invoicing"
    side: ClassVar[int] = 1

    def factor(self, move: Fraction) -> Fraction:
        """Return the move where prices rose: a rise of all excuses a rise."""
        return max(move, Fraction(1))

    def suspects(self, values: UnitValues, population: Population) -> slice:
        """Return where those above the fence lie; a rise of all helps them."""
        return slice(bisect_right(values.uusd_per_kg, population.upper_uusd), None)

    def failed(self, price: Fraction, cleaned: Fraction, population: Population) -> tuple[str, ...]:  # noqa: ARG002 - the sides share it
        """Return whether the price is above the fence and far out."""
        above = population.bounds.classify(price) is PriceClass.OVER
        return ("above the upper fence",) if above and population.score.above(price, self.robust_z) else ()

    def more_lines(self, found: Standing) -> Iterator[dict[str, str]]:
        """Yield the upper fence."""
        first, third = term(found.population.quartiles.first), term(found.population.quartiles.third)
        fence = f"{third} + {term(self.fence_k)} * ({third} - {first})"
        yield line("upper fence", fence, decimal_text(found.population.bounds.upper), "USD/kg")
