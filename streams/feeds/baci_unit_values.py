"""
Yearly unit values of traded materials, computed from CEPII BACI: of the world, of China, of the rest of the world.

A table ``year, material, world_uv_usd_per_t, china_uv_usd_per_t, row_uv_usd_per_t`` and whatever follows: US dollars
a tonne, free on board.  Each figure of a row becomes a price tick of the year's last day.  A unit value is an average
over all that one commodity code covers, so a material whose code covers several products is counted as passed over.

Licence: Etalab Open Licence 2.0; cite CEPII BACI.
"""

from collections.abc import Iterator
from typing import Final

from streams.feeds.decimals import plain_decimal
from streams.feeds.form import Column, Form
from streams.feeds.form_rows import FormTable, Row, form_items
from streams.feeds.items import FeedRecord, Item, Rejected, RowError, Skipped
from streams.feeds.options import FeedOptions
from streams.feeds.period_totals import product_of
from streams.feeds.periods import Period, year_of
from streams.feeds.price_ticks import priced
from streams.feeds.source import Source
from streams.records import PriceTick

_SOURCE: Final = "baci"
_LICENCE: Final = "Etalab Open Licence 2.0"
_CODES: Final = {
    "antimony": "811010", "arsenic": "280480", "baryte": "251110", "bauxite": "260600", "beryllium": "811212",
    "boron": "252800", "cobalt": "282200", "cokingcoal": "270112", "copper": "740311", "feldspar": "252910",
    "fluorspar": "252922", "gallium": "811292", "germanium": "811292", "graphite": "250490", "hafnium": "811292",
    "helium": "280429", "lithium": "283691", "magnesium": "810411", "magnets": "850511", "manganese": "260200",
    "nickel": "750210", "niobium": "720293", "palladium": "711021", "phosphate": "251010", "phosphorus": "280470",
    "platinum": "711011", "silicon": "280469", "strontium": "283692", "tantalum": "810320", "titanium": "810820",
    "tungsten": "810194", "vanadium": "720292",
}  # fmt: skip
"""The commodity code that stands for each material."""

_FIGURES: Final = ("world", "china", "rest")
_NO_PRICE: Final = "years without a unit value"
_OTHER: Final = "materials whose commodity code covers several products"

_FORM: Final = Form(
    "unit values of BACI",
    Column("year", ("year",), "year, dated to its last day", required=True),
    Column("material", ("material",), "product, where its commodity code identifies one", required=True),
    Column("world", ("world_uv_usd_per_t",), "price of the world, USD/t, FOB", required=True),
    Column("china", ("china_uv_usd_per_t",), "price of China's exports, USD/t, FOB", required=True),
    Column("rest", ("row_uv_usd_per_t",), "price of all other exports, USD/t, FOB", required=True),
)


class BaciUnitValues(FormTable):
    """Reads yearly unit values as price ticks."""

    name = "baci-unit-values"
    title = "unit values computed from CEPII BACI (year, material, world_uv_usd_per_t ...)"
    form = _FORM

    def items(self, source: Source, options: FeedOptions) -> Iterator[Item]:  # noqa: ARG002 - nothing to declare
        """Yield what each row comes to."""
        return form_items(source, _FORM, _items)


def _items(row: Row, line: int) -> list[Item]:
    period = year_of(row["year"])
    code = _CODES.get(row["material"].lower())
    product = product_of(code, None) if code else None
    if product is None:
        return [Skipped(_OTHER)]
    return [_item(row, figure, product, period, line) for figure in _FIGURES]


def _item(row: Row, figure: str, product: str, period: Period, line: int) -> Item:
    if not row[figure]:
        return Skipped(_NO_PRICE)
    try:
        return FeedRecord(_tick(row, figure, product, period), line)
    except RowError as e:
        return Rejected(line, e.reason, e.detail, f"{period.name},{row['material']},{row[figure]}".encode())


def _tick(row: Row, figure: str, product: str, period: Period) -> PriceTick:
    return priced(
        PriceTick(
            instrument=f"{_SOURCE}:{row['material'].lower()}:{figure}",
            source=_SOURCE,
            event_date=period.last_day,
            product=product,
            price=plain_decimal(row[figure], figure),
            currency="USD",
            unit="t",
            incoterm="FOB",
            licence=_LICENCE,
        )
    )
