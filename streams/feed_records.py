"""
The records of feed files as a replay takes them, whichever way it goes: those it wants, merged in order of date.

Both replays read here, in process and through the topics, so that the same options mean the same records.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from heapq import merge
from pathlib import Path

from streams.feeds.feed import Feed, open_feed
from streams.feeds.items import FeedRecord, Rejected
from streams.feeds.options import FeedOptions
from streams.records import PriceTick, Trade
from streams.selection import Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOptions:
    """Which part of a feed is replayed, and how."""

    as_of: date
    """The day the replay stands on: records dated past it (by more than the skew) are refused."""
    first_day: date | None = None
    last_day: date | None = None
    speed: float | None = None
    """Event seconds a second; None: as fast as possible."""
    feed: FeedOptions = field(default_factory=FeedOptions)
    goods: Selection = field(default_factory=Selection)
    """Of which products and origins."""

    @property
    def whole(self) -> bool:
        """Whether no record is left out."""
        return self.first_day is None and self.last_day is None and self.goods.everything

    def wants(self, record: Trade | PriceTick) -> bool:
        """Return whether *record* is part of the replay."""
        return self.holds(record.event_date) and (self.goods.everything or self.goods.wants(record))

    def holds(self, day: date) -> bool:
        """Return whether *day* is part of the replay."""
        return (self.first_day is None or day >= self.first_day) and (self.last_day is None or day <= self.last_day)


@dataclass(slots=True)
class Progress:
    """How far a replay has come."""

    records: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    """Rows that could not be read or records refused, by reason."""
    day: date | None = None
    """Event date of the last record."""
    seconds: float = 0.0


Hear = Callable[[Progress], None]


def read_records(
    files: Sequence[Path], options: ReplayOptions, progress: Progress
) -> Iterator[tuple[Trade | PriceTick, Path, int]]:
    """Yield the wanted records of *files* with where they stood, merged by date where each file is in order of date."""
    feeds = [_records_of(open_feed(path, options.feed), options, progress) for path in files]
    yield from merge(*feeds, key=lambda each: each[0].event_date)


def rejected_rows(files: Sequence[Path], options: ReplayOptions) -> Iterator[tuple[Rejected, Path]]:
    """Yield the rows of *files* that cannot be right, for dead letters."""
    for path in files:
        for item in open_feed(path, options.feed):
            if isinstance(item, Rejected):
                yield item, path


def _records_of(
    feed: Feed, options: ReplayOptions, progress: Progress
) -> Iterator[tuple[Trade | PriceTick, Path, int]]:
    for item in feed:
        if isinstance(item, Rejected):
            progress.rejected[item.reason] += 1
        elif isinstance(item, FeedRecord) and options.wants(item.record):
            yield item.record, feed.path, item.line
