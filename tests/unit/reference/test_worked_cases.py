"""The worked cases that reference data alone can answer, to their exact fractions."""

import json
from datetime import date
from fractions import Fraction

import pytest

from streams.exact import decimal_text, exact_text, fraction
from streams.reference.basis import cif_from_fob, cif_insured
from streams.reference.floors import Floor, FloorBook, FloorQuery, FloorStatus, Instrument, ResolutionKind
from streams.reference.levy import LevyTerms, assess
from streams.reference.stoichiometry import ATOMIC_WEIGHTS, element_fraction
from streams.reference.units import convert_price, convert_quantity, mass_kg
from streams.reference.zones import Member, Zone, Zones

VARIABLE = LevyTerms()


def case(shared_data, name):
    """Return inputs and expected outputs of one case."""
    found = json.loads((shared_data / "cases" / f"{name}.json").read_text(encoding="utf-8"))
    return found["inputs"], found["expected"]


def check(expected, **actual):
    """Compare decimal text and, where the case has it, the exact fraction."""
    assert actual
    for name, value in actual.items():
        assert decimal_text(value) == expected[name], name
        assert exact_text(value) == expected.get(f"{name}_exact", exact_text(value)), name


def price_per_tonne(side, content_pct):
    """Return a price per tonne of product without tax, in its own currency."""
    price = fraction(side["price"]) / (1 + fraction(side.get("vat_pct", "0")) / 100)
    per = side["per"]
    share = 1 if per["of"] == "product" else fraction(content_pct[per["of"]]) / 100
    return convert_price(price, unit=per["unit"], to="t") * share


def floor_from(first_day, value):
    """Return a period of a floor; None suspends it."""
    return Floor(
        floor_id="floor",
        status=FloorStatus.ILLUSTRATIVE,
        instrument=Instrument.VARIABLE_LEVY,
        zone_id="zone",
        mineral="silicon",
        stage="metal",
        value=value,
        currency="USD",
        unit="t",
        effective_from=first_day,
        announced_at=first_day,
    )


@pytest.mark.parametrize("name", ["fl-s1", "fl-s2", "fl-s3", "fl-s4", "fl-s5", "fl-s6"])
def test_floor_and_levy(shared_data, name):
    """Price and floor per tonne in one currency, levy on the quantity of product."""
    inputs, expected = case(shared_data, name)
    rates = {pair["from"]: fraction(pair["rate"]) for pair in inputs["fx"]}
    prices = {}
    for side in ("import", "floor"):
        given = inputs[side]
        prices[side] = price_per_tonne(given, inputs.get("content_pct", {})) * rates.get(given["currency"], 1)
    tonnes = convert_quantity(fraction(inputs["import"]["qty"]), unit=inputs["import"]["qty_unit"], to="t")
    outcome = assess(prices["floor"] * tonnes, prices["import"] * tonnes, tonnes, VARIABLE)
    check(
        expected,
        import_price=prices["import"],
        floor_price=prices["floor"],
        shortfall=max(Fraction(0), outcome.gap / tonnes),
        levy_total=outcome.levy,
    )
    assert outcome.breach is expected["breach"]


@pytest.mark.parametrize("name", ["fs-s1", "fs-s2", "fs-s3"])
def test_floor_schedule(shared_data, name):
    """The floor in force on each record's day, and the levy on the record."""
    inputs, expected = case(shared_data, name)
    zones = Zones()
    zones.put(Zone(zone_id="zone", members=(Member(country="GB"),)))
    book = FloorBook(zones)
    for period in inputs["schedule"]:
        book.put(floor_from(date.fromisoformat(period["from"]), period["price"]))
    records = []
    for sold in inputs["transactions"]:
        day = date.fromisoformat(sold["date"])
        found = book.resolve(FloorQuery(product="silicon|metal", destination="GB", origin="CN", day=day))
        floor = found.floor.price if found.kind is ResolutionKind.FOUND else None
        price, quantity = fraction(sold["price"]), fraction(sold["qty"])
        levy = 0 if floor is None else assess(floor * quantity, price * quantity, quantity, VARIABLE).levy
        text = None if floor is None else decimal_text(floor)
        records.append({"id": sold["id"], "floor": text, "levy": decimal_text(levy)})
    assert records == expected["records"]


@pytest.mark.parametrize("name", ["ox-s1", "ox-s2", "ox-s3", "ox-s4"])
def test_atomic_weights_are_those_of_the_cases(shared_data, name):
    """And the factor of the oxide is theirs to the last digit."""
    inputs, expected = case(shared_data, name)
    stoichiometry = inputs["stoich"]
    assert ATOMIC_WEIGHTS[stoichiometry["metal"]] == fraction(stoichiometry["aw"])
    for other in stoichiometry["others"]:
        assert ATOMIC_WEIGHTS[other["el"]] == fraction(other["aw"])
    if "factor" in expected:
        check(expected, factor=element_fraction(stoichiometry["oxide"], stoichiometry["metal"]))


def test_tungsten_in_an_mtu(shared_data):
    """10 kg of WO3 hold 7.93 kg of tungsten."""
    _, expected = case(shared_data, "ox-s1")
    check(expected, metal_kg_per_mtu=mass_kg("mtu") * element_fraction("WO3", "W"))


def test_neodymium_oxide_against_a_floor_on_metal(shared_data):
    """The levy is on contained metal."""
    inputs, expected = case(shared_data, "ox-s2")
    product = inputs["product"]
    quantity = fraction(product["qty_kg"])
    metal = quantity * fraction(product["oxide_pct"]) / 100 * element_fraction("Nd2O3", "Nd")
    value = fraction(product["price"]) * quantity
    outcome = assess(fraction(inputs["floor"]["price"]) * metal, value, metal, VARIABLE)
    check(expected, contained_metal_kg=metal, price_per_kg_metal=value / metal, levy_total=outcome.levy)


def test_vanadium_pentoxide_per_pound(shared_data):
    """USD per pound of V2O5 to USD per kilogram of vanadium."""
    inputs, expected = case(shared_data, "ox-s3")
    per_kg = convert_price(fraction(inputs["product"]["price"]), unit="lb", to="kg")
    check(expected, price_per_kg_metal=per_kg / element_fraction("V2O5", "V"))


def test_specific_duty_on_tungsten_content(shared_data):
    """37.5 cents on each kilogram of contained tungsten."""
    inputs, expected = case(shared_data, "ox-s4")
    product = inputs["product"]
    metal = fraction(product["qty_kg"]) * fraction(product["oxide_pct"]) / 100 * element_fraction("WO3", "W")
    check(expected, contained_metal_kg=metal, duty_total=metal * fraction(inputs["specific_duty_per_kg_metal"]))


def test_insurance_on_110_per_cent_of_cif(shared_data):
    """The premium is part of the price it is reckoned on."""
    inputs, expected = case(shared_data, "fc-s1")
    priced = cif_insured(
        fraction(inputs["fob"]),
        freight=fraction(inputs["freight"]),
        rate=fraction(inputs["insurance_rate_pct"]) / 100,
        insured_share=fraction(inputs["insured_pct_of_cif"]) / 100,
    )
    check(expected, fob=priced.fob, cif=priced.cif, insurance=priced.insurance)


def test_a_fob_price_against_a_cif_floor(shared_data):
    """Both on one basis."""
    inputs, expected = case(shared_data, "fc-s2")
    priced = cif_from_fob(
        fraction(inputs["fob"]), freight=fraction(inputs["freight"]), insurance=fraction(inputs["insurance"])
    )
    quantity = fraction(inputs["qty"])
    outcome = assess(fraction(inputs["floor_cif"]) * quantity, priced.cif * quantity, quantity, VARIABLE)
    check(expected, cif=priced.cif, shortfall=outcome.gap / quantity, levy_total=outcome.levy)


def test_duty_on_cif_rather_than_fob(shared_data):
    """Freight and insurance are dutiable in one and not in the other."""
    inputs, expected = case(shared_data, "fc-s3")
    priced = cif_from_fob(
        fraction(inputs["fob"]), freight=fraction(inputs["freight"]), insurance=fraction(inputs["insurance"])
    )
    check(expected, cif=priced.cif, duty_cif_minus_fob=(priced.cif - priced.fob) * fraction(inputs["duty_pct"]) / 100)
