"""
How much of one constituent is in another, exactly.

Atomic weights are the standard atomic weights of IUPAC's Commission on Isotopic Abundances and Atomic Weights
(2021), without their uncertainties; where the Commission gives an interval, its conventional value; nickel is
abridged to five digits, as published conversion factors have it.  They are decimals, so every fraction here is an
exact rational number.
"""

import re
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from types import MappingProxyType
from typing import Final

from streams.exact import fraction

_WEIGHTS: Final = """
H 1.008 Li 6.94 Be 9.0121831 B 10.81 C 12.011 N 14.007 O 15.999 F 18.998403162 Na 22.98976928 Mg 24.305
Al 26.9815384 Si 28.085 P 30.973761998 S 32.06 Cl 35.45 K 39.0983 Ca 40.078 Sc 44.955907 Ti 47.867 V 50.9415
Cr 51.9961 Mn 54.938043 Fe 55.845 Co 58.933194 Ni 58.693 Cu 63.546 Zn 65.38 Ga 69.723 Ge 72.630 As 74.921595
Se 78.971 Br 79.904 Rb 85.4678 Sr 87.62 Y 88.905838 Zr 91.224 Nb 92.90637 Mo 95.95 Ru 101.07 Rh 102.90549
Pd 106.42 Ag 107.8682 Cd 112.414 In 114.818 Sn 118.710 Sb 121.760 Te 127.60 I 126.90447 Cs 132.90545196
Ba 137.327 La 138.90547 Ce 140.116 Pr 140.90766 Nd 144.242 Sm 150.36 Eu 151.964 Gd 157.25 Tb 158.925354
Dy 162.500 Ho 164.930329 Er 167.259 Tm 168.934219 Yb 173.045 Lu 174.9668 Hf 178.486 Ta 180.94788 W 183.84
Re 186.207 Os 190.23 Ir 192.217 Pt 195.084 Au 196.966570 Hg 200.592 Tl 204.38 Pb 207.2 Bi 208.98040
Th 232.0377 U 238.02891
"""

ATOMIC_WEIGHTS: Final[Mapping[str, Fraction]] = MappingProxyType(
    {element: fraction(weight) for element, weight in zip(_WEIGHTS.split()[::2], _WEIGHTS.split()[1::2], strict=True)}
)
"""Standard atomic weights by symbol."""

MIXTURES: Final[Mapping[str, Mapping[str, Fraction]]] = MappingProxyType(
    {"NdPr-oxide": MappingProxyType({"Nd2O3": Fraction(3, 4), "Pr6O11": Fraction(1, 4)})}
)
"""Constituents that are sold as a mixture, by the mass share of its parts: NdPr oxide is 75:25."""

SYNONYMS: Final[Mapping[str, str]] = MappingProxyType(
    {"LCE": "Li2CO3", "APT": "(NH4)10(H2W12O42).4H2O", "NdPrO": "NdPr-oxide"}
)
"""Names of the trade for a constituent: lithium carbonate equivalent, ammonium paratungstate, NdPr oxide."""

ALLOYS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({"NdPr": ("Nd", "Pr")})
"""Names for several elements that are counted together."""

_CARRIERS: Final = frozenset({"H", "C", "N", "O", "F", "S", "Cl"})
"""Elements that goods are not sold for: two compounds are never equivalent through these alone, unless asked."""

_TOKEN: Final = re.compile(r"([A-Z][a-z]?)([0-9]*)|([(\[])|([)\]])([0-9]*)")
_CLOSES: Final = {"(": ")", "[": "]"}
_LONGEST: Final = 100
_COUNT_DIGITS: Final = 4


class StoichiometryError(ValueError):
    """Raised for a formula that cannot be read or a conversion that has no meaning; says what was found."""


def composition(formula: str) -> Mapping[str, int]:
    """
    Return how many atoms of each element are in *formula*.

    Reads groups in round or square brackets and water of crystallisation behind a point: ``Nd2O3``,
    ``CoSO4.7H2O``, ``(NH4)10(H2W12O42).4H2O``.  Raises :class:`StoichiometryError`.
    """
    if not 0 < len(formula) <= _LONGEST:
        message = f"a formula has 1 to {_LONGEST} characters, found {len(formula)}"
        raise StoichiometryError(message)
    atoms: dict[str, int] = {}
    for part in formula.replace("·", ".").split("."):
        times = part[: len(part) - len(part.lstrip("0123456789"))]
        for element, count in _atoms(part[len(times) :], formula).items():
            atoms[element] = atoms.get(element, 0) + count * _count(times, formula)
    return MappingProxyType(atoms)


def molar_mass(formula: str) -> Fraction:
    """Return the mass of one mole of *formula* in grams."""
    return sum((ATOMIC_WEIGHTS[element] * count for element, count in composition(formula).items()), Fraction(0))


@cache
def element_fraction(constituent: str, element: str) -> Fraction:
    """
    Return the mass of *element* in one unit of mass of *constituent*.

    *constituent* is a formula, a synonym (``LCE``) or a mixture (``NdPr-oxide``); *element* a symbol or several that
    are counted together (``NdPr``).  Raises :class:`StoichiometryError` where the element is not in it.
    """
    name = SYNONYMS.get(constituent, constituent)
    if name in ALLOYS:
        return _of_alloy(name, element)
    found = sum((_share(name, symbol) for symbol in ALLOYS.get(element, (element,))), Fraction(0))
    if not found:
        message = f"there is no {element} in {constituent}"
        raise StoichiometryError(message)
    return found


@cache
def equivalent(constituent: str, to: str, element: str | None = None) -> Fraction:
    """
    Return the mass of *to* that carries as much of their common element as one unit of mass of *constituent*.

    ``equivalent("WO3", "W")`` is oxide to metal, ``equivalent("Li2O", "LCE")`` 2.4729.  *element* names the one
    in common where there are several.  Raises :class:`StoichiometryError` where there is none.
    """
    if constituent == to:
        return Fraction(1)
    common = element or _common_element(constituent, to)
    return element_fraction(constituent, common) / element_fraction(to, common)


def contained(mass: Fraction, *, grade_pct: Fraction, constituent: str, element: str) -> Fraction:
    """Return the mass of *element* in goods of *mass* that hold *grade_pct* per cent of *constituent*."""
    return mass * grade_pct / 100 * element_fraction(constituent, element)


def _common_element(constituent: str, to: str) -> str:
    for name, elements in ALLOYS.items():
        if name in (constituent, to) and all(set(elements) <= set(_elements(each)) for each in (constituent, to)):
            return name
    common = sorted(set(_elements(constituent)) & set(_elements(to)))
    valued = [element for element in common if element not in _CARRIERS]
    if len(valued) != 1:
        shared = f"several elements in common, name one of {', '.join(valued)}" if valued else "no element in common"
        message = f"{constituent} and {to} have {shared}"
        raise StoichiometryError(message)
    return valued[0]


def _elements(constituent: str) -> list[str]:
    name = SYNONYMS.get(constituent, constituent)
    if name in ALLOYS:
        return list(ALLOYS[name])
    return [element for part in MIXTURES.get(name, (name,)) for element in composition(part)]


def _of_alloy(name: str, element: str) -> Fraction:
    """Return the whole of an alloy whose elements are counted together; in what proportion they are is not known."""
    if element != name:
        message = f"how much {element} is in {name} is not known: {name} is counted as a whole"
        raise StoichiometryError(message)
    return Fraction(1)


@cache
def _share(name: str, element: str) -> Fraction:
    """Return the mass share of one element; 0 where it is not there."""
    if name in MIXTURES:
        return sum((share * _share(part, element) for part, share in MIXTURES[name].items()), Fraction(0))
    atoms = composition(name).get(element, 0)
    return ATOMIC_WEIGHTS[element] * atoms / molar_mass(name) if atoms else Fraction(0)


def _atoms(part: str, formula: str) -> dict[str, int]:
    """Return the atoms of one part without its leading number."""
    stack: list[tuple[str, dict[str, int]]] = [("", {})]
    place = 0
    while place < len(part):
        token = _TOKEN.match(part, place)
        if token is None:
            raise StoichiometryError(_unreadable(formula, part[place:]))
        place = token.end()
        if token[3]:
            stack.append((_CLOSES[token[3]], {}))
        elif token[4]:
            closes, group = stack.pop()
            if closes != token[4]:
                raise StoichiometryError(_unreadable(formula, token[4]))
            _add(stack[-1][1], group, _count(token[5], formula))
        elif token[1] in ATOMIC_WEIGHTS:
            _add(stack[-1][1], {token[1]: 1}, _count(token[2], formula))
        else:
            message = f"unknown element {token[1]!r} in {formula!r}"
            raise StoichiometryError(message)
    closes, atoms = stack[-1]
    if closes or not atoms:
        raise StoichiometryError(_unreadable(formula, "its end"))
    return atoms


def _add(atoms: dict[str, int], more: dict[str, int], times: int) -> None:
    for element, count in more.items():
        atoms[element] = atoms.get(element, 0) + count * times


def _count(digits: str, formula: str) -> int:
    if not digits:
        return 1
    if len(digits) > _COUNT_DIGITS or int(digits) == 0:
        message = f"{digits[:20]!r} is no number of atoms in {formula!r}"
        raise StoichiometryError(message)
    return int(digits)


def _unreadable(formula: str, at: str) -> str:
    return f"cannot read the formula {formula!r} at {at!r}"
