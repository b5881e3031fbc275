"""
USITC DataWeb: imports of the United States as its queries are exported to CSV.

A row a code, country and month (or year) with the measures beside one another: ``HTS Number, Country, Year, Month,
Quantity Description, Customs Value, First Unit of Quantity``, and ``CIF Value`` or ``Import Charges`` where asked for.

- Values are US dollars, customs value, so FOB; numbers may have commas between their thousands.
- ``Quantity Description`` is the unit.  Component kilograms weigh what is in the goods: refused.
- Countries are names.  ``Total`` and ``All Countries`` are totals: passed over, as is the line at the foot.
- Codes of several levels in one file would count twice: the first row's level is read.  Without a column ``Month`` a
  row is a year's total, dated to its last day.

Licence: United States government, public domain.
"""

import re
from collections.abc import Iterator
from typing import Final

from streams.feeds.country_names import alpha2_of_name
from streams.feeds.form import Column, Form
from streams.feeds.form_rows import FormTable, Row, form_items
from streams.feeds.items import FeedRecord, Item, RowError, Skipped
from streams.feeds.options import FeedOptions
from streams.feeds.periods import Period, period_of, year_of
from streams.feeds.source import Source
from streams.feeds.us_imports import HTS_LEVELS, us_trade
from streams.records import Flow, Refusal

_SOURCE: Final = "us-dataweb"
_TOTALS: Final = frozenset({"", "total", "total:", "all countries", "world", "world total"})
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_GROUPED: Final = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_NUMBERS: Final = ("value", "cif", "charges", "quantity", "quantity2")
_OVER_COUNTRIES: Final = "totals over countries"
_OVER_CODES: Final = "totals over commodity codes"

_FORM: Final = Form(
    "USITC DataWeb, imports",
    Column("code", ("hts number", "hts code"), "commodity code", required=True),
    Column("country", ("country",), "origin; totals are passed over", required=True),
    Column("year", ("year",), "year, with month the period", required=True),
    Column("month", ("month",), "month, dated to its last day"),
    Column("value", ("customs value", "general customs value"), "value, USD, FOB", required=True),
    Column("cif", ("cif value", "cif import value"), "CIF value: less the value, freight and insurance"),
    Column("charges", ("import charges", "charges, insurance, and freight"), "freight, insurance and others, USD"),
    Column("quantity", ("first unit of quantity", "quantity"), "quantity, in its unit", required=True),
    Column("unit", ("quantity description", "first unit of quantity description"), "unit", required=True),
    Column("quantity2", ("second unit of quantity",), "quantity where the first does not weigh the goods"),
    Column("unit2", ("second unit of quantity description",), "unit of the second quantity"),
)


class UsDataweb(FormTable):
    """Reads imports of the United States from exports of DataWeb."""

    name = "us-dataweb"
    title = "USITC DataWeb, imports (HTS Number, Country, Year, Month, Customs Value ...)"
    form = _FORM

    def items(self, source: Source, options: FeedOptions) -> Iterator[Item]:
        """Yield what each row comes to."""
        return form_items(source, _FORM, _Reader(options).item)


class _Reader:
    """Makes items of rows; knows at which level the file's codes are read."""

    def __init__(self, options: FeedOptions) -> None:
        self._options = options
        self._level = 0

    def item(self, row: Row, line: int) -> Item:
        """Return the record in a row, or why it is passed over."""
        code = row["code"].replace(".", "")
        if row["country"].lower() in _TOTALS:
            return Skipped(_OVER_COUNTRIES)
        if not (code.isascii() and code.isdigit()):
            raise RowError(Refusal.WRONG_TYPE, f"HTS Number: expected a commodity code, found {code[:40]!r}")
        self._level = self._level or (len(code) if len(code) in HTS_LEVELS else 0)
        if len(code) != self._level:
            return Skipped(_OVER_CODES)
        why = self._options.passed_over(code, Flow.IMPORT)
        if why is not None:
            return Skipped(why)
        trade = us_trade(
            row | {name: _ungrouped(row[name]) for name in _NUMBERS if name in row},
            source=_SOURCE,
            code=code,
            period=_period(row),
            origin=_origin(row),
            split="",
            revision=self._options.revision,
        )
        return FeedRecord(trade, line)


def _ungrouped(text: str) -> str:
    return text.replace(",", "") if _GROUPED.fullmatch(text) else text


def _period(row: Row) -> Period:
    month = row.get("month")
    if not month:
        return year_of(row["year"])
    name = month[:3].lower()
    number = f"{_MONTHS.index(name) + 1:02}" if name in _MONTHS else month.zfill(2)
    return period_of(row["year"] + number)


def _origin(row: Row) -> str:
    origin = alpha2_of_name(row["country"])
    if origin is None:
        raise RowError(Refusal.MISSING_FIELD, f"Country {row['country'][:40]!r} is no country known here")
    return origin
