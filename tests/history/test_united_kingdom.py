"""The United Kingdom's imports of silicon and of tungsten, June 2024 to June 2026: one is dumped, one became scarce."""

from datetime import date

import pytest

from streams.reference.zones import Member, Zone
from streams.rules.supplier_concentration import SupplierConcentration
from streams.rules.surge import Surge
from streams.rules.surge_with_price_fall import SurgeWithPriceFall
from tests.history.customs_rows import SILICON, TUNGSTEN, united_kingdom
from tests.history.detection_table import firing, first_breach, is_documented, said_of, share_text
from tests.unit.rules.market_of import judged

ZONE = Zone(zone_id="zone", members=(Member(country="GB"),))


def said(shared_data, rule, products):
    """Return what a rule said of the imports of *products* into the United Kingdom, a member of a zone."""
    return said_of(judged(rule, united_kingdom(shared_data, products), entries=(ZONE,)), rule.name)


@pytest.mark.parametrize(
    ("rule", "first", "names", "beside"),
    [
        pytest.param(
            SurgeWithPriceFall(), date(2025, 9, 30), {"origin": "CN"},
            "unit value 1.786 USD/kg, a year before 2.264", id="surge_with_price_fall",
        ),
        pytest.param(
            Surge(), date(2026, 1, 31), {"origin": "CN"}, "in the largest month of all, 2026-01", id="surge",
        ),
        pytest.param(
            SupplierConcentration(), date(2026, 4, 30), {},
            "64 % of the twelve months", id="supplier_concentration",
        ),
    ],
)  # fmt: skip
def test_silicon_from_china_is_found(shared_data, rule, first, names, beside):
    """It grew cheaper, more of it came, and then most of all came from there."""
    found = said(shared_data, rule, SILICON)

    assert first_breach(found, product="silicon|metal", **names) == first
    assert is_documented(rule.name, "UK silicon 280469 from China", f"{first}", beside)
    assert is_documented(rule.name, "UK silicon 280469, all origins, to 2026-06", share_text(found))


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(Surge(), id="surge"),
        pytest.param(SurgeWithPriceFall(), id="surge_with_price_fall"),
        pytest.param(SupplierConcentration(), id="supplier_concentration"),
    ],
)
def test_tungsten_that_became_scarce_is_not(shared_data, rule):
    """Six times the price and lumpy, thin volumes: neither a surge nor a dependence."""
    found = said(shared_data, rule, TUNGSTEN)

    assert found
    assert 0 == firing(found)[0]
    assert is_documented(rule.name, "UK tungsten 810194, all origins, to 2026-06", share_text(found))
