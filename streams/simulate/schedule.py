"""The reference data of a simulated world: zone, rates, floors, and what prices are measured against."""

from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

from streams.months import first_day
from streams.reference.capacities import Capacity, CapacityRole
from streams.reference.floor import Floor, FloorStatus
from streams.reference.levy import Instrument
from streams.reference.values import Method, ReferenceValue, Role
from streams.reference.wire import Entry
from streams.reference.zones import Member, Zone
from streams.simulate.market import DESTINATIONS, Market
from streams.simulate.world import ZONE, Calendar, World

PUBLISHER: Final = "simulation"
_LONG_BEFORE: Final = date(2020, 1, 1)
_MAKES: Final = 3.2
_CAN_MAKE: Final = 4.0
"""What an origin makes and can make in a year, in years of what it ships to the zone."""


class Level(NamedTuple):
    """How a reference value stands to the world price of its month in honest trade."""

    role: Role
    part: float
    of_origin: bool
    every: int
    """Months between two of them."""


LEVELS: Final = (
    Level(Role.NORMAL_VALUE, 0.86, of_origin=True, every=1),
    Level(Role.UNIT_COST, 0.70, of_origin=True, every=3),
    Level(Role.DOMESTIC_PRICE, 0.97, of_origin=False, every=1),
    Level(Role.UNIT_COST, 0.68, of_origin=False, every=1),
    Level(Role.TARGET_PRICE, 0.93, of_origin=False, every=1),
)
"""Honest goods are sold above what they cost and fetch at home, and do not undercut."""


def entries(world: World) -> Iterator[Entry]:
    """Yield all reference data, in a fixed order."""
    yield Zone(zone_id=ZONE, members=tuple(Member(country=country) for country in DESTINATIONS))
    yield from world.rates.entries()
    for ground in world.grounds:
        for market in ground.markets:
            yield from market_entries(market, world.calendar)


def market_entries(market: Market, calendar: Calendar) -> Iterator[Entry]:
    """Yield the reference data of one product."""
    if not market.unfloored:
        yield from market.floors or [floor_of(market.product, value=market.floor)]
    yield from _values(market, calendar)
    yield from _capacities(market)
    yield from market.entries


def floor_of(product: str, *, value: float, start: date = _LONG_BEFORE, **given: object) -> Floor:
    """Return a floor of *product*, USD per kg CIF, from *start* on; *given* fields go before the usual ones."""
    mineral, _, stage = product.partition("|")
    usual: dict[str, object] = {
        "floor_id": f"simulated-{product.replace('|', '-')}",
        "status": FloorStatus.IN_FORCE,
        "instrument": Instrument.VARIABLE_LEVY,
        "zone_id": ZONE,
        "currency": "USD",
        "unit": "kg",
        "announced_at": start,
        "min_lot": None,
        "source": "drawn by the simulation",
    }
    fields = {**usual, "mineral": mineral, "stage": stage, "value": amount(value), "effective_from": start, **given}
    return Floor(**fields)  # type: ignore[arg-type]


def amount(value: float) -> str:
    """Return a drawn price as decimal text."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _values(market: Market, calendar: Calendar) -> Iterator[ReferenceValue]:
    for level in LEVELS:
        places = market.origins if level.of_origin else market.destinations
        for place in places:
            factor = market.value_factors.get((level.role, place.country), _as_usual)
            for month in calendar.months[:: level.every]:
                yield ReferenceValue(
                    role=level.role,
                    product=market.product,
                    country=place.country,
                    value=amount(market.world.month(month) * level.part * factor(month)),
                    currency="USD",
                    unit="kg",
                    valid_from=date.fromordinal(first_day(month)),
                    publisher=PUBLISHER,
                    method=Method.PRICE_PROXY if level.role is Role.NORMAL_VALUE else None,
                )


def _as_usual(month: int) -> float:  # noqa: ARG001 - it takes the place of what a pattern asks by month
    return 1.0


def _capacities(market: Market) -> Iterator[Capacity]:
    for origin in (*market.origins, *market.hubs):
        sent = 12 * market.month_kg * origin.share
        usual = {CapacityRole.PRODUCTION: sent * _MAKES, CapacityRole.CAPACITY: sent * _CAN_MAKE}
        yield from (
            Capacity(
                role=role,
                product=market.product,
                country=origin.country,
                quantity=amount(kg / 1000),
                valid_from=_LONG_BEFORE,
                publisher=PUBLISHER,
            )
            for role, kg in market.makes.get(origin.country, usual).items()
        )
