"""Planting: which patterns go into the ground of which mineral, drawn from the seed."""

from collections.abc import Iterable, Sequence
from random import Random
from typing import Final

from streams.simulate.goods import GOODS, Goods
from streams.simulate.patterns import OF_GRADES, OF_TWO_PRODUCTS, PATTERNS
from streams.simulate.patterns.plot import Plot
from streams.simulate.world import World, new_world

HONEST: Final = 6
"""Minerals without a pattern; half of them live through a large move of the world price."""


def patterns_named(names: Iterable[str]) -> tuple[str, ...]:
    """Return the patterns called *names* (``all`` is every one) in order; raises :class:`ValueError` for another."""
    wanted = {name for name in names if name}
    unknown = sorted(wanted - {*PATTERNS, "all"})
    if unknown:
        raise ValueError(f"no pattern is called {', '.join(unknown)}; there are all, {', '.join(PATTERNS)}")
    return tuple(name for name in PATTERNS if "all" in wanted or name in wanted)


def planted_world(seed: int, months: int, patterns: Sequence[str], *, honest: int = HONEST) -> World:
    """
    Return a world with each of *patterns* in a mineral of its own, and *honest* minerals without one.

    Raises :class:`ValueError` for too few months, or where there are not minerals enough.
    """
    dice = Random(f"{seed}/patterns")
    goods = _goods(dice, patterns, honest)
    world = new_world(seed, months, goods, troubled=honest // 2)
    for name, ground in zip(patterns, world.grounds, strict=False):
        ground.pattern = name
        PATTERNS[name](Plot(name, ground, world.calendar, Random(f"{seed}/{name}")))
    return world


def _goods(dice: Random, patterns: Sequence[str], honest: int) -> list[Goods]:
    """Return a mineral for each pattern, what it needs seen to, and those that stay honest."""
    left = list(GOODS)
    dice.shuffle(left)
    found: dict[str, Goods] = {}
    for name in sorted(patterns, key=lambda name: (name not in OF_TWO_PRODUCTS | OF_GRADES, name)):
        fits = next((each for each in left if _fits(name, each)), None)
        if fits is None:
            raise ValueError(f"no mineral is left for {name}: there are {len(GOODS)}")
        left.remove(fits)
        found[name] = fits
    if honest > len(left):
        raise ValueError(f"{honest} honest minerals are too many: {len(left)} are left")
    return [*(found[name] for name in patterns), *left[:honest]]


def _fits(name: str, goods: Goods) -> bool:
    if name in OF_TWO_PRODUCTS:
        return bool(goods.beside)
    return not goods.beside and bool(goods.grade) == (name in OF_GRADES)
