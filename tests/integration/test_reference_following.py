"""Following the topic of reference data: a worker judges nothing before it has read all of it."""

import asyncio
from datetime import date

import pytest
from kafka import KafkaProducer

from alerts.store import MemoryStore
from streams.agents import _follow_reference, build_worker
from streams.broker import OPEN
from streams.publish import publish_reference
from streams.reference.book import ReferenceBook
from streams.reference.fx import FxDaily
from streams.reference.wire import encode, key
from streams.settings import Settings
from streams.topics import TopicPlan, create

pytestmark = pytest.mark.integration


@pytest.fixture
def settings(kafka, fresh_topics):
    """Return the settings of a worker whose topics are there and empty."""
    create(kafka.bootstrap, TopicPlan(prefix=fresh_topics, app_id=f"{fresh_topics}app"))
    return Settings(kafka=kafka.bootstrap, topic_prefix=fresh_topics, app_id=f"{fresh_topics}app")


async def rates_when_ready(settings):
    """Return the days of the rates that a worker has at the moment at which it lets its partitions start."""
    worker, book = build_worker(settings, MemoryStore()), ReferenceBook()
    following = asyncio.create_task(_follow_reference(worker, book))
    ready = asyncio.create_task(worker.reference_ready.wait())
    await asyncio.wait([following, ready], return_when=asyncio.FIRST_COMPLETED)
    days = [each.day for each in book.fx]
    following.cancel()
    await asyncio.gather(following, ready, return_exceptions=True)
    assert worker.reference_ready.is_set()
    return days


async def test_no_reference_data_is_read_at_once(settings):
    """An empty topic is no reason to wait."""
    assert await rates_when_ready(settings) == []


@pytest.mark.parametrize("batches", [1, 3])
async def test_all_of_the_reference_data_is_read_first(settings, batches):
    """However many records a batch holds: where the topic ends is not taken from a broker's answer alone."""
    topic = f"{settings.topic_prefix}reference"
    days = [date(2025, 1, number) for number in range(1, 31)]
    producer = KafkaProducer(bootstrap_servers=settings.kafka, linger_ms=1000)
    for start in range(batches):
        for day in days[start::batches]:
            entry = FxDaily(day=day, rates={"USD": "1.1"})
            producer.send(topic, key=key(entry).encode(), value=encode(entry))
        producer.flush()
    producer.close()
    assert await rates_when_ready(settings) == days


async def test_reference_data_is_followed_on(settings):
    """What is published later comes without a restart."""
    worker, book = build_worker(settings, MemoryStore()), ReferenceBook()
    following = asyncio.create_task(_follow_reference(worker, book))
    await worker.reference_ready.wait()
    entry = FxDaily(day=date(2025, 1, 1), rates={"USD": "1.1"})
    await asyncio.to_thread(
        publish_reference, settings.kafka, f"{settings.topic_prefix}reference", [entry], security=OPEN
    )
    async with asyncio.timeout(30):
        while not list(book.fx):  # noqa: ASYNC110 - a book tells nobody that it has changed
            await asyncio.sleep(0.01)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
