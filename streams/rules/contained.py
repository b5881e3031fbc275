"""
What goods of different stages have in common: kilograms of the mineral's element.

Cells count each product in its own way (the goods, or the constituent it is quoted by), so that a sum over stages goes
through the element that the catalogue names.  Where a product is quoted by its goods, the usual grade stands in for
the assay.
"""

from fractions import Fraction
from functools import cache

from streams.reference.catalogue import Product
from streams.reference.content import ContentUnknownError, share_of
from streams.reference.stoichiometry import StoichiometryError, equivalent


@cache
def element_share(product: Product) -> Fraction | str:
    """Return the kilograms of the product's element in a kilogram of what cells count of it; text says what lacks."""
    if product.element is None:
        return f"no element counts through the stages of {product.name}"
    try:
        if product.quote.of is not None:
            return equivalent(product.quote.of, product.element)
        return share_of(product, product.element)
    except (ContentUnknownError, StoichiometryError) as e:
        return f"the element in {product.name} is not known: {e}"


def are_adjacent(one: Product, other: Product) -> bool:
    """Return whether goods of one product turn into the other, or can be declared as it, in one step."""
    return other.name in one.adjacent or one.name in other.adjacent
