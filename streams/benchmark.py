"""
The price level against which a unit value looks like a slip of the unit.

For a product's month the benchmark is the quartiles of its lanes' daily unit values over the days before the
month: robust against the very errors it is there to find, and still while the month is being traded.  Quartiles
are kept to three significant digits, so that they are not moved by every cell; they are a function of the
cells all the same.
"""

from bisect import bisect_left
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Final, NamedTuple

WINDOW_DAYS: Final = 92
CELLS_MIN: Final = 5

_LB_KG: Final = Fraction(45359237, 100000000)

FAR_TOLERANCE: Final = Fraction(50, 100)
"""How near a ratio must be to a slip's where it is a thousand: no price is so far off by itself, or half so far."""
NEAR_TOLERANCE: Final = Fraction(2, 100)
"""The same where prices can come to such a ratio by themselves."""

UNIT_SLIPS: Final = (
    (Fraction(1000), FAR_TOLERANCE, "tonnes declared as kg"),
    (Fraction(1, 1000), FAR_TOLERANCE, "kg declared as tonnes"),
    (1 / _LB_KG, NEAR_TOLERANCE, "kg declared as lb"),
    (_LB_KG, NEAR_TOLERANCE, "lb declared as kg"),
)
"""
The ratio of a slip's unit value to the right one, how near it must be met, and what was mistaken for what.

A short ton for a tonne moves a unit value by a tenth, which prices do by themselves: it is not told from them.
"""

_DIGITS: Final = 3
_MG_PER_KG: Final = 1_000_000
_SPREAD_TO_SIGMA: Final = Fraction(1349, 1000)
"""Quartile distance of a normal distribution in standard deviations."""

_SIGMAS_APART: Final = 6
"""A slip is told from ordinary prices only where it lies this far outside their spread."""


class Quartiles(NamedTuple):
    """First, second and third quartile of unit values, micro-USD per kg of content (nearest rank, rounded)."""

    first: int
    median: int
    third: int


class Slips:
    """The unit values that only a slip of the unit explains, by a product's quartiles."""

    __slots__ = ("high", "intervals", "low", "quartiles")

    def __init__(self, quartiles: Quartiles | None) -> None:
        self.quartiles = quartiles
        self.intervals = _intervals(quartiles) if quartiles else []
        median = quartiles.median if quartiles else 0
        self.low = max((int(high) + 1 for _, high, _ in self.intervals if high < median), default=0)
        """No slip at or above this unit value and at or below ``high``; micro-USD per kg."""
        self.high = min((int(low) for low, _, _ in self.intervals if low > median), default=0)

    def meaning(self, value_uusd: int, content_mg: int) -> str | None:
        """Return which slip explains a row's unit value, or None where it looks right."""
        scaled = value_uusd * _MG_PER_KG
        if scaled >= self.low * content_mg and (not self.high or scaled <= self.high * content_mg):
            return None
        for low, high, meaning in self.intervals:
            if low * content_mg <= scaled <= high * content_mg:
                return meaning
        return None


def _intervals(quartiles: Quartiles) -> list[tuple[Fraction, Fraction, str]]:
    if not quartiles.median:
        return []
    sigma = Fraction(quartiles.third - quartiles.first) / _SPREAD_TO_SIGMA
    found = []
    for ratio, tolerance, meaning in UNIT_SLIPS:
        centre = quartiles.median * ratio
        if abs(centre - quartiles.median) >= _SIGMAS_APART * sigma:
            found.append((centre * (1 - tolerance), centre * (1 + tolerance), meaning))
    return found


NO_SLIPS: Final = Slips(None)


class Benchmark:
    """Rolling quartiles of one product's daily unit values by lane, one for each month that was asked about."""

    __slots__ = ("_by_day", "_days", "_slips")

    def __init__(self) -> None:
        self._by_day: dict[int, dict[object, int]] = {}
        self._days: list[int] = []
        self._slips: dict[int, Slips] = {}

    def slips(self, day: int) -> Slips:
        """Return the slips that rows of *day* (ordinal) are measured by."""
        first = first_of_month(day)
        slips = self._slips.get(first)
        if slips is None:
            slips = self._slips[first] = Slips(self._compute(first))
        return slips

    def update(self, changes: Iterable[tuple[object, int, int | None]]) -> list[tuple[int, int]]:
        """
        Set lanes' unit values by day (None: no more) and return the months that are measured differently now.

        A month is given by its first day and the first day of the next.
        """
        touched = set()
        for lane, day, unit_value in changes:
            values = self._by_day.get(day)
            if values is None:
                values = self._by_day[day] = {}
                self._days.insert(bisect_left(self._days, day), day)
            if unit_value is None:
                values.pop(lane, None)
            else:
                values[lane] = unit_value
            touched.add(day)
        changed = []
        for first in self._slips:
            if any(first - WINDOW_DAYS <= day < first for day in touched):
                quartiles = self._compute(first)
                if quartiles != self._slips[first].quartiles:
                    self._slips[first] = Slips(quartiles)
                    changed.append((first, first_of_month(first + 31)))
        return changed

    def _compute(self, first: int) -> Quartiles | None:
        days = self._days[bisect_left(self._days, first - WINDOW_DAYS) : bisect_left(self._days, first)]
        values = sorted(value for day in days for value in self._by_day[day].values())
        if len(values) < CELLS_MIN:
            return None
        size = len(values)
        return Quartiles(*map(_rounded, (values[size // 4], values[size // 2], values[3 * size // 4])))


def first_of_month(day: int) -> int:
    """Return the first day of a day's month, both ordinals."""
    return day - date.fromordinal(day).day + 1


def _rounded(value: int) -> int:
    """Return *value* rounded down to three significant digits."""
    scale: int = 10 ** max(0, len(str(value)) - _DIGITS)
    return value // scale * scale
