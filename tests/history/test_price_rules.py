"""Rules on prices over the United Kingdom's imports, June 2024 to June 2026: what is found, and what is left alone."""

from datetime import date

import pytest

from streams.feeds.period_totals import product_of
from streams.reference.schedule_file import load_shipped
from streams.rules.below_cost import BelowCost
from streams.rules.dumping_margin import DumpingMargin
from streams.rules.dumping_margin_early import DumpingMarginEarly
from streams.rules.floor_breach import FloorBreach
from streams.rules.over_invoicing import OverInvoicing
from streams.rules.predatory_ramp import PredatoryRamp
from streams.rules.price_suppression import PriceSuppression
from streams.rules.sustained_breach import SustainedBreach
from streams.rules.targeted_dumping import TargetedDumping
from streams.rules.under_invoicing import UnderInvoicing
from streams.rules.undercutting import Undercutting
from streams.rules.underselling import Underselling
from tests.history.customs_rows import SILICON, TUNGSTEN, united_kingdom
from tests.history.detection_table import firing, first_breach, is_documented, said_of, share_text
from tests.outcomes import standing
from tests.unit.rules.market_of import judged

CODES = (
    "250490", "251010", "251110", "252800", "252910", "252922", "260200", "260600", "270112", "280429",
    "280469", "280470", "280480", "282200", "283691", "283692", "711011", "711021", "720292", "720293", "740311",
    "750210", "810194", "810320", "810411", "810820", "811010", "811212", "811231", "811292", "850511",
)  # fmt: skip
EVERYTHING = {code: product for code in CODES if (product := product_of(code, "CN2025"))}
"""The codes that tell a product by themselves."""

RULES = (
    Undercutting(),
    Underselling(),
    DumpingMargin(),
    DumpingMarginEarly(),
    TargetedDumping(),
    BelowCost(),
    PriceSuppression(),
    PredatoryRamp(),
    UnderInvoicing(),
    OverInvoicing(),
)


def test_silicon_from_china_undercuts(shared_data):
    """From 2.37 to 1.52 USD/kg while its share grew from 16 to 92 per cent, the other origins at 2.6 to 2.9."""
    rule = Undercutting()
    found = said_of(judged(rule, united_kingdom(shared_data, SILICON)), rule.name)
    first = first_breach(found, product="silicon|metal", origin="CN")
    beside = "29 % below the other origins (proxy), 47 % at the widest"

    assert date(2025, 3, 31) == first
    assert is_documented(rule.name, "UK silicon 280469 from China", f"{first}", beside)
    assert is_documented(rule.name, "UK silicon 280469, all origins, to 2026-06", share_text(found))


def test_undercutting_by_silicon_is_called_a_proxy(shared_data):
    """No domestic price is known: the summary and the method say what stands in for it."""
    rule = Undercutting()
    (alert,) = [each for each in standing(judged(rule, united_kingdom(shared_data, SILICON))) if each.origin == "CN"]

    assert "a proxy for the domestic price, which is not known" in alert.summary
    assert alert.evidence["method"].startswith("proxy")
    assert "46.5" == alert.evidence["undercutting_pct"][:4]


@pytest.mark.parametrize(
    "rule", [pytest.param(rule, id=rule.name) for rule in (*RULES, FloorBreach(), SustainedBreach())]
)
def test_tungsten_that_became_scarce_is_not(shared_data, rule):
    """From 45 to 274 USD/kg: who rises less than others has cut nothing."""
    entries = load_shipped("forge-illustrative")

    assert [] == standing(judged(rule, united_kingdom(shared_data, TUNGSTEN), entries=entries))


@pytest.mark.parametrize(
    "rule",
    [pytest.param(rule, id=rule.name) for rule in (Undercutting(), PredatoryRamp(), UnderInvoicing(), OverInvoicing())],
)
def test_most_of_what_is_traded_is_left_alone(shared_data, rule):
    """All materials whose code tells the product; monthly statistics are too few unit values for the price filter."""
    found = said_of(judged(rule, united_kingdom(shared_data, EVERYTHING)), rule.name)
    fired, of = firing(found)

    assert 26 == len(EVERYTHING)
    assert 100 * fired <= 2 * of
    assert is_documented(
        rule.name, "UK, 26 materials, all origins, to 2026-06", share_text(found) if of else "none judged"
    )
