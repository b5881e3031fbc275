"""
World Bank Commodity Price Data (the "Pink Sheet"): monthly averages as price ticks, from the publisher's workbook.

The sheet "Monthly Prices" has a month a row and a series a column, names over units.  A series becomes ticks where
it prices a product of the catalogue; energy, food and the rest are counted as skipped.  A tick is dated to the last
day of its month (:mod:`streams.feeds.months`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from streams.feeds.form import NOT_READ, Reading
from streams.feeds.head import Confidence, Head
from streams.feeds.items import FeedError, FeedRecord, Item, Rejected, RowError, Skipped
from streams.feeds.months import period_end
from streams.feeds.options import FeedOptions
from streams.feeds.price_ticks import priced
from streams.feeds.source import Source
from streams.feeds.workbook import cell_decimal, sheet_rows
from streams.records import PriceTick

PUBLISHER: Final = "worldbank"
LICENCE: Final = "CC BY 4.0"
SHEET: Final = "Monthly Prices"

SERIES: Final = {
    "Aluminum": ("aluminium", "aluminium|metal"),
    "Copper": ("copper", "copper|metal"),
    "Lead": ("lead", "lead|metal"),
    "Nickel": ("nickel", "nickel|metal"),
    "Phosphate rock": ("phosphate-rock", "phosphate|ore"),
    "Platinum": ("platinum", "platinum|metal"),
    "Potassium chloride": ("potassium-chloride", "potash|salt"),
    "Silver": ("silver", "silver|metal"),
    "Tin": ("tin", "tin|metal"),
    "Zinc": ("zinc", "zinc|metal"),
}
"""Name in the sheet, without the asterisks of its footnotes: instrument and product."""

_UNITS: Final = {"($/mt)": "t", "($/kg)": "kg", "($/dmtu)": "dmtu", "($/troy oz)": "oz_troy"}
_NO_PRICE: Final = frozenset({None, "", "…", "...", ".."})
_HEADER_ROWS_MAX: Final = 30


@dataclass(frozen=True, slots=True)
class _Series:
    column: int
    instrument: str
    product: str
    unit: str


class PinkSheet:
    """Reads monthly prices from the World Bank's workbook."""

    name = "pink-sheet"
    title = "World Bank Pink Sheet (CMO-Historical-Data-Monthly.xlsx)"

    def sniff(self, head: Head) -> Confidence:
        """Return whether the workbook has the sheet."""
        if not head.is_workbook:
            return Confidence.NO
        return Confidence.YES if SHEET in head.sheets else Confidence.PARTLY

    def readings(self, source: Source) -> list[Reading]:
        """Return how each series is read."""
        with source.open_seekable() as stream:
            names, units = _header(enumerate(sheet_rows(stream, SHEET, source), 1), source)
        read = {each.column: f"price of {each.product}, USD/{each.unit}" for each in _series(names, units)}
        titles = ((place, str(name)) for place, name in enumerate(names) if name)
        return [Reading(name, read.get(place, NOT_READ)) for place, name in titles]

    def read(self, source: Source, options: FeedOptions) -> Iterator[Item]:  # noqa: ARG002 - nothing to declare
        """Check for the sheet and return an iterator over its prices."""
        if SHEET not in source.head.sheets:
            message = f"{source.path}: no sheet {SHEET!r}; found {', '.join(source.head.sheets)}"
            raise FeedError(message)
        return _ticks(source)


def _ticks(source: Source) -> Iterator[Item]:
    with source.open_seekable() as stream:
        rows = enumerate(sheet_rows(stream, SHEET, source), 1)
        names, units = _header(rows, source)
        series = list(_series(names, units))
        yield Skipped("series that price no product of the catalogue", sum(map(bool, names[1:])) - len(series))
        for number, cells in rows:
            if any(cell is not None for cell in cells):
                yield from _month(number, cells, series)


def _header(rows: Iterator[tuple[int, Sequence[Any]]], source: Source) -> tuple[Sequence[Any], Sequence[Any]]:
    """Return the row of names and the row of units below it, and leave *rows* at the first month."""
    names: Sequence[Any] = ()
    for number, cells in rows:
        if any(cell in _UNITS for cell in cells[1:] if isinstance(cell, str)):
            return names, cells
        names = cells
        if number == _HEADER_ROWS_MAX:
            break
    message = f"{source.path}: no row of units such as ($/mt) at the top of sheet {SHEET!r}"
    raise FeedError(message)


def _series(names: Sequence[Any], units: Sequence[Any]) -> Iterator[_Series]:
    for column, (name, unit) in enumerate(zip(names, units, strict=False)):
        known = SERIES.get(str(name).strip(" *"))
        if known is not None and unit in _UNITS:
            instrument, product = known
            yield _Series(column, f"{PUBLISHER}:{instrument}", product, _UNITS[unit])


def _month(number: int, cells: Sequence[Any], series: Sequence[_Series]) -> Iterator[Item]:
    try:
        day = period_end(str(cells[0]))
    except RowError as e:
        yield Rejected(number, e.reason, e.detail, str(cells[0]).encode())
        return
    for each in series:
        price = cells[each.column] if each.column < len(cells) else None
        if price in _NO_PRICE:
            yield Skipped("months without a price")
            continue
        try:
            yield FeedRecord(_tick(each, day, price), number)
        except RowError as e:
            detail = f"{each.instrument} {cells[0]}: {e.detail}"
            yield Rejected(number, e.reason, detail, str(price).encode())


def _tick(series: _Series, day: date, price: Any) -> PriceTick:
    tick = PriceTick(
        instrument=series.instrument,
        source=PUBLISHER,
        event_date=day,
        product=series.product,
        price=cell_decimal(price, "price"),
        currency="USD",
        unit=series.unit,
        licence=LICENCE,
    )
    return priced(tick)
