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

from streams.feed_order import Placed, in_order, watched
from streams.feeds.declarations import require_use
from streams.feeds.feed import Feed, open_feed
from streams.feeds.items import FeedError, FxDay, Rejected
from streams.feeds.options import FeedOptions
from streams.records import PriceTick, Trade
from streams.selection import Selection, check_days


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOptions:
    """Which part of a feed is replayed, and how; raises :class:`SelectionError` for days between which none lies."""

    as_of: date
    """The day the replay stands on: records dated past it (by more than the skew) are refused."""
    first_day: date | None = None
    last_day: date | None = None
    speed: float | None = None
    """Event seconds a second; None: as fast as possible."""
    feed: FeedOptions = field(default_factory=FeedOptions)
    goods: Selection = field(default_factory=Selection)
    """Of which products and origins."""
    sort: bool = False
    """Whether each file is put in order of date first; the standing alerts are the same, and nothing comes late."""

    def __post_init__(self) -> None:
        """Refuse days the wrong way round."""
        check_days(self.first_day, self.last_day)

    @property
    def whole(self) -> bool:
        """Whether no record is left out or moved."""
        return not self.sort and self.first_day is None and self.last_day is None and self.goods.everything

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
    read: int = 0
    """Rows looked at, those that are not wanted among them; 0 where a feed is handed on without a look."""
    rejected: Counter[str] = field(default_factory=Counter)
    """Rows that could not be read or records refused, by reason."""
    day: date | None = None
    """Event date of the last record."""
    disorder: Counter[str] = field(default_factory=Counter)
    """Records dated before one above them, by file: told as late."""
    seconds: float = 0.0


Hear = Callable[[Progress], None]


def read_records(
    files: Sequence[Path], options: ReplayOptions, progress: Progress
) -> Iterator[tuple[Trade | PriceTick, Path, int]]:
    """
    Yield the wanted records of *files* with where they stood, merged by date.

    One record a file is looked ahead at.  A file that is not in order of date is put in order first where the options
    say so, and counted in ``progress.disorder`` where not.  Raises ``FeedError`` for a file that cannot be read, or
    that holds exchange rates.
    """
    feeds = [open_feed(path, options.feed) for path in files]
    require_use(feed.unused for feed in feeds)
    read = [_records_of(feed, options, progress) for feed in feeds]
    ordered = [in_order(feed) if options.sort else watched(feed, progress.disorder) for feed in read]
    yield from ordered[0] if len(ordered) == 1 else merge(*ordered, key=lambda placed: placed.record.event_date)


def rejected_rows(files: Sequence[Path], options: ReplayOptions) -> Iterator[tuple[Rejected, Path]]:
    """Yield the rows of *files* that cannot be right, for dead letters."""
    for path in files:
        for item in open_feed(path, options.feed):
            if isinstance(item, Rejected):
                yield item, path


def _records_of(feed: Feed, options: ReplayOptions, progress: Progress) -> Iterator[Placed]:
    for item in feed:
        progress.read += 1
        if isinstance(item, Rejected):
            progress.rejected[item.reason] += 1
        elif isinstance(item, FxDay):
            message = f"{feed.path} holds exchange rates, no records: give it as --fx, or to floorwatch fx publish"
            raise FeedError(message)
        elif options.wants(item.record):
            yield Placed(item.record, feed.path, item.line)
