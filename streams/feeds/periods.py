"""
Months and years of statistics, and the day on which a figure of one is dated: its last (:mod:`streams.feeds.months`).

A year's total is made of the whole year, so it is dated to 31 December as a month's is to the last of the month.
"""

import re
from datetime import date
from functools import cache
from typing import Final, NamedTuple

from streams.feeds.items import RowError
from streams.feeds.months import month_end
from streams.records import Refusal

_MONTH: Final = re.compile(r"(\d{4})-?M?(\d{1,2})(?:-\d{2})?", re.ASCII)
_YEAR: Final = re.compile(r"\d{4}", re.ASCII)
_MONTHS: Final = 12


class Period(NamedTuple):
    """A month or a year."""

    name: str
    """``202503`` or ``2025``: part of the ids of its rows."""
    last_day: date

    @property
    def is_year(self) -> bool:
        """Whether it is a whole year."""
        return len(self.name) == len("2025")


@cache
def period_of(text: str) -> Period:
    """
    Return the month or year that ``202503``, ``2025-03``, ``2025-03-01``, ``2025M03`` or ``2025`` names.

    Raises :class:`RowError` where it is neither, such as ``202552``, which some publishers use for a whole year.
    """
    if _YEAR.fullmatch(text) and int(text) > 0:
        return year_of(text)
    found = _MONTH.fullmatch(text)
    if found is None or not 1 <= int(found[2]) <= _MONTHS or int(found[1]) == 0:
        raise RowError(Refusal.DATE_OUT_OF_RANGE, f"expected a month such as 202503 or a year, found {text[:40]!r}")
    day = month_end(int(found[1]), int(found[2]))
    return Period(f"{day:%Y%m}", day)


def year_of(text: str) -> Period:
    """Return the year that *text* names; raises :class:`RowError` where it is none."""
    if not _YEAR.fullmatch(text) or int(text) == 0:
        raise RowError(Refusal.DATE_OUT_OF_RANGE, f"expected a year such as 2025, found {text[:40]!r}")
    return Period(text, date(int(text), 12, 31))
