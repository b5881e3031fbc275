"""Writing a log into topics again: each record with its key and its bytes, into the partition that it came from."""

import time
from collections.abc import Callable, Mapping

from streams.broker import PATIENCE_S, BrokerError, Waiting, broker_security, wait_unheard
from streams.feed_records import Hear, Progress
from streams.log_source import LogSource, Run
from streams.outbox import Outbox
from streams.publish import KafkaResult
from streams.records import Heartbeat, decoded
from streams.settings import Settings
from streams.shapes import Kind
from streams.topics import TopicNames


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

    Counted are the records that a direct replay counts: heartbeats and end marks, which are written too, are none.  The
    topics must have as many partitions as the log had, and stamp records with the time at which they arrive now.
    Raises :class:`BrokerError` for a partition that is not there, before anything is written.
    """
    _check_partitions(source, settings)
    progress, started, finished = Progress(), time.perf_counter(), False
    with Outbox(settings.kafka, broker_security(settings), patience_s=patience_s, on_wait=on_wait) as outbox:
        try:
            for run in source.runs():
                _send(outbox, run, settings)
                # Heartbeats move time and are no records; what cannot be decoded is one, that will be refused.
                progress.records += sum(not isinstance(decoded(each.value or b""), Heartbeat) for each in run.records)
                progress.read += run.read
                progress.seconds = time.perf_counter() - started
                hear(progress)
            finished = True
        except KeyboardInterrupt:
            pass
        outbox.settle()
    seconds = time.perf_counter() - started
    return KafkaResult(records=progress.records, rejected={}, seconds=seconds, finished=finished)


def _check_partitions(source: LogSource, settings: Settings) -> None:
    """Check before anything is written that all of it can be."""
    highest = max((partition for partition, size in source.sizes().items() if size), default=0)
    if highest >= settings.partitions:
        raise BrokerError(
            f"the log has a partition {highest}, and the topics have {settings.partitions}: "
            "a mineral's records are kept in order by their partition; give the topics as many"
        )


def _send(outbox: Outbox, run: Run, settings: Settings) -> None:
    topic = _topics(settings)[run.kind]
    for each in run.records:
        headers = [(name, value) for name, value in each.headers if value is not None]
        outbox.send(topic, key=each.key, value=each.value, partition=run.partition, headers=headers)


def _topics(settings: Settings) -> Mapping[Kind, str]:
    names = TopicNames(settings.topic_prefix)
    return {Kind.TRADE: names.trades, Kind.TICK: names.ticks}
