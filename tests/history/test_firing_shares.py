"""How often the rules over volumes fire in real trade that no one chose for them: what a false alarm can be at most."""

import csv
import gzip
from pathlib import Path

import pytest

from streams.reference.catalogue import load_catalogue
from streams.reference.zones import Member, Zone
from streams.rules.massive_imports import MassiveImportsRule
from streams.rules.stockpile_flush import StockpileFlush
from streams.rules.supplier_concentration import SupplierConcentration
from streams.rules.surge import Surge
from streams.rules.surge_with_price_fall import SurgeWithPriceFall
from tests.history.customs_rows import UNITED_KINGDOM, china_graphite, united_kingdom
from tests.history.detection_table import is_documented, said_of, share_text
from tests.unit.rules.market_of import judged

ZONE = Zone(zone_id="zone", members=(Member(country="GB"),))


def products(shared: Path) -> dict[str, str]:
    """Return the products that a code of the United Kingdom's file is for alone."""
    with gzip.open(shared / "data" / UNITED_KINGDOM, "rt", newline="") as file:
        codes = sorted({row["hs6"] for row in csv.DictReader(file)})
    found = {code: load_catalogue().match_hs(code).product for code in codes}
    return {code: product.name for code, product in found.items() if product}


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(rule, id=rule.name)
        for rule in (Surge(), SurgeWithPriceFall(), MassiveImportsRule(), StockpileFlush(), SupplierConcentration())
    ],
)
def test_the_united_kingdom_s_imports_of_critical_materials(shared_data, rule):
    """Of 26 products, June 2024 to June 2026."""
    known = products(shared_data)
    engine = judged(rule, united_kingdom(shared_data, known), entries=(ZONE,))

    assert 26 == len(known)
    assert is_documented(rule.name, "UK, 26 products, all origins, to 2026-06", share_text(said_of(engine, rule.name)))


@pytest.mark.parametrize(
    "rule", [pytest.param(rule, id=rule.name) for rule in (Surge(), MassiveImportsRule(), StockpileFlush())]
)
def test_china_s_exports_of_graphite(shared_data, rule):
    """To 39 destinations, 2018 to 2024."""
    said = said_of(judged(rule, china_graphite(shared_data)), rule.name)

    assert is_documented(rule.name, "China's graphite, 39 destinations, 2019 to 2024", share_text(said))
