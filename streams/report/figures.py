"""
Figures as people read them: rounded for the eye alone, thousands grouped.

What is exact is in the run's own files; a figure that is shown never enters another.
"""

import re
from fractions import Fraction
from typing import Final

from streams.exact import decimal_text

NONE: Final = "\N{EN DASH}"
"""Stands where there is no figure."""
_MILLION: Final = 1_000_000
_TONNE_KG: Final = 1000
_HUNDRED: Final = 100
_UNITS: Final = {
    " usd per kg": "USD/kg",
    " kg per year": "kg a year",
    " pct": "%",
    " pp": "points",
    " usd": "USD",
    ", USD": "USD",
    " kg": "kg",
}
"""Endings of the names of figures, the longer first, and the units they stand for."""
_FIGURE: Final = re.compile(r"(-?)([0-9]+)((?:\.[0-9]+)?)")


def grouped(value: Fraction | int | str | None, places: int = 2) -> str:
    """Return a figure rounded to *places* decimals, ``NONE`` where there is none."""
    if value is None or value == "":
        return NONE
    figure = decimal_text(Fraction(value), places)
    sign = "-" if figure.startswith("-") else ""
    whole, _, decimals = figure.lstrip("-").partition(".")
    return f"{sign}{int(whole):,}" + (f".{decimals}" if decimals else "")


def usd(value: Fraction | int | str | None) -> str:
    """Return an amount in US dollars, in millions where it has any."""
    if value is None or value == "":
        return NONE
    amount = Fraction(value)
    if abs(amount) >= _MILLION:
        return f"USD {fixed(amount / _MILLION, 2)} m"
    return f"USD {grouped(amount, 0)}"


def tonnes(kg: Fraction | int | str | None) -> str:
    """Return a mass given in kilograms in tonnes, as finely as its size asks for."""
    if kg is None or kg == "":
        return NONE
    mass = Fraction(kg) / _TONNE_KG
    if abs(mass) >= _MILLION:
        return f"{fixed(mass / _MILLION, 2)} Mt"
    return f"{grouped(mass, 0 if abs(mass) >= _HUNDRED else 1 if abs(mass) >= 1 else 3)} t"


def price(usd_per_kg: Fraction | int | str | None) -> str:
    """Return a price in USD/kg, as finely as its size asks for."""
    if usd_per_kg is None or usd_per_kg == "":
        return NONE
    value = Fraction(usd_per_kg)
    return fixed(value, 2 if abs(value) >= _HUNDRED else 3)


def percent(value: Fraction | int | str | None, places: int = 1) -> str:
    """Return a share or change that is in per cent."""
    return NONE if value is None or value == "" else f"{fixed(Fraction(value), places)} %"


def fixed(value: Fraction | int | str, places: int) -> str:
    """Return a figure with exactly *places* decimals, so that columns of them line up."""
    text = grouped(value, places)
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals:0<{places}}" if places else whole


def unit_of(name: str) -> tuple[str, str]:
    """Return a figure's name in words without its unit, and the unit that the name ends with, empty where none."""
    words = name.replace("_", " ")
    for ending, unit in _UNITS.items():
        if words.endswith(ending):
            return words.removesuffix(ending), unit
    return words, ""


def with_unit(text: str, unit: str) -> str:
    """Return a figure's exact text with its unit behind it, thousands grouped; other text as it is."""
    if not unit or not (found := _FIGURE.fullmatch(text)):
        return text
    sign, whole, decimals = found.groups()
    return f"{sign}{int(whole):,}{decimals} {unit}"


def counted(count: int, one: str, many: str | None = None) -> str:
    """Return a number of things with their name: ``1 lane``, ``12 lanes``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(words: list[str]) -> str:
    """Return words as a sentence lists them: ``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""
