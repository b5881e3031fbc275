"""Patterns about ways: other origins, other countries between, other goods, round and back, declared otherwise."""

from datetime import date

from streams.months import first_day
from streams.reference.capacities import CapacityRole
from streams.reference.measures import Measure, MeasureKind
from streams.simulate.market import CIF_PER_FOB, OUTSIDE, Deal, Market, Origin, days_within
from streams.simulate.patterns.plot import VOLUME_EFFECTS, Plot, always, within
from streams.simulate.schedule import floor_of
from streams.simulate.world import round_to_3


def origin_shift(plot: Plot) -> None:
    """Let a duty begin on one origin, whose goods come from another from then on."""
    destination, target = plot.destination(), plot.origin(at_least=0.2)
    other = plot.dice.choice([each for each in plot.market.origins if each is not target])
    months = plot.months(7, after=10)
    _duty(plot, target, destination.country, announced=months[0] - 1, effective=months[0])
    left = plot.dice.uniform(0.15, 0.3)
    gained = 1 + target.share * (1 - left) / other.share
    here = destination.country
    plot.scale_volumes(within(months, origin=target.country, destination=here), always(left))
    plot.scale_volumes(within(months, origin=other.country, destination=here), always(gained))
    sent = 12 * plot.market.month_kg * other.share
    plot.market.makes[other.country] = {CapacityRole.PRODUCTION: sent * 1.05, CapacityRole.CAPACITY: sent * 1.1}
    plot.label(
        months,
        origin=other.country,
        destination=here,
        side_effects=(*VOLUME_EFFECTS, "transshipment"),
        note=f"after a duty on {target.country} it keeps {left:.2f} of its trade and {other.country} takes the rest",
    )


def transshipment(plot: Plot) -> None:
    """Let goods of an origin go to a country that makes none, and come on to a member as that country's own."""
    market = plot.market
    destination, source = plot.destination(), market.origins[0]
    source.publishes = True
    months = plot.months(9, after=12)
    hub = Origin(
        country=OUTSIDE,
        share=0.2,
        premium=0.0,
        currency="USD",
        exporters=(f"{OUTSIDE}-{market.product.replace('|', '-')}-1",),
    )
    a_year = 12 * market.month_kg * hub.share * destination.share
    market.makes[OUTSIDE] = dict.fromkeys(CapacityRole, a_year * 0.1)
    market.hubs.append(hub)
    a_month = a_year / 12
    inland = f"{OUTSIDE}-{market.product.replace('|', '-')}-buyer-1"
    swell = {month: plot.dice.uniform(0.6, 1.6) for month in plot.calendar.months}
    trickle = 0.25

    def deals_of(month: int) -> list[Deal]:
        rise = swell[month] if month in months else trickle
        inward = market.consignments(plot.dice, source, destination, month=month, kg=a_month * rise, lots=8)
        for deal in inward:
            deal.destination, deal.importer, deal.mirrored = OUTSIDE, inland, True
        onward = market.consignments(plot.dice, hub, destination, month=month, kg=a_month * rise * 0.97, lots=8)
        for deal in onward:
            deal.fields["consignment_country"] = source.country
        return inward + onward

    plot.add_deals(deals_of)
    plot.label(
        months,
        origin=OUTSIDE,
        destination=destination.country,
        side_effects=(*VOLUME_EFFECTS, "origin_shift", "new_shipper", "floor_missing", "mirror_gap"),
        note=f"{source.country} sends to {OUTSIDE} what {OUTSIDE} sends on to {destination.country}",
    )


def mirror_gap(plot: Plot) -> None:
    """Let what an origin says left and what a member says came differ far in value."""
    origin = next(each for each in plot.market.origins if each.publishes)
    destination = plot.destination()
    months = plot.months(5, after=6)
    factor = plot.dice.choice((plot.dice.uniform(0.55, 0.68), plot.dice.uniform(1.5, 1.8)))
    chosen = within(months, origin=origin.country, destination=destination.country)

    def reshape(month: int, deals: list[Deal]) -> list[Deal]:  # noqa: ARG001 - the deals know their day
        for deal in deals:
            if chosen(deal):
                deal.export_price = deal.price / CIF_PER_FOB * factor
        return deals

    plot.market.reshapes.append(reshape)
    plot.label(
        months,
        origin=origin.country,
        destination=destination.country,
        note=f"declared on leaving at {factor:.2f} of the value",
    )


def stage_shift(plot: Plot) -> None:
    """Let an origin send the same element as the goods beside, which keep a far lower floor."""
    market, beside = plot.market, _beside(plot)
    origin, destination = plot.origin(), plot.destination()
    months = plot.months(5, after=9)
    beside.floor = round_to_3(beside.floor * 0.25)
    left = plot.dice.uniform(0.15, 0.35)
    more = plot.dice.uniform(1.9, 2.4)
    lane = within(months, origin=origin.country, destination=destination.country)
    plot.scale_volumes(lane, always(left), market)
    plot.scale_volumes(lane, always(more), beside)
    plot.label(
        months,
        product=beside.product,
        origin=origin.country,
        destination=destination.country,
        side_effects=(*VOLUME_EFFECTS, "excluded_neighbour"),
        note=f"{left:.2f} of the {market.product}, {more:.2f} times the {beside.product}",
    )


def excluded_neighbour(plot: Plot) -> None:
    """Let a floor begin on a product, and what stands beside it and keeps none come in instead."""
    market, beside = plot.market, _beside(plot)
    months = plot.months(7, after=14)
    destination = plot.destination()
    start = date.fromordinal(first_day(months[0]))
    market.floors = [
        floor_of(market.product, value=market.floor, start=start, announced_at=date.fromordinal(start.toordinal() - 30))
    ]
    beside.unfloored = True
    more, left = plot.dice.uniform(1.5, 1.9), plot.dice.uniform(0.7, 0.9)
    here = within(months, destination=destination.country)
    plot.scale_volumes(here, always(more), beside)
    plot.scale_volumes(here, always(left), market)
    plot.label(
        months,
        product=beside.product,
        destination=destination.country,
        side_effects=(*VOLUME_EFFECTS, "floor_missing", "stage_shift", "floor_headroom"),
        note=f"{more:.2f} times the {beside.product} after a floor on {market.product} from {start}",
    )


def grade_shift(plot: Plot) -> None:
    """Let the declared grade fall, and not the price."""
    origin, destination = plot.origin(), plot.destination()
    months = plot.months(5, after=9)
    high = plot.market.grade
    low = high - plot.dice.uniform(3.5, 6.0)
    lane = within(months, origin=origin.country, destination=destination.country)

    def reshape(month: int, deals: list[Deal]) -> list[Deal]:  # noqa: ARG001 - the deals know their day
        for deal in deals:
            if lane(deal):
                deal.grade = f"{low + plot.dice.uniform(-0.2, 0.2):.1f}"
        return deals

    plot.market.reshapes.append(reshape)
    plot.market.floors = [
        floor_of(
            plot.market.product,
            value=plot.market.floor,
            floor_id=f"simulated-high-{plot.ground.number}",
            grade_min_pct=f"{high - 2:.1f}",
        ),
        floor_of(
            plot.market.product,
            value=plot.market.floor * 0.7,
            floor_id=f"simulated-low-{plot.ground.number}",
            grade_max_pct=f"{high - 2:.1f}",
        ),
    ]
    plot.label(
        months,
        origin=origin.country,
        destination=destination.country,
        note=f"the declared grade falls from {high:.1f} to {low:.1f} at the same price",
    )


def round_trip(plot: Plot) -> None:
    """Let what one country buys of another come back to it."""
    market = plot.market
    origin, destination = plot.origin(), plot.destination()
    months = plot.months(4, after=4)
    exporter, importer = origin.exporters[0], destination.importers[0]
    out_month = market.month_kg * origin.share * destination.share * 0.25

    def deals_of(month: int) -> list[Deal]:
        if month not in months:
            return []
        found = []
        for day in days_within(plot.dice, month, 2):
            kg = max(1, round(out_month * plot.dice.uniform(0.8, 1.2)))
            out = market.deal(plot.dice, origin, destination, day=day, kg=kg)
            out.exporter, out.importer = exporter, importer
            returned = min(day + plot.dice.randint(15, 50), plot.calendar.last_day)
            back = market.deal(plot.dice, origin, destination, day=returned, kg=round(kg * plot.dice.uniform(0.98, 1)))
            back.origin, back.destination = destination.country, origin.country
            back.exporter, back.importer, back.currency, back.mirrored = importer, exporter, "USD", False
            found += [out, back]
        return found

    plot.add_deals(deals_of)
    plot.label(
        months,
        side_effects=VOLUME_EFFECTS,
        note=f"{exporter} sells to {importer} in {destination.country} and buys it back within two months",
    )


def _duty(plot: Plot, target: Origin, destination: str, *, announced: int, effective: int) -> None:
    plot.market.entries.append(
        Measure(
            measure_id=f"duty-{plot.market.product.replace('|', '-')}",
            kind=MeasureKind.ANTI_DUMPING,
            products=(plot.market.product,),
            announced_at=date.fromordinal(first_day(announced) + 14),
            effective_from=date.fromordinal(first_day(effective)),
            origins=(target.country,),
            destinations=(destination,),
            rate_pct="25",
        )
    )


def _beside(plot: Plot) -> Market:
    beside = plot.ground.beside
    if beside is None:
        raise ValueError(f"{plot.rule} needs a mineral with two products, {plot.market.product} stands alone")
    return beside
