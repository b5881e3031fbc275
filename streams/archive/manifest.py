"""What an archive says of itself: topics, partitions, ranges of offsets and times, counts, hashes."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from streams.archive.line import ArchiveError

NAME: Final = "manifest.json"
VERSION: Final = 1
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class SegmentEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A file of records, complete: it is never written again."""

    file: str
    """Its path within the archive."""
    sha256: str
    bytes: int
    records: int
    first_offset: int
    last_offset: int
    first_at: str
    """The earliest time of a record, by the log; ISO 8601 UTC."""
    last_at: str


class OffsetRange(msgspec.Struct, frozen=True, kw_only=True):
    """Offsets from *first* up to *last*, both included."""

    first: int
    last: int


class PartitionEntry(msgspec.Struct, kw_only=True):
    """What is held of a partition, and how far it was read."""

    partition: int
    next_offset: int = 0
    """Where reading goes on: all before it is here, left out by its time, or was gone."""
    records: int = 0
    missing: list[OffsetRange] = []
    """Ranges that the topic no longer had when they were to be read."""
    segments: list[SegmentEntry] = []


class TopicEntry(msgspec.Struct, kw_only=True):
    """A topic."""

    name: str
    role: str | None = None
    """What it is for, where it is one of this system's: trades, price-ticks, reference ..."""
    partitions: list[PartitionEntry] = []

    @property
    def records(self) -> int:
        """How many records are held."""
        return sum(each.records for each in self.partitions)


class Manifest(msgspec.Struct, kw_only=True):
    """An archive's table of contents."""

    archive: int = VERSION
    code_version: str
    source: str
    """The bootstrap servers it was read from."""
    from_at: str | None = None
    """The first instant that is held, by the log's time; None: from the beginning."""
    to_at: str | None = None
    """The instant before which records are held; None: all there were."""
    complete: bool = False
    """Whether the last recording came to the end of what there was."""
    topics: list[TopicEntry] = []

    @property
    def records(self) -> int:
        """How many records are held."""
        return sum(each.records for each in self.topics)

    def topic(self, name: str) -> TopicEntry | None:
        """Return the topic of that name."""
        return next((each for each in self.topics if each.name == name), None)

    def of_role(self, role: str) -> TopicEntry | None:
        """Return the topic that is for *role*."""
        return next((each for each in self.topics if each.role == role), None)

    def partitions(self) -> Iterator[tuple[TopicEntry, PartitionEntry]]:
        """Yield every partition with its topic."""
        return ((topic, each) for topic in self.topics for each in topic.partitions)


def is_archive(path: Path) -> bool:
    """Return whether *path* is a folder that holds an archive."""
    if not (path / NAME).is_file():
        return False
    try:
        return "archive" in msgspec.json.decode((path / NAME).read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.MsgspecError):
        return False


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of *folder*; raises :class:`ArchiveError`."""
    path = folder / NAME
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError as error:
        raise ArchiveError(f"{folder} is no archive: it has no {NAME}") from error
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ArchiveError(f"{path} cannot be read: {error}") from error
    if found.archive > VERSION:
        raise ArchiveError(f"{path} is of version {found.archive}, this reads up to {VERSION}: upgrade the reader")
    return found


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write *manifest* so that a crash leaves the former or the new one."""
    path, draft = folder / NAME, folder / f"{NAME}.partial"
    with draft.open("wb") as out:
        out.write(msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
        out.flush()
        os.fsync(out.fileno())
    draft.replace(path)


def instant_text(milliseconds: int) -> str:
    """Return milliseconds of the Unix epoch as ISO 8601 UTC."""
    found = _EPOCH + timedelta(milliseconds=milliseconds)
    return found.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant_ms(text: str) -> int:
    """Return an ISO 8601 instant, UTC where it names no zone, in milliseconds; raises ``ValueError``."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    return (found - _EPOCH) // timedelta(milliseconds=1)
