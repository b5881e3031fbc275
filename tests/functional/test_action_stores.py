"""One contract for every store of actions, and the desk that keeps a store up to date with the log."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from alerts.action_log import ActionDesk, ActionLogError, MemoryActionLog
from alerts.action_store import ActionStore, MemoryActionStore
from alerts.actions import RecordedAction
from alerts.redis_actions import RedisActionStore
from alerts.redis_store import RedisStore
from alerts.store import NOTHING_READ, StoreBehindError, StoreUnavailableError
from streams.embedded import EmbeddedRedis, free_port
from tests.unit.alerts.deeds import acknowledged, closed, commented, silenced
from tests.unit.alerts.examples import FIRING, change_of

LOG = [acknowledged(FIRING, 0), commented(FIRING, 1), silenced(4, origin="CN"), closed(FIRING, 5)]


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedRedis]:
    """Return a server of this file's own."""
    with EmbeddedRedis() as running:
        yield running


@pytest.fixture(params=["memory", "redis"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[ActionStore]:
    """Return each store in turn."""
    if request.param == "memory":
        yield MemoryActionStore()
        return
    opened = RedisActionStore(request.getfixturevalue("server").url, f"test-{secrets.token_hex(6)}")
    yield opened
    await opened.aclose()


async def test_an_empty_store_has_nothing(store):
    """Nothing was done, nothing was read."""
    assert await store.of_alerts([FIRING.id]) == [[]]
    assert await store.silences() == []
    assert await store.read() == []
    assert await store.last_offset() is None


async def test_actions_are_taken_in(store):
    """They are found by alert, the silences apart, and all of them in order."""
    assert await store.apply(LOG, after=NOTHING_READ) == 4
    (mine, others) = await store.of_alerts([FIRING.id, "other"])
    assert sorted(mine) == [LOG[0], LOG[1], LOG[3]]
    assert others == []
    assert await store.silences() == [LOG[2]]
    assert await store.read() == LOG
    assert await store.read(after=1, limit=1) == [LOG[2]]
    assert await store.last_offset() == 5


async def test_actions_read_again_change_nothing(store):
    """Two desks bring the same store up to date."""
    await store.apply(LOG, after=NOTHING_READ)
    assert await store.apply(LOG[1:], after=0) == 0
    assert await store.read() == LOG


async def test_a_store_that_lacks_actions_says_so(store):
    """Nothing is taken in, and an empty run is enough to ask."""
    await store.apply(LOG[:2], after=NOTHING_READ)
    with pytest.raises(StoreBehindError, match="up to offset 1, not up to 4"):
        await store.apply(LOG[3:], after=4)
    with pytest.raises(StoreBehindError):
        await store.apply([], after=4)
    assert await store.last_offset() == 1


async def test_a_cleared_store_has_nothing(store):
    """Everything goes, and it can be filled again."""
    await store.apply(LOG, after=NOTHING_READ)
    await store.clear()
    assert (await store.of_alerts([FIRING.id]), await store.silences(), await store.read()) == ([[]], [], [])
    assert await store.apply(LOG, after=NOTHING_READ) == 4


async def test_alerts_and_actions_live_beside_each_other(server):
    """Clearing one leaves the other: they are copies of two topics."""
    namespace = f"test-{secrets.token_hex(6)}"
    alerts, actions = RedisStore(server.url, namespace), RedisActionStore(server.url, namespace)
    try:
        await alerts.apply([(0, change_of(FIRING))])
        await actions.apply(LOG, after=NOTHING_READ)
        await alerts.clear()
        assert await actions.read() == LOG
        await alerts.apply([(0, change_of(FIRING))])
        await actions.clear()
        assert await alerts.list() == [FIRING]
    finally:
        await alerts.aclose()
        await actions.aclose()


async def test_a_server_that_is_away_is_said_to_be_away():
    """The same error as for alerts."""
    store = RedisActionStore(f"redis://127.0.0.1:{free_port()}/0")
    with pytest.raises(StoreUnavailableError, match="could not read actions"):
        await store.read()
    await store.aclose()


# -- the desk ------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def running(desk: ActionDesk) -> AsyncIterator[ActionDesk]:
    """Let a desk run."""
    task = asyncio.create_task(desk.run())
    try:
        yield desk
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_an_actor_reads_their_own_action_back(store):
    """Once the desk has recorded it, the store has it."""
    async with running(ActionDesk(MemoryActionLog(), store)) as desk:
        for number, each in enumerate(LOG):
            assert await desk.record(each.action) == RecordedAction(number, each.action)
            assert (await store.read())[-1].action == each.action


async def test_two_desks_on_one_log_end_in_one_order(store):
    """Whichever process takes an action, both bring the store to the log's order."""
    log = MemoryActionLog()
    async with running(ActionDesk(log, store)) as one, running(ActionDesk(log, store)) as other:
        await asyncio.gather(*(desk.record(each.action) for desk, each in zip([one, other] * 2, LOG, strict=True)))
        assert [each.action for each in await store.read()] == log.actions


async def test_a_store_that_was_emptied_is_filled_again(store):
    """Redis lost everything; the log did not."""
    log = MemoryActionLog()
    async with running(ActionDesk(log, store)) as desk:
        await desk.record(LOG[0].action)
        await store.clear()
        await desk.record(LOG[1].action)
        while len(await store.read()) < 2:  # noqa: ASYNC110 - the store says when, no event does
            await asyncio.sleep(0.01)
    assert [each.action for each in await store.read()] == log.actions


async def test_a_log_that_is_away_is_said_to_be_away():
    """Nothing was recorded, and whoever acted hears so."""

    class Away(MemoryActionLog):
        async def append(self, action):
            raise ActionLogError("Kafka is away")

    with pytest.raises(ActionLogError, match="Kafka is away"):
        await ActionDesk(Away(), MemoryActionStore()).record(LOG[0].action)


async def test_a_log_made_anew_is_not_taken_for_the_old_one():
    """A store ahead of its log would drop every new action as known: the desk says what to do instead."""
    store = MemoryActionStore()
    await store.apply(LOG, after=NOTHING_READ)
    desk = ActionDesk(MemoryActionLog(), store)
    async with running(desk):
        while desk.trouble is None:  # noqa: ASYNC110 - nothing else tells
            await asyncio.sleep(0.01)
    assert "clear the store" in desk.trouble
