"""
How far imports land below a price they are measured by, over all types of the goods.

    gap of a type   = measure - landed                       per unit
    weighted gap    = sum(gap * quantity) / sum(denominator * quantity)        over the types that have a measure

Types are compared like with like and then added up by the quantity imported; a type that lands above its measure
offsets those below, unless negatives are zeroed.  Undercutting takes the domestic price as the measure
(undercutting.py), underselling a target price (underselling.py).

All amounts of a type are totals over the quantity imported, in one currency, so that the stream's integer sums and
a case's prices times quantities go the same way.  Landed means at the frontier with the customs duty paid and the
costs after importation added.
"""

from collections.abc import Iterable
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from streams.antidumping.sales import Exact, average, percent


class Denominator(StrEnum):
    """What a gap is expressed in per cent of."""

    DOMESTIC_PRICE = "domestic_price"
    """The measure itself: EU practice for undercutting."""
    LANDED_VALUE = "landed_value"
    """Indian practice."""
    CIF = "cif"
    """The value at the frontier, duty unpaid: EU practice for underselling, as duties are levied on it."""


class ImportedType(NamedTuple):
    """What was imported of one type, and what the same quantity is measured by."""

    type: str
    quantity: Exact
    landed: Exact
    measure: Exact | None
    """The whole quantity at the domestic or target price; None where there is none for the type."""
    cif: Exact | None = None
    """The whole quantity at the frontier, duty unpaid; needed where it is the denominator."""

    @property
    def matched(self) -> bool:
        """Whether the type can be compared: all of quantity, landed value and measure are positive."""
        return self.measure is not None and self.measure > 0 and self.quantity > 0 and self.landed > 0

    @property
    def gap(self) -> Exact:
        """By how much the quantity landed below its measure, negative above; 0 where it is not matched."""
        return self.measure - self.landed if self.measure is not None and self.matched else 0


class TypeGap(NamedTuple):
    """What one type came to, per unit."""

    type: str
    landed: Fraction | None
    measure: Fraction | None
    gap: Fraction | None
    """None where the type is not matched."""
    gap_pct: Fraction | None


class PriceGap(NamedTuple):
    """What all types came to together."""

    types: tuple[TypeGap, ...]
    weighted_pct: Fraction | None
    """Types above their measure offset those below; None where no type is matched."""
    weighted_pct_zeroed: Fraction | None
    """The same with no such offset: the denominator is that of all matched types."""
    matched_pct: Fraction | None
    """The matched types' part of the quantity imported, in per cent; None where nothing was imported."""


def price_gap(types: Iterable[ImportedType], denominator: Denominator) -> PriceGap:
    """
    Return how far imports land below their measure.

    Raises :class:`ValueError` where CIF is the denominator and a matched type has no CIF value.
    """
    types = tuple(types)
    matched = [each for each in types if each.matched]
    base = sum(_base(each, denominator) for each in matched)
    return PriceGap(
        tuple(_type_gap(each, denominator) for each in types),
        percent(sum(each.gap for each in matched), base),
        percent(sum(max(each.gap, 0) for each in matched), base),
        percent(sum(each.quantity for each in matched), sum(each.quantity for each in types if each.quantity > 0)),
    )


def _type_gap(each: ImportedType, denominator: Denominator) -> TypeGap:
    landed = average(each.landed, each.quantity)
    measure = None if each.measure is None else average(each.measure, each.quantity)
    if not each.matched:
        return TypeGap(each.type, landed, measure, None, None)
    gap_pct = percent(each.gap, _base(each, denominator))
    return TypeGap(each.type, landed, measure, average(each.gap, each.quantity), gap_pct)


def _base(each: ImportedType, denominator: Denominator) -> Exact:
    match denominator:
        case Denominator.DOMESTIC_PRICE:
            base = each.measure
        case Denominator.LANDED_VALUE:
            base = each.landed
        case Denominator.CIF:
            base = each.cif
    if base is None:
        raise ValueError(f"type {each.type} has no {denominator} value to express its gap in")
    return base
