"""Suppression and depression of domestic prices."""

from fractions import Fraction

import pytest

from streams.antidumping.price_effects import DomesticPeriod, price_effects

BEFORE = DomesticPeriod(price=100, cost=80)


@pytest.mark.parametrize(
    ("price", "cost", "depressed", "suppressed"),
    [
        pytest.param(100, 80, False, False, id="nothing moves"),
        pytest.param(110, 88, False, False, id="price keeps up with cost"),
        pytest.param(Fraction("109.99"), 88, False, True, id="price falls just short of its cost"),
        pytest.param(Fraction("110.01"), 88, False, False, id="price just outruns its cost"),
        pytest.param(90, 72, True, False, id="price falls with its cost"),
        pytest.param(90, 80, True, True, id="price falls alone"),
        pytest.param(100, 60, False, False, id="cost falls alone"),
    ],
)
def test_depression_is_a_falling_price_and_suppression_one_behind_its_cost(price, cost, depressed, suppressed):
    """Each may be there without the other (art. 3.2)."""
    found = price_effects(BEFORE, DomesticPeriod(price, cost))

    assert (found.depressed, found.suppressed) == (depressed, suppressed)


def test_a_squeeze_is_told_in_points_and_as_a_ratio():
    """Cost +10 %, price +5 %: 5 points; cost over price from 80 % to 88/105."""
    found = price_effects(BEFORE, DomesticPeriod(105, 88))

    assert (found.squeeze_pp, found.cost_ratio_rise_pp) == (5, Fraction(8800, 105) - 80)


@pytest.mark.parametrize(
    "before",
    [pytest.param(DomesticPeriod(0, 80), id="no price"), pytest.param(DomesticPeriod(100, 0), id="no cost")],
)
def test_without_a_base_there_is_no_squeeze(before):
    """Undefined, never 0."""
    found = price_effects(before, DomesticPeriod(105, 88))

    assert (found.squeeze_pp, found.suppressed) == (None, None)


def test_without_a_base_price_nothing_is_said_of_depression():
    """A price that fell from nothing did not fall."""
    assert price_effects(DomesticPeriod(0, 80), BEFORE).depressed is None
