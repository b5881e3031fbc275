"""The users of Redis that are shipped: what each may do, and nothing else."""

from pathlib import Path

import pytest
import redis

from alerts.redis_store import RedisStore
from streams.embedded import EmbeddedRedis
from tests.unit.alerts.examples import FIRING, change_of

USERS = Path(__file__).resolve().parents[2] / "deploy" / "redis" / "users.acl"
STREAM = "{floorwatch}:alerts"


@pytest.fixture(scope="module")
def server():
    """Return a server with the users of deploy/, without passwords."""
    with EmbeddedRedis() as running, redis.Redis.from_url(running.url) as client:
        for line in USERS.read_text().splitlines():
            _, name, *rules = line.split()
            if name in ("reader", "group"):
                client.execute_command(
                    "ACL", "SETUSER", name, *["nopass" if "@REDIS" in each else each for each in rules]
                )
        yield running


@pytest.fixture
async def store(server):
    """Return a store with one change in it."""
    held = RedisStore(server.url)
    await held.clear()
    await held.apply([(0, change_of(FIRING))])
    yield held
    await held.aclose()


@pytest.fixture
def ask(server, request):
    """Return a function that asks as a user."""
    clients = []

    def asked(user, *command):
        client = redis.Redis(host="127.0.0.1", port=server.port, username=user, password="any", protocol=2)
        clients.append(client)
        return client.execute_command(*command)

    yield asked
    for each in clients:
        each.close()


READING = [
    ("XRANGE", STREAM, "-", "+"),
    ("XREAD", "STREAMS", STREAM, "0-0"),
    ("XINFO", "STREAM", STREAM),
    ("HGETALL", "{floorwatch}:alert:" + FIRING.id),
    ("SMEMBERS", "{floorwatch}:open"),
]
GROUPING = [
    ("XGROUP", "CREATE", STREAM, "desk", "0-0", "MKSTREAM"),
    ("XREADGROUP", "GROUP", "desk", "one", "STREAMS", STREAM, ">"),
    ("XACK", STREAM, "desk", "0-1"),
    ("XAUTOCLAIM", STREAM, "desk", "one", "0", "0"),
]
WRITING = [
    ("XADD", STREAM, "9-0", "change", "{}"),
    ("XTRIM", STREAM, "MAXLEN", "0"),
    ("XDEL", STREAM, "0-1"),
    ("DEL", STREAM),
    ("HSET", "{floorwatch}:alert:x", "alert", "{}"),
    ("SET", "{floorwatch}:sink:offset", "9"),
    ("XGROUP", "DESTROY", STREAM, "desk"),
    ("GET", "elsewhere"),
    ("PUBLISH", "{floorwatch}:doorbell", "9"),
    ("KEYS", "*"),
    ("FLUSHALL",),
    ("CONFIG", "GET", "*"),
    ("EVAL", "return 1", "0"),
]


@pytest.mark.parametrize("user", ["reader", "group"])
async def test_readers_read(store, ask, user):
    """The stream, the alerts, the sets."""
    for command in READING:
        assert ask(user, *command)


async def test_a_group_keeps_its_place_and_a_reader_has_none(store, ask):
    """It may make a group, read by it, acknowledge and take over."""
    for command in GROUPING:
        ask("group", *command)
    for command in GROUPING:
        with pytest.raises(redis.exceptions.NoPermissionError):
            ask("reader", *command)


@pytest.mark.parametrize("user", ["reader", "group"])
@pytest.mark.parametrize("command", WRITING, ids=lambda each: "-".join(each[:2]))
async def test_neither_may_change_what_others_read(store, ask, user, command):
    """Nor look beyond the namespace, nor run anything."""
    with pytest.raises(redis.exceptions.NoPermissionError):
        ask(user, *command)
