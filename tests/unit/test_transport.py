"""What the consumer of slices yields while partitions are handed over."""

import asyncio
from types import SimpleNamespace

import pytest
from aiokafka.errors import KafkaError
from faust.types import TP

from alerts.store import MemoryStore
from streams.agents import build_worker
from streams.settings import Settings

ALERTS = TP("alerts", 0)


async def unfinished():
    """Go on for ever, as the client's coordination does."""
    await asyncio.Event().wait()


async def failing():
    """Fail as the client's coordination might."""
    raise KafkaError


@pytest.fixture
async def coordinator(consumer):
    """Return what keeps the consumer in its group, as the client has it."""
    found = SimpleNamespace(_closing=asyncio.Future(), _pending_exception=None)
    found._coordination_task = asyncio.ensure_future(unfinished())
    consumer._thread._consumer = SimpleNamespace(_coordinator=found)
    yield found
    found._coordination_task.cancel()


@pytest.fixture
async def consumer(monkeypatch):
    """Return the consumer of a worker that has no broker: slices of two records, six records to be read."""
    worker = build_worker(Settings(slice_records=2), MemoryStore())
    found = worker.live.app.consumer
    records = [SimpleNamespace(topic="alerts", offset=offset, timestamp=0) for offset in range(6)]

    async def fetched(_):
        return {ALERTS: records}, {ALERTS}

    monkeypatch.setattr(found, "_wait_next_records", fetched)
    found._sought[ALERTS] = 0
    found.resume_flow()
    return found


async def test_slices_follow_each_other(consumer):
    """Each knows the offset that it follows."""
    slices = [message.value async for _, message in consumer.getmany(1.0)]

    assert [-1, 1, 3] == [each.follows for each in slices]
    assert [[0, 1], [2, 3], [4, 5]] == [[record.offset for record in each.records] for each in slices]


async def test_the_flow_stopping_while_a_slice_waits_for_room_leaves_no_place_to_go_on_from(consumer):
    """Faust drops that slice; to go on behind it, before the partitions are put in their place, would miss it."""
    run = consumer.getmany(1.0)
    await anext(run)
    consumer.stop_flow()
    consumer.resume_flow()

    assert [] == [each async for each in run]
    assert [] == [each async for each in consumer.getmany(1.0)]


async def test_a_member_of_the_group_has_not_failed(consumer, coordinator):
    """Nor has one that was not started."""
    assert consumer.group_failure() is None
    consumer._thread._consumer = None
    assert consumer.group_failure() is None


async def test_an_error_that_nobody_fetches_is_seen(consumer, coordinator):
    """The client takes part in the group no more until it was heard, and Faust does not listen."""
    coordinator._pending_exception = KafkaError("unexpected")

    assert coordinator._pending_exception is consumer.group_failure()


async def test_an_end_of_coordination_is_seen(consumer, coordinator):
    """The group would wait for a member that is gone."""
    coordinator._coordination_task.cancel()
    coordinator._coordination_task = asyncio.ensure_future(failing())
    await asyncio.wait([coordinator._coordination_task])

    assert isinstance(consumer.group_failure(), KafkaError)


async def test_a_consumer_that_is_closed_has_not_failed(consumer, coordinator):
    """It left the group."""
    coordinator._pending_exception = KafkaError("too late")
    coordinator._closing.set_result(None)

    assert consumer.group_failure() is None
