"""
CEPII BACI: yearly trade between all countries, reconciled from what both sides report to the United Nations.

A year a file: ``t, i, j, k, v, q`` are year, exporter, importer, commodity code of six digits, thousands of US dollars
and tonnes.  Countries are UN Comtrade's numbers; a table whose columns are named out (``year, exporter, importer,
hs6, value_kusd, qty_t``), with ISO codes for countries, is read as well.

- Values are free on board: the CIF reports of importers are brought to FOB by an estimate of freight.
- Reconciled means that there is one figure a flow, not one a side: rows become imports of the importer, and are not
  to be replayed beside what the importer itself reports.
- A quantity that neither side reports is ``NA``: such a row has no price and is refused.
- Codes may have lost their leading zero.  All are of one edition of the Harmonized System, which the file's name has
  (``HS17``) and its content has not: declare it (``hs-edition=HS2017``); without it the latest is meant, and a note
  says so.

Licence: Etalab Open Licence 2.0; cite CEPII BACI.
"""

from collections.abc import Iterator
from typing import Final

from streams.feeds.countries import alpha2_of_comtrade
from streams.feeds.decimals import plain_decimal, times_ten_to
from streams.feeds.form import Column, Form
from streams.feeds.form_rows import FormTable, Row, form_items
from streams.feeds.head import Confidence, Head
from streams.feeds.items import FeedRecord, Item, Note, RowError, Skipped
from streams.feeds.options import FeedOptions
from streams.feeds.period_totals import PeriodTotal, trade_of_total
from streams.feeds.periods import year_of
from streams.feeds.source import Source
from streams.records import Flow, Refusal, Trade

_SOURCE: Final = "baci"
_HS6: Final = 6
_UNKNOWN: Final = frozenset({"", "NA"})

_FORM: Final = Form(
    "CEPII BACI",
    Column("year", ("t", "year"), "year, dated to its last day", required=True),
    Column("exporter", ("i", "exporter"), "origin", required=True),
    Column("importer", ("j", "importer"), "destination", required=True),
    Column("code", ("k", "hs6"), "commodity code, six digits", required=True),
    Column("value", ("v", "value_kusd"), "value, thousand USD, FOB", required=True),
    Column("quantity", ("q", "qty_t"), "quantity, t", required=True),
)


class Baci(FormTable):
    """Reads reconciled yearly flows."""

    name = "baci"
    title = "CEPII BACI (t,i,j,k,v,q)"
    form = _FORM

    def sniff(self, head: Head) -> Confidence:
        """Return whether all of the columns are there: single letters are no mark by themselves."""
        return max(Confidence.NO, super().sniff(head), key=lambda found: found is Confidence.YES)

    def items(self, source: Source, options: FeedOptions) -> Iterator[Item]:
        """Yield what each row comes to."""
        return _rows(source, options)


def _rows(source: Source, options: FeedOptions) -> Iterator[Item]:
    if options.hs_edition is None:
        yield Note(
            "the file does not say which edition of the Harmonized System its codes are of: the latest is meant, "
            "--declare hs-edition=HS2017, or another, where its name says so"
        )

    def item_of(row: Row, line: int) -> Item:
        code = row["code"].zfill(_HS6)
        why = options.passed_over(code, Flow.IMPORT)
        return Skipped(why) if why else FeedRecord(_trade(row, code, options), line)

    yield from form_items(source, _FORM, item_of)


def _trade(row: Row, code: str, options: FeedOptions) -> Trade:
    if not (code.isascii() and code.isdigit() and len(code) == _HS6):
        raise RowError(Refusal.WRONG_TYPE, f"commodity code: expected six digits, found {code[:40]!r}")
    if row["quantity"] in _UNKNOWN:
        raise RowError(Refusal.MISSING_FIELD, "quantity: neither side reported one, so there is no price")
    period = year_of(row["year"])
    origin, destination = _country(row["exporter"], "exporter"), _country(row["importer"], "importer")
    return trade_of_total(
        PeriodTotal(
            source=_SOURCE,
            identity=(period.name, code, origin, destination),
            period=period,
            origin=origin,
            destination=destination,
            hs_code=code,
            hs_version=options.hs_edition,
            quantity=plain_decimal(row["quantity"], "quantity"),
            unit="t",
            value=times_ten_to(3, plain_decimal(row["value"], "value")),
            currency="USD",
            incoterm="FOB",
        ),
        options.revision,
    )


def _country(code: str, side: str) -> str:
    country = alpha2_of_comtrade(code.lstrip("0"), code)
    if country is None:
        raise RowError(Refusal.MISSING_FIELD, f"{side} {code[:40]!r} is no country known here")
    return country
