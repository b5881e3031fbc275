"""
Reading topics as a tool does: without a group, from the beginning to an end that is known.

The end of a partition is the high watermark of a fetch.  A broker's answer to "what is the latest offset" is not
enough: the embedded one answers one past the *first* record of the last batch.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from streams.broker import (
    OPEN,
    PATIENCE_S,
    BrokerSecurity,
    BrokerUnreachableError,
    Waiting,
    admin_client,
    wait_unheard,
)

SILENCE_S: Final = 30.0
"""How long a broker may go without an answer in the middle of reading."""
_POLL_MS: Final = 200
_FETCH_WAIT_MS: Final = 50


@contextmanager
def log_reader(
    bootstrap: str,
    security: BrokerSecurity = OPEN,
    *,
    patience_s: float = PATIENCE_S,
    on_wait: Callable[[Waiting], None] = wait_unheard,
) -> Iterator[Any]:
    """
    Yield a consumer that belongs to no group and commits nothing, waiting for the broker to be there.

    Raises what :func:`streams.broker.admin_client` raises.
    """
    with admin_client(bootstrap, security, patience_s=patience_s, on_wait=on_wait):
        pass
    try:
        consumer = KafkaConsumer(
            bootstrap_servers=bootstrap.split(","),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=_FETCH_WAIT_MS,
            **security.client_options(),
        )
    except KafkaError as error:
        raise _gone(bootstrap, error) from error
    try:
        yield consumer
    except KafkaError as error:
        raise _gone(bootstrap, error) from error
    finally:
        consumer.close()


def partitions_of(consumer: Any, topic: str) -> list[TopicPartition]:
    """Return the partitions of *topic*, none where it does not exist."""
    return [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]


def log_ends(consumer: Any, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
    """
    Return the offset after the last record of each partition; assigns and moves the consumer.

    Raises :class:`BrokerUnreachableError` where the broker stops answering.
    """
    wanted = list(partitions)
    ends: dict[TopicPartition, int] = dict.fromkeys(wanted, 0)
    answers: Mapping[TopicPartition, int] = consumer.end_offsets(wanted) if wanted else {}
    filled = [each for each, offset in answers.items() if offset > 0]
    consumer.assign(filled)
    for each in filled:
        consumer.seek(each, answers[each] - 1)
    deadline = time.monotonic() + SILENCE_S
    while left := [each for each in filled if not ends[each]]:
        if time.monotonic() > deadline:
            message = f"Kafka does not say where {left[0].topic} ends: check that the partition has a leader"
            raise BrokerUnreachableError(message)
        consumer.poll(timeout_ms=_POLL_MS)
        for each in left:
            ends[each] = max(answers[each], consumer.highwater(each) or 0) if consumer.highwater(each) else 0
    return ends


def read_to_end(consumer: Any, partitions: Iterable[TopicPartition]) -> Iterator[list[Any]]:
    """Yield the records that *partitions* hold now, in runs, each partition's in order."""
    ends = log_ends(consumer, partitions)
    filled = [each for each, end in ends.items() if end > 0]
    if not filled:
        return
    consumer.assign(filled)
    consumer.seek_to_beginning(*filled)
    while any(consumer.position(each) < ends[each] for each in filled):
        for each, run in consumer.poll(timeout_ms=_POLL_MS).items():
            yield [record for record in run if record.offset < ends[each]]


def _gone(bootstrap: str, error: KafkaError) -> BrokerUnreachableError:
    message = f"Kafka at {bootstrap} stopped answering ({type(error).__name__}: {error}): check that it runs"
    return BrokerUnreachableError(message)
