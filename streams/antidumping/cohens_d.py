"""
Cohen's d of a group's prices: the legacy test of the differential pricing analysis.  Not current law.

``d = (mean of the others - mean of the group) / sqrt(pooled variance)``, means and variances weighted by quantity, the
variances of the population, pooled by their simple average (market-economy margin program of the US Department of
Commerce, 2024).  The group passes where ``|d| >= 0.8``; without any variance it passes where the means differ.

**Legal status** (:data:`LEGAL_STATUS`): Mid Continent Steel & Wire (Fed. Cir. 2022) questioned the simple average;
Stupp (Fed. Cir. 2021, 2025) and Marmen (Fed. Cir., 22 April 2025) hold the test unreasonable for prices that are not
normally distributed, of equal variance and sufficiently numerous; Commerce asked for alternatives on 19 May 2025
(90 FR 21277).
The price difference test of :mod:`streams.antidumping.differential_pricing` is the default.

A root is seldom rational: what is decided is decided on squares, which are exact, and d is worked out to be shown.
"""

from fractions import Fraction
from math import isqrt
from typing import Final, NamedTuple

from streams.antidumping.price_groups import Moments
from streams.antidumping.sales import Exact

LEGAL_STATUS: Final = (
    "legacy: held unreasonable for prices that are not normally distributed, of equal variance and sufficiently "
    "numerous (Marmen, Fed. Cir. 22 April 2025; Stupp, Fed. Cir. 2025); a screen, not current law"
)
LARGE: Final = Fraction(4, 5)
"""The size from which Cohen calls an effect large."""
_PLACES: Final = 6


class Spread(NamedTuple):
    """The mean and the variance of a group's prices."""

    mean: Fraction
    variance: Fraction


class Effect(NamedTuple):
    """How far two means are apart, against a variance."""

    difference: Fraction
    """The mean of the others less that of the group: positive where the group is sold cheaper."""
    pooled_variance: Fraction

    @property
    def d_squared(self) -> Fraction | None:
        """The square of d, exactly; None where prices do not vary."""
        if self.pooled_variance == 0:
            return None
        return self.difference * self.difference / self.pooled_variance

    @property
    def d(self) -> Fraction | None:
        """The signed root: exact where it is rational, else to six decimals, half up; None where prices do not vary."""
        if (square := self.d_squared) is None:
            return None
        return root(square) if self.difference >= 0 else -root(square)

    def passes(self, threshold: Exact = LARGE) -> bool:
        """Return whether ``|d|`` is at least *threshold*; without any variance, whether the means differ."""
        if self.pooled_variance == 0:
            return self.difference != 0
        return self.difference * self.difference >= threshold * threshold * self.pooled_variance


def cohens_d(test: Spread, base: Spread) -> Effect:
    """Return the effect against the simple average of both variances: Commerce's practice."""
    return Effect(base.mean - test.mean, (test.variance + base.variance) / 2)


def weighted_effect(test: Moments, base: Moments) -> Effect | None:
    """Return the effect against both variances averaged by quantity; None where a side has no sales."""
    sides = spread(test), spread(base)
    if sides[0] is None or sides[1] is None:
        return None
    weighted = sides[0].variance * test.quantity + sides[1].variance * base.quantity
    return Effect(sides[1].mean - sides[0].mean, weighted / (test.quantity + base.quantity))


def population_effect(test: Moments, base: Moments) -> Effect | None:
    """Return the effect against the variance of all sales together; None where a side has no sales."""
    sides, together = (spread(test), spread(base)), spread(test.plus(base))
    if sides[0] is None or sides[1] is None or together is None:
        return None
    return Effect(sides[1].mean - sides[0].mean, together.variance)


def spread(group: Moments) -> Spread | None:
    """Return the mean and the variance of *group*, None where it has no sales."""
    if group.mean is None or group.variance is None:
        return None
    return Spread(group.mean, group.variance)


def root(square: Fraction, places: int = _PLACES) -> Fraction:
    """
    Return the square root of *square*, which must not be negative: exact where it is rational, else rounded half up.

    Worked out with the integer square root alone, so that every one of its *places* decimals is right.
    """
    exact = Fraction(isqrt(square.numerator), isqrt(square.denominator))
    if exact * exact == square:
        return exact
    scale = 10**places
    below = isqrt(square.numerator * scale * scale // square.denominator)
    halfway = Fraction(2 * below + 1, 2 * scale)
    return Fraction(below + (square >= halfway * halfway), scale)
