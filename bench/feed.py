"""A seeded feed of trades for benchmarks and large tests: many lanes, three currencies, some below their floor."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from streams.exact import decimal_text
from streams.records import Heartbeat, Trade, encode_record
from streams.reference.floors import Floor, FloorStatus
from streams.reference.fx import FxDaily
from streams.reference.levy import Instrument
from streams.reference.values import Method, ReferenceValue, Role
from streams.reference.wire import Entry
from streams.reference.zones import Member, Zone

FIRST_DAY: Final = date(2025, 1, 1)

PRODUCTS: Final = (
    ("silicon|metal", "2.20", 2700),
    ("tungsten|metal", "40", 52000),
    ("antimony|metal", "12", 19000),
    ("gallium|metal", "250", 420000),
    ("germanium|metal", "1100", 1900000),
    ("magnesium|metal", "2.10", 2900),
    ("rare-earths-ndpr|oxide", "60", 68000),
    ("lithium|carbonate", "9", 11500),
)
"""Product, floor in USD per kg, usual price in thousandths of a USD per kg."""

ORIGINS: Final = ("CN", "NO", "BR", "AU", "VN", "MY", "KZ", "ZA")
DESTINATIONS: Final = ("GB", "DE", "US")
CURRENCIES: Final = (("USD", 100), ("EUR", 92), ("CNY", 720))
"""Currency, and how much of it buys a hundred USD."""
EXPORTERS: Final = 25
"""Of a product in an origin."""
IMPORTERS: Final = 300
"""In a destination."""
CHEAP_SHARE: Final = 0.4
"""The part of the trades from China that are far below the usual price."""
VALUES: Final = (
    (Role.NORMAL_VALUE, ORIGINS, 8),
    (Role.UNIT_COST, ORIGINS, 6),
    (Role.DOMESTIC_PRICE, DESTINATIONS, 9),
    (Role.TARGET_PRICE, DESTINATIONS, 9),
)
"""What is known of costs and prices: the role, where, and how many tenths of the usual price."""
RATES: Final = {"USD": "1.0870", "CNY": "7.8261", "GBP": "0.8400"}


def reference(days: int) -> list[Entry]:
    """Return zone, floors, values and rates for the feed."""
    zone = Zone(zone_id="bench", members=tuple(Member(country=country) for country in DESTINATIONS))
    floors = [
        Floor(
            floor_id=f"bench-{product.replace('|', '-')}",
            status=FloorStatus.ILLUSTRATIVE,
            instrument=Instrument.VARIABLE_LEVY,
            zone_id="bench",
            mineral=product.partition("|")[0],
            stage=product.partition("|")[2],
            value=value,
            currency="USD",
            unit="kg",
            effective_from=FIRST_DAY,
            announced_at=FIRST_DAY,
        )
        for product, value, _ in PRODUCTS
    ]
    origins = [
        ReferenceValue(
            role=role,
            method=Method.PRICE_PROXY if role is Role.NORMAL_VALUE else None,
            product=product,
            country=origin,
            value=decimal_text(Fraction(milli * parts, 10_000)),
            currency="USD",
            unit="kg",
            valid_from=FIRST_DAY,
            publisher="bench",
        )
        for product, _, milli in PRODUCTS
        for role, countries, parts in VALUES
        for origin in countries
    ]
    rates = [FxDaily(day=FIRST_DAY + timedelta(days=day), rates=RATES) for day in range(days + 1)]
    return [zone, *floors, *origins, *rates]


def trades(count: int, *, days: int = 60, seed: int = 1) -> Iterator[Trade]:
    """Yield *count* trades in order of date, spread evenly over *days*."""
    dice = random.Random(seed)
    for number in range(count):
        product, _, milli = PRODUCTS[dice.randrange(len(PRODUCTS))]
        origin = ORIGINS[dice.randrange(len(ORIGINS))]
        currency, per_100_usd = CURRENCIES[(len(product) + ord(origin[0])) % 3]
        kilograms = dice.randrange(200, 25_000)
        price = milli * dice.randrange(900, 1100) // 1000
        if origin == "CN" and dice.random() < CHEAP_SHARE:
            price = price * 6 // 10
        destination = DESTINATIONS[dice.randrange(3)]
        cents = price * kilograms * per_100_usd // 1000
        yield Trade(
            id=f"GB26-{number:09d}-1",
            source="customs",
            event_date=FIRST_DAY + timedelta(days=number * days // count),
            origin=origin,
            destination=destination,
            product=product,
            quantity=str(kilograms),
            unit="kg",
            value=f"{cents // 100}.{cents % 100:02d}",
            currency=currency,
            incoterm="CIF",
            exporter=f"{origin}-{product[:3]}-{dice.randrange(EXPORTERS)}",
            importer=f"{destination}-{dice.randrange(IMPORTERS)}",
        )


def values(count: int, *, days: int = 60, seed: int = 1) -> list[bytes]:
    """Return the trades as they are on the topic, about 250 bytes each."""
    return [encode_record(trade) for trade in trades(count, days=days, seed=seed)]


def end_mark(days: int) -> bytes:
    """Return the heartbeat that ends the feed."""
    return encode_record(Heartbeat(event_date=FIRST_DAY + timedelta(days=days), end=True))
