"""
Comex Stat: Brazil's imports and exports as the Secretariat of Foreign Trade publishes them for download.

A year and side of the trade a file, semicolons between the fields: ``CO_ANO;CO_MES;CO_NCM;CO_UNID;CO_PAIS;SG_UF_NCM;
CO_VIA;CO_URF;QT_ESTAT;KG_LIQUIDO;VL_FOB``, and for imports ``VL_FRETE;VL_SEGURO``; net mass in kilograms.

- Values are US dollars and free on board on both sides; freight and insurance of imports stand apart.
- A file with freight and insurance holds imports.  One without does not say what it holds (exports, or imports as
  they were published before): declare ``flow``, which leaves files that say so themselves as they are.
- ``CO_PAIS`` is where imports come from (Brazil itself, where goods return) and where exports go; ``SG_UF_NCM`` is the
  state that they go to or come from.  Ships' stores and undeclared countries (990 and on) are no country: refused.
- Origin of exports is Brazil: the files do not tell goods of other origin that leave again.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from streams.feeds.columns import require_columns
from streams.feeds.countries import alpha2_of_co_pais
from streams.feeds.customs import COMEX_STAT, MonthlyRow, trade_of
from streams.feeds.decimals import plain_decimal
from streams.feeds.delimited import delimited_items
from streams.feeds.form import Reading, readings_of
from streams.feeds.head import Confidence, Head
from streams.feeds.items import FeedError, FeedRecord, Item, RowError, Skipped
from streams.feeds.options import FeedOptions
from streams.feeds.source import Source
from streams.records import Flow, Refusal, Trade

_REQUIRED: Final = ("CO_ANO", "CO_MES", "CO_NCM", "CO_PAIS", "KG_LIQUIDO", "VL_FOB")
_SPLIT: Final = ("SG_UF_NCM", "CO_VIA", "CO_URF", "CO_UNID")
"""State, mode of transport, customs office and unit: with month, code and country they tell the rows apart."""
_FREIGHT: Final = "VL_FRETE"
_INSURANCE: Final = "VL_SEGURO"
_NCM: Final = 8
_MEANINGS: Final = {
    "CO_ANO": "year, with month the period",
    "CO_MES": "month, dated to its last day",
    "CO_NCM": "commodity code, eight digits",
    "CO_PAIS": "origin of imports, destination of exports",
    "KG_LIQUIDO": "quantity, kg",
    "VL_FOB": "value, USD, FOB",
    _FREIGHT: "freight, USD",
    _INSURANCE: "insurance, USD",
    **dict.fromkeys(_SPLIT, "part of the id"),
}


class ComexStat:
    """Reads imports and exports from Comex Stat's yearly files."""

    name = "comex-stat"
    title = "Comex Stat (CO_ANO;CO_MES;CO_NCM ...)"

    def sniff(self, head: Head) -> Confidence:
        """Return how far the header has the file's columns."""
        return head.has_columns(_REQUIRED)

    def readings(self, source: Source) -> list[Reading]:
        """Return how each column is read."""
        return readings_of(source.head.header.columns, _MEANINGS)

    def read(self, source: Source, options: FeedOptions) -> Iterator[Item]:
        """Check the header and return an iterator over the rows."""
        columns = source.head.header.columns
        require_columns(columns, _REQUIRED, source.path, self.title)
        flow = Flow.IMPORT if _FREIGHT in columns else options.flow
        if flow is None:
            message = (
                f"{source.path}: without {_FREIGHT} and {_INSURANCE} the file does not say whether it holds imports "
                "or exports; --declare flow=import or --declare flow=export"
            )
            raise FeedError(message)
        return _rows(source, options, Flow(flow))


def _rows(source: Source, options: FeedOptions, flow: Flow) -> Iterator[Item]:
    columns = source.head.header.columns

    def item_of(fields: list[str], line: int) -> Item:
        row = dict(zip(columns, fields, strict=True))
        code = row["CO_NCM"].zfill(_NCM)
        why = options.passed_over(code, flow)
        return Skipped(why) if why else FeedRecord(_trade(row, flow, code, options.revision), line)

    return delimited_items(source, item_of)


def _trade(row: Mapping[str, str], flow: Flow, code: str, revision: int) -> Trade:
    return trade_of(
        MonthlyRow(
            period=f"{row['CO_ANO']}{row['CO_MES'].zfill(2)}",
            flow=flow,
            partner=_partner(row["CO_PAIS"]),
            hs_code=code,
            quantity_kg=plain_decimal(row["KG_LIQUIDO"], "KG_LIQUIDO"),
            value=plain_decimal(row["VL_FOB"], "VL_FOB"),
            currency="USD",
            split=":".join(row[name] for name in _SPLIT if row.get(name)),
            freight=_extra(row, _FREIGHT),
            insurance=_extra(row, _INSURANCE),
        ),
        COMEX_STAT,
        revision,
    )


def _extra(row: Mapping[str, str], name: str) -> str | None:
    text = row.get(name)
    return plain_decimal(text, name) if text else None


def _partner(number: str) -> str:
    partner = alpha2_of_co_pais(number)
    if partner is None:
        raise RowError(Refusal.MISSING_FIELD, f"CO_PAIS {number[:40]!r} is no country known here")
    return partner
