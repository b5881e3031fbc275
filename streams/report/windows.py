"""Windows of months: the last twelve of a market and those before, what came in them, and how it changed."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Final

from streams.report.charts import month_name, months_between
from streams.report.figures import NONE, percent
from streams.report.markets import Market, Month, merged

YEAR: Final = 12
_HUNDRED: Final = Fraction(100)


def last_year(market: Market) -> list[str]:
    """Return the last twelve months of a market, fewer where there are no more."""
    return _months(market)[-YEAR:]


def year_before(market: Market) -> list[str]:
    """Return the months a year before :func:`last_year` that there are."""
    known = _months(market)
    return [month for month in map(_year_earlier, last_year(market)) if month in known]


def within(months: Iterable[Month], window: Sequence[str]) -> Month:
    """Return the sum of the *months* that are in *window*."""
    wanted = set(window)
    inside = [each._replace(month=window[-1]) for each in months if each.month in wanted]
    none = Month(window[-1], Fraction(0), Fraction(0), None, None, None)
    return merged([inside])[0] if inside else none


def covered_pct(month: Month) -> Fraction:
    """Return how many of the records of a month or window have a price, per cent."""
    whole = month.rows + month.unpriced_rows
    return _HUNDRED * month.rows / whole if whole else _HUNDRED


def period(window: Sequence[str]) -> str:
    """Return a window as it stands in a sentence."""
    return f"from {month_name(window[0])} to {month_name(window[-1])}"


def span(window: Sequence[str]) -> str:
    """Return a window as it stands in a table."""
    return f"{month_name(window[0])} to {month_name(window[-1])}"


def change(before: Fraction | None, after: Fraction | None) -> str:
    """Return a change in per cent with its sign."""
    if not before or after is None:
        return NONE
    moved = _HUNDRED * (after - before) / before
    return f"{'+' if moved > 0 else ''}{percent(moved)}"


def _months(market: Market) -> list[str]:
    months = [each.month for each in market.total]
    return months_between(months[0], months[-1])


def _year_earlier(month: str) -> str:
    return f"{int(month[:4]) - 1:04}{month[4:]}"
