"""The rows of one large JSON document, taken from an array in it one after the other."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from streams.feeds.items import FeedError

_OUTERMOST: Final = re.compile(r"\s*\[")
_BETWEEN: Final = re.compile(r"[\s,]*")
_BLOCK: Final = 1 << 16
_ROW_MAX: Final = 1 << 20
_decoder: Final = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)
"""Numbers stay the text they are: no binary float comes between."""


def json_rows(stream: BinaryIO, name: str = "value") -> Iterator[dict[str, Any]]:
    """
    Yield the objects of the array *name*, numbers as text; holds one block and one row.

    Raises :class:`FeedError` where there is no such array, or it breaks off or is no JSON.
    """
    array = re.compile(rf'"{re.escape(name)}"\s*:\s*\[')
    for number, row in enumerate(_values(stream, array, f'array "{name}"'), 1):
        if not isinstance(row, dict):
            message = f'row {number} of "{name}" is no JSON object: {str(row)[:40]!r}'
            raise FeedError(message)
        yield row


def json_arrays(stream: BinaryIO) -> Iterator[list[Any]]:
    """
    Yield the arrays of an array of arrays, numbers as text; holds one block and one row.

    Raises :class:`FeedError` where there is none, or it breaks off or is no JSON.
    """
    for number, row in enumerate(_values(stream, _OUTERMOST, "array of rows"), 1):
        if not isinstance(row, list):
            message = f"row {number} is no JSON array: {str(row)[:40]!r}"
            raise FeedError(message)
        yield row


def first_row(stream: BinaryIO, name: str = "value") -> dict[str, Any]:
    """Return the first object of the array *name*, an empty one where it has none."""
    return next(json_rows(stream, name), {})


def row_bytes(row: object) -> bytes:
    """Return a row as JSON again, for whoever looks at its refusal."""
    return json.dumps(row).encode()


def text_of(value: object) -> str:
    """Return a value as text that can be written again: lone surrogates become question marks."""
    return str(value).encode("utf-8", errors="replace").decode()


def _values(stream: BinaryIO, array: re.Pattern[str], title: str) -> Iterator[Any]:
    """Yield the values of the array that begins where *array* matches."""
    text = _Text(stream)
    rows = 0
    while (start := array.search(text.buffer)) is None:
        if len(text.buffer) > _ROW_MAX or not text.more():
            message = f"found no {title} in the JSON document"
            raise FeedError(message)
    at = start.end()
    while True:
        at = text.skip(at)
        if text.buffer.startswith("]", at):
            return
        row, at = text.row(at, f"the {title} breaks off after row {rows}")
        rows += 1
        yield row


class _Text:
    """A window on the document's text."""

    def __init__(self, stream: BinaryIO) -> None:
        self.buffer = ""
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")

    def more(self) -> bool:
        """Lengthen the window; return whether there was anything left."""
        data = self._stream.read(_BLOCK)
        self.buffer += self._decode.decode(data, final=not data)
        return bool(data)

    def skip(self, at: int) -> int:
        """Return where the next row or the end of the array is; what is before it is dropped."""
        while True:
            found = _BETWEEN.match(self.buffer, at)
            end = found.end() if found else at
            if end < len(self.buffer):
                break
            self.buffer, at = "", 0
            if not self.more():
                break
        if end > _BLOCK:
            self.buffer, end = self.buffer[end:], 0
        return end

    def row(self, at: int, complaint: str) -> tuple[Any, int]:
        """Return the value that begins at *at*, and where it ends."""
        while True:
            try:
                return _decoder.raw_decode(self.buffer, at)
            except json.JSONDecodeError as e:
                if len(self.buffer) - at > _ROW_MAX or not self.more():
                    message = f"{complaint}: {e.msg}; fetch the file again"
                    raise FeedError(message) from e
            except RecursionError as e:
                message = f"{complaint}: arrays within arrays without end"
                raise FeedError(message) from e
