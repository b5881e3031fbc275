"""
The in-process replay: the engine's other driver.

It hands the records of feed files to the same engine that the agents step, without a broker; the same records and
reference data end in the same alerts, byte for byte.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from heapq import merge
from pathlib import Path
from time import perf_counter
from typing import Final

from alerts.model import Alert, encode_alert
from streams.assembly import new_engine
from streams.engine import Engine, Step
from streams.feeds.feed import Feed, open_feed
from streams.feeds.items import FeedRecord, FxDay, Rejected
from streams.feeds.options import FeedOptions
from streams.normalise import Normaliser
from streams.records import PriceTick, Trade, encode_record
from streams.reference.book import ReferenceBook
from streams.reference.fx import FxDaily
from streams.reference.schedule_file import load_shipped, read_schedule
from streams.settings import Settings

DEFAULT_SCHEDULES: Final = ("eu-2025-2351", "forge-illustrative")
SLICE_RECORDS: Final = 5000
CHUNK_BYTES: Final = 1 << 20


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

    @property
    def whole(self) -> bool:
        """Whether no record is left out by its date."""
        return self.first_day is None and self.last_day is None

    def wants(self, day: date) -> bool:
        """Return whether records of *day* are part of the replay."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectResult:
    """What a direct replay came to."""

    alerts: list[Alert]
    records: int
    refused: dict[str, int]
    """Rows and records that went nowhere, by reason."""
    outcomes: dict[str, int]
    """Duplicates, stale and superseding revisions."""
    held: dict[str, int]
    """Records that wait for a rate, an assay or a basis, by reason."""
    seconds: float


Hear = Callable[[Progress], None]


def load_book(schedules: Iterable[Path | str] = DEFAULT_SCHEDULES, rates: Iterable[Path] = ()) -> ReferenceBook:
    """
    Return the reference book of schedule files (or names of shipped ones) and files of exchange rates.

    Raises what the readers raise: :class:`streams.reference.schedule_file.ScheduleErrors`, ``FeedError``, ``OSError``.
    """
    book = ReferenceBook()
    for schedule in schedules:
        shipped = isinstance(schedule, str) and not Path(schedule).exists()
        entries = load_shipped(str(schedule)) if shipped else _schedule_of(Path(schedule))
        for entry in entries:
            book.apply(entry)
    for path in rates:
        for item in open_feed(path):
            if isinstance(item, FxDay):
                book.apply(FxDaily(day=item.date, rates=item.rates))
    return book


def replay_direct(
    files: Sequence[Path], *, book: ReferenceBook, settings: Settings, options: ReplayOptions, hear: Hear = lambda _: None
) -> DirectResult:
    """Replay *files* through an engine in this process and return its standing alerts."""
    engine = new_engine(settings, Normaliser(book, hindsight=settings.hindsight))
    progress, outcomes = Progress(), Counter[str]()
    started = perf_counter()
    for values in _slices(files, options, progress):
        step = engine.step(values, logged_on=options.as_of.toordinal())
        _note(step, progress, outcomes)
        progress.seconds = perf_counter() - started
        hear(progress)
    engine.end()
    return DirectResult(
        alerts=engine.alerts(),
        records=progress.records,
        refused=dict(progress.rejected),
        outcomes=dict(outcomes),
        held=held_rows(engine),
        seconds=perf_counter() - started,
    )


def write_alerts(alerts: Iterable[Alert], path: Path) -> None:
    """Write *alerts* to *path*, one canonical JSON object a line."""
    with path.open("wb") as out:
        for alert in alerts:
            out.write(encode_alert(alert) + b"\n")


def held_rows(engine: Engine) -> dict[str, int]:
    """Return how many rows wait for something they need to be priced, by what it is."""
    held: Counter[str] = Counter()
    for market in engine.markets.values():
        for lane in market.lanes.values():
            for cell in lane.cells.values():
                for key, tally in cell.tallies.items():
                    if key.judged == "unpriced" and tally.rows:
                        held[key.detail.partition(":")[0]] += tally.rows
    return dict(held)


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
        elif isinstance(item, FeedRecord) and options.wants(item.record.event_date):
            yield item.record, feed.path, item.line


def _slices(files: Sequence[Path], options: ReplayOptions, progress: Progress) -> Iterator[list[bytes]]:
    """Yield slices of wire values; a single wire file is handed on as it is."""
    if len(files) == 1 and options.whole and (feed := open_feed(files[0], options.feed)).is_wire:
        yield from feed.read_chunks(CHUNK_BYTES)
        return
    values: list[bytes] = []
    for record, _, _ in read_records(files, options, progress):
        progress.day = record.event_date
        values.append(encode_record(record))
        if len(values) >= SLICE_RECORDS:
            yield values
            values = []
    if values:
        yield values


def _note(step: Step, progress: Progress, outcomes: Counter[str]) -> None:
    progress.records += step.records
    for refused in step.refused:
        progress.rejected[refused.reason] += 1
    for outcome, count in step.outcomes.items():
        outcomes[outcome.name.lower()] += count


def _schedule_of(path: Path) -> Iterable[object]:
    return read_schedule(path.read_text(encoding="utf-8-sig"), str(path))
