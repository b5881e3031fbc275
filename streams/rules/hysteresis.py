"""Hysteresis: an alert begins at its thresholds and ends at half of them: what hovers about one is one alert."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Final, NamedTuple

from streams.episodes import Verdict

EXIT: Final = Fraction(1, 2)
"""The part of a threshold below which it is over; a default, no source gives it."""


class Measure(NamedTuple):
    """A figure and the threshold that it has to reach; both positive where something is wrong."""

    figure: Fraction
    threshold: Fraction


def verdict(measures: Iterable[Measure], *, ends_at: Fraction = EXIT) -> Verdict:
    """
    Return a breach where all measures reach their threshold, clear where one is well below it, else neither.

    *ends_at* is the part of a threshold below which that is: half, unless a rule knows better.
    """
    found = tuple(measures)
    if all(each.figure >= each.threshold for each in found):
        return Verdict.BREACH
    if any(each.figure < each.threshold * ends_at for each in found):
        return Verdict.CLEAR
    return Verdict.EMPTY
