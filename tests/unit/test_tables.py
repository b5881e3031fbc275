"""The ledger's table while partitions are handed over: only what was read to its end is there to be taken."""

import asyncio
from types import SimpleNamespace

import pytest
from aiokafka.errors import KafkaConnectionError
from faust.tables.recovery import RebalanceAgain, ServiceStopped
from faust.types import TP

from alerts.store import MemoryStore
from streams import tables
from streams.agents import build_worker
from streams.ledger import Batch, encode_batch
from streams.ledger_log import LedgerError
from streams.settings import Settings

CHANGELOG = TP("floorwatch-state-changelog", 1)
OTHER = TP("floorwatch-state-changelog", 2)


class Changelog:
    """What the broker holds, and when it answers."""

    def __init__(self):
        self.records = {1: [], 2: []}
        self.answers = asyncio.Event()
        self.answers.set()
        self.asked = asyncio.Event()
        self.away = 0
        """How many more times it is not there."""

    def write(self, seq, partition=1):
        """Append a batch."""
        records = self.records[partition]
        key = f"{len(records)}-writer".encode()
        batch = Batch(1, seq, {"trades": 10 * seq}, (), (), (), {}, {})
        records.append(SimpleNamespace(offset=len(records), key=key, value=encode_batch(batch)))

    async def read(self, _settings, _topic, numbers, hear):
        """Stand in for :func:`streams.log_follower.read_whole`."""
        held = {number: list(self.records[number]) for number in numbers}
        self.asked.set()
        if self.away:
            self.away -= 1
            raise KafkaConnectionError
        await self.answers.wait()
        hear(sum(map(len, held.values())))
        return held


@pytest.fixture
async def changelog(monkeypatch):
    """Return the changelog that ledgers read."""
    found = Changelog()
    monkeypatch.setattr(tables, "read_whole", found.read)
    return found


@pytest.fixture
async def app(changelog):
    """Return the app of a worker that has no broker."""
    return build_worker(Settings(), MemoryStore()).live.app


@pytest.fixture
def ledger(app):
    """Return its ledger."""
    return app.tables["state"]


@pytest.fixture
async def recovery(app):
    """Return its recovery, made on the loop that will run it: elsewhere nothing would wake what waits."""
    return app.tables.recovery


async def assign(app, generation):
    """Tell the ledger, and recovery after it, of an assignment."""
    await app.tables["state"].on_rebalance({CHANGELOG}, set(), {CHANGELOG}, generation)
    app.tables.recovery._generation_id = generation


async def recover(ledger, *tps):
    """Do what recovery does with an assignment."""
    await ledger.read(tps)
    await ledger.on_recovery_completed(set(tps), set())


async def test_a_recovered_partition_can_be_taken(app, ledger, changelog):
    """Its owner restores it then, of all that the changelog holds."""
    changelog.write(1)
    changelog.write(2)
    await assign(app, 7)
    await recover(ledger, CHANGELOG)

    assert {1} == ledger.recovered
    assert ledger.records_read == 2
    assert {"trades": 20} == ledger.offsets(1)
    assert [1, 2] == [each.seq for each in ledger.take(1)]
    assert {"trades": 20} == ledger.offsets(1)


async def test_a_partition_without_a_batch_begins_at_the_beginning(app, ledger):
    """It is read, and there was nothing."""
    await assign(app, 7)
    await recover(ledger, CHANGELOG)

    assert {} == ledger.offsets(1)
    assert [] == ledger.take(1)


async def test_a_partition_that_was_not_read_has_no_place_to_go_on_from(app, ledger):
    """To take it for a new one would judge everything again."""
    await assign(app, 7)
    await ledger.on_recovery_completed({CHANGELOG}, set())

    assert set() == ledger.recovered
    assert ledger.offsets(1) is None


async def test_each_assignment_reads_its_partitions_from_the_beginning(app, ledger, changelog):
    """Another may have owned them in between, and what was read for the last assignment counts for nothing."""
    changelog.write(1)
    await assign(app, 7)
    await recover(ledger, CHANGELOG)
    ledger.take(1)
    ledger.forget()
    changelog.write(2)
    await assign(app, 8)
    await recover(ledger, CHANGELOG)

    assert [1, 2] == [each.seq for each in ledger.take(1)]


async def test_what_a_rebalance_overtakes_while_it_is_read_is_not_kept(app, ledger, changelog):
    """The next owner may write meanwhile."""
    changelog.write(1)
    await assign(app, 7)
    changelog.answers.clear()
    reading = asyncio.create_task(ledger.read([CHANGELOG]))
    await changelog.asked.wait()
    ledger.forget()
    changelog.write(2)
    await assign(app, 8)
    changelog.answers.set()
    await reading
    await ledger.on_recovery_completed({CHANGELOG}, set())

    assert set() == ledger.recovered
    assert ledger.offsets(1) is None


async def test_a_recovery_that_begins_again_reads_only_what_is_not_read(app, ledger, changelog):
    """What was read may have been taken and written on since; to read it again would set its end back."""
    changelog.write(1)
    await assign(app, 7)
    await recover(ledger, CHANGELOG)
    ledger.take(1)
    changelog.write(1, partition=2)
    await recover(ledger, CHANGELOG, OTHER)

    assert {1, 2} == ledger.recovered
    assert [1] == [each.seq for each in ledger.take(2)]
    with pytest.raises(KeyError):
        ledger.take(1)


async def test_a_broker_that_is_away_is_asked_again(app, ledger, changelog, monkeypatch):
    """Until it answers."""
    monkeypatch.setattr(tables, "READ_RETRY_SECONDS", 0)
    changelog.write(1)
    changelog.away = 2
    await assign(app, 7)
    await recover(ledger, CHANGELOG)

    assert [1] == [each.seq for each in ledger.take(1)]


async def test_a_ledger_without_its_beginning_is_not_gone_on_with(app, ledger, changelog):
    """It was read by one who can read all: what is missing is gone."""
    changelog.write(29)
    await assign(app, 7)
    await recover(ledger, CHANGELOG)

    with pytest.raises(LedgerError, match="begins with batch 29"):
        ledger.take(1)


async def test_a_recovery_that_ends_after_its_partitions_were_given_up_is_not_believed(app, ledger):
    """What it had read is forgotten: the partition would be taken for a new one."""
    await assign(app, 7)
    await ledger.read([CHANGELOG])
    ledger.forget()
    await ledger.on_recovery_completed({CHANGELOG}, set())

    assert set() == ledger.recovered


async def test_a_recovery_that_ends_while_the_next_is_being_prepared_is_not_believed(app, ledger):
    """The ledger is told of an assignment first, recovery a little later."""
    await assign(app, 7)
    await ledger.on_rebalance({CHANGELOG}, set(), set(), 8)
    await recover(ledger, CHANGELOG)

    assert set() == ledger.recovered


async def test_a_recovery_that_is_to_begin_again_is_not_believed(app, ledger, recovery):
    """Recovery was told of the next assignment and has not begun with it."""
    await assign(app, 7)
    recovery.signal_recovery_start.set()
    await recover(ledger, CHANGELOG)

    assert set() == ledger.recovered


async def test_faust_s_recovery_is_left_nothing_to_read(recovery):
    """Whatever it noted of an earlier reading."""
    recovery.active_highwaters[CHANGELOG] = 40
    recovery.active_offsets[CHANGELOG] = 28

    assert not recovery.need_recovery()


async def test_a_step_of_recovery_that_takes_too_long_is_begun_again(recovery):
    """Faust would never recover anything again."""
    with pytest.raises(RebalanceAgain):
        await recovery._wait(asyncio.Event().wait(), timeout=0.01)

    assert recovery.signal_recovery_start.is_set()


async def test_a_step_of_recovery_ends_with_the_worker(recovery):
    """Nothing begins again then."""
    recovery._stopped.set()
    with pytest.raises(ServiceStopped):
        await recovery._wait(asyncio.Event().wait(), timeout=60)

    assert not recovery.signal_recovery_start.is_set()
