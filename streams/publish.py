"""
Writing to the topics: reference data, and feeds replayed through the live path.

Records are keyed by mineral with Kafka's usual partitioner, so that all producers agree; the replayer also
writes what moves time: a heartbeat to every partition when the event date has moved on, and end marks.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from streams.broker import OPEN, PATIENCE_S, BrokerSecurity, Waiting, broker_security, wait_unheard
from streams.feed_records import Hear, Progress, ReplayOptions, read_records, rejected_rows
from streams.outbox import Outbox
from streams.records import Heartbeat, PriceTick, Trade, encode_record, mineral_of
from streams.reference.catalogue import load_catalogue
from streams.reference.wire import Entry, encode, key
from streams.replay_mark import ReplayMark
from streams.settings import Settings
from streams.topics import TopicNames

SECONDS_A_DAY: Final = 86_400
_TOLD_S: Final = 0.1
"""How often progress is told."""
_MARKED_S: Final = 5.0
"""How often the place is written down, so that one that was killed goes on from there."""
_HELD_UP_S: Final = 5.0
"""Behind by more than this, a paced replay was held up (stopped, say), and does not run to make up for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaResult:
    """What a replay wrote."""

    records: int
    """How many of the feed's are in Kafka."""
    rejected: dict[str, int]
    seconds: float
    finished: bool
    """Whether it came to the end; otherwise it was interrupted and can be resumed."""
    resumed: int = 0
    """How many of the records were there from an earlier attempt."""


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
    count = 0
    with Outbox(bootstrap, security, patience_s=patience_s, on_wait=on_wait) as outbox:
        for entry in entries:
            outbox.send(topic, key=key(entry).encode(), value=encode(entry))
            count += 1
        outbox.settle()
    return count


def replay_kafka(
    files: Sequence[Path],
    *,
    settings: Settings,
    options: ReplayOptions,
    mark: ReplayMark | None = None,
    end: bool = True,
    halted: Callable[[], bool] = lambda: False,
    patience_s: float = PATIENCE_S,
    on_wait: Callable[[Waiting], None] = wait_unheard,
    hear: Hear = lambda _: None,
) -> KafkaResult:
    """
    Write the records of *files* to the topics, paced by event time, with heartbeats and (*end*) end marks.

    *mark* is where its place is kept and, where it holds one, from where it goes on.  An interrupt (KeyboardInterrupt,
    or *halted* where it runs in a thread) settles what was written and leaves the mark for the next call; so does a
    cluster that stops taking records, as of a few seconds before.

    Raises what the readers of feeds raise, and :class:`streams.broker.BrokerError`.
    """
    last_day = options.as_of + timedelta(days=settings.future_skew_days)
    progress, resumed = Progress(), mark.records if mark is not None else 0
    started = told = marked = time.perf_counter()
    finished = False
    security = broker_security(settings)
    with Outbox(settings.kafka, security, patience_s=patience_s, on_wait=on_wait) as outbox:
        replayer = _Replayer(outbox, TopicNames(settings.topic_prefix), settings.partitions, last_day, halted)
        try:
            for number, (record, _, _) in enumerate(read_records(files, options, progress), start=1):
                if number <= resumed:
                    replayer.was_written(record.event_date)
                    continue
                replayer.pace(record.event_date, options.speed)
                replayer.send(record)
                progress.records, progress.day = number, record.event_date
                now = time.perf_counter()
                if now - told >= _TOLD_S or options.speed is not None:
                    progress.seconds, told = now - started, now
                    hear(progress)
                if mark is not None and now - marked >= _MARKED_S:
                    outbox.settle()
                    mark.keep(number)
                    marked = now
            replayer.send_dead_letters(rejected_rows(files, options))
            if end:
                replayer.end()
            finished = True
        except KeyboardInterrupt:
            pass
        outbox.settle()
    progress.records = max(progress.records, resumed)
    if mark is not None and finished:
        mark.forget()
    elif mark is not None:
        mark.keep(progress.records)
    progress.seconds = time.perf_counter() - started
    hear(progress)
    return KafkaResult(
        records=progress.records,
        rejected=dict(progress.rejected),
        seconds=progress.seconds,
        finished=finished,
        resumed=resumed,
    )


class _Replayer:
    """Writes records and what moves their time."""

    def __init__(
        self, outbox: Outbox, names: TopicNames, partitions: int, last_day: date, halted: Callable[[], bool]
    ) -> None:
        self._halted = halted
        self._outbox = outbox
        self._names = names
        self._partitions = partitions
        self._day: date | None = None
        self._last_day = last_day
        self._started: tuple[date, float] | None = None
        self._catalogue = load_catalogue()

    def was_written(self, day: date) -> None:
        """Take note that records have come to *day*, those of an earlier attempt among them: what ends, ends there."""
        if day <= self._last_day:
            self._day = max(day, self._day or day)

    def pace(self, day: date, speed: float | None) -> None:
        """Let time pass until *day* is due at *speed*, and vouch for the days before it; raises KeyboardInterrupt."""
        if self._halted():
            raise KeyboardInterrupt
        if self._day is not None and self._day < day <= self._last_day:
            self._heartbeat(Heartbeat(event_date=day))
            if speed is not None:
                self._outbox.settle()
        self.was_written(day)
        if speed is None:
            return
        first, at = self._started = self._started or (day, time.monotonic())
        due = at + (day - first).days * SECONDS_A_DAY / speed
        if time.monotonic() - due > _HELD_UP_S and day > first:
            self._started = day, time.monotonic()
        while (left := due - time.monotonic()) > 0:
            time.sleep(min(left, 0.2))
            if self._halted():
                raise KeyboardInterrupt

    def send(self, record: Trade | PriceTick) -> None:
        """Write a record under its mineral's key."""
        topic = self._names.trades if isinstance(record, Trade) else self._names.ticks
        self._outbox.send(topic, key=self._key(record).encode(), value=encode_record(record))

    def send_dead_letters(self, rows: Iterator[tuple[Any, Path]]) -> None:
        """Write rows that cannot be right to the dead letters, as they came."""
        for row, path in rows:
            headers = [
                ("reason", row.reason.encode()),
                ("detail", row.detail.encode()[:1000]),
                ("topic", path.name.encode()),
                ("partition-offset", f"line:{row.line}".encode()),
            ]
            self._outbox.send(self._names.dead_letters, value=row.raw, headers=headers)

    def end(self) -> None:
        """Write end marks: every day is complete."""
        if self._day is not None:
            self._heartbeat(Heartbeat(event_date=self._day, end=True))

    def _heartbeat(self, beat: Heartbeat) -> None:
        value = encode_record(beat)
        for topic in (self._names.trades, self._names.ticks):
            for partition in range(self._partitions):
                self._outbox.send(topic, value=value, partition=partition)

    def _key(self, record: Trade | PriceTick) -> str:
        """Return the mineral; what cannot be told goes by its code and is refused by whichever worker reads it."""
        if record.product is not None:
            return mineral_of(record.product)
        code = record.hs_code
        mineral = self._catalogue.match_hs(code).mineral if code else None
        return mineral or code or "unknown"
