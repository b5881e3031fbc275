"""
Monthly totals by country pair, compiled from UN Comtrade or another collection of customs statistics.

Columns ``month, origin, destination, hs6, value_usd, net_weight_kg`` and whatever follows: the first day or the name
of the month, countries by name or ISO code, US dollars and kilograms.

- The table does not say which side declared the goods: declare ``flow=import`` (values CIF) or ``flow=export`` (FOB).
- A column ``qty_quality`` that begins with ``imputed`` marks quantities made from standard unit values: counted as
  passed over, since their price is nobody's.
- A table of ``month, broad_group, value_usd, net_weight_kg`` has totals over commodity codes and partners: nothing of
  it is a price, and each row is refused.

Licence: that of the collection (UN Comtrade: reuse with citation, no redistribution in bulk).
"""

from collections.abc import Iterator
from typing import Final

from streams.feeds.countries import alpha2_of
from streams.feeds.country_names import alpha2_of_name
from streams.feeds.decimals import plain_decimal
from streams.feeds.form import Column, Form, Reading
from streams.feeds.form_rows import Row, form_items
from streams.feeds.head import Confidence, Head
from streams.feeds.items import FeedError, FeedRecord, Item, RowError, Skipped
from streams.feeds.options import FeedOptions
from streams.feeds.period_totals import PeriodTotal, trade_of_total
from streams.feeds.periods import period_of
from streams.feeds.source import Source
from streams.records import Flow, Refusal, Trade

_SOURCE: Final = "country-pairs"
_IMPUTED: Final = "quantities that the publisher estimated"
_MASS: Final = Column("quantity", ("net_weight_kg",), "quantity, kg", required=True)
_VALUE: Final = Column("value", ("value_usd",), "value, USD: of imports CIF, of exports FOB", required=True)
_MONTH: Final = Column("month", ("month",), "month, dated to its last day", required=True)

_FORM: Final = Form(
    "monthly totals by country pair",
    _MONTH,
    Column("origin", ("origin",), "origin", required=True),
    Column("destination", ("destination",), "destination", required=True),
    Column("code", ("hs6",), "commodity code", required=True),
    _VALUE,
    _MASS,
    Column("quality", ("qty_quality",), "whether the quantity is imputed: then passed over"),
)
_GROUPS: Final = Form(
    "monthly totals by group of commodities",
    _MONTH,
    Column("group", ("broad_group",), "group of commodity codes: no product, so the row is refused", required=True),
    _VALUE,
    _MASS,
)


class CountryPairs:
    """Reads compiled monthly totals by country pair."""

    name = "country-pairs"
    title = "monthly totals by country pair (month, origin, destination, hs6, value_usd, net_weight_kg)"

    def sniff(self, head: Head) -> Confidence:
        """Return how far the header has the columns of either table."""
        if not head.may_be_table:
            return Confidence.NO
        return max(form.sniff(head.header.columns) for form in (_FORM, _GROUPS))

    def readings(self, source: Source) -> list[Reading]:
        """Return how each column is read."""
        return _form_of(source).readings(source.head.header.columns)

    def read(self, source: Source, options: FeedOptions) -> Iterator[Item]:
        """Check the header and return an iterator over the rows."""
        form = _form_of(source)
        form.require(source.head.header.columns, source.path)
        if form is _GROUPS:
            return form_items(source, _GROUPS, _refuse)
        if options.flow is None:
            message = (
                f"{source.path}: the table does not say which side declared the goods; --declare flow=import or "
                "--declare flow=export"
            )
            raise FeedError(message)
        flow = Flow(options.flow)
        return form_items(source, _FORM, lambda row, line: _item(row, line, flow, options))


def _form_of(source: Source) -> Form:
    return _GROUPS if _GROUPS.sniff(source.head.header.columns) is Confidence.YES else _FORM


def _refuse(row: Row, line: int) -> Item:
    raise RowError(
        Refusal.AMBIGUOUS_PRODUCT,
        f"{row['group'][:40]!r} of line {line} is a group of commodity codes over all partners: fetch the totals by "
        "code and partner",
    )


def _item(row: Row, line: int, flow: Flow, options: FeedOptions) -> Item:
    if row.get("quality", "").lower().startswith("imputed"):
        return Skipped(_IMPUTED)
    why = options.passed_over(row["code"], flow)
    return Skipped(why) if why else FeedRecord(_trade(row, flow, options), line)


def _trade(row: Row, flow: Flow, options: FeedOptions) -> Trade:
    period = period_of(row["month"])
    origin, destination = _country(row, "origin"), _country(row, "destination")
    exported = flow is Flow.EXPORT
    return trade_of_total(
        PeriodTotal(
            source=_SOURCE,
            identity=(period.name, "X" if exported else "M", row["code"], origin, destination),
            period=period,
            origin=origin,
            destination=destination,
            hs_code=row["code"],
            hs_version=options.hs_edition,
            quantity=plain_decimal(row["quantity"], "net_weight_kg"),
            value=plain_decimal(row["value"], "value_usd"),
            currency="USD",
            incoterm="FOB" if exported else "CIF",
            flow=flow,
        ),
        options.revision,
    )


def _country(row: Row, side: str) -> str:
    country = alpha2_of_name(row[side]) or alpha2_of(row[side])
    if country is None:
        raise RowError(Refusal.MISSING_FIELD, f"{side} {row[side][:40]!r} is no country known here")
    return country
