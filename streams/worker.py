"""
A worker: the live driver of the engine.

Per partition it keeps an engine and steps it with each slice; what the step came to is written to the
ledger first and told second, in that order and one slice after the other, so that after a crash what was told
is always in the ledger and can be told again word for word.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from faust.types import TP

from alerts.model import encode_change
from alerts.store import AlertStore, StoreUnavailableError
from streams.app import LiveApp, build_app
from streams.engine import Engine, Step
from streams.ledger import BATCH_VERSION, Batch, Bookmarks, RefusedEntry, restore, told_entry
from streams.market import Told
from streams.settings import Settings
from streams.shapes import Kind

log: Final = logging.getLogger(__name__)

SINK_RETRY_SECONDS: Final = 0.5
SINK_RETRY_SECONDS_MAX: Final = 5.0


@dataclass(slots=True)
class Partition:
    """One partition's engine and how far it has come."""

    number: int
    engine: Engine
    seq: int = 0
    read: dict[str, int] = field(default_factory=dict)
    """By topic: the last offset stepped."""
    flushed: dict[str, int] = field(default_factory=dict)
    """By topic: the last offset whose effects are in the ledger and told."""
    bookmarks: Bookmarks = field(default_factory=Bookmarks)
    counts: dict[str, int] = field(default_factory=dict)
    flushing: asyncio.Task[None] | None = None


class Worker:
    """The agents' logic, over a Faust app: slices in, ledger and alerts out, alerts into the store."""

    def __init__(self, settings: Settings, *, new_engine: Callable[[], Engine], store: AlertStore) -> None:
        self.settings = settings
        self.store = store
        self.live: LiveApp = build_app(settings, self)
        self.partitions: dict[int, Partition] = {}
        self.reference_ready = asyncio.Event()
        self._new_engine = new_engine
        self._sunk: int | None = None
        self._kinds = {self.live.names.trades: Kind.TRADE, self.live.names.ticks: Kind.TICK}

    # -- progress: what the transport asks -------------------------------------------------------------------

    def flushed(self, tp: TP) -> int | None:
        """Return the last offset whose effects are durable."""
        if tp.topic == self.live.names.alerts:
            return self._sunk
        partition = self.partitions.get(tp.partition)
        return partition.flushed.get(tp.topic) if partition else None

    async def resume_at(self, tp: TP) -> int | None:
        """Return the offset to read on from: after what the ledger, or the store, already has."""
        if tp.topic == self.live.names.alerts:
            self._sunk = await self._until_store_answers(self.store.last_offset)
            return 0 if self._sunk is None else self._sunk + 1
        partition = await self._partition(tp.partition)
        return partition.read.get(tp.topic, -1) + 1

    def forget(self) -> None:
        """Drop every partition: after a rebalance they are read anew from the ledger."""
        self.partitions.clear()

    async def finish_flushing(self) -> None:
        """Wait for what is being written; before partitions are given up."""
        tasks = [partition.flushing for partition in self.partitions.values() if partition.flushing]
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- slices ----------------------------------------------------------------------------------------------

    async def take_slice(self, tp: TP, run: Sequence[Any]) -> None:
        """Step a partition's engine with a slice and see to it that its effects become durable."""
        await self.reference_ready.wait()
        partition = await self._partition(tp.partition)
        fresh = [record for record in run if record.offset > partition.read.get(tp.topic, -1)]
        if not fresh:
            return
        values = [record.value or b"" for record in fresh]
        logged_on = datetime.fromtimestamp(fresh[-1].timestamp / 1000, tz=UTC).date().toordinal()
        step = partition.engine.step(values, kind=self._kinds[tp.topic], logged_on=logged_on)
        partition.read[tp.topic] = fresh[-1].offset
        await self._wait_flushed(partition)
        refused = tuple(
            RefusedEntry(tp.topic, fresh[each.index].offset, each.reason, each.detail, fresh[each.index].key, values[each.index])
            for each in step.refused
        )
        self._flush(partition, step.told, refused, step)

    async def reference_changed(self, judge_again: Callable[[Engine], None]) -> None:
        """Have every partition's engine judge again what new reference data affects, and tell what that changes."""
        for partition in list(self.partitions.values()):
            await self._wait_flushed(partition)
            judge_again(partition.engine)
            told = [each for market in partition.engine.markets.values() for each in market.close_slice()]
            if told:
                self._flush(partition, told, (), None)

    def _flush(
        self, partition: Partition, told: list[Told], refused: tuple[RefusedEntry, ...], step: Step | None
    ) -> None:
        partition.seq += 1
        if step is not None:
            _count(partition.counts, step)
        batch = Batch(
            v=BATCH_VERSION,
            seq=partition.seq,
            offsets=dict(partition.read),
            markets=partition.bookmarks.entries(partition.engine),
            told=tuple(told_entry(each) for each in told),
            refused=refused,
            ended=tuple(partition.engine.ended_kinds),
            counts=dict(partition.counts),
        )
        partition.flushing = asyncio.create_task(self._write(partition, batch))

    async def _write(self, partition: Partition, batch: Batch) -> None:
        await self.live.ledger.write(partition.number, batch)
        await self._tell(batch)
        partition.flushed = dict(batch.offsets)

    async def _tell(self, batch: Batch) -> None:
        """Publish what *batch* led to; may be done twice, the same both times."""
        sent = [
            await self.live.alerts.send(
                key=each.change.alert_id.encode(),
                value=encode_change(each.change),
                partition=0,
                key_serializer="raw",
                value_serializer="raw",
            )
            for each in batch.told
        ]
        sent += [await self._send_dead_letter(each) for each in batch.refused]
        for each in sent:
            await each

    async def _send_dead_letter(self, each: RefusedEntry) -> Any:
        headers = {
            "reason": each.reason.encode(),
            "detail": each.detail.encode()[:1000],
            "topic": each.topic.encode(),
            "offset": str(each.offset).encode(),
        }
        return await self.live.dead_letters.send(
            key=each.key, value=each.value, headers=headers, key_serializer="raw", value_serializer="raw"
        )

    async def _wait_flushed(self, partition: Partition) -> None:
        if partition.flushing is not None:
            await partition.flushing
            partition.flushing = None

    async def _partition(self, number: int) -> Partition:
        partition = self.partitions.get(number)
        if partition is None:
            await self.reference_ready.wait()
            partition = self.partitions[number] = await self._restore(number)
        return partition

    async def _restore(self, number: int) -> Partition:
        batches = self.live.ledger.take(number)
        partition = Partition(number, self._new_engine())
        if not batches:
            return partition
        told = restore(partition.engine, batches)
        last = batches[-1]
        partition.seq, partition.counts = last.seq, dict(last.counts)
        partition.read, partition.flushed = dict(last.offsets), dict(last.offsets)
        partition.bookmarks.read(partition.engine)
        # The last batch may have been written and not told; telling it again tells the same.
        await self._tell(last)
        if told:
            self._flush(partition, told, (), None)
        return partition

    # -- the sink --------------------------------------------------------------------------------------------

    async def take_changes(self, run: Sequence[Any], changes: Sequence[Any]) -> None:
        """Write a slice of alert changes to the store, waiting as long as it is away."""
        await self._until_store_answers(
            lambda: self.store.apply([(record.offset, change) for record, change in zip(run, changes, strict=True)])
        )
        self._sunk = run[-1].offset

    async def _until_store_answers(self, ask: Callable[[], Any]) -> Any:
        delay = SINK_RETRY_SECONDS
        while True:
            try:
                return await ask()
            except StoreUnavailableError as e:
                log.warning("alerts wait in Kafka: %s; trying again in %.1f s", e, delay)
                await asyncio.sleep(delay)
                delay = min(2 * delay, SINK_RETRY_SECONDS_MAX)


def _count(counts: dict[str, int], step: Step) -> None:
    counts["records"] = counts.get("records", 0) + step.records
    for outcome, number in step.outcomes.items():
        counts[outcome.name.lower()] = counts.get(outcome.name.lower(), 0) + number
    for refused in step.refused:
        counts[f"refused:{refused.reason}"] = counts.get(f"refused:{refused.reason}", 0) + 1
