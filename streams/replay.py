"""
The in-process replay: the engine's other driver.

It hands the records of feed files to the same engine that the agents step, without a broker; the same records and
reference data end in the same alerts, byte for byte.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Final

from alerts.model import Alert, encode_alert
from streams.assembly import new_engine
from streams.crew import cores
from streams.feed_records import Hear, Progress, ReplayOptions, read_records
from streams.feeds.declarations import require_use
from streams.feeds.feed import Feed, open_feed
from streams.feeds.items import FeedError, FxDay, Rejected
from streams.judges import Judges, Verdicts
from streams.month_series import MonthLine
from streams.normalise import Normaliser
from streams.records import encode_record
from streams.reference.book import ReferenceBook
from streams.reference.fx import FxDaily
from streams.reference.schedule_file import load_shipped, read_schedule
from streams.reference.wire import Entry
from streams.settings import Settings

DEFAULT_SCHEDULES: Final = ("eu-2025-2351", "forge-illustrative")
SLICE_RECORDS: Final = 5000
CHUNK_BYTES: Final = 1 << 20
_LARGE_BYTES: Final = 32 << 20


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
    lacks: dict[str, int]
    """Subjects that a rule could not judge for want of data, by rule: insufficient coverage."""
    series: list[MonthLine]
    """What was held of each lane, month by month, where that was asked for."""
    processes: int
    """How many judged."""
    seconds: float
    disorder: dict[str, int] = field(default_factory=dict)
    """Records dated before one above them, by file: judged as late."""


def load_book(
    schedules: Iterable[Path | str] = DEFAULT_SCHEDULES,
    rates: Iterable[Path] = (),
    *,
    on_rejected: Callable[[Path, Rejected], None] = lambda _path, _row: None,
) -> ReferenceBook:
    """
    Return the reference book of schedule files (or names of shipped ones) and files of exchange rates.

    *on_rejected* hears of the rows of rates that cannot be right and are left out, with their file.

    Raises what the readers raise: :class:`streams.reference.schedule_file.ScheduleErrors`, ``FeedError``, ``OSError``.
    """
    book = ReferenceBook()
    for schedule in schedules:
        shipped = isinstance(schedule, str) and not Path(schedule).exists()
        entries = load_shipped(str(schedule)) if shipped else _schedule_of(Path(schedule))
        for entry in entries:
            book.apply(entry)
    for path in rates:
        for day in rate_days(path, on_rejected):
            book.apply(day)
    return book


def rate_days(path: Path, on_rejected: Callable[[Path, Rejected], None]) -> list[FxDaily]:
    """
    Return the days of a file of exchange rates; rows that cannot be right are left out, *on_rejected* hears of them.

    Raises ``FeedError`` where it cannot be read or holds no rates: judging without them would pass for judging by them.
    """
    days: list[FxDaily] = []
    for item in open_feed(path):
        if isinstance(item, FxDay):
            days.append(FxDaily(day=item.date, rates=item.rates))
        elif isinstance(item, Rejected):
            on_rejected(path, item)
    if not days:
        message = f"{path} holds no exchange rates: give the ECB's eurofxref-hist file, csv or zip"
        raise FeedError(message)
    return days


def replay_direct(
    files: Sequence[Path],
    *,
    book: ReferenceBook,
    settings: Settings,
    options: ReplayOptions,
    hear: Hear = lambda _: None,
    processes: int | None = None,
    series: bool = False,
) -> DirectResult:
    """
    Replay *files* through engines in this process or several and return the standing alerts.

    *processes* is how many judge, by default one for each core where the files are large enough to pay for them; the
    result is the same.  With *series* the month sums of every lane come with it.
    """
    progress = Progress()
    started = perf_counter()
    slices = _heard(_slices(files, options, progress), progress, started, hear)
    processes = processes or _worthwhile(files)
    if processes > 1:
        verdicts = _judged_apart(slices, processes, book=book, settings=settings, as_of=options.as_of, series=series)
    else:
        verdicts = _judged_here(slices, book=book, settings=settings, as_of=options.as_of, series=series)
    return DirectResult(
        alerts=verdicts.alerts,
        records=verdicts.records,
        refused=dict(progress.rejected + verdicts.refused),
        outcomes=dict(verdicts.outcomes),
        held=dict(verdicts.held),
        lacks=dict(verdicts.lacks),
        series=verdicts.series,
        processes=processes,
        seconds=perf_counter() - started,
        disorder=dict(progress.disorder),
    )


def _judged_here(
    slices: Iterable[Sequence[bytes]], *, book: ReferenceBook, settings: Settings, as_of: date, series: bool
) -> Verdicts:
    engine, verdicts = new_engine(settings, Normaliser(book, hindsight=settings.hindsight)), Verdicts()
    for values in slices:
        verdicts.take(engine.step(values, logged_on=as_of.toordinal()))
    engine.end()
    verdicts.close(engine, series=series)
    return verdicts


def _judged_apart(
    slices: Iterable[Sequence[bytes]],
    processes: int,
    *,
    book: ReferenceBook,
    settings: Settings,
    as_of: date,
    series: bool,
) -> Verdicts:
    with Judges(processes, book=book, settings=settings, as_of=as_of, series=series) as judges:
        for values in slices:
            judges.take(values)
        return judges.verdicts()


def _worthwhile(files: Sequence[Path]) -> int:
    """Return how many processes pay: a process takes as long to start as some ten thousand records to judge."""
    return cores() if sum(path.stat().st_size for path in files) >= _LARGE_BYTES else 1


def _heard(slices: Iterable[list[bytes]], progress: Progress, started: float, hear: Hear) -> Iterator[list[bytes]]:
    """Yield the slices and tell how far they have come."""
    for values in slices:
        yield values
        progress.records += len(values)
        progress.seconds = perf_counter() - started
        hear(progress)


def write_alerts(alerts: Iterable[Alert], path: Path) -> None:
    """Write *alerts* to *path*, one canonical JSON object a line."""
    with path.open("wb") as out:
        for alert in alerts:
            out.write(encode_alert(alert) + b"\n")


def _slices(files: Sequence[Path], options: ReplayOptions, progress: Progress) -> Iterator[list[bytes]]:
    """Yield slices of wire values; a single file of our own, replayed whole, is handed on without records between."""
    if len(files) == 1 and options.whole:
        feed = open_feed(files[0], options.feed)
        require_use([feed.unused])
        if feed.is_wire:
            yield from feed.read_chunks(CHUNK_BYTES)
            return
        if feed.makes_wire:
            yield from _made(feed, progress)
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


def _made(feed: Feed, progress: Progress) -> Iterator[list[bytes]]:
    """Yield the values that a feed makes of its rows, and tell of those that cannot be right."""
    for made in feed.read_wire():
        progress.rejected.update(row.reason for row in made.rejected)
        progress.day = made.last_day or progress.day
        if made.late:
            progress.disorder[str(feed.path)] += made.late
        if made.values:
            yield made.values


def _schedule_of(path: Path) -> tuple[Entry, ...]:
    return read_schedule(path.read_text(encoding="utf-8-sig"), str(path))
