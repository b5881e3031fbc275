"""A progress bar for feeds and logs: how much of them, how fast, how long still."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from streams.cli.console import err, tell

if TYPE_CHECKING:
    from streams.feed_records import Progress as Replayed
    from streams.feed_records import ReplayOptions
    from streams.log_source import LogSource

_LARGE_BYTES: Final = 8 << 20
"""About a second of reading."""


@contextmanager
def feed_progress(files: Sequence[Path]) -> "Iterator[Callable[[Replayed], None]]":
    """Yield what is to hear the progress of a replay of files, told by bytes; shown on stderr, on a terminal only."""
    from streams.feeds.metering import metered

    told = (TaskProgressColumn(), TextColumn("{task.fields[rows]} rows"))
    with metered() as meter, _shown(lambda: bytes_of(files), "replaying", told) as show:
        yield lambda replayed: show(replayed, meter.bytes_read)


@contextmanager
def paced_progress(files: Sequence[Path], options: "ReplayOptions") -> "Iterator[Callable[[Replayed], None]]":
    """
    Yield what is to hear the progress of a replay that is paced by its dates, told by days; as :func:`feed_progress`.

    How far a file was read says nothing there: a small one is read at once and written for hours.  A large one is not
    read twice for its last day.
    """
    if not err.is_terminal or (bytes_of(files) or _LARGE_BYTES) >= _LARGE_BYTES:
        with feed_progress(files) as hear:
            yield hear
        return
    span = span_of(files, options)
    told = (MofNCompleteColumn(), TextColumn("days"))
    with _shown(lambda: None if span is None else _days(span, span[1]), "replaying", told) as show:
        yield lambda replayed: show(replayed, _days(span, replayed.day) if span and replayed.day else 0)


def span_of(files: Sequence[Path], options: "ReplayOptions") -> tuple[date, date] | None:
    """Return the first and the last day of the records that are wanted; None where there is none."""
    from streams.feed_records import Progress as Replayed
    from streams.feed_records import read_records

    days = {record.event_date for record, _, _ in read_records(files, options, Replayed())}
    return (min(days), max(days)) if days else None


def _days(span: tuple[date, date], day: date) -> int:
    """Return how many days of *span* are over once *day* is."""
    return (day - span[0]).days + 1


@contextmanager
def log_progress(log: "LogSource", doing: str = "replaying") -> "Iterator[Callable[[Replayed], None]]":
    """Yield what is to hear how far a log has been read; shown on stderr, on a terminal only."""
    with _shown(lambda: sum(log.sizes().values()), doing, (MofNCompleteColumn(),)) as show:
        yield lambda replayed: show(replayed, _rows(replayed))


@contextmanager
def _shown(
    count: Callable[[], int | None], doing: str, told: Sequence[ProgressColumn]
) -> "Iterator[Callable[[Replayed, int], None]]":
    """Yield what shows how much is done; *count* says of how much, and is asked only where somebody looks."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        *told,
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as shown:
        total = count() if err.is_terminal else None
        task = shown.add_task(doing, total=total, rate="", rows="0")

        def show(replayed: "Replayed", done: int) -> None:
            rows = _rows(replayed)
            rate = f"{rows / replayed.seconds:,.0f}/s" if replayed.seconds else ""
            day = f"{replayed.day}" if replayed.day else doing
            shown.update(task, completed=done, description=day, rate=rate, rows=f"{rows:,}")

        yield show


def _rows(replayed: "Replayed") -> int:
    """Return how many rows were looked at; where a feed is handed on without a look, how many records."""
    return max(replayed.records, replayed.read)


@contextmanager
def whole_or_nothing() -> Iterator[None]:
    """Say of what is broken off that it left nothing behind."""
    try:
        yield
    except KeyboardInterrupt:
        tell("interrupted, and nothing was written: it is begun again by the same command (Ctrl-Z pauses)")
        raise


def bytes_of(files: Sequence[Path]) -> int | None:
    """Return the size of all files; None where one cannot be asked, which is said when it is opened."""
    try:
        return sum(path.stat().st_size for path in files)
    except OSError:
        return None
