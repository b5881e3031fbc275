"""Writing a log into topics again: each record with its key and its bytes, into the partition that it came from."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from kafka import KafkaProducer

from streams.broker import PATIENCE_S, BrokerError, Waiting, admin_client, broker_security, wait_unheard
from streams.feed_records import Hear, Progress
from streams.log_source import LogSource, Run
from streams.publish import KafkaResult
from streams.settings import Settings
from streams.shapes import Kind
from streams.topics import TopicNames

_LINGER_MS: Final = 20
_BATCH_BYTES: Final = 1 << 18


def publish_log(
    source: LogSource,
    *,
    settings: Settings,
    patience_s: float = PATIENCE_S,
    on_wait: Callable[[Waiting], None] = wait_unheard,
    hear: Hear = lambda _: None,
) -> KafkaResult:
    """
    Write the trades and ticks of *source* to the topics of *settings*, as they were and in their order.

    The topics must have as many partitions as the log had, and stamp records with the time at which they arrive now.
    Raises :class:`BrokerError` for a partition that is not there.
    """
    security = broker_security(settings)
    with admin_client(settings.kafka, security, patience_s=patience_s, on_wait=on_wait):
        pass
    producer = KafkaProducer(
        bootstrap_servers=settings.kafka.split(","),
        acks="all",
        linger_ms=_LINGER_MS,
        batch_size=_BATCH_BYTES,
        **security.client_options(),
    )
    progress, started, finished = Progress(), time.perf_counter(), False
    try:
        for run in source.runs():
            _send(producer, run, settings)
            progress.records += len(run.records)
            progress.read += run.read
            progress.seconds = time.perf_counter() - started
            hear(progress)
        finished = True
    except KeyboardInterrupt:
        pass
    finally:
        producer.flush()
        producer.close()
    seconds = time.perf_counter() - started
    return KafkaResult(records=progress.records, rejected={}, seconds=seconds, finished=finished)


def _send(producer: Any, run: Run, settings: Settings) -> None:
    topic = _topics(settings)[run.kind]
    if run.partition >= settings.partitions:
        raise BrokerError(
            f"the log has a partition {run.partition}, and {topic} has {settings.partitions}: "
            "a mineral's records are kept in order by their partition; give the topics as many"
        )
    for each in run.records:
        headers = [(name, value) for name, value in each.headers if value is not None]
        producer.send(topic, key=each.key, value=each.value, partition=run.partition, headers=headers)


def _topics(settings: Settings) -> Mapping[Kind, str]:
    names = TopicNames(settings.topic_prefix)
    return {Kind.TRADE: names.trades, Kind.TICK: names.ticks}
