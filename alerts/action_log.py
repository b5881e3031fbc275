"""
The truth about actions: the port of the topic ``alert-actions``, the log in memory, and the desk that uses it.

The desk writes an action to the log first and waits until the store of readers has it: whoever acts reads their own
action back, through whichever process.  Several desks may run; each brings the store up to date, in the log's order.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final, Protocol

from alerts.action_store import ActionStore
from alerts.actions import Action, RecordedAction
from alerts.store import NOTHING_READ, StoreBehindError, StoreError

log: Final = logging.getLogger(__name__)

RETRY_S: Final = 0.5
SEEN_WITHIN_S: Final = 5.0
"""How long an actor waits until the store has the action."""


Hear = Callable[[RecordedAction], Awaitable[None]]


async def hear_nothing(_: RecordedAction) -> None:
    """Tell nobody."""


class ActionLogError(Exception):
    """Raised where an action could not be recorded, or actions not be read; says what was tried and what to do."""


class ActionLog(Protocol):
    """What every log of actions does; every method may raise :class:`ActionLogError`."""

    async def append(self, action: Action) -> int:
        """
        Write *action* for good and return its offset.

        After an error it may be written all the same: append it again, it counts once by its id.
        """

    def follow(self, after: int) -> AsyncIterator[Sequence[RecordedAction]]:
        """
        Yield runs of the actions past the offset *after* as they come, without an end; an empty run now and then.

        A record that is no action is logged and passed over.
        """

    async def end(self) -> int:
        """Return the offset after the last action."""

    async def aclose(self) -> None:
        """Let go of connections."""


class MemoryActionLog:
    """A log for as long as the process lives: for tests, and for trying without Kafka."""

    def __init__(self) -> None:
        self.actions: list[Action] = []
        self._grown = asyncio.Event()

    async def append(self, action: Action) -> int:
        """Write *action* and return its offset."""
        self.actions.append(action)
        self._grown.set()
        return len(self.actions) - 1

    async def follow(self, after: int) -> AsyncIterator[Sequence[RecordedAction]]:
        """Yield the actions past *after* as they come."""
        while True:
            self._grown.clear()
            start = after + 1
            yield [RecordedAction(at, self.actions[at]) for at in range(start, len(self.actions))]
            after = max(after, len(self.actions) - 1)
            try:
                await asyncio.wait_for(self._grown.wait(), RETRY_S)
            except TimeoutError:
                continue

    async def end(self) -> int:
        """Return how many there are."""
        return len(self.actions)

    async def aclose(self) -> None:
        """Do nothing: there is nothing to let go of."""


class ActionDesk:
    """Records actions, and keeps the readers' store up to date with the log for as long as :meth:`run` runs."""

    def __init__(self, action_log: ActionLog, store: ActionStore) -> None:
        self.store = store
        self._log = action_log
        self._applied = NOTHING_READ
        self.trouble: str | None = None
        """Why the store is not being brought up to date; None where it is."""
        self.hear: Hear = hear_nothing
        """Is told of each action that is new since this desk began, once the store has it."""
        self._heard: int | None = None
        self._moved = asyncio.Condition()

    @property
    def applied(self) -> int:
        """The last offset that the store was seen to have."""
        return self._applied

    async def record(self, action: Action) -> RecordedAction:
        """
        Write *action* and return it with its offset, once the store has it or ``SEEN_WITHIN_S`` seconds have passed.

        Raises :class:`ActionLogError` where it could not be written.
        """
        offset = await self._log.append(action)
        try:
            async with asyncio.timeout(SEEN_WITHIN_S), self._moved:
                await self._moved.wait_for(lambda: self._applied >= offset)
        except TimeoutError:
            log.warning("action %s is written at offset %d; the store does not have it yet", action.id, offset)
        return RecordedAction(offset, action)

    async def run(self) -> None:
        """Bring the store up to date with the log, and go on until cancelled; what is away is waited for."""
        while True:
            try:
                await self._follow()
            except StoreBehindError as error:
                log.warning("%s; reading them from the log", error)
            except (StoreError, ActionLogError) as error:
                self.trouble = str(error)
                log.warning("actions wait in the log: %s; trying again in %.1f s", error, RETRY_S)
                await asyncio.sleep(RETRY_S)

    async def _follow(self) -> None:
        found = await self.store.last_offset()
        after = NOTHING_READ if found is None else found
        end = await self._log.end()
        if self._heard is None:
            # What was done before is no news, though it may have to be read into an empty store.
            self._heard = end - 1
        if end <= after:
            raise StoreError(
                f"the store has actions up to offset {after}, which the log does not have: it is another log, or was "
                "made anew; clear the store (floorwatch alerts rebuild)"
            )
        async for run in self._log.follow(after):
            await self.store.apply(run, after=after)
            after = max([after, *(each.offset for each in run)])
            async with self._moved:
                self._applied, self.trouble = after, None
                self._moved.notify_all()
            await self._tell(run)

    async def _tell(self, run: Sequence[RecordedAction]) -> None:
        for each in run:
            if self._heard is not None and each.offset > self._heard:
                self._heard = each.offset
                await self.hear(each)

    async def aclose(self) -> None:
        """Let go of the log; the store is its owner's to close."""
        await self._log.aclose()
