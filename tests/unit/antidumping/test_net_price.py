"""Prices brought back to the factory gate."""

from fractions import Fraction

import pytest

from streams.antidumping.net_price import constructed_export_price, credit_cost, net_price


def test_deductions_come_before_conversion_and_additions_after():
    """Commerce's sample: EUR 100 less 12, at 1.5, plus USD 3 of export packing is USD 135."""
    deductions = map(Fraction, ("5", "2", "0.5", "1.25", "3.25"))

    assert net_price(100, deductions, rate=Fraction(3, 2), additions=[3]) == 135


def test_a_price_with_nothing_to_deduct_is_net():
    """No deduction, no conversion."""
    assert net_price(220) == 220


def test_deductions_may_leave_less_than_nothing():
    """The sign is kept, so that whoever compares sees that there is no price."""
    assert net_price(10, [4, 7]) == -1


@pytest.mark.parametrize(
    ("days", "cost"),
    [
        pytest.param(0, 0, id="cash"),
        pytest.param(73, 2, id="a fifth of a year"),
        pytest.param(365, 10, id="a year"),
        pytest.param(-73, -2, id="paid in advance"),
    ],
)
def test_credit_costs_interest_by_the_day(days, cost):
    """Price times rate times days by 365, exactly."""
    assert credit_cost(100, annual_pct=10, days=days) == cost


def test_a_related_importer_is_looked_through_to_the_first_resale():
    """Art. 2.3: the resale price less costs between importation and resale, and profit."""
    assert constructed_export_price(130, post_import_costs=[6, 4], profit=10) == 110
