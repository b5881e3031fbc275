"""Fixtures of the tests that need a broker or a store; both are real."""

import secrets
from collections.abc import Iterator

import pytest
import redis

from streams.broker import admin_client
from streams.embedded import EmbeddedRedis
from tests.brokers import ApacheKafka, Broker, broker


@pytest.fixture(scope="session")
def kafka() -> Iterator[Broker]:
    """Return the broker of the session, running; a test that stops it starts it again."""
    chosen = broker()
    chosen.start()
    yield chosen
    chosen.close()


@pytest.fixture
def apache_kafka(kafka: Broker) -> ApacheKafka:
    """Return the broker of the session where that is an Apache Kafka of this run; skip elsewhere."""
    if not isinstance(kafka, ApacheKafka):
        pytest.skip("only an Apache Kafka of this run can show it: make test KAFKA=apache")
    return kafka


@pytest.fixture
def durable_kafka(kafka: Broker) -> Broker:
    """Return the broker of the session where it can be killed and keeps its log; skip elsewhere."""
    if not (kafka.can_restart and kafka.durable):
        pytest.skip("needs a broker that may be killed and keeps its log: make test KAFKA=apache")
    return kafka


@pytest.fixture(scope="session")
def redis_server() -> Iterator[EmbeddedRedis]:
    """Return the Redis server of the session, running; it keeps its data when it is stopped and started."""
    with EmbeddedRedis(persist=True) as server:
        yield server


@pytest.fixture
def redis_url(redis_server: EmbeddedRedis) -> str:
    """Return the address of a Redis with nothing in it."""
    redis_server.start()
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url


@pytest.fixture
def fresh_topics(kafka: Broker) -> Iterator[str]:
    """Return a prefix that no topic has yet; the topics that have it are deleted afterwards."""
    prefix = f"test-{secrets.token_hex(4)}-"
    yield prefix
    if not kafka.alive:
        kafka.start()
    with admin_client(kafka.bootstrap) as client:
        made = [name for name in client.list_topics() if name.startswith(prefix)]
        if made:
            client.delete_topics(made)
