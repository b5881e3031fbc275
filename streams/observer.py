"""
The observer of a worker: what Prometheus, and whoever asks how it stands, are told.

It has a thread of its own with a Kafka client of its own, so that what it says does not rest on the very parts it
watches: how much waits in the log is asked of the broker, not of the worker's consumer, and an answer comes even where
the worker's event loop gives none.  Prices and state are read on that loop, between two slices; while it is busy the
figures of the last time are shown, with their age.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Final, Self

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from faust.types import TP

from alerts.metrics.catalogue import (
    COMMIT_AGE,
    CONSUMER_LAG,
    LIVE,
    PARTITIONS,
    READY,
    RECOVERING,
    SINK_UP,
    SNAPSHOT_AGE,
)
from alerts.metrics.meter import exposition, registry_of
from streams.health import Condition, not_live, not_ready
from streams.log_follower import group_free_consumer
from streams.metrics_server import MetricsServer
from streams.survey import Found, survey
from streams.worker import Worker

log: Final = logging.getLogger(__name__)

LOOK_S: Final = 2.0
"""How often the broker is asked how long the log is, and the event loop whether it answers."""
BROKER_S: Final = 10.0
"""How long a broker may take to answer."""
LOOP_S: Final = 2.0
"""How long a scrape waits for the event loop."""
DOUBT_S: Final = 10.0
"""After how long it is looked whether what seems to wait is a record."""
STOP_S: Final = 5.0


class Observer:
    """Watches *worker* while the context is entered."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self._telemetry = worker.telemetry
        names = worker.live.names
        self._sources = (names.trades, names.ticks)
        self._short = {names.trades: "trades", names.ticks: "price-ticks", names.alerts: "alerts"}
        self._needed = (names.trades, names.ticks, names.alerts, names.reference, names.dead_letters)
        self._ends: dict[TP, int] = {}
        """By partition of the worker's: the offset after the last record, as the broker last said."""
        self._hollow: dict[TP, int] = {}
        """By partition: an offset before which nothing is left to be read, whatever the numbers say."""
        self._waiting: dict[int, float] = {}
        """By partition: since when records wait."""
        self._restored_records = 0
        self._broker_answers: bool | None = None
        self._missing: tuple[str, ...] = ()
        self._heard_at = time.monotonic()
        """When the event loop last answered."""
        self._surveyed_at: float | None = None
        self._scraping = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="observer", daemon=True)
        self._registry = registry_of(self._telemetry.meter, self._refresh)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join(STOP_S)

    # -- answers, from any thread ----------------------------------------------------------------------------

    def metrics(self, accept: str) -> tuple[bytes, str]:
        """Return the exposition and its content type, in the format that *accept* asks for."""
        with self._scraping:
            return exposition(self._registry, accept)

    def why_not_ready(self) -> list[str]:
        """Return why the worker is not ready, nothing where it is."""
        return not_ready(self.condition())

    def why_not_live(self) -> list[str]:
        """Return why the worker wants a restart, nothing where it does not."""
        return not_live(self.condition(), patience_s=self.worker.settings.commit_age_seconds)

    def condition(self) -> Condition:
        """Return how the worker stands."""
        worker, telemetry, now = self.worker, self._telemetry, time.monotonic()
        assigned = telemetry.assigned
        return Condition(
            reference_read=worker.reference_ready.is_set(),
            assigned=None if assigned is None else self._numbers(assigned),
            unassigned_for=now - telemetry.moved_at,
            restored=frozenset(list(worker.partitions)),
            restoring=telemetry.restoring,
            # Faust makes its consumer when it is first asked for it: not from this thread.
            flows=assigned is not None and worker.live.flows,
            broker_answers=self._broker_answers,
            topics_missing=self._missing,
            sinks=assigned is not None and any(tp.topic == worker.live.names.alerts for tp in assigned),
            sink_up=telemetry.sink_up,
            commit_ages=self._commit_ages(now),
            silent_for=0.0 if telemetry.loop is None else now - self._heard_at,
        )

    def _numbers(self, assigned: Iterable[TP]) -> frozenset[int]:
        return frozenset(tp.partition for tp in assigned if tp.topic in self._sources)

    def _commit_ages(self, now: float) -> dict[int, float]:
        flushed, waiting = dict(self._telemetry.flushed_at), dict(self._waiting)
        numbers = self._numbers(self._telemetry.assigned or ())
        return {
            number: max(0.0, now - max(waiting[number], flushed.get(number, 0.0)))
            if number in waiting and self._waits(number)
            else 0.0
            for number in sorted(numbers)
        }

    def _waits(self, number: int) -> bool:
        """Return whether records of a partition wait now: those that did at the last look may be done since."""
        ends = list(self._ends.items())
        return any(
            self._lag(tp, end) != 0 for tp, end in ends if (tp.topic in self._sources and tp.partition == number)
        )

    # -- a scrape --------------------------------------------------------------------------------------------

    def _refresh(self) -> None:
        """Bring the gauges up to date."""
        meter, condition = self._telemetry.meter, self.condition()
        self._survey()
        assigned = condition.assigned or frozenset()
        meter.set(READY, int(not not_ready(condition)))
        meter.set(LIVE, int(not self.why_not_live()))
        meter.set(PARTITIONS, len(assigned & condition.restored))
        meter.set(RECOVERING, int(condition.assigned is None or bool(assigned - condition.restored)))
        meter.replace(COMMIT_AGE, {(str(number),): age for number, age in condition.commit_ages.items()})
        meter.replace(CONSUMER_LAG, self._lags())
        meter.replace(SINK_UP, {(): int(bool(condition.sink_up))} if condition.sinks else {})
        meter.set(SNAPSHOT_AGE, 0 if self._surveyed_at is None else time.monotonic() - self._surveyed_at)

    def _survey(self) -> None:
        """Read prices and state on the worker's event loop, unless it is too busy."""
        answer = self._on_loop(self._look_at_markets)
        if answer is None:
            return
        with suppress(TimeoutError):
            for metric, values in answer.result(LOOP_S).items():
                self._telemetry.meter.replace(metric, values)
            self._surveyed_at = time.monotonic()

    def _look_at_markets(self) -> Found:
        partitions = list(self.worker.partitions.values())
        markets = [market for each in partitions for market in each.engine.markets.values()]
        alerts = [alert for each in partitions for alert in each.open_alerts.values()]
        return survey(markets, alerts, now=time.time())

    def _on_loop(self, ask: Callable[[], Any]) -> "Future[Any] | None":
        """Have *ask* answered by the worker's event loop; None where it has none, or none any more."""
        loop = self._telemetry.loop
        if loop is None or loop.is_closed():
            return None
        answer: Future[Any] = Future()

        def answering() -> None:
            try:
                answer.set_result(ask())
            except Exception as error:  # noqa: BLE001 - whoever waits for the answer is told
                answer.set_exception(error)

        with suppress(RuntimeError):
            loop.call_soon_threadsafe(answering)
            return answer
        return None

    def _lags(self) -> dict[tuple[str, ...], float]:
        found: dict[tuple[str, ...], float] = {}
        for tp, end in list(self._ends.items()):
            lag = self._lag(tp, end)
            if lag is not None:
                found[self._short[tp.topic], str(tp.partition)] = float(lag)
        return found

    def _lag(self, tp: TP, end: int) -> int | None:
        """Return how many records wait; None where the ledger that tells it is not read yet."""
        if tp.topic in self._sources and tp.partition not in self.worker.partitions:
            return None
        flushed = self.worker.flushed(tp)
        done = max(0 if flushed is None else flushed + 1, self._hollow.get(tp, 0))
        return max(0, end - done)

    # -- the observer's own thread ---------------------------------------------------------------------------

    def _run(self) -> None:
        asyncio.run(self._watch())

    async def _watch(self) -> None:
        while not self._stopped.is_set():
            try:
                await self._watch_broker()
            except (KafkaError, OSError, TimeoutError) as error:
                self._broker_answers = False
                log.warning("Kafka does not tell how long the log is: %s; asking again", error)
            except Exception:
                self._broker_answers = False
                log.exception("the observer failed, and begins again; until then the worker does not count as ready")
            if not self._stopped.is_set():
                await self._pause()

    async def _watch_broker(self) -> None:
        consumer = group_free_consumer(self.worker.settings)
        try:
            await asyncio.wait_for(consumer.start(), BROKER_S)
            while not self._stopped.is_set():
                await asyncio.wait_for(self._look(consumer), BROKER_S)
                self._broker_answers = True
                await self._pause()
        finally:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(consumer.stop(), STOP_S)

    async def _pause(self) -> None:
        """Let a moment pass, and have the event loop say that it is there."""
        if self._on_loop(self._hear) is None:
            self._hear()
        await asyncio.to_thread(self._stopped.wait, LOOK_S)

    def _hear(self) -> None:
        self._heard_at = time.monotonic()

    async def _look(self, consumer: Any) -> None:
        there = await consumer.topics()
        self._missing = tuple(topic for topic in self._needed if topic not in there)
        assigned = self._telemetry.assigned or frozenset()
        watched = [tp for tp in assigned if tp.topic in self._short and tp.topic in there]
        ends = await consumer.end_offsets([TopicPartition(*tp) for tp in watched]) if watched else {}
        self._ends = {TP(each.topic, each.partition): end for each, end in ends.items()}
        if assigned:
            self._note_recovery()
        self._note_waiting(assigned)
        await self._doubt(consumer)

    def _note_recovery(self) -> None:
        """Take ledger records that recovery has read for progress of the partitions that wait for it."""
        records = self.worker.live.ledger.records_read
        if records != self._restored_records:
            self._restored_records = records
            now = time.monotonic()
            self._waiting.update(
                {number: now for number in list(self._waiting) if number not in self.worker.partitions}
            )

    def _note_waiting(self, assigned: Iterable[TP]) -> None:
        now = time.monotonic()
        waiting: dict[int, float] = {}
        for tp in assigned:
            if tp.topic in self._sources and tp in self._ends and self._lag(tp, self._ends[tp]) != 0:
                waiting[tp.partition] = self._waiting.get(tp.partition, now)
        self._waiting = waiting

    async def _doubt(self, consumer: Any) -> None:
        """
        Look whether what has waited for long is a record.

        The last offsets of a partition may hold none: those that end a transaction do not.
        """
        patience_s = min(DOUBT_S, self.worker.settings.commit_age_seconds / 2)
        old = [number for number, age in self._commit_ages(time.monotonic()).items() if age > patience_s]
        for tp, end in list(self._ends.items()):
            if tp.partition in old and tp.topic in self._sources and self._lag(tp, end):
                flushed = self.worker.flushed(tp)
                partition = TopicPartition(*tp)
                consumer.assign([partition])
                consumer.seek(partition, 0 if flushed is None else flushed + 1)
                runs = await consumer.getmany(timeout_ms=500, max_records=1)
                position = await consumer.position(partition)
                if not any(runs.values()) and position >= end:
                    self._hollow[tp] = position
                consumer.unsubscribe()


@contextmanager
def observed(worker: Worker) -> Iterator[str | None]:
    """
    Serve the metrics and the health of *worker* while the context is entered; yield the address.

    None where the settings want none.  Raises :class:`streams.metrics_server.NoFreePortError`.
    """
    settings = worker.settings
    if not settings.metrics_port:
        yield None
        return
    observer = Observer(worker)
    with MetricsServer(observer, host=settings.metrics_host, port=settings.metrics_port) as server, observer:
        yield server.address
