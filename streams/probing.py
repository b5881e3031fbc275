"""Writing probes: at the beginning of the way that an alert goes, so that at its end somebody hears them."""

import asyncio
import logging
from datetime import date
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from alerts.clock import utc_now
from streams.broker import broker_security
from streams.records import Heartbeat, encode_record
from streams.settings import Settings
from streams.topics import TopicNames

log: Final = logging.getLogger(__name__)

BEFORE_ALL: Final = date(1960, 1, 1)
"""The first day there is: a heartbeat of it vouches for nothing."""
_ANSWER_S: Final = 10.0
_REQUEST_MS: Final = 5_000


async def send_probes(settings: Settings) -> None:
    """Write a probe to each partition of trades, every ``probe_seconds``, until cancelled; a broker may be away."""
    while True:
        producer = AIOKafkaProducer(
            bootstrap_servers=settings.kafka.split(","),
            request_timeout_ms=_REQUEST_MS,
            **broker_security(settings).client_options(),
        )
        try:
            await asyncio.wait_for(producer.start(), _ANSWER_S)
            while True:
                await asyncio.wait_for(_send(producer, settings), _ANSWER_S)
                await asyncio.sleep(settings.probe_seconds)
        except (KafkaError, OSError, TimeoutError) as error:
            log.warning("no probes are written: %s: %s", type(error).__name__, error)
        finally:
            await producer.stop()
        await asyncio.sleep(settings.probe_seconds)


async def _send(producer: AIOKafkaProducer, settings: Settings) -> None:
    topic = TopicNames(settings.topic_prefix).trades
    probe = encode_record(Heartbeat(event_date=BEFORE_ALL, probe=utc_now()))
    for partition in range(settings.partitions):
        await producer.send_and_wait(topic, value=probe, partition=partition)
