"""
Where actions are kept for readers: the port, and the store in memory.

As :mod:`alerts.store` is a copy of the topic ``alerts``, this is a copy of the topic ``alert-actions``.
"""

from collections.abc import Sequence
from typing import Protocol

from alerts.actions import RecordedAction, Silenced, SilenceEnded
from alerts.store import NOTHING_READ, StoreBehindError


class ActionStore(Protocol):
    """
    What every store of actions does.

    Every method may raise :class:`alerts.store.StoreUnavailableError` and :class:`alerts.store.StoreAuthError`.
    """

    async def apply(self, actions: Sequence[RecordedAction], *, after: int) -> int:
        """
        Take in *actions*, in the order of the topic, and return how many were new.

        Raises :class:`alerts.store.StoreBehindError` and takes in nothing unless the store has read the offset
        *after*.  An empty run asks just that.
        """

    async def of_alerts(self, alert_ids: Sequence[str]) -> list[list[RecordedAction]]:
        """Return the actions on each of the alerts, in no order."""

    async def silences(self) -> list[RecordedAction]:
        """Return what made and ended silences, in no order."""

    async def read(self, after: int | None = None, limit: int | None = None) -> list[RecordedAction]:
        """Return at most *limit* actions past the offset *after*, in order."""

    async def last_offset(self) -> int | None:
        """Return the last offset read, None where nothing was."""

    async def clear(self) -> None:
        """Forget everything."""

    async def aclose(self) -> None:
        """Let go of connections."""


class MemoryActionStore:
    """Actions for as long as the process lives."""

    def __init__(self) -> None:
        self._actions: list[RecordedAction] = []
        self._read = NOTHING_READ

    async def apply(self, actions: Sequence[RecordedAction], *, after: int) -> int:
        """Take in *actions*: see :meth:`ActionStore.apply`."""
        if self._read < after:
            raise StoreBehindError(await self.last_offset(), after)
        new = [each for each in actions if each.offset > self._read]
        self._actions += new
        self._read = max([self._read, *(each.offset for each in new)])
        return len(new)

    async def of_alerts(self, alert_ids: Sequence[str]) -> list[list[RecordedAction]]:
        """Return the actions on each of the alerts."""
        return [
            [each for each in self._actions if getattr(each.action, "alert_id", None) == alert_id]
            for alert_id in alert_ids
        ]

    async def silences(self) -> list[RecordedAction]:
        """Return what made and ended silences."""
        return [each for each in self._actions if isinstance(each.action, Silenced | SilenceEnded)]

    async def read(self, after: int | None = None, limit: int | None = None) -> list[RecordedAction]:
        """Return at most *limit* actions past the offset *after*."""
        start = NOTHING_READ if after is None else after
        return [each for each in self._actions if each.offset > start][:limit]

    async def last_offset(self) -> int | None:
        """Return the last offset read, None where nothing was."""
        return None if self._read == NOTHING_READ else self._read

    async def clear(self) -> None:
        """Forget everything."""
        self._actions.clear()
        self._read = NOTHING_READ

    async def aclose(self) -> None:
        """Do nothing: there is nothing to let go of."""
