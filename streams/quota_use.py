"""
How far tariff quotas are used up, day by day.

Goods draw on a quota in the order of their entry dates, whatever the order of the records; what a day is judged by
therefore depends on the days before it, and a late record moves the days after it.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Final

from streams.cells import Lane, LaneKey
from streams.reference.quotas import Quota, out_of_quota_share

MG_PER_KG: Final = 1_000_000

QuotaName = tuple[str, int, str]
"""A quota period: its id, first day (ordinal) and origin."""


class QuotaUse:
    """The goods that drew on one quota period, by day and lane."""

    def __init__(self, quota: Quota) -> None:
        self.quota = quota
        self._quantity_mg = (quota.quantity_kg or Fraction(0)) * MG_PER_KG
        self._days: list[int] = []
        self._drawn: dict[int, dict[tuple[Lane, str], int]] = {}
        self._shares: dict[int, Fraction] = {}
        self._before: dict[int, int] = {}
        """What was drawn on the days before each."""

    @property
    def days(self) -> Sequence[int]:
        """The days (ordinals) on which anything may have been drawn, sorted."""
        return self._days

    def used_mg(self, through: int) -> int:
        """Return the milligrams of content that were drawn up to *through* (ordinal), itself included."""
        place = bisect_right(self._days, through)
        return self._through(self._days[place - 1]) if place else 0

    def lanes(self, first: int, last: int) -> Iterator[tuple[Lane, str, int]]:
        """Yield who drew from *first* to *last*: lane, floor (``id@version``) and day."""
        for day in self._days[bisect_left(self._days, first) : bisect_right(self._days, last)]:
            yield from ((lane, floor, day) for (lane, floor), drawn in self._drawn[day].items() if drawn)

    def draw(self, lane: Lane, floor: str, day: int, content_mg: int) -> Iterator[tuple[Lane, int]]:
        """Set what *lane* drew on *day* under *floor*, and yield the lanes and days that are judged differently now."""
        if day not in self._drawn:
            self._drawn[day] = {}
            insort(self._days, day)
        before = self._drawn[day].get((lane, floor))
        if before == content_mg:
            return
        self._drawn[day][lane, floor] = content_mg
        yield from self._share_from(day, new=before is None)

    def leave(self, lane: Lane, floor: str, day: int) -> Iterator[tuple[Lane, int]]:
        """Take back all that *lane* drew on *day* under *floor*, and yield as :meth:`draw` does."""
        if self._drawn.get(day, {}).pop((lane, floor), None) is not None:
            yield from self._share_from(day, new=False)

    def _share_from(self, day: int, *, new: bool) -> Iterator[tuple[Lane, int]]:
        start = bisect_left(self._days, day)
        used = self._through(self._days[start - 1]) if start else 0
        for each in self._days[start:]:
            total = sum(self._drawn[each].values())
            self._before[each] = used
            share = out_of_quota_share(Fraction(used), Fraction(total), self._quantity_mg)
            used += total
            if share == self._shares.get(each) and not (new and each == day):
                continue
            self._shares[each] = share
            for lane, floor in self._drawn[each]:
                lane.out_of_quota[floor, each] = share
                yield lane, each

    def _through(self, day: int) -> int:
        return self._before[day] + sum(self._drawn[day].values())


class QuotaUses:
    """The quota periods that the goods of one market draw on."""

    def __init__(self) -> None:
        self._uses: dict[QuotaName, QuotaUse] = {}
        self._draws: dict[tuple[LaneKey, int], set[tuple[QuotaName, str]]] = {}
        """What each lane and day draws on, under which floor."""

    def __iter__(self) -> Iterator[QuotaUse]:
        """Iterate over the quota periods that were ever drawn on, by id, first day and origin."""
        return (self._uses[name] for name in sorted(self._uses))

    def draw(self, lane: Lane, day: int, draws: Mapping[str, tuple[Quota, int]]) -> Iterator[tuple[Lane, int]]:
        """
        Set all that *lane* draws on *day*, and yield the lanes and days that are judged differently now.

        *draws* says by floor (``id@version``) which quota, and how many milligrams of content.
        """
        now = {(_name(quota), floor) for floor, (quota, _) in draws.items()}
        before = self._draws.get((lane.key, day), set())
        for name, floor in sorted(before - now):
            lane.out_of_quota.pop((floor, day), None)
            yield from self._uses[name].leave(lane, floor, day)
        for floor, (quota, content_mg) in draws.items():
            yield from self._use(quota).draw(lane, floor, day, content_mg)
        if now or before:
            self._draws[lane.key, day] = now

    def _use(self, quota: Quota) -> QuotaUse:
        """Return the use of *quota*; one that was published anew is drawn on from nothing."""
        use = self._uses.get(_name(quota))
        if use is None or use.quota != quota:
            use = self._uses[_name(quota)] = QuotaUse(quota)
        return use


def _name(quota: Quota) -> QuotaName:
    return quota.quota_id, quota.period_from.toordinal(), quota.origin or ""
