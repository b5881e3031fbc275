"""
Where a subscriber is in the log of changes: the offset of the last change it has, and what that change was.

Offsets are those of the topic ``alerts``, so a store that was lost and filled again gives them the same meaning.  The
anchor tells a log that was made anew from the old one: at the same offset stands another change.
"""

import hashlib
import re
from typing import Final, NamedTuple

from alerts.store import NOTHING_READ, Recorded

_TEXT: Final = re.compile(r"(\d{1,18})(?:-([0-9a-f]{8}))?", re.ASCII)
EARLIEST: Final = "earliest"
"""What a subscriber says who wants all that is kept."""


class CursorError(ValueError):
    """Raised for a text that is no cursor; says what to do."""


class Cursor(NamedTuple):
    """A place in the log; holders give it back as it is."""

    offset: int
    anchor: str = ""
    """Of the change at the offset; empty where that was not known."""

    def __str__(self) -> str:
        if self.offset == NOTHING_READ:
            return EARLIEST
        return f"{self.offset}-{self.anchor}" if self.anchor else str(self.offset)


START: Final = Cursor(NOTHING_READ)
"""Before the first change."""


def cursor_of(recorded: Recorded) -> Cursor:
    """Return the cursor of whoever has *recorded*, and all before it."""
    return Cursor(recorded.offset, hashlib.sha256(recorded.change.id.encode()).hexdigest()[:8])


def parse_cursor(text: str) -> Cursor:
    """Return the cursor that *text* is, or ``earliest``; raises :class:`CursorError`."""
    if text == EARLIEST:
        return START
    found = _TEXT.fullmatch(text)
    if found is None:
        raise CursorError(
            f"{text[:80]!r} is no cursor that this server gave: leave it out to hear what comes, or say {EARLIEST}"
        )
    return Cursor(int(found[1]), found[2] or "")
