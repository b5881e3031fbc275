"""
How much of a compound is the element it is bought for.

Atomic weights are the abridged standard values of the IUPAC Commission on Isotopic Abundances and
Atomic Weights; as decimals they are exact, and so is every fraction worked out of them.
"""

import re
from fractions import Fraction
from functools import cache
from typing import Final

ATOMIC_WEIGHTS: Final[dict[str, Fraction]] = {
    element: Fraction(weight)
    for element, weight in (
        pair.split("=")
        for pair in (
            "H=1.008 Li=6.94 Be=9.0122 B=10.81 C=12.011 N=14.007 O=15.999 F=18.998 Na=22.990 Mg=24.305 Al=26.982 "
            "Si=28.085 P=30.974 S=32.06 Cl=35.45 K=39.098 Ca=40.078 Sc=44.956 Ti=47.867 V=50.9415 Cr=51.996 Mn=54.938 "
            "Fe=55.845 Co=58.933 Ni=58.693 Cu=63.546 Zn=65.38 Ga=69.723 Ge=72.630 As=74.922 Sr=87.62 Y=88.906 Zr=91.224 "
            "Nb=92.906 Mo=95.95 Pd=106.42 Ag=107.87 In=114.82 Sn=118.71 Sb=121.76 Te=127.60 Ba=137.33 La=138.91 "
            "Ce=140.116 Pr=140.908 Nd=144.242 Sm=150.36 Eu=151.96 Gd=157.25 Tb=158.925 Dy=162.500 Ho=164.93 Er=167.26 "
            "Yb=173.05 Lu=174.97 Hf=178.49 Ta=180.948 W=183.84 Re=186.21 Pt=195.08 Au=196.97 Pb=207.2 Bi=208.980 "
            "Th=232.04 U=238.03"
        ).split()
    )
}

_TOKEN: Final = re.compile(r"([A-Z][a-z]?)(\d*)|(\()|(\))(\d*)")


class UnknownFormulaError(ValueError):
    """Raised for a formula that cannot be read or names an element without a weight here."""


@cache
def atoms(formula: str) -> dict[str, int]:
    """Return the atoms of a formula such as ``Nd2O3``, ``CoSO4.7H2O`` or ``(NH4)10(H2W12O42).4H2O``."""
    counts: dict[str, int] = {}
    for part in formula.split("."):
        match = re.fullmatch(r"(\d*)(.+)", part)
        if match is None:
            raise UnknownFormulaError(f"formula {formula!r} has an empty part")
        for element, count in _group(match[2], formula).items():
            counts[element] = counts.get(element, 0) + count * int(match[1] or 1)
    return counts


def mass(formula: str) -> Fraction:
    """Return the molar mass of *formula*, g/mol."""
    return sum((ATOMIC_WEIGHTS[element] * count for element, count in atoms(formula).items()), Fraction(0))


@cache
def element_fraction(formula: str, element: str) -> Fraction:
    """Return the kilograms of *element* in a kilogram of the compound *formula*."""
    count = atoms(formula).get(element, 0)
    if not count:
        raise UnknownFormulaError(f"{formula} holds no {element}; it holds {', '.join(atoms(formula))}")
    return ATOMIC_WEIGHTS[element] * count / mass(formula)


def oxide_factor(metal: str, metal_atoms: int, weights: dict[str, Fraction], others: dict[str, int]) -> Fraction:
    """Return metal per compound from atomic weights given with the case: ``n A / (n A + sum of the others)``."""
    own = metal_atoms * weights[metal]
    return own / (own + sum((weights[element] * count for element, count in others.items()), Fraction(0)))


@cache
def constituent_fraction(formula: str, constituent: str) -> Fraction:
    """
    Return the kilograms of *constituent* that a kilogram of the compound *formula* stands for.

    A constituent is an element, or another compound of the same leading element (WO3 in APT, LCE as
    Li2CO3): as much of it as holds the same amount of that element.
    """
    if constituent == formula:
        return Fraction(1)
    constituent = "Li2CO3" if constituent == "LCE" else constituent
    holds = atoms(constituent)
    if len(holds) == 1:
        return element_fraction(formula, constituent)
    shared = [element for element in holds if element in atoms(formula) and element not in {"O", "H", "C", "S", "Cl", "N"}]
    if len(shared) != 1:
        raise UnknownFormulaError(f"{constituent} and {formula} do not share one element to convert by")
    return element_fraction(formula, shared[0]) / element_fraction(constituent, shared[0])


def _group(text: str, formula: str) -> dict[str, int]:
    stack: list[dict[str, int]] = [{}]
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise UnknownFormulaError(f"formula {formula!r} cannot be read from {text[position:]!r} on")
        position = match.end()
        if match[3]:
            stack.append({})
        elif match[4]:
            if len(stack) == 1:
                raise UnknownFormulaError(f"formula {formula!r} closes a bracket it never opened")
            inner = stack.pop()
            for element, count in inner.items():
                stack[-1][element] = stack[-1].get(element, 0) + count * int(match[5] or 1)
        else:
            if match[1] not in ATOMIC_WEIGHTS:
                raise UnknownFormulaError(f"formula {formula!r} names {match[1]}, whose atomic weight is not known here")
            stack[-1][match[1]] = stack[-1].get(match[1], 0) + int(match[2] or 1)
    if len(stack) != 1:
        raise UnknownFormulaError(f"formula {formula!r} leaves a bracket open")
    return stack[0]
