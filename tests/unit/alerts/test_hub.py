"""The hub: one reader, a cursor a subscriber, and whatever cannot be given is said."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace

from alerts.access import ANONYMOUS, Caller, Scope
from alerts.cursors import START, Cursor, CursorError, cursor_of, parse_cursor
from alerts.filters import EVERYTHING, Selection
from alerts.hub import Batch, Behind, Gap, Hub, HubClosedError, Missing
from alerts.model import decode_change, encode_change
from alerts.store import MemoryStore, Recorded, StoreUnavailableError
from tests.unit.alerts.examples import FIRING, change_of

SEES_FLOORS = Caller(name="maria", token="1", scopes=frozenset({Scope.READ, Scope.FLOORS}))


def log(count, start=0, *, origin="CN", gap=1):
    """Return changes with their offsets, every *gap*-th offset of the topic."""
    return [
        (at, change_of(replace(FIRING, id=f"{origin}{at:018d}", origin=origin)))
        for at in range(start, start + count * gap, gap)
    ]


@asynccontextmanager
async def hub_on(store, **options):
    """Run a hub."""
    hub = Hub(store, "floorwatch", **options)
    running = asyncio.create_task(hub.run())
    await hub.started()
    try:
        yield hub
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def taken(subscription, count):
    """Take until there are *count* changes; return their offsets."""
    found = []
    while len(found) < count:
        batch = await subscription.take()
        assert isinstance(batch, Batch), batch
        found += [each.offset for each in batch.frames]
    return found


async def first_news(subscription):
    """Return the first thing taken that is not an empty batch."""
    while True:
        found = await subscription.take()
        if not isinstance(found, Batch) or found.frames:
            return found


async def test_a_new_subscriber_hears_what_comes_from_now_on():
    """It has a cursor at once, so that nothing can come between."""
    store = MemoryStore()
    await store.apply(log(3))
    async with hub_on(store) as hub:
        subscription = hub.subscribe(None)
        assert subscription.cursor == cursor_of((await store.read())[-1])
        await store.apply(log(2, 3))
        assert await taken(subscription, 2) == [3, 4]


@pytest.mark.parametrize("ring", [1, 4, 100], ids=["out-of-the-ring", "half-in-it", "in-the-ring"])
async def test_whoever_resumes_gets_everything_past_the_cursor_once_and_in_order(ring):
    """Wherever it is read from: the ring, the store, or first the one and then the other."""
    store = MemoryStore()
    await store.apply(log(10))
    async with hub_on(store, ring=ring) as hub:
        await store.apply(log(10, 10))
        for after in (-1, 0, 9, 12, 18):
            cursor = START if after < 0 else cursor_of((await store.read(after - 1, 1))[0])
            assert await taken(hub.subscribe(cursor), 19 - after) == list(range(after + 1, 20))


async def test_a_subscriber_that_falls_out_of_the_ring_reads_on_by_its_own_cursor():
    """It took nothing while ten rings went by, and nothing was kept for it."""
    store = MemoryStore()
    async with hub_on(store, ring=5) as hub:
        with hub.subscribe(None) as slow:
            quick = hub.subscribe(None)
            for at in range(50):
                await store.apply(log(1, at))
                assert await taken(quick, 1) == [at]
            assert (hub.lag(), len(hub._frames) <= 10) == (50, True)
            assert await taken(slow, 50) == list(range(50))
        assert hub.lag() == 0


async def test_what_a_filter_leaves_out_moves_the_cursor_all_the_same():
    """Else whoever wants little would read everything again after a restart."""
    store = MemoryStore()
    async with hub_on(store) as hub:
        subscription = hub.subscribe(None, Selection(origin="NO"))
        await store.apply(log(3))
        batch = await subscription.take()
        assert (batch.frames, batch.cursor.offset) == ([], 2)
        subscription.wanted = EVERYTHING
        await store.apply(log(1, 3))
        assert await taken(subscription, 1) == [3]


async def test_offsets_without_a_change_are_no_gap():
    """The topic holds duplicates too, which the store leaves out."""
    store = MemoryStore()
    await store.apply(log(5, 3, gap=7))
    async with hub_on(store) as hub:
        assert await taken(hub.subscribe(START), 5) == [3, 10, 17, 24, 31]
        assert await taken(hub.subscribe(Cursor(12)), 3) == [17, 24, 31]


class Trimmed(MemoryStore):
    """A store that has dropped its oldest changes."""

    def drop(self, count):
        """Drop the first *count* changes."""
        del self._stream[:count]


@pytest.mark.parametrize(
    ("after", "is_gap"), [(3, True), (4, True), (5, False)], ids=["long-gone", "just-gone", "first-kept"]
)
async def test_a_cursor_older_than_what_is_kept_is_told_so_before_anything_else(after, is_gap):
    """Then comes everything that is kept: a gap is never silent, and never larger than it must be."""
    store = Trimmed()
    await store.apply(log(10))
    cursor = cursor_of((await store.read(after - 1, 1))[0])
    store.drop(5)
    async with hub_on(store) as hub:
        subscription = hub.subscribe(cursor)
        if is_gap:
            assert await first_news(subscription) == Gap(Missing.EXPIRED, cursor, 5)
        assert await taken(subscription, 5 if is_gap else 4) == list(range(5 if is_gap else 6, 10))


async def test_changes_dropped_while_a_subscriber_lags_are_a_gap():
    """It had them coming, and they are gone before it came to them."""
    store = Trimmed()
    async with hub_on(store, ring=1) as hub:
        subscription = hub.subscribe(None)
        await store.apply(log(1))
        await taken(subscription, 1)
        await store.apply(log(600, 1))
        while hub.position.offset < 600:
            await hub.news()
        store.drop(10)
        assert isinstance(await first_news(subscription), Gap)
        assert (await taken(subscription, 1))[0] == 10


async def test_a_log_made_anew_is_a_gap_for_everybody():
    """For those connected, and for a cursor of the old log that comes later."""
    store = MemoryStore()
    await store.apply(log(5))
    async with hub_on(store) as hub:
        connected = hub.subscribe(None)
        old = connected.cursor
        await store.clear()
        await store.apply(log(8, origin="NO"))
        assert await first_news(connected) == Gap(Missing.OTHER_LOG, old, 0)
        assert await taken(connected, 8) == list(range(8))
        assert (await first_news(hub.subscribe(old))).reason is Missing.OTHER_LOG


async def test_a_shorter_log_made_anew_is_noticed_by_its_beginning():
    """It has not come to where the reader was, and may not for long."""
    store = MemoryStore()
    await store.apply(log(500))
    async with hub_on(store) as hub:
        connected = hub.subscribe(None)
        await store.clear()
        await store.apply(log(3, origin="NO"))
        assert (await first_news(connected)).reason is Missing.OTHER_LOG
        assert await taken(connected, 3) == [0, 1, 2]


async def test_a_store_that_was_emptied_and_is_filled_again_repeats_nothing():
    """Those connected wait; those that resume hear that the store is behind, and then go on where they were."""
    store = MemoryStore()
    await store.apply(log(20))
    async with hub_on(store) as hub:
        connected = hub.subscribe(None)
        cursor = connected.cursor
        await store.clear()
        await store.apply(log(5))
        resumed = hub.subscribe(cursor)
        assert await first_news(resumed) == Behind(cursor, 4)
        await store.apply(log(20, 5))
        for each in (connected, resumed):
            assert await taken(each, 5) == [20, 21, 22, 23, 24]


async def test_a_hub_on_an_emptied_store_gives_what_was_not_yet_read():
    """The process is new and the store half filled: whoever resumes further on waits for the rest."""
    store = MemoryStore()
    await store.apply(log(20))
    cursor = cursor_of((await store.read())[14])
    await store.clear()
    await store.apply(log(10))
    async with hub_on(store) as hub:
        subscription = hub.subscribe(cursor)
        assert isinstance(await first_news(subscription), Behind)
        await store.apply(log(10, 10))
        assert await taken(subscription, 5) == [15, 16, 17, 18, 19]


async def test_a_confidential_floor_is_withheld_from_those_without_its_scope():
    """Each sees what it may, and what most see is encoded once."""
    secret = replace(FIRING, evidence={"floors": [{"floor": "c@1", "status": "contractual"}]})
    hub = Hub(MemoryStore(), "floorwatch")
    frame = hub.frame(Recorded(0, change_of(secret)))
    shown = {who.name: frame.encoded(lambda _, event: event, who) for who in (ANONYMOUS, SEES_FLOORS)}
    assert (b"contractual" in shown["maria"], b"contractual" in shown["anonymous"]) == (True, False)
    plain = hub.frame(Recorded(1, change_of(FIRING)))

    def encode(_, event):
        return event

    assert plain.encoded(encode, ANONYMOUS) is plain.encoded(encode, SEES_FLOORS)


async def test_a_store_that_is_away_is_waited_for():
    """The hub says why nothing comes, and goes on by itself."""

    class Away(MemoryStore):
        away = True
        asked = asyncio.Event()

        async def read(self, after=None, limit=None):
            if self.away:
                self.asked.set()
                raise StoreUnavailableError("no answer: check that it runs")
            return await super().read(after, limit)

    store = Away()
    await store.apply(log(2))
    hub = Hub(store, "floorwatch")
    running = asyncio.create_task(hub.run())
    await store.asked.wait()
    await asyncio.sleep(0)
    assert "no answer" in hub.trouble
    store.away = False
    await hub.started()
    assert await taken(hub.subscribe(START), 2) == [0, 1]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_hub_that_closes_lets_everybody_go():
    """Whoever waits is woken, and resumes elsewhere."""
    async with hub_on(MemoryStore()) as hub:
        waiting = asyncio.create_task(hub.subscribe(None).take())
        await asyncio.sleep(0)
        hub.close()
        with pytest.raises(HubClosedError):
            await waiting


@pytest.mark.parametrize("text", ["", "x", "-1", "1-", "1-zz", "1-0123456789", "9" * 19, "٣", "1 "])
def test_a_text_that_is_no_cursor_is_refused_with_what_to_do(text):
    """Nobody is given a place in the log that they did not ask for."""
    with pytest.raises(CursorError, match="earliest"):
        parse_cursor(text)


def test_a_cursor_comes_back_as_it_was_given():
    """With an anchor, without one, and from before the first."""
    change = decode_change(encode_change(change_of(FIRING)))
    for cursor in (cursor_of(Recorded(7, change)), Cursor(7), START):
        assert parse_cursor(str(cursor)) == cursor
