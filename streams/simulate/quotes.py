"""What the instruments of a market are assessed at: two outside China, and one inside it with its tax."""

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Final, NamedTuple

from streams.records import PriceTick
from streams.simulate.market import Market, Quote
from streams.simulate.rates import Rates

CN_VAT_PCT: Final = 13
CN_DISCOUNT: Final = 0.9
"""What goods cost inside China before tax, as a part of the world price."""
_CONTRIBUTORS: Final = (6, 12)


class Instrument(NamedTuple):
    """A price that a house assesses."""

    suffix: str
    publisher: str
    currency: str
    incoterm: str
    place: str
    vat_pct: int
    weekdays: tuple[int, ...]
    level: float
    """As a part of the world price, before tax."""
    spread: float
    """The most that an assessment is off its level."""


INSTRUMENTS: Final = (
    Instrument("rotterdam", "house-a", "USD", "CIF", "Rotterdam", 0, (1, 3), 1.0, 0.009),
    Instrument("china", "house-b", "CNY", "EXW", "China", CN_VAT_PCT, (1, 3), CN_DISCOUNT, 0.009),
    Instrument("tokyo", "house-c", "USD", "CIF", "Tokyo", 0, (3,), 1.0, 0.009),
)


def instrument_name(product: str, suffix: str) -> str:
    """Return what an instrument of *product* is called."""
    return f"{product.replace('|', '-')}-{suffix}"


def ticks(market: Market, rates: Rates, dice: Random, days: range) -> Iterator[PriceTick]:
    """Yield the assessments of *days* (ordinals), day by day."""
    for day in days:
        weekday = date.fromordinal(day).weekday()
        for instrument in INSTRUMENTS:
            if weekday in instrument.weekdays:
                tick = _assessed(market, instrument, rates, dice, day)
                if tick is not None:
                    yield tick


def _assessed(market: Market, instrument: Instrument, rates: Rates, dice: Random, day: int) -> PriceTick | None:
    # Two draws together: an assessment is seldom far off, and never very far.
    off = instrument.spread * (dice.uniform(-0.5, 0.5) + dice.uniform(-0.5, 0.5))
    name = instrument_name(market.product, instrument.suffix)
    quote: Quote | None = Quote(
        name, day, market.world.on(day) * instrument.level * (1 + off), dice.randint(*_CONTRIBUTORS)
    )
    for quoted in market.quoted:
        quote = None if quote is None else quoted(quote)
    if quote is None:
        return None
    price = quote.price * rates.per_usd(instrument.currency, day) * (1 + instrument.vat_pct / 100)
    return PriceTick(
        instrument=name,
        source=instrument.publisher,
        event_date=date.fromordinal(day),
        product=market.product,
        price=f"{price:.4f}",
        currency=instrument.currency,
        incoterm=instrument.incoterm,
        place=instrument.place,
        vat_pct=str(instrument.vat_pct) if instrument.vat_pct else None,
        contributors=quote.contributors,
    )
