"""
Prices at one place: FOB, CIF and the steps between.

CIF is FOB with freight and insurance to the frontier of the importing country; where insurance is a rate on
the insured value (usually 110 % of CIF) it depends on the result and is solved for (Incoterms 2020, CIF A5).
Where a record gives neither, only a published ratio of the trade lane may stand in for them.
"""

from enum import StrEnum
from fractions import Fraction
from typing import Final, NamedTuple

import msgspec


class Basis(StrEnum):
    """What a price includes."""

    EXW = "EXW"
    FOB = "FOB"
    CIF = "CIF"
    DDP = "DDP"


BASIS_OF_INCOTERM: Final[dict[str, Basis]] = {
    "EXW": Basis.EXW,
    "FCA": Basis.FOB,
    "FAS": Basis.FOB,
    "FOB": Basis.FOB,
    "CFR": Basis.CIF,
    "CPT": Basis.CIF,
    "CIF": Basis.CIF,
    "CIP": Basis.CIF,
    "DAP": Basis.CIF,
    "DPU": Basis.CIF,
    "DDP": Basis.DDP,
}
"""CFR and CPT lack the insurance, a few tenths of a per cent; DAP is taken at the frontier, duty unpaid."""


class Cif(NamedTuple):
    """A price at the frontier, duty unpaid, and the insurance in it."""

    cif: Fraction
    insurance: Fraction


def cif_from_fob(
    fob: Fraction,
    freight: Fraction,
    insurance: Fraction = Fraction(0),
    *,
    insurance_rate: Fraction = Fraction(0),
    insured_of_cif: Fraction = Fraction(1),
) -> Cif:
    """Return CIF from FOB; *insurance_rate* is on *insured_of_cif* times CIF (1.1 for 110 %)."""
    if insurance_rate:
        cif = (fob + freight) / (1 - insurance_rate * insured_of_cif)
        return Cif(cif, cif - fob - freight)
    return Cif(fob + freight + insurance, insurance)


def fob_from_exw(exw: Fraction, inland: Fraction, clearance: Fraction) -> Fraction:
    """Return FOB from EXW with inland freight and export clearance."""
    return exw + inland + clearance


def cif_from_ddp(ddp: Fraction, local: Fraction, duty: Fraction) -> Fraction:
    """Return CIF from a delivered, duty-paid price; *duty* is a part of CIF."""
    return (ddp - local) / (1 + duty)


class BasisRatio(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="basis-ratio", forbid_unknown_fields=True
):
    """A published ratio of CIF to FOB for a lane; empty fields are for any.  What is judged by it is marked estimated."""

    product: str = ""
    origin: str = ""
    destination: str = ""
    cif_per_fob: str
    publisher: str
    note: str | None = None
    v: int = 1
