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

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from enum import StrEnum
from fractions import Fraction
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
    return quartiles_in_order(in_order(prices))


def quartiles_in_order(ordered: Sequence[Exact]) -> PriceQuartiles | None:
    """Return the quartiles of prices that are in order, from the lowest on; None where there are none."""
    if not ordered:
        return None
    return PriceQuartiles(*(_at(ordered, Fraction(quarter * (len(ordered) - 1), 4)) for quarter in (1, 2, 3)))


def bounds(quartiles: PriceQuartiles, k: Exact = FENCE_K) -> Bounds:
    """Return between which prices are normal: *k* quartile distances beyond the quartiles."""
    reach = k * (quartiles.third - quartiles.first)
    return Bounds(quartiles.first - reach, quartiles.third + reach)


def robust_score(prices: Iterable[Exact]) -> RobustScore | None:
    """Return the median of *prices*, in any order, and the median distance from it; None where there are none."""
    return score_in_order(in_order(prices))


def score_in_order(ordered: Sequence[Exact]) -> RobustScore | None:
    """
    Return :func:`robust_score` of prices that are in order, from the lowest on; None where there are none.

    The prices that are nearest to the median lie side by side: where they begin is searched for, nothing is sorted.
    """
    if not ordered:
        return None
    median = _at(ordered, Fraction(len(ordered) - 1, 2))
    middle = (len(ordered) - 1) // 2, len(ordered) // 2
    return RobustScore(median, sum((_distance(ordered, median, rank) for rank in middle), Fraction(0)) / 2)


def _distance(ordered: Sequence[Exact], median: Fraction, rank: int) -> Fraction:
    """Return the distance from *median* that *rank* of the prices do not reach, one does."""
    begins = bisect_left(
        range(len(ordered) - rank - 1),
        x=True,
        key=lambda first: median - ordered[first] <= ordered[first + rank + 1] - median,
    )
    return max(median - ordered[begins], ordered[begins + rank] - median)


def cleaned_average(sales: Sequence[Sales], k: Exact = FENCE_K) -> Fraction | None:
    """
    Return the weighted average price of the *sales* within the bounds of their own prices; None where there are none.

    Sales without a quantity have no price and are left out.
    """
    priced = [(each, price) for each in sales if (price := each.price) is not None]
    quartiles = price_quartiles(price for _, price in priced)
    if quartiles is None:
        return None
    normal = bounds(quartiles, k)
    kept = [each for each, price in priced if normal.classify(price) is PriceClass.NORMAL]
    return Sales(sum(each.quantity for each in kept), sum(each.value for each in kept)).price


def lowest_acceptable_price(cleaned: Exact, part_pct: Exact = LOWEST_ACCEPTABLE_PCT) -> Fraction:
    """Return the lowest acceptable price: *part_pct* per cent of the cleaned average price."""
    return Fraction(cleaned * part_pct, 100)


def in_order(prices: Iterable[Exact]) -> list[Exact]:
    """Return *prices* from the lowest on; whole numbers need no help to be quick."""
    found = list(prices)
    return sorted(found) if set(map(type, found)) <= {int} else sorted(found, key=_rank)


def _rank(price: Exact) -> tuple[int, Exact]:
    """Return what orders prices as they are: integers tell nearly all of them apart, at a fraction of the cost."""
    return (price.numerator << _RANK_BITS) // price.denominator, price


def _at(ordered: Sequence[Exact], place: Fraction) -> Fraction:
    below, beyond = divmod(place, 1)
    if not beyond:
        return Fraction(ordered[below])
    return ordered[below] + beyond * (ordered[below + 1] - ordered[below])
