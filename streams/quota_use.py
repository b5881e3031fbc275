"""
How far tariff quotas are used up, day by day.

Goods draw on a quota in the order of their entry dates, whatever the order of the records; what a day is judged by
therefore depends on the days before it, and a late record moves the days after it.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from fractions import Fraction

from streams.cells import Lane
from streams.reference.quotas import Quota, out_of_quota_share

MG_PER_KG = 1_000_000


class QuotaUse:
    """The goods that drew on one quota period, by day and lane."""

    def __init__(self, quota: Quota) -> None:
        self.quantity_mg = None if quota.quantity_kg is None else quota.quantity_kg * MG_PER_KG
        self._days: list[int] = []
        self._drawn: dict[int, dict[tuple[Lane, str], int]] = {}
        self._shares: dict[int, Fraction] = {}

    def draw(self, lane: Lane, floor: str, day: int, content_mg: int) -> Iterator[tuple[Lane, int]]:
        """Set what *lane* drew on *day* under *floor*, and yield the lanes and days that are judged differently now."""
        if self.quantity_mg is None:
            return
        if day not in self._drawn:
            self._drawn[day] = {}
            insort(self._days, day)
        before = self._drawn[day].get((lane, floor))
        if before == content_mg:
            return
        self._drawn[day][lane, floor] = content_mg
        yield from self._share_from(day, new=(lane, floor) if before is None else None)

    def _share_from(self, day: int, *, new: tuple[Lane, str] | None) -> Iterator[tuple[Lane, int]]:
        start = bisect_left(self._days, day)
        used = sum(sum(self._drawn[each].values()) for each in self._days[:start])
        for each in self._days[start:]:
            total = sum(self._drawn[each].values())
            share = out_of_quota_share(Fraction(used), Fraction(total), Fraction(self.quantity_mg or 0))
            used += total
            if share == self._shares.get(each) and not (new and each == day):
                continue
            self._shares[each] = share
            for lane, floor in self._drawn[each]:
                lane.out_of_quota[floor, each] = share
                yield lane, each
