"""
The minerals master: products by name, and what a commodity code says of them.

The products are data, in ``catalogue.toml`` beside this module.  A commodity code is matched by its longest known
prefix; where that also covers other goods it is a *basket*, names its candidates and identifies none.
"""

import tomllib
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from enum import StrEnum
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

import msgspec

from streams.exact import fraction

_EDITIONS: Final = ("HS2002", "HS2007", "HS2012", "HS2017", "HS2022")
_LATEST: Final = _EDITIONS[-1]
_INTERNATIONAL: Final = 6
_HS_LENGTHS: Final = (4, 6, 8, 10)
_NOMENCLATURES: Final = {"UK": "CN", "UKT": "CN", "TARIC": "CN"}
"""National nomenclatures that share their eighth digit with another."""


class Confidence(StrEnum):
    """How well a commodity code identifies a product."""

    EXACT = "exact"
    BASKET = "basket"
    NONE = "none"


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """How the trade usually quotes a product: a currency per unit, of a constituent where ``of`` names one."""

    currency: str
    unit: str
    of: str | None = None


class HsLine(msgspec.Struct, frozen=True, kw_only=True):
    """A commodity code of a product: international (6 digits) or a line of a national nomenclature."""

    code: str
    nomenclature: str = "HS"
    since: str = _EDITIONS[0]
    """First edition of the Harmonized System that has it."""
    until: str | None = None
    """First edition that no longer has it."""
    basket: str | None = None
    """What else it covers; None where it is for this product alone."""
    note: str | None = None

    @property
    def level(self) -> int:
        """How many digits it has."""
        return len(self.code)


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """A product of the trade."""

    name: str
    """``mineral|stage``."""
    stage_class: str
    """Ore, concentrate, intermediate, oxide, salt, metal, alloy, powder, magnet, anode, scrap or other."""
    form: str
    quote: Quote
    hs: tuple[HsLine, ...]
    constituent: str | None = None
    """What its grade is counted in: a formula, element or name known to :mod:`streams.reference.stoichiometry`."""
    element: str | None = None
    """The element that counts through the stages."""
    typical_grade_pct: str | None = None
    """Usual content of the constituent, per cent by mass; None where the trade has none."""
    adjacent: tuple[str, ...] = ()
    """Products it turns into, or can be declared as, in one step."""
    note: str | None = None

    @property
    def mineral(self) -> str:
        """The part of the name that all stages share."""
        return self.name.partition("|")[0]

    @property
    def stage(self) -> str:
        """The part of the name that tells the stages apart."""
        return self.name.partition("|")[2]

    @property
    def typical_grade(self) -> Fraction | None:
        """The usual grade as an exact number of per cent."""
        return None if self.typical_grade_pct is None else fraction(self.typical_grade_pct)


class HsMatch(NamedTuple):
    """What a commodity code says of the product."""

    product: Product | None
    confidence: Confidence
    candidates: tuple[Product, ...]
    reason: str

    @property
    def mineral(self) -> str | None:
        """The mineral, where all candidates are stages of one; a basket may hold goods the catalogue does not know."""
        minerals = {candidate.mineral for candidate in self.candidates}
        return minerals.pop() if len(minerals) == 1 else None


class _Edition(NamedTuple):
    """A nomenclature and the edition of the Harmonized System it stands on."""

    nomenclature: str | None
    edition: str


class Catalogue:
    """The products by name and by commodity code."""

    def __init__(self, products: Iterable[Product]) -> None:
        self._products = {product.name: product for product in products}
        self._lines: dict[str, list[tuple[HsLine, Product]]] = {}
        for product in self._products.values():
            for line in product.hs:
                self._lines.setdefault(line.code, []).append((line, product))

    def __iter__(self) -> Iterator[Product]:
        """Iterate over the products in the order of the catalogue."""
        return iter(self._products.values())

    def product(self, name: str) -> Product | None:
        """Return the product called *name* (``mineral|stage``), None where there is none."""
        return self._products.get(name)

    def closest(self, name: str) -> tuple[str, ...]:
        """Return up to three names that look like *name*, for a message to whoever sent it."""
        return tuple(get_close_matches(name.lower(), self._products, n=3))

    def match_hs(self, code: str, hs_version: str | None = None) -> HsMatch:
        """
        Return what a commodity code says of the product, by the longest known prefix.

        *hs_version* names nomenclature and year (``HS2017``, ``CN2025``, ``HTS2024``); without one the latest edition
        is meant, and a national line is taken as that of any nomenclature that has it.
        """
        digits = code.replace(".", "").replace(" ", "")
        if not (digits.isascii() and digits.isdigit() and len(digits) in _HS_LENGTHS):
            return HsMatch(None, Confidence.NONE, (), f"{code[:20]!r} is no commodity code: 4, 6, 8 or 10 digits")
        edition = _edition(hs_version)
        for length in range(len(digits), _INTERNATIONAL - 1, -1):
            lines = [each for each in self._lines.get(digits[:length], ()) if _in(each[0], edition)]
            if lines:
                return _match(digits[:length], lines)
        return self._by_heading(digits, edition)

    def _by_heading(self, digits: str, edition: _Edition) -> HsMatch:
        """Return the products under a heading of four digits."""
        under = [
            product
            for code, lines in self._lines.items()
            for line, product in lines
            if len(digits) < _INTERNATIONAL and code.startswith(digits) and _in(line, edition)
        ]
        candidates = tuple(dict.fromkeys(under))
        if candidates:
            return HsMatch(
                None, Confidence.BASKET, candidates, f"heading {digits} is too short to tell its products apart"
            )
        return HsMatch(None, Confidence.NONE, (), f"no product of the catalogue is under {digits}")


@cache
def load_catalogue() -> Catalogue:
    """Return the catalogue that ships with the project."""
    text = files("streams.reference").joinpath("catalogue.toml").read_text(encoding="utf-8")
    return read_catalogue(text)


def read_catalogue(text: str) -> Catalogue:
    """Return the catalogue in TOML *text*; raises :class:`ValueError` where it is not one."""
    tables = tomllib.loads(text)
    remarks = {remark.pop("code"): remark for remark in tables["code"]}
    for product in tables["product"]:
        lines = [{"code": line} if isinstance(line, str) else line for line in product["hs"]]
        product["hs"] = [{**line, **remarks.get(line["code"], {})} for line in lines]
    return Catalogue(msgspec.convert(tables["product"], list[Product]))


def _match(code: str, lines: list[tuple[HsLine, Product]]) -> HsMatch:
    candidates = tuple(dict.fromkeys(product for _, product in lines))
    baskets = [line.basket for line, _ in lines if line.basket]
    if baskets:
        return HsMatch(None, Confidence.BASKET, candidates, f"{code} covers {baskets[0]}")
    if len(candidates) > 1:
        names = ", ".join(product.name for product in candidates)
        return HsMatch(None, Confidence.BASKET, candidates, f"{code} is {names} in different nomenclatures: say which")
    line, product = lines[0]
    national = f" as a line of {line.nomenclature}" if line.nomenclature != "HS" else ""
    return HsMatch(product, Confidence.EXACT, candidates, f"{code} is {product.name}{national}")


def _in(line: HsLine, edition: _Edition) -> bool:
    """Return whether the nomenclature and edition have the line."""
    national = line.nomenclature != "HS" and edition.nomenclature is not None
    if national and line.nomenclature != edition.nomenclature:
        return False
    return line.since <= edition.edition and (line.until is None or edition.edition < line.until)


def _edition(hs_version: str | None) -> _Edition:
    """Return the nomenclature and the HS edition behind a name such as ``CN2025``; an unknown year is the latest."""
    if hs_version is None:
        return _Edition(None, _LATEST)
    name = hs_version.rstrip("0123456789").upper()
    year = hs_version[len(name) :]
    edition = max((each for each in _EDITIONS if each[2:] <= year), default=_LATEST)
    return _Edition(None if name in ("", "HS", "H") else _NOMENCLATURES.get(name, name), edition)
