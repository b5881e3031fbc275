"""
World Bank Commodity Price Data (the "Pink Sheet") as a long table: a month and series a row.

Columns ``month, commodity, price, unit``, the names and units of the publisher's workbook; the ticks are those that
the workbook makes (:mod:`streams.feeds.pink_sheet`), with the same instruments and days.

Licence: CC BY 4.0.
"""

from collections.abc import Iterator
from typing import Final

from streams.feeds.decimals import plain_decimal
from streams.feeds.form import Column, Form
from streams.feeds.form_rows import FormTable, Row, form_items
from streams.feeds.items import FeedRecord, Item, RowError, Skipped
from streams.feeds.options import FeedOptions
from streams.feeds.periods import period_of
from streams.feeds.pink_sheet import LICENCE, PUBLISHER, SERIES
from streams.feeds.price_ticks import priced
from streams.feeds.source import Source
from streams.records import PriceTick, Refusal

_UNITS: Final = {"usd/mt": "t", "usd/kg": "kg", "usd/dmtu": "dmtu", "usd/troy oz": "oz_troy"}
_NO_PRICE: Final = frozenset({"", "…", "...", ".."})
_OTHER: Final = "series that price no product of the catalogue"
_WITHOUT: Final = "months without a price"

_FORM: Final = Form(
    "World Bank Pink Sheet as a table",
    Column("month", ("month",), "month, dated to its last day", required=True),
    Column("commodity", ("commodity",), "instrument and product, where the catalogue has it", required=True),
    Column("price", ("price",), "price", required=True),
    Column("unit", ("unit",), "currency and unit of the price", required=True),
)


class PinkSheetTable(FormTable):
    """Reads monthly prices from a long table."""

    name = "pink-sheet-table"
    title = "World Bank Pink Sheet as a table (month, commodity, price, unit)"
    form = _FORM

    def items(self, source: Source, options: FeedOptions) -> Iterator[Item]:  # noqa: ARG002 - nothing to declare
        """Yield what each row comes to."""
        return form_items(source, _FORM, _item)


def _item(row: Row, line: int) -> Item:
    known = SERIES.get(row["commodity"].strip(" *"))
    if known is None:
        return Skipped(_OTHER)
    unit = _UNITS.get(row["unit"].lower())
    if unit is None:
        raise RowError(Refusal.UNKNOWN_UNIT, f"unit: expected one of {', '.join(_UNITS)}, found {row['unit'][:40]!r}")
    if row["price"] in _NO_PRICE:
        return Skipped(_WITHOUT)
    instrument, product = known
    tick = PriceTick(
        instrument=f"{PUBLISHER}:{instrument}",
        source=PUBLISHER,
        event_date=period_of(row["month"]).last_day,
        product=product,
        price=plain_decimal(row["price"], "price"),
        currency="USD",
        unit=unit,
        licence=LICENCE,
    )
    return FeedRecord(priced(tick), line)
