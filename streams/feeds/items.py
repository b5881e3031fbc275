"""What a feed yields: records with the line they stand on, rows that cannot be right, and what was passed over."""

from dataclasses import dataclass
from datetime import date

import msgspec

from streams.records import PriceTick, Refusal, Trade


class FeedRecord(msgspec.Struct, frozen=True, gc=False):
    """A record of the wire and where it stood."""

    record: Trade | PriceTick
    line: int
    """Of the file, the first being 1; for Parquet and for JSON documents the row, in a workbook the sheet's row."""


class FxDay(msgspec.Struct, frozen=True, gc=False):
    """One publication day of euro reference rates: units of each currency per one euro, as published."""

    date: date
    rates: dict[str, str]
    line: int = 0


class Rejected(msgspec.Struct, frozen=True, gc=False):
    """A row that cannot be right: its bytes as they came, and why."""

    line: int
    reason: Refusal
    detail: str
    """What was found and what to do."""
    raw: bytes


@dataclass(frozen=True, slots=True)
class Skipped:
    """Rows of the file that are no input here (exports, other commodities), to be counted."""

    why: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Note:
    """Something about the whole file that its sender should hear, such as a column nobody reads."""

    text: str


Item = FeedRecord | FxDay | Rejected | Skipped | Note


class FeedError(Exception):
    """
    Raised for a file that cannot be read at all, or no further: says what was found and what to do.

    One bad row never raises it: that is a :class:`Rejected`.
    """


class RowError(Exception):
    """Raised inside an adapter for one row that cannot be right; becomes a :class:`Rejected`."""

    def __init__(self, reason: Refusal, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
