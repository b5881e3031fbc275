"""
What a stream and a socket have in common: a subscription, somebody who may see it, and a wire that may be slow.

Everything is written by one task a connection.  A write that does not get through in ``STALL_S`` ends the connection at
once, whatever is still in its buffers: the subscriber comes back with its cursor and has lost nothing.
"""

import asyncio
import logging
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

import msgspec

from alerts.access import Caller, visible
from alerts.cursors import Cursor
from alerts.envelope import encode_event, snapshot_event
from alerts.filters import Selection
from alerts.hub import Batch, Behind, Encode, Gap, HubClosedError, Subscription
from alerts.metrics.catalogue import API_CHANGES_SENT, API_DELIVERY, API_DISCONNECTS, API_GAPS
from alerts.store import AlertFilter, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alerts.service import Service

log: Final = logging.getLogger(__name__)

STALL_S: Final = 10.0
"""How long a write may wait for the other end to take what was written before."""
QUIET_S: Final = 15.0
"""After so long without a change a subscriber is told that the connection lives, and its cursor."""
ACCESS_S: Final = 5.0
"""How often it is asked whether the token still holds."""
STORE_RETRY_S: Final = 0.5
ABORT: Final = "floorwatch.abort"
"""The ASGI extension, of this project's server, that drops a connection without waiting for its buffers."""

Transport = Literal["sse", "websocket"]


class Mode(StrEnum):
    """What a subscriber begins with."""

    STREAM = "stream"
    """Changes only."""
    SNAPSHOT = "snapshot"
    """The alerts that are open, then changes."""


class Why(StrEnum):
    """Why the server ends a connection."""

    STALLED = "stalled"
    EXPIRED = "expired"
    """The token holds no longer."""
    SHUTDOWN = "shutdown"
    ERROR = "error"


class Notice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a subscriber is told beside changes."""

    cursor: str | None = None
    """Where to resume."""
    requested: str | None = None
    """The cursor that was given."""
    reason: str | None = None
    first: int | None = None
    """Offset of the first change that is kept."""
    last: int | None = None
    """Offset of the last change that the store has."""
    detail: str | None = None
    """What to do."""
    filter: Selection | None = None


class StalledError(Exception):
    """Raised where the other end takes nothing."""


class Wire(Protocol):
    """How one transport writes."""

    transport: Transport

    @property
    def encode(self) -> Encode:
        """Put a change into the transport's form."""

    def notice(self, kind: str, notice: Notice, *, cursor: Cursor | None = None) -> bytes:
        """Return a notice in the transport's form; with *cursor*, one that moves the subscriber on."""

    def unnumbered(self, kind: str, event: bytes) -> bytes:
        """Return an event that moves the subscriber on to nowhere: an open alert of a snapshot, or a hint."""

    def alive(self, cursor: Cursor | None) -> bytes:
        """Return what tells that the connection lives, and where the subscriber is."""

    async def write(self, parts: Sequence[bytes]) -> None:
        """Write, waiting for the other end."""


class Subscriber:
    """One connection, for as long as :meth:`run` runs."""

    def __init__(self, service: "Service", caller: Caller, wire: Wire, *, mode: Mode = Mode.STREAM) -> None:
        self.subscription: Subscription | None = None
        self.mode = mode
        self._service = service
        self._hub = service.hub
        self._caller = caller
        self._wire = wire
        self._written_s = self._checked_s = self._hub.clock()
        self._changed: tuple[Cursor | None, Selection] | None = None
        self._hinted = self._hub.hints.last

    async def run(self, after: Cursor | None, wanted: Selection) -> Why:
        """Send what *wanted* selects past a cursor; return why it ends.  Cancel it when the other end has gone."""
        try:
            await self._begin(after, wanted)
            while self._may():
                await self._step()
        except (StalledError, HubClosedError) as ended:
            return Why.STALLED if isinstance(ended, StalledError) else Why.SHUTDOWN
        finally:
            if self.subscription is not None:
                self._hub.subscriptions.discard(self.subscription)
        return Why.EXPIRED

    def change(self, after: Cursor | None, wanted: Selection, mode: Mode) -> None:
        """Have another filter from the next change on; without a cursor, what was heard is not heard again."""
        self.mode = mode
        self._changed = after, wanted
        self._hub.nudge()

    async def _begin_again(self, after: Cursor | None, wanted: Selection) -> None:
        """Begin with another cursor or another filter; without a cursor, with what comes from now on."""
        if self.subscription is not None:
            self._hub.subscriptions.discard(self.subscription)
        self.subscription = self._hub.subscribe(after, wanted, transport=self._wire.transport)
        self._hub.subscriptions.add(self.subscription)
        fresh = self.mode is Mode.SNAPSHOT and after is None
        cursor = None if fresh else self.subscription.cursor
        hello = Notice(cursor=None if cursor is None else str(cursor), filter=wanted)
        await self.tell("hello", hello, cursor=cursor)
        if fresh:
            await self._snapshot()

    async def tell(self, kind: str, notice: Notice, *, cursor: Cursor | None = None) -> None:
        """Write a notice."""
        await self._write([self._wire.notice(kind, notice, cursor=cursor)])

    async def _begin(self, after: Cursor | None, wanted: Selection) -> None:
        while not self._hub.is_ready:
            await self._hub.news()
            await self._live(None)
        await self._begin_again(after, wanted)

    async def _step(self) -> None:
        if self._changed is not None:
            (after, wanted), self._changed = self._changed, None
            goes_on = after is None and self.mode is Mode.STREAM
            await self._begin_again(self._subscribed.cursor if goes_on else after, wanted)
        subscription = self._subscribed
        try:
            found = await subscription.take()
        except StoreError:
            # The hub tells the log, and finds out when it is back.
            await asyncio.sleep(STORE_RETRY_S)
            found = Batch((), subscription.cursor)
        match found:
            case Gap():
                await self._gap(found)
            case Behind():
                await self.tell("behind", behind_notice(found))
            case Batch(frames=frames) if frames:
                await self._changes(found)
            case _:
                await self._live(subscription.cursor)
        await self._hints(subscription.wanted)

    async def _hints(self, wanted: Selection) -> None:
        """Write the hints that came meanwhile; they move no cursor."""
        found = self._hub.hints.after(self._hinted)
        if not found:
            return
        self._hinted = found[-1].number
        parts = [
            self._wire.unnumbered(each.kind, each.event)
            for each in found
            if each.alert is None or wanted.matches(each.alert)
        ]
        if parts:
            await self._write(parts)

    async def _changes(self, batch: Batch) -> None:
        encode = self._wire.encode
        await self._write([each.encoded(encode, self._caller) for each in batch.frames])
        now, meter, name = self._written_s, self._service.metrics, self._wire.transport
        meter.add(API_CHANGES_SENT, name, by=len(batch.frames))
        for each in batch.frames:
            meter.observe(API_DELIVERY, now - each.read_s, name)

    async def _gap(self, gap: Gap) -> None:
        self._service.metrics.add(API_GAPS, self._wire.transport)
        await self.tell("gap", gap_notice(gap))
        if self.mode is Mode.SNAPSHOT:
            # What was missed is in how the alerts stand: no need to read it all.
            await self._begin_again(None, self._subscribed.wanted)

    async def _snapshot(self) -> None:
        """Write the alerts that are open, after the cursor was taken: what comes meanwhile follows as changes."""
        subscription = self._subscribed
        wanted = AlertFilter(**{name: getattr(subscription.wanted, name) for name in Selection.__struct_fields__})
        listed = await self._hub.store.list(msgspec.structs.replace(wanted, is_open=True))
        for each in listed:
            event = snapshot_event(visible(each, self._caller), self._hub.namespace, subscription.cursor.offset)
            await self._write([self._wire.unnumbered("snapshot", encode_event(event))])
        live = Notice(cursor=str(subscription.cursor))
        await self.tell("live", live, cursor=subscription.cursor)

    async def _live(self, cursor: Cursor | None) -> None:
        if self._hub.clock() - self._written_s >= QUIET_S:
            await self._write([self._wire.alive(cursor)])

    async def _write(self, parts: Sequence[bytes]) -> None:
        try:
            async with asyncio.timeout(STALL_S):
                await self._wire.write(parts)
        except TimeoutError:
            raise StalledError from None
        self._written_s = self._hub.clock()

    def _may(self) -> bool:
        now = self._hub.clock()
        if now - self._checked_s < ACCESS_S:
            return True
        self._checked_s = now
        return self._service.tokens.holds(self._caller, now=self._service.now())

    @property
    def _subscribed(self) -> Subscription:
        if self.subscription is None:
            raise RuntimeError("the subscriber has not begun")
        return self.subscription


def gap_notice(gap: Gap) -> Notice:
    """Return what a subscriber is told who missed changes."""
    return Notice(
        reason=gap.reason,
        requested=str(gap.requested),
        first=gap.first,
        detail="changes were missed: what follows begins with the first that is kept; GET /v1/alerts has how all stand",
    )


def behind_notice(behind: Behind) -> Notice:
    """Return what a subscriber is told who has more than the store."""
    return Notice(
        requested=str(behind.requested),
        last=behind.last,
        detail="the store has less than you: it is being filled again, and this goes on where you were; if it stays "
        "so, the cursor is from another installation: begin without one",
    )


async def until_either(running: Coroutine[Any, Any, Why], gone: Coroutine[Any, Any, None]) -> Why | None:
    """Return why a connection ends: None where the other end has gone before *running* came to its end."""
    ours, theirs = asyncio.create_task(running), asyncio.create_task(gone)
    try:
        await asyncio.wait((ours, theirs), return_when=asyncio.FIRST_COMPLETED)
    finally:
        ours.cancel()
        theirs.cancel()
        ended = await asyncio.gather(ours, theirs, return_exceptions=True)
    for each in ended:
        if isinstance(each, Exception):
            raise each
    return ended[0] if isinstance(ended[0], Why) else None


@contextmanager
def counted(service: "Service", wire: Wire, scope: Mapping[str, Any]) -> "Iterator[list[Why]]":
    """Count the connection while it lasts, and how the server ended it; drop it where the other end takes nothing."""
    service.connected[wire.transport] += 1
    ended: list[Why] = []
    try:
        yield ended
    except Exception:
        ended.append(Why.ERROR)
        raise
    finally:
        service.connected[wire.transport] -= 1
        for why in ended:
            service.metrics.add(API_DISCONNECTS, wire.transport, why)
        abort = (scope.get("extensions") or {}).get(ABORT)
        if Why.STALLED in ended and abort is not None:
            abort()
