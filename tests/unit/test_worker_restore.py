"""Restoring a partition takes a while; a rebalance does not wait for it."""

import asyncio
from types import SimpleNamespace

import pytest

from alerts.store import MemoryStore
from streams.ledger import BATCH_VERSION, Batch, Bookmarks
from streams.settings import Settings
from streams.worker import Worker
from tests.outcomes import new_engine
from tests.sales import PLAIN, sale
from tests.strategies import logged

BATCHES = 50


class RecoveredLedger:
    """A ledger with one recovered partition of many batches, which tells nothing."""

    def __init__(self):
        engine, bookmarks = new_engine(PLAIN), Bookmarks()
        self.batches = []
        for seq in range(1, BATCHES + 1):
            engine.step([logged(sale(0, "9", id=f"{seq}")).value])
            markets = bookmarks.entries(engine)
            self.batches.append(Batch(BATCH_VERSION, seq, {"trades": seq}, markets, (), (), {}, {}))
        self.recovered = {1}
        self.recovery_ended = asyncio.Event()
        self.recovery_ended.set()

    def take(self, _number):
        """Return its batches."""
        return self.batches

    def forget(self):
        """Take note that all was forgotten."""
        self.recovered.clear()


@pytest.fixture
async def worker():
    """Return a worker with that ledger, which has read its reference data."""
    built = Worker(Settings(), new_engine=lambda: new_engine(PLAIN), store=MemoryStore())
    built.live = SimpleNamespace(names=built.live.names, flows=True, ledger=RecoveredLedger())
    built.reference_ready.set()
    return built


async def turns(count):
    """Let other tasks have so many turns."""
    for _ in range(count):
        await asyncio.sleep(0)


async def restore_some(worker):
    """Begin to restore the partition, and stop somewhere in the middle."""
    restoring = asyncio.ensure_future(worker.keep_restored())
    await turns(BATCHES // 2)
    assert worker.telemetry.restoring == 1
    assert {} == worker.partitions
    return restoring


async def test_a_partition_is_restored_without_a_record_coming(worker):
    """A batch that was written and not told before a crash is told then."""
    restoring = await restore_some(worker)
    await turns(BATCHES)
    restoring.cancel()

    assert BATCHES == worker.partitions[1].seq
    assert {"trades": BATCHES} == worker.partitions[1].read


async def test_a_partition_that_is_given_up_while_it_is_restored_is_dropped(worker):
    """The group waits for whoever gives up partitions."""
    restoring = await restore_some(worker)
    await worker.give_up()
    restoring.cancel()

    assert worker.telemetry.restoring is None
    assert {} == worker.partitions


async def test_restoring_ends_once_records_stop_flowing(worker):
    """Slices in hand wait for it, and Faust waits for them before partitions are given up."""
    restoring = await restore_some(worker)
    worker.live.flows = False
    await turns(2)
    restoring.cancel()

    assert worker.telemetry.restoring is None
    assert {} == worker.partitions
    assert set() == worker.live.ledger.recovered
