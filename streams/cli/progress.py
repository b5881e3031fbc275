"""A progress bar for feeds and logs: how much of them, how fast, how long still."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

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
    from streams.log_source import LogSource


@contextmanager
def feed_progress(files: Sequence[Path]) -> "Iterator[Callable[[Replayed], None]]":
    """Yield what is to hear the progress of a replay of files, told by bytes; shown on stderr, on a terminal only."""
    from streams.feeds.metering import metered

    told = (TaskProgressColumn(), TextColumn("{task.fields[rows]} rows"))
    with metered() as meter, _shown(lambda: bytes_of(files), "replaying", told) as show:
        yield lambda replayed: show(replayed, meter.bytes_read)


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
