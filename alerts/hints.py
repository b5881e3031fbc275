"""
What subscribers are told beside the log of changes: that somebody acted on an alert, that the path is alive.

Hints have no place in the log and no cursor: who was not connected has not missed a change, and is not given them
later.  What people did is read from the alert itself.
"""

from collections import deque
from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from alerts.model import Alert

KEPT: Final = 200
"""Hints at hand for those who are busy with changes; who is further behind misses the oldest."""


class HintKind(StrEnum):
    """What a hint is about: the name of the event on streams and sockets."""

    ACTION = "action"
    HEARTBEAT = "heartbeat"


class Hint(NamedTuple):
    """One hint, in the form in which it is sent."""

    number: int
    """Counts the hints of this process."""
    kind: HintKind
    event: bytes
    """A CloudEvent, as JSON."""
    alert: Alert | None
    """What it is about, for filters; None: about no single alert, and for everybody."""


class Hints:
    """The latest hints of a process."""

    def __init__(self, *, kept: int = KEPT) -> None:
        self._held: deque[Hint] = deque(maxlen=kept)
        self.last = 0
        """The number of the latest."""

    def add(self, kind: HintKind, event: bytes, alert: Alert | None = None) -> None:
        """Take in one."""
        self.last += 1
        self._held.append(Hint(self.last, kind, event, alert))

    def after(self, number: int) -> Sequence[Hint]:
        """Return those past a number that are still at hand."""
        return [each for each in self._held if each.number > number] if number < self.last else ()
