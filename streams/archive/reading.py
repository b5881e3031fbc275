"""Reading an archive: records of a partition in the order of their offsets, and whether all of it is there."""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from streams.archive.line import ArchiveError, Logged, decode_line
from streams.archive.manifest import Manifest, PartitionEntry, SegmentEntry, TopicEntry, instant_ms, read_manifest
from streams.archive.segment import SUFFIX
from streams.file_hash import sha256_of

RUN_RECORDS: Final = 5_000


class Flaw(NamedTuple):
    """Something about an archive that is not as its manifest says."""

    file: str
    detail: str


def read_segment(folder: Path, segment: SegmentEntry) -> Iterator[Logged]:
    """
    Yield the records of *segment*; raises :class:`ArchiveError` where it cannot be read, or is not what was recorded.

    Its hash is taken before the first record is given out: whoever passes records on cannot take them back.
    """
    path = folder / segment.file
    try:
        found = sha256_of(path)
    except OSError as error:
        raise _unreadable(path, error) from error
    if found != segment.sha256:
        raise ArchiveError(
            f"{path} was changed: it has the SHA-256 {found}, recorded was {segment.sha256}; "
            "take a copy that floorwatch record verify calls whole"
        )
    yield from _records(path)


def _records(path: Path) -> Iterator[Logged]:
    try:
        with gzip.open(path, "rb") as lines:
            for line in lines:
                yield decode_line(line)
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> ArchiveError:
    return ArchiveError(f"{path} cannot be read: {error}")


def read_runs(
    folder: Path, partition: PartitionEntry, *, first_ms: int | None = None, until_ms: int | None = None
) -> Iterator[list[Logged]]:
    """Yield the records of a partition whose times lie from *first_ms* to before *until_ms*, in runs, in order."""
    run: list[Logged] = []
    for segment in partition.segments:
        if not overlaps(segment, first_ms, until_ms):
            continue
        for record in read_segment(folder, segment):
            if (first_ms is None or record.timestamp_ms >= first_ms) and (
                until_ms is None or record.timestamp_ms < until_ms
            ):
                run.append(record)
            if len(run) >= RUN_RECORDS:
                yield run
                run = []
    if run:
        yield run


def verify(folder: Path) -> tuple[Manifest, list[Flaw]]:
    """
    Return the manifest of *folder* and all that is not as it says, down to each record.

    Raises :class:`ArchiveError` where there is no manifest to go by.
    """
    manifest = read_manifest(folder)
    flaws = [
        flaw for topic, partition in manifest.partitions() for flaw in _flaws_of_partition(folder, topic, partition)
    ]
    if not manifest.complete:
        flaws.append(Flaw("", "the recording was interrupted: the same command goes on with it"))
    named = {each.file for _, partition in manifest.partitions() for each in partition.segments}
    strays = {str(path.relative_to(folder)) for path in folder.rglob(f"*{SUFFIX}")} - named
    flaws += [Flaw(each, "the manifest does not name it: it is no part of the archive") for each in sorted(strays)]
    return manifest, flaws


def _flaws_of_partition(folder: Path, topic: TopicEntry, partition: PartitionEntry) -> Iterator[Flaw]:
    where, last = f"{topic.name}/{partition.partition}", -1
    for each in partition.missing:
        yield Flaw(where, f"offsets {each.first} to {each.last} were gone from the topic before they were recorded")
    for segment in partition.segments:
        if segment.first_offset <= last:
            yield Flaw(segment.file, f"begins at offset {segment.first_offset}, which the one before has already")
        last = segment.last_offset
        yield from _flaws_of_segment(folder, segment)
    held = sum(each.records for each in partition.segments)
    if held != partition.records:
        yield Flaw(where, f"the manifest says {partition.records} records, its segments {held}")
    if partition.segments and last >= partition.next_offset:
        yield Flaw(where, f"read up to offset {partition.next_offset}, and the last segment goes to {last}")


def _flaws_of_segment(folder: Path, segment: SegmentEntry) -> Iterator[Flaw]:
    path = folder / segment.file
    if not path.is_file():
        yield Flaw(segment.file, "is not there")
        return
    found = sha256_of(path)
    if found != segment.sha256:
        yield Flaw(segment.file, f"has the SHA-256 {found}, recorded was {segment.sha256}: it was changed")
        return
    try:
        offsets = [each.offset for each in _records(path)]
    except ArchiveError as error:
        yield Flaw(segment.file, str(error))
        return
    yield from (Flaw(segment.file, detail) for detail in _flaws_of_offsets(offsets, segment))


def _flaws_of_offsets(offsets: list[int], segment: SegmentEntry) -> Iterable[str]:
    if len(offsets) != segment.records:
        yield f"has {len(offsets)} records, the manifest says {segment.records}"
    if any(later <= earlier for earlier, later in pairwise(offsets)):
        yield "has records out of the order of their offsets"
    if offsets and (offsets[0], offsets[-1]) != (segment.first_offset, segment.last_offset):
        yield (
            f"goes from offset {offsets[0]} to {offsets[-1]}, "
            f"the manifest says {segment.first_offset} to {segment.last_offset}"
        )


def overlaps(segment: SegmentEntry, first_ms: int | None, until_ms: int | None) -> bool:
    """Return whether a segment may hold records whose times lie from *first_ms* to before *until_ms*."""
    return (first_ms is None or instant_ms(segment.last_at) >= first_ms) and (
        until_ms is None or instant_ms(segment.first_at) < until_ms
    )
