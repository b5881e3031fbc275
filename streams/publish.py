"""
Writing to the topics: reference data, and feeds replayed through the live path.

Records are keyed by mineral with Kafka's usual partitioner, so that all producers agree; the replayer also
writes what moves time: a heartbeat to every partition when the event date has moved on, and end marks.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from kafka import KafkaProducer

from streams.broker import (
    OPEN,
    PATIENCE_S,
    BrokerSecurity,
    Waiting,
    admin_client,
    broker_security,
    wait_unheard,
)
from streams.feed_records import Hear, Progress, ReplayOptions, read_records, rejected_rows
from streams.records import Heartbeat, PriceTick, Trade, encode_record, mineral_of
from streams.reference.catalogue import load_catalogue
from streams.reference.wire import Entry, encode, key
from streams.settings import Settings
from streams.topics import TopicNames

PROGRESS_RECORDS: Final = 2000
SECONDS_A_DAY: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaResult:
    """What a replay wrote."""

    records: int
    rejected: dict[str, int]
    seconds: float
    finished: bool
    """Whether it came to the end; otherwise it was interrupted and can be resumed."""


@dataclass(slots=True)
class Resume:
    """A file that remembers how far a replay came, so that an interrupted one goes on from there."""

    path: Path | None

    def read(self, files: Sequence[Path]) -> int:
        """Return how many records were written of *files*; 0 for another set of files."""
        if self.path is None or not self.path.exists():
            return 0
        held = json.loads(self.path.read_text(encoding="utf-8"))
        return int(held["records"]) if held["files"] == [str(path) for path in files] else 0

    def write(self, files: Sequence[Path], records: int) -> None:
        """Remember that *records* were written."""
        if self.path is not None:
            held = {"files": [str(path) for path in files], "records": records}
            self.path.write_text(json.dumps(held) + "\n", encoding="utf-8")

    def forget(self) -> None:
        """Remove the file: the replay is complete."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)


def publish_reference(
    bootstrap: str,
    topic: str,
    entries: Iterable[Entry],
    *,
    security: BrokerSecurity = OPEN,
    patience_s: float = PATIENCE_S,
    on_wait: Callable[[Waiting], None] = wait_unheard,
) -> int:
    """Write *entries* to the compacted topic and return how many; every worker takes them up without a restart."""
    producer = _producer(bootstrap, security, patience_s, on_wait)
    sent = [producer.send(topic, key=key(entry).encode(), value=encode(entry)) for entry in entries]
    producer.flush()
    for each in sent:
        each.get(timeout=0)
    producer.close()
    return len(sent)


def replay_kafka(
    files: Sequence[Path],
    *,
    settings: Settings,
    options: ReplayOptions,
    resume: Path | None = None,
    end: bool = True,
    halted: Callable[[], bool] = lambda: False,
    patience_s: float = PATIENCE_S,
    on_wait: Callable[[Waiting], None] = wait_unheard,
    hear: Hear = lambda _: None,
) -> KafkaResult:
    """
    Write the records of *files* to the topics, paced by event time, with heartbeats and (*end*) end marks.

    An interrupt (KeyboardInterrupt, or *halted* where it runs in a thread) flushes what was written and leaves *resume*
    for the next call.
    """
    producer = _producer(settings.kafka, broker_security(settings), patience_s, on_wait)
    last_day = options.as_of + timedelta(days=settings.future_skew_days)
    replayer = _Replayer(producer, TopicNames(settings.topic_prefix), settings.partitions, last_day, halted)
    progress, mark = Progress(), Resume(resume)
    skip = mark.read(files)
    started = time.perf_counter()
    finished = False
    try:
        for number, (record, _, _) in enumerate(read_records(files, options, progress), start=1):
            if number <= skip:
                continue
            replayer.pace(record.event_date, options.speed)
            replayer.send(record)
            progress.records, progress.day = number, record.event_date
            if number % PROGRESS_RECORDS == 0:
                progress.seconds = time.perf_counter() - started
                hear(progress)
        replayer.send_dead_letters(rejected_rows(files, options))
        if end:
            replayer.end()
        finished = True
    except KeyboardInterrupt:
        mark.write(files, progress.records)
    finally:
        producer.flush()
        producer.close()
    if finished:
        mark.forget()
    progress.seconds = time.perf_counter() - started
    hear(progress)
    return KafkaResult(
        records=progress.records, rejected=dict(progress.rejected), seconds=progress.seconds, finished=finished
    )


class _Replayer:
    """Writes records and what moves their time."""

    def __init__(
        self, producer: Any, names: TopicNames, partitions: int, last_day: date, halted: Callable[[], bool]
    ) -> None:
        self._halted = halted
        self._producer = producer
        self._names = names
        self._partitions = partitions
        self._day: date | None = None
        self._last_day = last_day
        self._started: tuple[date, float] | None = None
        self._catalogue = load_catalogue()

    def pace(self, day: date, speed: float | None) -> None:
        """Let time pass until *day* is due at *speed*, and vouch for the days before it; raises KeyboardInterrupt."""
        if self._halted():
            raise KeyboardInterrupt
        if self._day is not None and self._day < day <= self._last_day:
            self._heartbeat(Heartbeat(event_date=day))
            if speed is not None:
                self._producer.flush()
        if day <= self._last_day:
            self._day = max(day, self._day or day)
        if speed is None:
            return
        first, at = self._started = self._started or (day, time.monotonic())
        due = at + (day - first).days * SECONDS_A_DAY / speed
        while (left := due - time.monotonic()) > 0:
            time.sleep(min(left, 0.2))
            if self._halted():
                raise KeyboardInterrupt

    def send(self, record: Trade | PriceTick) -> None:
        """Write a record under its mineral's key."""
        topic = self._names.trades if isinstance(record, Trade) else self._names.ticks
        self._producer.send(topic, key=self._key(record).encode(), value=encode_record(record))

    def send_dead_letters(self, rows: Iterator[tuple[Any, Path]]) -> None:
        """Write rows that cannot be right to the dead letters, as they came."""
        for row, path in rows:
            headers = [
                ("reason", row.reason.encode()),
                ("detail", row.detail.encode()[:1000]),
                ("topic", path.name.encode()),
                ("partition-offset", f"line:{row.line}".encode()),
            ]
            self._producer.send(self._names.dead_letters, value=row.raw, headers=headers)

    def end(self) -> None:
        """Write end marks: every day is complete."""
        if self._day is not None:
            self._heartbeat(Heartbeat(event_date=self._day, end=True))

    def _heartbeat(self, beat: Heartbeat) -> None:
        value = encode_record(beat)
        for topic in (self._names.trades, self._names.ticks):
            for partition in range(self._partitions):
                self._producer.send(topic, value=value, partition=partition)

    def _key(self, record: Trade | PriceTick) -> str:
        """Return the mineral; what cannot be told goes by its code and is refused by whichever worker reads it."""
        if record.product is not None:
            return mineral_of(record.product)
        code = record.hs_code
        mineral = self._catalogue.match_hs(code).mineral if code else None
        return mineral or code or "unknown"


def _producer(bootstrap: str, security: BrokerSecurity, patience_s: float, on_wait: Callable[[Waiting], None]) -> Any:
    # Waits for the broker, and says what refuses the client, before the producer's own silent retries.
    with admin_client(bootstrap, security, patience_s=patience_s, on_wait=on_wait):
        pass
    return KafkaProducer(
        bootstrap_servers=bootstrap.split(","),
        acks="all",
        linger_ms=20,
        batch_size=1 << 18,
        **security.client_options(),
    )
