"""What a declared price and its delivery terms come to."""

from datetime import date
from fractions import Fraction

import pytest
from msgspec.structs import replace

from streams.normalise import Normaliser
from streams.records import Refusal, Trade, Unpriced
from streams.reference.book import ReferenceBook
from streams.routing import RefusedError

DAY = date(2025, 3, 10)
ORE = Trade(
    id="R1",
    source="customs",
    event_date=DAY,
    origin="PT",
    destination="DE",
    product="tungsten|concentrate",
    quantity="100",
    unit="wmt",
    price="250",
    price_unit="mtu",
    price_of="WO3",
    currency="USD",
    incoterm="CIF",
    grade_pct="65",
    moisture_pct="8",
)
METAL = Trade(
    id="R2",
    source="customs",
    event_date=DAY,
    origin="CN",
    destination="GB",
    product="silicon|metal",
    quantity="10",
    unit="t",
    price="1000",
    currency="USD",
    incoterm="FOB",
)


def per_quantity(trade):
    """Return the units of price in one declared unit of quantity."""
    return Normaliser(ReferenceBook()).route(trade).value_per_price


def judged(trade):
    """Return why a trade is not priced, None where it is, and what is added to its price."""
    normaliser = Normaliser(ReferenceBook())
    route = normaliser.route(trade)
    pricing = normaliser.pricing(route.shape, DAY.toordinal())
    return pricing.unpriced, route.added, pricing


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({}, Fraction("59.8"), id="wet goods, price per mtu: 100 x 0.92 x 0.65"),
        pytest.param({"price_unit": "dmtu"}, Fraction("59.8"), id="wet goods, price per dmtu"),
        pytest.param({"price_unit": "kg"}, Fraction(598), id="wet goods, price per kg of content"),
        pytest.param({"moisture_pct": "0"}, Fraction(65), id="wet goods that are dry"),
        pytest.param({"unit": "dmt", "moisture_pct": None}, Fraction(65), id="dry goods, price per mtu"),
        pytest.param({"unit": "t", "moisture_pct": None}, Fraction(65), id="goods, not said wet"),
        pytest.param({"price_unit": "dmt", "price_of": None}, Fraction("0.92"), id="wet goods, price per dry tonne"),
        pytest.param(
            {"unit": "dmt", "price_unit": "wmt", "price_of": None}, 1 / Fraction("0.92"), id="dry goods, per wet tonne"
        ),
        pytest.param({"price_unit": "wmt", "price_of": None, "moisture_pct": None}, Fraction(1), id="wet by wet"),
        pytest.param({"unit": "mtu", "moisture_pct": None}, Fraction(1), id="content by content"),
    ],
)
def test_a_price_of_dry_goods_or_content_holds_for_the_dry_part_of_wet_goods(fields, expected):
    """Moisture is neither paid for nor assayed."""
    assert per_quantity(replace(ORE, **fields)) == expected


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="price per mtu"),
        pytest.param({"price_unit": "dmt", "price_of": None}, id="price per dry tonne"),
        pytest.param({"unit": "dmt", "price_unit": "wmt", "price_of": None}, id="dry goods, price per wet tonne"),
    ],
)
def test_wet_against_dry_without_the_moisture_is_refused(fields):
    """Nothing is taken for granted: the value cannot be told."""
    with pytest.raises(RefusedError, match="need moisture_pct, which is missing") as raised:
        per_quantity(replace(ORE, moisture_pct=None, **fields))
    assert raised.value.reason is Refusal.MISSING_FIELD


@pytest.mark.parametrize("incoterm", ["FOB", "FCA", "FAS"])
def test_freight_and_insurance_make_a_price_at_the_port_cif(incoterm):
    """CIF is FOB with both."""
    assert judged(replace(METAL, incoterm=incoterm, freight="80", insurance="5"))[:2] == (
        None,
        ("freight", "insurance"),
    )


@pytest.mark.parametrize("incoterm", ["CFR", "CPT"])
def test_insurance_makes_a_price_with_freight_cif(incoterm):
    """The declared freight is in that price already."""
    assert judged(replace(METAL, incoterm=incoterm, freight="80", insurance="5"))[:2] == (None, ("insurance",))


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"incoterm": "FOB", "freight": "80"}, id="FOB and freight"),
        pytest.param({"incoterm": "FCA", "freight": "80"}, id="FCA and freight"),
        pytest.param({"incoterm": "FAS", "freight": "80"}, id="FAS and freight"),
        pytest.param({"incoterm": "CFR"}, id="CFR"),
        pytest.param({"incoterm": "CPT", "freight": "80"}, id="CPT, its freight apart"),
    ],
)
def test_freight_without_insurance_is_not_cif(fields):
    """That is CFR; what is missing is named, and that none is said by a zero."""
    unpriced, _, pricing = judged(replace(METAL, **fields))
    assert unpriced is Unpriced.BASIS_UNKNOWN
    assert "lacks the insurance; declare it, 0 where" in pricing.notes[0]
    assert judged(replace(METAL, **fields | {"insurance": "0"}))[0] is None


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"freight": "80"}, id="freight"),
        pytest.param({"freight": "80", "insurance": "5"}, id="freight and insurance"),
    ],
)
def test_a_price_ex_works_is_not_cif_whatever_is_declared_beside_it(fields):
    """Carriage to the port and clearance for export are in no record."""
    unpriced, added, pricing = judged(replace(METAL, incoterm="EXW", **fields))
    assert (unpriced, added) == (Unpriced.BASIS_UNKNOWN, ())
    assert "carriage to the port" in pricing.notes[0]
