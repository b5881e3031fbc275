"""
A market of the simulated world: one product, who ships it, who buys it, and what honest trade in it looks like.

Honest trade is noisy, lumpy and seasonal.  Volumes follow contracts: a lane's month comes near to its plan, but is cut
into consignments of any size.  Prices follow the world price, which all origins share, with a spread about it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final, NamedTuple

from streams.months import first_day, last_day
from streams.reference.capacities import CapacityRole
from streams.reference.values import Role
from streams.reference.wire import Entry
from streams.simulate.world_price import WorldPrice

ORIGINS: Final = ("CN", "AU", "BR", "NO", "ZA", "KZ", "CL", "IN")
DESTINATIONS: Final = ("US", "DE")
"""Members of the zone that is simulated."""
OUTSIDE: Final = "TH"
"""A country that keeps no floor and makes nothing: where goods may pass through."""

CIF_PER_FOB: Final = 1.05

_YEAR_DAYS: Final = 365
_FAR_OUT: Final = 2.2
_LOT_SIGMA: Final = 0.45
_LOTS_PUBLISHED: Final = 3
"""Times as many consignments where the origin publishes: a few at sea are then no gap between the two sides."""
_VALUE_LEAST: Final = 20_000
"""USD: no honest consignment is worth less, samples aside."""


@dataclass(slots=True)
class Deal:
    """A consignment before it is declared."""

    day: int
    product: str
    origin: str
    destination: str
    kg: int
    price: float
    """USD per kg, CIF."""
    exporter: str
    importer: str
    hs_code: str
    grade: str = ""
    currency: str = "USD"
    mirrored: bool = False
    """Whether its origin publishes what left."""
    export_kg: int = 0
    """What was declared on leaving, where that differs."""
    export_price: float = 0.0
    """USD per kg FOB as declared on leaving, where that differs."""
    fields: dict[str, str | bool] = field(default_factory=dict)
    """Further fields of the record."""


class Quality(NamedTuple):
    """A kind of the product that has a commodity code and a price of its own."""

    hs_code: str
    premium: float
    """Above the ordinary kind, as a part of its price."""
    share: float
    """Of the consignments, at the beginning of the feed."""
    drift: float = 0.0
    """By how much the share grows in a year."""


@dataclass(slots=True)
class Origin:
    """A country that ships, its part of the trade, and how its prices stand to the world's."""

    country: str
    share: float
    premium: float
    currency: str
    exporters: tuple[str, ...]
    publishes: bool = False
    """Whether it publishes what leaves."""
    finer: Quality | None = None
    """What it sends besides the ordinary kind."""


@dataclass(slots=True)
class Destination:
    """A country that buys."""

    country: str
    share: float
    importers: tuple[str, ...]


Reshape = Callable[[int, list[Deal]], list[Deal]]
"""What a pattern makes of a month's honest deals."""


class Quote(NamedTuple):
    """What an instrument is assessed at on a day, USD per kg before tax, by how many contributors."""

    instrument: str
    day: int
    price: float
    contributors: int


Quoted = Callable[[Quote], Quote | None]
"""What a pattern makes of an assessment; None: there is none."""


@dataclass(slots=True)
class Market:
    """One product's trade."""

    product: str
    hs_code: str
    world: WorldPrice
    origins: list[Origin]
    destinations: list[Destination]
    month_kg: float
    """What the zone takes in an average month."""
    season: float
    season_peak: int
    growth_a_year: float = 0.02
    noise: float = 0.025
    """Standard deviation of a lane's month about its plan, as a part of it."""
    spread: float = 0.03
    """Standard deviation of the log of a consignment's price about the world price."""
    lots: int = 4
    reshapes: list[Reshape] = field(default_factory=list)
    quoted: list[Quoted] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    """Further reference data."""
    value_factors: dict[tuple[Role, str], Callable[[int], float]] = field(default_factory=dict)
    """By what a pattern multiplies a reference value of a country in a month."""
    grade: float = 0.0
    """What is declared as its grade, per cent; 0: none is declared."""
    hubs: list[Origin] = field(default_factory=list)
    """Countries that it passes through, and that send it on as theirs."""
    unfloored: bool = False
    makes: dict[str, dict[CapacityRole, float]] = field(default_factory=dict)
    """What an origin makes and can make in a year, kg, where a pattern says it."""
    floor: float = 0.0
    """USD per kg."""
    floors: list[Entry] = field(default_factory=list)
    """What a pattern has instead of the one floor."""

    def origin(self, country: str) -> Origin:
        """Return an origin by its country."""
        return next(each for each in self.origins if each.country == country)

    def plan_kg(self, origin: Origin, destination: Destination, month: int, first: int) -> float:
        """Return what a lane takes in a month by plan."""
        season = 1 + self.season * math.cos(2 * math.pi * (month - self.season_peak) / 12)
        growth = math.exp(self.growth_a_year * (month - first) / 12)
        return self.month_kg * origin.share * destination.share * season * growth

    def deals(self, dice: Random, month: int, first: int) -> list[Deal]:
        """Return the honest deals of *month*; *first* is the first month of all."""
        found = []
        for origin in self.origins:
            for destination in self.destinations:
                kg = self.plan_kg(origin, destination, month, first) * (1 + self.noise * bounded(dice))
                lane = self.consignments(dice, origin, destination, month=month, kg=kg)
                if month == first:
                    _introduce(lane, origin, destination)
                found += lane
        return found

    def consignments(
        self, dice: Random, origin: Origin, destination: Destination, *, month: int, kg: float, lots: int = 0
    ) -> list[Deal]:
        """Return *kg* of a lane's month cut into lumps; *lots* of them, or as many as usual."""
        usual = self.lots * _LOTS_PUBLISHED if origin.publishes else self.lots
        count = lots or max(3, round(dice.gauss(usual, 1.0)))
        count = max(1, min(count, int(kg * self.world.month(month) / _VALUE_LEAST)))
        weights = [0.35 + dice.lognormvariate(0.0, _LOT_SIGMA) for _ in range(count)]
        scale = kg / sum(weights)
        return [
            self.deal(dice, origin, destination, day=day, kg=max(1, round(weight * scale)))
            for weight, day in zip(weights, days_within(dice, month, count), strict=True)
        ]

    def deal(self, dice: Random, origin: Origin, destination: Destination, *, day: int, kg: int) -> Deal:
        """Return a consignment at the world price of its day, the origin's premium and the spread."""
        exporter = pick(dice, origin.exporters)
        price = self.world.on(day) * (1 + origin.premium) * math.exp(self.spread * bounded(dice))
        hs_code, finer = self.hs_code, origin.finer
        if finer is not None and dice.random() < finer.share + finer.drift * (day - self.world.first_day) / _YEAR_DAYS:
            hs_code, price = finer.hs_code, price * (1 + finer.premium)
        return Deal(
            day=day,
            product=self.product,
            origin=origin.country,
            destination=destination.country,
            kg=kg,
            price=price,
            exporter=exporter,
            importer=pick(dice, destination.importers),
            hs_code=hs_code,
            grade=f"{self.grade + dice.uniform(-0.3, 0.3):.1f}" if self.grade else "",
            currency=origin.currency,
            mirrored=origin.publishes,
        )


def _introduce(lane: list[Deal], origin: Origin, destination: Destination) -> None:
    """Let all parties trade in the first month: who is seen for the first time later is a newcomer."""
    for place, deal in enumerate(lane):
        deal.exporter = origin.exporters[place % len(origin.exporters)]
        deal.importer = destination.importers[place % len(destination.importers)]


def days_within(dice: Random, month: int, count: int) -> list[int]:
    """Return *count* days of *month* in order."""
    first, last = first_day(month), last_day(month)
    return sorted(dice.randint(first, last) for _ in range(count))


def bounded(dice: Random) -> float:
    """Return a standard normal draw, drawn again where it is far out: what stands far out is for patterns to do."""
    while abs(drawn := dice.gauss(0.0, 1.0)) > _FAR_OUT:
        pass
    return drawn


def pick(dice: Random, names: Sequence[str]) -> str:
    """Return one of *names*, an earlier one more often: each is half as likely again as the next."""
    place = int(math.log(1 - dice.random() * (1 - 1.5 ** -len(names))) / -math.log(1.5))
    return names[min(place, len(names) - 1)]
