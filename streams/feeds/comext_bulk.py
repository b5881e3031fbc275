"""
Eurostat Comext in bulk: the monthly files of all flows (``full_v2_202403.dat`` once unpacked).

The names of today (``REPORTER, PARTNER, ... PRODUCT_NC, ... FLOW, STAT_PROCEDURE, ... PERIOD, VALUE_EUR, ...
QUANTITY_KG``) or of before 2023 (``DECLARANT_ISO, PARTNER_ISO, ... STAT_REGIME, ... VALUE_IN_EUROS,
QUANTITY_IN_KG``).  What both forms of Comext mean is in :mod:`streams.feeds.comext`; besides, here:

- A flow is split by type of trade and statistical procedure, without a total beside: all parts are read, and the
  procedure is part of the id.  2 is inward processing, 3 outward processing.
- Period ``202452`` is a year's total beside its months: passed over.
"""

from collections.abc import Iterator
from typing import Final

from streams.feeds.comext import comext_total, passed_over, side_of
from streams.feeds.decimals import plain_decimal
from streams.feeds.form import Column, Form
from streams.feeds.form_rows import FormTable, Row, form_items
from streams.feeds.items import FeedRecord, Item, Skipped
from streams.feeds.options import FeedOptions
from streams.feeds.period_totals import trade_of_total
from streams.feeds.periods import period_of
from streams.feeds.source import Source
from streams.records import Trade

_YEAR: Final = "52"
_YEARS: Final = "totals over the months of a year"
_REGIMES: Final = {"2": "inward-processing", "3": "outward-processing"}

_FORM: Final = Form(
    "Eurostat Comext, bulk",
    Column("reporter", ("reporter", "declarant_iso"), "reporting member state", required=True),
    Column("partner", ("partner_iso", "partner"), "partner country", required=True),
    Column("trade", ("trade_type",), "part of the id: inside (I) or outside (E) the Union"),
    Column("code", ("product_nc",), "commodity code, eight digits", required=True),
    Column("flow", ("flow",), "1 import, 2 export", required=True),
    Column("procedure", ("stat_procedure",), "statistical procedure: part of the id, and the regime"),
    Column("regime", ("stat_regime",), "statistical regime of the old form: part of the id"),
    Column("period", ("period",), "month, dated to its last day", required=True),
    Column("value", ("value_eur", "value_in_euros"), "value, EUR: of imports CIF, of exports FOB", required=True),
    Column("quantity", ("quantity_kg", "quantity_in_kg"), "net mass, kg", required=True),
)


class ComextBulk(FormTable):
    """Reads imports and exports from Comext's monthly files."""

    name = "comext-bulk"
    title = "Eurostat Comext, bulk (REPORTER, PARTNER, PRODUCT_NC, FLOW, PERIOD, VALUE_EUR, QUANTITY_KG ...)"
    form = _FORM

    def items(self, source: Source, options: FeedOptions) -> Iterator[Item]:
        """Yield what each row comes to."""
        return form_items(source, _FORM, lambda row, line: _item(row, line, options))


def _item(row: Row, line: int, options: FeedOptions) -> Item:
    why = passed_over(row["reporter"].upper(), row["partner"].upper(), row["code"])
    if why is None and row["period"].endswith(_YEAR):
        why = _YEARS
    why = why or options.passed_over(row["code"], side_of(row["flow"]))
    return Skipped(why) if why else FeedRecord(_trade(row, options.revision), line)


def _trade(row: Row, revision: int) -> Trade:
    procedure = row.get("procedure", "")
    total = comext_total(
        period=period_of(row["period"]),
        reporter=row["reporter"],
        partner=row["partner"],
        flow=row["flow"],
        code=row["code"],
        quantity=plain_decimal(row["quantity"], "QUANTITY_KG"),
        value=plain_decimal(row["value"], "VALUE_EUR"),
        procedure=":".join(filter(None, (row.get("trade", ""), procedure or row.get("regime", "")))),
        regime=_REGIMES.get(procedure),
    )
    return trade_of_total(total, revision)
