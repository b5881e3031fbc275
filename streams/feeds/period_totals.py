"""
A period's total as a trade: what every publisher of trade statistics has in common.

A total of one commodity code between two countries becomes one trade of the period's last day, whose id is made of
the fields that tell the row from others, so that the same file read twice is the same records.  The product is set
where the commodity code alone tells it, and left to the normaliser to refuse where not.
"""

from dataclasses import dataclass
from functools import lru_cache

from streams.exact import NotADecimalError, micros
from streams.feeds.decimals import six_places
from streams.feeds.items import RowError
from streams.feeds.periods import Period
from streams.records import Flow, Refusal, Trade
from streams.reference.catalogue import load_catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodTotal:
    """One row; its numbers are decimal text."""

    source: str
    """Source of the trade, and the first part of its id."""
    identity: tuple[str, ...]
    """What tells the row from others of its source: the rest of the id; empty parts are left out."""
    period: Period
    origin: str
    destination: str
    hs_code: str
    hs_version: str | None
    quantity: str
    value: str
    currency: str
    incoterm: str | None
    """Of the value as compiled; None where the publisher does not say."""
    unit: str = "kg"
    flow: Flow = Flow.IMPORT
    freight: str | None = None
    insurance: str | None = None
    regime: str | None = None


def trade_of_total(total: PeriodTotal, revision: int) -> Trade:
    """Return the trade that a row makes; raises :class:`RowError` where it cannot be right."""
    quantity = six_places(total.quantity)
    value = six_places(total.value)
    no_price = f"net mass is {total.quantity[:40]} {total.unit}: there is no price per kilogram"
    _check_positive(quantity, Refusal.QUANTITY_NOT_POSITIVE, no_price)
    _check_positive(value, Refusal.VALUE_NOT_POSITIVE, f"value is {total.value[:40]} {total.currency}")
    return Trade(
        id=":".join((total.source, *filter(None, total.identity))),
        source=total.source,
        event_date=total.period.last_day,
        origin=total.origin,
        destination=total.destination,
        product=product_of(total.hs_code, total.hs_version),
        quantity=quantity,
        unit=total.unit,
        value=value,
        currency=total.currency,
        incoterm=total.incoterm,
        hs_code=total.hs_code,
        hs_version=total.hs_version,
        revision=revision,
        freight=total.freight,
        insurance=total.insurance,
        regime=total.regime,
        flow=total.flow,
    )


@lru_cache(maxsize=1 << 15)
def product_of(hs_code: str, hs_version: str | None) -> str | None:
    """Return the product that a commodity code alone identifies, None where it covers several or none known."""
    product = load_catalogue().match_hs(hs_code, hs_version).product
    return product.name if product else None


def _check_positive(amount: str, reason: Refusal, detail: str) -> None:
    try:
        positive = micros(amount) > 0
    except NotADecimalError as e:
        raise RowError(Refusal.OUT_OF_RANGE, str(e)) from e
    if not positive:
        raise RowError(reason, detail)
