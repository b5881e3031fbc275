"""
Replaying a log: records as a topic had them, by offset, out of an archive or out of Kafka itself.

An engine a partition, as workers have it, steps each partition's records in their order and by the day on which the
log took them.  The same records and reference data end in the same alerts as the live run.
"""

import heapq
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from msgspec import MsgspecError

from streams.archive.line import ArchiveError, Logged
from streams.archive.manifest import Manifest, read_manifest
from streams.archive.reading import read_runs
from streams.assembly import new_engine
from streams.broker import PATIENCE_S, Waiting, broker_security, wait_unheard
from streams.feed_records import Hear, Progress
from streams.judges import Verdicts
from streams.log_reader import log_reader, partitions_of, read_to_end
from streams.normalise import Normaliser
from streams.reference.book import ReferenceBook
from streams.reference.wire import decode
from streams.replay import DirectResult
from streams.settings import Settings
from streams.shapes import Kind
from streams.topics import TopicNames

if TYPE_CHECKING:
    from streams.engine import Engine

SCHEME: Final = "kafka:/"
"""What an address of a broker begins with where a file is expected; a path has lost the second stroke."""
_ROLES: Final = {Kind.TRADE: "trades", Kind.TICK: "price-ticks"}


class Period(NamedTuple):
    """The part of a log that is replayed, by the time at which the log took a record; milliseconds, UTC."""

    first_ms: int | None = None
    until_ms: int | None = None
    """Before this one."""

    def holds(self, at_ms: int) -> bool:
        """Return whether a record of that time is part of it."""
        return (self.first_ms is None or at_ms >= self.first_ms) and (self.until_ms is None or at_ms < self.until_ms)


WHOLE: Final = Period()


class Run(NamedTuple):
    """Consecutive records of one partition."""

    kind: Kind
    partition: int
    records: Sequence[Logged]


class LogSource(Protocol):
    """Where a log is read from."""

    def reference(self) -> Iterator[bytes]:
        """Yield the published entries of reference data, in their order."""

    def runs(self) -> Iterator[Run]:
        """Yield trades and ticks, each partition's in their order."""


class ArchiveSource:
    """The log in a folder; raises :class:`ArchiveError`, at once for a folder that holds no trades and no ticks."""

    def __init__(self, folder: Path, period: Period = WHOLE) -> None:
        self._folder = folder
        self._period = period
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
        parts = [
            self._of_partition(kind, partition)
            for kind, role in _ROLES.items()
            if (topic := self.manifest.of_role(role)) is not None
            for partition in topic.partitions
        ]
        return heapq.merge(*parts, key=lambda run: run.records[0].timestamp_ms)

    def _of_partition(self, kind: Kind, partition: Any) -> Iterator[Run]:
        first, until = self._period
        for run in read_runs(self._folder, partition, first_ms=first, until_ms=until):
            yield Run(kind, partition.partition, run)


class KafkaSource:
    """The log in the topics that *settings* name, up to where they end when it is read."""

    def __init__(
        self,
        settings: Settings,
        period: Period = WHOLE,
        *,
        patience_s: float = PATIENCE_S,
        on_wait: Callable[[Waiting], None] = wait_unheard,
    ) -> None:
        self._settings = settings
        self._period = period
        self._patience_s = patience_s
        self._on_wait = on_wait
        self._names = TopicNames(settings.topic_prefix)

    def reference(self) -> Iterator[bytes]:
        """Yield the published entries, tombstones left out."""
        for run in self._read([self._names.reference]):
            yield from (record.value for record in run if record.value is not None)

    def runs(self) -> Iterator[Run]:
        """Yield runs as the broker gives them."""
        kinds = {self._names.trades: Kind.TRADE, self._names.ticks: Kind.TICK}
        for run in self._read(list(kinds)):
            records = [
                Logged(each.offset, each.timestamp, each.key, each.value)
                for each in run
                if self._period.holds(each.timestamp)
            ]
            if records:
                yield Run(kinds[run[0].topic], run[0].partition, records)

    def _read(self, topics: Sequence[str]) -> Iterator[list[Any]]:
        settings = self._settings
        with log_reader(
            settings.kafka, broker_security(settings), patience_s=self._patience_s, on_wait=self._on_wait
        ) as consumer:
            partitions = [each for topic in topics for each in partitions_of(consumer, topic)]
            yield from (run for run in read_to_end(consumer, partitions) if run)


def book_of_log(source: LogSource) -> tuple[ReferenceBook, int]:
    """Return the reference data that *source* was judged by, and how many of its records could not be read."""
    book, unread = ReferenceBook(), 0
    for value in source.reference():
        try:
            book.apply(decode(value))
        except MsgspecError:
            unread += 1
    return book, unread


def replay_log(
    source: LogSource,
    *,
    book: ReferenceBook,
    settings: Settings,
    hear: Hear = lambda _: None,
    series: bool = False,
) -> DirectResult:
    """
    Replay *source* by the reference *book* and return the alerts that stand where the log ends.

    Days are sealed by what the log says, heartbeats and end marks included: nothing is added at its end.  With *series*
    the month sums of every lane come with it.
    """
    started, progress = perf_counter(), Progress()
    normaliser = Normaliser(book, hindsight=settings.hindsight)
    engines: dict[int, Engine] = {}
    verdicts: dict[int, Verdicts] = {}
    for run in source.runs():
        engine = engines.get(run.partition)
        if engine is None:
            engine = engines[run.partition] = new_engine(settings, normaliser)
            verdicts[run.partition] = Verdicts()
        for day, records in groupby(run.records, key=_day):
            values = [each.value or b"" for each in records]
            verdicts[run.partition].take(engine.step(values, kind=run.kind, logged_on=day))
        progress.records += len(run.records)
        progress.seconds = perf_counter() - started
        hear(progress)
    total = Verdicts()
    for partition, engine in engines.items():
        verdicts[partition].close(engine, series=series)
        total.add(verdicts[partition])
    return _result(total, perf_counter() - started)


def _result(total: Verdicts, seconds: float) -> DirectResult:
    return DirectResult(
        alerts=total.alerts,
        records=total.records,
        refused=dict(total.refused),
        outcomes=dict(total.outcomes),
        held=dict(total.held),
        lacks=dict(total.lacks),
        series=total.series,
        processes=1,
        seconds=seconds,
    )


def _day(record: Logged) -> int:
    """Return the day (ordinal) on which the log took a record, as a worker has it."""
    return datetime.fromtimestamp(record.timestamp_ms / 1000, tz=UTC).date().toordinal()
