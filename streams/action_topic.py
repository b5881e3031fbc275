"""The topic ``alert-actions`` as the log of what people did about alerts: see :class:`alerts.action_log.ActionLog`."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Iterable, Sequence
from typing import Any, Final, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from alerts.action_log import ActionLogError
from alerts.actions import Action, ActionError, RecordedAction, decode_action, encode_action
from streams.broker import OPEN, BrokerSecurity

log: Final = logging.getLogger(__name__)

ANSWER_S: Final = 10.0
"""How long Kafka may take to confirm an action, or to say where the topic ends."""
IDLE_MS: Final = 500
_REQUEST_MS: Final = 5_000

T = TypeVar("T")


class ActionTopic:
    """The one partition of the topic of actions; connects when it is first used."""

    def __init__(self, bootstrap: str, topic: str, security: BrokerSecurity = OPEN) -> None:
        self._bootstrap = bootstrap
        self._partition = TopicPartition(topic, 0)
        self._options = {
            "bootstrap_servers": bootstrap.split(","),
            "request_timeout_ms": _REQUEST_MS,
            **security.client_options(),
        }
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def append(self, action: Action) -> int:
        """Write *action*, confirmed by every replica in sync, and return its offset."""
        producer = await self._started()
        key = str(getattr(action, "alert_id", "") or action.id).encode()
        sending = producer.send_and_wait(
            self._partition.topic, key=key, value=encode_action(action), partition=self._partition.partition
        )
        return int((await self._in_time("record the action", sending)).offset)

    async def follow(self, after: int) -> AsyncIterator[Sequence[RecordedAction]]:
        """Yield runs of the actions past *after* as they come."""
        consumer = await self._consumer()
        try:
            consumer.seek(self._partition, after + 1)
            while True:
                found = await consumer.getmany(timeout_ms=IDLE_MS)
                yield list(recorded(found.get(self._partition, ())))
        except KafkaError as error:
            raise self._away("read actions", error) from error
        finally:
            await consumer.stop()

    async def end(self) -> int:
        """Return the offset after the last action: the high watermark, which the end of a fetch tells."""
        consumer = await self._consumer()
        try:
            ends = await self._in_time("see where the actions end", consumer.end_offsets([self._partition]))
            if not (told := int(ends[self._partition])):
                return 0
            consumer.seek(self._partition, told - 1)
            await self._in_time("see where the actions end", consumer.getone(self._partition))
            return max(told, consumer.highwater(self._partition) or 0)
        finally:
            await consumer.stop()

    async def aclose(self) -> None:
        """Stop the producer, once what it was given is written."""
        if self._producer is not None:
            await self._producer.stop()
            self._producer = None

    async def _started(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                producer = AIOKafkaProducer(acks="all", **self._options)
                try:
                    await self._in_time("record the action", producer.start())
                except ActionLogError:
                    await producer.stop()
                    raise
                self._producer = producer
            return self._producer

    async def _consumer(self) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            group_id=None, enable_auto_commit=False, auto_offset_reset="earliest", **self._options
        )
        try:
            await self._in_time("read actions", consumer.start())
        except ActionLogError:
            await consumer.stop()
            raise
        consumer.assign([self._partition])
        return consumer

    async def _in_time(self, what: str, asked: Awaitable[T]) -> T:
        try:
            return await asyncio.wait_for(asked, ANSWER_S)
        except (KafkaError, TimeoutError, OSError) as error:
            raise self._away(what, error) from error

    def _away(self, what: str, error: Exception) -> ActionLogError:
        return ActionLogError(
            f"could not {what}: Kafka at {self._bootstrap} does not take or give {self._partition.topic} "
            f"({type(error).__name__}): check that it runs and has the topic (floorwatch topics create)"
        )


def recorded(records: Iterable[Any]) -> Iterable[RecordedAction]:
    """Yield the actions in records of the topic; what is none is logged and passed over."""
    for record in records:
        try:
            yield RecordedAction(record.offset, decode_action(record.value or b""))
        except ActionError as error:
            log.exception("offset %d of %s is passed over", record.offset, record.topic, exc_info=error)
