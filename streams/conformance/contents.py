"""
Metal in an oxide: how much of it a consignment holds, and what a kilogram of it costs.

The goods are a product assayed for the oxide and counted by its metal, so that the engine's content is the metal.
A case brings its own atomic weights.  Where they are those of the engine, the engine prices; where they are not,
the same quantities follow from the case's weights, and only units and levy are the engine's.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final, NamedTuple

from streams.conformance.border import Border
from streams.conformance.case import CaseError, Inputs, Outputs
from streams.conformance.entries import DESTINATION, ORIGIN, floor
from streams.conformance.floor_levies import DAY, GOODS, goods
from streams.exact import fraction
from streams.records import Trade
from streams.reference.content import GROSS
from streams.reference.levy import LevyTerms, assess
from streams.reference.stoichiometry import (
    ATOMIC_WEIGHTS,
    StoichiometryError,
    composition,
    contained,
    element_fraction,
)
from streams.reference.units import convert_price, mass_kg

_PURE: Final = "100"
_MATTERS: Final = ("product", "oxide", "metal")


class Per(NamedTuple):
    """What a price is for: one unit of the product, of its oxide or of its metal."""

    unit: str
    matter: str


class Priced(NamedTuple):
    """What a consignment holds and costs; the floor is None where there is none."""

    metal_kg: Fraction
    price: Fraction
    floor_price: Fraction | None
    breach: bool | None
    levy: Fraction | None


def run_oxide_metal(inputs: Inputs) -> Outputs:
    """Return the factor from oxide to metal and what follows from it for the product, as far as it is described."""
    stoich, product = inputs["stoich"], inputs.get("product", {})
    factor = _factor(stoich)
    outputs: dict[str, Any] = {"factor": factor, "metal_kg_per_mtu": mass_kg("mtu") * factor}
    if "qty_kg" in product:
        metal_kg = _metal_kg(stoich, product)
        outputs["contained_metal_kg"] = metal_kg
        if "specific_duty_per_kg_metal" in inputs:
            outputs["duty_total"] = metal_kg * fraction(inputs["specific_duty_per_kg_metal"])
    if "price" in product:
        outputs |= _prices(_by_engine(inputs) if _standard(stoich) else _by_weights(inputs))
    return outputs


def _prices(priced: Priced) -> dict[str, Any]:
    return {
        "price_per_kg_metal": priced.price,
        "floor_per_kg_metal": priced.floor_price,
        "breach": priced.breach,
        "levy_total": priced.levy,
    }


def _standard(stoich: Mapping[str, Any]) -> bool:
    """Return whether the case's formula and atomic weights are the engine's."""
    elements = [{"el": stoich["metal"], "n": stoich["n"], "aw": stoich["aw"]}, *stoich["others"]]
    try:
        atoms = composition(stoich["oxide"])
    except StoichiometryError:
        return False
    return atoms == {each["el"]: fraction(each["n"]) for each in elements} and all(
        ATOMIC_WEIGHTS[each["el"]] == fraction(each["aw"]) for each in elements
    )


def _factor(stoich: Mapping[str, Any]) -> Fraction:
    if _standard(stoich):
        return element_fraction(stoich["oxide"], stoich["metal"])
    metal = fraction(stoich["n"]) * fraction(stoich["aw"])
    others = [fraction(each["n"]) * fraction(each["aw"]) for each in stoich["others"]]
    return metal / sum(others, metal)


def _metal_kg(stoich: Mapping[str, Any], product: Mapping[str, Any]) -> Fraction:
    mass, grade_pct = fraction(product["qty_kg"]), fraction(product["oxide_pct"])
    if _standard(stoich):
        return contained(mass, grade_pct=grade_pct, constituent=stoich["oxide"], element=stoich["metal"])
    return mass * grade_pct / 100 * _factor(stoich)


def _by_engine(inputs: Inputs) -> Priced:
    oxide, metal, product = inputs["stoich"]["oxide"], inputs["stoich"]["metal"], inputs["product"]
    names = {"product": None, "oxide": oxide, "metal": metal}
    per = _per(product)
    floors = []
    if "floor" in inputs:
        floor_per = _per(inputs["floor"])
        mineral, _, stage = GOODS.partition("|")
        basis = names[floor_per.matter] or GROSS
        price = inputs["floor"]["price"]
        floors = [floor(price, DAY, mineral=mineral, stage=stage, unit=floor_per.unit, content_basis=basis)]
    border = Border(floors, catalogue=goods(oxide, counted_in=metal), product=GOODS)
    border.declare(
        Trade(
            id="consignment",
            source="case",
            event_date=DAY,
            origin=ORIGIN,
            destination=DESTINATION,
            product=GOODS,
            quantity=product.get("qty_kg", "1"),
            price=product["price"],
            price_unit=per.unit,
            price_of=names[per.matter],
            currency="USD",
            incoterm="CIF",
            # A price by content is the same whatever the content.
            grade_pct=product.get("oxide_pct", _PURE),
        )
    )
    border.reconcile()
    found = border.crossings()[0]
    price = found.value_usd / found.content_kg
    if found.levy is None or found.floor_usd is None:
        return Priced(found.content_kg, price, None, None, None)
    return Priced(found.content_kg, price, found.floor_usd / found.content_kg, found.below, found.levy_usd)


def _by_weights(inputs: Inputs) -> Priced:
    product, factor = inputs["product"], _factor(inputs["stoich"])
    oxide = fraction(product.get("oxide_pct", _PURE)) / 100
    metal_in = {"product": oxide * factor, "oxide": factor, "metal": Fraction(1)}
    metal_kg = fraction(product.get("qty_kg", "1")) * oxide * factor
    price = _per_kg(product) / metal_in[_per(product).matter]
    if "floor" not in inputs:
        return Priced(metal_kg, price, None, None, None)
    floor_price = _per_kg(inputs["floor"]) / metal_in[_per(inputs["floor"]).matter]
    levy = assess(floor_price * metal_kg, price * metal_kg, metal_kg, LevyTerms())
    return Priced(metal_kg, price, floor_price, levy.breach, levy.levy)


def _per_kg(quoted: Mapping[str, Any]) -> Fraction:
    return convert_price(fraction(quoted["price"]), unit=_per(quoted).unit, to="kg")


def _per(quoted: Mapping[str, Any]) -> Per:
    unit, _, matter = quoted["per"].rpartition("_")
    if matter not in _MATTERS:
        message = f"per {quoted['per']!r} is not a unit and one of {', '.join(_MATTERS)}, such as kg_metal"
        raise CaseError(message)
    return Per(unit, matter)
