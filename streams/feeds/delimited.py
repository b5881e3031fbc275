"""
Delimited text (CSV and its kin), one row at a time and whatever state it is in.

A row that cannot be read is yielded as rejected with its bytes, and reading goes on with the next line: bytes that
are no text, a quote that never closes, a line without end.
"""

import csv
from collections import deque
from collections.abc import Callable, Iterator
from typing import BinaryIO

from streams.feeds.head import Header
from streams.feeds.items import Item, Note, Rejected, RowError
from streams.feeds.lines import LINE_MAX
from streams.feeds.source import Source
from streams.records import Refusal


def delimited_items(source: Source, item_of: Callable[[list[str], int], Item | list[Item]]) -> Iterator[Item]:
    """
    Yield what *item_of* makes of each row's fields and line below the header of *source*: one item or several.

    A row that it raises :class:`RowError` for is rejected with its bytes, as one that cannot be read is.
    """
    with source.open() as stream:
        rows = DelimitedReader(stream, source.head.header, source.options.encoding)
        for fields in rows:
            if isinstance(fields, Rejected):
                yield fields
                continue
            try:
                made = item_of(fields, rows.line)
            except RowError as e:
                yield Rejected(rows.line, e.reason, e.detail, rows.raw())
                continue
            if isinstance(made, list):
                yield from made
            else:
                yield made
        if rows.ends_within_a_line:
            yield Note("the last line has no end: where the file was copied or fetched, see that it is whole")


class DelimitedReader:
    """
    Iterates over the rows below the header: lists of as many fields as it has columns, or :class:`Rejected`.

    While a row is held, ``line`` is where it begins and :meth:`raw` its bytes.  Rows of nothing but blanks are passed
    over, and so are empty fields beyond the last column.
    """

    def __init__(self, stream: BinaryIO, header: Header, encoding: str = "utf-8") -> None:
        self.columns = header.columns
        self._lines = _Lines(stream, encoding)
        self._lines.skip(header.line)
        self._rows = csv.reader(self._lines, delimiter=header.delimiter, strict=True)

    @property
    def line(self) -> int:
        """The file's line on which the row begins."""
        return self._lines.number - len(self._lines.taken) + 1

    @property
    def ends_within_a_line(self) -> bool:
        """Whether the last line that was read has no end."""
        return self._lines.is_unended

    def raw(self) -> bytes:
        """Return the row's bytes as they came, without the end of the line."""
        return b"".join(self._lines.taken).rstrip(b"\r\n")

    def __iter__(self) -> Iterator[list[str] | Rejected]:
        width = len(self.columns)
        while True:
            self._lines.start_row()
            try:
                fields = next(self._rows)
            except StopIteration:
                return
            except csv.Error as e:
                yield self._broken(str(e))
                continue
            if self._lines.complaint:
                yield self._rejected(Refusal.WRONG_TYPE, self._lines.complaint)
            elif any(fields):
                yield fields if len(fields) == width else self._ragged(fields, width)

    def _ragged(self, fields: list[str], width: int) -> list[str] | Rejected:
        if len(fields) < width:
            detail = f"found {len(fields)} fields where the header names {width}: the row is cut short"
            return self._rejected(Refusal.MISSING_FIELD, detail)
        if any(fields[width:]):
            detail = f"found {len(fields)} fields where the header names {width}: quote a field that has the delimiter"
            return self._rejected(Refusal.WRONG_TYPE, detail)
        return fields[:width]

    def _broken(self, complaint: str) -> Rejected:
        """Reject the first line of what could not be parsed and take the others again: they may be sound."""
        self._lines.take_again_after_first()
        return self._rejected(Refusal.WRONG_TYPE, f"the row cannot be taken apart, check its quotes: {complaint}")

    def _rejected(self, reason: Refusal, detail: str) -> Rejected:
        return Rejected(self.line, reason, detail, self.raw())


class _Lines:
    """Decoded lines for the parser, which remembers the bytes of the row it is in."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self.number = 0
        self.taken: list[bytes] = []
        self.complaint = ""
        self.is_unended = False
        self._stream = stream
        self._encoding = encoding
        self._again: deque[bytes] = deque()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._stream.readline(LINE_MAX)
        if not line:
            raise StopIteration
        self.number += 1
        self.taken.append(line)
        self.is_unended = not line.endswith(b"\n")
        if len(line) == LINE_MAX and not line.endswith(b"\n"):
            return self._overlong(line)
        try:
            return line.decode(self._encoding)
        except UnicodeDecodeError as e:
            return self._undecodable(line, e)

    def start_row(self) -> None:
        self.taken.clear()
        self.complaint = ""

    def skip(self, lines: int) -> None:
        for _ in range(lines):
            self._stream.readline()
        self.number = lines

    def take_again_after_first(self) -> None:
        self._again.extendleft(reversed(self.taken[1:]))
        self.number -= len(self.taken) - 1
        del self.taken[1:]

    def _undecodable(self, line: bytes, error: UnicodeDecodeError) -> str:
        found = line[error.start : error.start + 1].hex().upper()
        self.complaint = (
            f"byte {error.start + 1} of line {self.number} (0x{found}) is not {self._encoding} text: "
            "save the file as UTF-8, or --declare encoding=cp1252 if that is what it is"
        )
        return line.decode(self._encoding, errors="replace")

    def _overlong(self, line: bytes) -> str:
        self.complaint = f"line {self.number} is longer than {LINE_MAX} bytes"
        while piece := self._stream.readline(LINE_MAX):
            if piece.endswith(b"\n"):
                break
        self.taken[-1] = line[: 1 << 10]
        return "\n"
