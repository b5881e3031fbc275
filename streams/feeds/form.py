"""
The form of a publisher's table: which columns an adapter reads, by what names, and as what.

Columns are found by their names, whatever their order and case; what no column of the form names is not read, and
``floorwatch ingest --explain`` says both.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from streams.feeds.columns import MissingColumnsError, require_columns
from streams.feeds.head import Confidence
from streams.feeds.json_rows import text_of

NOT_READ: Final = "not read"


class Reading(NamedTuple):
    """How one column of a file is read."""

    column: str
    read_as: str


class Column(NamedTuple):
    """A column that an adapter reads."""

    key: str
    """What the adapter calls it."""
    names: tuple[str, ...]
    """What publishers call it, in lower case; the first that a file has is read."""
    meaning: str
    """What it is read as, for people."""
    required: bool = False


class Form:
    """The columns of a table, to be found in the header of a file."""

    def __init__(self, title: str, *columns: Column) -> None:
        self.title = title
        self._columns = columns

    def sniff(self, header: Iterable[str]) -> Confidence:
        """Return how far a header has what the form requires: all of it, all but a quarter (at least one), or less."""
        found = {_plain(name) for name in header}
        wanted = [column for column in self._columns if column.required]
        had = sum(not found.isdisjoint(column.names) for column in wanted)
        if had == len(wanted):
            return Confidence.YES
        lacking = len(wanted) - had
        return Confidence.PARTLY if had and lacking <= max(1, len(wanted) // 4) else Confidence.NO

    def require(self, header: Sequence[str], path: Path) -> None:
        """Raise :class:`FeedError` where a required column is missing or one that is read is there twice."""
        places = self._found(header)
        read = [_plain(header[place]) for place in places.values()]
        shown = [_plain(name) for name in header if _plain(name) in read]
        missing = [column.names[0] for column in self._columns if column.required and column.key not in places]
        if missing:
            raise MissingColumnsError(header, missing, path, self.title)
        require_columns(shown, (), path, self.title)

    def places(self, header: Sequence[str]) -> tuple[tuple[str, int], ...]:
        """Return the key of each column that is read and where it stands."""
        return tuple(self._found(header).items())

    def readings(self, header: Sequence[str]) -> list[Reading]:
        """Return how each column of a header is read."""
        meanings = {
            self._found(header)[column.key]: column.meaning
            for column in self._columns
            if column.key in self._found(header)
        }
        return [Reading(name, meanings.get(place, NOT_READ)) for place, name in enumerate(header) if name]

    def row_of(self, found: Mapping[str, Any]) -> dict[str, str]:
        """Return the row in an object of a JSON document; what is absent or null is left out, or empty if required."""
        row = {}
        named = {_plain(name): value for name, value in found.items()}
        for column in self._columns:
            value = next((named[name] for name in column.names if named.get(name) is not None), None)
            if value is not None or column.required:
                row[column.key] = "" if value is None else text_of(value).strip()
        return row

    def _found(self, header: Sequence[str]) -> dict[str, int]:
        at: dict[str, int] = {}
        for place, name in reversed(tuple(enumerate(header))):
            at[_plain(name)] = place
        places: dict[str, int] = {}
        for column in self._columns:
            found = [at[name] for name in column.names if name in at]
            if found:
                places[column.key] = found[0]
        return places


def readings_of(columns: Iterable[str], meanings: Mapping[str, str]) -> list[Reading]:
    """Return how *columns* are read that a table of meanings by name knows."""
    return [Reading(name, meanings.get(name, NOT_READ)) for name in columns if name]


def _plain(name: str) -> str:
    return " ".join(name.lower().split())
