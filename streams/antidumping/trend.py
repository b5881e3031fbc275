"""
Trend tests that look at order alone: Mann-Kendall and the sign of the Theil-Sen slope, exactly.

Over all pairs of periods i < j:

    S         = number of pairs that rise - number of pairs that fall                       (Mann-Kendall)
    Var(S)    = (n(n-1)(2n+5) - sum over ties of t(t-1)(2t+5)) / 18                         (Kendall)
    z         = (S - sign S) / sqrt(Var(S)),  0 for S = 0                                   (normal approximation)
    Theil-Sen = median of (y_j - y_i) / (j - i)

z is never computed: that it exceeds a limit is told by comparing squares.  A single period out of line moves neither
much, unlike a slope of least squares.  The approximation is usual from about ten periods on; the series is taken as
independent from period to period, which prices are not quite.  Sources: Mann (1945), Kendall (1975), Sen (1968).
"""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from typing import Final, NamedTuple

from streams.antidumping.sales import Exact

Z_10_PCT: Final = Fraction(1644854, 1000000)
"""Two-sided, at a probability of 10 %: the 95th percentile of the normal distribution."""

Z_5_PCT: Final = Fraction(1959964, 1000000)
"""Two-sided, at a probability of 5 %: the 97.5th percentile of the normal distribution."""

_KENDALL: Final = 18


class MannKendall(NamedTuple):
    """The statistic of a series and its variance where there is no trend."""

    s: int
    variance: Fraction

    @property
    def z_squared(self) -> Fraction | None:
        """The square of z with its correction for continuity; None where all periods are equal or there is but one."""
        if self.variance == 0:
            return None
        return Fraction(max(abs(self.s) - 1, 0) ** 2) / self.variance

    def rises(self, z: Fraction = Z_10_PCT) -> bool:
        """Return whether there is a rising trend, z above the limit."""
        return self.s > 0 and self._exceeds(z)

    def falls(self, z: Fraction = Z_10_PCT) -> bool:
        """Return whether there is a falling trend, z below the negative limit."""
        return self.s < 0 and self._exceeds(z)

    def _exceeds(self, z: Fraction) -> bool:
        squared = self.z_squared
        return squared is not None and squared > z * z


def mann_kendall(series: Sequence[Exact]) -> MannKendall:
    """Return the Mann-Kendall statistic of *series*, in order of time; its cost grows with the square of the length."""
    s = sum((after > before) - (after < before) for before, after in combinations(series, 2))
    ties = sum(_pairs_weight(size) for size in Counter(series).values())
    return MannKendall(s, Fraction(_pairs_weight(len(series)) - ties, _KENDALL))


def theil_sen_sign(series: Sequence[Exact]) -> int | None:
    """
    Return the sign of the median slope between two periods: 1, 0 or -1; None for fewer than two periods.

    With an even number of pairs the median is the mean of the middle two.
    """
    differences = [after - before for before, after in combinations(series, 2)]
    if not differences:
        return None
    falling = sum(step < 0 for step in differences)
    rising = sum(step > 0 for step in differences)
    level = len(differences) - falling - rising
    middle = (_sign_at((len(differences) - 1) // 2, falling, level), _sign_at(len(differences) // 2, falling, level))
    if sum(middle):
        return 1 if sum(middle) > 0 else -1
    return 0 if middle == (0, 0) else _sign(_middle_of_signs(series))


def _middle_of_signs(series: Sequence[Exact]) -> Fraction:
    """Return the sum of the least falling and the least rising slope, between which the median lies."""
    slopes = [Fraction(after - before, j - i) for (i, before), (j, after) in combinations(enumerate(series), 2)]
    return max(slope for slope in slopes if slope < 0) + min(slope for slope in slopes if slope > 0)


def _sign_at(place: int, falling: int, level: int) -> int:
    """Return the sign of the slope at a place in their order."""
    return -1 if place < falling else 0 if place < falling + level else 1


def _sign(value: Fraction) -> int:
    return (value > 0) - (value < 0)


def _pairs_weight(size: int) -> int:
    return size * (size - 1) * (2 * size + 5)
