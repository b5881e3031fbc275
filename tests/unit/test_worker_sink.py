"""The sink of a worker while a rebalance goes on: no change is missed, and none is taken for lost."""

import asyncio
from types import SimpleNamespace

import pytest
from faust.types import TP

from alerts.heartbeat import Beat
from alerts.store import MemoryStore
from streams.settings import Settings
from streams.transport import Slice
from streams.worker import LostSliceError, Worker
from tests.unit.alerts.examples import FIRING, RESOLVED, change_of

CHANGES = [change_of(FIRING), change_of(RESOLVED, 2)]
ALERTS = TP("alerts", 0)


class SlowStore(MemoryStore):
    """A store that writes when it is let."""

    def __init__(self):
        super().__init__()
        self.asked = asyncio.Event()
        self.let = asyncio.Event()

    async def apply(self, changes, *, after=None):
        """Take in the changes once it is let."""
        self.asked.set()
        await self.let.wait()
        return await super().apply(changes, after=after)


@pytest.fixture
async def worker():
    """Return a worker that has no broker, and whose records flow."""
    built = Worker(Settings(), new_engine=lambda: None, store=SlowStore())
    built.live = SimpleNamespace(names=built.live.names, flows=True)
    return built


def take(worker, first):
    """Let the worker take both changes as a slice that begins at the offset *first*."""
    records = [SimpleNamespace(offset=first + number) for number in range(2)]
    return worker.take_changes(ALERTS, Slice(first - 1, records), CHANGES)


async def test_a_slice_that_is_being_written_counts_when_it_is_asked_where_to_read_on(worker):
    """Asked in the middle of it, the store would name a place before the slices that are in hand."""
    writing = asyncio.ensure_future(take(worker, 0))
    await worker.store.asked.wait()
    asking = asyncio.ensure_future(worker.resume_at(ALERTS))
    await asyncio.wait([asking], timeout=0)
    worker.store.let.set()

    assert 2 == await asking
    await writing


async def test_a_slice_that_a_rebalance_overtook_is_dropped(worker):
    """What was dropped before it would be missed; all of it comes again."""
    worker.store.let.set()
    worker.live.flows = False
    await take(worker, 5)

    assert 0 == await worker.resume_at(ALERTS)


async def test_a_slice_behind_a_gap_is_refused(worker):
    """Changes that are not in the store would be missed for good."""
    worker.store.let.set()
    with pytest.raises(LostSliceError, match="follows offset 4, but only -1 was read"):
        await take(worker, 5)


async def test_heartbeats_between_changes_are_put_beside_them_and_count_as_read(worker):
    """The store's own count stays at the last change: what comes next is taken in, and nothing is missing."""
    worker.store.let.set()
    beat = Beat(partition=1, sent_at="2025-04-01T12:00:00Z")
    records = [SimpleNamespace(offset=number) for number in range(3)]
    await worker.take_changes(ALERTS, Slice(-1, records), [CHANGES[0], beat, beat])
    await worker.take_changes(ALERTS, Slice(2, [SimpleNamespace(offset=3)]), [beat])
    await worker.take_changes(ALERTS, Slice(3, [SimpleNamespace(offset=4)]), [CHANGES[1]])

    assert [0, 4] == [each.offset for each in await worker.store.read()]
    assert [beat] == await worker.store.beats()
    assert worker.flushed(ALERTS) == 4
