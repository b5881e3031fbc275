"""
The agents: they carry slices to the worker and decide nothing.

Nothing raises out of an agent: Faust would acknowledge the message and go on.  A record that cannot be right
is a dead letter by then; what is left is a bug or a broker that is gone, and stops the process for its supervisor to
start again from the ledger.
"""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, Final

from aiokafka import TopicPartition
from msgspec import MsgspecError

from alerts.store import AlertStore
from streams.alert_topic import decode_told
from streams.assembly import new_engine
from streams.log_follower import at_end, group_free_consumer
from streams.normalise import Normaliser
from streams.records import Heartbeat, encode_record
from streams.reference.book import NOTHING, ReferenceBook
from streams.reference.wire import decode as decode_entry
from streams.settings import Settings
from streams.worker import Worker

log: Final = logging.getLogger(__name__)

GROUP_WATCH_SECONDS: Final = 1.0

EXIT_BUG: Final = 70
"""Exit status after a failure that only a restart can mend (EX_SOFTWARE of sysexits)."""


def build_worker(settings: Settings, store: AlertStore) -> Worker:
    """Return a worker with its agents declared, ready to be run by ``faust.Worker(worker.live.app)``."""
    book = ReferenceBook()
    normaliser = Normaliser(book, hindsight=settings.hindsight)
    worker = Worker(settings, new_engine=lambda: new_engine(settings, normaliser), store=store)
    worker.telemetry.judges_by(new_engine(settings, normaliser).rules)
    _declare_agents(worker)
    _declare_tasks(worker, book)
    return worker


def _declare_agents(worker: Worker) -> None:
    live = worker.live
    app = live.app

    @app.agent(live.trades, name="judge_trades")
    @_stop_on_failure
    async def judge_trades(slices: Any) -> None:
        async for event in slices.events():
            await worker.take_slice(event.message.tp, event.value)

    @app.agent(live.ticks, name="judge_ticks")
    @_stop_on_failure
    async def judge_ticks(slices: Any) -> None:
        async for event in slices.events():
            await worker.take_slice(event.message.tp, event.value)

    @app.agent(live.alerts, name="sink_alerts")
    @_stop_on_failure
    async def sink_alerts(slices: Any) -> None:
        async for event in slices.events():
            part = event.value
            await worker.take_changes(event.message.tp, part, [decode_told(each) for each in part.records])

    @app.on_partitions_revoked.connect(weak=False)
    async def give_up_partitions(sender: Any, revoked: Any, **kwargs: Any) -> None:  # noqa: ARG001 - Faust's signature
        worker.telemetry.gave_up()
        await worker.give_up()

    @app.on_partitions_assigned.connect(weak=False)
    async def note_partitions(sender: Any, assigned: Any, **kwargs: Any) -> None:  # noqa: ARG001 - Faust's signature
        worker.telemetry.assignment(assigned)


def _declare_tasks(worker: Worker, book: ReferenceBook) -> None:
    async def follow_reference() -> None:
        await _follow_reference(worker, book)

    async def send_heartbeats() -> None:
        await _send_heartbeats(worker)

    async def watch_group() -> None:
        await _watch_group(worker)

    tasks = [follow_reference, worker.keep_restored, watch_group]
    if worker.settings.heartbeat_seconds > 0:
        tasks.append(send_heartbeats)
    for task in tasks:
        worker.live.app.task(_stop_on_failure(task))


async def _follow_reference(worker: Worker, book: ReferenceBook) -> None:
    """Read the topic ``reference`` to its end, let the partitions start, and go on reading."""
    consumer = group_free_consumer(worker.settings)
    await consumer.start()
    try:
        partition = TopicPartition(worker.live.names.reference, 0)
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        end = (await consumer.end_offsets([partition]))[partition]
        while True:
            if not worker.reference_ready.is_set() and await at_end(consumer, partition, end):
                worker.reference_ready.set()
            affected = NOTHING
            for run in (await consumer.getmany(timeout_ms=500)).values():
                for record in run:
                    affected = affected.merge(_apply(book, record))
            if affected:
                await worker.judge_again(affected)
    finally:
        await consumer.stop()


def _apply(book: ReferenceBook, record: Any) -> Any:
    if record.value is None:
        return NOTHING
    try:
        return book.apply(decode_entry(record.value))
    except MsgspecError:
        log.exception("reference record at offset %s is not taken; publish it again, corrected", record.offset)
        return NOTHING


async def _send_heartbeats(worker: Worker) -> None:
    """
    Vouch for the days gone by on every partition of both source topics, while this worker leads.

    The leader is the owner of the trades' first partition.  The clock is read here, at the edge: what the
    engine sees is the record.
    """
    live, settings = worker.live, worker.settings
    while True:
        await asyncio.sleep(settings.heartbeat_seconds)
        if 0 not in worker.partitions:
            continue
        day = datetime.now(tz=UTC).date() - timedelta(days=settings.heartbeat_lag_days)
        value = encode_record(Heartbeat(event_date=day))
        for topic in (live.names.trades, live.names.ticks):
            for partition in range(settings.partitions):
                await live.app.producer.send(topic, None, value, partition, timestamp=None, headers=None)


async def _watch_group(worker: Worker) -> None:
    """Raise what has put this worker out of its group for good; nobody would hear of it otherwise."""
    consumer: Any = worker.live.app.consumer
    while True:
        await asyncio.sleep(GROUP_WATCH_SECONDS)
        failure = consumer.group_failure()
        if failure is not None:
            raise failure


def _stop_on_failure(work: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Stop the process when *work* fails: going on would lose what it was doing."""

    @wraps(work)
    async def stopping(*args: Any) -> None:
        try:
            await work(*args)
        except asyncio.CancelledError:
            raise
        except Exception:
            log.critical("%s failed; the worker stops, and resumes when started again", work.__name__, exc_info=True)
            logging.shutdown()
            os._exit(EXIT_BUG)

    return stopping
