"""
The project's own form as delimited text: a header of wire field names, one record a row.

A ``type`` column tells trades from price ticks and lets a file hold both; without one every row is a trade.  Lines
that begin with ``#`` above the header are for people.  A column the wire does not know is named in a note and
ignored, as an unknown field of the wire is.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TextIO

import msgspec

from streams.feeds.columns import require_columns
from streams.feeds.decimals import with_point
from streams.feeds.delimited import DelimitedReader, delimited_items
from streams.feeds.form import Reading
from streams.feeds.head import COMMENT, Confidence, Head
from streams.feeds.items import FeedRecord, Item, Note
from streams.feeds.options import FeedOptions
from streams.feeds.own_csv_wire import Pattern, wire_slices
from streams.feeds.source import Source
from streams.feeds.wire_rows import DECIMALS, FIELDS, TYPE, missing_columns, own_meaning, record_of
from streams.feeds.wire_slices import Latest, WireSlice, slices_of
from streams.records import PriceTick, Trade

_EUROPEAN: Final = ";"
"""Where the comma is the decimal mark, the semicolon parts the fields."""

_KNOWN_MIN: Final = 2
_ORDER: Final = tuple(dict.fromkeys((TYPE, "id", "instrument", *Trade.__struct_fields__, *PriceTick.__struct_fields__)))


class OwnCsv:
    """Reads records from delimited text with the field names of the wire."""

    name = "csv"
    title = "records as CSV"

    def sniff(self, head: Head) -> Confidence:
        """Return how far the header is one of wire field names."""
        if not head.may_be_table:
            return Confidence.NO
        known = FIELDS & {name.lower() for name in head.header.columns}
        if not missing_columns(frozenset(known)):
            return Confidence.YES
        return Confidence.PARTLY if len(known) >= _KNOWN_MIN else Confidence.NO

    def readings(self, source: Source) -> list[Reading]:
        """Return how each column is read."""
        return [Reading(name, own_meaning(name.lower())) for name in source.head.header.columns if name]

    def read(self, source: Source, options: FeedOptions) -> Iterator[Item]:
        """Check the header and return an iterator over the rows."""
        header = source.head.header
        columns = tuple(name.lower() for name in header.columns)
        require_columns(columns, missing_columns(frozenset(columns)), source.path, self.title)
        mark = options.decimal or (None if header.delimiter == _EUROPEAN else ".")
        return self._rows(source, columns, mark)

    def _rows(self, source: Source, columns: Sequence[str], mark: str | None) -> Iterator[Item]:
        yield from _unknown(columns)
        names = [name if name in FIELDS else None for name in columns]
        decimals = [name for name in columns if name in DECIMALS] if mark != "." else []

        def item_of(fields: list[str], line: int) -> Item:
            cells = zip(names, fields, strict=True)
            values = {name: text for name, field in cells if name and (text := field.strip())}
            for name in decimals:
                if name in values:
                    values[name] = with_point(values[name], name, mark)
            return FeedRecord(record_of(values), line)

        yield from delimited_items(source, item_of)

    def read_wire(self, source: Source, options: FeedOptions) -> Iterator[WireSlice]:
        """Yield the records as values of the wire, with the rows that cannot be right."""
        header = source.head.header
        names = [name if name in FIELDS else None for name in map(str.lower, header.columns)]
        latest = Latest()
        if not Pattern.fits(names) or (options.decimal or ("" if header.delimiter == _EUROPEAN else ".")) != ".":
            yield from slices_of(self.read(source, options), latest)
            return
        with source.open() as stream:
            yield from wire_slices(DelimitedReader(stream, header, options.encoding), names, latest)


def write_csv(file: TextIO, records: Iterable[Trade | PriceTick], comments: Iterable[str] = ()) -> int:
    """
    Write *records* in the project's own form, *comments* above the header; return how many there were.

    Columns are the fields that any of the records fills, in the order of the wire; reading gives the same records
    back.  Holds the records in memory.
    """
    rows = [msgspec.to_builtins(record, builtin_types=()) for record in records]
    used = {name for row in rows for name in row}
    if {row[TYPE] for row in rows} <= {"trade"}:
        used.discard(TYPE)
    columns = [name for name in _ORDER if name in used]
    file.writelines(f"{COMMENT} {comment}".rstrip() + "\n" for comment in comments)
    table = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return len(rows)


def _unknown(columns: Sequence[str]) -> Iterator[Note]:
    unknown = [name for name in columns if name and name not in FIELDS]
    if unknown:
        yield Note(f"columns not read: {', '.join(unknown)}")
