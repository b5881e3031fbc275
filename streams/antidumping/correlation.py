"""
Correlation: whether two series move together, exactly.

Over n pairs (x, y):

    r = (n sum xy - sum x sum y) / sqrt((n sum x^2 - (sum x)^2) (n sum y^2 - (sum y)^2))             (Pearson)

No square root is taken: that r reaches a limit is told by comparing squares.  Where one of the series does not move
there is no correlation.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from streams.antidumping.sales import Exact


class Correlation(NamedTuple):
    """The sums that decide it, each times the square of the number of pairs."""

    covariance: Exact
    variance_x: Exact
    variance_y: Exact

    @property
    def r_squared(self) -> Fraction | None:
        """The square of r, None where one of the series does not move."""
        both = self.variance_x * self.variance_y
        return Fraction(self.covariance**2) / both if both else None

    def reaches(self, r: Fraction) -> bool:
        """Return whether the correlation is at least *r*, which is positive."""
        squared = self.r_squared
        return squared is not None and self.covariance > 0 and squared >= r * r


def correlation(x: Sequence[Exact], y: Sequence[Exact]) -> Correlation:
    """Return the correlation of two series of one length."""
    n, sum_x, sum_y = len(x), sum(x), sum(y)
    return Correlation(
        n * sum(a * b for a, b in zip(x, y, strict=True)) - sum_x * sum_y,
        n * sum(a * a for a in x) - sum_x**2,
        n * sum(b * b for b in y) - sum_y**2,
    )
