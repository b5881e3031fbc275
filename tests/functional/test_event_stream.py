"""The stream of events on a real socket: what comes, how it resumes, how it ends."""

import asyncio
import json
import socket
from contextlib import closing

import httpx
import pytest
from msgspec.structs import replace

from alerts import subscriber
from alerts.access import Scope
from alerts.action_log import ActionDesk
from alerts.action_store import MemoryActionStore
from alerts.model import ChangeKind, Severity
from alerts.problems import MEDIA_TYPE
from alerts.sse import EventReader, ServerEvent, comment_text, event_text
from tests.streamed import streamed, until
from tests.unit.alerts.deeds import AFTER
from tests.unit.alerts.examples import FIRING, RESOLVED, change_of

ELSEWHERE = replace(FIRING, id="2" * 20, origin="NO", product="tungsten|apt", severity=Severity.CRITICAL)


def log(count, start=0):
    """Return changes of one alert each."""
    return [change_of(replace(FIRING, id=f"{at:020d}")) for at in range(start, start + count)]


@pytest.fixture
async def api(tmp_path):
    """Return the API with three changes."""
    async with streamed(tmp_path, log(3)) as running:
        yield running


async def test_a_stream_says_where_it_begins_and_then_what_comes(api):
    """The first event has a cursor, so that nothing that comes before the second can be lost."""
    async with api.events() as events:
        hello = await events.next("hello")
        assert hello.last_id == json.loads(hello.data)["cursor"]
        assert hello.last_id.startswith("2-")
        await api.tell(log(2, 3))
        found = await events.changes(2)
    assert [each["subject"] for each in found] == [f"{at:020d}" for at in (3, 4)]
    assert {each["type"] for each in found} == {"org.floorwatch.alert.opened.v1"}
    assert [each["data"]["seq"] for each in found] == [1, 1]
    assert events.answer.headers["content-type"].startswith("text/event-stream")
    assert events.answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("how", ["header", "parameter", "earliest"])
async def test_a_stream_resumes_past_its_cursor(api, how):
    """By the header that browsers send, or by a parameter; the header goes before the parameter."""
    async with api.events("?after=earliest") as events:
        await events.next()
        cursor = events.reader.last_id
    asked = {"header": ("?after=earliest", {"last-event-id": cursor}), "parameter": (f"?after={cursor}", {})}
    query, headers = asked.get(how, ("?after=earliest", {}))
    async with api.events(query, **headers) as events:
        found = await events.changes(3 if how == "earliest" else 2)
    assert [int(each["sequence"]) for each in found] == ([0, 1, 2] if how == "earliest" else [1, 2])


async def test_a_filter_narrows_a_stream(api):
    """The same fields as the list."""
    async with api.events("?origin=no,se&severity=high") as events:
        await events.next("hello")
        await api.tell([change_of(FIRING), change_of(ELSEWHERE)])
        assert [each["subject"] for each in await events.changes(1)] == [ELSEWHERE.id]


async def test_a_snapshot_is_the_open_alerts_and_then_what_changes(tmp_path):
    """The cursor comes after the last of them: whoever is cut off before has all of it again."""
    async with (
        streamed(tmp_path, [change_of(FIRING), change_of(ELSEWHERE)]) as api,
        api.events("?mode=snapshot&origin=NO") as events,
    ):
        hello = await events.next("hello")
        assert hello.last_id == ""
        snapshot = await events.next("snapshot")
        assert (snapshot.last_id, json.loads(snapshot.data)["data"]["id"]) == ("", ELSEWHERE.id)
        live = await events.next("live")
        assert live.last_id.startswith("1-")
        await api.tell([change_of(RESOLVED, 2, ChangeKind.RESOLVED), change_of(ELSEWHERE, 2, ChangeKind.UPDATED)])
        assert [each["id"] for each in await events.changes(1)] == [f"{ELSEWHERE.id}:2"]


async def test_a_cursor_of_another_log_is_a_gap_that_says_what_to_do(api):
    """And then comes all that there is."""
    async with api.events(**{"last-event-id": "1-00000000"}) as events:
        gap = json.loads((await events.next("gap")).data)
        assert (gap["reason"], gap["requested"], gap["first"]) == ("other_log", "1-00000000", 0)
        assert "/v1/alerts" in gap["detail"]
        assert len(await events.changes(3)) == 3
    metrics = (await api.inner.get("/metrics")).text
    assert 'floorwatch_api_gaps_total{transport="sse"} 1.0' in metrics


async def test_a_store_that_has_less_than_its_reader_says_so(api):
    """It may be in the middle of being filled again."""
    async with api.events("?after=17") as events:
        behind = json.loads((await events.next("behind")).data)
        assert (behind["requested"], behind["last"]) == ("17", 2)


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        pytest.param("?after=yesterday", "unknown-cursor", id="no-cursor"),
        pytest.param("?after=" + "9" * 40, "unknown-cursor", id="far-too-large"),
        pytest.param("?origin=China", "malformed", id="no-country"),
        pytest.param("?minerl=silicon", "malformed", id="misspelt"),
        pytest.param("?severity=grave", "malformed", id="no-severity"),
        pytest.param("?mode=everything", "malformed", id="no-mode"),
        pytest.param("?mineral=,", "malformed", id="no-value"),
    ],
)
async def test_what_makes_no_sense_is_refused_before_the_stream_begins(api, query, kind):
    """With a problem, as everywhere."""
    answer = await api.inner.get(f"/v1/alerts/stream{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (400, MEDIA_TYPE)
    assert answer.json()["type"] == f"urn:floorwatch:problem:{kind}"


async def test_a_stream_needs_a_token_where_there_are_any(api):
    """As the list does."""
    headers = api.inner.token(Scope.READ)
    async with httpx.AsyncClient(base_url=api.url) as client:
        assert (await client.get("/v1/alerts/stream")).status_code == 401
    async with api.events(**headers) as events:
        await events.next("hello")


async def test_a_stream_ends_when_its_token_is_revoked(api, monkeypatch):
    """Not at the next request, which on a stream may never come."""
    monkeypatch.setattr(subscriber, "ACCESS_S", 0)
    headers = api.inner.token(Scope.READ)
    async with api.events(**headers) as events:
        await events.next("hello")
        (token,) = api.service.tokens.tokens()
        api.service.tokens.revoke(token.id, at=api.service.now())
        await api.tell(log(1, 3))
        assert json.loads((await events.next("end")).data) == {"reason": "expired"}


async def test_confidential_figures_are_withheld_from_a_stream(api):
    """By the scopes of its token."""
    secret = replace(FIRING, evidence={"floors": [{"floor": "c@1", "status": "contractual"}]})
    reader, desk = api.inner.token(Scope.READ), api.inner.token(Scope.READ, Scope.FLOORS)
    async with api.events(**reader) as mine, api.events(**desk) as theirs:
        for events in (mine, theirs):
            await events.next("hello")
        await api.tell([change_of(secret)])
        (withheld,), (shown,) = await mine.changes(1), await theirs.changes(1)
    assert list(withheld["data"]["alert"]["evidence"]) == ["withheld"]
    assert shown["data"]["alert"]["evidence"] == secret.evidence


async def test_a_quiet_stream_says_that_it_lives_and_how_far_it_is(api, monkeypatch):
    """What its filter leaves out moves its cursor on, without an event."""
    monkeypatch.setattr(subscriber, "QUIET_S", 0)
    async with api.events("?origin=SE") as events:
        await events.next("hello")
        await api.tell(log(1, 3))
        moved = await anext(events)
        while not moved.last_id.startswith("3-"):
            moved = await anext(events)
        assert (moved.event, moved.data) == ("message", "")


async def test_a_subscriber_that_takes_nothing_is_dropped_and_resumes_without_a_loss(api, monkeypatch):
    """The connection ends at once, with whatever is still in its buffers; nobody else waits."""
    monkeypatch.setattr(subscriber, "STALL_S", 2)
    with closing(socket.create_connection(("127.0.0.1", api.port))) as stalled:
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stalled.sendall(b"GET /v1/alerts/stream?after=earliest HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        async with api.events() as events:
            await events.next("hello")
            # More than the buffers of both ends take.
            for start in range(3, 8003, 100):
                await api.tell(log(100, start))
                await events.changes(100)
            await until(lambda: api.service.connected["sse"] == 1)
        stalled.settimeout(5)
        got = _until_reset(stalled)
    body = _dechunked(got)
    reader = EventReader()
    seen = [int(json.loads(each.data)["sequence"]) for each in reader.feed(body) if each.event == "change"]
    assert len(seen) < 8003
    async with api.events(**{"last-event-id": reader.last_id}) as events:
        seen += [int(each["sequence"]) for each in await events.changes(8003 - len(seen))]
    assert seen == list(range(8003))
    metrics = (await api.inner.get("/metrics")).text
    assert 'floorwatch_api_disconnects_total{reason="stalled",transport="sse"} 1.0' in metrics


async def test_a_server_that_ends_says_so_to_its_streams(api):
    """Cleanly: they come back by themselves."""
    async with api.events() as events:
        await events.next("hello")
        api.stop()
        assert json.loads((await events.next("end")).data) == {"reason": "shutdown"}
        assert [each async for each in events] == []


async def test_what_is_sent_is_measured(api):
    """Subscribers, changes and requests by route, never by path."""
    async with api.events("?after=earliest") as events:
        await events.changes(3)
        await api.inner.get("/v1/alerts/nonesuch")
        text = (await api.inner.get("/metrics")).text
    for line in (
        'floorwatch_api_subscribers{transport="sse"} 1.0',
        'floorwatch_api_changes_sent_total{transport="sse"} 3.0',
        'floorwatch_api_cursor_lag_changes{transport="sse"} 0.0',
        'floorwatch_api_delivery_seconds_count{transport="sse"} 3.0',
        'floorwatch_api_requests_total{method="GET",route="/v1/alerts/{alert_id}",status="4xx"} 1.0',
        "floorwatch_api_store_up 1.0",
    ):
        assert line in text


def test_events_are_read_however_they_are_cut():
    """A byte at a time, as the network may."""
    text = event_text("change", b'{"a":1}', last_id="4") + comment_text("5") + event_text("gap", b"{}")
    reader = EventReader()
    found = [each for at in range(len(text)) for each in reader.feed(text[at : at + 1])]
    assert found == [
        ServerEvent("change", '{"a":1}', "4"),
        ServerEvent("message", "", "5"),
        ServerEvent("gap", "{}", "5"),
    ]


def _until_reset(held: socket.socket) -> bytes:
    got = b""
    try:
        while data := held.recv(1 << 16):
            got += data
    except ConnectionResetError:
        pass
    return got


def _dechunked(got: bytes) -> bytes:
    _, _, rest = got.partition(b"\r\n\r\n")
    body = b""
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size or b"0", 16)
        if len(rest) < length:
            break
        body, rest = body + rest[:length], rest[length + 2 :]
    return body


async def test_an_action_is_told_without_an_id(tmp_path):
    """Who resumes goes on after the last change, whatever was done in between; a silence is told to everybody."""
    async with streamed(tmp_path, [change_of(FIRING)]) as api:
        told = api.inner.token(Scope.ACK, Scope.SILENCE, Scope.READ)
        async with api.events("?after=earliest", **told) as events:
            first = await events.next()
            await api.inner.post(f"/v1/alerts/{FIRING.id}/comment", {"comment": "Asked."}, headers=told)
            action = await events.next("action")
            assert json.loads(action.data)["data"]["comment"] == "Asked."
            assert action.last_id == first.last_id
            silence = {"match": {"rule": "surge"}, "ends_at": AFTER, "reason": "known"}
            await api.inner.post("/v1/silences", silence, headers=told)
            assert json.loads((await events.next("action")).data)["type"] == "org.floorwatch.action.silenced.v1"


async def test_what_was_done_before_is_not_announced_again(tmp_path):
    """A server that fills an empty store with old actions tells nobody of them."""
    async with streamed(tmp_path, [change_of(FIRING)]) as api:
        told = api.inner.token(Scope.ACK, Scope.READ)
        await api.inner.post(f"/v1/alerts/{FIRING.id}/comment", {"comment": "Before."}, headers=told)
        again = ActionDesk(api.inner.log, MemoryActionStore())
        heard = []

        async def hear(recorded):
            heard.append(recorded.action.comment)

        again.hear = hear
        following = asyncio.create_task(again.run())
        await until(lambda: again.applied >= 0)
        await api.inner.post(f"/v1/alerts/{FIRING.id}/comment", {"comment": "After."}, headers=told)
        await until(lambda: heard)
        following.cancel()
        assert heard == ["After."]
