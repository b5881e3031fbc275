"""Logs as they are read again: records as a topic had them, by offset, out of an archive or out of Kafka itself."""

import heapq
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol, Self

from msgspec import MsgspecError

from streams.archive.line import ArchiveError, Logged
from streams.archive.manifest import Manifest, PartitionEntry, instant_text, read_manifest
from streams.archive.reading import overlaps, read_runs
from streams.broker import PATIENCE_S, Waiting, broker_security, wait_unheard
from streams.log_reader import log_ends, log_reader, partitions_of, read_to_end
from streams.records import Heartbeat, decoded
from streams.reference.book import ReferenceBook
from streams.reference.wire import decode
from streams.selection import Selection
from streams.settings import Settings
from streams.shapes import Kind
from streams.topics import TopicNames

SCHEME: Final = "kafka:/"
"""What an address of a broker begins with where a file is expected; a path has lost the second stroke."""
_ROLES: Final = {Kind.TRADE: "trades", Kind.TICK: "price-ticks"}


class Period(NamedTuple):
    """The part of a log that is replayed, by the time at which the log took a record; milliseconds, UTC."""

    first_ms: int | None = None
    until_ms: int | None = None
    """Before this one."""

    @property
    def instants(self) -> tuple[str | None, str | None]:
        """The two in words, ISO 8601, UTC."""
        first, until = (None if each is None else instant_text(each) for each in self)
        return first, until

    def holds(self, at_ms: int) -> bool:
        """Return whether a record of that time is part of it."""
        return (self.first_ms is None or at_ms >= self.first_ms) and (self.until_ms is None or at_ms < self.until_ms)


WHOLE: Final = Period()


class Run(NamedTuple):
    """Consecutive records of one partition, as far as they are wanted."""

    kind: Kind
    partition: int
    records: Sequence[Logged]
    read: int
    """How many were looked at for them."""


class LogSource(Protocol):
    """Where a log is read from; it can be sent to another process."""

    @property
    def period(self) -> Period:
        """The part of it that is read."""

    def reference(self) -> Iterator[bytes]:
        """Yield the published entries of reference data, in their order."""

    def runs(self) -> Iterator[Run]:
        """Yield trades and ticks, each partition's in their order."""

    def sizes(self) -> Mapping[int, int]:
        """Return about how many trades and ticks there are to look at, by partition."""

    def only(self, partitions: Collection[int]) -> "LogSource":
        """Return the log of some of its partitions."""


class ArchiveSource:
    """The log in a folder; raises :class:`ArchiveError`, at once for a folder that holds no trades and no ticks."""

    def __init__(self, folder: Path, period: Period = WHOLE, *, partitions: Collection[int] | None = None) -> None:
        self._folder = folder
        self.period = period
        self._partitions = partitions
        self.manifest: Manifest = read_manifest(folder)
        if not any(self.manifest.of_role(role) for role in _ROLES.values()):
            raise ArchiveError(f"{folder} holds neither trades nor ticks: record those topics to replay them")

    def reference(self) -> Iterator[bytes]:
        """Yield the published entries, tombstones left out."""
        topic = self.manifest.of_role("reference")
        for partition in topic.partitions if topic else ():
            for run in read_runs(self._folder, partition):
                yield from (each.value for each in run if each.value is not None)

    def runs(self) -> Iterator[Run]:
        """Yield runs of all partitions by the time of their first records."""
        parts = [self._of_partition(kind, partition) for kind, partition in self._entries()]
        return heapq.merge(*parts, key=lambda run: run.records[0].timestamp_ms)

    def sizes(self) -> Mapping[int, int]:
        """Return how many records the segments have in which the period lies, by partition."""
        sizes: Counter[int] = Counter()
        for _, entry in self._entries():
            sizes[entry.partition] += sum(each.records for each in entry.segments if overlaps(each, *self.period))
        return sizes

    def only(self, partitions: Collection[int]) -> Self:
        """Return the log of some of its partitions."""
        return type(self)(self._folder, self.period, partitions=partitions)

    def _entries(self) -> Iterator[tuple[Kind, PartitionEntry]]:
        for kind, role in _ROLES.items():
            topic = self.manifest.of_role(role)
            for each in topic.partitions if topic is not None else ():
                if self._partitions is None or each.partition in self._partitions:
                    yield kind, each

    def _of_partition(self, kind: Kind, partition: PartitionEntry) -> Iterator[Run]:
        first, until = self.period
        for run in read_runs(self._folder, partition, first_ms=first, until_ms=until):
            yield Run(kind, partition.partition, run, len(run))


class KafkaSource:
    """The log in the topics that *settings* name, up to where they end when it is read."""

    def __init__(
        self,
        settings: Settings,
        period: Period = WHOLE,
        *,
        partitions: Collection[int] | None = None,
        patience_s: float = PATIENCE_S,
        on_wait: Callable[[Waiting], None] = wait_unheard,
    ) -> None:
        self._settings = settings
        self.period = period
        self._partitions = partitions
        self._patience_s = patience_s
        self._on_wait = on_wait
        self._names = TopicNames(settings.topic_prefix)

    def reference(self) -> Iterator[bytes]:
        """Yield the published entries, tombstones left out."""
        with self._reader() as consumer:
            for run in read_to_end(consumer, partitions_of(consumer, self._names.reference)):
                yield from (record.value for record in run if record.value is not None)

    def runs(self) -> Iterator[Run]:
        """Yield runs as the broker gives them."""
        kinds = {self._names.trades: Kind.TRADE, self._names.ticks: Kind.TICK}
        with self._reader() as consumer:
            for run in read_to_end(consumer, self._sources(consumer)):
                records = [
                    Logged(each.offset, each.timestamp, each.key, each.value, tuple(each.headers or ()))
                    for each in run
                    if self.period.holds(each.timestamp)
                ]
                if run:
                    yield Run(kinds[run[0].topic], run[0].partition, records, len(run))

    def sizes(self) -> Mapping[int, int]:
        """Return how many records there are, of any time, by partition."""
        sizes: Counter[int] = Counter()
        with self._reader() as consumer:
            sources = self._sources(consumer)
            begins = consumer.beginning_offsets(sources) if sources else {}
            for each, end in log_ends(consumer, sources).items():
                sizes[each.partition] += max(0, end - begins.get(each, 0))
        return sizes

    def only(self, partitions: Collection[int]) -> Self:
        """Return the log of some of its partitions."""
        return type(self)(
            self._settings,
            self.period,
            partitions=partitions,
            patience_s=self._patience_s,
            on_wait=self._on_wait,
        )

    def _sources(self, consumer: Any) -> list[Any]:
        found = [each for topic in (self._names.trades, self._names.ticks) for each in partitions_of(consumer, topic)]
        return [each for each in found if self._partitions is None or each.partition in self._partitions]

    def _reader(self) -> Any:
        settings = self._settings
        return log_reader(settings.kafka, broker_security(settings), patience_s=self._patience_s, on_wait=self._on_wait)


class Chosen:
    """
    A log as far as it is of some goods, as a replay of files takes them.

    Heartbeats and end marks stay, so that days are sealed as the log says; so does what cannot be decoded, whose goods
    nobody can tell: it is refused and counted.  Of all else that is not of the goods nothing is seen: a source without
    any record of them is not waited for, and one moves time by its heartbeats and by its records of these goods.
    """

    def __init__(self, source: LogSource, goods: Selection) -> None:
        self._source = source
        self._goods = goods
        self.period = source.period

    def reference(self) -> Iterator[bytes]:
        """Yield the published entries: all of them."""
        return self._source.reference()

    def runs(self) -> Iterator[Run]:
        """Yield the runs of the log with what is wanted of each, be it nothing."""
        for run in self._source.runs():
            yield run._replace(records=[each for each in run.records if self._wants(each.value or b"")])

    def sizes(self) -> Mapping[int, int]:
        """Return about how many records there are to look at, by partition."""
        return self._source.sizes()

    def only(self, partitions: Collection[int]) -> Self:
        """Return the log of some of its partitions."""
        return type(self)(self._source.only(partitions), self._goods)

    def _wants(self, value: bytes) -> bool:
        record = decoded(value)
        return record is None or isinstance(record, Heartbeat) or self._goods.wants(record)


def book_of_log(source: LogSource) -> tuple[ReferenceBook, int]:
    """Return the reference data that *source* was judged by, and how many of its records could not be read."""
    book, unread = ReferenceBook(), 0
    for value in source.reference():
        try:
            book.apply(decode(value))
        except MsgspecError:
            unread += 1
    return book, unread
