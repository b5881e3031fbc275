"""What a reader owes whatever it is given: no failure but ``FeedError``, and of each row an account that holds."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from streams.exact import NotADecimalError, micros
from streams.feeds import Feed, FeedError, FeedOptions, FeedRecord, FxDay, Rejected, open_feed
from streams.feeds.countries import ALPHA2
from streams.feeds.source import Source
from streams.normalise import Normaliser
from streams.records import PriceTick, Refusal, Status, Trade, decode_record, encode_record
from streams.reference.book import ReferenceBook
from streams.routing import RefusedError

OWN: Final = frozenset({"csv", "jsonl", "parquet"})
"""Forms whose records are handed on as they are: the engine refuses what cannot be right in them."""

_ROW_A_LINE: Final = frozenset(
    {"csv", "ecb", "hmrc-ots", "comex-stat", "customs-flows", "comtrade", "us-census", "us-dataweb", "comext-bulk",
     "comext-sdmx", "baci", "country-pairs", "pink-sheet-table", "usgs-mcs"}
)  # fmt: skip
_RATE: Final = re.compile(r"[0-9]+(\.[0-9]+)?")
_normaliser: Final = Normaliser(ReferenceBook())


class BrokenPromiseError(AssertionError):
    """Raised where a reader accepted what is no record, or lost a row; says what was owed."""


@dataclass(slots=True)
class Account:
    """What became of a file."""

    refused_whole: bool = False
    """Whether it could not be read, or no further."""
    format: str = ""
    found: Counter[str] = field(default_factory=Counter)
    """Records, days of rates and rejected rows."""
    skipped: int = 0


def account_of(path: Path, options: FeedOptions) -> Account:
    """
    Read the file at *path* and return what became of it.

    Raises :class:`BrokenPromiseError` where a row was accepted that should not have been or is not accounted for, and
    whatever else a reader fails by.
    """
    account = Account()
    try:
        feed = open_feed(path, options)
        account.format = feed.format
        records: list[Trade | PriceTick] = []
        for item in feed:
            _check(item, feed.format)
            account.found[type(item).__name__] += 1
            if isinstance(item, FeedRecord):
                records.append(item.record)
        _check_wire(feed, records, account)
    except FeedError as e:
        _owed(holds=bool(str(e)), what="a FeedError says what was found")
        account.refused_whole = True
        return account
    account.skipped = sum(feed.skipped.values())
    _check_rows(feed, account, path, options)
    return account


def _check(item: FeedRecord | FxDay | Rejected, name: str) -> None:
    if isinstance(item, Rejected):
        _owed(holds=isinstance(item.reason, Refusal), what="a refusal has a reason")
        _owed(holds=bool(item.detail), what="a refusal says what was found")
        _owed(holds=isinstance(item.raw, bytes), what="a refusal keeps the bytes")
    elif isinstance(item, FxDay):
        _owed(holds=isinstance(item.date, date), what=f"a day of rates is dated: {item}")
        rates = all(_RATE.fullmatch(rate) and rate.strip("0.") for rate in item.rates.values())
        _owed(holds=rates, what=f"rates are positive numbers: {item}")
    else:
        _check_record(item.record, name)


def _check_record(record: Trade | PriceTick, name: str) -> None:
    _owed(holds=decode_record(encode_record(record)) == record, what=f"what was read is written: {record}")
    _owed(holds=isinstance(record.event_date, date), what=f"a record is dated: {record}")
    if name in OWN:
        _check_routed(record)
        return
    amounts = (record.quantity, record.value) if isinstance(record, Trade) else (record.price,)
    positive = all(amount is not None and micros(amount) > 0 for amount in amounts)
    _owed(holds=positive, what=f"amounts are positive: {record}")
    if isinstance(record, Trade):
        _owed(holds={record.origin, record.destination} <= ALPHA2, what=f"origin and destination are known: {record}")


def _check_wire(feed: Feed, records: list[Trade | PriceTick], account: Account) -> None:
    """Check that the short way to the wire comes to the same records and refusals."""
    if feed.makes_wire:
        slices = list(feed.read_wire())
        same = [decode_record(value) for each in slices for value in each.values] == records
        rejected = sum(len(each.rejected) for each in slices)
        _owed(holds=same and rejected == account.found["Rejected"], what=f"values are the records: {account}")


def _check_routed(record: Trade | PriceTick) -> None:
    """Check that the engine refuses, or takes a positive amount."""
    try:
        route = _normaliser.route(record)
        if record.status is not Status.CANCELLED:
            amounts = route.amounts(record)
            _owed(holds=all(amount > 0 for amount in amounts), what=f"the engine takes positive amounts: {record}")
    except (RefusedError, NotADecimalError):
        return


def _check_rows(feed: Feed, account: Account, path: Path, options: FeedOptions) -> None:
    """Check that every line that is not blank is a record, a refusal or passed over, where lines are rows."""
    expected = _lines(feed, path, options)
    if expected is not None:
        found = sum(account.found.values()) + account.skipped
        _owed(holds=found == expected, what=f"{found} of {expected} rows are accounted for: {account}")


def _lines(feed: Feed, path: Path, options: FeedOptions) -> int | None:
    source = Source(path, options)
    if feed.format not in _ROW_A_LINE or source.head.is_json:
        return None
    with source.open() as stream:
        content = stream.read()
    if b'"' in content or b"\r" in content.replace(b"\r\n", b""):
        return None
    rows = content.split(b"\n")[source.head.header.line :]
    delimiter = source.head.header.delimiter.encode()
    return sum(1 for row in rows if row.rstrip(b"\r").replace(delimiter, b""))


def _owed(*, holds: bool, what: str) -> None:
    if not holds:
        raise BrokenPromiseError(what)
