"""
Capacities: how much of a product a country makes in a year, and could make.

What a country sends out beyond what it makes came from somewhere else or out of stock, so both figures are set beside
its exports.  They are annual, published late and revised; each holds from its first day to the day before its end.
"""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from fractions import Fraction

import msgspec

from streams.exact import fraction
from streams.reference.catalogue import Product
from streams.reference.content import GROSS, ContentUnknownError, content_kg, content_problems
from streams.reference.validity import (
    Problem,
    check,
    country_problems,
    decimal_problems,
    holds,
    name_problems,
    period_problems,
    product_problems,
)


class CapacityRole(StrEnum):
    """Which of the two a figure is."""

    PRODUCTION = "production"
    """What was made."""
    CAPACITY = "capacity"
    """What could be made."""


class Capacity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="capacity", tag_field="type"):
    """
    One publisher's annual figure for a product and country, from its first day on.

    ``quantity`` is decimal text, in ``unit`` a year of what ``content_basis`` names: the goods or a constituent.  Dates
    are half-open.  Raises :class:`InvalidEntryError` with all that is wrong.
    """

    role: CapacityRole
    product: str
    """``mineral|stage``."""
    country: str
    """ISO 3166 alpha-2."""
    quantity: str | None
    """None: there is some, how much is not known here."""
    valid_from: date
    publisher: str
    unit: str = "t"
    content_basis: str = GROSS
    grade_pct: str | None = None
    """Assay of the goods it is for; None is the usual one of the product."""
    valid_to: date | None = None
    source: str | None = None
    v: int = 1

    def __post_init__(self) -> None:
        """Refuse what cannot be right."""
        check(f"capacity {self.name}", self._problems())

    @property
    def name(self) -> str:
        """The figure in words: role, product, country and publisher."""
        return f"{self.role} of {self.product} in {self.country} by {self.publisher}"

    def content_kg_per_year(self, product: Product) -> Fraction | str:
        """Return the kilograms a year of what cells count of *product*; text says what is missing."""
        if self.quantity is None:
            return f"{self.name}: the quantity is not known"
        try:
            content = content_kg(product, unit=self.unit, content_basis=self.content_basis, grade_pct=self.grade_pct)
        except ContentUnknownError as e:
            return f"{self.name}: {e}"
        return fraction(self.quantity) * content

    def _problems(self) -> Iterator[Problem]:
        yield from product_problems("product", self.product)
        yield from country_problems("country", self.country)
        yield from name_problems("publisher", self.publisher)
        yield from decimal_problems("quantity", self.quantity, least=0)
        yield from content_problems(self.unit, self.content_basis)
        yield from decimal_problems("grade_pct", self.grade_pct, above=0, most=100)
        yield from period_problems(self.valid_from, self.valid_to, ("valid_from", "valid_to"))


class Capacities:
    """The capacities known, and the one that holds."""

    def __init__(self) -> None:
        self._capacities: dict[tuple[str, str, str], dict[tuple[date, str], Capacity]] = {}
        """By role, product and country; then first day and publisher."""

    def __iter__(self) -> Iterator[Capacity]:
        """Iterate over the figures by role, product, country, first day and publisher."""
        for lane in sorted(self._capacities):
            yield from (self._capacities[lane][key] for key in sorted(self._capacities[lane]))

    def put(self, capacity: Capacity) -> Capacity | None:
        """Take a figure, in place of the same publisher's of the same first day; return the one it replaces."""
        lane = self._capacities.setdefault((capacity.role, capacity.product, capacity.country), {})
        key = capacity.valid_from, capacity.publisher
        before = lane.get(key)
        lane[key] = capacity
        return before

    def find(self, product: str, *, country: str, role: CapacityRole, day: date) -> Capacity | None:
        """
        Return the figure of *product* in *country* on *day*, None where none holds.

        The one with the latest first day goes first, then the first publisher by name.
        """
        lane = self._capacities.get((role, product, country), {})
        fits = [each for each in lane.values() if holds(day, each.valid_from, each.valid_to)]
        return min(fits, key=lambda each: (-each.valid_from.toordinal(), each.publisher), default=None)
