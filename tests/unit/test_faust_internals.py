"""Guards of what is leaned on inside Faust and aiokafka; one that fails says what a new version has changed."""

from aiokafka import AIOKafkaConsumer

from alerts.store import MemoryStore
from streams.agents import build_worker
from streams.settings import Settings
from streams.transport import FETCH_MAX_WAIT_MS, SliceConsumer, SliceConsumerThread


async def test_the_consumer_thread_fetches_without_a_long_wait():
    """Faust makes its consumer in its thread, and the consumer keeps the wait where the thread puts it."""
    app = build_worker(Settings(app_id="internals"), MemoryStore()).live.app
    consumer = app.consumer
    assert isinstance(consumer, SliceConsumer)
    thread = consumer._new_consumer_thread()
    made = thread._create_worker_consumer(app.transport)
    assert isinstance(thread, SliceConsumerThread)
    assert made._fetch_max_wait_ms == FETCH_MAX_WAIT_MS
    await made.stop()


async def test_an_aiokafka_consumer_keeps_its_fetch_wait_in_this_attribute():
    """The fetcher reads it when the consumer starts."""
    consumer = AIOKafkaConsumer(fetch_max_wait_ms=7)
    assert consumer._fetch_max_wait_ms == 7
    await consumer.stop()
