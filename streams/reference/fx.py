"""
Exchange rates as of a date, and never a guess.

Daily rates follow the European Central Bank's reference rates: units of currency per euro, published on
working days; over weekends and holidays the last one stands, but not for more than ``carry_days``.
Monthly rates stand for their calendar month and no other.  A day without a rate has none.
"""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Final, NamedTuple

CARRY_DAYS: Final = 4
"""Christmas and Easter with their weekends: the longest the ECB goes without publishing."""


class FxRate(NamedTuple):
    """What one unit of a currency was worth in another."""

    rate: Fraction
    rate_date: date
    """The day, or the first of the month, that the rate was published for."""
    publisher: str


class FxTable:
    """Rates against one base by day or by month."""

    def __init__(self) -> None:
        self._daily: dict[int, tuple[str, str, Mapping[str, Fraction]]] = {}
        self._days: list[int] = []
        self._monthly: dict[tuple[int, int], tuple[str, str, Mapping[str, Fraction]]] = {}

    def set_day(self, day: date, base: str, publisher: str, units_per_base: Mapping[str, Fraction]) -> None:
        """Take the rates published for *day*: units of each currency for one *base*."""
        ordinal = day.toordinal()
        if ordinal not in self._daily:
            self._days.insert(bisect_right(self._days, ordinal), ordinal)
        self._daily[ordinal] = (base, publisher, {base: Fraction(1), **units_per_base})

    def set_month(self, month: date, base: str, publisher: str, units_per_base: Mapping[str, Fraction]) -> None:
        """Take the rates of the calendar month of *month*."""
        self._monthly[month.year, month.month] = (base, publisher, {base: Fraction(1), **units_per_base})

    def rate(self, currency: str, to: str, day: date) -> FxRate | None:
        """Return what one *currency* was worth in *to* on *day*; None where no rate says so."""
        if currency == to:
            return FxRate(Fraction(1), day, "identity")
        month = self._monthly.get((day.year, day.month))
        if month and (found := _cross(month, currency, to)):
            return FxRate(found, day.replace(day=1), month[1])
        ordinal = day.toordinal()
        index = bisect_right(self._days, ordinal)
        while index and ordinal - self._days[index - 1] <= CARRY_DAYS:
            index -= 1
            published = self._daily[self._days[index]]
            if found := _cross(published, currency, to):
                return FxRate(found, date.fromordinal(self._days[index]), published[1])
        return None


def _cross(published: tuple[str, str, Mapping[str, Fraction]], currency: str, to: str) -> Fraction | None:
    units = published[2]
    if currency not in units or to not in units:
        return None
    return units[to] / units[currency]
