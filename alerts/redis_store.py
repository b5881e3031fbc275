"""
Alerts in Redis (or Valkey), for whoever reads them: a copy of the topic ``alerts``.

Every key of a namespace starts with ``{<namespace>}:``.  The braces are a hash tag: all of it lies in one slot
of a cluster, so that one script can move an alert from one set to another.

==============================  =========  ==============================================================
``alert:<id>``                  hash       the alert as it is now: ``alert`` (its JSON), ``seq``, ``offset``,
                                           ``open`` (1 or 0), and its fields one by one; it stays when the
                                           alert ends
``open``                        set        ids of every open alert
``open:severity:<severity>``    set        ids of the open alerts of a severity; likewise ``open:rule:``,
                                           ``open:product:``, ``open:origin:``, ``open:destination:``
``ids``                         sorted     ids of all alerts by the second in which they opened
                                set
``alerts``                      stream     one entry a change: ``change`` (its JSON), ``alert`` (the id),
                                           ``kind``, ``at``; ids are ``<offset on the topic>-0``
``history:<id>``                list       the offsets of one alert's changes
``subject:<subject>``           sorted     ids of the episodes of one subject by opening
                                set
``sink:offset``                 string     the last offset read from the topic
``heartbeats``                  hash       by partition, the last synthetic heartbeat that came through (its JSON)
``doorbell``                    channel    rings with the last offset after a batch: read the stream then
==============================  =========  ==============================================================

Nothing expires and nothing is trimmed.  Run the server with ``maxmemory-policy noeviction``: a store that forgets
by itself is no copy.

Stream ids do not depend on when they are written, so a store that was lost is filled again from the topic
with the same ids, and a subscriber's cursor stays good.  Offset 0 has the id ``0-1``, because a stream has no
``0-0``; a cursor of ``0-0`` is therefore before the first change.
"""

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Final

from alerts.heartbeat import Beat, decode_beat, encode_beat
from alerts.lifecycle import subject_id
from alerts.model import (
    OPEN_STATES,
    Alert,
    AlertChange,
    Severity,
    decode_alert,
    decode_change,
    encode_alert,
    encode_change,
)
from alerts.redis_server import RedisServer, Script
from alerts.store import (
    EVERY_ALERT,
    NOTHING_READ,
    SCAN_MAX,
    AlertFilter,
    Applied,
    Page,
    Place,
    Recorded,
    StoreBehindError,
    digest_of,
    last_opened_first,
    opened_s,
    page_of,
    place_of,
)

if TYPE_CHECKING:
    from redis.asyncio import Redis, RedisCluster

NAMESPACE: Final = "floorwatch"
BATCH_MAX: Final = 200
"""Changes a script call takes: others wait for it, for some milliseconds."""
_PAGE: Final = 500
_BEHIND: Final = -1

_PLAIN_FIELDS: Final = tuple(name for name in Alert.__struct_fields__ if name not in ("evidence", "notice"))


def replay_namespace(run: str) -> str:
    """Return the namespace of a replay, apart from the live alerts and from other replays."""
    return f"replay:{run}"


_APPLY: Final = Script("apply_change.lua")
_CLEAR: Final = Script("clear_namespace.lua")


class RedisStore:
    """
    A store on a Redis or Valkey server, a cluster included; see :class:`alerts.store.AlertStore`.

    *server* is a URL (``redis://[user:password@]host:port/db``, ``rediss://`` over TLS) or a client, which stays its
    owner's to close.  Raises :class:`ValueError` for another URL and for a namespace with braces or none at all.
    """

    def __init__(self, server: "str | Redis | RedisCluster | RedisServer", namespace: str = NAMESPACE) -> None:
        if not namespace or set(namespace) & set("{}"):
            raise ValueError(f"a namespace is a name without braces, was {namespace!r}")
        self.namespace = namespace
        self._server = server if isinstance(server, RedisServer) else RedisServer(server)
        self._prefix = f"{{{namespace}}}:"
        self._keys = [self.key(name) for name in ("alerts", "sink:offset", "ids", "open")]

    @property
    def address(self) -> str:
        """Where the server is, without user and password."""
        return self._server.address

    def key(self, *parts: str) -> str:
        """Return the key, or channel, of that name in the namespace: ``key("alert", id)``."""
        return self._prefix + ":".join(parts)

    async def apply(self, changes: Sequence[tuple[int, AlertChange]], *, after: int | None = None) -> Applied:
        """
        Take in *changes*: see :meth:`alerts.store.AlertStore.apply`.

        Each ``BATCH_MAX`` of them are taken in whole or not at all.  Where an answer was lost on the way, the call is
        repeated, and what the lost answer told as accepted is counted among the duplicates.
        """
        accepted = 0
        for start in range(0, len(changes), BATCH_MAX):
            batch = changes[start : start + BATCH_MAX]
            accepted += await self._apply(batch, after)
            after = batch[-1][0] if after is not None else None
        return Applied(accepted, len(changes) - accepted)

    async def get(self, alert_id: str) -> Alert | None:
        """Return an alert, None where there is none of that id."""
        found = await self._server.ask("read an alert", "HGET", self.key("alert", alert_id), "alert")
        return None if found is None else decode_alert(found)

    async def list(self, wanted: AlertFilter = EVERY_ALERT) -> Sequence[Alert]:
        """Return the alerts wanted, the last opened first."""
        if wanted.is_open or wanted.state in OPEN_STATES:
            return last_opened_first(await self._open(wanted), wanted.limit)
        ids = await self._server.ask("list the alerts", "ZREVRANGE", self.key("ids"), 0, -1)
        return await self._matching(ids, wanted, wanted.limit)

    async def page(self, wanted: AlertFilter, *, after: Place | None = None, limit: int) -> Page:
        """Return the alerts wanted that come after a place: see :meth:`alerts.store.AlertStore.page`."""
        if wanted.is_open or wanted.state in OPEN_STATES:
            return page_of(await self._open(wanted), after, limit)
        # By id: an alert that opens meanwhile shifts the window back by one.
        found: dict[str, Alert] = {}
        start = "+inf" if after is None else str(after.opened_s)
        for seen in range(0, SCAN_MAX, _PAGE):
            window = ("LIMIT", seen, _PAGE)
            ids = await self._server.ask("list the alerts", "ZREVRANGEBYSCORE", self.key("ids"), start, "-inf", *window)
            looked_at = await self._matching(ids, EVERY_ALERT)
            found |= {
                each.id: each
                for each in looked_at
                if wanted.matches(each) and (after is None or place_of(each) < after)
            }
            if len(found) > limit or len(ids) < _PAGE:
                return page_of(found.values(), None, limit)
        last = place_of(looked_at[-1]) if looked_at else after
        return Page(tuple(found.values()), last)

    async def episodes(self, subject: str) -> Sequence[Alert]:
        """Return the episodes of a subject: see :meth:`alerts.store.AlertStore.episodes`."""
        ids = await self._server.ask("read a subject's alerts", "ZRANGE", self.key("subject", subject), 0, -1)
        return await self._matching(ids, EVERY_ALERT)

    async def open_ids(self, wanted: AlertFilter = EVERY_ALERT) -> Sequence[str]:
        """Return the ids of the open alerts wanted, sorted."""
        return sorted(alert.id for alert in last_opened_first(await self._open(wanted), wanted.limit))

    async def history(self, alert_id: str) -> Sequence[Recorded]:
        """Return every change of an alert, in order."""
        offsets = await self._server.ask("read an alert's history", "LRANGE", self.key("history", alert_id), 0, -1)
        ids = [_stream_id(int(offset)) for offset in offsets]
        entries = await self._server.ask_each(
            "read changes", [("XRANGE", self.key("alerts"), each, each) for each in ids]
        )
        return [_recorded(entry) for entry in chain.from_iterable(entries)]

    async def read(self, after: int | None = None, limit: int | None = None) -> Sequence[Recorded]:
        """Return at most *limit* changes past the offset *after*."""
        found: list[Recorded] = []
        cursor = NOTHING_READ if after is None else after
        while limit is None or len(found) < limit:
            count = _PAGE if limit is None else min(_PAGE, limit - len(found))
            start = f"{cursor + 1}-0"
            page = await self._server.ask("read changes", "XRANGE", self.key("alerts"), start, "+", "COUNT", count)
            found += [_recorded(entry) for entry in page]
            if len(page) < count:
                break
            cursor = found[-1].offset
        return found

    async def wait(self, after: int | None, seconds: float) -> None:
        """Return once there is a change past *after*, or in time: see :meth:`alerts.store.AlertStore.wait`."""
        start = "0-0" if after is None else _stream_id(after)
        block = ("BLOCK", max(1, int(seconds * 1000)))
        await self._server.ask("wait for changes", "XREAD", "COUNT", 1, *block, "STREAMS", self.key("alerts"), start)

    async def last_offset(self) -> int | None:
        """Return the last offset read, None where nothing was."""
        found = await self._server.ask("read how far the alerts are", "GET", self.key("sink:offset"))
        return None if found is None else int(found)

    async def beat(self, beats: Sequence[Beat]) -> None:
        """Take in heartbeats: of each partition the last is kept."""
        pairs = [part for each in beats for part in (str(each.partition), encode_beat(each).decode())]
        await self._server.ask("write heartbeats", "HSET", self.key("heartbeats"), *pairs)

    async def beats(self) -> Sequence[Beat]:
        """Return the last heartbeat of each partition."""
        # As other commands are asked together: RESP2 and RESP3 answer one by one in different shapes.
        (found,) = await self._server.ask_each("read heartbeats", [("HVALS", self.key("heartbeats"))])
        return [decode_beat(each) for each in found]

    async def clear(self) -> None:
        """Forget everything in the namespace, all at once; nothing beside it is touched."""
        await self._server.run("clear the alerts", _CLEAR, [*self._keys, self.key("heartbeats")], [self._prefix])

    async def digest(self) -> str:
        """Return :func:`alerts.store.digest_of` the alerts held."""
        return digest_of(await self.list())

    async def aclose(self) -> None:
        """Close the connections that the store opened."""
        await self._server.aclose()

    async def _apply(self, batch: Sequence[tuple[int, AlertChange]], after: int | None) -> int:
        head = [self._prefix, self.key("doorbell"), "" if after is None else str(after)]
        arguments = chain.from_iterable(_arguments(offset, change) for offset, change in batch)
        accepted, _, read = await self._server.run("write alerts", _APPLY, self._keys, [*head, *arguments])
        if after is not None and accepted == _BEHIND:
            raise StoreBehindError(None if read == NOTHING_READ else int(read), after)
        return int(accepted)

    async def _open(self, wanted: AlertFilter) -> Sequence[Alert]:
        """Return the open alerts wanted, in no order and without regard to the limit."""
        return await self._matching(await self._open_candidates(wanted), wanted)

    async def _open_candidates(self, wanted: AlertFilter) -> Sequence[bytes]:
        """Return the ids of open alerts, narrowed by the sets that are kept of them."""
        values = {
            "rule": wanted.rule,
            "product": wanted.product,
            "origin": wanted.origin,
            "destination": wanted.destination,
        }
        # Several values are left to the filter itself.
        sets = [self.key("open", name, each) for name, each in values.items() if each is not None and "," not in each]
        ids = await self._server.ask("list the open alerts", "SINTER", self.key("open"), *sets)
        if wanted.severity is None:
            return [*ids]
        serious = [self.key("open", "severity", each) for each in Severity if each >= wanted.severity]
        return [*(set(ids) & set(await self._server.ask("list the open alerts", "SUNION", *serious)))]

    async def _matching(self, ids: Sequence[bytes], wanted: AlertFilter, limit: int | None = None) -> Sequence[Alert]:
        """Return the first *limit* alerts of *ids* that are wanted, in the order of *ids*."""
        found: list[Alert] = []
        for start in range(0, len(ids), _PAGE):
            if limit is not None and len(found) >= limit:
                break
            page = ids[start : start + _PAGE]
            texts = await self._server.ask_each(
                "read alerts", [("HGET", self.key("alert", each.decode()), "alert") for each in page]
            )
            # An alert may have been cleared away since its id was read.
            alerts = (decode_alert(text) for text in texts if text is not None)
            found += [alert for alert in alerts if wanted.matches(alert)]
        return found[:limit]


def _arguments(offset: int, change: AlertChange) -> Sequence[str | int | bytes]:
    """Return what the script needs to know of a change, in its order."""
    alert = change.alert
    values: dict[str, str | int | bytes | None] = {
        "alert": encode_alert(alert),
        "seq": change.seq,
        "offset": offset,
        "open": int(alert.state in OPEN_STATES),
        "subject": subject_id(alert),
        **{name: getattr(alert, name) for name in _PLAIN_FIELDS},
    }
    pairs = [part for name, value in values.items() for part in (name, "" if value is None else value)]
    return [
        offset,
        _stream_id(offset),
        change.alert_id,
        change.seq,
        opened_s(alert),
        change.kind,
        change.at,
        encode_change(change),
        len(pairs),
        *pairs,
    ]


def _stream_id(offset: int) -> str:
    # A stream refuses 0-0.
    return f"{offset}-0" if offset else "0-1"


def _recorded(entry: tuple[bytes, dict[bytes, bytes]]) -> Recorded:
    stream_id, fields = entry
    return Recorded(int(stream_id.partition(b"-")[0]), decode_change(fields[b"change"]))
