"""
Content: what a figure is counted in, and how many kilograms of what the trade counts that is.

A price or a quantity is of the goods as they are, of the goods dry, or of one constituent (``WO3``, ``Nd2O3``, ``W``,
``LCE``).  Cells count the constituent that a product is quoted by, else the goods; figures meet there.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from streams.exact import fraction
from streams.reference.catalogue import Product
from streams.reference.stoichiometry import StoichiometryError, equivalent
from streams.reference.units import UnknownUnitError, unit_named
from streams.reference.validity import Problem

GROSS: Final = "gross"
"""Content basis: the goods as they are."""
DRY: Final = "dry"
"""Content basis: the goods less their moisture."""


class ContentUnknownError(ValueError):
    """Raised where the content of goods cannot be told; the message says what is missing."""


def content_problems(unit: str, content_basis: str) -> Iterator[Problem]:
    """Find a unit that is not known, or that counts content while the basis names none."""
    try:
        of_content = unit_named(unit).of_content
    except UnknownUnitError as e:
        yield Problem("unit", str(e))
        return
    if of_content and content_basis == GROSS:
        yield Problem("content_basis", f"{unit} counts content: name the constituent, such as WO3")


def share_of(product: Product, constituent: str, grade_pct: str | None = None) -> Fraction:
    """
    Return the kilograms of *constituent* in a dry kilogram of *product*.

    The assay is *grade_pct*, else the usual one of the product.  Raises :class:`ContentUnknownError` where there is
    none, or where the constituent cannot be worked out from the assayed one.
    """
    grade, own = grade_pct or product.typical_grade_pct, product.constituent
    if not grade or own is None:
        raise ContentUnknownError(f"no assay declared, none usual for {product.name}")
    try:
        return fraction(grade) / 100 * equivalent(own, constituent)
    except StoichiometryError as e:
        raise ContentUnknownError(str(e)) from e


def content_kg(product: Product, *, unit: str, content_basis: str = GROSS, grade_pct: str | None = None) -> Fraction:
    """
    Return the kilograms of what cells count of *product* in one *unit* of *content_basis*.

    Raises :class:`ContentUnknownError` where an assay or the moisture is missing, and for goods that *unit* counts the
    content of, while neither *content_basis* nor the product says which.
    """
    mass, counted = unit_named(unit), product.quote.of
    if content_basis == counted or (counted is None and content_basis == GROSS and not mass.of_content):
        return mass.kg
    if content_basis in (GROSS, DRY):
        if mass.of_content:
            raise ContentUnknownError(f"{unit} counts content, and {content_basis} names no constituent")
        if mass.dry is False:
            raise ContentUnknownError(f"{unit} without its moisture says nothing of the content")
        return mass.kg if counted is None else mass.kg * share_of(product, counted, grade_pct)
    if counted is None:
        return mass.kg / _above_zero(share_of(product, content_basis, grade_pct), product, content_basis)
    try:
        return mass.kg * equivalent(content_basis, counted)
    except StoichiometryError as e:
        raise ContentUnknownError(str(e)) from e


def _above_zero(share: Fraction, product: Product, constituent: str) -> Fraction:
    if not share:
        raise ContentUnknownError(f"an assay of 0 leaves no {constituent} in {product.name}")
    return share
