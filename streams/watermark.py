"""
Event time: how far each source has come, and which days are complete.

A source's watermark is the latest day it has written or vouched for by a heartbeat; only heartbeats and
records that were taken (not refused, not stale, not in conflict) move it, so it is a function of the log.  A day is
sealed when every source has left it behind by more than the grace.
"""

from typing import Final

from streams.shapes import Kind

NO_DAY: Final = 0


class Watermarks:
    """The watermarks of one market's sources, by topic; days are proleptic Gregorian ordinals."""

    __slots__ = ("grace_days", "sealed_through", "sources")

    def __init__(self, grace_days: int) -> None:
        self.grace_days = grace_days
        self.sources: dict[Kind, dict[str, int]] = {Kind.TRADE: {}, Kind.TICK: {}}
        """The latest day of each source, for records that are trades and for ticks."""
        self.sealed_through = NO_DAY

    def vouch(self, kind: Kind, source: str, day: int) -> None:
        """Take a source's word that its records before *day* are all written; ``*`` speaks for all it knows."""
        latest = self.sources[kind]
        for name in list(latest) if source == "*" else [source]:
            latest[name] = max(day, latest.get(name, NO_DAY))

    def seal(self) -> bool:
        """Move ``sealed_through`` as far as the slowest source allows; return whether it moved."""
        days = [day for latest in self.sources.values() for day in latest.values()]
        through = min(days, default=NO_DAY) - self.grace_days - 1
        if through <= self.sealed_through:
            return False
        self.sealed_through = through
        return True

    def end(self, day: int) -> bool:
        """Seal every day up to *day*, whatever the grace: the feed is complete; return whether that is news."""
        if day <= self.sealed_through:
            return False
        self.sealed_through = day
        return True

    def mark(self) -> tuple[object, ...]:
        """Return all of it as one value, to tell whether anything moved."""
        return (self.sealed_through, *(tuple(sorted(latest.items())) for latest in self.sources.values()))
