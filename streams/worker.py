"""
A worker's state: the live driver of the engine.

Per partition it keeps an engine and steps it with each slice.  What the step came to is written to the ledger
first and told second, one slice after the other, so that after a crash what was told is always in the ledger
and what is in the ledger can be told again, word for word.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from faust.types import TP

from alerts.heartbeat import KEY as HEARTBEAT
from alerts.heartbeat import Beat, encode_beat
from alerts.model import OPEN_STATES, Alert, AlertChange, encode_change
from alerts.store import NOTHING_READ, AlertStore, StoreBehindError, StoreUnavailableError
from streams.app import LiveApp, build_app
from streams.engine import Engine, Step
from streams.ledger import BATCH_VERSION, Batch, Bookmarks, RefusedEntry, restoring, told_entry
from streams.ledger_log import VoidBatchError
from streams.market import Told
from streams.reference.book import Affected
from streams.settings import Settings
from streams.shapes import Kind
from streams.telemetry import Telemetry, arrival
from streams.transport import Slice

log: Final = logging.getLogger(__name__)

SINK_RETRY_SECONDS: Final = 0.25
SINK_RETRY_SECONDS_MAX: Final = 2.0


class LostSliceError(RuntimeError):
    """Raised when a slice went missing on the way to its agent; starting again from the ledger mends it."""


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
    open_alerts: dict[str, Alert] = field(default_factory=dict)
    """By id, as last told."""

    def note(self, changes: Iterable[AlertChange]) -> None:
        """Take note of what was told."""
        for change in changes:
            if change.alert.state in OPEN_STATES:
                self.open_alerts[change.alert_id] = change.alert
            else:
                self.open_alerts.pop(change.alert_id, None)


class Worker:
    """Slices in, ledger and alerts out, alerts into the store; over a Faust app that it builds."""

    def __init__(self, settings: Settings, *, new_engine: Callable[[], Engine], store: AlertStore) -> None:
        self.settings = settings
        self.store = store
        self.telemetry = Telemetry()
        self.live: LiveApp = build_app(settings, self)
        self.partitions: dict[int, Partition] = {}
        self.reference_ready = asyncio.Event()
        self._new_engine = new_engine
        self._locks: dict[int, asyncio.Lock] = {}
        """Trades and ticks of one partition take turns."""
        self._sunk: int | None = None
        """The last offset of the topic of alerts that was read."""
        self._stored: int | None = None
        """The last that the store was given: a heartbeat has no place there."""
        self._sinking = asyncio.Lock()
        """A slice of changes and the question where the sink stands take turns."""
        self._kinds = {self.live.names.trades: Kind.TRADE, self.live.names.ticks: Kind.TICK}

    # -- progress: what the transport asks -------------------------------------------------------------------

    def flushed(self, tp: TP) -> int | None:
        """Return the last offset whose effects are durable."""
        if tp.topic == self.live.names.alerts:
            return self._sunk
        partition = self.partitions.get(tp.partition)
        return partition.flushed.get(tp.topic) if partition else None

    async def resume_at(self, tp: TP) -> int | None:
        """Return the offset to read on from, after what the ledger, or the store, has; None where it was given up."""
        if tp.topic == self.live.names.alerts:
            return await self._sink_offset()
        partition = self.partitions.get(tp.partition)
        read = partition.read if partition else self.live.ledger.offsets(tp.partition)
        return None if read is None else read.get(tp.topic, -1) + 1

    async def give_up(self) -> None:
        """
        Finish what is being done with each partition, then drop all: after a rebalance they are read anew.

        A partition that is being restored is dropped at once; the group does not wait for that.
        """
        self.live.ledger.recovered.clear()
        for number in list(self._locks):
            async with self._locks[number]:
                self.partitions.pop(number, None)
        self.partitions.clear()
        self.live.ledger.forget()

    async def keep_restored(self) -> None:
        """
        Restore partitions as soon as recovery has read them, whether or not new records come.

        A batch that was written and not told before a crash is told then.
        """
        await self.reference_ready.wait()
        while True:
            await self.live.ledger.recovery_ended.wait()
            self.live.ledger.recovery_ended.clear()
            for number in sorted(self.live.ledger.recovered):
                async with self._lock(number):
                    await self._partition(number)
            self.telemetry.restored()

    # -- slices ----------------------------------------------------------------------------------------------

    async def take_slice(self, tp: TP, part: Slice) -> None:
        """
        Step a partition's engine with a slice; return once its effects are durable and told.

        A slice that a rebalance overtook is dropped: it comes again, here or at the new owner.  Raises
        :class:`LostSliceError`.
        """
        await self.reference_ready.wait()
        async with self._lock(tp.partition):
            partition = await self._partition(tp.partition)
            if partition is None:
                return
            read = partition.read.get(tp.topic, -1)
            if not self._joins(tp, part, read):
                return
            fresh = [record for record in part.records if record.offset > read]
            if not fresh:
                return
            values = [record.value or b"" for record in fresh]
            kind, began = self._kinds[tp.topic], time.perf_counter()
            step = partition.engine.step(values, kind=kind, logged_on=_day(fresh[-1]))
            self.telemetry.judged(kind, step, time.perf_counter() - began)
            partition.read[tp.topic] = fresh[-1].offset
            _count(partition.counts, step)
            await self._flush(partition, step.told, _refused(tp.topic, fresh, step), fresh[0].timestamp)
            if step.probes:
                await self._pass_on(Beat(partition=tp.partition, sent_at=step.probes[-1]))

    async def judge_again(self, affected: Affected) -> None:
        """Have every partition's engine judge again what new reference data affects, and tell what that changes."""
        # By the locks: a partition that is just being restored may have been judged by the old data.
        for number in list(self._locks):
            async with self._lock(number):
                partition = self.partitions.get(number)
                if partition is not None:
                    await self._flush(partition, partition.engine.judge_again(affected), ())

    async def _flush(
        self,
        partition: Partition,
        told: list[Told],
        refused: tuple[RefusedEntry, ...],
        arrived_ms: int | None = None,
    ) -> None:
        markets = partition.bookmarks.entries(partition.engine)
        if not (told or refused or markets or partition.read != partition.flushed):
            return
        partition.seq += 1
        batch = Batch(
            v=BATCH_VERSION,
            seq=partition.seq,
            offsets=dict(partition.read),
            markets=markets,
            told=tuple(told_entry(each) for each in told),
            refused=refused,
            end_days={str(kind): day for kind, day in partition.engine.end_days.items()},
            counts=dict(partition.counts),
        )
        began = time.perf_counter()
        try:
            await self.live.ledger.write(partition.number, batch)
        except VoidBatchError as e:
            self._drop(partition, e)
            return
        written = time.perf_counter()
        self.telemetry.wrote(written - began)
        await self._tell(batch, arrived_ms)
        changes = [each.change for each in told]
        partition.note(changes)
        self.telemetry.told(changes, arrived_ms=arrived_ms, seconds=time.perf_counter() - written)
        partition.flushed = dict(batch.offsets)
        self.telemetry.flushed(partition.number)

    def _drop(self, partition: Partition, why: VoidBatchError) -> None:
        """
        Drop a partition of which the ledger has more than this worker knew, and join the group again.

        Whoever wrote it may own the partition now, or have owned it before: only the group can say.  Its slices are
        dropped until it is given up and read anew.
        """
        log.warning("%s; dropping the partition and joining the group again", why)
        self.partitions.pop(partition.number, None)
        self.live.ledger.recovered.discard(partition.number)
        self.live.join_again()

    async def _tell(self, batch: Batch, arrived_ms: int | None = None) -> None:
        """Publish what *batch* led to; may be done twice, the same both times."""
        sent = [
            await self.live.alerts.send(
                key=each.change.alert_id.encode(),
                value=encode_change(each.change),
                partition=0,
                headers=arrival(arrived_ms),
                key_serializer="raw",
                value_serializer="raw",
            )
            for each in batch.told
        ]
        sent += [await self._send_dead_letter(each) for each in batch.refused]
        for each in sent:
            await each

    async def _pass_on(self, beat: Beat) -> None:
        """Write a probe on to the topic of alerts, after all that was told before it; a crash loses it."""
        sent = await self.live.alerts.send(
            key=HEARTBEAT, value=encode_beat(beat), partition=0, key_serializer="raw", value_serializer="raw"
        )
        await sent

    async def _send_dead_letter(self, each: RefusedEntry) -> Any:
        headers = {
            "reason": each.reason.encode(),
            "detail": each.detail.encode()[:1000],
            "topic": each.topic.encode(),
            "partition-offset": each.position.encode(),
        }
        return await self.live.dead_letters.send(
            key=each.key, value=each.value, headers=headers, key_serializer="raw", value_serializer="raw"
        )

    def _joins(self, tp: TP, part: Slice, read: int) -> bool:
        """
        Return whether *part* goes on where *read* ended; raises :class:`LostSliceError` where it should and does not.

        In a rebalance Faust empties the agents' queues and may let the next slice through: all of them come again.
        """
        if part.follows <= read:
            return True
        if not self.live.flows:
            return False
        message = f"{tp.topic}[{tp.partition}]: a slice follows offset {part.follows}, but only {read} was read"
        raise LostSliceError(message)

    def _lock(self, number: int) -> asyncio.Lock:
        return self._locks.setdefault(number, asyncio.Lock())

    async def _partition(self, number: int) -> Partition | None:
        """Return a partition, restored where it was not yet; None where it is not, or no longer, this worker's."""
        if number not in self.live.ledger.recovered:
            return None
        partition = self.partitions.get(number)
        if partition is None:
            partition = await self._restore(number)
        if partition is not None:
            self.partitions[number] = partition
        return partition

    async def _restore(self, number: int) -> Partition | None:
        batches = self.live.ledger.take(number)
        partition = Partition(number, self._new_engine())
        if not batches:
            return partition
        self.telemetry.restoring = number
        try:
            told = await self._read_in(partition, batches)
        finally:
            if self.telemetry.restoring == number:
                self.telemetry.restoring = None
        if told is None:
            return None
        last = batches[-1]
        partition.seq, partition.counts = last.seq, dict(last.counts)
        partition.read, partition.flushed = dict(last.offsets), dict(last.offsets)
        partition.bookmarks.read(partition.engine)
        partition.open_alerts = {alert.id: alert for alert in partition.engine.alerts() if alert.state in OPEN_STATES}
        # The last batch may have been written and not told; telling it again tells the same.
        await self._tell(last)
        await self._flush(partition, told, ())
        return partition if number in self.live.ledger.recovered else None

    async def _read_in(self, partition: Partition, batches: list[Batch]) -> list[Told] | None:
        """Bring a new partition's engine to the state of *batches*; None where it is given up meanwhile."""
        told: list[Told] = []
        ledger = self.live.ledger
        for news in restoring(partition.engine, batches):
            told += news
            await asyncio.sleep(0)
            if not self.live.flows:
                # Faust waits for the slices in hand, which wait for this, before it has the partitions given up.
                ledger.recovered.discard(partition.number)
            if partition.number not in ledger.recovered:
                return None
        return told

    # -- the sink --------------------------------------------------------------------------------------------

    async def take_changes(self, tp: TP, part: Slice, told: Sequence[AlertChange | Beat]) -> None:
        """
        Write a slice of alert changes, and the heartbeats among them, to the store, waiting as long as it is away.

        A store that lost what it had is made again from the topic: the changes it lacks are read first.  While the
        store is away a rebalance is not held up: the slice is dropped then, as is one that a rebalance overtook, and
        comes again.  Raises :class:`LostSliceError`.
        """
        async with self._sinking:
            if not self.live.flows:
                return
            if not self._joins(tp, part, NOTHING_READ if self._sunk is None else self._sunk):
                return
            if await self._until_store_answers(lambda: self._sink(part, told)):
                self._sunk = part.records[-1].offset

    async def _sink(self, part: Slice, told: Sequence[AlertChange | Beat]) -> None:
        pairs = list(zip(part.records, told, strict=True))
        changes = [(record, each) for record, each in pairs if isinstance(each, AlertChange)]
        if changes:
            await self._apply(changes)
        # After the changes before them: who hears a heartbeat has been able to hear those.
        beats = [each for each in told if isinstance(each, Beat)]
        if beats:
            await self.store.beat(beats)

    async def _apply(self, pairs: Sequence[tuple[Any, AlertChange]]) -> None:
        numbered = [(record.offset, change) for record, change in pairs]
        while True:
            began = time.perf_counter()
            try:
                applied = await self.store.apply(numbered, after=NOTHING_READ if self._stored is None else self._stored)
            except StoreBehindError as e:
                log.warning("%s; reading them from the topic", e)
                self.telemetry.store_behind()
                await self._fill(NOTHING_READ if e.last_offset is None else e.last_offset, numbered[0][0] - 1)
            else:
                records, changes = [record for record, _ in pairs], [change for _, change in pairs]
                self.telemetry.stored(records, changes, applied, time.perf_counter() - began)
                self._stored = numbered[-1][0]
                return

    async def _fill(self, after: int, last: int) -> None:
        """Write the changes past *after* up to *last* to the store again; stop where it loses even those."""
        try:
            async for run in self.live.read_alerts(after + 1, last):
                await self.store.apply(run, after=after)
                after = run[-1][0]
        except StoreBehindError:
            return

    async def _sink_offset(self) -> int:
        """Return where the sink reads on; from the beginning when the store cannot say: it skips what it has."""
        async with self._sinking:
            try:
                self._sunk = self._stored = await self.store.last_offset()
                self.telemetry.store_answered()
            except StoreUnavailableError as e:
                log.warning("%s; alerts wait in Kafka", e)
                self.telemetry.store_away()
                self._sunk = self._stored = None
            return 0 if self._sunk is None else self._sunk + 1

    async def _until_store_answers(self, ask: Callable[[], Awaitable[None]]) -> bool:
        """Ask until there is an answer; return whether there was one before the flow of records was stopped."""
        delay = SINK_RETRY_SECONDS
        while True:
            try:
                await ask()
            except StoreUnavailableError as e:
                self.telemetry.store_away()
                log.warning("alerts wait in Kafka: %s; trying again in %.2f s", e, delay)
                await asyncio.sleep(delay)
                delay = min(2 * delay, SINK_RETRY_SECONDS_MAX)
            else:
                return True
            if not self.live.flows:
                return False


def _day(record: Any) -> int:
    """Return the day (ordinal) a record entered the log."""
    return datetime.fromtimestamp(record.timestamp / 1000, tz=UTC).date().toordinal()


def _refused(topic: str, fresh: Sequence[Any], step: Step) -> tuple[RefusedEntry, ...]:
    return tuple(
        RefusedEntry(
            topic=topic,
            position=f"{fresh[each.index].partition}:{fresh[each.index].offset}",
            reason=each.reason,
            detail=each.detail,
            key=fresh[each.index].key,
            value=fresh[each.index].value,
        )
        for each in step.refused
    )


def _count(counts: dict[str, int], step: Step) -> None:
    counts["records"] = counts.get("records", 0) + step.records
    for outcome, number in step.outcomes.items():
        counts[outcome.name.lower()] = counts.get(outcome.name.lower(), 0) + number
    for refused in step.refused:
        counts[f"refused:{refused.reason}"] = counts.get(f"refused:{refused.reason}", 0) + 1
