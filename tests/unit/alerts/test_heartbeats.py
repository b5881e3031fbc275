"""Synthetic heartbeats on their last steps: labelled, told once, and their age measured."""

import asyncio
from datetime import UTC, datetime

import msgspec
import pytest

from alerts import hub as hub_module
from alerts.awaiting import AwaitedHeartbeats
from alerts.envelope import heartbeat_event
from alerts.heartbeat import KEY, Beat, decode_beat, encode_beat
from alerts.hub import Hub
from alerts.metrics.catalogue import API_HEARTBEAT_AGE
from alerts.metrics.meter import ApiMetrics
from alerts.store import MemoryStore

AT = "2025-04-01T12:00:00Z"
AT_S = Beat(partition=0, sent_at=AT).sent_s
BEAT = Beat(partition=3, sent_at=AT)


@pytest.fixture
async def hub(monkeypatch):
    """Return a hub that reads a store in memory, and often; a heartbeat of before is in it."""
    monkeypatch.setattr(hub_module, "_BEATS_S", 0)
    monkeypatch.setattr(hub_module, "_WAIT_S", 0.01)
    made = Hub(MemoryStore(), "floorwatch")
    await made.store.beat([BEAT])
    running = asyncio.create_task(made.run())
    yield made
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def test_a_heartbeat_says_what_it_is():
    """Its event is of a type and a source of its own; no alert is its subject."""
    event = heartbeat_event(BEAT, "floorwatch")
    assert (event.type, event.source) == ("org.floorwatch.heartbeat.v1", "/floorwatch/floorwatch/heartbeats")
    assert (event.subject, event.time, event.id) == ("partition-3", AT, f"heartbeat:3:{AT}")
    assert decode_beat(encode_beat(BEAT)) == BEAT
    assert len(KEY) < 20, "an alert's id could be like it"


@pytest.mark.parametrize("wrong", [b"{}", b'{"partition":-1,"sent_at":"2025-04-01T12:00:00Z"}', b'{"partition":1}'])
def test_what_is_no_heartbeat_is_refused(wrong):
    """A worker that reads it stops, rather than pass on what it does not understand."""
    with pytest.raises(msgspec.ValidationError):
        decode_beat(wrong)


async def test_subscribers_are_told_of_a_heartbeat_once_and_the_log_stays_as_it_was(hub):
    """What was there before this reader began is known and not told."""
    await hub.started()
    while 3 not in hub.beats:
        await hub.news()
    assert hub.hints.last == 0
    later = Beat(partition=3, sent_at="2025-04-01T12:01:00Z")
    await hub.store.beat([later])
    while not hub.hints.last:
        await hub.news()
    (hint,) = hub.hints.after(0)
    assert (hint.kind, hint.alert) == ("heartbeat", None)
    assert msgspec.json.decode(hint.event)["data"] == {"partition": 3, "sent_at": later.sent_at, "v": 1}
    assert hub.position.offset == -1


@pytest.mark.parametrize(
    ("sent_s", "age_s"),
    [
        pytest.param(None, 100, id="none-came"),
        pytest.param(-1000, 100, id="one-from-before-it-was-awaited"),
        pytest.param(40, 60, id="one-came"),
        pytest.param(101, 0, id="one-of-a-clock-that-is-ahead"),
    ],
)
def test_the_age_of_a_heartbeat_is_counted_from_when_it_was_sent_or_is_awaited(sent_s, age_s):
    """A server that has just started is not behind for what it did not ask."""
    hub, metrics, now = Hub(MemoryStore(), "floorwatch"), ApiMetrics(), [AT_S]
    awaited = AwaitedHeartbeats(hub, metrics, 2, clock=lambda: now[0])
    if sent_s is not None:
        at = msgspec.structs.replace(BEAT, partition=1, sent_at=_instant(AT_S + sent_s))
        hub.beats[1] = at
    now[0] += 100
    awaited.refresh()
    assert metrics.values[API_HEARTBEAT_AGE] == {("0",): 100, ("1",): age_s}


def _instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
