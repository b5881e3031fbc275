"""A plot of ground that a pattern is worked into: where, when and how much, drawn once, and the label it leaves."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Final

from streams.months import first_day, last_day
from streams.simulate.labels import Label
from streams.simulate.market import Deal, Destination, Market, Origin, Quote
from streams.simulate.world import Calendar, Ground

HISTORY: Final = 15
"""Months that go before a pattern which is measured against a year before it."""

Chosen = Callable[[Deal], bool]
Factor = Callable[[int], float]
"""What something is multiplied by on a day."""


@dataclass(slots=True)
class Plot:
    """A ground, the months, and the dice of one pattern."""

    rule: str
    ground: Ground
    calendar: Calendar
    dice: Random

    @property
    def market(self) -> Market:
        """The market of the ground's product."""
        return self.ground.main

    def months(self, length: int, *, after: int = HISTORY) -> range:
        """
        Return *length* consecutive months, at least *after* months into the feed and whole within it.

        Raises :class:`ValueError` where the feed is too short for that.
        """
        latest = self.calendar.length - length
        if latest < after:
            raise ValueError(f"{self.rule} needs {after + length} months at least, there are {self.calendar.length}")
        start = self.calendar.first + self.dice.randint(after, latest)
        return range(start, start + length)

    def origin(self, *, at_least: float = 0.0) -> Origin:
        """Return one of the origins, of those with a share of *at_least*."""
        return self.dice.choice([each for each in self.market.origins if each.share >= at_least])

    def destination(self) -> Destination:
        """Return one of the destinations."""
        return self.dice.choice(self.market.destinations)

    def label(
        self,
        months: range,
        *,
        origin: str = "",
        destination: str = "",
        party: str = "",
        product: str = "",
        side_effects: Iterable[str] = (),
        note: str,
    ) -> None:
        """Leave a label for the pattern from the first to the last day of *months*."""
        self.label_days(
            range(first_day(months[0]), last_day(months[-1]) + 1),
            origin=origin,
            destination=destination,
            party=party,
            product=product,
            side_effects=side_effects,
            note=note,
        )

    def label_days(
        self,
        days: range,
        *,
        origin: str = "",
        destination: str = "",
        party: str = "",
        product: str = "",
        side_effects: Iterable[str] = (),
        note: str,
    ) -> None:
        """Leave a label for the pattern on *days* (ordinals)."""
        self.ground.labels.append(
            Label(
                rule=self.rule,
                product=product or self.market.product,
                origin=origin,
                destination=destination,
                party=party,
                first_day=date.fromordinal(days[0]),
                last_day=date.fromordinal(days[-1]),
                side_effects=tuple(sorted(set(side_effects) - {self.rule})),
                note=note,
            )
        )

    def cut_prices(self, chosen: Chosen, factor: Factor, market: Market | None = None) -> None:
        """Multiply the price of the *chosen* deals by what *factor* says of their day."""

        def reshape(month: int, deals: list[Deal]) -> list[Deal]:  # noqa: ARG001 - the deals know their day
            for deal in deals:
                if chosen(deal):
                    deal.price *= factor(deal.day)
            return deals

        (market or self.market).reshapes.append(reshape)

    def set_prices(self, chosen: Chosen, price: Callable[[Deal], float], market: Market | None = None) -> None:
        """Give the *chosen* deals another price."""

        def reshape(month: int, deals: list[Deal]) -> list[Deal]:  # noqa: ARG001 - the deals know their day
            for deal in deals:
                if chosen(deal):
                    deal.price = price(deal)
            return deals

        (market or self.market).reshapes.append(reshape)

    def scale_volumes(self, chosen: Chosen, factor: Factor, market: Market | None = None) -> None:
        """Multiply the quantity of the *chosen* deals by what *factor* says of their day."""

        def reshape(month: int, deals: list[Deal]) -> list[Deal]:  # noqa: ARG001 - the deals know their day
            for deal in deals:
                if chosen(deal):
                    deal.kg = max(1, round(deal.kg * factor(deal.day)))
            return [deal for deal in deals if deal.kg > 1]

        (market or self.market).reshapes.append(reshape)

    def alone(self, exporter: str, origin: str, destination: str) -> str:
        """Let *exporter* ship all that goes from *origin* to *destination*, and return it."""

        def reshape(month: int, deals: list[Deal]) -> list[Deal]:  # noqa: ARG001 - in every month
            for deal in deals:
                if (deal.origin, deal.destination) == (origin, destination):
                    deal.exporter = exporter
            return deals

        self.market.reshapes.append(reshape)
        return exporter

    def add_deals(self, deals_of: Callable[[int], list[Deal]], market: Market | None = None) -> None:
        """Add what *deals_of* returns for a month."""

        def reshape(month: int, deals: list[Deal]) -> list[Deal]:
            return deals + deals_of(month)

        (market or self.market).reshapes.append(reshape)

    def quote(self, change: Callable[[Quote], Quote | None]) -> None:
        """Let *change* say what an instrument is assessed at."""
        self.market.quoted.append(change)


def within(months: range, *, origin: str = "", destination: str = "", exporter: str = "") -> Chosen:
    """Return a test for deals of *months* on a lane; what is empty fits all."""
    days = range(first_day(months[0]), last_day(months[-1]) + 1)

    def chosen(deal: Deal) -> bool:
        return (
            deal.day in days
            and origin in ("", deal.origin)
            and destination in ("", deal.destination)
            and exporter in ("", deal.exporter)
        )

    return chosen


def always(factor: float) -> Factor:
    """Return the same factor for every day."""
    return lambda day: factor  # noqa: ARG005 - it stands for what depends on the day


def ramp(months: range, to: float) -> Factor:
    """Return a factor that goes evenly from one, at the beginning of *months*, to *to* at their end, and stays."""
    first, last = first_day(months[0]), last_day(months[-1])
    return lambda day: 1 + (to - 1) * min(1.0, max(0.0, (day - first) / (last - first)))


def in_months(months: range, factor: float) -> Callable[[int], float]:
    """Return by month: *factor* in *months*, one else."""
    return lambda month: factor if month in months else 1.0


PRICE_EFFECTS: Final = (
    "below_cost",
    "dumping_margin",
    "dumping_margin_early",
    "price_suppression",
    "surge_with_price_fall",
    "targeted_dumping",
    "under_invoicing",
    "undercutting",
    "underselling",
)
"""What may rightly be said of goods that are sold too low, whatever the pattern was made for."""

FLOOR_EFFECTS: Final = ("bunching_at_floor", "floor_breach", "floor_headroom", "sustained_breach")
"""What may rightly be said where prices come down to a floor."""

VOLUME_EFFECTS: Final = (
    "front_loading",
    "massive_imports",
    "quota_cliff",
    "stockpile_flush",
    "supplier_concentration",
    "surge",
    "surge_with_price_fall",
)
"""What may rightly be said where more comes than before."""
