"""Whether a change is worth interrupting somebody, for endpoints that want news only."""

from typing import Final

from alerts.cursors import START, Cursor
from alerts.reading import Reading
from alerts.store import AlertStore, Recorded
from alerts.suppression import Notification, StormGuard, SuppressionPolicy, notification_of

_PAGE: Final = 500


class Interruptions:
    """
    Decides, for one reader of the log, as things stand when it is asked.

    Storms are counted from the first change on, so it has to see every change, in order.
    """

    def __init__(self, store: AlertStore, reading: Reading, policy: SuppressionPolicy) -> None:
        self._store = store
        self._reading = reading
        self._policy = policy
        self._guard = StormGuard(policy)

    async def begin(self, through: Cursor) -> None:
        """Count the storms up to a cursor."""
        self._guard = StormGuard(self._policy)
        after = START.offset
        while after < through.offset:
            page = [each for each in await self._store.read(after, _PAGE) if each.offset <= through.offset]
            if not page:
                return
            for each in page:
                self._guard.take(each.change)
            after = page[-1].offset

    async def of(self, recorded: Recorded) -> Notification:
        """Return whether the next change interrupts somebody, and why not."""
        alert = recorded.change.alert
        workflow = await self._reading.workflow(alert)
        overlay = await self._reading.overlay(alert)
        is_flapping = await self._reading.is_flapping(alert)
        # After all that may fail and be asked again: a change counts once.
        storm = self._guard.take(recorded.change)
        return notification_of(
            recorded.change, workflow=workflow, overlay=overlay, storm=storm, is_flapping=is_flapping
        )
