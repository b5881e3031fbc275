"""
Reading topics in a worker's event loop beside its group: from the beginning, and to an end that is known.

The end of a partition is the high watermark of a fetch, as in :mod:`streams.log_reader`: a broker's answer to "what is
the latest offset" may be too low (:mod:`streams.embedded`).
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.broker import broker_security
from streams.settings import Settings
from streams.transport import FETCH_MAX_WAIT_MS

POLL_MS: Final = 500


def group_free_consumer(settings: Settings) -> AIOKafkaConsumer:
    """Return a consumer that belongs to no group and commits nothing, not started."""
    return AIOKafkaConsumer(
        bootstrap_servers=settings.kafka.split(","),
        enable_auto_commit=False,
        fetch_max_wait_ms=FETCH_MAX_WAIT_MS,
        **broker_security(settings).client_options(),
    )


async def at_end(consumer: Any, partition: TopicPartition, answered: int) -> bool:
    """Return whether *consumer* has read all of *partition*, whose end the broker *answered* when asked for it."""
    end = consumer.highwater(partition) if answered else 0
    return end is not None and await consumer.position(partition) >= max(end, answered)


async def read_whole(
    settings: Settings, topic: str, numbers: Iterable[int], hear: Callable[[int], None] = lambda _records: None
) -> dict[int, list[Any]]:
    """
    Return all records that the partitions *numbers* of *topic* hold, each partition's in order.

    *hear* is told, as they come, how many more there are.  Raises :class:`aiokafka.errors.KafkaError` where the broker
    does not answer.
    """
    partitions = [TopicPartition(topic, number) for number in numbers]
    found: dict[int, list[Any]] = {each.partition: [] for each in partitions}
    if not partitions:
        return found
    consumer = group_free_consumer(settings)
    try:
        await consumer.start()
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        while not all([await at_end(consumer, each, ends[each]) for each in partitions]):
            for each, run in (await consumer.getmany(timeout_ms=POLL_MS)).items():
                found[each.partition] += run
                hear(len(run))
    finally:
        await consumer.stop()
    return found
