"""
What kind of price an instrument is: of the Chinese home market, of China's exports, or of the market outside China.

It is told by what is declared with the price: the place, the currency, the delivery terms and the tax it includes.
"""

from enum import StrEnum
from typing import Final

from streams.shapes import Shape

_CHINA: Final = ("cn", "china", "prc")
_HOME_CURRENCIES: Final = frozenset({"CNY", "CNH"})
_HOME_TERMS: Final = "EXW"


class MarketOf(StrEnum):
    """Where a price is made."""

    CHINA = "china"
    """At home: in yuan, ex works or with value added tax."""
    CHINA_EXPORT = "china_export"
    """For goods that leave China."""
    EX_CHINA = "ex_china"
    """Anywhere else."""


def market_of(shape: Shape) -> MarketOf:
    """Return where the prices of a tick's *shape* are made."""
    in_china = shape.place.lower().startswith(_CHINA)
    if shape.currency in _HOME_CURRENCIES and (in_china or not shape.place):
        return MarketOf.CHINA
    if not in_china:
        return MarketOf.EX_CHINA
    home = shape.incoterm == _HOME_TERMS or shape.vat_pct not in ("", "0")
    return MarketOf.CHINA if home else MarketOf.CHINA_EXPORT


def is_home_price(shape: Shape) -> bool:
    """Return whether a price is of goods that stay where they are: ex works, or with value added tax."""
    return market_of(shape) is MarketOf.CHINA or shape.incoterm == _HOME_TERMS or shape.vat_pct not in ("", "0")
