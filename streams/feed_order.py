"""
Records of one feed file in order of date: watched as they pass, or put in order first.

Files are merged by the date of the next record of each, so one record a file is looked ahead at, and each file has to
be in order.  Which are not is counted; what they hold is told as late, as it would be live.  Sorting one that is
larger than memory goes through runs in temporary files.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from heapq import merge
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final, NamedTuple

import msgspec

from streams.records import PriceTick, Trade

HELD_MAX: Final = 50_000
"""Records in memory while a file is put in order: some forty megabytes."""

_LENGTH_BYTES: Final = 4


class Placed(NamedTuple):
    """A record and where it stood."""

    record: Trade | PriceTick
    path: Path
    line: int


def watched(records: Iterable[Placed], disorder: Counter[str]) -> Iterator[Placed]:
    """Yield *records* as they are; count in *disorder*, by file, those dated before one above them."""
    latest = None
    for placed in records:
        day = placed.record.event_date
        if latest is None or day >= latest:
            latest = day
        else:
            disorder[str(placed.path)] += 1
        yield placed


def in_order(records: Iterable[Placed], held_max: int = HELD_MAX) -> Iterator[Placed]:
    """
    Yield the *records* of one file by date, those of a day in the order of the file.

    Holds *held_max* records at once; what a file has beyond that waits in temporary files.
    """
    source = iter(records)
    run = _run(source, held_max)
    if len(run) < held_max:
        yield from run
        return
    with ExitStack() as files:
        path = run[0].path
        runs = []
        while run:
            runs.append(_kept(run, files.enter_context(TemporaryFile())))
            run = _run(source, held_max)
        yield from merge(*(_read(file, path) for file in runs), key=_day)


def _run(source: Iterator[Placed], held_max: int) -> list[Placed]:
    return sorted(islice(source, held_max), key=_day)


def _day(placed: Placed) -> int:
    return placed.record.event_date.toordinal()


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(tuple[Trade | PriceTick, int])


def _kept(run: Iterable[Placed], file: IO[bytes]) -> IO[bytes]:
    """Write a run to *file* and return it, at its start."""
    for placed in run:
        value = _encoder.encode((placed.record, placed.line))
        file.write(len(value).to_bytes(_LENGTH_BYTES, "big") + value)
    file.seek(0)
    return file


def _read(file: IO[bytes], path: Path) -> Iterator[Placed]:
    while length := file.read(_LENGTH_BYTES):
        record, line = _decoder.decode(file.read(int.from_bytes(length, "big")))
        yield Placed(record, path, line)
