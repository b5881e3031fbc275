"""
What the live path leans on inside Faust, which no release note would announce a change of.

A new version of Faust is taken up only after each of these holds again and the parity and crash tests pass on it.
"""

import ast
import asyncio
import inspect
import textwrap
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import faust
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.consumer.group_coordinator import GroupCoordinator
from faust.app.base import App
from faust.stores.base import Store
from faust.tables.manager import TableManager
from faust.tables.recovery import RebalanceAgain, Recovery, ServiceStopped
from faust.tables.table import Table
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage
from mode.utils.queues import FlowControlEvent

from streams.agents import build_worker
from streams.settings import Settings
from streams.tables import Ledger, LedgerRecovery
from streams.transport import SliceConsumer
from streams.worker import Worker


@pytest.fixture
def worker() -> Worker:
    """Return a worker that is not started; it needs neither broker nor store."""
    store: Any = None
    return build_worker(Settings(), store)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("faust-streaming", ("0.15.3",)),
        ("mode-streaming", ("0.7.1",)),
        ("aiokafka", ("0.14.",)),
    ],
)
def test_the_versions_are_those_that_were_read(name: str, wanted: tuple[str, ...]) -> None:
    """Everything below was checked against these."""
    assert version(name).startswith(wanted)


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        pytest.param(driver.Consumer.getmany, "self timeout", id="getmany"),
        pytest.param(driver.Consumer._wait_next_records, "self timeout", id="_wait_next_records"),
        pytest.param(driver.Consumer._to_message, "self tp record", id="_to_message"),
        pytest.param(driver.Consumer._new_offset, "self tp", id="_new_offset"),
        pytest.param(driver.Consumer._add_gap, "self tp offset_from offset_to", id="_add_gap"),
        pytest.param(driver.Consumer._get_active_partitions, "self", id="_get_active_partitions"),
        pytest.param(driver.Consumer.perform_seek, "self", id="perform_seek"),
        pytest.param(driver.Consumer.seek, "self partition offset", id="seek"),
        pytest.param(driver.Consumer.stop_flow, "self", id="stop_flow"),
        pytest.param(driver.Consumer.resume_flow, "self", id="resume_flow"),
        pytest.param(driver.Consumer.on_buffer_drop, "self tp", id="on_buffer_drop"),
        pytest.param(Table._new_store, "self", id="Table._new_store"),
        pytest.param(Table.on_rebalance, "self assigned revoked newly_assigned generation_id", id="Table.on_rebalance"),
        pytest.param(Table.on_recovery_completed, "self active_tps standby_tps", id="Table.on_recovery_completed"),
        pytest.param(Recovery.need_recovery, "self", id="Recovery.need_recovery"),
        pytest.param(Recovery._build_highwaters, "self consumer tps destination title", id="_build_highwaters"),
        pytest.param(Recovery._build_offsets, "self consumer tps destination title", id="_build_offsets"),
        pytest.param(Recovery._seek_offsets, "self consumer tps offsets title", id="_seek_offsets"),
        pytest.param(Recovery.on_recovery_completed, "self generation_id", id="Recovery.on_recovery_completed"),
        pytest.param(Recovery._wait, "self coro timeout", id="Recovery._wait"),
    ],
)
def test_a_method_that_is_called_or_replaced_takes_what_it_took(method: Callable[..., Any], parameters: str) -> None:
    """In this order, by these names."""
    assert list(inspect.signature(method).parameters) == parameters.split()


def test_a_store_must_do_what_the_ledger_s_store_does() -> None:
    """Another abstract method would make it impossible to instantiate; one less, useless."""
    wanted = {"apply_changelog_batch", "backup_partition", "reset_state", "restore_backup"}
    assert Store.__abstractmethods__ == wanted


def test_the_consumer_has_the_accounts_that_are_kept_for_it(worker: Worker) -> None:
    """Read and committed offsets, acks and paused partitions are plain mappings and sets."""
    consumer = SliceConsumer(
        worker.live.transport, callback=ignore, on_partitions_revoked=ignore, on_partitions_assigned=ignore
    )
    tp = TP("trades", 0)
    assert consumer._acked[tp] == []
    assert consumer._acked_index[tp] == set()
    assert consumer._read_offset[tp] is None
    assert consumer._committed_offset[tp] is None
    assert consumer._buffered_partitions == set()
    assert consumer.flow_active


def test_the_client_keeps_an_error_of_the_group_for_a_caller_that_faust_is_not() -> None:
    """:meth:`SliceConsumer.group_failure` looks for it; the names are the client's own."""
    text = inspect.getsource(GroupCoordinator)
    for name in ("self._pending_exception = exc", "self._coordination_task = ", "self._closing = "):
        assert name in text
    assert "check_errors" in inspect.getsource(AIOKafkaConsumer.getmany)
    assert "check_errors" not in inspect.getsource(driver.AIOKafkaConsumerThread._fetch_records)


def test_joining_again_gives_all_partitions_up_first() -> None:
    """What :meth:`SliceConsumer.join_again` asks of the client; its thread waits until Faust has given them up."""
    assert list(inspect.signature(GroupCoordinator.request_rejoin).parameters) == ["self"]
    text = inspect.getsource(GroupCoordinator.ensure_active_group)
    assert text.index("await self._on_join_prepare") < text.index("await self._do_rejoin_group")
    assert "on_partitions_revoked" in inspect.getsource(GroupCoordinator._on_join_prepare)


def test_a_message_belongs_to_a_generation() -> None:
    """Faust drops messages of another generation of the group, so slices must carry theirs."""
    assert "generation_id" in inspect.signature(ConsumerMessage).parameters
    assert "message.generation_id" in inspect.getsource(faust.Stream)


def test_recovery_reads_changelogs_only_where_it_says_that_it_needs_to() -> None:
    """The ledger's says no, and reads its changelog itself."""
    text = recovery_s_loop()
    assert text.count("T(consumer.resume_partitions)(active_tps)") == 1
    assert text.index("if self.need_recovery():") < text.index("T(consumer.resume_partitions)(active_tps)")


async def test_a_wait_of_recovery_that_takes_too_long_looks_like_the_worker_s_end(worker: Worker) -> None:
    """Its task would end there for good, which is why the ledger's begins again."""
    tables: Any = worker.live.app.tables
    with pytest.raises(ServiceStopped):
        await Recovery(worker.live.app, tables)._wait(asyncio.Event().wait(), timeout=0.01)
    assert "except ServiceStopped" in recovery_s_loop()


async def test_another_assignment_cancels_what_recovery_waits_for(worker: Worker) -> None:
    """The reading of the ledger among it."""
    tables: Any = worker.live.app.tables
    tables.recovery.signal_recovery_start.set()
    reading = asyncio.ensure_future(asyncio.Event().wait())
    with pytest.raises(RebalanceAgain):
        await tables.recovery._wait(reading)
    with pytest.raises(asyncio.CancelledError):
        await reading


def test_recovery_knows_the_assignment_that_it_was_last_told_of(worker: Worker) -> None:
    """By that the ledger tells a recovery that another rebalance has overtaken."""
    tables: Any = worker.live.app.tables
    assert not tables.recovery.signal_recovery_start.is_set()
    text = inspect.getsource(Recovery.on_rebalance)
    assert text.index("self.signal_recovery_start.set()") < text.index("self._generation_id = generation_id")


def test_the_ledger_is_told_of_a_rebalance_before_recovery_is() -> None:
    """Its offsets are dropped before recovery works out where to begin."""
    order = calls_in(TableManager.on_rebalance)
    assert order.index("T(table.on_rebalance)") < order.index("T(self.recovery.on_rebalance)")


def test_partitions_are_put_in_their_place_after_recovery_and_before_the_flow_resumes() -> None:
    """The ledger is read by then, which says where that is."""
    order = calls_in(Recovery.on_recovery_completed)
    places = [
        order.index(name)
        for name in (
            "table.on_recovery_completed",
            "consumer.perform_seek",
            "self.app.flow_control.resume",
            "consumer.resume_flow",
        )
    ]
    assert places == sorted(places)


def test_resuming_the_flow_empties_the_queues_of_the_agents() -> None:
    """Why nothing is yielded of a source partition before :meth:`SliceConsumer.resume_flow`."""
    assert "self.clear" in calls_in(FlowControlEvent.resume)


def test_giving_up_partitions_is_awaited_after_the_agents_are_done() -> None:
    """Nobody else gets them before the last batch is in the ledger."""
    text = inspect.getsource(App._on_partitions_revoked)
    assert "await T(self.on_partitions_revoked.send)" in text
    assert text.index("stop_flow") < text.index("_consumer_wait_empty") < text.index("on_partitions_revoked.send")


def test_the_app_uses_the_slice_transport_and_the_ledger(worker: Worker) -> None:
    """Faust makes its consumer of the transport's class, its changelog of the table's name."""
    app: faust.App = worker.live.app
    tables: Any = app.tables
    assert app.transport is worker.live.transport
    assert app.transport.Consumer is SliceConsumer
    assert isinstance(app.tables["state"], Ledger)
    assert isinstance(tables.recovery, LedgerRecovery)
    assert app.tables["state"].changelog_topic.get_topic_name() == "floorwatch-state-changelog"


def recovery_s_loop() -> str:
    """Return the text of what recovery does with each assignment."""
    task: Any = Recovery._restart_recovery
    return inspect.getsource(task.fun)


async def ignore(*_: Any) -> None:
    """Do nothing."""


def calls_in(work: Callable[..., Any]) -> list[str]:
    """Return what *work* calls, as it is written, in order of the text."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(work)))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [ast.unparse(call.func) for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset))]
