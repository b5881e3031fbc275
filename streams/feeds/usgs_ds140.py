"""
United States Geological Survey, Data Series 140: a commodity's yearly unit value since 1900 as price ticks (xlsx).

A workbook a commodity, its title in the first cell (``LITHIUM STATISTICS``), below it a row of names that begins with
``Year`` and has ``Unit value ($/t)``, then a year a row.

- The unit value is in current dollars a metric ton, and an estimate of what a ton of apparent consumption was worth;
  that in dollars of 1998 is not read.
- What a ton is of differs: for lithium the price of lithium carbonate stands in.  Commodities whose unit value stands
  for no single product of the catalogue are counted as passed over.
- ``NA`` and ``W`` are no price.  Titles and names may end in the number of a footnote.

Licence: United States government, public domain.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from streams.feeds.form import NOT_READ, Reading
from streams.feeds.head import Confidence, Head
from streams.feeds.items import FeedError, FeedRecord, Item, Rejected, RowError, Skipped
from streams.feeds.options import FeedOptions
from streams.feeds.periods import year_of
from streams.feeds.price_ticks import priced
from streams.feeds.source import Source
from streams.feeds.usgs_mcs import LICENCE, PUBLISHER
from streams.feeds.workbook import cell_decimal, sheet_rows
from streams.records import PriceTick

_PRODUCTS: Final = {
    "aluminum": "aluminium|metal", "antimony": "antimony|metal", "bismuth": "bismuth|metal", "cobalt": "cobalt|metal",
    "copper": "copper|metal", "gallium": "gallium|metal", "germanium": "germanium|metal", "indium": "indium|metal",
    "lead": "lead|metal", "lithium": "lithium|carbonate", "nickel": "nickel|metal", "selenium": "selenium|metal",
    "silver": "silver|metal", "tellurium": "tellurium|metal", "tin": "tin|metal", "zinc": "zinc|metal",
}  # fmt: skip
"""What a ton of the unit value is of."""

_TITLE: Final = re.compile(r"\s*([A-Za-z() ,-]+?)\s+STATISTICS\s*\d*\s*", re.IGNORECASE)
_UNIT_VALUE: Final = re.compile(r"unit value \(\$/t\)\s*\d*", re.IGNORECASE)
_YEAR: Final = re.compile(r"year\s*\d*", re.IGNORECASE)
_NO_PRICE: Final = frozenset({None, "", "NA", "W", "--", "—"})
_HEADER_ROWS_MAX: Final = 30
_OTHER: Final = "unit values of no single product of the catalogue"
_WITHOUT: Final = "years without a unit value"


class _Head(NamedTuple):
    commodity: str
    row: int
    names: tuple[str, ...]
    year: int
    value: int


class UsgsDs140:
    """Reads a commodity's yearly unit values."""

    name = "usgs-ds140"
    title = "USGS Data Series 140, historical statistics of a commodity (xlsx)"

    def sniff(self, head: Head) -> Confidence:
        """Return whether the workbook's words are the series' own."""
        words = head.words.lower()
        return Confidence.YES if "geological survey" in words and "unit value ($/t)" in words else Confidence.NO

    def readings(self, source: Source) -> list[Reading]:
        """Return how each column is read."""
        with source.open_seekable() as stream:
            head = _head(sheet_rows(stream, None, source), source)
        read = {head.year: "year, dated to its last day", head.value: "price, USD/t"}
        return [Reading(name, read.get(place, NOT_READ)) for place, name in enumerate(head.names) if name]

    def read(self, source: Source, options: FeedOptions) -> Iterator[Item]:
        """Check that it is a workbook and return an iterator over its years."""
        if not source.head.is_workbook:
            message = f"{source.path} is no workbook (xlsx); save it as one"
            raise FeedError(message)
        return _ticks(source, options.revision)


def _ticks(source: Source, revision: int) -> Iterator[Item]:
    with source.open_seekable() as stream:
        rows = sheet_rows(stream, None, source)
        head = _head(rows, source)
        product = _PRODUCTS.get(head.commodity)
        for number, cells in enumerate(rows, head.row + 1):
            year = cells[head.year] if head.year < len(cells) else None
            if year is None or (isinstance(year, str) and not year.strip()[:4].isdigit()):
                continue
            if product is None:
                yield Skipped(_OTHER)
            else:
                yield _item(number, cells, head, product, revision)


def _item(number: int, cells: Sequence[Any], head: _Head, product: str, revision: int) -> Item:
    found = cells[head.value] if head.value < len(cells) else None
    if found in _NO_PRICE:
        return Skipped(_WITHOUT)
    try:
        return FeedRecord(_tick(cells[head.year], found, head.commodity, product, revision), number)
    except RowError as e:
        return Rejected(number, e.reason, e.detail, f"{cells[head.year]},{found}".encode())


def _tick(year: Any, found: Any, commodity: str, product: str, revision: int) -> PriceTick:
    return priced(
        PriceTick(
            instrument=f"{PUBLISHER}:ds140:{commodity.replace(' ', '-')}",
            source=PUBLISHER,
            event_date=year_of(str(year).strip()).last_day,
            product=product,
            price=cell_decimal(found, "unit value"),
            currency="USD",
            unit="t",
            revision=revision,
            licence=LICENCE,
        )
    )


def _head(rows: Iterator[Sequence[Any]], source: Source) -> _Head:
    """Return the title and the row of names, and leave *rows* at the first year."""
    commodity = ""
    for number, cells in enumerate(rows, 1):
        names = tuple(str(cell).strip() if cell is not None else "" for cell in cells)
        title = _TITLE.fullmatch(names[0]) if names else None
        if title is not None and not commodity:
            commodity = title[1].lower()
        value = next((place for place, name in enumerate(names) if _UNIT_VALUE.fullmatch(name)), None)
        year = next((place for place, name in enumerate(names) if _YEAR.fullmatch(name)), None)
        if value is not None and year is not None:
            return _Head(commodity, number, names, year, value)
        if number == _HEADER_ROWS_MAX:
            break
    message = f"{source.path}: no row of names with Year and Unit value ($/t) at the top of the first sheet"
    raise FeedError(message)
