"""What the consumer of slices yields while partitions are handed over."""

from types import SimpleNamespace

import pytest
from faust.types import TP

from alerts.store import MemoryStore
from streams.agents import build_worker
from streams.settings import Settings

ALERTS = TP("alerts", 0)


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
