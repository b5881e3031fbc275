"""
Ramp: a price or quantity that goes one way for many periods in a row.

The longest strictly monotone run, the earliest of equally long ones, is a ramp where it has enough steps and its change
from end to end is large enough; at the limits counts.  One step the other way, or none, breaks it.  For the whole
series the slope of least squares over the places 0 .. n-1 is told beside it:

    slope = sum((x - mean x) * (y - mean y)) / sum((x - mean x)^2)          per period

No legal source: a screen for pricing that is driven down, or volumes driven up, step by step.  See trend.py for a
test that noise does not break.
"""

from collections.abc import Sequence
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from streams.antidumping.sales import Exact, percent


class Direction(StrEnum):
    """Which way a ramp goes."""

    UP = "up"
    DOWN = "down"


class Ramp(NamedTuple):
    """The longest run of a series, and the series as a whole."""

    steps: int
    start: int
    """Place of the run's first period; 0 where there is no step in the direction."""
    cumulative_pct: Fraction | None
    """Change from the run's first period to its last, negative downwards; None without a step or a positive base."""
    steepest_pct: Fraction | None
    """The largest single step in the direction, anywhere in the series; None as above."""
    slope: Fraction | None
    """Of least squares, per period; None for fewer than two periods."""
    slope_pct_of_mean: Fraction | None
    ramp: bool


def find_ramp(series: Sequence[Exact], direction: Direction, *, steps_min: int, cumulative_pct_min: Exact) -> Ramp:
    """Return the longest run of *series* in a *direction* and whether it is a ramp."""
    start, steps = longest_run(series, direction)
    cumulative = percent(series[start + steps] - series[start], series[start]) if steps else None
    slope = least_squares_slope(series)
    mean = Fraction(sum(series), len(series)) if series else Fraction(0)
    return Ramp(
        steps,
        start,
        cumulative,
        _steepest(series, direction),
        slope,
        None if slope is None else percent(slope, mean),
        steps >= steps_min and cumulative is not None and abs(cumulative) >= cumulative_pct_min,
    )


def longest_run(series: Sequence[Exact], direction: Direction) -> tuple[int, int]:
    """Return where the longest strictly monotone run begins and how many steps it has, the earliest of equals."""
    best, start = (0, 0), 0
    for place in range(1, len(series)):
        if not _goes(series[place - 1], series[place], direction):
            start = place
        elif place - start > best[1]:
            best = start, place - start
    return best


def least_squares_slope(series: Sequence[Exact]) -> Fraction | None:
    """Return the slope of least squares over the places 0 .. n-1, per period; None for fewer than two periods."""
    size = len(series)
    if size < 2:  # noqa: PLR2004 - a line takes two points
        return None
    # Twice the distance from the middle place is whole, and the sum of its squares is size * (size^2 - 1) / 3.
    twice = sum((2 * place - size + 1) * value for place, value in enumerate(series))
    return Fraction(6 * twice, size * (size * size - 1))


def _steepest(series: Sequence[Exact], direction: Direction) -> Fraction | None:
    steps = (percent(after - before, before) for before, after in pairwise(series) if _goes(before, after, direction))
    return max((step for step in steps if step is not None), key=abs, default=None)


def _goes(before: Exact, after: Exact, direction: Direction) -> bool:
    return after > before if direction is Direction.UP else after < before
