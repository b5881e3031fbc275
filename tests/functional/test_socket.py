"""The WebSocket on a real socket: subscribe, change the filter, act, and every refusal in words."""

import asyncio
import contextlib
import json
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from alerts import subscriber
from alerts.access import Scope
from alerts.model import ChangeKind, Severity
from tests.streamed import streamed, until
from tests.unit.alerts.examples import FIRING, RESOLVED, change_of

ELSEWHERE = replace(FIRING, id="2" * 20, origin="NO", product="tungsten|apt", severity=Severity.CRITICAL)


def log(count, start=0):
    """Return changes of one alert each."""
    return [change_of(replace(FIRING, id=f"{at:020d}")) for at in range(start, start + count)]


@pytest.fixture
async def api(tmp_path):
    """Return the API with an alert."""
    async with streamed(tmp_path, [change_of(FIRING)]) as running:
        yield running


class Talk:
    """A socket, spoken to in JSON."""

    def __init__(self, socket):
        self.socket = socket

    async def say(self, kind, **said):
        """Send a message."""
        await self.socket.send(json.dumps({"type": kind} | said))

    async def next(self, kind="change"):
        """Return the next message, which is of that kind; hints may come between any two."""
        found = json.loads(await self.socket.recv())
        while found["type"] in {"action", "heartbeat"} - {kind}:
            found = json.loads(await self.socket.recv())
        assert found["type"] == kind, found
        return found


@asynccontextmanager
async def talking(api, **options):
    """Open a socket."""
    async with connect(api.ws_url, **options) as socket:
        yield Talk(socket)


async def test_a_socket_sends_what_it_is_asked_for_and_resumes(api):
    """The same events as the stream, each with a cursor."""
    async with talking(api) as talk:
        await talk.say("subscribe", after="earliest")
        hello = await talk.next("hello")
        assert (hello["cursor"], hello["filter"]) == ("earliest", {})
        first = await talk.next()
        assert first["event"]["id"] == f"{FIRING.id}:1"
    await api.tell([change_of(ELSEWHERE)])
    async with talking(api) as talk:
        await talk.say("subscribe", after=first["cursor"])
        await talk.next("hello")
        assert (await talk.next())["event"]["subject"] == ELSEWHERE.id


async def test_a_filter_changes_on_the_way_and_nothing_is_heard_twice(api):
    """It goes on from where it is, with the new filter."""
    async with talking(api) as talk:
        await talk.say("subscribe", filter={"origin": "se"})
        assert (await talk.next("hello"))["filter"] == {"origin": "SE"}
        await api.tell([change_of(ELSEWHERE)])
        await talk.say("subscribe", filter={"origin": "NO", "severity": "critical"})
        hello = await talk.next("hello")
        await api.tell([change_of(FIRING, 2, ChangeKind.UPDATED), change_of(ELSEWHERE, 2, ChangeKind.UPDATED)])
        change = await talk.next()
        assert int(hello["cursor"].partition("-")[0]) <= 1
        # Whether the first change came before or after the filter did, it may be heard, and once at most.
        if change["event"]["id"] == f"{ELSEWHERE.id}:1":
            change = await talk.next()
        assert change["event"]["id"] == f"{ELSEWHERE.id}:2"


async def test_a_snapshot_may_be_asked_for_at_any_time(api):
    """The open alerts, then `live`, then what changes."""
    async with talking(api) as talk:
        for _ in range(2):
            await talk.say("subscribe", mode="snapshot")
            assert "cursor" not in await talk.next("hello")
            assert (await talk.next("snapshot"))["event"]["data"]["id"] == FIRING.id
            assert (await talk.next("live"))["cursor"].startswith("0-")
        await api.tell([change_of(RESOLVED, 2, ChangeKind.RESOLVED)])
        assert (await talk.next())["event"]["data"]["kind"] == "resolved"


async def test_an_alert_is_acknowledged_in_band(api):
    """Checked, recorded and audited as over HTTP; the answer names the message."""
    headers = api.inner.token(Scope.READ, Scope.ACK)
    async with talking(api, additional_headers=headers) as talk:
        await talk.say("subscribe")
        await talk.next("hello")
        await talk.say("act", ref=7, alert_id=FIRING.id, action="acknowledge", body={"note": "mine"})
        done = await talk.next("done")
        assert (done["ref"], done["result"]["alert"]["workflow"]["acknowledged_by"]) == (7, "maria")
        await talk.say("act", ref="8", alert_id=FIRING.id, action="close", body={"comment": "x"})
        problem = await talk.next("problem")
        assert (problem["ref"], problem["problem"]["status"]) == ("8", 400)
        await talk.say("act", alert_id=FIRING.id, action="reopen", body={"comment": "x"})
        assert (await talk.next("problem"))["problem"]["status"] == 409
    assert len(api.inner.log.actions) == 1


async def test_acting_needs_its_scope(api):
    """The attempt is written down; the socket stays."""
    async with talking(api, additional_headers=api.inner.token(Scope.READ)) as talk:
        await talk.say("act", alert_id=FIRING.id, action="acknowledge")
        assert (await talk.next("problem"))["problem"]["status"] == 403
        await talk.say("subscribe")
        await talk.next("hello")
    assert api.inner.log.actions == []


async def test_a_browser_sends_its_token_as_the_first_message(api):
    """It cannot send a header, and an address is written to logs."""
    token = api.inner.token(Scope.READ)["Authorization"].removeprefix("Bearer ")
    async with talking(api) as talk:
        await talk.say("authenticate", token=token)
        await talk.say("subscribe", after="earliest")
        await talk.next("hello")
        await talk.next()


@pytest.mark.parametrize(
    "first",
    [
        {"type": "authenticate", "token": "fw_000000000000_nonesuch"},
        {"type": "subscribe"},
        {"type": "authenticate"},
    ],
    ids=["unknown-token", "no-token", "empty"],
)
async def test_a_socket_without_a_token_is_closed_with_the_reason(api, first):
    """Where there are tokens."""
    api.inner.token(Scope.READ)
    async with talking(api) as talk:
        await talk.socket.send(json.dumps(first))
        with pytest.raises(ConnectionClosed) as closed:
            await talk.socket.recv()
    assert (closed.value.rcvd.code, bool(closed.value.rcvd.reason)) == (4401, True)


async def test_a_page_of_another_origin_may_not_connect(api):
    """Browsers let any page open a socket to this machine; the server's own page may."""
    with pytest.raises(InvalidStatus) as refused:
        async with connect(api.ws_url, origin="https://evil.example"):
            pass
    assert refused.value.response.status_code == 403
    async with talking(api, origin=api.url) as talk:
        await talk.say("subscribe")
        await talk.next("hello")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("{", "malformed", id="no-json"),
        pytest.param('{"type":"dance"}', "malformed", id="no-such-type"),
        pytest.param('{"type":"subscribe","filter":{"minerl":"x"}}', "malformed", id="misspelt-filter"),
        pytest.param('{"type":"subscribe","filter":{"origin":"China"}}', "malformed", id="no-country"),
        pytest.param('{"type":"subscribe","after":"yesterday"}', "unknown-cursor", id="no-cursor"),
        pytest.param('{"type":"act","alert_id":"x","action":"burn"}', "malformed", id="no-action"),
        pytest.param('{"type":"act","alert_id":"x","action":"acknowledge"}', "unauthenticated", id="nobody-acts"),
        pytest.param('{"type":"authenticate","token":"x"}', "conflict", id="twice"),
    ],
)
async def test_a_message_that_makes_no_sense_is_answered_and_the_socket_stays(api, text, kind):
    """With the same problem as over HTTP."""
    async with talking(api) as talk:
        await talk.socket.send(text)
        assert (await talk.next("problem"))["problem"]["type"] == f"urn:floorwatch:problem:{kind}"
        await talk.say("subscribe")
        await talk.next("hello")


async def test_a_message_that_is_far_too_large_ends_the_socket(api):
    """Nothing of it is kept."""
    async with talking(api) as talk:
        await talk.socket.send("x" * 100_000)
        with pytest.raises(ConnectionClosed) as closed:
            await talk.socket.recv()
    assert closed.value.rcvd.code == 1009


async def test_a_socket_that_takes_nothing_is_dropped_and_resumes_without_a_loss(api, monkeypatch):
    """As a stream is."""
    monkeypatch.setattr(subscriber, "STALL_S", 2)
    async with talking(api, max_queue=1) as talk:
        await talk.say("subscribe")
        await talk.next("hello")
        for start in range(0, 8000, 500):
            await api.tell(log(500, start))
            await asyncio.sleep(0)
        await until(lambda: not api.service.connected["websocket"])
        found = [json.loads(each) async for each in _until_closed(talk.socket)]
    seen, cursor = [each["event"]["sequence"] for each in found], found[-1]["cursor"]
    assert 0 < len(seen) < 8000
    async with talking(api) as talk:
        await talk.say("subscribe", after=cursor)
        await talk.next("hello")
        seen += [(await talk.next())["event"]["sequence"] for _ in range(8000 - len(seen))]
    assert [int(each) for each in seen] == list(range(1, 8001))


async def test_a_server_that_ends_closes_its_sockets(api):
    """With the code that says that it restarts."""
    async with talking(api) as talk:
        await talk.say("subscribe")
        await talk.next("hello")
        api.stop()
        with pytest.raises(ConnectionClosed) as closed:
            await talk.next()
    assert closed.value.rcvd.code == 1012


async def _until_closed(socket):
    with contextlib.suppress(ConnectionClosed):
        while True:
            yield await socket.recv()


async def test_what_somebody_else_does_is_told_at_once_and_moves_no_cursor(api):
    """An action is a hint on sockets whose filter has its alert; it is no part of the log that is resumed."""
    by_admin = api.inner.token(Scope.ACK, Scope.READ)
    async with talking(api, additional_headers=by_admin) as here, talking(api, additional_headers=by_admin) as there:
        await here.say("subscribe", filter={"origin": FIRING.origin})
        cursor = (await here.next("hello"))["cursor"]
        await there.say("subscribe", filter={"origin": "NO"})
        await there.next("hello")
        await api.inner.post(f"/v1/alerts/{FIRING.id}/acknowledge", {"note": "mine"}, headers=by_admin)
        event = (await here.next("action"))["event"]
        assert (event["type"], event["subject"]) == ("org.floorwatch.action.acknowledged.v1", FIRING.id)
        assert event["data"]["note"] == "mine"
        await api.tell([change_of(ELSEWHERE)])
        # What the other filter leaves out is not told there: the next thing it hears is the change that it wants.
        assert json.loads(await there.socket.recv())["event"]["subject"] == ELSEWHERE.id
    async with talking(api, additional_headers=by_admin) as again:
        await again.say("subscribe", after=cursor)
        await again.next("hello")
        assert (await again.next())["event"]["subject"] == ELSEWHERE.id
