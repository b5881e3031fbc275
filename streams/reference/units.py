"""
Units of mass and of contained mass, exactly.

The pound is 0.45359237 kg and the troy ounce 31.1034768 g by definition (International yard and pound
agreement, 1959).  A *unit* in the trade of ores is a hundredth of a ton of **content**: a metric ton unit
(mtu) of WO3 is 10 kg of WO3, whatever the weight of the goods it is in.
"""

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Final, NamedTuple

_POUND_KG: Final = Fraction(45_359_237, 100_000_000)


class UnknownUnitError(ValueError):
    """Raised for a unit that is not one of :data:`UNITS`; the message names those that are."""

    def __init__(self, found: str) -> None:
        super().__init__(f"unknown unit {found!r}; known are {', '.join(UNITS)}")
        self.found = found


class MoistureError(ValueError):
    """Raised for a moisture that is not a part of the whole: below 0, or 1 and above."""


class Unit(NamedTuple):
    """A unit of mass."""

    name: str
    kg: Fraction
    meaning: str
    of_content: bool = False
    """Whether it counts the constituent that gives the goods their value, not the goods."""
    dry: bool | None = None
    """True: dry mass by name; False: as weighed, moisture included; None: not said."""


def _units() -> Mapping[str, Unit]:
    one, tonne = Fraction(1), Fraction(1000)
    units = (
        Unit("kg", one, "kilogram"),
        Unit("g", Fraction(1, 1000), "gram"),
        Unit("t", tonne, "tonne, 1000 kg"),
        Unit("lb", _POUND_KG, "pound"),
        Unit("st", 2000 * _POUND_KG, "short ton, 2000 lb"),
        Unit("lt", 2240 * _POUND_KG, "long ton, 2240 lb"),
        Unit("oz_troy", Fraction(311_034_768, 10_000_000_000), "troy ounce"),
        Unit("dmt", tonne, "dry metric tonne", dry=True),
        Unit("wmt", tonne, "wet metric tonne", dry=False),
        Unit("mtu", Fraction(10), "metric ton unit, 10 kg of content", of_content=True),
        Unit("dmtu", Fraction(10), "dry metric ton unit, 10 kg of content", of_content=True, dry=True),
        Unit("stu", 20 * _POUND_KG, "short ton unit, 20 lb of content", of_content=True),
        Unit("ltu", Fraction(224, 10) * _POUND_KG, "long ton unit, 22.4 lb of content", of_content=True),
    )
    return MappingProxyType({unit.name: unit for unit in units})


UNITS: Final = _units()
"""The known units by name."""


def unit_named(name: str) -> Unit:
    """Return the unit called *name*; raises :class:`UnknownUnitError`, naming those known."""
    try:
        return UNITS[name]
    except KeyError:
        raise UnknownUnitError(name) from None


def mass_kg(name: str) -> Fraction:
    """Return the kilograms in one unit called *name*: of content for mtu, dmtu, stu and ltu."""
    return unit_named(name).kg


def convert_quantity(quantity: Fraction, *, unit: str, to: str) -> Fraction:
    """Return a quantity of *unit* counted in *to*, both of the same matter (goods or content)."""
    return quantity * mass_kg(unit) / mass_kg(to)


def convert_price(price: Fraction, *, unit: str, to: str) -> Fraction:
    """Return a price per *unit* as a price per *to*, both of the same matter (goods or content)."""
    return price * mass_kg(to) / mass_kg(unit)


def dry_mass(wet: Fraction, *, moisture: Fraction) -> Fraction:
    """
    Return the dry mass of goods weighed *wet*: ``dmt = wmt * (1 - moisture)``.

    *moisture* is a part of the wet mass, not a percentage.  Raises :class:`MoistureError` unless 0 <= moisture < 1.
    """
    if not 0 <= moisture < 1:
        message = f"moisture must be at least 0 and below 1 of the wet mass, was {moisture}"
        raise MoistureError(message)
    return wet * (1 - moisture)
