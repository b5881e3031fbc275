"""
Prices from one place of delivery to another, and a floor that stands on a basis of its own.

``fob``, ``cif``, ``exw`` (with ``inland`` and ``clearance``) or ``ddp`` (with ``local`` and ``duty_pct``) is what is
known.  Insurance is an amount, or a rate on a part of the CIF price.
"""

from fractions import Fraction
from typing import Any, Final

from streams.conformance.border import Border, Crossing, DisagreementError
from streams.conformance.case import CaseError, Inputs, Outputs
from streams.conformance.entries import ALWAYS, DESTINATION, ORIGIN, PRODUCT, floor
from streams.conformance.floor_levies import DAY
from streams.exact import fraction
from streams.records import Trade
from streams.reference.basis import (
    INSURED_SHARE,
    Cif,
    cif_from_ddp,
    cif_from_fob,
    cif_insured,
    duty_paid,
    fob_from_cif,
    fob_from_exw,
)
from streams.reference.levy import LevyTerms, assess

_NONE: Final = Fraction(0)
_DECLARED: Final = ("fob", "freight", "insurance")


def run_fob_cif(inputs: Inputs) -> Outputs:
    """Return the price on each basis, and the levy where there is a floor for CIF prices."""
    parts = _parts(inputs)
    outputs: dict[str, Any] = {"fob": parts.fob, "cif": parts.cif, "insurance": parts.insurance}
    if not _way_known(inputs):
        outputs = {"fob": None, "cif": parts.cif, "insurance": None}
    elif "duty_pct" in inputs:
        duty = fraction(inputs["duty_pct"]) / 100
        on_cif, on_fob = (duty_paid(price, duty=duty) - price for price in (parts.cif, parts.fob))
        outputs |= {"duty_on_cif": on_cif, "duty_on_fob": on_fob, "duty_cif_minus_fob": on_cif - on_fob}
    if "floor_cif" in inputs:
        outputs |= _against_floor(inputs, parts)
    return outputs


def _way_known(inputs: Inputs) -> bool:
    """Return whether what lies between FOB and CIF is known, or made the CIF price."""
    return any(name in inputs for name in ("fob", "exw", "freight", "insurance", "insurance_rate_pct"))


def _parts(inputs: Inputs) -> Cif:
    freight, insurance = (_amount(inputs, name) for name in ("freight", "insurance"))
    if "fob" in inputs or "exw" in inputs:
        fob = fraction(inputs["fob"]) if "fob" in inputs else _from_exw(inputs)
        if "insurance_rate_pct" not in inputs:
            return cif_from_fob(fob, freight=freight, insurance=insurance)
        return cif_insured(
            fob, freight=freight, rate=fraction(inputs["insurance_rate_pct"]) / 100, insured_share=_insured(inputs)
        )
    cif = fraction(inputs["cif"]) if "cif" in inputs else _from_ddp(inputs)
    if "insurance_rate_pct" in inputs:
        insurance = cif * fraction(inputs["insurance_rate_pct"]) / 100 * _insured(inputs)
    return Cif(fob_from_cif(cif, freight=freight, insurance=insurance), freight, insurance)


def _from_exw(inputs: Inputs) -> Fraction:
    inland, clearance = (_amount(inputs, name) for name in ("inland", "clearance"))
    return fob_from_exw(fraction(inputs["exw"]), inland=inland, clearance=clearance)


def _from_ddp(inputs: Inputs) -> Fraction:
    if "ddp" not in inputs:
        message = "there is no price among the inputs: one of fob, cif, exw, ddp"
        raise CaseError(message)
    duty = _amount(inputs, "duty_pct") / 100
    return cif_from_ddp(fraction(inputs["ddp"]), local=_amount(inputs, "local"), duty=duty)


def _insured(inputs: Inputs) -> Fraction:
    return fraction(inputs["insured_pct_of_cif"]) / 100 if "insured_pct_of_cif" in inputs else INSURED_SHARE


def _amount(inputs: Inputs, name: str) -> Fraction:
    return fraction(inputs.get(name, "0"))


def _against_floor(inputs: Inputs, parts: Cif) -> dict[str, Any]:
    floor_price, quantity = fraction(inputs["floor_cif"]), _amount(inputs, "qty")
    if quantity and set(_DECLARED) <= set(inputs):
        crossing = _declared(inputs)
        if crossing.levy is None or crossing.landed_usd != parts.cif * quantity:
            raise DisagreementError(f"{parts} was priced at {crossing.landed_usd} USD for {quantity} units")
        shortfall = max(crossing.levy.gap / quantity, _NONE)
        return {"shortfall": shortfall, "levy_total": crossing.levy_usd, "breach": crossing.below}
    # A record declares what was paid; a premium that was worked out is no such thing, and need not be a decimal.
    levy = assess(floor_price, parts.cif, Fraction(1), LevyTerms())
    return {"shortfall": max(levy.gap, _NONE), "levy_total": levy.levy * quantity, "breach": levy.breach}


def _declared(inputs: Inputs) -> Crossing:
    """Return the goods as declared free on board, freight and insurance beside the price."""
    border = Border([floor(inputs["floor_cif"], ALWAYS)])
    border.declare(
        Trade(
            id="consignment",
            source="case",
            event_date=DAY,
            origin=ORIGIN,
            destination=DESTINATION,
            product=PRODUCT,
            quantity=inputs["qty"],
            price=inputs["fob"],
            currency="USD",
            incoterm="FOB",
            freight=inputs["freight"],
            insurance=inputs["insurance"],
        )
    )
    border.reconcile()
    return border.crossings()[0]
