"""
Customs statistics of several publishers compiled into one table.

Columns ``source, period, reporter, partner, flow, hs6, native_code, material, value_usd, qty_kg`` and whatever
follows: a month a row, countries in ISO 3166-1 alpha-3, values converted to US dollars by the compiler, net mass in
kilograms.

- ``source`` and ``reporter`` tell by which terms the values are compiled (:mod:`streams.feeds.customs`); others than
  the publishers known there are refused.
- Both sides of the trade stand in one table, told by ``flow``: declare ``only`` to read one.
- The compiler keeps neither port nor state, so several rows may share month, side, code and partner: those after the
  first have their number in the id.
- A partner ``n/a`` is one that the publisher keeps confidential: refused.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from streams.feeds.columns import require_columns
from streams.feeds.countries import alpha2_of
from streams.feeds.customs import PUBLISHERS, MonthlyRow, Ordinals, Publisher, trade_of
from streams.feeds.decimals import plain_decimal
from streams.feeds.delimited import delimited_items
from streams.feeds.form import Reading, readings_of
from streams.feeds.head import Confidence, Head
from streams.feeds.items import FeedRecord, Item, RowError, Skipped
from streams.feeds.options import FeedOptions
from streams.feeds.source import Source
from streams.records import Flow, Refusal, Trade

_FLOWS: Final = {flow.value: flow for flow in Flow}
_REQUIRED: Final = ("source", "period", "reporter", "partner", "flow", "native_code", "value_usd", "qty_kg")

_MEANINGS: Final = {
    "source": "source, which with the flow tells the delivery terms",
    "period": "month, dated to its last day",
    "reporter": "destination of imports, origin of exports",
    "partner": "origin of imports, destination of exports",
    "flow": "import or export; exports have an X in the id",
    "native_code": "commodity code",
    "value_usd": "value, USD",
    "qty_kg": "quantity, kg",
}


class CustomsFlows:
    """Reads imports and exports from a compiled table of customs rows."""

    name = "customs-flows"
    title = "customs rows compiled from several publishers (source, period, reporter, partner, flow ...)"

    def sniff(self, head: Head) -> Confidence:
        """Return how far the header has the table's columns."""
        return head.has_columns(_REQUIRED)

    def readings(self, source: Source) -> list[Reading]:
        """Return how each column is read."""
        return readings_of(source.head.header.columns, _MEANINGS)

    def read(self, source: Source, options: FeedOptions) -> Iterator[Item]:
        """Check the header and return an iterator over the rows."""
        require_columns(source.head.header.columns, _REQUIRED, source.path, self.title)
        return _rows(source, options)


def _rows(source: Source, options: FeedOptions) -> Iterator[Item]:
    ordinals = Ordinals()
    columns = source.head.header.columns

    def item_of(fields: list[str], line: int) -> Item:
        row = dict(zip(columns, fields, strict=True))
        flow = _flow(row["flow"])
        why = options.passed_over(row["native_code"], flow)
        return Skipped(why) if why else FeedRecord(_trade(row, flow, ordinals, options.revision), line)

    return delimited_items(source, item_of)


def _flow(text: str) -> Flow:
    flow = _FLOWS.get(text)
    if flow is None:
        raise RowError(Refusal.WRONG_TYPE, f"flow: expected import or export, found {text[:40]!r}")
    return flow


def _trade(row: Mapping[str, str], flow: Flow, ordinals: Ordinals, revision: int) -> Trade:
    # Counted before anything can be wrong with the row: a row that is refused keeps its number.
    split = ordinals.next(row["source"], row["period"], flow, row["native_code"], row["partner"])
    publisher = _publisher(row)
    partner = alpha2_of(row["partner"])
    if partner is None:
        detail = f"partner {row['partner'][:40]!r} is no country: kept confidential by the publisher, or a new code"
        raise RowError(Refusal.MISSING_FIELD, detail)
    return trade_of(
        MonthlyRow(
            period=row["period"],
            flow=flow,
            partner=partner,
            hs_code=row["native_code"],
            quantity_kg=plain_decimal(row["qty_kg"], "qty_kg"),
            value=plain_decimal(row["value_usd"], "value_usd"),
            currency="USD",
            split=split,
        ),
        publisher,
        revision,
    )


def _publisher(row: Mapping[str, str]) -> Publisher:
    publisher = PUBLISHERS.get(row["source"])
    if publisher is None or alpha2_of(row["reporter"]) != publisher.country:
        known = ", ".join(f"{each.source} of {each.country}" for each in PUBLISHERS.values())
        found = f"{row['source'][:40]} of {row['reporter'][:40]}"
        raise RowError(Refusal.UNKNOWN_INCOTERM, f"the delivery terms of {found} are not known; known are {known}")
    return publisher
