"""A progress bar for feeds: how many records, how fast, how long still."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from streams.cli.console import err, tell

if TYPE_CHECKING:
    from streams.feed_records import Progress as Replayed
    from streams.log_source import LogSource

_PACKED: Final = (b"\x1f\x8b", b"PK")
_PARQUET: Final = b"PAR1"
_CHUNK: Final = 1 << 22


def feed_progress(files: Sequence[Path]) -> "AbstractContextManager[Callable[[Replayed], None]]":
    """Yield what is to hear the progress of a replay of files; shown on stderr, on a terminal only."""
    return _progress(lambda: rows_of(files), "replaying")


def log_progress(log: "LogSource", doing: str = "replaying") -> "AbstractContextManager[Callable[[Replayed], None]]":
    """Yield what is to hear how far a log has been read; shown on stderr, on a terminal only."""
    return _progress(lambda: sum(log.sizes().values()), doing)


@contextmanager
def _progress(count: Callable[[], int | None], doing: str) -> "Iterator[Callable[[Replayed], None]]":
    """Yield what hears; *count* says of how many, and is asked only where somebody looks."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as shown:
        total = count() if err.is_terminal else None
        task = shown.add_task(doing, total=total, rate="")

        def hear(replayed: "Replayed") -> None:
            done = max(replayed.records, replayed.read)
            rate = f"{done / replayed.seconds:,.0f}/s" if replayed.seconds else ""
            day = f"{replayed.day}" if replayed.day else doing
            shown.update(task, completed=done, description=day, rate=rate)

        yield hear


@contextmanager
def whole_or_nothing() -> Iterator[None]:
    """Say of what is broken off that it left nothing behind."""
    try:
        yield
    except KeyboardInterrupt:
        tell("interrupted, and nothing was written: it is begun again by the same command (Ctrl-Z pauses)")
        raise


def rows_of(files: Sequence[Path]) -> int | None:
    """Return about how many rows the files have, by lines or as Parquet says; None where a file is packed."""
    try:
        counts = [_rows(path) for path in files]
    except OSError:
        return None  # said when it is opened for good
    return None if None in counts else sum(filter(None, counts))


def _rows(path: Path) -> int | None:
    with path.open("rb") as content:
        first = content.read(4)
        if first.startswith(_PACKED):
            return None
        if first == _PARQUET:
            return _parquet_rows(path)
        lines = first.count(b"\n")
        while chunk := content.read(_CHUNK):
            lines += chunk.count(b"\n")
        return lines


def _parquet_rows(path: Path) -> int | None:
    """Return the rows that a Parquet file says it has; None where it cannot be read, which is said later."""
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import read_metadata
    except ImportError:
        return None
    try:
        return int(read_metadata(path).num_rows)
    except ArrowException:
        return None
