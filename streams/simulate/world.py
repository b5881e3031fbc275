"""The simulated world: a market for each mineral, its reference data and its instruments, drawn from one seed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random
from typing import Final, NamedTuple

from streams.months import first_day, last_day
from streams.reference.catalogue import load_catalogue
from streams.rules.contained import element_share
from streams.simulate.goods import Goods
from streams.simulate.labels import Label
from streams.simulate.market import DESTINATIONS, ORIGINS, Destination, Market, Origin, Quality
from streams.simulate.rates import Rates
from streams.simulate.world_price import Move, WorldPrice

ZONE: Final = "simulated"
MONTHS_LEAST: Final = 3
FIRST_MONTH: Final = 2023 * 12

_SHARES: Final = (0.31, 0.27, 0.23, 0.19)
"""Of the origins, in their order: no one rules a market."""
_TO: Final = (0.55, 0.45)
"""Of the destinations."""
_VALUE_A_MONTH_USD: Final = (4_000_000, 9_000_000)
_FINER_PREMIUM: Final = 0.08
_FINER_SHARE: Final = 0.15
_FINER_DRIFTS: Final = (-0.05, 0.0, 0.0, 0.05, 0.1)
"""Of some origins more comes of the finer kind from year to year: their unit value moves, and no price does."""
_BESIDE: Final = 0.8
"""What comes in of the product beside, as a part of what comes in of the product, by their element."""
_CURRENCIES: Final = {"CN": "CNY", "NO": "EUR", "KZ": "EUR"}


class Calendar(NamedTuple):
    """The months that are simulated."""

    first: int
    length: int

    @property
    def months(self) -> range:
        """The months by number."""
        return range(self.first, self.first + self.length)

    @property
    def first_day(self) -> int:
        """The first day (ordinal)."""
        return first_day(self.first)

    @property
    def last_day(self) -> int:
        """The last day (ordinal)."""
        return last_day(self.first + self.length - 1)


@dataclass(slots=True)
class Ground:
    """A mineral's markets: that of its product, and that of the product beside it where there is one."""

    number: int
    goods: Goods
    main: Market
    beside: Market | None
    dice: Random
    """Of the trade of this mineral alone: what happens elsewhere changes nothing here."""
    labels: list[Label] = field(default_factory=list)
    pattern: str = ""
    """The pattern that is in it; empty: honest."""

    @property
    def markets(self) -> tuple[Market, ...]:
        """The markets that trade."""
        return (self.main,) if self.beside is None else (self.main, self.beside)


@dataclass(slots=True)
class World:
    """All that is simulated."""

    seed: int
    calendar: Calendar
    rates: Rates
    grounds: list[Ground]

    @property
    def labels(self) -> list[Label]:
        """The labels of all grounds, in order."""
        found = (label for ground in self.grounds for label in ground.labels)
        return sorted(found, key=lambda label: (label.rule, label.product, label.first_day))


def new_world(seed: int, months: int, goods: Sequence[Goods], *, troubled: int = 0) -> World:
    """
    Return an honest world of a mineral for each of *goods*; the last *troubled* live through a move of the world price.

    Raises :class:`ValueError` for too few months.
    """
    if months < MONTHS_LEAST:
        raise ValueError(f"{months} months are too few: simulate at least {MONTHS_LEAST}")
    calendar = Calendar(FIRST_MONTH, months)
    rates = Rates(Random(f"{seed}/rates"), calendar.months)
    calm = len(goods) - troubled
    grounds = [new_ground(seed, number, each, calendar, troubled=number >= calm) for number, each in enumerate(goods)]
    return World(seed=seed, calendar=calendar, rates=rates, grounds=grounds)


def new_ground(seed: int, number: int, goods: Goods, calendar: Calendar, *, troubled: bool = False) -> Ground:
    """Return the honest markets of one mineral; a *troubled* one lives through a large move of the world price."""
    dice = Random(f"{seed}/{goods.product}")
    moves = _moves(dice, calendar) if troubled else ()
    countries = [ORIGINS[0], *dice.sample(ORIGINS[1:], len(_SHARES) - 1)]
    place = _Place(dice, calendar, countries, dice.choice(countries), moves)
    main = _market(place, goods.product, goods.price, goods.hs_code)
    main.grade = goods.grade
    beside = None
    if goods.beside:
        beside = _market(place, goods.beside, goods.beside_price, goods.beside_hs_code)
        # What moves a mineral's trade moves that of all its stages.
        beside.season, beside.season_peak = main.season, main.season_peak
        beside.growth_a_year = main.growth_a_year
        beside.month_kg = main.month_kg * _BESIDE * element_in(goods.product) / element_in(goods.beside)
    return Ground(number=number, goods=goods, main=main, beside=beside, dice=dice)


def _moves(dice: Random, calendar: Calendar) -> tuple[Move, ...]:
    """Return a slide or a rise that takes half a year."""
    change = math.log(dice.choice((0.65, 0.75, 1.4, 1.6)))
    weeks = 26
    return (Move(dice.randint(8, max(9, calendar.length * 4 - weeks)), weeks, change),)


class _Place(NamedTuple):
    """What the markets of a mineral have in common."""

    dice: Random
    calendar: Calendar
    countries: list[str]
    """The origins, the largest first."""
    publisher: str
    """The origin that publishes what leaves it."""
    moves: tuple[Move, ...]


def _market(place: _Place, product: str, price: float, hs_code: str) -> Market:
    dice, calendar, countries, publisher, moves = place
    world = WorldPrice(dice, price * dice.uniform(0.9, 1.1), calendar.months, moves)
    origins = [
        Origin(
            country=country,
            share=share,
            premium=dice.uniform(-0.012, 0.012),
            currency=_CURRENCIES.get(country, "USD"),
            exporters=_parties(f"{country}-{product.replace('|', '-')}", 3),
            publishes=country == publisher,
            finer=Quality(f"{hs_code}90", _FINER_PREMIUM, _FINER_SHARE, dice.choice(_FINER_DRIFTS)),
        )
        for country, share in zip(countries, _SHARES, strict=True)
    ]
    destinations = [
        Destination(country=country, share=share, importers=_parties(f"{country}-{product.replace('|', '-')}-buyer", 4))
        for country, share in zip(DESTINATIONS, _TO, strict=True)
    ]
    return Market(
        product=product,
        hs_code=f"{hs_code}10",
        world=world,
        origins=origins,
        destinations=destinations,
        month_kg=dice.uniform(*_VALUE_A_MONTH_USD) / world.on(calendar.first_day),
        season=dice.uniform(0.0, 0.12),
        season_peak=dice.randrange(12),
        growth_a_year=dice.uniform(-0.02, 0.04),
        floor=round_to_3(world.lowest * 0.62),
    )


def element_in(product: str) -> float:
    """Return the part of a catalogued product's mass that is its element, 1 where it has none that counts."""
    catalogued = load_catalogue().product(product)
    share = None if catalogued is None else element_share(catalogued)
    return float(share) if isinstance(share, Fraction) else 1.0


def round_to_3(amount: float) -> float:
    """Return *amount* to three significant digits, as a schedule would state it."""
    return float(f"{amount:.3g}")


def _parties(stem: str, count: int) -> tuple[str, ...]:
    return tuple(f"{stem}-{number}" for number in range(1, count + 1))
