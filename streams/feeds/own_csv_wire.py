"""Rows of the project's own CSV as values of the wire, by a pattern made of the header."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from streams.feeds.delimited import DelimitedReader
from streams.feeds.items import FeedRecord, Rejected, RowError
from streams.feeds.wire_rows import DAY, EDITION, EDITION_FORM, PLAIN, TYPE, record_of
from streams.feeds.wire_slices import BYTES, ROWS, Latest, WireSlice
from streams.records import encode_record

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAYS_MAX: Final = 100_000
_TRADE: Final = "trade"
_PASSED_OVER: Final = "%.0s"
"""A field that the wire does not know leaves no trace."""


class Pattern:
    """Makes values of the wire out of rows that are plain: every field given, a day, nothing to escape."""

    def __init__(self, names: Sequence[str | None]) -> None:
        members = [_PASSED_OVER if name in {None, TYPE} else f',"{name}":"%s"' for name in names]
        self._pattern = '{"type":"trade"' + "".join(members) + "}"
        self._day = names.index(DAY)
        self._type = names.index(TYPE) if TYPE in names else None
        self._days: dict[str, int] = {}
        self._edition = names.index(EDITION) if EDITION in names else None
        self._known_edition = ""

    @staticmethod
    def fits(names: Sequence[str | None]) -> bool:
        """Return whether a table with these columns may have plain rows."""
        known = [name for name in names if name is not None]
        return DAY in known and set(known) <= PLAIN | {DAY, TYPE} and "%" not in "".join(known)

    def value(self, fields: list[str]) -> bytes | None:
        """Return the value that a row makes, None where it is not plain."""
        text = "".join(fields)
        if self._type is not None and fields[self._type] != _TRADE:
            return None
        if not all(fields) or not text.isprintable() or '"' in text or "\\" in text:
            return None
        if self._edition is not None and (edition := fields[self._edition]) != self._known_edition:
            if not EDITION_FORM.fullmatch(edition):
                return None
            self._known_edition = edition
        if self.day(fields) is None or (" " in text and any(field != field.strip() for field in fields)):
            return None
        return (self._pattern % tuple(fields)).encode()

    def day(self, fields: list[str]) -> int | None:
        """Return the ordinal of a row's day, None where it is none."""
        text = fields[self._day]
        known = self._days.get(text)
        if known is None:
            try:
                known = date.fromisoformat(text).toordinal() if _DAY.fullmatch(text) else None
            except ValueError:
                return None
            if known is not None and len(self._days) < _DAYS_MAX:
                self._days[text] = known
        return known


def wire_slices(rows: DelimitedReader, names: Sequence[str | None], latest: Latest) -> Iterator[WireSlice]:
    """Yield the rows as values of the wire."""
    pattern = Pattern(names)
    found = WireSlice()
    day = held = 0
    for fields in rows:
        if isinstance(fields, Rejected):
            found.rejected.append(fields)
            continue
        value = pattern.value(fields)
        if value is not None:
            found.values.append(value)
            this = pattern.day(fields)
        else:
            this = _the_long_way(fields, names, rows, found)
        if this is None:
            continue
        day = this
        held += len(found.values[-1])
        found.late += latest.is_behind(day)
        if len(found.values) >= ROWS or held >= BYTES:
            found.last_day = date.fromordinal(day)
            yield found
            found, held = WireSlice(), 0
    if found.values:
        found.last_day = date.fromordinal(day)
    yield found


def _the_long_way(
    fields: list[str], names: Sequence[str | None], rows: DelimitedReader, found: WireSlice
) -> int | None:
    cells = zip(names, fields, strict=True)
    values = {name: text for name, field in cells if name and (text := field.strip())}
    try:
        record = FeedRecord(record_of(values), rows.line).record
    except RowError as e:
        found.rejected.append(Rejected(rows.line, e.reason, e.detail, rows.raw()))
        return None
    found.values.append(encode_record(record))
    return record.event_date.toordinal()
