"""
HM Revenue & Customs: Overseas Trade Statistics of the United Kingdom, as uktradeinfo's API hands them out.

Entity ``OTS`` as JSON (one page: an object with an array ``value``) or as CSV with the same names: ``MonthId``,
``FlowTypeId``, ``CommodityId`` (the eight-digit code without its leading zeros), ``CountryId`` (a number of the
European external trade statistics), ``PortId``, ``Value`` in pounds sterling and ``NetMass`` in kilograms.  Code and
country may come expanded instead (``$expand=Commodity,Country``): ``Cn8Code`` and ``CountryCodeAlpha``.

- Flows 1 and 3 are imports from inside and outside the European Union, 2 and 4 exports to there.  A page holds all
  four mixed: declare ``only`` to read one side.
- Values are statistical values at the border: of imports CIF, of exports FOB.
- The country of imports is the one they were sent from, which is read as their origin and need not be where they were
  made; that of exports is where they were sent to.  Exports may have been made elsewhere: their origin is the United
  Kingdom because it declared them.
- Codes with a minus are estimates of trade below the thresholds and have no commodity: passed over.
- Ships' stores and confidential partners are no country (950, 958, 977 ...): refused, as is a net mass of 0.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from streams.feeds.columns import require_columns
from streams.feeds.countries import alpha2_of, alpha2_of_geonom
from streams.feeds.customs import HMRC, MonthlyRow, trade_of
from streams.feeds.decimals import plain_decimal
from streams.feeds.delimited import delimited_items
from streams.feeds.form import Reading, readings_of
from streams.feeds.head import Confidence, Head
from streams.feeds.items import FeedRecord, Item, Rejected, RowError, Skipped
from streams.feeds.json_rows import first_row, json_rows, row_bytes, text_of
from streams.feeds.options import FeedOptions
from streams.feeds.source import Source
from streams.records import Flow, Refusal, Trade

_REQUIRED: Final = ("MonthId", "FlowTypeId", "Value", "NetMass")
_CODES: Final = ("Cn8Code", "CommodityId")
_COUNTRIES: Final = ("CountryCodeAlpha", "CountryId")
_FLOWS: Final = {"1": Flow.IMPORT, "2": Flow.EXPORT, "3": Flow.IMPORT, "4": Flow.EXPORT}
_CN8: Final = 8
_PARTNER: Final = "origin of imports, destination of exports"
_MEANINGS: Final = {
    "MonthId": "month, dated to its last day",
    "FlowTypeId": "1 and 3 import, 2 and 4 export; exports have an X in the id",
    "CommodityId": "commodity code without its leading zeros",
    "Cn8Code": "commodity code, eight digits",
    "CountryId": _PARTNER,
    "CountryCodeAlpha": _PARTNER,
    "PortId": "part of the id",
    "Value": "value, GBP: of imports CIF, of exports FOB",
    "NetMass": "quantity, kg",
}
_ESTIMATES: Final = "estimates of trade below the thresholds"

_Row = Mapping[str, str]


class HmrcOts:
    """Reads imports and exports from uktradeinfo's Overseas Trade Statistics."""

    name = "hmrc-ots"
    title = "HMRC uktradeinfo, entity OTS (JSON or CSV)"

    def sniff(self, head: Head) -> Confidence:
        """Return how far the names of the entity are there."""
        if head.is_workbook or head.is_parquet:
            return Confidence.NO
        if head.is_json:
            return Confidence.YES if '"value"' in head.text and '"MonthId"' in head.text else Confidence.NO
        columns = tuple(map(_name, head.header.columns))
        if not set(_REQUIRED) - set(columns):
            return Confidence.YES
        return Confidence.PARTLY if {"MonthId", "FlowTypeId"} <= set(columns) else Confidence.NO

    def readings(self, source: Source) -> list[Reading]:
        """Return how each column is read."""
        if not source.head.is_json:
            return readings_of(map(_name, source.head.header.columns), _MEANINGS)
        with source.open() as stream:
            return readings_of(_flat(first_row(stream)), _MEANINGS)

    def read(self, source: Source, options: FeedOptions) -> Iterator[Item]:
        """Check the header of a table and return an iterator over the rows."""
        if source.head.is_json:
            return _document(source, options)
        columns = tuple(map(_name, source.head.header.columns))
        either = [next((name for name in names if name in columns), names[1]) for names in (_CODES, _COUNTRIES)]
        require_columns(columns, (*_REQUIRED, *either), source.path, self.title)
        return _table(source, columns, options)


def _name(column: str) -> str:
    """Return the name in a column such as ``Commodity/Cn8Code``."""
    return column.rpartition("/")[2]


def _document(source: Source, options: FeedOptions) -> Iterator[Item]:
    with source.open() as stream:
        for number, found in enumerate(json_rows(stream), 1):
            try:
                yield _item(_flat(found), number, options)
            except RowError as e:
                yield Rejected(number, e.reason, e.detail, row_bytes(found))


def _table(source: Source, columns: tuple[str, ...], options: FeedOptions) -> Iterator[Item]:
    return delimited_items(source, lambda fields, line: _item(dict(zip(columns, fields, strict=True)), line, options))


def _flat(found: Mapping[str, Any]) -> _Row:
    """Return the row with what was expanded into it; absent values are empty."""
    row: dict[str, str] = {}
    for name, value in found.items():
        if isinstance(value, dict):
            row.update((inner, text_of(each)) for inner, each in value.items() if isinstance(each, str))
        else:
            row[name] = "" if value is None else text_of(value)
    return row


def _item(row: _Row, number: int, options: FeedOptions) -> Item:
    flow = _FLOWS.get(row.get("FlowTypeId", ""))
    if flow is None:
        found = row.get("FlowTypeId", "")
        raise RowError(Refusal.WRONG_TYPE, f"FlowTypeId: expected 1, 2, 3 or 4, found {found[:40]!r}")
    code = row.get("Cn8Code") or row.get("CommodityId", "")
    if code.startswith("-"):
        return Skipped(_ESTIMATES)
    code = code.zfill(_CN8)
    why = options.passed_over(code, flow)
    return Skipped(why) if why else FeedRecord(_trade(row, flow, code, options.revision), number)


def _trade(row: _Row, flow: Flow, code: str, revision: int) -> Trade:
    return trade_of(
        MonthlyRow(
            period=row.get("MonthId", ""),
            flow=flow,
            partner=_partner(row),
            hs_code=code,
            quantity_kg=plain_decimal(row.get("NetMass", ""), "NetMass"),
            value=plain_decimal(row.get("Value", ""), "Value"),
            currency="GBP",
            split=row.get("PortId", ""),
        ),
        HMRC,
        revision,
    )


def _partner(row: _Row) -> str:
    alpha, number = row.get("CountryCodeAlpha", ""), row.get("CountryId", "")
    partner = (alpha2_of(alpha) if alpha else None) or (alpha2_of_geonom(number) if number else None)
    if partner is None:
        found = alpha or number
        detail = f"country {found[:40]!r} is none: the publisher keeps it confidential, or the code is new"
        raise RowError(Refusal.MISSING_FIELD, detail)
    return partner
