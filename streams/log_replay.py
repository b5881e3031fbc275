"""
Replaying a log: an engine a partition, as workers have it.

Each engine steps its partition's records in their order and by the day on which the log took them.  The same records
and reference data end in the same alerts as the live run.  Partitions do not know each other: where there are several,
and enough in them, they are divided between processes, each of which reads its own.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from multiprocessing.connection import Connection
from time import perf_counter
from typing import TYPE_CHECKING, Final, NamedTuple

from streams.archive.line import Logged
from streams.assembly import new_engine, spare_the_collector
from streams.crew import Crew, cores
from streams.feed_records import Hear, Progress
from streams.judges import Verdicts
from streams.log_source import LogSource, Run
from streams.normalise import Normaliser
from streams.reference.book import ReferenceBook
from streams.reference.wire import decode, encode
from streams.replay import DirectResult
from streams.settings import Settings

if TYPE_CHECKING:
    from streams.engine import Engine

_LARGE_RECORDS: Final = 100_000
"""From here on several processes pay: one takes as long to start as some ten thousand records to judge."""


def replay_log(
    source: LogSource,
    *,
    book: ReferenceBook,
    settings: Settings,
    hear: Hear = lambda _: None,
    processes: int | None = None,
    series: bool = False,
) -> DirectResult:
    """
    Replay *source* by the reference *book* and return the alerts that stand where the log ends.

    Days are sealed by what the log says, heartbeats and end marks included: nothing is added at its end.  *processes*
    is how many judge, by default one for each core where there are as many partitions and the log is large enough; the
    result is the same.  With *series* the month sums of every lane come with it.

    Raises what the source raises, and :class:`CrewError` where a process ends before its partitions do.
    """
    started, progress = perf_counter(), Progress()
    shares = _shares(source.sizes(), processes)
    if len(shares) > 1:
        tasks = [_Task(source.only(share), settings, [encode(entry) for entry in book], series) for share in shares]
        total = Verdicts()
        with Crew(_judge, tasks) as crew:
            for _, said in crew.answers():
                if isinstance(said, Read):
                    _tell(progress, said, started, hear)
                else:
                    total.add(said)
    else:
        judge = _Judge(book, settings)
        for run in source.runs():
            judge.take(run)
            _tell(progress, Read(len(run.records), run.read), started, hear)
        total = judge.verdicts(series=series)
    return DirectResult(
        alerts=total.alerts,
        records=total.records,
        refused=dict(total.refused),
        outcomes=dict(total.outcomes),
        held=dict(total.held),
        lacks=dict(total.lacks),
        series=total.series,
        processes=max(1, len(shares)),
        seconds=perf_counter() - started,
    )


class Read(NamedTuple):
    """How far reading went on."""

    records: int
    """That are wanted."""
    looked_at: int


class _Judge:
    """Engines of some partitions."""

    def __init__(self, book: ReferenceBook, settings: Settings) -> None:
        self._settings = settings
        self._normaliser = Normaliser(book, hindsight=settings.hindsight)
        self._engines: dict[int, Engine] = {}
        self._verdicts: dict[int, Verdicts] = {}

    def take(self, run: Run) -> None:
        """Judge a run, each day's records by that day."""
        if not run.records:
            return
        if run.partition not in self._engines:
            self._engines[run.partition] = new_engine(self._settings, self._normaliser)
            self._verdicts[run.partition] = Verdicts()
        engine, verdicts = self._engines[run.partition], self._verdicts[run.partition]
        for day, records in groupby(run.records, key=_day):
            verdicts.take(engine.step([each.value or b"" for each in records], kind=run.kind, logged_on=day))

    def verdicts(self, *, series: bool) -> Verdicts:
        """Return what all of it came to."""
        total = Verdicts()
        for partition, engine in self._engines.items():
            self._verdicts[partition].close(engine, series=series)
            total.add(self._verdicts[partition])
        return total


class _Task(NamedTuple):
    """What a process judges, and by what; it travels."""

    source: LogSource
    settings: Settings
    entries: Sequence[bytes]
    series: bool


def _judge(far: Connection, task: _Task) -> None:
    """Judge some partitions, tell how far that is, and at the end what they came to."""
    spare_the_collector()
    judge = _Judge(ReferenceBook(entries=[decode(entry) for entry in task.entries]), task.settings)
    for run in task.source.runs():
        judge.take(run)
        far.send(Read(len(run.records), run.read))
    far.send(judge.verdicts(series=task.series))


def _shares(sizes: Mapping[int, int], processes: int | None) -> list[set[int]]:
    """Return which partitions each process gets, so that none has much more to read than another."""
    filled = [partition for partition, size in sizes.items() if size]
    count = min(processes or _worthwhile(sum(sizes.values())), len(filled))
    shares: list[set[int]] = [set() for _ in range(count)]
    loads = [0] * count
    for partition in sorted(filled, key=lambda each: (-sizes[each], each)):
        lightest = loads.index(min(loads))
        shares[lightest].add(partition)
        loads[lightest] += sizes[partition]
    return shares


def _worthwhile(records: int) -> int:
    return cores() if records >= _LARGE_RECORDS else 1


def _tell(progress: Progress, read: Read, started: float, hear: Hear) -> None:
    progress.records += read.records
    progress.read += read.looked_at
    progress.seconds = perf_counter() - started
    hear(progress)


def _day(record: Logged) -> int:
    """Return the day (ordinal) on which the log took a record, as a worker has it."""
    return datetime.fromtimestamp(record.timestamp_ms / 1000, tz=UTC).date().toordinal()
