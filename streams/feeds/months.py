"""
The day a monthly figure is dated: the last of its month.

A month's total or average is made of the whole month and known to nobody before it is over.  Dated to the first
day it would be judged, and would judge others, with what was still to come.  The price of the last day: a floor or
rate that changes within the month meets all of that month's trade in its newest state.
"""

import re
from calendar import monthrange
from datetime import date
from functools import cache
from typing import Final

from streams.feeds.items import RowError
from streams.records import Refusal

_MONTH: Final = re.compile(r"(\d{4})M?(\d{2})", re.ASCII)


def month_end(year: int, month: int) -> date:
    """Return the day a figure of that month is dated."""
    return date(year, month, monthrange(year, month)[1])


@cache
def period_end(period: str) -> date:
    """
    Return the day a figure of a period such as ``202507`` or ``2025M07`` is dated.

    Raises :class:`RowError` where it is no month, such as ``202500``, which some publishers use for a whole year.
    """
    found = _MONTH.fullmatch(period)
    if found is None or not 1 <= int(found[2]) <= 12 or int(found[1]) == 0:  # noqa: PLR2004 - months of a year
        raise RowError(Refusal.DATE_OUT_OF_RANGE, f"expected a month such as 202507, found {period!r}")
    return month_end(int(found[1]), int(found[2]))
