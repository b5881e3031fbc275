"""Patterns about volumes: more than usual, all at once, ahead of something, out of stocks, from one origin."""

from datetime import date

from streams.months import first_day, last_day
from streams.reference.capacities import CapacityRole
from streams.reference.measures import Measure, MeasureKind
from streams.simulate.market import Deal
from streams.simulate.patterns.plot import HISTORY, PRICE_EFFECTS, VOLUME_EFFECTS, Plot, always, within


def surge(plot: Plot) -> None:
    """Let a lane take in half as much again, at the usual prices."""
    _more(plot, length=5, after=HISTORY, low=1.4, high=1.7)


def massive_imports(plot: Plot) -> None:
    """Let a lane take in much more within three months than in the three before."""
    _more(plot, length=4, after=19, low=1.45, high=1.8)


def _more(plot: Plot, *, length: int, after: int, low: float, high: float) -> None:
    origin, destination = plot.origin(), plot.destination()
    months = plot.months(length, after=after)
    factor = plot.dice.uniform(low, high)
    plot.scale_volumes(within(months, origin=origin.country, destination=destination.country), always(factor))
    plot.label(
        months,
        origin=origin.country,
        destination=destination.country,
        side_effects=(*VOLUME_EFFECTS, "origin_shift"),
        note=f"{factor:.2f} times the usual volume",
    )


def front_loading(plot: Plot) -> None:
    """Let goods be brought in between the day a duty is announced and the day it begins."""
    destination, origin = plot.destination(), plot.origin(at_least=0.15)
    months = plot.months(3, after=14)
    effective = date.fromordinal(last_day(months[-1]) + 1)
    plot.market.entries.append(
        Measure(
            measure_id=f"duty-{plot.market.product.replace('|', '-')}",
            kind=MeasureKind.TARIFF,
            products=(plot.market.product,),
            announced_at=date.fromordinal(first_day(months[0])),
            effective_from=effective,
            origins=(origin.country,),
            destinations=(destination.country,),
            zone_id=None,
            rate_pct="2",
        )
    )
    factor = plot.dice.uniform(1.6, 2.1)
    plot.scale_volumes(within(months, origin=origin.country, destination=destination.country), always(factor))
    plot.label(
        months,
        origin=origin.country,
        destination=destination.country,
        side_effects=(*VOLUME_EFFECTS, "origin_shift"),
        note=f"{factor:.2f} times the usual volume before a duty from {effective}",
    )


def stockpile_flush(plot: Plot) -> None:
    """Let an origin send to all members far more than it makes."""
    origin = plot.origin()
    months = plot.months(4, after=HISTORY)
    volume, price = plot.dice.uniform(2.2, 2.8), plot.dice.uniform(0.84, 0.9)
    sent = 12 * plot.market.month_kg * origin.share
    plot.market.makes[origin.country] = {CapacityRole.PRODUCTION: sent * 1.05, CapacityRole.CAPACITY: sent * 1.2}
    lanes = within(months, origin=origin.country)
    plot.scale_volumes(lanes, always(volume))
    plot.cut_prices(lanes, always(price))
    plot.label(
        months,
        origin=origin.country,
        side_effects=(*VOLUME_EFFECTS, *PRICE_EFFECTS, "predatory_ramp"),
        note=f"{volume:.2f} times the usual volume at {price:.2f} of the price, of an origin that makes little more "
        "than it usually sends",
    )


def supplier_concentration(plot: Plot) -> None:
    """Let one origin come to supply nearly all of what a member takes in."""
    destination, origin = plot.destination(), plot.origin(at_least=0.2)
    months = plot.months(max(14, plot.calendar.length - 13), after=12)
    share = plot.dice.uniform(0.78, 0.88)
    plot.scale_volumes(
        within(months, origin=origin.country, destination=destination.country), always(share / origin.share)
    )

    here = within(months, destination=destination.country)

    def others(deal: Deal) -> bool:
        return here(deal) and deal.origin != origin.country

    plot.scale_volumes(others, always((1 - share) / (1 - origin.share)))
    plot.label(
        months,
        destination=destination.country,
        side_effects=(*VOLUME_EFFECTS, "origin_shift", "new_shipper"),
        note=f"{origin.country} supplies {100 * share:.0f} % of {destination.country}",
    )
