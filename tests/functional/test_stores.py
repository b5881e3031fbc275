"""One contract for every store of alerts: in memory, and on a real server."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import redis
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from redis.asyncio import Redis, RedisCluster

from alerts.heartbeat import Beat
from alerts.lifecycle import subject_id
from alerts.model import OPEN_STATES, Alert, AlertChange, ChangeKind, Severity, State, encode_alert
from alerts.redis_store import BATCH_MAX, NAMESPACE, RedisStore, replay_namespace
from alerts.store import (
    AlertFilter,
    AlertStore,
    Applied,
    MemoryStore,
    Recorded,
    StoreAuthError,
    StoreBehindError,
    StoreError,
    StoreUnavailableError,
    digest_of,
)
from streams.embedded import EmbeddedRedis, free_port
from tests.unit.alerts.deeds import AFTER, NOW
from tests.unit.alerts.examples import FIRING, RESOLVED, change_of

Log = list[tuple[int, AlertChange]]


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedRedis]:
    """Return a server of this file's own, which nothing stops."""
    with EmbeddedRedis() as running:
        yield running


@asynccontextmanager
async def redis_store(url: str, namespace: str | None = None) -> AsyncIterator[RedisStore]:
    """Open a store with nothing in it."""
    store = RedisStore(url, namespace or f"test-{secrets.token_hex(6)}")
    try:
        yield store
    finally:
        await store.aclose()


@pytest.fixture(params=["memory", "redis"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[AlertStore]:
    """Return each store in turn."""
    if request.param == "memory":
        yield MemoryStore()
    else:
        async with redis_store(request.getfixturevalue("server").url) as opened:
            yield opened


OTHER = replace(
    FIRING, id="b" * 20, origin="NO", severity=Severity.CRITICAL, opened_at="2025-05-01T00:00:00Z", rule="unit_error"
)
PLACELESS = replace(
    FIRING, id="c" * 20, origin=None, destination=None, severity=Severity.INFO, opened_at="2025-04-01T00:00:00Z"
)
LOG: Log = [
    (0, change_of(FIRING)),
    (1, change_of(OTHER)),
    (4, change_of(PLACELESS)),
    (5, change_of(RESOLVED, 2, ChangeKind.RESOLVED)),
]


# -- what a store takes in ---------------------------------------------------------------------------------------


async def test_an_empty_store_has_nothing(store):
    """Nothing is found, nothing was read, and asking does no harm."""
    assert await store.get(FIRING.id) is None
    assert await store.list() == []
    assert await store.open_ids() == []
    assert await store.history(FIRING.id) == []
    assert await store.read() == []
    assert await store.last_offset() is None
    assert await store.digest() == digest_of([])


async def test_a_change_is_taken_in(store):
    """The alert is as the change left it, and the store knows how far it has read."""
    assert await store.apply([(0, change_of(FIRING))]) == Applied(1, 0)
    assert await store.get(FIRING.id) == FIRING
    assert await store.last_offset() == 0
    assert await store.read() == [Recorded(0, change_of(FIRING))]


async def test_no_changes_change_nothing(store):
    """An empty batch is no error."""
    assert await store.apply([], after=7) == Applied(0, 0)
    assert await store.last_offset() is None


async def test_a_change_read_again_is_a_duplicate(store):
    """An offset that was read before adds nothing."""
    await store.apply(LOG)
    assert await store.apply(LOG) == Applied(0, 4)
    assert [recorded.offset for recorded in await store.read()] == [0, 1, 4, 5]


async def test_a_change_told_again_is_a_duplicate_that_is_read(store):
    """A worker that was killed tells again; the change counts once, and its offset counts as read."""
    await store.apply([(0, change_of(FIRING)), (1, change_of(RESOLVED, 2))])
    assert await store.apply([(2, change_of(FIRING)), (3, change_of(RESOLVED, 2))]) == Applied(0, 2)
    assert await store.get(FIRING.id) == RESOLVED
    assert await store.last_offset() == 3
    assert [recorded.offset for recorded in await store.read()] == [0, 1]


async def test_a_batch_may_hold_its_own_duplicates(store):
    """Within one batch, too, only the first telling counts."""
    assert await store.apply([(7, change_of(FIRING)), (8, change_of(FIRING)), (8, change_of(OTHER))]) == Applied(1, 2)
    assert await store.last_offset() == 8


@pytest.mark.parametrize("length", [BATCH_MAX - 1, BATCH_MAX, BATCH_MAX + 1])
async def test_a_long_run_of_changes_is_taken_in(store, length):
    """More changes than one call takes are as good as few."""
    log = [(offset, change_of(replace(FIRING, revision=offset), offset + 1)) for offset in range(length)]
    assert await store.apply(log, after=-1) == Applied(length, 0)
    assert (await store.get(FIRING.id)).revision == length - 1
    assert [recorded.offset for recorded in await store.read()] == list(range(length))


async def test_evidence_comes_back_as_it_went_in(store):
    """Text of any script, nulls, lists and large counts survive."""
    evidence = {"party": "Ålesund 硅 \u0000 \U0001f4c9", "none": None, "counts": [0, 2**53 + 1], "pipe": "a|b\r\n"}
    alert = replace(FIRING, evidence=evidence)
    await store.apply([(0, change_of(alert))])
    assert await store.get(alert.id) == alert
    assert (await store.history(alert.id))[0].change.alert.evidence == evidence


# -- a store that lost something -----------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [5, 4, None], ids=["what-it-has", "less-than-it-has", "whatever-it-has"])
async def test_changes_follow_what_the_store_has(store, after):
    """A store that has read what its writer thinks it has, or more, goes on."""
    await store.apply(LOG)
    assert await store.apply([(6, change_of(OTHER, 2))], after=after) == Applied(1, 0)


async def test_a_store_that_lacks_changes_says_so(store):
    """It takes in nothing, for what came in between would be missing for good."""
    await store.apply(LOG[:2])
    with pytest.raises(StoreBehindError, match="holds changes up to offset 1, not up to 5") as raised:
        await store.apply([(6, change_of(OTHER, 2))], after=5)
    assert raised.value.last_offset == 1
    assert await store.last_offset() == 1


async def test_a_store_that_was_emptied_says_so(store):
    """A server that came back without its data is noticed by the next write."""
    await store.apply(LOG)
    await store.clear()
    with pytest.raises(StoreBehindError, match="no change at all") as raised:
        await store.apply([(6, change_of(OTHER, 2))], after=5)
    assert raised.value.last_offset is None


async def test_a_cleared_store_has_nothing(store):
    """Everything goes at once, and what was read counts as unread."""
    await store.apply(LOG)
    await store.clear()
    assert await store.list() == []
    assert await store.open_ids() == []
    assert await store.history(FIRING.id) == []
    assert await store.read() == []
    assert await store.last_offset() is None


# -- what a store answers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param(AlertFilter(), [OTHER, PLACELESS, RESOLVED], id="all-last-opened-first"),
        pytest.param(AlertFilter(limit=2), [OTHER, PLACELESS], id="limit"),
        pytest.param(AlertFilter(limit=0), [], id="limit-of-none"),
        pytest.param(AlertFilter(is_open=True), [OTHER, PLACELESS], id="open"),
        pytest.param(AlertFilter(is_open=True, limit=1), [OTHER], id="open-limit"),
        pytest.param(AlertFilter(is_open=False), [RESOLVED], id="ended"),
        pytest.param(AlertFilter(is_open=False, limit=1), [RESOLVED], id="limit-counts-what-is-wanted"),
        pytest.param(AlertFilter(state=State.FIRING), [OTHER, PLACELESS], id="firing"),
        pytest.param(AlertFilter(state=State.RESOLVED), [RESOLVED], id="resolved"),
        pytest.param(AlertFilter(state=State.RESOLVED, is_open=True), [], id="contradiction"),
        pytest.param(AlertFilter(rule="unit_error"), [OTHER], id="rule"),
        pytest.param(AlertFilter(rule="unit_error", is_open=True), [OTHER], id="rule-open"),
        pytest.param(AlertFilter(severity=Severity.INFO), [OTHER, PLACELESS, RESOLVED], id="info-or-more"),
        pytest.param(AlertFilter(severity=Severity.HIGH), [OTHER, RESOLVED], id="high-or-more"),
        pytest.param(AlertFilter(severity=Severity.HIGH, is_open=True), [OTHER], id="high-or-more-open"),
        pytest.param(AlertFilter(origin="NO"), [OTHER], id="origin"),
        pytest.param(AlertFilter(origin="CN", is_open=True), [], id="origin-open"),
        pytest.param(AlertFilter(destination="GB", is_open=True), [OTHER], id="destination-open"),
        pytest.param(AlertFilter(product="silicon|metal", is_open=True), [OTHER, PLACELESS], id="product-open"),
        pytest.param(AlertFilter(product="silicon|oxide"), [], id="no-such-product"),
        pytest.param(AlertFilter(mineral="silicon", stage="metal"), [OTHER, PLACELESS, RESOLVED], id="mineral-stage"),
        pytest.param(AlertFilter(mineral="silico"), [], id="no-such-mineral"),
        pytest.param(AlertFilter(stage="oxide", is_open=True), [], id="no-such-stage"),
        pytest.param(AlertFilter(zone="illustrative", origin="NO"), [OTHER], id="zone"),
    ],
)
async def test_alerts_are_found_by_what_they_are(store, wanted, found):
    """Each field narrows; what is not asked for does not."""
    await store.apply(LOG)
    assert await store.list(wanted) == found
    if wanted.is_open is not False:
        assert await store.open_ids(replace(wanted, is_open=True)) == sorted(
            alert.id for alert in await store.list(replace(wanted, is_open=True))
        )


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
@pytest.mark.parametrize("is_open", [None, True])
async def test_pages_put_together_are_the_list(store, limit, is_open):
    """No alert is on two pages or on none, though some opened at the same second."""
    twins = [replace(FIRING, id=letter * 20) for letter in "def"]
    await store.apply([*LOG, *((10 + offset, change_of(alert)) for offset, alert in enumerate(twins))])
    wanted, found, after = AlertFilter(is_open=is_open), [], None
    while True:
        page = await store.page(wanted, after=after, limit=limit)
        assert len(page.alerts) <= limit
        found += page.alerts
        after = page.after
        if after is None:
            break
    assert found == await store.list(wanted)


async def test_what_opens_between_two_pages_shifts_nothing(store):
    """A cursor is a place, not a number of alerts passed over."""
    await store.apply(LOG)
    first = await store.page(AlertFilter(), limit=1)
    await store.apply([(9, change_of(replace(OTHER, id="9" * 20, opened_at="2025-06-01T00:00:00Z")))])
    second = await store.page(AlertFilter(), after=first.after, limit=5)
    assert [*first.alerts, *second.alerts] == [OTHER, PLACELESS, RESOLVED]


async def test_a_narrow_filter_takes_several_pages(store, monkeypatch):
    """A page may be empty and not the last: no request looks at the whole history."""
    monkeypatch.setattr("alerts.redis_store.SCAN_MAX", 2)
    monkeypatch.setattr("alerts.redis_store._PAGE", 1)
    await store.apply(LOG)
    wanted, found, after = AlertFilter(state=State.RESOLVED), [], None
    while (page := await store.page(wanted, after=after, limit=5)).after is not None:
        found, after = [*found, *page.alerts], page.after
    assert [*found, *page.alerts] == [RESOLVED]


async def test_the_episodes_of_a_subject_are_found(store):
    """A rule's scope has a story, whatever its days."""
    later = replace(FIRING, id="d" * 20, opened_at="2025-07-01T00:00:00Z")
    await store.apply([*LOG, (9, change_of(later))])
    assert await store.episodes(subject_id(FIRING)) == [RESOLVED, later]
    assert await store.episodes("unheard of") == []
    await store.clear()
    assert await store.episodes(subject_id(FIRING)) == []


async def test_alerts_opened_at_once_are_listed_by_id(store):
    """The order never depends on when a store was told."""
    twins = [replace(FIRING, id=letter * 20) for letter in "bca"]
    await store.apply([(offset, change_of(alert)) for offset, alert in enumerate(twins)])
    assert [alert.id[0] for alert in await store.list()] == ["c", "b", "a"]


async def test_a_negative_limit_is_refused():
    """It would mean something else to every store."""
    with pytest.raises(ValueError, match="was -1"):
        AlertFilter(limit=-1)


@pytest.mark.parametrize("state", list(State))
async def test_only_what_is_open_is_in_the_open_sets(store, state):
    """Pending, firing and recovering alerts are open; others leave the sets, and can still be read."""
    alert = replace(FIRING, state=state)
    await store.apply([(0, change_of(FIRING)), (1, change_of(alert, 2))])
    assert await store.open_ids() == ([alert.id] if state in OPEN_STATES else [])
    assert await store.get(alert.id) == alert


async def test_an_alert_moves_between_open_sets(store):
    """A change of severity takes it out of one set and into another; reopening brings it back."""
    worse = replace(FIRING, severity=Severity.CRITICAL)
    critical = AlertFilter(severity=Severity.CRITICAL)
    await store.apply([(0, change_of(FIRING))])
    assert await store.open_ids(critical) == []
    await store.apply([(1, change_of(worse, 2))])
    assert await store.open_ids(critical) == [FIRING.id]
    await store.apply([(2, change_of(RESOLVED, 3))])
    assert await store.open_ids() == []
    await store.apply([(3, change_of(FIRING, 4))])
    assert await store.open_ids() == [FIRING.id]
    assert await store.open_ids(critical) == []


async def test_history_is_an_alerts_own_changes(store):
    """Each change with the offset it has on the topic, in order."""
    await store.apply(LOG)
    assert await store.history(FIRING.id) == [LOG[0], LOG[3]]
    assert await store.history("none") == []


@pytest.mark.parametrize(
    ("after", "limit", "offsets"),
    [
        pytest.param(None, None, [0, 1, 4, 5], id="all"),
        pytest.param(-1, None, [0, 1, 4, 5], id="from-before-the-first"),
        pytest.param(0, None, [1, 4, 5], id="past-the-first"),
        pytest.param(2, None, [4, 5], id="past-an-offset-without-a-change"),
        pytest.param(5, None, [], id="past-the-last"),
        pytest.param(None, 0, [], id="none"),
        pytest.param(None, 2, [0, 1], id="the-first-two"),
        pytest.param(0, 9, [1, 4, 5], id="fewer-than-asked-for"),
    ],
)
async def test_changes_are_read_from_a_cursor(store, after, limit, offsets):
    """A reader names the last offset it has and gets what came after it."""
    await store.apply(LOG)
    assert [recorded.offset for recorded in await store.read(after, limit)] == offsets


async def test_the_digest_is_that_of_the_file_a_replay_writes(store):
    """Retracted alerts and the number of changes do not count: two runs that found the same agree."""
    await store.apply([*LOG, (6, change_of(replace(OTHER, state=State.RETRACTED), 2))])
    assert await store.digest() == digest_of([RESOLVED, PLACELESS])


# -- whatever way the changes come ---------------------------------------------------------------------------------


PLACES = st.sampled_from([None, "CN", "NO"])


@st.composite
def logs(draw: st.DrawFn) -> Log:
    """Return a topic: changes of some alerts in order of seq, some told again later, offsets with holes."""
    told: dict[str, list[AlertChange]] = {}
    log: Log = []
    offset = draw(st.integers(0, 2)) - 1
    for _ in range(draw(st.integers(1, 14))):
        offset += draw(st.integers(1, 3))
        name = draw(st.sampled_from("abc")) * 20
        changes = told.setdefault(name, [])
        if changes and draw(st.booleans()):
            log.append((offset, draw(st.sampled_from(changes))))
            continue
        alert = replace(
            FIRING,
            id=name,
            state=draw(st.sampled_from(State)),
            severity=draw(st.sampled_from(Severity)),
            origin=draw(PLACES),
            opened_at=f"2025-0{draw(st.integers(1, 3))}-01T00:00:00Z",
            revision=len(changes) + 1,
        )
        changes.append(change_of(alert, len(changes) + 1, ChangeKind.UPDATED))
        log.append((offset, changes[-1]))
    return log


@st.composite
def deliveries(draw: st.DrawFn, log: Log) -> list[Log]:
    """Return *log* in batches as a consumer may read it: cut anywhere, gone back anywhere, nothing left out."""
    batches, read = [], 0
    while read < len(log):
        start = draw(st.integers(0, read))
        stop = draw(st.integers(read + 1, len(log)))
        batches.append(log[start:stop])
        read = stop
    return batches


def expected_stream(log: Log) -> list[Recorded]:
    """Return the first telling of each change."""
    seen: set[str] = set()
    return [Recorded(*each) for each in log if not (each[1].id in seen or seen.add(each[1].id))]


async def content(store: AlertStore) -> tuple[object, ...]:
    """Return all that a reader can see."""
    alerts = await store.list()
    return (
        await store.digest(),
        [encode_alert(alert) for alert in alerts],
        await store.open_ids(),
        [await store.open_ids(AlertFilter(severity=severity)) for severity in Severity],
        [await store.open_ids(AlertFilter(origin=origin)) for origin in ("CN", "NO")],
        [await store.history(alert.id) for alert in alerts],
        await store.read(),
        await store.last_offset(),
    )


async def sets_in(store: RedisStore) -> dict[str, set[str]]:
    """Return every open set that the server keeps for *store*."""
    async with Redis.from_url(store.address, decode_responses=True) as client:
        keys = [key async for key in client.scan_iter(match=f"{store.key('open')}*")]
        return {key.removeprefix(store.key()): await client.smembers(key) for key in keys}


def expected_sets(alerts: list[Alert]) -> dict[str, set[str]]:
    """Return the open sets that a reader of the layout expects."""
    sets: dict[str, set[str]] = {}
    for alert in alerts:
        if alert.state not in OPEN_STATES:
            continue
        sets.setdefault("open", set()).add(alert.id)
        for name in ("severity", "rule", "product", "origin", "destination"):
            if (value := getattr(alert, name)) is not None:
                sets.setdefault(f"open:{name}:{value}", set()).add(alert.id)
    return sets


@settings(max_examples=60, deadline=None)
@given(data=st.data())
async def test_any_delivery_ends_in_the_same_content(server, data):
    """Duplicates, redelivery and the cuts between batches leave no trace, in memory or on the server."""
    log = data.draw(logs())
    plain, memory = MemoryStore(), MemoryStore()
    await plain.apply(log)
    wanted = await content(plain)
    assert await plain.read() == expected_stream(log)
    async with redis_store(server.url) as stored:
        for batch in data.draw(deliveries(log)):
            assert await memory.apply(batch) == await stored.apply(batch)
        assert await content(memory) == wanted
        assert await content(stored) == wanted
        assert await sets_in(stored) == expected_sets(await plain.list())
        await stored.clear()


@settings(max_examples=20, deadline=None)
@given(data=st.data())
async def test_a_store_made_again_has_the_same_stream(server, data):
    """Emptied at any point and filled from the topic, it has the same ids: a subscriber's cursor stays good."""
    log = data.draw(logs())
    async with redis_store(server.url) as stored, Redis.from_url(server.url) as client:
        await stored.apply(log)
        before = await content(stored), await client.xrange(stored.key("alerts"))
        await stored.clear()
        await stored.apply(log[: data.draw(st.integers(0, len(log)))])
        await stored.clear()
        assert [key async for key in client.scan_iter(match=f"{stored.key()}*")] == []
        for batch in data.draw(deliveries(log)):
            await stored.apply(batch)
        assert (await content(stored), await client.xrange(stored.key("alerts"))) == before
        await stored.clear()


async def test_two_writers_at_once_double_nothing(server):
    """After a rebalance two sinks may write for a moment; the content is that of one."""
    log = [(offset, change_of(replace(FIRING, revision=offset), offset + 1)) for offset in range(400)]
    async with redis_store(server.url) as one, redis_store(server.url, one.namespace) as two:
        await asyncio.gather(
            *(store.apply(log[start : start + 30]) for start in range(0, 400, 15) for store in (one, two))
        )
        await one.apply(log)
        offsets = [recorded.offset for recorded in await one.read()]
        assert offsets == sorted(set(offsets))
        assert await one.get(FIRING.id) == log[-1][1].alert


# -- the layout on the server --------------------------------------------------------------------------------------


async def test_the_stream_is_numbered_by_the_topic(server):
    """Stream ids are `<offset>-0`; a stream has no 0-0, so offset 0 is 0-1, still past the cursor 0-0."""
    async with redis_store(server.url) as store, Redis.from_url(server.url, decode_responses=True) as client:
        await store.apply(LOG)
        entries = await client.xrange(store.key("alerts"))
        assert [stream_id for stream_id, _ in entries] == ["0-1", "1-0", "4-0", "5-0"]
        assert entries[3][1]["alert"] == FIRING.id
        assert (entries[3][1]["kind"], entries[3][1]["at"]) == ("resolved", "2025-03-04T00:00:00Z")
        past_the_start = await client.xrange(store.key("alerts"), min="(0-0")
        assert past_the_start == entries


async def test_an_alert_is_a_hash_that_anyone_can_read(server):
    """The fields of the alert stand one by one beside its JSON, and nothing expires."""
    async with redis_store(server.url) as store, Redis.from_url(server.url, decode_responses=True) as client:
        await store.apply(LOG)
        key = store.key("alert", PLACELESS.id)
        assert key == f"{{{store.namespace}}}:alert:{PLACELESS.id}"
        found = await client.hgetall(key)
        assert found["alert"].encode() == encode_alert(PLACELESS)
        assert (found["severity"], found["state"], found["open"]) == ("info", "firing", "1")
        assert (found["origin"], found["seq"], found["offset"]) == ("", "1", "4")
        assert await client.hget(store.key("alert", FIRING.id), "open") == "0"
        keys = [each async for each in client.scan_iter(match=f"{store.key()}*")]
        assert {await client.ttl(each) for each in keys} == {-1}


async def test_the_doorbell_rings_once_a_batch(server):
    """A listener hears the last offset, then reads the stream; a batch of duplicates is silent."""
    async with redis_store(server.url) as store, Redis.from_url(server.url, decode_responses=True) as client:
        listener = client.pubsub(ignore_subscribe_messages=True)
        await listener.subscribe(store.key("doorbell"))
        await listener.get_message(timeout=5)
        await store.apply(LOG)
        await store.apply(LOG)
        await store.apply([(9, change_of(OTHER, 2))])
        rung = [message["data"] async for message in _first(listener, 2)]
        assert rung == ["5", "9"]
        await listener.aclose()


async def _first(listener, count):
    while count:
        message = await listener.get_message(ignore_subscribe_messages=True, timeout=5)
        assert message is not None
        if message["type"] == "message":
            count -= 1
            yield message


async def test_a_replay_keeps_to_its_own_namespace(server):
    """A replay neither shows among the live alerts nor is cleared with them."""
    async with (
        redis_store(server.url, f"{NAMESPACE}-{secrets.token_hex(4)}") as live,
        redis_store(server.url, replay_namespace(f"r{secrets.token_hex(4)}")) as replayed,
    ):
        await replayed.apply(LOG)
        assert await live.list() == []
        await live.apply(LOG[:1])
        await live.clear()
        assert len(await replayed.list()) == 3


@pytest.mark.parametrize("namespace", ["", "a{b", "a}b", "{}"])
async def test_a_namespace_is_a_plain_name(namespace):
    """Braces would change which part of a key decides its slot."""
    with pytest.raises(ValueError, match="without braces"):
        RedisStore("redis://127.0.0.1", namespace)


async def test_a_client_stays_its_owners(server):
    """A store on a client of someone else's does not close it."""
    async with Redis.from_url(server.url) as client:
        store = RedisStore(client, f"test-{secrets.token_hex(6)}")
        await store.apply(LOG)
        await store.aclose()
        assert await client.ping()
        assert await store.last_offset() == 5
        assert store.address == f"127.0.0.1:{server.port}"


class ClusterOfOne(EmbeddedRedis):
    """A server in cluster mode that holds every slot: it refuses what would not lie in one slot."""

    def command(self):
        """Return the command line of the server."""
        return [*super().command(), "--cluster-enabled", "yes"]

    def answers(self):
        """Return whether the cluster takes commands, giving it its slots first."""
        if not super().answers():
            return False
        with redis.Redis.from_url(self.url) as client:
            state = client.execute_command("CLUSTER INFO")
            if state["cluster_slots_assigned"] == "0":
                client.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)
            return state["cluster_state"] == "ok"


async def test_a_cluster_takes_it_in_one_slot():
    """The hash tag keeps every key of a namespace together."""
    with ClusterOfOne() as node:
        async with RedisCluster(host="127.0.0.1", port=node.port) as cluster:
            store, memory = RedisStore(cluster, "on-a-cluster"), MemoryStore()
            for each in (store, memory):
                assert await each.apply(LOG) == Applied(4, 0)
            assert await content(store) == await content(memory)
            await store.clear()
            assert await store.list() == []


# -- a server that fails ---------------------------------------------------------------------------------------------


async def test_a_server_that_forgot_the_script_is_taught_it_again(server):
    """Scripts live in the server's memory; one that was started again has none."""
    async with redis_store(server.url) as store, Redis.from_url(server.url) as client:
        await store.apply(LOG[:2])
        await client.script_flush()
        assert await store.apply(LOG[2:]) == Applied(2, 0)
        await client.script_flush()
        await store.clear()


async def test_a_server_that_is_not_there_is_named():
    """The message says what was tried, where, and what to check; it does not show the password."""
    port = free_port()
    async with redis_store(f"redis://reader:secret@127.0.0.1:{port}/0") as store:
        with pytest.raises(
            StoreUnavailableError, match=f"could not write alerts: Redis at redis://127.0.0.1:{port}/0"
        ) as e:
            await store.apply(LOG)
        assert "secret" not in str(e.value)
        for ask in (store.last_offset, store.list, store.open_ids, store.read, store.clear, store.digest):
            with pytest.raises(StoreUnavailableError, match="check that it runs there"):
                await ask()


async def test_a_server_that_says_nothing_is_given_up():
    """Every wait is bounded: a server that accepts and stays silent is unavailable, not waited for."""

    async def silent(reader, writer):
        await reader.read()
        writer.close()

    listening = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with Redis(host="127.0.0.1", port=port, socket_timeout=0.05, retry=None) as client:
        with pytest.raises(StoreUnavailableError, match="could not read how far"):
            await RedisStore(client, "silent").last_offset()
    listening.close()


async def test_a_server_that_came_back_goes_on():
    """Killed and started again with its data, the same store object reads and writes on."""
    with EmbeddedRedis(persist=True) as server:
        async with redis_store(server.url) as store:
            await store.apply(LOG[:2])
            server.kill()
            with pytest.raises(StoreUnavailableError):
                await store.apply(LOG[2:], after=1)
            server.start()
            # The last second may be lost with a crash; the writer learns of it and reads again.
            held = await store.last_offset()
            if held != 1:
                with pytest.raises(StoreBehindError):
                    await store.apply(LOG[2:], after=1)
            await store.apply(LOG)
            assert [recorded.offset for recorded in await store.read()] == [0, 1, 4, 5]


async def test_a_wrong_password_is_said_to_be_one():
    """Asking again would not help, so it is told apart from a server that is away."""
    with EmbeddedRedis(password="right") as server:
        for login in (":wrong@", "nobody:right@", ""):
            async with redis_store(f"redis://{login}127.0.0.1:{server.port}/0") as store:
                with pytest.raises(StoreAuthError, match="refused the user, the password"):
                    await store.last_offset()
                with pytest.raises(StoreAuthError, match="refused the user, the password"):
                    await store.apply(LOG)
        async with redis_store(server.url) as store:
            assert await store.apply(LOG) == Applied(4, 0)


async def test_a_user_without_the_right_is_refused():
    """A reader's login may not write."""
    with EmbeddedRedis() as server:
        with redis.Redis.from_url(server.url) as client:
            client.acl_setuser("reader", enabled=True, nopass=True, keys=["*"], categories=["+@read", "+@connection"])
        async with redis_store(f"redis://reader:any@127.0.0.1:{server.port}/0") as store:
            assert await store.last_offset() is None
            with pytest.raises(StoreAuthError, match="write alerts"):
                await store.apply(LOG)


async def test_a_full_server_takes_nothing_in():
    """Out of memory, a batch is refused whole; with memory again it goes through."""
    with EmbeddedRedis() as server, redis.Redis.from_url(server.url) as client:
        client.config_set("maxmemory", 1)
        async with redis_store(server.url) as store:
            with pytest.raises(StoreUnavailableError, match="has memory left"):
                await store.apply(LOG)
            client.config_set("maxmemory", 0)
            assert await store.last_offset() is None
            assert await store.apply(LOG) == Applied(4, 0)


async def test_a_namespace_used_by_others_is_an_error(server):
    """A key of another kind in our place is neither overwritten nor passed over."""
    async with redis_store(server.url) as store, Redis.from_url(server.url) as client:
        await client.set(store.key("alerts"), "theirs")
        with pytest.raises(StoreError, match="WRONGTYPE"):
            await store.apply(LOG)
        assert await store.get(FIRING.id) is None


async def test_waiting_ends_with_the_change_waited_for(store):
    """Whoever waits past an offset is woken by the next one, and not by that one itself."""
    await store.apply([(4, change_of(FIRING))])
    await store.wait(None, 4)
    waiting = asyncio.create_task(store.wait(4, 4))
    await asyncio.sleep(0)
    assert not waiting.done()
    await store.apply([(5, change_of(RESOLVED, 2, ChangeKind.RESOLVED))])
    await waiting
    assert [each.offset for each in await store.read(4)] == [5]


async def test_waiting_ends_in_time_where_nothing_comes(store):
    """Also in a store with nothing in it."""
    await store.wait(None, 0.01)
    await store.apply([(0, change_of(FIRING))])
    await store.wait(0, 0.01)


# -- heartbeats --------------------------------------------------------------------------------------------------


async def test_of_each_partition_the_last_heartbeat_is_kept_and_none_is_among_the_alerts(store):
    """They move no cursor and are in no list; forgetting everything forgets them."""
    assert await store.beats() == []
    await store.beat([Beat(partition=0, sent_at=NOW), Beat(partition=1, sent_at=NOW)])
    await store.beat([Beat(partition=0, sent_at=AFTER)])
    found = sorted(await store.beats(), key=lambda beat: beat.partition)
    assert found == [Beat(partition=0, sent_at=AFTER), Beat(partition=1, sent_at=NOW)]
    assert (await store.list(), await store.read(), await store.last_offset()) == ([], [], None)
    await store.clear()
    assert await store.beats() == []
