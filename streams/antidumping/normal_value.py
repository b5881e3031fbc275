"""
Normal value: what the goods cost in the exporter's own market, by the method that the facts allow.

1. **home**: the weighted average price of sales in the ordinary course of trade, where the home market is viable: they
   come to at least 5 % of the quantity sold to the importing country (WTO Anti-Dumping Agreement, art. 2.2, fn 2).
2. **third country** or **constructed**: a representative price to a third country, or cost plus expenses and profit
   (art. 2.2; the EU takes constructed value from undistorted costs under Regulation (EU) 2016/1036, art. 2(6a)).
3. **factors of production** at surrogate prices, for a non-market economy (19 U.S.C. 1677b(c)).
4. **price proxy**: a market quote, with the VAT that is refunded on export taken out (vat_rebate.py).  It is no method
   of the agreement but what a monitor has before an investigation.

How far each is to be trusted is our own judgement, and configuration of whoever uses it: :data:`CONFIDENCE`.  A value
that is missing, zero or negative is no normal value: the result says why, and no margin follows from it.
"""

from collections.abc import Iterable, Mapping
from enum import IntEnum, StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Final, NamedTuple

from streams.antidumping.constructed_value import ConstructedValue
from streams.antidumping.sales import Exact, Sales, percent
from streams.antidumping.vat_rebate import comparable_price

VIABLE_PCT: Final = Fraction(5)
"""Home-market sales in per cent of the quantity sold to the importing country: from here on they are enough."""


class NormalValueMethod(StrEnum):
    """How a normal value was found, in the order of preference."""

    HOME = "home"
    THIRD_COUNTRY = "third_country"
    CONSTRUCTED = "constructed"
    FACTORS_OF_PRODUCTION = "factors_of_production"
    PRICE_PROXY = "price_proxy"


class Confidence(IntEnum):
    """How far a normal value is to be trusted."""

    NONE = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3


CONFIDENCE: Final[Mapping[NormalValueMethod, Confidence]] = MappingProxyType(
    {
        NormalValueMethod.HOME: Confidence.HIGH,
        NormalValueMethod.THIRD_COUNTRY: Confidence.MEDIUM,
        NormalValueMethod.CONSTRUCTED: Confidence.MEDIUM,
        NormalValueMethod.FACTORS_OF_PRODUCTION: Confidence.LOW,
        NormalValueMethod.PRICE_PROXY: Confidence.LOW,
    }
)


class NoNormalValue(StrEnum):
    """Why a method gave no normal value."""

    INVALID = "nv_invalid"
    """The price is missing, zero or negative after adjustments."""
    NOT_VIABLE = "not_viable"
    """The home market is too small beside the exports to the importing country."""


class NormalValue(NamedTuple):
    """What one method came to, in the currency and per the unit of its inputs."""

    method: NormalValueMethod
    price: Fraction | None
    """None where the method gave none: no margin may be worked out then."""
    confidence: Confidence
    reason: NoNormalValue | None = None
    """Why there is no price."""

    @property
    def usable(self) -> bool:
        """Whether there is a price to compare with."""
        return self.price is not None


def home_market(sales: Sales, *, exported: Exact, viable_pct: Fraction = VIABLE_PCT) -> NormalValue:
    """
    Return the average price of home *sales*: what the below-cost test retained, unrelated buyers alone.

    *exported* is the quantity sold to the importing country.  Where home sales are less than 5 % of it the price is
    not representative, however many there were.
    """
    viable = percent(sales.quantity, exported)
    if viable is not None and viable < viable_pct:
        return _none(NormalValueMethod.HOME, NoNormalValue.NOT_VIABLE)
    return _valued(NormalValueMethod.HOME, sales.price)


def third_country(sales: Sales) -> NormalValue:
    """Return the average price of *sales* to a third country that was found appropriate and representative."""
    return _valued(NormalValueMethod.THIRD_COUNTRY, sales.price)


def constructed(built: ConstructedValue) -> NormalValue:
    """Return the value that was built up from the producer's costs."""
    return _valued(NormalValueMethod.CONSTRUCTED, built.value)


def factors_of_production(built: ConstructedValue) -> NormalValue:
    """Return the value that was built up from factors of production at surrogate prices."""
    return _valued(NormalValueMethod.FACTORS_OF_PRODUCTION, built.value)


def price_proxy(quote: Exact | None, *, vat_pct: Exact = 0, rebate_pct: Exact = 0) -> NormalValue:
    """
    Return what a market quote comes to as a normal value; None: nothing was quoted.

    *vat_pct* is the VAT in the quote, 0 where it has none; *rebate_pct* what of it is refunded on export.
    """
    price = None if quote is None else comparable_price(quote, vat_pct=vat_pct, rebate_pct=rebate_pct)
    return _valued(NormalValueMethod.PRICE_PROXY, price)


def preferred(found: Iterable[NormalValue]) -> NormalValue | None:
    """Return the first usable normal value in the order of the methods, whatever the order they are given in."""
    order = list(NormalValueMethod)
    return min((each for each in found if each.usable), key=lambda each: order.index(each.method), default=None)


def _valued(method: NormalValueMethod, price: Fraction | None) -> NormalValue:
    if price is None or price <= 0:
        return _none(method, NoNormalValue.INVALID)
    return NormalValue(method, price, CONFIDENCE[method])


def _none(method: NormalValueMethod, reason: NoNormalValue) -> NormalValue:
    return NormalValue(method, None, Confidence.NONE, reason)
