"""Patterns about who trades with whom, and about single records."""

from streams.simulate.market import Deal
from streams.simulate.patterns.plot import FLOOR_EFFECTS, PRICE_EFFECTS, VOLUME_EFFECTS, Plot, within
from streams.simulate.world import round_to_3

_DEAR = 5.0
"""USD per kg."""
_POUNDS = 2.20462
_ALL_EFFECTS = (*FLOOR_EFFECTS, *PRICE_EFFECTS, *VOLUME_EFFECTS)


def new_shipper(plot: Plot) -> None:
    """Let a firm that nobody knew take a part of a destination's imports at once."""
    destination, origin = plot.destination(), plot.origin(at_least=0.2)
    months = plot.months(4, after=9)
    product = plot.market.product.replace("|", "-")
    ships = plot.dice.random() < 0.5  # noqa: PLR2004 - an even chance
    party = f"{origin.country if ships else destination.country}-{product}-newcomer"
    part = plot.dice.uniform(0.35, 0.6)
    lane = within(months, origin=origin.country, destination=destination.country)

    def reshape(month: int, deals: list[Deal]) -> list[Deal]:  # noqa: ARG001 - the deals know their day
        own = [deal for deal in deals if lane(deal)]
        for deal in own[: max(1, round(part * len(own)))]:
            if ships:
                deal.exporter = party
            else:
                deal.importer = party
        return deals

    plot.market.reshapes.append(reshape)
    plot.label(
        months,
        destination=destination.country,
        party=party,
        note=f"{party} takes {100 * part:.0f} % of the consignments from {origin.country} to {destination.country}",
    )


def unit_error(plot: Plot) -> None:
    """Let someone write tonnes where kilograms are asked for, or pounds, and nobody amend it."""
    origin, destination = plot.origin(), plot.destination()
    # Dear goods come in few kilograms: a thousandth of them is none.
    slips = (1000.0, _POUNDS) if plot.market.world.lowest > _DEAR else (0.001, 1000.0, _POUNDS)
    slip = plot.dice.choice(slips)
    # Who writes pounds always does; a slip of thousands happens now and then.
    always = slip == _POUNDS
    months = plot.months(3, after=5)
    wrong = {0, plot.dice.randrange(1, 4)}
    lane = within(months, origin=origin.country, destination=destination.country)

    def reshape(month: int, deals: list[Deal]) -> list[Deal]:  # noqa: ARG001 - the deals know their day
        own = [deal for deal in deals if lane(deal)]
        for place, deal in enumerate(own):
            if always or place in wrong:
                kg = max(1, round(deal.kg * slip))
                deal.price, deal.kg, deal.mirrored = deal.price * deal.kg / kg, kg, False
        return deals

    plot.market.reshapes.append(reshape)
    plot.label(
        months,
        origin=origin.country,
        destination=destination.country,
        # A pound for a kilogram is told from a price only within two per cent: what escapes is counted as it stands,
        # and the average of all imports moves away from the assessed prices.
        side_effects=(*_ALL_EFFECTS, "benchmark_integrity", "mirror_gap", "over_invoicing", "predatory_ramp"),
        note=f"quantities {slip:g} times what they were, the value is right",
    )


def compensation(plot: Plot) -> None:
    """Let a pair keep the floor on one product and pay dearly for another."""
    market, beside = plot.market, plot.ground.beside
    if beside is None:
        raise ValueError(f"{plot.rule} needs a mineral with two products, {market.product} stands alone")
    floor = market.floor = round_to_3(market.world.lowest * 0.8)
    origin, destination = plot.origin(), plot.destination()
    own = beside.origin(origin.country) if origin.country in {each.country for each in beside.origins} else None
    seller = own or beside.origins[0]
    months = plot.months(5, after=6)
    exporter, importer = origin.exporters[0], destination.importers[0]
    premium = plot.dice.uniform(1.2, 1.35)
    chosen = within(months, origin=origin.country, destination=destination.country, exporter=exporter)

    def at_floor(month: int, deals: list[Deal]) -> list[Deal]:  # noqa: ARG001 - the deals know their day
        for deal in deals:
            if chosen(deal):
                deal.importer = importer
                deal.price = floor * (1.0005 + 0.0085 * plot.dice.random())
        return deals

    def dearly(month: int) -> list[Deal]:
        if month not in months:
            return []
        kg = market.month_kg * market.world.month(month) / beside.world.month(month) * origin.share * destination.share
        found = beside.consignments(plot.dice, seller, destination, month=month, kg=kg * 0.5, lots=2)
        for deal in found:
            deal.exporter, deal.importer, deal.price = exporter, importer, deal.price * premium
        return found

    market.reshapes.append(at_floor)
    plot.add_deals(dearly, beside)
    plot.label(
        months,
        destination=destination.country,
        party=f"{exporter}>{importer}",
        side_effects=(*_ALL_EFFECTS, "benchmark_integrity", "new_shipper", "over_invoicing", "stage_shift"),
        note=f"{market.product} at its floor, {beside.product} at {premium:.2f} of the price",
    )
