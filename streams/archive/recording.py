"""
Recording: topics read from the log into an archive, up to where they end now.

A segment counts once the manifest names it.  Whatever ends a recording, the next one of the same folder goes on after
the last that does; an interrupt completes those in hand first.
"""

import fcntl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from kafka import TopicPartition

from streams.archive.line import ArchiveError, Logged, logged_of
from streams.archive.manifest import (
    NAME,
    Manifest,
    OffsetRange,
    PartitionEntry,
    TopicEntry,
    instant_ms,
    read_manifest,
    write_manifest,
)
from streams.archive.segment import PARTIAL, RECORDS_MAX, Segment
from streams.log_reader import log_ends, partitions_of
from streams.topics import TopicNames

REFERENCE: Final = "reference"
"""The role of a topic of which the latest of each key counts, however old: it is recorded whole."""
_POLL_MS: Final = 200


class Recorded(NamedTuple):
    """What a recording came to."""

    manifest: Manifest
    new_records: int
    finished: bool
    """Whether it came to the end; otherwise it was interrupted, and the next one goes on."""
    missing: int
    """Offsets that the topics no longer had."""


def roles_of(names: TopicNames) -> dict[str, str]:
    """Return what each topic of a namespace is for, by its name."""
    return {
        names.trades: "trades",
        names.ticks: "price-ticks",
        names.reference: REFERENCE,
        names.alerts: "alerts",
        names.alert_actions: "alert-actions",
        names.dead_letters: "dead-letters",
    }


class Recording:
    """Reads *topics* (name: role) with a consumer into *folder*; use :meth:`run` once."""

    def __init__(
        self,
        consumer: Any,
        folder: Path,
        topics: Mapping[str, str | None],
        *,
        manifest: Manifest,
        segment_records: int = RECORDS_MAX,
        hear: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> None:
        self._consumer = consumer
        self._folder = folder
        self._topics = topics
        self._manifest = manifest
        self._segment_records = segment_records
        self._hear = hear
        self._open: dict[TopicPartition, Segment] = {}
        self._entries: dict[TopicPartition, PartitionEntry] = {}
        self._first_ms = None if manifest.from_at is None else instant_ms(manifest.from_at)
        self._until_ms = None if manifest.to_at is None else instant_ms(manifest.to_at)
        self._new = self._missing = 0

    def run(self) -> Recorded:
        """
        Record up to where the topics end now.

        Raises :class:`ArchiveError` where the archive is of another log, and what the consumer raises.
        """
        with _alone(self._folder):
            self._manifest = _gone_on_with(self._folder, self._manifest)
            self._manifest.complete = False
            _sweep(self._folder)
            try:
                self._read()
                finished = True
            except KeyboardInterrupt:
                finished = False
            except BaseException:
                self._close_all()
                raise
            self._close_all()
            self._manifest.complete = finished
            write_manifest(self._manifest, self._folder)
        return Recorded(self._manifest, self._new, finished, self._missing)

    def _read(self) -> None:
        consumer, ends = self._consumer, self._ends()
        starts = self._starts(ends)
        write_manifest(self._manifest, self._folder)
        wanted = [each for each, start in starts.items() if start < ends[each]]
        total = sum(ends[each] - starts[each] for each in wanted)
        consumer.assign(wanted)
        for each in wanted:
            consumer.seek(each, starts[each])
        while wanted and any(consumer.position(each) < ends[each] for each in wanted):
            for partition, run in consumer.poll(timeout_ms=_POLL_MS).items():
                self._take(partition, [logged_of(each) for each in run if each.offset < ends[partition]])
                self._entries[partition].next_offset = min(consumer.position(partition), ends[partition])
            self._hear(sum(max(0, consumer.position(each) - starts[each]) for each in wanted), total)

    def _ends(self) -> dict[TopicPartition, int]:
        found: list[TopicPartition] = []
        for name, role in self._topics.items():
            partitions = partitions_of(self._consumer, name)
            if not partitions:
                continue
            topic = self._manifest.topic(name)
            if topic is None:
                topic = TopicEntry(name=name, role=role)
                self._manifest.topics.append(topic)
            for each in partitions:
                self._entries[each] = _entry_of(topic, each.partition)
            found += partitions
        if not found:
            raise ArchiveError(f"there is none of the topics {', '.join(self._topics)}: is that the right broker?")
        return log_ends(self._consumer, found)

    def _starts(self, ends: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
        begins: Mapping[TopicPartition, int] = self._consumer.beginning_offsets(list(ends))
        fresh = [each for each in ends if not self._entries[each].next_offset]
        first = self._by_time(fresh, begins, ends)
        return {each: first[each] if each in first else self._resumed(each, begins[each], ends[each]) for each in ends}

    def _resumed(self, partition: TopicPartition, begin: int, end: int) -> int:
        entry = self._entries[partition]
        if end < entry.next_offset:
            raise ArchiveError(
                f"{partition.topic}[{partition.partition}] ends at offset {end}, and the archive has read it up to "
                f"{entry.next_offset}: it is another log than before; record it into another folder"
            )
        if begin > entry.next_offset:
            entry.missing.append(OffsetRange(first=entry.next_offset, last=begin - 1))
            self._missing += begin - entry.next_offset
            entry.next_offset = begin
        return entry.next_offset

    def _by_time(
        self, fresh: Sequence[TopicPartition], begins: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, int]:
        """Return where partitions that were never read begin: all before it is older than what is wanted."""
        if self._first_ms is None or not fresh:
            return {each: begins[each] for each in fresh}
        found = {each: begins[each] for each in fresh if self._topics[each.topic] == REFERENCE}
        fresh = [each for each in fresh if each not in found]
        answers = self._consumer.offsets_for_times(dict.fromkeys(fresh, self._first_ms)) if fresh else {}
        for each in fresh:
            answer = answers.get(each)
            found[each] = ends[each] if answer is None or answer.timestamp < 0 else max(begins[each], answer.offset)
            self._entries[each].next_offset = found[each]
        return found

    def _take(self, partition: TopicPartition, records: Sequence[Logged]) -> None:
        whole = self._topics[partition.topic] == REFERENCE
        for record in records:
            if not (whole or self._is_wanted(record.timestamp_ms)):
                continue
            segment = self._open.get(partition)
            if segment is not None and segment.full:
                self._close(partition)
                segment = None
            if segment is None:
                segment = Segment(
                    self._folder, partition.topic, partition.partition, record.offset, most=self._segment_records
                )
                self._open[partition] = segment
            segment.add(record)
            # Where the segment may be closed by the next record, this is as far as it goes.
            self._entries[partition].next_offset = record.offset + 1

    def _is_wanted(self, at_ms: int) -> bool:
        return (self._first_ms is None or at_ms >= self._first_ms) and (
            self._until_ms is None or at_ms < self._until_ms
        )

    def _close(self, partition: TopicPartition) -> None:
        """Complete the open segment of a partition, then have the manifest name it."""
        segment = self._open.pop(partition)
        entry = self._entries[partition]
        entry.segments.append(segment.close())
        entry.records += segment.records
        self._new += segment.records
        held = {each: open_segment for each, open_segment in self._open.items() if open_segment.records}
        write_manifest(_as_complete(self._manifest, self._entries, held), self._folder)

    def _close_all(self) -> None:
        for partition in list(self._open):
            self._close(partition)


def _as_complete(
    manifest: Manifest, entries: Mapping[TopicPartition, PartitionEntry], held: Mapping[TopicPartition, Segment]
) -> Manifest:
    """Return *manifest* as it is true of what is complete: of a partition with a segment in hand, up to before that."""
    begun = {id(entries[each]): segment.first_offset for each, segment in held.items()}
    topics = [
        TopicEntry(
            name=topic.name,
            role=topic.role,
            partitions=[
                PartitionEntry(
                    partition=each.partition,
                    next_offset=begun.get(id(each), each.next_offset),
                    records=each.records,
                    missing=each.missing,
                    segments=each.segments,
                )
                for each in topic.partitions
            ],
        )
        for topic in manifest.topics
    ]
    return Manifest(
        archive=manifest.archive,
        code_version=manifest.code_version,
        source=manifest.source,
        from_at=manifest.from_at,
        to_at=manifest.to_at,
        complete=manifest.complete,
        topics=topics,
    )


def _entry_of(topic: TopicEntry, partition: int) -> PartitionEntry:
    found = next((each for each in topic.partitions if each.partition == partition), None)
    if found is None:
        found = PartitionEntry(partition=partition)
        topic.partitions.append(found)
        topic.partitions.sort(key=lambda each: each.partition)
    return found


def _gone_on_with(folder: Path, wanted: Manifest) -> Manifest:
    """Return the manifest of the archive that is there, or of the new one; raises :class:`ArchiveError`."""
    if not (folder / NAME).exists():
        strange = sorted(each.name for each in folder.iterdir() if not each.name.startswith("."))
        if strange:
            raise ArchiveError(f"{folder} holds {strange[0]} and is no archive: give an empty folder, or a new one")
        return wanted
    found = read_manifest(folder)
    if (found.from_at, found.to_at) != (wanted.from_at, wanted.to_at):
        raise ArchiveError(
            f"{folder} was recorded from {found.from_at or 'the beginning'} to {found.to_at or 'the end'}: "
            "go on with the same --from and --to, or record into another folder"
        )
    found.code_version, found.source = wanted.code_version, wanted.source
    return found


def _sweep(folder: Path) -> None:
    """Remove what an earlier recording was killed in the middle of."""
    for draft in folder.rglob(f"*{PARTIAL}"):
        draft.unlink()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ArchiveError(f"another process records into {folder}: let it end first") from error
        yield
