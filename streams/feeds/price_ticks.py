"""A price tick of a publisher's table, checked as far as its figure alone tells."""

from msgspec.structs import replace

from streams.exact import NotADecimalError, micros
from streams.feeds.decimals import six_places
from streams.feeds.items import RowError
from streams.records import PriceTick, Refusal


def priced(tick: PriceTick) -> PriceTick:
    """Return *tick* with its price at six decimals; raises :class:`RowError` where that is no price."""
    price = six_places(tick.price or "0")
    try:
        positive = micros(price) > 0
    except NotADecimalError as e:
        raise RowError(Refusal.OUT_OF_RANGE, f"{tick.instrument}: {e}") from e
    if not positive:
        raise RowError(Refusal.VALUE_NOT_POSITIVE, f"{tick.instrument}: price is {price[:40]}")
    return tick if price == tick.price else replace(tick, price=price)
