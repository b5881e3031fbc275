"""Reading partitions whole beside the group, as a worker reads its ledger."""

import pytest
from kafka import KafkaProducer

from streams.log_follower import read_whole
from streams.settings import Settings
from streams.topics import TopicPlan, create, state_changelog

pytestmark = pytest.mark.integration

RECORDS = 40


@pytest.fixture
def settings(kafka, fresh_topics):
    """Return the settings of a worker whose topics are there and empty."""
    create(kafka.bootstrap, TopicPlan(prefix=fresh_topics, app_id=f"{fresh_topics}app", partitions=3))
    return Settings(kafka=kafka.bootstrap, topic_prefix=fresh_topics, app_id=f"{fresh_topics}app")


@pytest.fixture
def changelog(settings):
    """Return the topic of the ledger."""
    return state_changelog(settings.app_id)


@pytest.mark.parametrize("batches", [1, 7, RECORDS])
async def test_all_that_a_partition_holds_is_read(settings, changelog, batches):
    """However many records a batch of the producer holds, in order, and an empty partition beside it."""
    producer = KafkaProducer(bootstrap_servers=settings.kafka, linger_ms=1000)
    values = [b"%d" % number for number in range(RECORDS)]
    for start in range(batches):
        for value in values[start::batches]:
            producer.send(changelog, key=value, value=value, partition=1)
        producer.flush()
    producer.close()

    found = await read_whole(settings, changelog, [0, 1])

    assert found[0] == []
    assert [each.offset for each in found[1]] == list(range(RECORDS))
    assert sorted(each.value for each in found[1]) == sorted(values)


async def test_no_partitions_are_read_at_once(settings, changelog):
    """A worker may have been given none."""
    assert await read_whole(settings, changelog, []) == {}
