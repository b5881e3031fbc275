"""A progress bar for feeds: how many records, how fast, how long still."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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

from streams.cli.console import err

if TYPE_CHECKING:
    from streams.feed_records import Progress as Replayed

_PACKED: Final = (b"\x1f\x8b", b"PK", b"PAR1")
_CHUNK: Final = 1 << 22


@contextmanager
def feed_progress(files: Sequence[Path]) -> "Iterator[Callable[[Replayed], None]]":
    """Yield what is to hear a replay's progress; shown on stderr, on a terminal only."""
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
        total = _lines(files) if err.is_terminal else None
        task = shown.add_task("replaying", total=total, rate="")

        def hear(replayed: "Replayed") -> None:
            rate = f"{replayed.records / replayed.seconds:,.0f}/s" if replayed.seconds else ""
            day = f"{replayed.day}" if replayed.day else "replaying"
            shown.update(task, completed=replayed.records, description=day, rate=rate)

        yield hear


def _lines(files: Sequence[Path]) -> int | None:
    """Return how many lines the files have, which is about as many records; None where a file is packed."""
    total = 0
    for path in files:
        try:
            with path.open("rb") as content:
                first = content.read(4)
                if first.startswith(_PACKED):
                    return None
                total += first.count(b"\n")
                while chunk := content.read(_CHUNK):
                    total += chunk.count(b"\n")
        except OSError:
            return None  # said when it is opened for good
    return total
