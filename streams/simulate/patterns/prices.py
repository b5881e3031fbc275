"""Patterns about prices: dumped, undercut, below cost, squeezed, and by whom to whom."""

from streams.months import first_day
from streams.reference.values import Role
from streams.simulate.market import Deal
from streams.simulate.patterns.plot import (
    FLOOR_EFFECTS,
    PRICE_EFFECTS,
    VOLUME_EFFECTS,
    Plot,
    always,
    in_months,
    ramp,
    within,
)


def undercutting(plot: Plot) -> None:
    """Let a lane sell below the destination's own industry."""
    origin, destination = plot.origin(), plot.destination()
    months = plot.months(6, after=6)
    factor = plot.dice.uniform(0.86, 0.90)
    plot.cut_prices(within(months, origin=origin.country, destination=destination.country), always(factor))
    plot.label(
        months,
        origin=origin.country,
        destination=destination.country,
        side_effects=PRICE_EFFECTS,
        note=f"the lane's prices at {factor:.2f} of what they were",
    )


def underselling(plot: Plot) -> None:
    """Let the price that a destination's industry would need rise above that of all imports."""
    destination = plot.destination()
    months = plot.months(6, after=6)
    factor = plot.dice.uniform(1.14, 1.25)
    plot.market.value_factors[Role.TARGET_PRICE, destination.country] = in_months(months, factor)
    plot.label(
        months,
        destination=destination.country,
        note=f"the target price of {destination.country} at {factor:.2f} of what it was",
    )


def dumping_margin(plot: Plot) -> None:
    """Let an exporter sell on a lane far below normal value for most of a year."""
    origin, destination = plot.origin(), plot.destination()
    months = plot.months(10)
    exporter = origin.exporters[0]
    factor = plot.dice.uniform(0.70, 0.76)
    plot.cut_prices(
        within(months, origin=origin.country, destination=destination.country, exporter=exporter), always(factor)
    )
    plot.label(
        months,
        origin=origin.country,
        destination=destination.country,
        party=exporter,
        side_effects=(*PRICE_EFFECTS, *FLOOR_EFFECTS, "predatory_ramp"),
        note=f"{exporter} sells at {factor:.2f} of what it did, the normal value stays",
    )


def dumping_margin_early(plot: Plot) -> None:
    """Let the normal value of an origin rise while its exports stay as they are."""
    origin = plot.origin()
    months = plot.months(4, after=6)
    factor = plot.dice.uniform(1.28, 1.4)
    plot.market.value_factors[Role.NORMAL_VALUE, origin.country] = in_months(months, factor)
    plot.label(
        months,
        origin=origin.country,
        side_effects=("dumping_margin", "targeted_dumping"),
        note=f"the normal value of {origin.country} at {factor:.2f} of what it was",
    )


def targeted_dumping(plot: Plot) -> None:
    """Let an exporter sell to one country far below what the others pay: its average hides it."""
    origin = plot.origin(at_least=0.2)
    destination = plot.dice.choice(plot.market.destinations[:2])
    months = plot.months(12, after=12)
    exporter = origin.exporters[0]
    low, high = plot.dice.uniform(0.74, 0.78), plot.dice.uniform(1.02, 1.05)
    ours = within(months, origin=origin.country, exporter=exporter)

    def price(deal: Deal) -> float:
        return deal.price * (low if deal.destination == destination.country else high)

    plot.set_prices(ours, price)
    plot.label(
        months,
        origin=origin.country,
        party=exporter,
        side_effects=(*PRICE_EFFECTS, *FLOOR_EFFECTS, "over_invoicing"),
        note=f"{exporter} sells to {destination.country} at {low:.2f}, to others at {high:.2f} of the usual price",
    )


def predatory_ramp(plot: Plot) -> None:
    """Let a lane's one exporter drive its price down month by month, below cost in the end, and its quantity up."""
    origin, destination = plot.origin(), plot.destination()
    months = plot.months(11, after=12)
    price, volume = plot.dice.uniform(0.58, 0.64), plot.dice.uniform(2.0, 2.6)
    lane = within(months, origin=origin.country, destination=destination.country)
    exporter = plot.alone(origin.exporters[0], origin.country, destination.country)
    plot.cut_prices(lane, ramp(months, price))
    plot.scale_volumes(lane, ramp(months, volume))
    plot.label(
        months,
        origin=origin.country,
        destination=destination.country,
        party=exporter,
        side_effects=(*PRICE_EFFECTS, *FLOOR_EFFECTS, *VOLUME_EFFECTS, "benchmark_integrity", "origin_shift"),
        note=f"the price to {price:.2f} and the quantity to {volume:.2f} of what they were",
    )


def below_cost(plot: Plot) -> None:
    """Let the cost of an origin's goods rise above what they are sold for."""
    origin = plot.origin()
    months = plot.months(8, after=6)
    factor = plot.dice.uniform(1.45, 1.6)
    plot.market.value_factors[Role.UNIT_COST, origin.country] = in_months(months, factor)
    plot.label(
        months,
        origin=origin.country,
        note=f"the unit cost of {origin.country} at {factor:.2f} of what it was",
    )


def price_suppression(plot: Plot) -> None:
    """Let the cost of a destination's industry rise, not its price, and more come in."""
    destination = plot.destination()
    months = plot.months(8, after=12)
    cost, more = plot.dice.uniform(1.2, 1.3), plot.dice.uniform(1.25, 1.35)
    grown = ramp(months[:5], cost)
    first = months[0]
    plot.market.value_factors[Role.UNIT_COST, destination.country] = lambda month: (
        grown(_middle_of(month)) if month >= first else 1.0
    )
    plot.scale_volumes(within(months, destination=destination.country), ramp(months[:5], more))
    plot.label(
        months,
        destination=destination.country,
        side_effects=VOLUME_EFFECTS,
        note=f"cost to {cost:.2f} of what it was, imports to {more:.2f}",
    )


def surge_with_price_fall(plot: Plot) -> None:
    """Let a lane take in more at lower prices for most of a year."""
    origin, destination = plot.origin(), plot.destination()
    months = plot.months(10)
    volume, price = plot.dice.uniform(1.45, 1.7), plot.dice.uniform(0.80, 0.86)
    lane = within(months, origin=origin.country, destination=destination.country)
    plot.scale_volumes(lane, always(volume))
    plot.cut_prices(lane, always(price))
    plot.label(
        months,
        origin=origin.country,
        destination=destination.country,
        side_effects=(*PRICE_EFFECTS, *VOLUME_EFFECTS, "predatory_ramp", "origin_shift"),
        note=f"{volume:.2f} times the volume at {price:.2f} of the price",
    )


def under_invoicing(plot: Plot) -> None:
    """Let a pair of parties declare a fraction of what the goods are worth."""
    _invoiced(plot, low=0.30, high=0.38)


def over_invoicing(plot: Plot) -> None:
    """Let a pair of parties declare far more than what the goods are worth."""
    _invoiced(plot, low=1.5, high=1.9)


def _invoiced(plot: Plot, *, low: float, high: float) -> None:
    origin, destination = plot.origin(), plot.destination()
    months = plot.months(4, after=12)
    exporter, importer = origin.exporters[1], destination.importers[1]
    factor = plot.dice.uniform(low, high)

    def reshape(month: int, deals: list[Deal]) -> list[Deal]:
        own = [deal for deal in deals if (deal.origin, deal.destination) == (origin.country, destination.country)]
        if month in months and own:
            deal = plot.dice.choice(own)
            deal.exporter, deal.importer, deal.price = exporter, importer, deal.price * factor
            for other in own:
                if other is not deal and (other.exporter, other.importer) == (exporter, importer):
                    other.exporter = origin.exporters[0]
        return deals

    plot.market.reshapes.append(reshape)
    cheap = (*FLOOR_EFFECTS, *PRICE_EFFECTS, "predatory_ramp") if factor < 1 else ()
    plot.label(
        months,
        origin=origin.country,
        destination=destination.country,
        party=f"{exporter}>{importer}",
        side_effects=(*cheap, "mirror_gap", "compensation"),
        note=f"{exporter} invoices {importer} {factor:.2f} of the usual price",
    )


def _middle_of(month: int) -> int:
    return first_day(month) + 14
