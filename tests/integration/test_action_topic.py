"""The topic of actions on a real broker: written for good, followed in order, and loud when it is away."""

import asyncio

import pytest
from aiokafka import AIOKafkaProducer

from alerts.action_log import ActionDesk, ActionLogError
from alerts.action_store import MemoryActionStore
from alerts.actions import RecordedAction
from streams.action_topic import ActionTopic
from streams.embedded import free_port
from streams.topics import TopicNames, TopicPlan, create
from tests.unit.alerts.deeds import acknowledged, closed, commented
from tests.unit.alerts.examples import FIRING

pytestmark = pytest.mark.integration

LOG = [acknowledged(FIRING, 0), commented(FIRING, 1), closed(FIRING, 2)]


@pytest.fixture
async def topic(kafka, fresh_topics):
    """Return the topic, created and empty."""
    create(kafka.bootstrap, TopicPlan(prefix=fresh_topics, app_id=f"{fresh_topics}floorwatch"))
    opened = ActionTopic(kafka.bootstrap, TopicNames(fresh_topics).alert_actions)
    yield opened
    await opened.aclose()


async def until_read(topic, after, count):
    """Return the first *count* actions past *after*."""
    found = []
    async for run in topic.follow(after):
        found += run
        if len(found) >= count:
            return found
    raise AssertionError


async def test_actions_are_read_in_the_order_in_which_they_were_written(topic):
    """Each has the next offset, and a reader begins wherever it likes."""
    assert await topic.end() == 0
    assert [await topic.append(each.action) for each in LOG] == [0, 1, 2]
    assert await topic.end() == 3
    assert await until_read(topic, -1, 3) == LOG
    assert await until_read(topic, 1, 1) == LOG[2:]


async def test_what_is_no_action_is_passed_over(topic, kafka):
    """Somebody wrote to the topic by hand: the log says so and goes on."""
    await topic.append(LOG[0].action)
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        await producer.send_and_wait(topic._partition.topic, b"hello", partition=0)
    await topic.append(LOG[1].action)
    assert await until_read(topic, -1, 2) == [LOG[0], RecordedAction(2, LOG[1].action)]


async def test_a_desk_begins_where_its_store_ends(topic):
    """A process that starts again reads what the others recorded meanwhile."""
    store = MemoryActionStore()
    for each in LOG[:2]:
        await topic.append(each.action)
    await store.apply(LOG[:1], after=-1)
    desk = ActionDesk(topic, store)
    task = asyncio.create_task(desk.run())
    try:
        assert (await desk.record(LOG[2].action)).offset == 2
        assert await store.read() == LOG
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_broker_that_is_away_is_said_to_be_away():
    """The action is not recorded, and whoever acted hears what to check."""
    topic = ActionTopic(f"127.0.0.1:{free_port()}", "alert-actions")
    with pytest.raises(ActionLogError, match=r"could not record the action: .* check that it runs"):
        await topic.append(LOG[0].action)
    await topic.aclose()
