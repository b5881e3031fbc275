"""The world price of a product: a walk by weeks with moves that every origin shares."""

import math
from collections.abc import Sequence
from random import Random
from typing import Final, NamedTuple

from streams.months import first_day, last_day

_WEEK: Final = 7
_WEEKLY_SIGMA: Final = 0.006


class Move(NamedTuple):
    """A move of the world price: *log_change* spread evenly over *weeks* from week *first*."""

    first: int
    weeks: int
    log_change: float


class WorldPrice:
    """USD per kg CIF by day, drawn once."""

    def __init__(self, dice: Random, level: float, months: range, moves: Sequence[Move] = ()) -> None:
        self.first_day = first_day(months[0])
        weeks = (last_day(months[-1]) - self.first_day) // _WEEK + 2
        self._weeks = [level]
        log = math.log(level)
        pull = log
        for week in range(1, weeks):
            shared = sum(move.log_change / move.weeks for move in moves if move.first <= week < move.first + move.weeks)
            pull += shared
            # Drawn back to where the moves left it: what drifts without end would cross every floor at last.
            log += shared + dice.gauss(0.0, _WEEKLY_SIGMA) + 0.05 * (pull - log)
            self._weeks.append(math.exp(log))
        self._months: dict[int, float] = {}

    def on(self, day: int) -> float:
        """Return the price on *day* (ordinal), between the knots of its week."""
        week, part = divmod(day - self.first_day, _WEEK)
        week = max(0, min(week, len(self._weeks) - 2))
        low, high = self._weeks[week], self._weeks[week + 1]
        return low + (high - low) * part / _WEEK

    def month(self, month: int) -> float:
        """Return the average of a month."""
        known = self._months.get(month)
        if known is None:
            days = range(first_day(month), last_day(month) + 1)
            known = self._months[month] = sum(map(self.on, days)) / len(days)
        return known

    def slide(self, months: range, part: float) -> None:
        """Let the price go evenly to *part* of what it was over *months*, and stay there."""
        first, last = first_day(months[0]), last_day(months[-1])
        for week, price in enumerate(self._weeks):
            gone = min(1.0, max(0.0, (self.first_day + week * _WEEK - first) / (last - first)))
            self._weeks[week] = price * (1 + (part - 1) * gone)
        self._months.clear()

    @property
    def lowest(self) -> float:
        """The lowest price of all."""
        return min(self._weeks)
