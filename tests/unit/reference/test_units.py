"""Units of mass and of contained mass."""

from fractions import Fraction

import pytest

from streams.reference.units import (
    MoistureError,
    UnknownUnitError,
    convert_price,
    convert_quantity,
    dry_mass,
    mass_kg,
    unit_named,
)


@pytest.mark.parametrize(
    ("unit", "kg"),
    [
        ("kg", "1"),
        ("g", "0.001"),
        ("t", "1000"),
        ("lb", "0.45359237"),
        ("st", "907.18474"),
        ("lt", "1016.0469088"),
        ("mtu", "10"),
        ("dmtu", "10"),
        ("stu", "9.0718474"),
        ("ltu", "10.160469088"),
        ("dmt", "1000"),
        ("wmt", "1000"),
        ("oz_troy", "0.0311034768"),
    ],
)
def test_a_unit_is_exactly_so_many_kilograms(unit, kg):
    """By definition of the pound and the troy ounce, to the last digit."""
    assert mass_kg(unit) == Fraction(kg)


def test_an_unknown_unit_is_named_with_those_known():
    """The message tells the sender what to send."""
    with pytest.raises(UnknownUnitError, match=r"unknown unit 'tonne'; known are kg, g, t, lb"):
        mass_kg("tonne")


def test_cobalt_at_23_usd_per_lb_is_50_706_usd_per_kg():
    """A price per pound is divided by the kilograms in a pound."""
    assert round(convert_price(Fraction(23), unit="lb", to="kg"), 3) == Fraction("50.706")


def test_quantity_and_price_convert_the_opposite_way():
    """What a shipment is worth does not depend on the unit it is counted in."""
    quantity, price = Fraction(20_000), Fraction("9.90")
    value = convert_quantity(quantity, unit="lb", to="t") * convert_price(price, unit="lb", to="t")
    assert value == quantity * price


def test_an_mtu_of_wo3_price_is_a_tenth_per_kg_of_wo3():
    """850 USD per mtu is 85 USD per kg of contained WO3."""
    assert convert_price(Fraction(850), unit="mtu", to="kg") == 85
    assert unit_named("mtu").of_content


@pytest.mark.parametrize(
    ("moisture", "dry"),
    [pytest.param("0", "100", id="dry"), pytest.param("0.08", "92", id="eight-per-cent")],
)
def test_moisture_comes_off_the_wet_mass(moisture, dry):
    """Dmt = wmt * (1 - moisture)."""
    assert dry_mass(Fraction(100), moisture=Fraction(moisture)) == Fraction(dry)


@pytest.mark.parametrize("moisture", ["-0.01", "1", "8"])
def test_a_moisture_that_is_no_part_of_the_whole_is_refused(moisture):
    """8 is a percentage given where a part of one is meant."""
    with pytest.raises(MoistureError, match=f"was {moisture.replace('-0.01', '-1/100')}"):
        dry_mass(Fraction(100), moisture=Fraction(moisture))
