"""
Delivery terms: one price basis from another, exactly.

``CIF = FOB + freight + insurance``; insured at the customary minimum of 110 % of CIF (Incoterms 2020, CIF A5,
Institute Cargo Clauses C) the premium is part of what it is reckoned on, so ``CIF = (FOB + freight) / (1 - rate *
1.1)``.  Where freight is not declared a published ratio may stand in for it, from an entry that names its
publisher; there is no ratio built in, and a price so obtained is marked as estimated.
"""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Final, NamedTuple

import msgspec

from streams.exact import fraction
from streams.reference.validity import (
    Problem,
    check,
    country_problems,
    decimal_problems,
    holds,
    period_problems,
    product_problems,
)

INSURED_SHARE: Final = Fraction(11, 10)


class Basis(StrEnum):
    """How far along its way a price pays for the goods."""

    EXW = "EXW"
    FOB = "FOB"
    CIF = "CIF"
    DDP = "DDP"


BASIS_OF: Final = {
    "EXW": Basis.EXW,
    "FCA": Basis.FOB,
    "FAS": Basis.FOB,
    "FOB": Basis.FOB,
    "CIF": Basis.CIF,
    "CIP": Basis.CIF,
    "DAP": Basis.CIF,
    "DPU": Basis.CIF,
    "DDP": Basis.DDP,
}
"""The basis an incoterm comes to at the frontier.  CFR and CPT are missing on purpose: they lack the insurance."""

WITHOUT_INSURANCE: Final = frozenset({"CFR", "CPT"})
"""Incoterms that pay freight and not insurance: add the premium to reach CIF."""


class BasisRatio(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="basis-ratio", tag_field="type"):
    """A published CIF/FOB ratio for the lanes it names; what it does not name it holds for all of."""

    publisher: str
    ratio: str
    """CIF as a multiple of FOB."""
    product: str | None = None
    origin: str | None = None
    destination: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    source: str | None = None
    v: int = 1

    def __post_init__(self) -> None:
        """Refuse what cannot be right."""
        check(f"basis-ratio of {self.publisher}", self._problems())

    def _problems(self) -> Iterator[Problem]:
        yield from decimal_problems("ratio", self.ratio, above=0)
        yield from product_problems("product", self.product)
        yield from country_problems("origin", self.origin)
        yield from country_problems("destination", self.destination)
        yield from period_problems(self.valid_from, self.valid_to, ("valid_from", "valid_to"))

    @property
    def cif_per_fob(self) -> Fraction:
        """The ratio as an exact number."""
        return fraction(self.ratio)


class BasisMissing(msgspec.Struct, frozen=True, kw_only=True):
    """No ratio is known for a lane: its price cannot be brought to the floor's basis."""

    reason: str


class BasisRatios:
    """The published ratios, and the one for a lane."""

    def __init__(self) -> None:
        self._ratios: dict[tuple[str, ...], BasisRatio] = {}

    def __iter__(self) -> Iterator[BasisRatio]:
        """Iterate over the ratios in a fixed order."""
        return (self._ratios[key] for key in sorted(self._ratios))

    def put(self, ratio: BasisRatio) -> BasisRatio | None:
        """Take a ratio, in place of one for the same lanes, publisher and first day; return the one it replaces."""
        key = (
            ratio.product or "",
            ratio.origin or "",
            ratio.destination or "",
            str(ratio.valid_from or ""),
            ratio.publisher,
        )
        before = self._ratios.get(key)
        self._ratios[key] = ratio
        return before

    def find(self, product: str, *, origin: str, destination: str, day: date) -> BasisRatio | BasisMissing:
        """
        Return the ratio for a lane on *day*: product before origin before destination, then the latest.

        Where publishers differ for the same lanes, the first by name is taken.
        """
        fits = [
            ratio
            for ratio in self
            if ratio.product in (None, product)
            and ratio.origin in (None, origin)
            and ratio.destination in (None, destination)
            and holds(day, ratio.valid_from, ratio.valid_to)
        ]
        if not fits:
            return BasisMissing(reason=f"no CIF/FOB ratio for {product} from {origin} to {destination} on {day}")
        return max(fits, key=_specificity)


class Cif(NamedTuple):
    """A price at the frontier and what it is made of, in one currency."""

    fob: Fraction
    freight: Fraction
    insurance: Fraction

    @property
    def cif(self) -> Fraction:
        """Cost, insurance and freight."""
        return self.fob + self.freight + self.insurance


def cif_from_fob(fob: Fraction, *, freight: Fraction, insurance: Fraction) -> Cif:
    """Return the CIF price of goods at *fob* with freight and insurance as paid."""
    return Cif(fob, freight, insurance)


def cif_insured(fob: Fraction, *, freight: Fraction, rate: Fraction, insured_share: Fraction = INSURED_SHARE) -> Cif:
    """
    Return the CIF price where insurance costs *rate* of *insured_share* of the CIF price itself.

    *rate* is a part of one, not a percentage.  Raises :class:`ValueError` where the premium would be the whole price.
    """
    premium = rate * insured_share
    if premium >= 1:
        message = f"an insurance rate of {rate} on {insured_share} of the price leaves nothing of it"
        raise ValueError(message)
    cif = (fob + freight) / (1 - premium)
    return Cif(fob, freight, cif * premium)


def fob_from_exw(exw: Fraction, *, inland: Fraction, clearance: Fraction) -> Fraction:
    """Return the FOB price of goods at *exw*: plus inland carriage and export clearance."""
    return exw + inland + clearance


def fob_from_cif(cif: Fraction, *, freight: Fraction, insurance: Fraction) -> Fraction:
    """Return the FOB price of goods at *cif*, less freight and insurance as paid."""
    return cif - freight - insurance


def cif_from_ddp(ddp: Fraction, *, local: Fraction, duty: Fraction) -> Fraction:
    """Return the CIF price of goods delivered duty paid: ``(DDP - local) / (1 + duty)``; *duty* is a part of one."""
    return (ddp - local) / (1 + duty)


def duty_paid(
    cif: Fraction, *, duty: Fraction, port: Fraction = Fraction(0), measures: Fraction = Fraction(0)
) -> Fraction:
    """Return the landed cost: CIF with duty (a part of one), trade measures and port costs (amounts)."""
    return cif * (1 + duty) + measures + port


def _specificity(ratio: BasisRatio) -> tuple[bool, bool, bool, date]:
    return (
        ratio.product is not None,
        ratio.origin is not None,
        ratio.destination is not None,
        ratio.valid_from or date.min,
    )
