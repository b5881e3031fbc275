"""
Price filter: unit values that stand out from those of like goods, as a sign of a wrong invoice.

    quartiles         at the places 0.25(n-1), 0.5(n-1), 0.75(n-1) of the prices in order, by linear interpolation
                      (inclusive, "type 7"; other definitions move the bounds)
    bounds            Q1 - k * IQR and Q3 + k * IQR, with IQR = Q3 - Q1; k = 0 is the interquartile filter
    amount under      (lower - p) * q,   over  (p - upper) * q;      at a bound a price is normal
    lowest acceptable half of the cleaned average price
    robust z          0.6745 * (p - median) / MAD, with MAD the median distance from the median

Sources: Pak and Zdanowicz (interquartile price filter); Tukey (k = 1.5); OLAF's cleaned average prices and 50 % lowest
acceptable price; Iglewicz and Hoaglin (robust z, 3.5).  A price that stands out is a risk profile and no finding: the
Court of Justice (Keladis, C-72/24 and C-73/24) decided when customs may take such a price for the customs value itself.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from fractions import Fraction
from math import ceil, floor
from typing import Final, NamedTuple

from streams.antidumping.sales import Exact, Sales

FENCE_K: Final = Fraction(3, 2)
LOWEST_ACCEPTABLE_PCT: Final = Fraction(50)
ROBUST_Z: Final = Fraction(7, 2)

_RANK_BITS: Final = 40
_MAD_TO_SIGMA: Final = Fraction(6745, 10000)
"""The median distance from the median of a normal distribution, in standard deviations."""


class PriceClass(StrEnum):
    """Where a price lies."""

    UNDER = "under"
    NORMAL = "normal"
    OVER = "over"


class PriceQuartiles(NamedTuple):
    """The quartiles of some prices."""

    first: Fraction
    median: Fraction
    third: Fraction


class Bounds(NamedTuple):
    """Between which prices are normal, both included."""

    lower: Fraction
    upper: Fraction

    def classify(self, price: Exact) -> PriceClass:
        """Return where *price* lies; at a bound it is normal."""
        if price < self.lower:
            return PriceClass.UNDER
        return PriceClass.OVER if price > self.upper else PriceClass.NORMAL

    def amount(self, price: Exact, quantity: Exact) -> Fraction:
        """Return by how much *quantity* at *price* is invoiced beyond the nearer bound; 0 where it is normal."""
        match self.classify(price):
            case PriceClass.UNDER:
                return (self.lower - price) * quantity
            case PriceClass.OVER:
                return (price - self.upper) * quantity
            case PriceClass.NORMAL:
                return Fraction(0)


class RobustScore(NamedTuple):
    """The middle of some prices and how far they usually lie from it."""

    median: Fraction
    mad: Fraction

    def z(self, price: Exact) -> Fraction | None:
        """Return the robust z of *price*; None where more than half of the prices are the same."""
        return _MAD_TO_SIGMA * (price - self.median) / self.mad if self.mad > 0 else None

    def below(self, price: Exact, limit: Fraction = ROBUST_Z) -> bool:
        """Return whether the robust z of *price* lies under minus *limit*; false where it is undefined."""
        z = self.z(price)
        return z is not None and z < -limit

    def above(self, price: Exact, limit: Fraction = ROBUST_Z) -> bool:
        """Return whether the robust z of *price* lies over *limit*; false where it is undefined."""
        z = self.z(price)
        return z is not None and z > limit


def price_quartiles(prices: Iterable[Exact]) -> PriceQuartiles | None:
    """Return the quartiles of *prices*, in any order; None where there are none."""
    ordered = _in_order(prices)
    if not ordered:
        return None
    return PriceQuartiles(*(_at(ordered, Fraction(quarter * (len(ordered) - 1), 4)) for quarter in (1, 2, 3)))


def bounds(quartiles: PriceQuartiles, k: Exact = FENCE_K) -> Bounds:
    """Return between which prices are normal: *k* quartile distances beyond the quartiles."""
    reach = k * (quartiles.third - quartiles.first)
    return Bounds(quartiles.first - reach, quartiles.third + reach)


def robust_score(prices: Sequence[Exact]) -> RobustScore | None:
    """Return the median of *prices* and the median distance from it; None where there are none."""
    middle = price_quartiles(prices)
    if middle is None:
        return None
    # In parts of the median's denominator: of whole prices the distances then are whole numbers too.
    part, median = middle.median.denominator, middle.median.numerator
    spread = price_quartiles([max(away, -away) for price in prices for away in [price * part - median]])
    return None if spread is None else RobustScore(middle.median, spread.median / part)


def cleaned_average(sales: Sequence[Sales], k: Exact = FENCE_K) -> Fraction | None:
    """
    Return the weighted average price of the *sales* within the bounds of their own prices; None where there are none.

    Sales without a quantity have no price and are left out.
    """
    return cleaned(sales, k).price


def cleaned(sales: Sequence[Sales], k: Exact = FENCE_K, *, prices: Sequence[Exact] | None = None) -> Sales:
    """
    Return the sums of the *sales* within the bounds of their own prices: what a cleaned average is of.

    *prices* are those of the sales, where they were worked out already, in whatever unit.
    """
    if prices is None:
        priced = [(each, price) for each in sales if (price := each.price) is not None]
        sales, prices = [each for each, _ in priced], [price for _, price in priced]
    quartiles = price_quartiles(prices)
    if quartiles is None:
        return Sales(0, 0)
    low, high = bounds(quartiles, k)
    if _whole(prices):
        low, high = Fraction(ceil(low)), Fraction(floor(high))
    least, most = (each.numerator if each.denominator == 1 else each for each in (low, high))
    kept = [each for each, price in zip(sales, prices, strict=True) if least <= price <= most]
    return Sales(sum(each.quantity for each in kept), sum(each.value for each in kept))


def lowest_acceptable_price(cleaned: Exact, part_pct: Exact = LOWEST_ACCEPTABLE_PCT) -> Fraction:
    """Return the lowest acceptable price: *part_pct* per cent of the cleaned average price."""
    return Fraction(cleaned * part_pct, 100)


def _in_order(prices: Iterable[Exact]) -> list[Exact]:
    """Return *prices* from the lowest on; whole numbers need no help to be quick."""
    found = list(prices)
    return sorted(found) if _whole(found) else sorted(found, key=_rank)


def _whole(prices: Sequence[Exact]) -> bool:
    """Return whether all *prices* are whole numbers."""
    return set(map(type, prices)) <= {int}


def _rank(price: Exact) -> tuple[int, Exact]:
    """Return what orders prices as they are: integers tell nearly all of them apart, at a fraction of the cost."""
    return (price.numerator << _RANK_BITS) // price.denominator, price


def _at(ordered: Sequence[Exact], place: Fraction) -> Fraction:
    below, beyond = divmod(place, 1)
    if not beyond:
        return Fraction(ordered[below])
    return ordered[below] + beyond * (ordered[below + 1] - ordered[below])
