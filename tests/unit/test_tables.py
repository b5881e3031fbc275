"""The ledger's table while partitions are handed over: only what was read to its end is there to be taken."""

import pytest
from faust.types import TP

from alerts.store import MemoryStore
from streams.agents import build_worker
from streams.settings import Settings

CHANGELOG = TP("floorwatch-state-changelog", 1)


@pytest.fixture
async def app():
    """Return the app of a worker that has no broker."""
    return build_worker(Settings(), MemoryStore()).live.app


@pytest.fixture
def ledger(app):
    """Return its ledger."""
    return app.tables["state"]


async def assign(app, generation):
    """Tell the ledger, and recovery after it, of an assignment."""
    await app.tables["state"].on_rebalance({CHANGELOG}, set(), {CHANGELOG}, generation)
    app.tables.recovery._generation_id = generation


async def test_a_recovered_partition_can_be_taken(app, ledger):
    """Its owner restores it then."""
    await assign(app, 7)
    await ledger.on_recovery_completed({CHANGELOG}, set())

    assert {1} == ledger.recovered


async def test_a_recovery_that_ends_after_its_partitions_were_given_up_is_not_believed(app, ledger):
    """What it had read is forgotten: the partition would be taken for a new one."""
    await assign(app, 7)
    ledger.forget()
    await ledger.on_recovery_completed({CHANGELOG}, set())

    assert set() == ledger.recovered


async def test_a_recovery_that_ends_while_the_next_is_being_prepared_is_not_believed(app, ledger):
    """The ledger is told of an assignment first, recovery a little later."""
    await assign(app, 7)
    await ledger.on_rebalance({CHANGELOG}, set(), set(), 8)
    await ledger.on_recovery_completed({CHANGELOG}, set())

    assert set() == ledger.recovered


async def test_a_recovery_that_is_to_begin_again_is_not_believed(app, ledger):
    """Recovery was told of the next assignment and has not begun with it."""
    await assign(app, 7)
    app.tables.recovery.signal_recovery_start.set()
    await ledger.on_recovery_completed({CHANGELOG}, set())

    assert set() == ledger.recovered
