"""
One reader of the log of changes for all subscribers of a process, each with a cursor and nothing else of its own.

The latest changes are kept in a ring, decoded once and encoded once for each form in which they are sent.  A subscriber
that is further behind than the ring reads the store by its own cursor, a few of them at a time.  Nobody has a queue:
what a slow subscriber has not taken costs nothing, and nobody waits for it.

What a subscriber cannot be given is said: :class:`Gap` where changes are no longer kept or the log is another one,
:class:`Behind` where the store does not have as much as the subscriber had already.
"""

import asyncio
import logging
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from msgspec.structs import replace

from alerts.access import Caller, Scope, is_confidential, visible
from alerts.cursors import START, Cursor, cursor_of
from alerts.envelope import change_event, encode_event, heartbeat_event
from alerts.filters import EVERYTHING, Selection
from alerts.hints import HintKind, Hints
from alerts.model import Alert
from alerts.store import NOTHING_READ, AlertStore, Recorded, StoreError

if TYPE_CHECKING:
    from alerts.heartbeat import Beat

log: Final = logging.getLogger(__name__)

RING: Final = 2_000
"""Changes that are kept at hand: at a hundred a second, twenty seconds of them."""
TAKE_MAX: Final = 200
"""Changes that a subscriber is given at once."""
TICK_S: Final = 5.0
"""How often subscribers are woken with nothing new, so that they can tell that they are there."""
_READ_MAX: Final = 500
_WAIT_S: Final = 2.0
_RETRY_S: Final = 0.5
_BEATS_S: Final = 1.0
_CATCHING_UP_MAX: Final = 4

Encode = Callable[["Frame", bytes], bytes]
"""Puts a change, as the JSON of its event, into the form of one transport."""


class Missing(StrEnum):
    """Why changes cannot be given."""

    EXPIRED = "expired"
    """They are no longer kept."""
    OTHER_LOG = "other_log"
    """The log was made anew: the cursor is from another one."""


class Gap(NamedTuple):
    """Changes were missed; what follows begins with the first that is kept."""

    reason: Missing
    requested: Cursor
    first: int | None
    """Offset of the first change that is kept."""


class Behind(NamedTuple):
    """The store does not have what the subscriber had: it is being filled again, or the log is another one."""

    requested: Cursor
    last: int | None
    """Offset of the last change it has."""


class Frame:
    """A change in the ring, in every form in which somebody wanted it."""

    __slots__ = ("_encoded", "_namespace", "cursor", "is_confidential", "read_s", "recorded")

    def __init__(self, recorded: Recorded, namespace: str, read_s: float) -> None:
        self.recorded = recorded
        self.cursor = cursor_of(recorded)
        self.is_confidential = is_confidential(recorded.change.alert)
        self.read_s = read_s
        """When it was read, on the hub's clock."""
        self._namespace = namespace
        self._encoded: dict[tuple[Encode, bool], bytes] = {}

    @property
    def offset(self) -> int:
        """Its place on the topic."""
        return self.recorded.offset

    def encoded(self, encode: Encode, caller: Caller) -> bytes:
        """Return the change as *caller* may see it, in the form of *encode*."""
        whole = not self.is_confidential or caller.may(Scope.FLOORS)
        found = self._encoded.get((encode, whole))
        if found is None:
            found = encode(self, encode_event(change_event(self._shown(caller), self._namespace)))
            self._encoded[encode, whole] = found
        return found

    def _shown(self, caller: Caller) -> Recorded:
        change = self.recorded.change
        alert = visible(change.alert, caller)
        return Recorded(self.offset, replace(change, alert=alert))


class Batch(NamedTuple):
    """What a subscriber is given: the changes it wants, and where it is then."""

    frames: Sequence[Frame]
    cursor: Cursor


class HubClosedError(Exception):
    """Raised to subscribers when the process ends: they resume elsewhere, by their cursor."""


class Hub:
    """Reads the log for as long as :meth:`run` runs."""

    def __init__(
        self, store: AlertStore, namespace: str, *, ring: int = RING, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.namespace = namespace
        self.store = store
        self.clock = clock
        self.position = START
        """Where the reader is."""
        self.generation = 0
        """How often another log has taken the place of the one before."""
        self.trouble: str | None = None
        """Why nothing is read; None while the store answers."""
        self.subscriptions: set[Subscription] = set()
        self.catching_up = asyncio.Semaphore(_CATCHING_UP_MAX)
        self.hints = Hints()
        self.beats: dict[int, Beat] = {}
        """The last heartbeat of each partition."""
        self._beats_read_s: float | None = None
        self._ring_most = ring
        self._frames: list[Frame] = []
        self._offsets: list[int] = []
        self._floor = NOTHING_READ
        self._first: Cursor | None = None
        self._started = False
        self._ready = asyncio.Event()
        self._closed = False
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Read until cancelled; a store that is away is waited for."""
        ticking = asyncio.create_task(self._tick(), name="hub ticks")
        try:
            while True:
                try:
                    await self._follow()
                except StoreError as error:
                    if self.trouble is None:
                        log.warning("subscribers wait: %s; trying again every %.1f s", error, _RETRY_S)
                    self.trouble = str(error)
                    await asyncio.sleep(_RETRY_S)
        finally:
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)
            self.close()

    def close(self) -> None:
        """Wake every subscriber for good: what they take next raises :class:`HubClosedError`."""
        self._closed = True
        self._wake()

    @property
    def is_ready(self) -> bool:
        """Whether the reader knows where the log ends."""
        return self._started

    def nudge(self) -> None:
        """Wake every subscriber, with nothing new."""
        self._wake()

    def hint(self, kind: HintKind, event: bytes, alert: Alert | None = None) -> None:
        """Tell subscribers something that is no change: see :mod:`alerts.hints`."""
        self.hints.add(kind, event, alert)
        self._wake()

    async def started(self) -> None:
        """Return once the reader knows where the log ends."""
        await self._ready.wait()

    def subscribe(self, after: Cursor | None, wanted: Selection = EVERYTHING, *, transport: str = "") -> "Subscription":
        """Return a subscription past a cursor; None: to what comes from now on."""
        return Subscription(self, after, wanted, transport)

    def lag(self, transport: str = "") -> int:
        """Return how many offsets the slowest subscriber of a transport is behind."""
        end = self.position.offset
        behind = (end - each.cursor.offset for each in self.subscriptions if each.transport == transport)
        return max(0, *behind, 0)

    def after(self, offset: int) -> Sequence[Frame] | None:
        """Return the first changes past *offset* that are at hand; None where some before them are not."""
        if offset < self._floor:
            return None
        place = bisect_right(self._offsets, offset)
        return self._frames[place : place + TAKE_MAX]

    async def news(self) -> None:
        """Return once something was read, or a tick has passed; raises :class:`HubClosedError`."""
        if self._closed:
            raise HubClosedError
        await self._news.wait()
        if self._closed:
            raise HubClosedError

    def frame(self, recorded: Recorded) -> Frame:
        """Return *recorded* as read now."""
        return Frame(recorded, self.namespace, self.clock())

    async def _follow(self) -> None:
        if not self._started:
            await self._start()
        while True:
            # From the last one on, to see that it is still the one that was read.
            found = await self.store.read(max(NOTHING_READ, self.position.offset - 1), _READ_MAX)
            self.trouble = None
            await self._hear_beats()
            if await self._is_another_log(found):
                log.warning("the log of alerts is another one than before: every subscriber is told")
                self._restart()
                continue
            new = [each for each in found if each.offset > self.position.offset]
            if new:
                self._take(new)
            else:
                held = None if self.position == START else self.position.offset
                await self.store.wait(held, _WAIT_S)

    async def _hear_beats(self) -> None:
        """Look whether heartbeats came through, now and then; those of before this reader began are told to nobody."""
        now_s, first = self.clock(), self._beats_read_s is None
        if self._beats_read_s is not None and now_s - self._beats_read_s < _BEATS_S:
            return
        self._beats_read_s = now_s
        for each in await self.store.beats():
            known = self.beats.get(each.partition)
            if known is None or each.sent_at > known.sent_at:
                self.beats[each.partition] = each
                if not first:
                    self.hint(HintKind.HEARTBEAT, encode_event(heartbeat_event(each, self.namespace)))

    async def _start(self) -> None:
        last = await self.store.last_offset()
        recent = await self.store.read(max(NOTHING_READ, -1 if last is None else last - self._ring_most))
        self._floor = recent[0].offset - 1 if recent else (NOTHING_READ if last is None else last)
        self.position = Cursor(self._floor)
        first = await self.store.read(None, 1)
        self._first = cursor_of(first[0]) if first else None
        self._take(recent)
        self._started = True
        self._ready.set()
        self._wake()

    def _restart(self) -> None:
        self.generation += 1
        self.position, self._floor, self._first = START, NOTHING_READ, None
        self._frames, self._offsets = [], []
        self._wake()

    async def _is_another_log(self, found: Sequence[Recorded]) -> bool:
        """Return whether what is read now cannot be the log that was read before."""
        if found and found[0].offset == self.position.offset:
            return bool(self.position.anchor) and cursor_of(found[0]) != self.position
        if found or self.position == START:
            return False
        # A store that is being filled again begins as it did; another log most likely does not.
        first = await self.store.read(None, 1)
        if not first or self._first is None:
            return False
        return first[0].offset == self._first.offset and cursor_of(first[0]) != self._first

    def _take(self, new: Sequence[Recorded]) -> None:
        if not new:
            return
        if self._first is None:
            self._first = cursor_of(new[0])
        frames = [self.frame(each) for each in new]
        self._frames += frames
        self._offsets += [each.offset for each in new]
        self.position = frames[-1].cursor
        if len(self._frames) > 2 * self._ring_most:
            over = len(self._frames) - self._ring_most
            self._floor = self._offsets[over - 1]
            del self._frames[:over], self._offsets[:over]
        self._wake()

    def _wake(self) -> None:
        woken, self._news = self._news, asyncio.Event()
        woken.set()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self._wake()


class Subscription:
    """
    A cursor on the hub's log; used by one task.

    Use it as a context manager: within, it counts among the hub's subscribers.
    """

    def __init__(self, hub: Hub, after: Cursor | None, wanted: Selection, transport: str) -> None:
        self.transport = transport
        self.wanted = wanted
        self.cursor = hub.position if after is None else after
        """The last change that was taken, wanted or not."""
        self._hub = hub
        self._generation = hub.generation
        self._known = after is None or after == START
        self._told_behind = False

    def __enter__(self) -> Self:
        self._hub.subscriptions.add(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._hub.subscriptions.discard(self)

    async def take(self) -> Batch | Gap | Behind:
        """
        Return what comes next, waiting for it; an empty batch now and then, where nothing comes.

        Raises :class:`HubClosedError`, and :class:`alerts.store.StoreError` where the store has to be read.
        """
        if self._generation != self._hub.generation:
            return await self._begin_again(Missing.OTHER_LOG)
        if not self._known:
            return await self._resume()
        frames = self._hub.after(self.cursor.offset)
        if frames is None:
            async with self._hub.catching_up:
                return await self._page()
        if not frames:
            await self._hub.news()
            same = self._generation == self._hub.generation
            frames = (same and self._hub.after(self.cursor.offset)) or ()
        return self._batch(frames)

    async def _resume(self) -> Batch | Gap | Behind:
        """Look at the change that the cursor names, once, before anything is given."""
        found = await self._hub.store.read(self.cursor.offset - 1, 1)
        if not found:
            if self._told_behind:
                await self._hub.news()
                return Batch((), self.cursor)
            self._told_behind = True
            return Behind(self.cursor, await self._hub.store.last_offset())
        self._known = True
        missing = await self._missing(found[0])
        return Batch((), self.cursor) if missing is None else await self._begin_again(missing)

    async def _page(self) -> Batch | Gap:
        """Return a page of the store: the ring no longer has, or does not have yet, what comes next."""
        found = await self._hub.store.read(max(NOTHING_READ, self.cursor.offset - 1), TAKE_MAX + 1)
        if found and self.cursor != START:
            missing = await self._missing(found[0])
            if missing is not None:
                return await self._begin_again(missing)
        new = [self._hub.frame(each) for each in found if each.offset > self.cursor.offset]
        if not new:
            # The store was emptied, and is being filled again.
            await self._hub.news()
        return self._batch(new)

    async def _missing(self, found: Recorded) -> Missing | None:
        """Return what is missing between the cursor and *found*, the first change at it or past it."""
        if found.offset == self.cursor.offset:
            other = self.cursor.anchor and cursor_of(found) != self.cursor
            return Missing.OTHER_LOG if other else None
        first = await self._hub.store.read(None, 1)
        if first and first[0].offset > self.cursor.offset:
            return Missing.EXPIRED
        # Offsets without a change are duplicates on the topic; no cursor with an anchor points at one.
        return Missing.OTHER_LOG if self.cursor.anchor else None

    async def _begin_again(self, reason: Missing) -> Gap:
        first = await self._hub.store.read(None, 1)
        gap = Gap(reason, self.cursor, first[0].offset if first else None)
        self.cursor, self._known, self._generation = START, True, self._hub.generation
        return gap

    def _batch(self, frames: Sequence[Frame]) -> Batch:
        if frames:
            self.cursor = frames[-1].cursor
        return Batch([each for each in frames if self.wanted.matches(each.recorded.change.alert)], self.cursor)
