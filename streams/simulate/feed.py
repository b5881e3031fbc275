"""The records of a simulated world, in the order they are written: by the day of filing, a month at a time."""

from collections.abc import Iterator
from random import Random

from streams.months import first_day, last_day
from streams.records import PriceTick, Trade
from streams.simulate.declarations import declared
from streams.simulate.market import Deal
from streams.simulate.quotes import ticks
from streams.simulate.world import Ground, World

_AHEAD_DAYS = 31
"""Goods are declared on leaving before they are declared on entry: a month is whole once the next is drawn."""


def trades(world: World) -> Iterator[Trade]:
    """Yield every declaration; holds two months and the corrections still to come."""
    waiting: list[tuple[int, int, Trade]] = []
    papers = {ground.number: Random(f"{world.seed}/{ground.goods.product}/papers") for ground in world.grounds}
    numbers = dict.fromkeys(papers, 0)
    serial = 0
    for month in world.calendar.months:
        for ground in world.grounds:
            for deal in month_deals(ground, month, world.calendar.first):
                numbers[ground.number] += 1
                record_id = f"S{world.seed}-{ground.number:02d}-{numbers[ground.number]:06d}"
                for filed in declared(deal, record_id, world.rates, papers[ground.number]):
                    serial += 1
                    waiting.append((filed.day, serial, filed.trade))
        waiting.sort(key=_by_day)
        through = first_day(month + 1) - _AHEAD_DAYS
        ready = next((place for place, filed in enumerate(waiting) if filed[0] > through), len(waiting))
        yield from (trade for _, _, trade in waiting[:ready])
        del waiting[:ready]
    yield from (trade for _, _, trade in waiting)


def month_deals(ground: Ground, month: int, first: int) -> list[Deal]:
    """Return the deals of a ground's month as the patterns left them, in order of day."""
    found: list[Deal] = []
    for market in ground.markets:
        deals = market.deals(ground.dice, month, first)
        for reshape in market.reshapes:
            deals = reshape(month, deals)
        found += deals
    return sorted(found, key=lambda deal: deal.day)


def price_ticks(world: World) -> Iterator[PriceTick]:
    """Yield every assessment, a month at a time."""
    dice = {
        market.product: Random(f"{world.seed}/{market.product}/quotes")
        for ground in world.grounds
        for market in ground.markets
    }
    for month in world.calendar.months:
        days = range(first_day(month), last_day(month) + 1)
        found = [
            tick
            for ground in world.grounds
            for market in ground.markets
            for tick in ticks(market, world.rates, dice[market.product], days)
        ]
        yield from sorted(found, key=lambda tick: (tick.event_date, tick.instrument))


def _by_day(filed: tuple[int, int, Trade]) -> tuple[int, int]:
    return filed[:2]
