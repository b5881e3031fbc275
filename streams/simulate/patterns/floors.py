"""Patterns about floors: below them, at them, without them, around them."""

from datetime import date

from streams.months import first_day, last_day
from streams.reference.quotas import Quota
from streams.reference.zones import Member, Zone
from streams.simulate.market import Deal, days_within
from streams.simulate.patterns.plot import (
    FLOOR_EFFECTS,
    PRICE_EFFECTS,
    VOLUME_EFFECTS,
    Plot,
    always,
    within,
)
from streams.simulate.schedule import floor_of
from streams.simulate.world import ZONE, round_to_3

_QUARTERS_LEAST = 4

_HIGH_FLOOR = 0.80
"""A floor near enough to the market for goods to fall below it and far enough for the market not to."""


def floor_breach(plot: Plot) -> None:
    """Let one exporter land a few consignments of a lane below the floor."""
    floor = _raise_floor(plot)
    origin, destination = plot.origin(), plot.destination()
    months = plot.months(2, after=6)
    exporter = origin.exporters[0]
    part = plot.dice.uniform(0.82, 0.93)
    plot.set_prices(
        within(months, origin=origin.country, destination=destination.country, exporter=exporter),
        lambda deal: floor * part * _jitter(plot, deal),
    )
    plot.label(
        months,
        origin=origin.country,
        destination=destination.country,
        party=exporter,
        side_effects=(*FLOOR_EFFECTS, *PRICE_EFFECTS, "floor_misalignment"),
        note=f"{exporter} lands at {part:.2f} of the floor",
    )


def sustained_breach(plot: Plot) -> None:
    """Let a lane keep below its floor for months."""
    floor = _raise_floor(plot)
    origin, destination = plot.origin(), plot.destination()
    months = plot.months(4, after=6)
    part = plot.dice.uniform(0.86, 0.94)
    plot.set_prices(
        within(months, origin=origin.country, destination=destination.country),
        lambda deal: floor * part * _jitter(plot, deal),
    )
    plot.label(
        months,
        origin=origin.country,
        destination=destination.country,
        side_effects=(*FLOOR_EFFECTS, *PRICE_EFFECTS, "predatory_ramp"),
        note=f"the lane averages {part:.2f} of the floor",
    )


def floor_headroom(plot: Plot) -> None:
    """Let the world price, quoted and traded, slide down to a little above the floor."""
    months = plot.months(6, after=6)
    depth = plot.dice.uniform(0.76, 0.82)
    plot.market.world.slide(months, depth)
    # The price inside China stands a tenth lower and is there first.
    lowest = min(plot.market.world.month(month) for month in plot.calendar.months)
    _new_floor(plot, lowest * plot.dice.uniform(0.965, 0.985))
    plot.label_days(
        range(first_day(months[0]), plot.calendar.last_day + 1),
        side_effects=(*FLOOR_EFFECTS, *PRICE_EFFECTS, "floor_misalignment"),
        note=f"the world price goes to {depth:.2f} of what it was, close to the floor",
    )


def floor_missing(plot: Plot) -> None:
    """Let the floor end, goods go on coming, and a new one begin months later."""
    months = plot.months(4, after=4)
    until, again = (date.fromordinal(day) for day in (first_day(months[0]), last_day(months[-1]) + 1))
    product, value = plot.market.product, plot.market.floor
    plot.market.floors = [
        floor_of(product, value=value, effective_to=until),
        floor_of(product, value=value, start=again, version=2, announced_at=date(2022, 1, 1)),
    ]
    for destination in plot.market.destinations:
        plot.label(
            months,
            destination=destination.country,
            side_effects=("floor_misalignment", "front_loading", "bunching_at_floor"),
            note=f"no floor from {until} to {again}",
        )


def bunching_at_floor(plot: Plot) -> None:
    """Let an exporter's prices on a lane gather within a hundredth above the floor."""
    floor = _raise_floor(plot)
    origin, destination = plot.origin(at_least=0.2), plot.destination()
    months = plot.months(5)
    exporter = plot.alone(origin.exporters[0], origin.country, destination.country)
    plot.set_prices(
        within(months, origin=origin.country, destination=destination.country, exporter=exporter),
        lambda deal: floor * (1.0005 + 0.0085 * plot.dice.random()),  # noqa: ARG005 - whatever the deal
    )
    plot.label(
        months,
        destination=destination.country,
        side_effects=(*FLOOR_EFFECTS, *PRICE_EFFECTS, "floor_misalignment"),
        note=f"{exporter} from {origin.country} lands between the floor and 0.9 % above it",
    )


def floor_misalignment(plot: Plot) -> None:
    """Let all members but one raise their floor, and an origin sell below it through the one."""
    low = plot.destination()
    others = tuple(each.country for each in plot.market.destinations if each is not low)
    origin = plot.origin(at_least=0.15)
    months = plot.months(6, after=6)
    start = date.fromordinal(first_day(months[0]))
    high = round_to_3(plot.market.world.lowest * _HIGH_FLOOR)
    zone_id = f"{ZONE}-{plot.ground.number}"
    members = tuple(Member(country=country) for country in (*others, low.country))
    mineral = plot.market.product.replace("|", "-")
    plot.market.floors = [
        floor_of(plot.market.product, value=plot.market.floor),
        Zone(zone_id=zone_id, members=members),
        floor_of(
            plot.market.product,
            value=high,
            start=start,
            announced_at=date(2022, 1, 1),
            floor_id=f"raised-{mineral}",
            zone_id=f"{zone_id}-raised",
        ),
        Zone(zone_id=f"{zone_id}-raised", members=members[:-1]),
    ]
    part = plot.dice.uniform(0.85, 0.95)
    plot.set_prices(
        within(months, origin=origin.country, destination=low.country),
        lambda deal: high * part * _jitter(plot, deal),
    )
    plot.label(
        months,
        origin=origin.country,
        destination=low.country,
        side_effects=(*FLOOR_EFFECTS, *PRICE_EFFECTS, "front_loading", "predatory_ramp"),
        note=f"{low.country} keeps its floor while {' and '.join(others)} raise theirs",
    )


def structuring(plot: Plot) -> None:
    """Let a pair of parties cut consignments into lots that stay just under what the floor charges."""
    market = plot.market
    origin, destination = plot.origin(), plot.destination()
    least_usd = 24_000
    min_lot = round_to_3(least_usd / market.world.lowest)
    market.floors = [floor_of(market.product, value=market.floor, min_lot=f"{min_lot:.6g}")]
    months = plot.months(2, after=4)
    exporter, importer = origin.exporters[-1], destination.importers[-1]
    days = [day for month in months for day in days_within(plot.dice, month, 2)]

    def lots(month: int) -> list[Deal]:
        found = []
        for day in days:
            if first_day(month) <= day <= last_day(month):
                for _ in range(plot.dice.randint(4, 6)):
                    kg = max(1, int(min_lot * plot.dice.uniform(0.84, 0.97)))
                    late = min(day + plot.dice.randint(0, 1), last_day(month))
                    deal = market.deal(plot.dice, origin, destination, day=late, kg=kg)
                    deal.exporter, deal.importer = exporter, importer
                    found.append(deal)
        return found

    plot.add_deals(lots)
    plot.label(
        months,
        origin=origin.country,
        destination=destination.country,
        party=f"{exporter}>{importer}",
        side_effects=VOLUME_EFFECTS,
        note=f"lots of 0.84 to 0.97 of the smallest lot of {min_lot:.6g} kg",
    )


def quota_cliff(plot: Plot) -> None:
    """Let goods pour in until the quarter's quota is all but used up."""
    market = plot.market
    first = plot.calendar.first
    quarters = [range(first + 3 * each, first + 3 * each + 3) for each in range((plot.calendar.length + 2) // 3)]
    if plot.calendar.length < _QUARTERS_LEAST * 3:
        raise ValueError(f"{plot.rule} needs {_QUARTERS_LEAST * 3} months at least, there are {plot.calendar.length}")
    rushed = plot.dice.choice(quarters[2:-1])
    quota_id = f"quota-{market.product.replace('|', '-')}"
    usual = max(
        sum(
            market.plan_kg(origin, destination, month, first)
            for origin in market.origins
            for destination in market.destinations
            for month in quarter
        )
        for quarter in quarters
    )
    market.floors = [floor_of(market.product, value=market.floor, quota_id=quota_id)]
    market.entries += [
        Quota(
            quota_id=quota_id,
            zone_id=ZONE,
            products=(market.product,),
            period_from=date.fromordinal(first_day(quarter[0])),
            period_to=date.fromordinal(last_day(quarter[-1]) + 1),
            quantity=f"{round(usual * 1.5)}",
            unit="kg",
        )
        for quarter in quarters
    ]
    haste = plot.dice.uniform(2.1, 2.6)
    plot.scale_volumes(within(rushed), always(haste))
    plot.label(
        rushed,
        side_effects=(*VOLUME_EFFECTS, "front_loading"),
        note=f"{haste:.2f} times the usual volume against a quota of 1.5 times",
    )


def _raise_floor(plot: Plot) -> float:
    """Give the plot a floor that lies near the market and return it, USD per kg."""
    return _new_floor(plot, plot.market.world.lowest * _HIGH_FLOOR)


def _new_floor(plot: Plot, value: float) -> float:
    floor = round_to_3(value)
    plot.market.floor = floor
    return floor


def _jitter(plot: Plot, deal: Deal) -> float:  # noqa: ARG001 - whatever the deal
    return 1 + 0.02 * plot.dice.uniform(-1, 1)
