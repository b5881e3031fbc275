"""Calendar months as numbers: consecutive months are consecutive integers, days are ordinals."""

from datetime import date
from functools import lru_cache
from typing import Final

MONTHS_A_YEAR: Final = 12


@lru_cache(maxsize=8192)
def month_of(day: int) -> int:
    """Return the month that *day* (ordinal) falls in."""
    on = date.fromordinal(day)
    return on.year * MONTHS_A_YEAR + on.month - 1


def first_day(month: int) -> int:
    """Return the first day (ordinal) of *month*."""
    year, index = divmod(month, MONTHS_A_YEAR)
    return date(year, index + 1, 1).toordinal()


def last_day(month: int) -> int:
    """Return the last day (ordinal) of *month*."""
    return first_day(month + 1) - 1


def month_text(month: int) -> str:
    """Return *month* as ``YYYY-MM``."""
    return date.fromordinal(first_day(month)).isoformat()[:7]
