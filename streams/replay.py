"""
The in-process replay: the engine's other driver.

It hands the records of feed files to the same engine that the agents step, without a broker; the same records and
reference data end in the same alerts, byte for byte.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

from alerts.model import Alert, encode_alert
from streams.assembly import new_engine
from streams.engine import Engine, Step
from streams.feed_records import Hear, Progress, ReplayOptions, read_records
from streams.feeds.feed import open_feed
from streams.feeds.items import FxDay
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
    files: Sequence[Path],
    *,
    book: ReferenceBook,
    settings: Settings,
    options: ReplayOptions,
    hear: Hear = lambda _: None,
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


def _schedule_of(path: Path) -> tuple[Entry, ...]:
    return read_schedule(path.read_text(encoding="utf-8-sig"), str(path))
