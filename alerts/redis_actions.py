"""
Actions in Redis (or Valkey), beside the alerts of a namespace: a copy of the topic ``alert-actions``.

==============================  =========  ==============================================================
``actions``                     stream     one entry an action: ``action`` (its JSON), ``alert`` (the id, or
                                           empty), ``kind``; ids are ``<offset on the topic>-0``
``actions:offset``              string     the last offset read from the topic
``actions:on:<alert id>``       hash       one alert's actions, by offset
``actions:silences``            hash       what made and ended silences, by offset
``actions:alerts``              set        ids of the alerts that somebody did something about
``doorbell:actions``            channel    rings with the last offset after a batch: read the stream then
==============================  =========  ==============================================================
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from alerts.actions import RecordedAction, decode_action, encode_action, kind_of
from alerts.redis_server import RedisServer, Script
from alerts.redis_store import NAMESPACE
from alerts.store import NOTHING_READ, StoreBehindError

if TYPE_CHECKING:
    from redis.asyncio import Redis, RedisCluster

_PAGE: Final = 500
_BEHIND: Final = -1
_APPLY: Final = Script("apply_action.lua")
_CLEAR: Final = Script("clear_actions.lua")


class RedisActionStore:
    """Actions on a Redis or Valkey server: see :class:`alerts.action_store.ActionStore`."""

    def __init__(self, server: "str | Redis | RedisCluster | RedisServer", namespace: str = NAMESPACE) -> None:
        self._server = server if isinstance(server, RedisServer) else RedisServer(server)
        self._prefix = f"{{{namespace}}}:actions"
        self._keys = [self.key(), self.key("offset"), self.key("silences"), self.key("alerts")]
        self._doorbell = f"{{{namespace}}}:doorbell:actions"

    def key(self, *parts: str) -> str:
        """Return the key of that name: ``key("on", alert_id)``."""
        return ":".join([self._prefix, *parts])

    async def apply(self, actions: Sequence[RecordedAction], *, after: int) -> int:
        """Take in *actions*: see :meth:`alerts.action_store.ActionStore.apply`."""
        arguments: list[str | int | bytes] = [self._prefix, self._doorbell, after]
        for offset, action in actions:
            arguments += [
                offset,
                f"{offset}-0" if offset else "0-1",
                getattr(action, "alert_id", ""),
                kind_of(action),
                encode_action(action),
            ]
        accepted, read = await self._server.run("write actions", _APPLY, self._keys, arguments)
        if accepted == _BEHIND:
            raise StoreBehindError(None if read == NOTHING_READ else int(read), after)
        return int(accepted)

    async def of_alerts(self, alert_ids: Sequence[str]) -> list[list[RecordedAction]]:
        """Return the actions on each of the alerts."""
        answers = await self._server.ask_each("read actions", [("HGETALL", self.key("on", each)) for each in alert_ids])
        return [_recorded(each) for each in answers]

    async def silences(self) -> list[RecordedAction]:
        """Return what made and ended silences."""
        return _recorded((await self._server.ask_each("read silences", [("HGETALL", self.key("silences"))]))[0])

    async def read(self, after: int | None = None, limit: int | None = None) -> list[RecordedAction]:
        """Return at most *limit* actions past the offset *after*."""
        found: list[RecordedAction] = []
        cursor = NOTHING_READ if after is None else after
        while limit is None or len(found) < limit:
            count = _PAGE if limit is None else min(_PAGE, limit - len(found))
            page = await self._server.ask("read actions", "XRANGE", self.key(), f"{cursor + 1}-0", "+", "COUNT", count)
            found += [
                RecordedAction(int(stream_id.partition(b"-")[0]), decode_action(fields[b"action"]))
                for stream_id, fields in page
            ]
            if len(page) < count:
                break
            cursor = found[-1].offset
        return found

    async def last_offset(self) -> int | None:
        """Return the last offset read, None where nothing was."""
        found = await self._server.ask("read how far the actions are", "GET", self.key("offset"))
        return None if found is None else int(found)

    async def clear(self) -> None:
        """Forget everything."""
        await self._server.run("clear the actions", _CLEAR, self._keys, [self._prefix])

    async def aclose(self) -> None:
        """Close the connections that the store opened."""
        await self._server.aclose()


def _recorded(by_offset: dict[bytes, Any]) -> list[RecordedAction]:
    return [RecordedAction(int(offset), decode_action(data)) for offset, data in by_offset.items()]
