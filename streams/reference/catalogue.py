"""
The minerals catalogue: products, the codes they are declared under, and how they are quoted.

A product is ``mineral|stage``.  Harmonised System codes are many-to-many with products: a six-digit code that
holds several minerals says so and identifies none.
"""

import tomllib
from enum import StrEnum
from fractions import Fraction
from functools import cache
from importlib.resources import files

import msgspec

from streams.exact import fraction


class HsConfidence(StrEnum):
    """How far a code alone tells the product."""

    EXACT = "exact"
    BASKET = "basket"
    """The code holds other minerals or stages too."""


class HsCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code a product is declared under."""

    code: str
    confidence: HsConfidence = HsConfidence.EXACT
    version: str = "HS2022"
    why: str | None = None


class Product(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One mineral at one stage of production."""

    name: str
    element: str
    formula: str | None = None
    """The compound that an assay (``grade_pct``) is in; absent: the element itself."""
    typical_grade_pct: str | None = None
    """Assay of the usual commercial quality; used where a record declares none, and said."""
    quote_unit: str = "kg"
    quote_of: str | None = None
    """The constituent that the usual quote is per; absent: the product."""
    hs: tuple[HsCode, ...] = ()
    adjacent: tuple[str, ...] = ()
    """Stages of the same mineral one step up or down."""

    @property
    def constituent(self) -> str:
        """Return what an assay is in."""
        return self.formula or self.element

    @property
    def typical_grade(self) -> Fraction | None:
        """Return the usual assay in per cent."""
        return None if self.typical_grade_pct is None else fraction(self.typical_grade_pct)


class HsMatch(msgspec.Struct, frozen=True):
    """What a code says of the product."""

    product: Product | None
    candidates: tuple[str, ...]
    reason: str
    """In words: exact, a basket of which products, or unknown."""


class Catalogue:
    """Products by name and by code."""

    def __init__(self, products: tuple[Product, ...]) -> None:
        self.products = {product.name: product for product in products}
        self._by_code: dict[str, list[tuple[HsCode, Product]]] = {}
        for product in products:
            for code in product.hs:
                self._by_code.setdefault(code.code, []).append((code, product))

    def product(self, name: str) -> Product | None:
        """Return the product ``mineral|stage``, None where the catalogue has none of that name."""
        return self.products.get(name)

    def match_hs(self, code: str) -> HsMatch:
        """Return what *code* (6 to 10 digits) identifies: the longest catalogued prefix decides."""
        for length in range(len(code), 5, -1):
            found = self._by_code.get(code[:length])
            if found:
                return _match(code[:length], found)
        return HsMatch(None, (), f"code {code!r} is not in the catalogue")


def _match(code: str, found: list[tuple[HsCode, Product]]) -> HsMatch:
    names = tuple(sorted(product.name for _, product in found))
    if len(found) == 1 and found[0][0].confidence is HsConfidence.EXACT:
        return HsMatch(found[0][1], names, f"{code} is {names[0]}")
    whys = "; ".join(sorted({hs.why for hs, _ in found if hs.why}))
    return HsMatch(None, names, f"{code} does not tell {' from '.join(names)} apart" + (f" ({whys})" if whys else ""))


@cache
def load_catalogue() -> Catalogue:
    """Return the catalogue that ships with the project."""
    text = files("streams.reference").joinpath("catalogue.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text)
    return Catalogue(tuple(msgspec.convert(table, Product) for table in document["product"]))
