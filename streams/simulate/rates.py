"""Exchange rates of the simulated years, in the form of the European Central Bank's: units of a currency per euro."""

from datetime import date
from random import Random
from typing import Final

from streams.months import first_day, last_day
from streams.reference.fx import FxDaily

_START: Final = {"USD": 1.09, "CNY": 7.75, "GBP": 0.86}
_DAILY_SIGMA: Final = 0.0025
_WEEKEND: Final = 5
_BEFORE: Final = 7
"""Days ahead of the first month, so that a feed that begins on a holiday has a rate."""
_SLIDE_DAYS: Final = 90
_SLIDE: Final = -0.08


class Rates:
    """What a US dollar buys, by day; the euro slides once, as a trap for what takes a rate for a price."""

    def __init__(self, dice: Random, months: range) -> None:
        first, last = first_day(months[0]) - _BEFORE, last_day(months[-1])
        slide = range(*_slide(dice, first, last))
        rates = dict(_START)
        self._texts: dict[int, dict[str, str]] = {}
        self._per_usd: dict[int, dict[str, float]] = {first - 1: _of_a_dollar(rates)}
        for day in range(first, last + 1):
            if date.fromordinal(day).weekday() < _WEEKEND:
                euro = _SLIDE / _SLIDE_DAYS if day in slide else 0.0
                cross = dice.gauss(0.0, _DAILY_SIGMA) + euro * 7 / 5
                # The euro moves against all; the yuan is kept near the dollar.
                rates["USD"] *= 1 + cross
                rates["CNY"] *= 1 + cross + dice.gauss(0.0, _DAILY_SIGMA / 4)
                rates["GBP"] *= 1 + cross / 3
                self._texts[day] = {name: f"{rate:.4f}" for name, rate in rates.items()}
                self._per_usd[day] = _of_a_dollar(rates)
            else:
                self._per_usd[day] = self._per_usd[day - 1]

    def per_usd(self, currency: str, day: int) -> float:
        """Return how much of *currency* a dollar buys on *day* (ordinal)."""
        return self._per_usd[day][currency]

    def entries(self) -> list[FxDaily]:
        """Return the days of publication as reference data."""
        return [FxDaily(day=date.fromordinal(day), rates=rates) for day, rates in sorted(self._texts.items())]


def _slide(dice: Random, first: int, last: int) -> tuple[int, int]:
    start = dice.randrange(first, max(first + 1, last - _SLIDE_DAYS))
    return start, start + _SLIDE_DAYS


def _of_a_dollar(rates: dict[str, float]) -> dict[str, float]:
    return {"USD": 1.0, "EUR": 1 / rates["USD"]} | {name: rates[name] / rates["USD"] for name in ("CNY", "GBP")}
