"""Delivery terms."""

from datetime import date
from fractions import Fraction

import pytest

from streams.reference.basis import (
    BasisMissing,
    BasisRatio,
    BasisRatios,
    cif_from_ddp,
    cif_from_fob,
    cif_insured,
    duty_paid,
    fob_from_cif,
    fob_from_exw,
)
from streams.reference.validity import InvalidEntryError

DAY = date(2025, 6, 1)
LANE = {"origin": "CN", "destination": "GB", "day": DAY}


def test_cif_is_fob_with_freight_and_insurance():
    """22.50 + 0.85 + 0.15 = 23.50, ten cents short of a floor of 23.60."""
    priced = cif_from_fob(Fraction("22.50"), freight=Fraction("0.85"), insurance=Fraction("0.15"))
    assert priced.cif == Fraction("23.5")
    assert fob_from_cif(priced.cif, freight=priced.freight, insurance=priced.insurance) == Fraction("22.5")


def test_insurance_is_reckoned_on_110_per_cent_of_the_price_it_is_part_of():
    """1080 / (1 - 0.005 x 1.1) = 240000/221."""
    priced = cif_insured(Fraction(1000), freight=Fraction(80), rate=Fraction("0.005"))
    assert (priced.cif, priced.insurance) == (Fraction(240000, 221), Fraction(1320, 221))


def test_an_insurance_that_eats_the_price_is_refused():
    """A rate of 100 % was given as 1 where a part of one is meant."""
    with pytest.raises(ValueError, match="leaves nothing"):
        cif_insured(Fraction(1000), freight=Fraction(80), rate=Fraction(1))


def test_ex_works_becomes_fob_with_inland_carriage_and_clearance():
    """FOB = EXW + inland + clearance."""
    assert fob_from_exw(Fraction(100), inland=Fraction(6), clearance=Fraction(2)) == 108


def test_duty_and_local_costs_come_off_a_delivered_price():
    """(1200 - 45) / 1.05 = 1100, and duty paid it is 1155 again."""
    cif = cif_from_ddp(Fraction(1200), local=Fraction(45), duty=Fraction("0.05"))
    assert cif == 1100
    assert duty_paid(cif, duty=Fraction("0.05"), port=Fraction(45)) == 1200


def test_there_is_no_ratio_but_those_that_were_published():
    """Nothing is built in: without an entry the lane is said to have none."""
    found = BasisRatios().find("silicon|metal", **LANE)
    assert isinstance(found, BasisMissing)
    assert "no CIF/FOB ratio for silicon|metal from CN to GB on 2025-06-01" in found.reason


@pytest.mark.parametrize(
    ("lane", "ratio"),
    [
        pytest.param({"origin": "CN", "destination": "GB"}, "1.04", id="product-and-origin"),
        pytest.param({"origin": "BR", "destination": "GB"}, "1.05", id="product"),
        pytest.param({"origin": "CN", "destination": "GB", "product": "tungsten|metal"}, "1.06", id="anything"),
    ],
)
def test_the_ratio_of_the_closest_lane_counts(lane, ratio):
    """Product before origin before everything."""
    ratios = BasisRatios()
    ratios.put(BasisRatio(publisher="IMF", ratio="1.06"))
    ratios.put(BasisRatio(publisher="OECD", ratio="1.05", product="silicon|metal"))
    ratios.put(BasisRatio(publisher="OECD", ratio="1.04", product="silicon|metal", origin="CN"))
    lane = {"product": "silicon|metal", "day": DAY, **lane}
    found = ratios.find(lane.pop("product"), **lane)
    assert found.cif_per_fob == Fraction(ratio)


def test_a_ratio_out_of_date_is_none():
    """It holds to the day before its end."""
    ratios = BasisRatios()
    ratios.put(BasisRatio(publisher="OECD", ratio="1.05", valid_from=date(2024, 1, 1), valid_to=DAY))
    assert isinstance(ratios.find("silicon|metal", **LANE), BasisMissing)


@pytest.mark.parametrize("ratio", ["0", "-1", "6%"])
def test_a_ratio_that_is_no_positive_number_is_refused(ratio):
    """The ratio is CIF as a multiple of FOB."""
    with pytest.raises(InvalidEntryError, match="ratio"):
        BasisRatio(publisher="OECD", ratio=ratio)
