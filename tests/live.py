"""
The live path under test: real worker processes on a real broker and a real store, and what came of them.

A run publishes a log, starts workers and harms them; :meth:`LiveRun.settled` waits until every record is in
the ledger, every change in Redis.  Progress is what the ledger says, never the time that has passed.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

import redis
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from msgspec.structs import replace

from alerts.model import AlertChange, State, decode_alert, decode_change, encode_alert
from streams.assembly import new_engine
from streams.engine import Engine
from streams.ledger import Batch, decode_batch, encode_batch, restore
from streams.ledger_log import LedgerRecord, record_key, valid_batches
from streams.normalise import Normaliser
from streams.records import Heartbeat, encode_record, mineral_of
from streams.reference.book import ReferenceBook
from streams.reference.wire import Entry, encode, key
from streams.settings import Settings
from streams.shapes import Kind
from streams.topics import TopicNames, TopicPlan, create, state_changelog
from tests.brokers import Broker, GivenKafka
from tests.outcomes import Cells, outcome

CHECKOUT: Final = Path(__file__).resolve().parents[1]
PARTITIONS: Final = 4
PATIENCE_S: Final = 150.0
"""How long a run may stand still before the test fails with the workers' logs."""

IDLE_MARK: Final = encode_record(Heartbeat(event_date=date(2000, 1, 1)))
"""A heartbeat long before any record: it moves nothing, and whoever owns the partition writes down having read it."""


class LogRecord(NamedTuple):
    """A record of the log, and the mineral that it is keyed by."""

    kind: Kind
    mineral: str
    value: bytes


class DeadLetterSeen(NamedTuple):
    """What a refusal says, wherever it stood in the log."""

    kind: Kind
    reason: str
    detail: str
    value: bytes


class Result(NamedTuple):
    """What a log came to, in a form in which all ways of running it can be compared."""

    alerts: tuple[bytes, ...]
    cells: Cells
    dead_letters: tuple[DeadLetterSeen, ...]


def direct(entries: Sequence[Entry], log: Iterable[LogRecord], end_mark: bytes, *, size: int = 1000) -> Result:
    """Return what an undisturbed engine in this process makes of the log."""
    engine = engine_for(entries)
    dead: list[DeadLetterSeen] = []
    for kind, values in _slices(log, size):
        refused = engine.step(values, kind=kind).refused
        dead += [DeadLetterSeen(kind, each.reason, each.detail, values[each.index]) for each in refused]
    for kind in (Kind.TRADE, Kind.TICK):
        engine.step([end_mark], kind=kind)
    found = outcome(engine)
    return Result(found.alerts, found.cells, tuple(sorted(dead)))


def engine_for(entries: Sequence[Entry]) -> Engine:
    """Return an engine as the workers have it."""
    return new_engine(Settings(), Normaliser(ReferenceBook(entries=entries)))


def keyed(values: Iterable[bytes], products: Iterable[str], kind: Kind = Kind.TRADE) -> Iterator[LogRecord]:
    """Yield records of the log for *values* of *products*."""
    for value, product in zip(values, products, strict=True):
        yield LogRecord(kind, mineral_of(product), value)


def _slices(log: Iterable[LogRecord], size: int) -> Iterator[tuple[Kind, list[bytes]]]:
    run: list[bytes] = []
    kind = Kind.TRADE
    for each in log:
        if run and (each.kind is not kind or len(run) == size):
            yield kind, run
            run = []
        kind = each.kind
        run.append(each.value)
    if run:
        yield kind, run


@dataclass
class WorkerProcess:
    """One worker process and what it wrote."""

    process: subprocess.Popen[bytes]
    log_path: Path
    started_at: float
    env: dict[str, str]
    wanted: bool = True
    """Whether it is started again when it ends by itself."""

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.process.poll() is None

    def send(self, how: signal.Signals) -> None:
        """Send a signal."""
        self.process.send_signal(how)


@dataclass
class LedgerView:
    """The changelog as it grows, read from outside."""

    consumer: Any
    records: dict[int, dict[int, LedgerRecord]] = field(default_factory=dict)

    def poll(self, timeout_ms: int = 100) -> None:
        """Take in what is new, waiting for it a little."""
        for tp, run in self.consumer.poll(timeout_ms=timeout_ms, max_records=2000).items():
            held = self.records.setdefault(tp.partition, {})
            for each in run:
                held[each.offset] = LedgerRecord(each.offset, each.key, each.value)

    def drain(self) -> None:
        """Take in all that is there now."""
        for tp, end in self.consumer.end_offsets(self.consumer.assignment()).items():
            while self.consumer.position(tp) < end:
                self.poll()

    def count(self) -> int:
        """Return how many batches were written, void ones among them."""
        return sum(len(held) for held in self.records.values())

    def writers(self) -> set[bytes]:
        """Return the names of the processes that wrote."""
        return {each.key.partition(b"-")[2] for held in self.records.values() for each in held.values()}

    def batches(self) -> dict[int, list[Batch]]:
        """Return the valid batches of each partition."""
        return {number: valid_batches(held.values()) for number, held in self.records.items()}

    def latest(self) -> dict[int, Batch]:
        """Return the last batch of each partition, valid or not."""
        return {number: decode_batch(held[max(held)].value) for number, held in self.records.items() if held}


class LiveRun:
    """Topics of their own on a broker, a namespace of its own in a store, and workers on both."""

    def __init__(
        self,
        *,
        broker: Broker,
        redis_url: str,
        prefix: str,
        folder: Path,
        slice_records: int = 5000,
        worker_bootstrap: str | None = None,
        environ: dict[str, str] | None = None,
    ) -> None:
        self.bootstrap = broker.bootstrap
        self.names = TopicNames(prefix)
        self.app_id = f"{prefix}app"
        self.namespace = f"{prefix}alerts"
        self.folder = folder
        self.workers: list[WorkerProcess] = []
        self.stops: list[int] = []
        """Exit statuses of the workers that stopped by themselves and were started again."""
        self.first_slices: list[float] = []
        """Seconds from each start to the first batch in the ledger."""
        self._noted: WorkerProcess | None = None
        self.redis: Any = redis.Redis.from_url(redis_url)
        # A member that was killed is missed after this time; a broker of the user's own may allow no less than 6 s.
        session_s = "6" if isinstance(broker, GivenKafka) else "2"
        self._environ = {
            "FLOORWATCH_KAFKA": worker_bootstrap or broker.bootstrap,
            "FLOORWATCH_REDIS": redis_url,
            "FLOORWATCH_REDIS_NAMESPACE": self.namespace,
            "FLOORWATCH_TOPIC_PREFIX": prefix,
            "FLOORWATCH_APP_ID": self.app_id,
            "FLOORWATCH_SLICE_RECORDS": str(slice_records),
            "FLOORWATCH_METRICS_PORT": "0",
            "FLOORWATCH_REBALANCE_TIMEOUT_SECONDS": session_s,
            "FLOORWATCH_SESSION_TIMEOUT_SECONDS": session_s,
        } | (environ or {})
        create(self.bootstrap, TopicPlan(prefix=prefix, app_id=self.app_id, partitions=PARTITIONS))
        self._producer = KafkaProducer(bootstrap_servers=self.bootstrap, linger_ms=20, batch_size=1 << 17, acks="all")
        self.ledger = LedgerView(self._consumer(state_changelog(self.app_id), PARTITIONS))
        self._entries: list[Entry] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self.workers:
            if worker.alive:
                worker.send(signal.SIGCONT)
                worker.send(signal.SIGKILL)
            worker.process.wait()
        self._producer.close()
        self.ledger.consumer.close()
        self.redis.close()
        if raised is not None:
            raised.add_note(self.logs())

    # -- the log ---------------------------------------------------------------------------------------------

    def publish_reference(self, entries: Iterable[Entry]) -> None:
        """Write reference data, in order."""
        for entry in entries:
            self._entries.append(entry)
            self._producer.send(self.names.reference, key=key(entry).encode(), value=encode(entry))
        self._producer.flush()

    def publish(self, log: Iterable[LogRecord]) -> None:
        """Write records, in order."""
        topics = {Kind.TRADE: self.names.trades, Kind.TICK: self.names.ticks}
        for each in log:
            self._producer.send(topics[each.kind], key=each.mineral.encode(), value=each.value)
        self._producer.flush()

    def publish_mark(self, mark: bytes) -> None:
        """Write a heartbeat, or the end mark, to every partition of both source topics."""
        for topic in (self.names.trades, self.names.ticks):
            for partition in range(PARTITIONS):
                self._producer.send(topic, value=mark, partition=partition)
        self._producer.flush()

    def intrude(self) -> None:
        """Append a batch that counts to every partition of the ledger, as a worker does that was cut off and wakes."""
        self.ledger.drain()
        for number, batches in self.ledger.batches().items():
            end = max(self.ledger.records[number]) + 1
            value = encode_batch(replace(batches[-1], seq=batches[-1].seq + 1, markets=(), told=(), refused=()))
            key = record_key(end, "intruder")
            sent = self._producer.send(state_changelog(self.app_id), key=key, value=value, partition=number)
            assert sent.get(PATIENCE_S).offset == end, "the worker was not idle"

    # -- the workers -----------------------------------------------------------------------------------------

    def start(self, count: int = 1, environ: Mapping[str, str] | None = None) -> list[WorkerProcess]:
        """Start *count* workers more."""
        started = [self._start(dict(environ or {})) for _ in range(count)]
        self.workers += started
        return started

    def _start(self, environ: dict[str, str]) -> WorkerProcess:
        log_path = self.folder / f"worker-{len(self.workers)}-{time.monotonic_ns()}.log"
        with log_path.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.live_worker"],
                cwd=CHECKOUT,
                env=os.environ | self._environ | environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return WorkerProcess(process, log_path, time.monotonic(), environ)

    def kill(self, worker: WorkerProcess) -> None:
        """End a worker with SIGKILL."""
        worker.wanted = False
        worker.send(signal.SIGKILL)
        worker.process.wait()
        self.ledger.drain()

    def stop(self, worker: WorkerProcess) -> None:
        """Ask a worker to end, and wait until it has."""
        worker.wanted = False
        worker.send(signal.SIGTERM)
        worker.process.wait(timeout=PATIENCE_S)

    def supervise(self) -> None:
        """Start again what ended by itself, as an operator's supervisor does."""
        for worker in [each for each in self.workers if each.wanted and not each.alive]:
            assert worker.process.returncode > 0, f"a worker ended with {worker.process.returncode}"
            worker.wanted = False
            self.stops.append(worker.process.returncode)
            self.start(environ=worker.env)

    # -- waiting ---------------------------------------------------------------------------------------------

    def until(self, reached: Callable[[], bool]) -> None:
        """Read the ledger, and keep the workers running, until something is reached."""
        seen, deadline = self.ledger.count(), time.monotonic() + PATIENCE_S
        while not reached():
            self.ledger.poll()
            self.supervise()
            if self.ledger.count() != seen:
                self._note_first_slice()
                seen, deadline = self.ledger.count(), time.monotonic() + PATIENCE_S
            assert time.monotonic() < deadline, f"nothing moved for {PATIENCE_S:g} s with {seen} batches in the ledger"

    def _note_first_slice(self) -> None:
        newest = self.workers[-1] if self.workers else None
        if newest is not None and newest.alive and newest is not self._noted:
            self._noted = newest
            self.first_slices.append(time.monotonic() - newest.started_at)

    def until_batches(self, count: int) -> None:
        """Wait until the ledger has *count* batches."""
        self.until(lambda: self.ledger.count() >= count)

    def until_writers(self, count: int) -> None:
        """Wait until so many processes have written to the ledger; give them something where nothing is left."""
        seen = -1

        def reached() -> bool:
            nonlocal seen
            if seen == self.ledger.count():
                self.publish_mark(IDLE_MARK)
            seen = self.ledger.count()
            return len(self.ledger.writers()) >= count

        self.until(reached)

    def settled(self) -> None:
        """Wait until every record is in the ledger, every change on its topic, and every change in Redis."""
        ends = self._ends()
        self.until(lambda: self._all_read(ends))
        self.until(self._all_told)
        self.until(lambda: self._sunk() >= self._end(self.names.alerts) - 1)

    def _ends(self) -> dict[tuple[str, int], int]:
        consumer = self._consumer(self.names.trades, PARTITIONS)
        tps = [TopicPartition(topic, n) for topic in (self.names.trades, self.names.ticks) for n in range(PARTITIONS)]
        try:
            return {(tp.topic, tp.partition): end for tp, end in consumer.end_offsets(tps).items() if end}
        finally:
            consumer.close()

    def _all_read(self, ends: dict[tuple[str, int], int]) -> bool:
        latest = self.ledger.latest()
        return all(
            number in latest and latest[number].offsets.get(topic, -1) == end - 1
            for (topic, number), end in ends.items()
        )

    def _all_told(self) -> bool:
        batches = [each for run in self.ledger.batches().values() for each in run]
        changes = {each.change.id for batch in batches for each in batch.told}
        letters = {(each.topic, each.position) for batch in batches for each in batch.refused}
        return changes == {each.id for each in self.changes()} and letters == set(self._letters())

    def _sunk(self) -> int:
        try:
            return int(self.redis.get(f"{{{self.namespace}}}:sink:offset") or -1)
        except redis.ConnectionError:
            return -1

    def _end(self, topic: str) -> int:
        consumer = self._consumer(topic, 1)
        tp = TopicPartition(topic, 0)
        end: int = consumer.end_offsets([tp])[tp]
        consumer.close()
        return end

    # -- what came of it -------------------------------------------------------------------------------------

    def result(self) -> Result:
        """Return what the ledger, the topics and Redis say, once they are found to agree."""
        engines = [self._engine(batches) for batches in self.ledger.batches().values()]
        found = outcome(*engines)
        self._check_stream()
        folded = _standing(each.alert for each in _accepted(self.changes()))
        assert folded == self._redis_alerts(), "Redis and the topic of alerts differ"
        assert folded == found.alerts, "the ledger and the topic of alerts differ"
        return Result(found.alerts, found.cells, tuple(sorted(self._letters().values())))

    def changes(self) -> list[AlertChange]:
        """Return the topic of alerts, those told twice too."""
        return [decode_change(each.value) for each in self._read(self.names.alerts)]

    def _engine(self, batches: list[Batch]) -> Engine:
        engine = engine_for(self._entries)
        assert restore(engine, batches) == [], "a restart would tell what was not told"
        return engine

    def _check_stream(self) -> None:
        """Check that Redis' stream has each accepted change once, under its offset, and each alert's in a row."""
        changes = self.changes()
        entries = self.redis.xrange(f"{{{self.namespace}}}:alerts")
        stream = [(_offset(name), decode_change(fields[b"change"])) for name, fields in entries]
        wanted = [(offset, change.id) for offset, change in _first_of_each(changes)]
        assert [(offset, change.id) for offset, change in stream] == wanted
        seqs: dict[str, int] = {}
        for _, change in stream:
            assert change.seq == seqs.get(change.alert_id, 0) + 1, f"{change.id} follows {seqs.get(change.alert_id)}"
            seqs[change.alert_id] = change.seq
        told_alike = {change.id: change for change in changes}
        assert all(told_alike[change.id] == change for change in changes), "a change was told in two ways"

    def _redis_alerts(self) -> tuple[bytes, ...]:
        ids = self.redis.zrange(f"{{{self.namespace}}}:ids", 0, -1)
        texts = [self.redis.hget(f"{{{self.namespace}}}:alert:{each.decode()}", "alert") for each in ids]
        return _standing(decode_alert(each) for each in texts)

    def _letters(self) -> dict[tuple[str, str], DeadLetterSeen]:
        kinds = {self.names.trades: Kind.TRADE, self.names.ticks: Kind.TICK}
        found: dict[tuple[str, str], DeadLetterSeen] = {}
        for each in self._read(self.names.dead_letters):
            said = {name: text.decode() for name, text in each.headers}
            letter = DeadLetterSeen(kinds[said["topic"]], said["reason"], said["detail"], each.value)
            assert found.setdefault((said["topic"], said["partition-offset"]), letter) == letter
        return found

    def _read(self, topic: str) -> list[Any]:
        consumer = self._consumer(topic, 1)
        tp = TopicPartition(topic, 0)
        end, found = consumer.end_offsets([tp])[tp], []
        while consumer.position(tp) < end:
            for run in consumer.poll(timeout_ms=200, max_records=5000).values():
                found += run
        consumer.close()
        return found

    def _consumer(self, topic: str, partitions: int) -> Any:
        consumer = KafkaConsumer(
            bootstrap_servers=self.bootstrap, enable_auto_commit=False, max_partition_fetch_bytes=8 << 20
        )
        tps = [TopicPartition(topic, number) for number in range(partitions)]
        consumer.assign(tps)
        consumer.seek_to_beginning(*tps)
        return consumer

    def report(self, what: str) -> None:
        """Print what the harm cost: time to the first slice of each start, slices judged twice, restarts."""
        batches = [each for run in self.ledger.batches().values() for each in run]
        told = sum(len(each.told) for each in batches)
        print(
            f"{what}: {len(self.workers)} starts, stopped by themselves with {self.stops}; "
            f"first slice after {' '.join(f'{each:.1f}' for each in self.first_slices)} s; "
            f"{len(batches)} batches, {self.ledger.count() - len(batches)} void; "
            f"{len(self.changes()) - told} of {told} changes told again"
        )

    def logs(self) -> str:
        """Return the end of what each worker wrote."""
        return "\n".join(f"{each.log_path}:\n{each.log_path.read_text()[-3000:]}" for each in self.workers[-4:])


def _first_of_each(changes: Sequence[AlertChange]) -> list[tuple[int, AlertChange]]:
    seen: set[str] = set()
    found = []
    for offset, change in enumerate(changes):
        if change.id not in seen:
            seen.add(change.id)
            found.append((offset, change))
    return found


def _accepted(changes: Sequence[AlertChange]) -> list[AlertChange]:
    return [change for _, change in _first_of_each(changes)]


def _standing(alerts: Iterable[Any]) -> tuple[bytes, ...]:
    latest = {alert.id: alert for alert in alerts}
    return tuple(encode_alert(latest[name]) for name in sorted(latest) if latest[name].state is not State.RETRACTED)


def _offset(stream_id: bytes) -> int:
    first, _, second = stream_id.partition(b"-")
    assert second == b"0" or stream_id == b"0-1", stream_id
    return int(first)
