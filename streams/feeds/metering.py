"""
How far feed files have been read: in bytes of the files as they lie there, packed or not.

Rows cannot be counted beforehand where a file is packed, nor on the way where an adapter passes them over; bytes can.
Whoever wants to know asks for a meter around the reading, and the files opened meanwhile in the same context count.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from io import BufferedReader, FileIO
from pathlib import Path
from typing import Any, BinaryIO


class Meter:
    """Counts the bytes read of each file; of one that is opened again, what was read at most at one go."""

    def __init__(self) -> None:
        self._read: dict[Path, int] = {}

    @property
    def bytes_read(self) -> int:
        """How many bytes of all files have been read."""
        return sum(self._read.values())

    def note(self, path: Path, count: int) -> None:
        """Take down that *count* bytes of a file have been read since it was opened."""
        self._read[path] = max(count, self._read.get(path, 0))


_meter: ContextVar[Meter | None] = ContextVar("meter", default=None)


@contextmanager
def metered() -> Iterator[Meter]:
    """Yield a meter of the files that are opened meanwhile."""
    meter = Meter()
    before = _meter.set(meter)
    try:
        yield meter
    finally:
        _meter.reset(before)


def open_metered(path: Path, buffer_bytes: int) -> BinaryIO:
    """Open a file for reading; where a meter is set, it hears of every block."""
    meter = _meter.get()
    if meter is None:
        return path.open("rb", buffering=buffer_bytes)
    return BufferedReader(_Counted(path, meter), buffer_bytes)


class _Counted(FileIO):
    """A file whose blocks are counted; what is read twice, by a format that jumps about, counts once at most."""

    def __init__(self, path: Path, meter: Meter) -> None:
        super().__init__(path, "rb")
        self._path, self._meter = path, meter
        self._size = path.stat().st_size
        self._count = 0

    def readinto(self, buffer: Any, /) -> int | None:
        """Read a block and count it."""
        count = super().readinto(buffer)
        self._hear(count or 0)
        return count

    def readall(self) -> bytes:
        """Read the rest and count it."""
        data = super().readall()
        self._hear(len(data))
        return data

    def _hear(self, count: int) -> None:
        self._count = min(self._count + count, self._size)
        self._meter.note(self._path, self._count)
