"""The start of a feed file, looked at to tell its format: magic numbers, sheets, the header of a table."""

import codecs
import csv
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from html import unescape
from typing import BinaryIO, Final, NamedTuple

DELIMITERS: Final = (",", ";", "\t", "|")
COMMENT: Final = "#"
"""Lines that begin with it before the header are for people: who published the figures, under what licence."""

_SHEET: Final = re.compile(r"<sheet\b[^>]*?\bname=\"([^\"]*)\"")
_WORDS: Final = ("xl/sharedStrings.xml", "xl/worksheets/sheet1.xml")
"""Where a workbook keeps the texts of its cells: together, or in the cells."""
_START_BYTES: Final = 1 << 16
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Confidence(IntEnum):
    """How far an adapter takes a file for its own."""

    NO = 0
    PARTLY = 1
    """It has some of the marks; reading it will say what is missing."""
    YES = 2


class Header(NamedTuple):
    """The header of a delimited table."""

    line: int
    """Where it stands; what is above are comments and blanks."""
    delimiter: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Head:
    """What a file begins with, unpacked."""

    data: bytes
    sheets: tuple[str, ...] = ()
    """Of a workbook, the names of its sheets."""
    words: str = ""
    """Of a workbook, the first of the texts in its cells, with their marks."""
    declared_delimiter: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing but blanks is there."""
        return not self.data.removeprefix(codecs.BOM_UTF8).strip()

    @property
    def is_utf16(self) -> bool:
        """Whether it is text in two bytes a character, which no format here is."""
        return self.data.startswith(_UTF16)

    @property
    def is_workbook(self) -> bool:
        """Whether it is a workbook (xlsx)."""
        return bool(self.sheets)

    @property
    def is_parquet(self) -> bool:
        """Whether it is a Parquet file."""
        return self.data.startswith(b"PAR1")

    @cached_property
    def text(self) -> str:
        """The start as text; what is not UTF-8 shows as replacement characters."""
        return self.data.removeprefix(codecs.BOM_UTF8).decode("utf-8", errors="replace")

    @property
    def is_json(self) -> bool:
        """Whether its first characters open a JSON object or array."""
        return self.text.lstrip()[:1] in {"{", "["}

    @property
    def may_be_table(self) -> bool:
        """Whether it is none of the above, so that it may be a delimited table."""
        return not (self.is_workbook or self.is_parquet or self.is_json)

    @cached_property
    def header(self) -> Header:
        """The header of the delimited table that the file may be."""
        lines = [line.rstrip("\r") for line in self.text.split("\n")]
        number, line = next(
            ((n, line) for n, line in enumerate(lines, 1) if line.strip() and not line.startswith(COMMENT)), (1, "")
        )
        delimiter = self.declared_delimiter or max(DELIMITERS, key=lambda mark: len(_cells(line, mark)))
        columns = _cells(line, delimiter)
        while columns and not columns[-1]:
            columns.pop()
        return Header(number, delimiter, tuple(columns))

    def has_columns(self, required: Iterable[str]) -> Confidence:
        """Return how far the header has what a format requires: all of it, at least half, or less."""
        if self.is_workbook or self.is_parquet or self.is_json:
            return Confidence.NO
        wanted = set(required)
        found = wanted & set(self.header.columns)
        if found == wanted:
            return Confidence.YES
        return Confidence.PARTLY if 2 * len(found) >= len(wanted) else Confidence.NO


def workbook_head(stream: BinaryIO) -> tuple[tuple[str, ...], str]:
    """Return the names of a workbook's sheets and the first of the texts in its cells."""
    with zipfile.ZipFile(stream) as archive:
        sheets = _SHEET.findall(_start(archive, "xl/workbook.xml"))
        words = " ".join(_start(archive, name) for name in _WORDS if name in archive.namelist())
    return tuple(map(unescape, sheets)), unescape(words)


def _start(archive: zipfile.ZipFile, name: str) -> str:
    with archive.open(name) as part:
        return part.read(_START_BYTES).decode("utf-8", errors="replace")


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        cells = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        # Ends of line of another system, or a field without end: no header of a table known here.
        return [line.strip()]
    return [cell.strip() for cell in cells]
