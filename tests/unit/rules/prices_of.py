"""Prices in a few words, for the unit tests of the rules that look at instruments day by day."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

from streams.records import PriceTick
from tests.unit.rules.market_of import PRODUCT

FIRST: Final = date(2023, 1, 1)


def on(day: int) -> date:
    """Return day *day* of a test; day 0 is the first of January 2023."""
    return FIRST + timedelta(days=day)


def price(day: int, usd: float | str, *, instrument: str = "spot", **fields: Any) -> PriceTick:
    """Return an assessment of silicon metal in USD per kg."""
    usual: dict[str, Any] = {
        "instrument": instrument,
        "source": "bulletin",
        "event_date": on(day),
        "product": PRODUCT,
        "price": str(usd),
        "currency": "USD",
    }
    return PriceTick(**usual | fields)


def prices(days: Iterable[int], usd: float | str, **fields: Any) -> list[PriceTick]:
    """Return the same assessment on each of *days*."""
    return [price(day, usd, **fields) for day in days]
