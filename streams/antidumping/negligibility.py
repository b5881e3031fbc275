"""
Negligible volumes: whose imports are too few for an investigation to go on.

    share      = volume of a country / imports of the like product from all countries
    negligible = share < 3 %, unless the countries below 3 % together account for more than 7 %

(WTO Anti-Dumping Agreement, art. 5.8; 19 U.S.C. 1677(24)).  Exactly 3 % is not negligible, and exactly 7 % together
still is.  The agreement does not say whether countries that are not investigated count towards the 7 %: the pool
says it.  Volumes share one unit.  Shares of imports that are only partly known mean nothing: the caller holds back
until the period is covered.  The market-share tests of the EU (Regulation (EU) 2016/1036, art. 5(7)) are another
matter.
"""

from collections.abc import Iterable
from enum import StrEnum
from fractions import Fraction
from typing import Final, NamedTuple

from streams.antidumping.sales import Exact

INDIVIDUAL_PCT: Final = Fraction(3)
"""A share below is negligible by itself."""

COLLECTIVE_PCT: Final = Fraction(7)
"""More than this together and none of the small ones is negligible."""


class Pool(StrEnum):
    """Which small countries are added up."""

    INVESTIGATED = "investigated"
    ALL = "all"


class Country(NamedTuple):
    """What a country sent in the period (by default of practice twelve months)."""

    country: str
    volume: Exact
    investigated: bool = True


class CountryShare(NamedTuple):
    """A country's part of all imports, and what follows from it."""

    country: str
    share_pct: Fraction
    below_individual: bool
    negligible: bool


class Negligibility(NamedTuple):
    """The shares of all countries given, in their order."""

    countries: tuple[CountryShare, ...]
    collective_pct: Fraction
    """What the small countries of the pool account for together."""
    collective_exceeds: bool


def negligibility(
    countries: Iterable[Country],
    *,
    total: Exact,
    pool: Pool = Pool.INVESTIGATED,
    individual_pct: Fraction = INDIVIDUAL_PCT,
    collective_pct: Fraction = COLLECTIVE_PCT,
) -> Negligibility | None:
    """
    Return whose imports are negligible of a *total* from all countries; None where there are no imports at all.

    Raises :class:`ValueError` where a volume is negative or the countries sent more than the total.
    """
    countries = tuple(countries)
    _check(countries, total)
    if total <= 0:
        return None
    shares = [(each, Fraction(100 * each.volume, total)) for each in countries]
    pooled = [share for each, share in shares if share < individual_pct and (each.investigated or pool is Pool.ALL)]
    together = sum(pooled, Fraction(0))
    exceeds = together > collective_pct
    return Negligibility(
        tuple(
            CountryShare(each.country, share, share < individual_pct, share < individual_pct and not exceeds)
            for each, share in shares
        ),
        together,
        exceeds,
    )


def _check(countries: tuple[Country, ...], total: Exact) -> None:
    for each in countries:
        if each.volume < 0:
            raise ValueError(f"imports from {each.country} must not be negative, were {each.volume}")
    added = sum(each.volume for each in countries)
    if added > total:
        raise ValueError(f"imports from the countries given come to {added}, more than the total of {total}")
