"""How a worker comes to the state of a partition, and lets go of it when a rebalance or another writer overtakes it."""

import asyncio
from types import SimpleNamespace

import pytest
from faust.types import TP

from alerts.store import MemoryStore
from streams.ledger import BATCH_VERSION, Batch, Bookmarks
from streams.ledger_log import VoidBatchError
from streams.settings import Settings
from streams.transport import Slice
from streams.worker import Worker
from tests.outcomes import new_engine
from tests.sales import PLAIN, sale
from tests.strategies import logged

BATCHES = 50
TRADES = TP("trades", 1)
YEAR_2030_MS = 1_893_456_000_000


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
        self.written = []
        self.overtaken = False
        self.recovery_ended = asyncio.Event()
        self.recovery_ended.set()

    def take(self, _number):
        """Return its batches."""
        return self.batches

    async def write(self, number, batch):
        """Take a batch in, unless another writer was faster."""
        if self.overtaken:
            message = "another wrote too"
            raise VoidBatchError(message)
        self.written.append((number, batch.seq))

    def forget(self):
        """Take note that all was forgotten."""
        self.recovered.clear()


@pytest.fixture
async def worker():
    """Return a worker with that ledger, which has read its reference data."""
    built = Worker(Settings(), new_engine=lambda: new_engine(PLAIN), store=MemoryStore())
    built.joined_again = []
    built.live = SimpleNamespace(
        names=built.live.names,
        flows=True,
        ledger=RecoveredLedger(),
        join_again=lambda: built.joined_again.append(True),
    )
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


def slice_of(first):
    """Return a slice of two records from the offset *first* on."""
    records = [
        SimpleNamespace(offset=offset, timestamp=YEAR_2030_MS, value=logged(sale(0, "9", id=f"at {offset}")).value)
        for offset in (first, first + 1)
    ]
    return Slice(first - 1, records)


async def test_a_slice_is_written_behind_what_was_restored(worker):
    """As the next batch."""
    await worker.take_slice(TRADES, slice_of(BATCHES + 1))

    assert [(1, BATCHES + 1)] == worker.live.ledger.written
    assert {"trades": BATCHES + 2} == worker.partitions[1].flushed


async def test_a_partition_whose_ledger_another_wrote_to_is_dropped_and_the_group_asked(worker):
    """What the worker made of it does not hold; whose it is, and what it is to be, comes with the next assignment."""
    worker.live.ledger.overtaken = True
    await worker.take_slice(TRADES, slice_of(BATCHES + 1))

    assert {} == worker.partitions
    assert [True] == worker.joined_again


async def test_slices_of_a_dropped_partition_are_dropped_until_it_was_given_up(worker):
    """They come again, to whoever owns it then."""
    worker.live.ledger.overtaken = True
    await worker.take_slice(TRADES, slice_of(BATCHES + 1))
    worker.live.ledger.overtaken = False
    await worker.take_slice(TRADES, slice_of(BATCHES + 3))

    assert [] == worker.live.ledger.written
    assert [True] == worker.joined_again
