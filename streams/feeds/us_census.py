"""
United States Census Bureau: imports by commodity code and country, as the international trade API hands them out.

The API's JSON (an array of arrays, the first of them the names) or CSV with the same names: ``I_COMMODITY, CTY_CODE,
GEN_VAL_MO, GEN_QY1_MO, UNIT_QY1, time`` and whatever else was asked for.

- Values are US dollars, customs value, so FOB; with ``GEN_CHA_MO`` or ``GEN_CIF_MO`` freight and insurance as well.
- General imports (``GEN_``) are read where the file has them, else imports for consumption (``CON_``); never one's
  value with the other's quantity.  Figures of the year to date (``_YR``) are not read.
- The quantity is the first that weighs the goods.  Codes of six digits and fewer have none: ask for ``HS10``.
- ``CTY_CODE`` ``-``, ``0003`` or ``1XXX`` and ``SUMMARY_LVL`` ``CGP`` are totals over countries: passed over, as is
  ``-`` for a district or port.  Codes of several levels in one file would count twice: the first row's is read.

Licence: United States government, public domain; the Bureau asks to be cited.
"""

from collections.abc import Iterator
from typing import Final

from streams.feeds.countries import alpha2_of_schedule_c
from streams.feeds.country_names import alpha2_of_name
from streams.feeds.form import Column, Form, Reading
from streams.feeds.form_rows import Row, form_items
from streams.feeds.head import Confidence, Head
from streams.feeds.items import FeedError, FeedRecord, Item, Rejected, RowError, Skipped
from streams.feeds.json_rows import json_arrays, row_bytes
from streams.feeds.options import FeedOptions
from streams.feeds.periods import Period, period_of
from streams.feeds.source import Source
from streams.feeds.us_imports import HTS_LEVELS, us_trade
from streams.records import Flow, Refusal

_SOURCE: Final = "us-census"
_TOTAL: Final = "-"
_OVER_COUNTRIES: Final = "totals over countries"
_OVER_PLACES: Final = "totals over districts or ports"
_OVER_CODES: Final = "totals over commodity codes"


def _form(prefix: str, kind: str) -> Form:
    return Form(
        "US Census API, imports",
        Column("code", ("i_commodity",), "commodity code", required=True),
        Column("country", ("cty_code",), "origin; totals over countries are passed over", required=True),
        Column("country_name", ("cty_name",), "origin, where its number tells none; refused where the two disagree"),
        Column("value", (f"{prefix}_val_mo",), f"value of {kind}, USD, FOB", required=True),
        Column("charges", (f"{prefix}_cha_mo",), "freight, insurance and other charges, USD"),
        Column("cif", (f"{prefix}_cif_mo",), "CIF value: less the value, freight and insurance"),
        Column("quantity", (f"{prefix}_qy1_mo",), "quantity, in its unit", required=True),
        Column("unit", ("unit_qy1",), "unit of the quantity", required=True),
        Column("quantity2", (f"{prefix}_qy2_mo",), "quantity where the first does not weigh the goods"),
        Column("unit2", ("unit_qy2",), "unit of the second quantity"),
        Column("time", ("time",), "month, dated to its last day"),
        Column("year", ("year",), "year, with month the period"),
        Column("month", ("month",), "month, dated to its last day"),
        Column("summary", ("summary_lvl",), "DET; CGP, groups of countries, is passed over"),
        Column("district", ("district",), "part of the id; totals are passed over"),
        Column("port", ("port",), "part of the id; totals are passed over"),
    )


_GENERAL: Final = _form("gen", "general imports")
_CONSUMPTION: Final = _form("con", "imports for consumption")
_FORMS: Final = (_GENERAL, _CONSUMPTION)


class UsCensus:
    """Reads imports of the United States from answers of the Census Bureau's API."""

    name = "us-census"
    title = "US Census international trade API, imports (JSON or CSV: I_COMMODITY, CTY_CODE, GEN_VAL_MO ...)"

    def sniff(self, head: Head) -> Confidence:
        """Return how far the names of the API are there."""
        if head.is_workbook or head.is_parquet:
            return Confidence.NO
        if head.is_json:
            arrays = "".join(head.text[:200].split()).startswith("[[")
            return Confidence.YES if arrays and '"I_COMMODITY"' in head.text else Confidence.NO
        return max(form.sniff(head.header.columns) for form in _FORMS)

    def readings(self, source: Source) -> list[Reading]:
        """Return how each column is read."""
        names = _names(source)
        return _form_of(names).readings(names)

    def read(self, source: Source, options: FeedOptions) -> Iterator[Item]:
        """Check the names and return an iterator over the rows."""
        names = _names(source)
        form = _form_of(names)
        form.require(names, source.path)
        reader = _Reader(options)
        return _document(source, form, reader) if source.head.is_json else form_items(source, form, reader.item)


def _names(source: Source) -> tuple[str, ...]:
    """Return the header of a table, or the first array of a document."""
    if not source.head.is_json:
        return source.head.header.columns
    with source.open() as stream:
        names = next(json_arrays(stream), [])
    if not all(isinstance(name, str) for name in names):
        message = f"{source.path}: the first array has no names of columns but {str(names)[:60]}"
        raise FeedError(message)
    return tuple(names)


def _form_of(names: tuple[str, ...]) -> Form:
    return max(_FORMS, key=lambda form: form.sniff(names))


def _document(source: Source, form: Form, reader: "_Reader") -> Iterator[Item]:
    with source.open() as stream:
        rows = json_arrays(stream)
        names = next(rows)
        for number, found in enumerate(rows, 1):
            try:
                yield reader.item(form.row_of(_named(names, found)), number)
            except RowError as e:
                yield Rejected(number, e.reason, e.detail, row_bytes(found))


def _named(names: list[str], found: list[object]) -> dict[str, object]:
    if len(found) != len(names):
        detail = f"found {len(found)} values where the first array has {len(names)} names"
        raise RowError(Refusal.WRONG_TYPE, detail)
    return dict(zip(names, found, strict=True))


class _Reader:
    """Makes items of rows; knows at which level the file's codes are read."""

    def __init__(self, options: FeedOptions) -> None:
        self._options = options
        self._level = 0

    def item(self, row: Row, line: int) -> Item:
        """Return the record in a row, or why it is passed over."""
        code = row["code"].replace(".", "")
        passed_over = self._passed_over(row, code)
        if passed_over is not None:
            return Skipped(passed_over)
        trade = us_trade(
            row,
            source=_SOURCE,
            code=code,
            period=_period(row),
            origin=_origin(row),
            split=row.get("port") or row.get("district", ""),
            revision=self._options.revision,
        )
        return FeedRecord(trade, line)

    def _passed_over(self, row: Row, code: str) -> str | None:
        country = row["country"].upper()
        if country == _TOTAL or country.startswith("00") or "X" in country or row.get("summary", "").upper() == "CGP":
            return _OVER_COUNTRIES
        if _TOTAL in (row.get("port"), row.get("district")):
            return _OVER_PLACES
        if not (code.isascii() and code.isdigit()):
            raise RowError(Refusal.WRONG_TYPE, f"I_COMMODITY: expected a commodity code, found {code[:40]!r}")
        if len(code) not in HTS_LEVELS:
            return _OVER_CODES
        self._level = self._level or len(code)
        if len(code) != self._level:
            return _OVER_CODES
        return self._options.passed_over(code, Flow.IMPORT)


def _period(row: Row) -> Period:
    period = period_of(row.get("time") or row.get("year", "") + row.get("month", "").zfill(2))
    if period.is_year:
        raise RowError(Refusal.DATE_OUT_OF_RANGE, f"expected a month, found the year {period.name}")
    return period


def _origin(row: Row) -> str:
    by_number, by_name = alpha2_of_schedule_c(row["country"]), alpha2_of_name(row.get("country_name", ""))
    if by_number and by_name and by_number != by_name:
        detail = f"CTY_CODE {row['country'][:40]!r} is {by_number}, CTY_NAME {row['country_name'][:40]!r} is {by_name}"
        raise RowError(Refusal.MISSING_FIELD, f"{detail}: the two disagree")
    origin = by_number or by_name
    if origin is None:
        raise RowError(Refusal.MISSING_FIELD, f"CTY_CODE {row['country'][:40]!r} is no country known here")
    return origin
