"""
UN Comtrade: imports and exports of all countries, as the database hands them out for download and through its API.

Three forms: CSV with the names of today (``typeCode, freqCode, ... primaryValue``), CSV with those of before 2023
(``Classification, Year, Period, ... Trade Value (US$)``), and the API's JSON (an object with an array ``data``).

What is read of a row, and what is not:

- Values are US dollars.  Imports are CIF by the United Nations' recommendation and exports FOB; a row that gives a
  CIF value is read as such, else one that gives an FOB value as that (Australia and Canada compile imports FOB).
- The quantity is the net weight in kilograms, else a quantity whose unit is the kilogram.  Comtrade estimates what
  countries do not report, from standard unit values: a price made of that is nobody's price, so a row that has
  nothing else is counted as passed over.
- A flow is given in total and by customs procedure, mode of transport, mode of supply and second partner.  Only the
  totals are read (``C00``, 0, 0, 0); a file that holds the parts alone is told so.
- Partner 0 is the world, others are groups: totals as well.  "Other Asia, not elsewhere specified" (490) is Taiwan in
  all but name.  "Areas not specified" (899 and others) hide a country for confidentiality and are refused.
- Headings and chapters are totals of their subheadings; ``9999AA`` and the like are goods that a country keeps
  confidential.  Re-exports and re-imports are parts of exports and imports.
- The edition of the Harmonized System is in every row (``H6`` is HS 2022).  A file of SITC or BEC codes is refused.
- Months and years of one file would count the same goods twice: the kind of the first row is read.
- Codes are the UN's own where they differ from ISO 3166: 842 is the United States, 699 India, 251 France, 757
  Switzerland, 579 Norway.

Licence: reuse with citation of UN Comtrade; redistribution in bulk needs the United Nations' consent.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from streams.feeds.countries import alpha2_of_comtrade
from streams.feeds.decimals import plain_decimal
from streams.feeds.form import Column, Form, Reading
from streams.feeds.form_rows import Row, form_items
from streams.feeds.head import Confidence, Head
from streams.feeds.items import FeedRecord, Item, Note, Rejected, RowError, Skipped
from streams.feeds.json_rows import first_row, json_rows, row_bytes
from streams.feeds.options import FeedOptions
from streams.feeds.period_totals import PeriodTotal, trade_of_total
from streams.feeds.periods import Period, period_of, year_of
from streams.feeds.source import Source
from streams.records import Flow, Refusal, Trade

_SOURCE: Final = "comtrade"
_ROWS: Final = "data"
_FLOWS: Final = {"M": Flow.IMPORT, "X": Flow.EXPORT, "1": Flow.IMPORT, "2": Flow.EXPORT}
_PART_FLOWS: Final = frozenset({"RM", "RX", "FM", "DX", "MIP", "MOP", "XIP", "XOP", "3", "4"})
_EDITIONS: Final = {
    "HS": None, "H0": "HS1992", "H1": "HS1996", "H2": "HS2002", "H3": "HS2007", "H4": "HS2012", "H5": "HS2017",
    "H6": "HS2022",
}  # fmt: skip
_WHOLE: Final = {"partner2": {"0"}, "customs": {"C00", "0"}, "transport": {"0"}, "supply": {"0"}}
"""What a row says of each breakdown where it is no part of one."""
_GROUPS: Final = frozenset({"0", "97", "472", "711"})
"""Codes of the world and of groups of countries that report as one."""
_KILOGRAM: Final = frozenset({"8", "kg"})
_WORD_OF: Final = {"true": True, "1": True, "false": False, "0": False, "": False}
_HS6: Final = 6
_QUANTITY_FLAG: Final = 2
_WEIGHT_FLAG: Final = 4
_SKIP_PARTS: Final = "parts of a total (customs procedure, transport, second partner)"
_SKIP_FLOWS: Final = "re-exports, re-imports and other parts of a flow"
_SKIP_WORLD: Final = "totals over partners"
_SKIP_GROUPS: Final = "totals over commodity codes"
_SKIP_HIDDEN: Final = "goods whose commodity code is kept confidential"
_SKIP_ESTIMATED: Final = "quantities that the publisher estimated"
_SKIP_PERIODS: Final = "periods of another kind than the first row's (months and years)"

_FORM: Final = Form(
    "UN Comtrade",
    Column("edition", ("classificationcode", "classification"), "edition of the Harmonized System", required=True),
    Column("period", ("period",), "period, dated to its last day", required=True),
    Column("frequency", ("freqcode",), "whether the period is a month or a year"),
    Column("year", ("refyear", "year"), "year of an annual row"),
    Column("flow", ("flowcode", "trade flow code"), "import or export", required=True),
    Column("reporter", ("reportercode", "reporter code"), "reporting country", required=True),
    Column("reporter_iso", ("reporteriso", "reporter iso"), "reporting country, where its number tells none"),
    Column("partner", ("partnercode", "partner code"), "partner country; 0, the world, is passed over", required=True),
    Column("partner_iso", ("partneriso", "partner iso"), "partner country, where its number tells none"),
    Column("partner2", ("partner2code", "2nd partner code"), "0 on totals; others are parts, passed over"),
    Column("customs", ("customscode", "customs proc. code"), "C00 on totals; others are parts, passed over"),
    Column("transport", ("motcode", "mode of transport code"), "0 on totals; others are parts, passed over"),
    Column("supply", ("moscode",), "0 on totals; others are parts, passed over"),
    Column("code", ("cmdcode", "commodity code"), "commodity code, six digits", required=True),
    Column("weight", ("netwgt", "netweight (kg)"), "quantity, kg"),
    Column("weight_estimated", ("isnetwgtestimated",), "whether the net weight is an estimate"),
    Column("unit", ("qtyunitcode", "qty unit code"), "unit of the quantity; 8 is the kilogram"),
    Column("quantity", ("qty",), "quantity where its unit is the kilogram and no net weight is reported"),
    Column("quantity_estimated", ("isqtyestimated",), "whether the quantity is an estimate"),
    Column("flag", ("flag", "legacyestimationflag"), "2 quantity, 4 net weight, 6 both estimated"),
    Column("cif", ("cifvalue", "cif trade value (us$)"), "value, USD, CIF"),
    Column("fob", ("fobvalue", "fob trade value (us$)"), "value, USD, FOB"),
    Column("value", ("primaryvalue", "trade value (us$)"), "value, USD: of imports CIF, of exports FOB", required=True),
)


class Comtrade:
    """Reads imports and exports from UN Comtrade's downloads and API answers."""

    name = "comtrade"
    title = "UN Comtrade (CSV of today or before 2023, API JSON)"

    def sniff(self, head: Head) -> Confidence:
        """Return how far the names of the database are there."""
        if head.is_workbook or head.is_parquet:
            return Confidence.NO
        if head.is_json:
            return Confidence.YES if f'"{_ROWS}"' in head.text and '"reporterCode"' in head.text else Confidence.NO
        return _FORM.sniff(head.header.columns)

    def readings(self, source: Source) -> list[Reading]:
        """Return how each column is read."""
        if not source.head.is_json:
            return _FORM.readings(source.head.header.columns)
        with source.open() as stream:
            return _FORM.readings(list(first_row(stream, _ROWS)))

    def read(self, source: Source, options: FeedOptions) -> Iterator[Item]:
        """Check the header of a table and return an iterator over the rows."""
        if source.head.is_json:
            return _document(source, options)
        _FORM.require(source.head.header.columns, source.path)
        return _table(source, options)


def _table(source: Source, options: FeedOptions) -> Iterator[Item]:
    reader = _Reader(options)
    yield from form_items(source, _FORM, reader.item)
    yield from reader.notes()


def _document(source: Source, options: FeedOptions) -> Iterator[Item]:
    reader = _Reader(options)
    with source.open() as stream:
        for number, found in enumerate(json_rows(stream, _ROWS), 1):
            try:
                yield reader.item(_FORM.row_of(found), number)
            except RowError as e:
                yield Rejected(number, e.reason, e.detail, row_bytes(found))
    yield from reader.notes()


class _Reader:
    """Makes items of rows; knows which kind of period the file is read for, and whether it has totals at all."""

    def __init__(self, options: FeedOptions) -> None:
        self._options = options
        self._years: bool | None = None
        self._totals = 0
        self._parts = 0

    def item(self, row: Row, line: int) -> Item:
        """Return the record in a row, or why it is passed over."""
        if any(row.get(name, "") not in {"", *whole} for name, whole in _WHOLE.items()):
            self._parts += 1
            return Skipped(_SKIP_PARTS)
        self._totals += 1
        passed_over = self._passed_over(row)
        if passed_over is not None:
            return Skipped(passed_over)
        period = _period(row)
        if self._years is None:
            self._years = period.is_year
        if self._years is not period.is_year:
            return Skipped(_SKIP_PERIODS)
        quantity = _quantity(row)
        if quantity is None:
            return Skipped(_SKIP_ESTIMATED)
        return FeedRecord(_trade(row, period, quantity, self._options.revision), line)

    def notes(self) -> Iterator[Note]:
        """Yield what the sender should hear of the file as a whole."""
        if self._parts and not self._totals:
            yield Note("no row is a total: ask for customs procedure C00, mode of transport 0 and second partner 0")

    def _passed_over(self, row: Mapping[str, str]) -> str | None:
        flow, code = row["flow"].upper(), row["code"]
        if flow in _PART_FLOWS:
            return _SKIP_FLOWS
        if _number(row["partner"]) in _GROUPS:
            return _SKIP_WORLD
        if code.upper() == "TOTAL" or code.upper().startswith("AG") or (code.isdigit() and len(code) < _HS6):
            return _SKIP_GROUPS
        if code.startswith("99") and not code.isdigit():
            return _SKIP_HIDDEN
        return self._options.passed_over(code, _FLOWS.get(flow))


def _trade(row: Mapping[str, str], period: Period, quantity: str, revision: int) -> Trade:
    flow = _FLOWS.get(row["flow"].upper())
    if flow is None:
        raise RowError(Refusal.WRONG_TYPE, f"flow: expected M or X (1 or 2), found {row['flow'][:40]!r}")
    code = row["code"]
    if not (code.isascii() and code.isdigit() and len(code) == _HS6):
        raise RowError(Refusal.WRONG_TYPE, f"commodity code: expected six digits, found {code[:40]!r}")
    reporter, partner = _country(row, "reporter"), _country(row, "partner")
    origin, destination = (partner, reporter) if flow is Flow.IMPORT else (reporter, partner)
    incoterm, value = _value(row, flow)
    return trade_of_total(
        PeriodTotal(
            source=_SOURCE,
            identity=(period.name, "X" if flow is Flow.EXPORT else "M", code, origin, destination),
            period=period,
            origin=origin,
            destination=destination,
            hs_code=code,
            hs_version=_edition(row["edition"]),
            quantity=quantity,
            value=value,
            currency="USD",
            incoterm=incoterm,
            flow=flow,
        ),
        revision,
    )


def _period(row: Mapping[str, str]) -> Period:
    """Return the month or year; annual rows have their year, or ``202452``, as their period."""
    if row.get("frequency", "").upper() == "A":
        return year_of(row.get("year") or row["period"][:4])
    return period_of(row["period"])


def _edition(code: str) -> str | None:
    if code.upper() not in _EDITIONS:
        raise RowError(
            Refusal.WRONG_TYPE,
            f"classification {code[:40]!r} is none of the Harmonized System ({', '.join(_EDITIONS)}): ask for HS codes",
        )
    return _EDITIONS[code.upper()]


def _country(row: Mapping[str, str], side: str) -> str:
    country = alpha2_of_comtrade(_number(row[side]), row.get(f"{side}_iso", ""))
    if country is None:
        detail = f"{side} {row[side][:40]!r} is no country: kept confidential, a group, or a new code"
        raise RowError(Refusal.MISSING_FIELD, detail)
    return country


def _number(code: str) -> str:
    return code.lstrip("0") or "0" if code else code


def _value(row: Mapping[str, str], flow: Flow) -> tuple[str, str]:
    """Return the delivery terms and the value: as given, else as the flow is compiled."""
    for name in ("cif", "fob") if flow is Flow.IMPORT else ("fob",):
        if row.get(name, "").strip("0."):
            return name.upper(), plain_decimal(row[name], name)
    return ("CIF" if flow is Flow.IMPORT else "FOB"), plain_decimal(row["value"], "value")


def _quantity(row: Mapping[str, str]) -> str | None:
    """Return the kilograms as reported, None where there are none but estimated ones."""
    weight, quantity = row.get("weight", ""), row.get("quantity", "")
    has_weight = bool(weight.strip("0."))
    has_quantity = bool(quantity.strip("0.")) and row.get("unit", "").lower() in _KILOGRAM
    if has_weight and not _estimated(row, "weight_estimated", _WEIGHT_FLAG):
        return plain_decimal(weight, "net weight")
    if has_quantity and not _estimated(row, "quantity_estimated", _QUANTITY_FLAG):
        return plain_decimal(quantity, "quantity")
    if has_weight or has_quantity:
        return None
    return plain_decimal(weight or "0", "net weight")


def _estimated(row: Mapping[str, str], name: str, flag: int) -> bool:
    if name in row:
        return _WORD_OF.get(row[name].lower(), True)
    text = row.get("flag", "")
    return text.isdigit() and len(text) < _HS6 and bool(int(text) & flag)
