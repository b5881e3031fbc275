"""
z: by how many standard deviations recent months stand above the months before them, exactly.

    mean, variance = of the k months before (population)            lumpiness = standard deviation / mean
    z              = (mean of the n recent months - mean) / (standard deviation / sqrt(n))

No square root is taken: that z reaches a limit is told by comparing squares.  It takes the months before as
independent, which months of trade are not quite, and it says nothing where they are so lumpy that they have no usual
level.  Where all months before are equal any rise is beyond every limit.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import isqrt
from typing import NamedTuple

from streams.antidumping.sales import Exact

_PLACES = 6


class Level(NamedTuple):
    """The usual level of some months."""

    months: int
    mean: Fraction
    variance: Fraction

    def z_squared(self, recent: Exact, months: Exact) -> Fraction | None:
        """Return the square of z of *recent*, the mean of *months* months; None where all months were equal."""
        return (recent - self.mean) ** 2 * months / self.variance if self.variance else None

    def rises(self, recent: Exact, months: Exact, *, z: Fraction) -> bool:
        """Return whether *recent* stands above the level by *z* at least."""
        squared = self.z_squared(recent, months)
        return recent > self.mean and (squared is None or squared >= z * z)

    def exceeds(self, recent: Exact, months: Exact, *, z: Fraction) -> bool:
        """Return whether *recent* stands above the level by more than *z*."""
        squared = self.z_squared(recent, months)
        return recent > self.mean and (squared is None or squared > z * z)

    def is_lumpy(self, most: Fraction) -> bool:
        """Return whether the standard deviation is more than *most* of the mean."""
        return self.variance > (most * self.mean) ** 2


def level(series: Sequence[Exact]) -> Level:
    """Return the usual level of a series, which is not empty."""
    n, total = len(series), sum(series)
    return Level(n, Fraction(total, n), Fraction(n * sum(each * each for each in series) - total * total, n * n))


def root(square: Fraction) -> Fraction:
    """Return the square root of *square*, cut off at six decimals: for showing only."""
    scale = 10**_PLACES
    return Fraction(isqrt(square.numerator * scale * scale // square.denominator), scale)
