"""
Slices: Faust's own consumer, handing over runs of records instead of single ones.

Faust's cost is per message handed to a stream, far above the cost of judging a record.  This consumer
yields one message per run of consecutive records of a partition: its value is the run, its offset the
last record's.  Source topics only: changelogs keep Faust's own path, which recovery depends on.

Faust's acknowledgements are not relied on either.  What may be committed is what the worker says it has made
durable (:class:`Progress`), and on assignment each partition is read on from there, whatever the group has
committed.  ``tests/unit/test_faust_internals.py`` guards each internal that is leaned on here.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol, cast

import faust
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

SLICE_RECORDS: Final = 5000

BUFFERED_TIMEOUT: Final = 0.01
"""Seconds to wait for idle partitions while others wait for their agent."""
ROOM_TIMEOUT: Final = 1.0
FETCH_MAX_WAIT_MS: Final = 30
"""
How long a broker may hold an idle fetch.  Faust's own 1500 ms are felt where a broker answers late by half of it, and
an alert waits for two fetches.
"""


class LoggedRecord(Protocol):
    """What is used of a record as the client library hands it over."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


class Progress(Protocol):
    """The worker's own account of how far each source partition is in its state."""

    def flushed(self, tp: TP) -> int | None:
        """Return the last offset whose effects are durable, None where there is none."""

    async def resume_at(self, tp: TP) -> int | None:
        """Return the offset to read on from, None where the partition was given up."""


class SliceSchema(faust.Schema[Any, Any]):
    """A schema that decodes nothing: an agent gets the slice itself."""

    def loads_key(self, app: Any, message: Any, **kwargs: Any) -> Any:  # noqa: ARG002 - Faust's signature
        """Return the message's key as it is."""
        return message.key

    def loads_value(self, app: Any, message: Any, **kwargs: Any) -> Any:  # noqa: ARG002 - Faust's signature
        """Return the message's value as it is."""
        return message.value


class Slice(NamedTuple):
    """A run of consecutive records of one partition, as an agent gets it."""

    follows: int
    """The offset before the first record that could be in it; what lies between was not in the log."""
    records: Sequence[LoggedRecord]


class SliceConsumerThread(driver.AIOKafkaConsumerThread):
    """The thread of Faust's consumer, whose fetches wait for ``FETCH_MAX_WAIT_MS``; Faust has no setting for that."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # The fetcher, which is made when the consumer starts, takes it from here.
        consumer._fetch_max_wait_ms = FETCH_MAX_WAIT_MS  # noqa: SLF001
        return consumer


class SliceConsumer(driver.Consumer):
    """
    A consumer that yields slices for source topics and single records for all others.

    Slices of a partition follow each other without a gap from where :meth:`perform_seek` last put it.  Faust
    drops what it has in hand at several places of a rebalance (queues are emptied when the flow resumes,
    records fetched while it rests are thrown away), so each partition's next offset is kept here and what does
    not join on is fetched again.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sought: dict[TP, int] = {}
        """Where the seeks since the flow last resumed have put the partitions."""
        self._next: dict[TP, int] = {}
        """By partition in flow: the offset to yield next."""
        self._moves = 0
        """How often the flow was stopped, or partitions were put in another place."""
        self._doubted: dict[TP, int] = {}
        self._passed_over: set[TP] = set()
        """Partitions of which records were fetched before they were in flow."""
        self._room = asyncio.Event()

    def _new_consumer_thread(self) -> SliceConsumerThread:
        return SliceConsumerThread(self, loop=self.loop, beacon=self.beacon)

    @property
    def _settings(self) -> "SliceTransport":
        return cast("SliceTransport", self.transport)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Any]]:  # noqa: ASYNC109 - Faust's signature
        """Fetch what the broker has and yield it, partition by partition."""
        await self._go_back()
        if self._buffered_partitions:
            timeout = BUFFERED_TIMEOUT
            await self._some_room()
        records, active = await self._wait_next_records(timeout)
        generation, moves = self.app.consumer_generation_id, self._moves
        if records is None or self.should_stop:
            return
        async for tp, message in self._messages(records, active):
            # What is thrown away here is fetched again: sources by `_joining`, changelogs by the recovery to come.
            if not self.flow_active or self.app.consumer_generation_id != generation:
                return
            yield tp, message
            # A message that waited for room when the flow stopped was dropped: what follows it is not the next.
            if self._moves != moves:
                return
            if tp.topic in self._settings.source_topics:
                self._next[tp] = message.offset + 1

    @property
    def _coordinator(self) -> Any:
        consumer = cast("Any", self._thread)._consumer  # noqa: SLF001
        return consumer and consumer._coordinator  # noqa: SLF001

    def join_again(self) -> None:
        """Join the group again: all partitions are given up first, and what is handed out then is read anew."""
        self._thread.thread_loop.call_soon_threadsafe(self._coordinator.request_rejoin)

    def group_failure(self) -> BaseException | None:
        """
        Return why this member takes no part in its group any more, None while it does.

        The client keeps such an error for whoever fetches by its own methods, and waits for that; Faust has others.
        """
        coordinator = self._coordinator
        if coordinator is None or coordinator._closing.done():  # noqa: SLF001
            return None
        task: asyncio.Task[None] = coordinator._coordination_task  # noqa: SLF001
        ended = task.exception() if task.done() and not task.cancelled() else None
        failure: BaseException | None = coordinator._pending_exception or ended  # noqa: SLF001
        return failure

    async def _go_back(self) -> None:
        """Seek again where records were passed over; they may have been the last, so that no gap would show it."""
        for tp in self._passed_over & self._next.keys():
            self._passed_over.discard(tp)
            await self.seek(tp, self._next[tp])

    async def _some_room(self) -> None:
        """Wait while the agents have their hands full with every partition; Faust would sleep for a second."""
        self._room.clear()
        if self.flow_active and not self._get_active_partitions():
            await self.wait_first(self._room.wait(), self.suspend_flow.wait(), timeout=ROOM_TIMEOUT)

    def on_buffer_drop(self, tp: TP) -> None:
        """Take note that the agent of *tp* has room again."""
        super().on_buffer_drop(tp)
        self._room.set()

    async def _messages(
        self, records: Mapping[Any, Sequence[LoggedRecord]], active: set[TP] | None
    ) -> AsyncIterator[tuple[TP, ConsumerMessage]]:
        for each, run in records.items():
            tp = TP(each.topic, each.partition)
            if not (active is None or tp in active or tp in self._buffered_partitions):
                continue
            if tp.topic not in self._settings.source_topics:
                for record in run:
                    yield tp, self._to_message(tp, record)
                continue
            joining = await self._joining(tp, run)
            for start in range(0, len(joining), self._settings.slice_records):
                part = Slice(self._next[tp] - 1, joining[start : start + self._settings.slice_records])
                yield tp, _message(tp, part, self.app.consumer_generation_id)

    async def _joining(self, tp: TP, run: Sequence[LoggedRecord]) -> Sequence[LoggedRecord]:
        """
        Return the records of *run* from the next offset on; none where they lie behind a gap.

        A gap is believed when it is seen twice: retention leaves them, and so do transactions.
        """
        following = self._next.get(tp)
        if following is None:
            self._passed_over.add(tp)
            return ()
        joining = run if run[0].offset >= following else [each for each in run if each.offset >= following]
        if joining and joining[0].offset > following and self._doubted.get(tp) != following:
            self._doubted[tp] = following
            await self.seek(tp, following)
            return ()
        return joining

    async def perform_seek(self) -> None:
        """Seek each source partition to where the worker's own state ends; the others as Faust does."""
        self._forget_places()
        await super().perform_seek()
        for tp in self.assignment():
            if tp.topic in self._settings.source_topics:
                offset = await self._settings.progress.resume_at(tp)
                if offset is None:
                    continue
                await self.seek(tp, offset)
                self._read_offset[tp] = None
                self._committed_offset[tp] = offset
                self._sought[tp] = offset

    def resume_flow(self) -> None:
        """Let messages through: those of source partitions that were put in their place since the flow stopped."""
        # Not any sooner: just before it calls this, Faust empties the queues that the agents read from.
        super().resume_flow()
        self._next.update(self._sought)
        self._sought.clear()

    def stop_flow(self) -> None:
        """Let nothing through until the partitions are assigned anew."""
        self._sought.clear()
        self._forget_places()
        super().stop_flow()

    def _forget_places(self) -> None:
        self._next.clear()
        self._moves += 1

    def _new_offset(self, tp: TP) -> int | None:
        if tp.topic not in self._settings.source_topics:
            return super()._new_offset(tp)
        self._acked[tp].clear()
        self._acked_index[tp].clear()
        flushed = self._settings.progress.flushed(tp)
        return None if flushed is None else flushed + 1

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        if tp.topic not in self._settings.source_topics:
            await super()._add_gap(tp, offset_from, offset_to)


class SliceTransport(driver.Transport):
    """Faust's transport with the slice consumer in it."""

    Consumer = SliceConsumer
    source_topics: frozenset[str] = frozenset()
    slice_records: int = SLICE_RECORDS
    progress: Progress


def install(app: faust.App, *, source_topics: frozenset[str], slice_records: int, progress: Progress) -> SliceTransport:
    """Make *app* read *source_topics* in slices of at most *slice_records*, resuming where *progress* says."""
    transport = SliceTransport(app.conf.broker_consumer, app, app.loop)
    transport.source_topics = source_topics
    transport.slice_records = slice_records
    transport.progress = progress
    app.transport = transport
    return transport


def _message(tp: TP, part: Slice, generation_id: int) -> ConsumerMessage:
    last = part.records[-1]
    return ConsumerMessage(
        topic=tp.topic,
        partition=tp.partition,
        offset=last.offset,
        timestamp=last.timestamp / 1000,
        timestamp_type=0,
        headers=None,
        key=None,
        value=cast("Any", part),
        checksum=None,
        serialized_key_size=0,
        serialized_value_size=len(part.records),
        tp=tp,
        # Faust drops a message of another generation than the group's without a word.
        generation_id=generation_id,
    )
