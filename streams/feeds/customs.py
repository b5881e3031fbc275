"""
Monthly rows of customs statistics as trades: what the publishers have in common.

A row is a month's total of one commodity code and partner country, often split further (port, state, mode of
transport).  It becomes one trade of the month's last day, whose id is made of the fields that tell the row from
others, so that the same file read twice is the same records.  The delivery terms are those the publisher compiles
by; the product is set where the commodity code alone tells it, and left to the normaliser to refuse where not.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Final

from streams.feeds.items import RowError
from streams.feeds.months import period_end
from streams.records import Refusal, Trade
from streams.reference.catalogue import load_catalogue

EXPORTS: Final = "exports"
OTHER_CODES: Final = "commodity codes not asked for"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Who compiles the statistics, and by which terms."""

    source: str
    """Source of the trades, and the first part of their ids."""
    country: str
    """The reporting country, alpha-2: where the goods arrive."""
    incoterm: str
    """Of the values as compiled."""
    nomenclature: str
    """Of the commodity codes; with the year of the row it is the record's ``hs_version``."""


HMRC: Final = Publisher(source="hmrc", country="GB", incoterm="CIF", nomenclature="CN")
"""HM Revenue & Customs: import values are statistical values, cost, insurance and freight to the border included."""

COMEX_STAT: Final = Publisher(source="comexstat", country="BR", incoterm="FOB", nomenclature="NCM")
"""Comex Stat, Secretariat of Foreign Trade of Brazil: values are free on board; freight and insurance apart."""

PUBLISHERS: Final[Mapping[str, Publisher]] = {each.source: each for each in (HMRC, COMEX_STAT)}


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyRow:
    """One row, its numbers plain decimal text."""

    period: str
    """As ``202507``."""
    origin: str
    hs_code: str
    quantity_kg: str
    value: str
    currency: str
    split: str = ""
    """What tells the row from others of its month, code and origin."""
    freight: str | None = None
    insurance: str | None = None


def trade_of(row: MonthlyRow, publisher: Publisher, revision: int) -> Trade:
    """Return the trade that a row makes; raises :class:`RowError` where it cannot be right."""
    event_date = period_end(row.period)
    if Fraction(row.quantity_kg) <= 0:
        raise RowError(
            Refusal.QUANTITY_NOT_POSITIVE, f"net mass is {row.quantity_kg} kg: there is no price per kilogram"
        )
    if Fraction(row.value) <= 0:
        raise RowError(Refusal.VALUE_NOT_POSITIVE, f"value is {row.value} {row.currency}")
    hs_version = f"{publisher.nomenclature}{event_date.year}"
    parts = (publisher.source, f"{event_date:%Y%m}", row.hs_code, row.origin, *filter(None, [row.split]))
    return Trade(
        id=":".join(parts),
        source=publisher.source,
        event_date=event_date,
        origin=row.origin,
        destination=publisher.country,
        product=product_of(row.hs_code, hs_version),
        quantity=row.quantity_kg,
        value=row.value,
        currency=row.currency,
        incoterm=publisher.incoterm,
        hs_code=row.hs_code,
        hs_version=hs_version,
        revision=revision,
        freight=row.freight,
        insurance=row.insurance,
    )


class Ordinals:
    """
    Tells apart rows that a compiled file has stripped of what did: the second of a kind is 2, the third 3.

    The first stays bare.  Good as long as the file keeps its order; remembers a number for each month, code and
    origin, not for each row.
    """

    def __init__(self) -> None:
        self._seen: Counter[tuple[str, ...]] = Counter()

    def next(self, *kind: str) -> str:
        """Return what to append to the id of the next row of *kind*."""
        self._seen[kind] += 1
        times = self._seen[kind]
        return "" if times == 1 else str(times)


@cache
def product_of(hs_code: str, hs_version: str) -> str | None:
    """Return the product that a commodity code alone identifies, None where it covers several or none known."""
    product = load_catalogue().match_hs(hs_code, hs_version).product
    return product.name if product else None
