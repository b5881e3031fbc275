"""
Log spreads: how far two prices stand apart, as the logarithm of their ratio, and how unusual that is.

    spread  s = ln(price / other price)
    z         = (s - mean) / standard deviation            over the spreads before, population form

A logarithm treats a price of twice the other and of half of it alike, which the ratio does not.  It is taken in
integer arithmetic and rounded to a millionth, so that sums of spreads and the test of z are exact and the same on every
machine: with S the sum and Q the sum of squares of n spreads

    |z| >= limit   <=>   (n s - S)^2 >= limit^2 (n Q - S^2)
"""

from collections.abc import Iterable
from fractions import Fraction
from math import isqrt
from typing import Final, NamedTuple

MILLIONTHS: Final = 1_000_000

_SCALE: Final = 10**18
_LN_2: Final = 693_147_180_559_945_309
"""The natural logarithm of 2, times the scale."""
_HIGH: Final = Fraction(3, 2)


def log_millionths(ratio: Fraction) -> int:
    """
    Return the natural logarithm of *ratio* in millionths, rounded to the nearest.

    A ratio below 1 is turned over, one above 3/2 halved until it is not; of the rest m the series
    2 (y + y^3/3 + y^5/5 ...) with y = (m - 1) / (m + 1), at most 1/5, is added up to eighteen decimals.  Raises
    :class:`ValueError` for a ratio that is not positive.
    """
    if ratio <= 0:
        message = f"a price ratio has to be positive, was {ratio}"
        raise ValueError(message)
    if ratio < 1:
        return -log_millionths(1 / ratio)
    doublings = 0
    while ratio > _HIGH:
        ratio, doublings = ratio / 2, doublings + 1
    y = (ratio - 1) / (ratio + 1)
    total, power, square = 0, y.numerator * _SCALE // y.denominator, y * y
    for odd in range(1, 100, 2):
        if not power:
            break
        total += 2 * power // odd
        power = power * square.numerator // square.denominator
    unit = _SCALE // MILLIONTHS
    return (total + doublings * _LN_2 + unit // 2) // unit


class Spreads(NamedTuple):
    """The sums of some spreads in millionths."""

    days: int
    total: int
    squares: int

    @property
    def mean(self) -> Fraction:
        """The average spread, millionths; 0 of none."""
        return Fraction(self.total, self.days) if self.days else Fraction(0)

    @property
    def variance(self) -> Fraction:
        """The variance of the spreads, square millionths; 0 of none."""
        if not self.days:
            return Fraction(0)
        return Fraction(self.days * self.squares - self.total * self.total, self.days * self.days)

    def z_reaches(self, spread: int, limit: Fraction) -> bool:
        """Return whether *spread* lies at least *limit* standard deviations from the average."""
        return (spread - self.mean) ** 2 >= limit * limit * self.variance

    def z(self, spread: int) -> Fraction | None:
        """Return by how many standard deviations *spread* differs, rounded down to a thousandth; None where none do."""
        if not self.variance:
            return None
        square = (spread - self.mean) ** 2 / self.variance * 1_000_000
        size = Fraction(isqrt(square.numerator // square.denominator), 1000)
        return size if spread >= self.mean else -size


def added_up(spreads: Iterable[int]) -> Spreads:
    """Return the sums of *spreads*."""
    found = tuple(spreads)
    return Spreads(len(found), sum(found), sum(each * each for each in found))
