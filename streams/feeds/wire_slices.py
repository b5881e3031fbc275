"""
Values of the wire made of a table's rows without a record in between: what a direct replay of a large file reads.

Only rows that make a sound record beyond doubt are written so; the others go the long way, through the record.
Either way the same records come out, and the same rows are rejected.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from streams.feeds.items import FeedRecord, Item, Rejected
from streams.records import encode_record

ROWS: Final = 5_000
BYTES: Final = 4 << 20
"""Of a slice, about: whichever comes first."""


@dataclass(slots=True)
class WireSlice:
    """Some values of the wire, in the order of the file."""

    values: list[bytes] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    """Rows among them that cannot be right."""
    last_day: date | None = None
    """Event date of the last value."""
    late: int = 0
    """How many are dated before one above them."""


class Latest:
    """The latest day of a file so far."""

    def __init__(self) -> None:
        self.day = 0

    def is_behind(self, day: int) -> bool:
        """Return whether *day* (ordinal) is before one above it; remembers it otherwise."""
        if day < self.day:
            return True
        self.day = day
        return False


def slices_of(items: Iterable[Item], latest: Latest, rows: int = ROWS) -> Iterator[WireSlice]:
    """Yield the records among *items* as values of the wire: the long way."""
    found = WireSlice()
    for item in items:
        if isinstance(item, Rejected):
            found.rejected.append(item)
        elif isinstance(item, FeedRecord):
            found.values.append(encode_record(item.record))
            found.last_day = item.record.event_date
            found.late += latest.is_behind(item.record.event_date.toordinal())
        if len(found.values) >= rows:
            yield found
            found = WireSlice()
    yield found
