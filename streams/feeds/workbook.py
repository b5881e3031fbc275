"""Rows and numbers of workbooks (xlsx); whatever is wrong with one is a :class:`FeedError`."""

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from decimal import Decimal
from math import isfinite
from typing import Any, BinaryIO, Final
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from streams.feeds.decimals import plain_decimal, workbook_decimal
from streams.feeds.items import FeedError, RowError
from streams.feeds.source import Source
from streams.records import Refusal

_BROKEN: Final = (
    InvalidFileException,
    ParseError,
    zipfile.BadZipFile,
    zlib.error,
    AttributeError,
    EOFError,
    IndexError,
    KeyError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What openpyxl and the packing below it raise for a file that is not what it should be."""


def sheet_rows(stream: BinaryIO, sheet: str | None, source: Source) -> Iterator[Sequence[Any]]:
    """Yield the values of a sheet's rows, one at a time; without a name, of the first sheet."""
    try:
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        try:
            found = book[sheet] if sheet is not None else book.worksheets[0]
            yield from found.iter_rows(values_only=True)
        finally:
            book.close()
    except _BROKEN as e:
        message = f"{source.path}: the workbook is damaged ({type(e).__name__}: {e}); fetch the file again"
        raise FeedError(message) from e


def cell_decimal(cell: Any, name: str) -> str:
    """Return the decimal text of a cell; raises :class:`RowError` where it holds no number."""
    if isinstance(cell, bool) or not isinstance(cell, int | float | Decimal | str):
        raise RowError(Refusal.NOT_A_DECIMAL, f"{name}: expected a number, found {str(cell)[:40]!r}")
    if isinstance(cell, str):
        return plain_decimal(cell.strip(), name)
    if isinstance(cell, float) and not isfinite(cell):
        raise RowError(Refusal.NOT_A_DECIMAL, f"{name}: expected a number, found {cell}")
    return workbook_decimal(cell) if isinstance(cell, float) else str(cell)
