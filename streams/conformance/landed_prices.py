"""
Imports against what the domestic industry sells at, or would need: undercutting, underselling, the lesser duty.

A type brings ``landed``, or ``import_cif`` with ``duty_pct`` and ``post_import_cost`` that lead to it.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from streams.antidumping.price_gap import Denominator, ImportedType, PriceGap, TypeGap
from streams.antidumping.profit import ProfitBase
from streams.antidumping.undercutting import undercutting
from streams.antidumping.underselling import duty_pct, target_price, underselling
from streams.conformance.case import Inputs, Outputs
from streams.exact import fraction
from streams.reference.basis import duty_paid


def run_undercutting(inputs: Inputs) -> Outputs:
    """Return by how much each type, and all of them, undercut the domestic price."""
    types = [_imported(each, _optional(each, "domestic_price")) for each in inputs["types"]]
    found = undercutting(types, denominator=Denominator(inputs["denominator"]))
    return {
        "types": {
            each.type: {"landed": each.landed, "undercutting": each.gap, "pct": each.gap_pct} for each in found.types
        },
        **_weighted(found),
    }


def run_underselling(inputs: Inputs) -> Outputs:
    """Return by how much each type, and all of them, undersell the target price, and the duty that follows."""
    if "types" not in inputs:
        return {"duty_pct": _duty(inputs, _optional(inputs, "injury_margin_pct"))}
    types = [_imported(each, _target(each)) for each in inputs["types"]]
    found = underselling(types, denominator=Denominator(inputs["denominator"]))
    return {
        "types": {each.type: _undersold(each) for each in found.types},
        **_weighted(found),
        "duty_pct": _duty(inputs, found.weighted_pct),
    }


def _duty(inputs: Inputs, injury_pct: Fraction | None) -> Fraction | None:
    dumping_pct = _optional(inputs, "dumping_margin_pct")
    if dumping_pct is None:
        return None
    return duty_pct(dumping_pct, injury_pct, lesser_duty_rule=inputs["lesser_duty_rule"])


def _undersold(each: TypeGap) -> dict[str, Any]:
    return {"target_price": each.measure, "landed": each.landed, "underselling": each.gap, "pct": each.gap_pct}


def _weighted(found: PriceGap) -> dict[str, Any]:
    return {
        "weighted_pct": found.weighted_pct,
        "weighted_pct_zeroed": found.weighted_pct_zeroed,
        "matched_share_pct": found.matched_pct,
    }


def _imported(each: Mapping[str, Any], measure: Fraction | None) -> ImportedType:
    quantity, cif = fraction(each["import_qty"]), _optional(each, "import_cif")
    return ImportedType(
        each["type"],
        quantity,
        _landed(each) * quantity,
        None if measure is None else measure * quantity,
        None if cif is None else cif * quantity,
    )


def _landed(each: Mapping[str, Any]) -> Fraction:
    if "landed" in each:
        return fraction(each["landed"])
    duty = fraction(each["duty_pct"]) / 100
    return duty_paid(fraction(each["import_cif"]), duty=duty, port=fraction(each["post_import_cost"]))


def _target(each: Mapping[str, Any]) -> Fraction | None:
    if "cost" not in each:
        return _optional(each, "target_price")
    return target_price(
        fraction(each["cost"]), profit_pct=fraction(each["profit_pct"]), base=ProfitBase(each["profit_base"])
    )


def _optional(given: Mapping[str, Any], name: str) -> Fraction | None:
    return None if given.get(name) is None else fraction(given[name])
