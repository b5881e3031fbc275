"""A segment being written: records of one partition, packed, and under its name only once it is on the disk."""

import gzip
import os
from pathlib import Path
from typing import Final

from streams.archive.line import Logged, encode_line
from streams.archive.manifest import SegmentEntry, instant_text
from streams.file_hash import sha256_of

RECORDS_MAX: Final = 100_000
BYTES_MAX: Final = 64 << 20
"""Of text, before it is packed."""
SUFFIX: Final = ".jsonl.gz"
PARTIAL: Final = ".partial"
_LEVEL: Final = 5


class Segment:
    """Takes records until it is :meth:`full`, or as many as its owner likes."""

    def __init__(self, folder: Path, topic: str, partition: int, first_offset: int, *, most: int = RECORDS_MAX) -> None:
        self.file = f"{topic}/{partition}/{first_offset:020d}{SUFFIX}"
        self._path = folder / self.file
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._draft = self._path.with_name(self._path.name + PARTIAL)
        self._file = self._draft.open("wb")
        # Without a name and a time in its head, the same records are the same bytes.
        self._packed = gzip.GzipFile(filename="", mode="wb", compresslevel=_LEVEL, fileobj=self._file, mtime=0)
        self._most = most
        self._bytes = self.records = 0
        self.first_offset = self._last_offset = first_offset
        self._times: tuple[int, int] | None = None

    @property
    def full(self) -> bool:
        """Whether the next record belongs into the next segment."""
        return self.records >= self._most or self._bytes >= BYTES_MAX

    def add(self, record: Logged) -> None:
        """Write *record*."""
        line = encode_line(record)
        self._packed.write(line)
        self._bytes += len(line)
        at = record.timestamp_ms
        self._times = (at, at) if self._times is None else (min(at, self._times[0]), max(at, self._times[1]))
        self._last_offset = record.offset
        self.records += 1

    def close(self) -> SegmentEntry:
        """Write it to the disk under its name and return what the manifest says of it."""
        self._packed.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._draft.replace(self._path)
        first_at, last_at = self._times or (0, 0)
        return SegmentEntry(
            file=self.file,
            sha256=sha256_of(self._path),
            bytes=self._path.stat().st_size,
            records=self.records,
            first_offset=self.first_offset,
            last_offset=self._last_offset,
            first_at=instant_text(first_at),
            last_at=instant_text(last_at),
        )

    def abandon(self) -> None:
        """Leave nothing behind."""
        self._packed.close()
        self._file.close()
        self._draft.unlink(missing_ok=True)
