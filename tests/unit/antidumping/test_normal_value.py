"""Normal value by method, and the VAT in a quote."""

from fractions import Fraction

import pytest

from streams.antidumping.constructed_value import Factor, Rates, constructed_value, factor_costs
from streams.antidumping.normal_value import (
    Confidence,
    NoNormalValue,
    NormalValueMethod,
    constructed,
    factors_of_production,
    home_market,
    preferred,
    price_proxy,
    third_country,
)
from streams.antidumping.profit import ProfitBase
from streams.antidumping.sales import Sales
from streams.antidumping.vat_rebate import CHINA_VAT_PCT, comparable_price
from streams.exact import decimal_text
from streams.reference.units import convert_price

RATES = Rates(20, 10, 10)
HOME = Sales(quantity=50, value=5_000)


@pytest.mark.parametrize(
    ("exported", "price", "reason"),
    [
        pytest.param(1_001, None, NoNormalValue.NOT_VIABLE, id="under 5 % of exports"),
        pytest.param(1_000, 100, None, id="5 %"),
        pytest.param(999, 100, None, id="over 5 %"),
        pytest.param(0, 100, None, id="nothing exported"),
    ],
)
def test_a_home_market_is_viable_from_5_pct_of_the_exports_on(exported, price, reason):
    """Footnote 2 to art. 2.2; a smaller market gives no representative price."""
    found = home_market(HOME, exported=exported)

    assert (found.price, found.reason, found.usable) == (price, reason, price is not None)


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(home_market(Sales(0, 0), exported=0), id="no home sale"),
        pytest.param(home_market(Sales(10, -1), exported=10), id="negative after adjustments"),
        pytest.param(third_country(Sales(10, 0)), id="zero"),
        pytest.param(constructed(constructed_value([10], RATES, by_products=100)), id="by-products worth more"),
        pytest.param(factors_of_production(constructed_value([], RATES)), id="no factor"),
        pytest.param(price_proxy(None), id="no quote"),
        pytest.param(price_proxy(0), id="quote of zero"),
    ],
)
def test_a_value_that_is_missing_or_not_positive_is_no_normal_value(found):
    """No margin follows from it: it says why, and is never 0."""
    assert (found.price, found.reason, found.confidence) == (None, NoNormalValue.INVALID, Confidence.NONE)


def test_every_method_is_tagged_and_says_how_far_it_is_to_be_trusted():
    """A quote is trusted less than sales in the home market."""
    built = constructed_value([750], RATES)
    found = [home_market(HOME, exported=10), third_country(HOME), constructed(built), factors_of_production(built)]
    found.append(price_proxy(100))

    assert [each.method for each in found] == list(NormalValueMethod)
    assert [each.confidence for each in found] == sorted((each.confidence for each in found), reverse=True)
    assert all(each.usable for each in found)


def test_the_first_usable_method_is_preferred_whatever_order_they_come_in():
    """A home market that is too small gives way to a constructed value, which goes before a quote."""
    small = home_market(HOME, exported=10_000)
    built = constructed(constructed_value([750], RATES))

    assert preferred([price_proxy(100), built, small]) is built
    assert preferred([small]) is None


def test_factors_at_surrogate_prices_are_built_up_like_costs():
    """Quantity times surrogate price, then overhead, general expenses and profit."""
    factors = [Factor(2, 300), Factor(Fraction(1, 2), 300)]
    built = constructed_value(factor_costs(factors), RATES, packing=11)

    assert factors_of_production(built).price == 1_100


@pytest.mark.parametrize(
    ("rebate_pct", "comparable"),
    [
        pytest.param(13, 100, id="full rebate: the tax is stripped off"),
        pytest.param(9, 104, id="in part: what is kept back stays a cost"),
        pytest.param(0, 113, id="none: the quote stands"),
    ],
)
def test_vat_that_is_not_refunded_on_export_stays_in_the_normal_value(rebate_pct, comparable):
    """113 with 13 % of VAT is 100 without."""
    assert price_proxy(113, vat_pct=CHINA_VAT_PCT, rebate_pct=rebate_pct).price == comparable


@pytest.mark.parametrize("rebate_pct", [pytest.param(-1, id="negative"), pytest.param(14, id="above the tax")])
def test_a_rebate_beyond_the_tax_is_refused(rebate_pct):
    """More than the tax would be a subsidy, not a refund."""
    with pytest.raises(ValueError, match=f"between 0 and the VAT of 13 %, was {rebate_pct} %"):
        comparable_price(100, vat_pct=13, rebate_pct=rebate_pct)


def test_the_published_pair_of_cobalt_quotes_is_met():
    """240,000 CNY/t with VAT at 7.0924 CNY/USD was printed as 13.58 USD/lb without (Fastmarkets, May 2020)."""
    usd_t = comparable_price(240_000, vat_pct=13, rebate_pct=13) / Fraction("7.0924")

    assert "13.583" == decimal_text(convert_price(usd_t, unit="t", to="lb"), 3)


def test_stripping_vat_without_a_rebate_would_understate_the_normal_value():
    """NdPr oxide at 384,800 CNY/t is 53.09 USD/kg as quoted, beside 51 to 53 FOB; stripped it would be 46.98."""
    usd = Fraction("53.09")

    assert comparable_price(usd, vat_pct=13, rebate_pct=0) == usd
    assert "46.98" == decimal_text(comparable_price(usd, vat_pct=13, rebate_pct=13), 2)


@pytest.mark.parametrize(
    ("base", "gain"),
    [pytest.param(ProfitBase.COST, 54, id="on cost"), pytest.param(ProfitBase.TURNOVER, 60, id="on turnover")],
)
def test_profit_on_cost_is_less_than_on_turnover(base, gain):
    """10 % on 540 is 54; 10 % of the turnover of 600 is 60."""
    built = constructed_value([300, 60, 40], Rates(25, 8, 10, base))

    assert (built.total_cost_of_manufacture, built.sga, built.profit, built.value) == (500, 40, gain, 540 + gain)


@pytest.mark.parametrize("profit_pct", [100, 101])
def test_a_profit_of_all_turnover_is_refused(profit_pct):
    """No price could pay it."""
    with pytest.raises(ValueError, match=f"below 100 %, was {profit_pct} %"):
        constructed_value([1], Rates(0, 0, profit_pct, ProfitBase.TURNOVER))
