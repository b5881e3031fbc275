"""
Monthly rows of customs statistics as trades: what the publishers have in common.

A row is a month's total of one commodity code, side of the trade and partner country
(:mod:`streams.feeds.period_totals`), often split further (port, state, mode of transport).  The delivery terms are
those the publisher compiles by.  Imports come from the partner to the reporting country; exports leave the reporting
country, which is their origin as far as is published, for the partner, and have an ``X`` in their ids.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from streams.feeds.months import period_end
from streams.feeds.period_totals import PeriodTotal, trade_of_total
from streams.feeds.periods import Period
from streams.records import Flow, Trade


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Who compiles the statistics, and by which terms."""

    source: str
    """Source of the trades, and the first part of their ids."""
    country: str
    """The reporting country, alpha-2: where imports arrive and exports leave."""
    imports: str
    """Incoterm of the values of imports as compiled."""
    exports: str
    """Incoterm of the values of exports as compiled."""
    nomenclature: str
    """Of the commodity codes; with the year of the row it is the record's ``hs_version``."""


HMRC: Final = Publisher(source="hmrc", country="GB", imports="CIF", exports="FOB", nomenclature="CN")
"""
HM Revenue & Customs: values are statistical values at the border of the United Kingdom, those of imports with cost,
insurance and freight to there included, those of exports free on board.
"""

COMEX_STAT: Final = Publisher(source="comexstat", country="BR", imports="FOB", exports="FOB", nomenclature="NCM")
"""
Comex Stat, Secretariat of Foreign Trade of Brazil: values of both sides are free on board; freight and insurance of
imports apart.
"""

PUBLISHERS: Final[Mapping[str, Publisher]] = {each.source: each for each in (HMRC, COMEX_STAT)}


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyRow:
    """One row, its numbers plain decimal text."""

    period: str
    """As ``202507``."""
    flow: Flow
    partner: str
    """Where imports come from, or exports go."""
    hs_code: str
    quantity_kg: str
    value: str
    currency: str
    split: str = ""
    """What tells the row from others of its month, side, code and partner."""
    freight: str | None = None
    insurance: str | None = None


def trade_of(row: MonthlyRow, publisher: Publisher, revision: int) -> Trade:
    """Return the trade that a row makes; raises :class:`RowError` where it cannot be right."""
    last_day = period_end(row.period)
    period = Period(f"{last_day:%Y%m}", last_day)
    exported = row.flow is Flow.EXPORT
    total = PeriodTotal(
        source=publisher.source,
        identity=(period.name, "X" if exported else "", row.hs_code, row.partner, row.split),
        period=period,
        origin=publisher.country if exported else row.partner,
        destination=row.partner if exported else publisher.country,
        hs_code=row.hs_code,
        hs_version=f"{publisher.nomenclature}{last_day.year}",
        quantity=row.quantity_kg,
        value=row.value,
        currency=row.currency,
        incoterm=publisher.exports if exported else publisher.imports,
        flow=row.flow,
        freight=row.freight,
        insurance=row.insurance,
    )
    return trade_of_total(total, revision)


class Ordinals:
    """
    Tells apart rows that a compiled file has stripped of what did: the second of a kind is 2, the third 3.

    The first stays bare.  Good as long as the file keeps its order; remembers a number for each month, side, code and
    partner, not for each row.
    """

    def __init__(self) -> None:
        self._seen: Counter[tuple[str, ...]] = Counter()

    def next(self, *kind: str) -> str:
        """Return what to append to the id of the next row of *kind*."""
        self._seen[kind] += 1
        times = self._seen[kind]
        return "" if times == 1 else str(times)
