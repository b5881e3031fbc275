"""Prices that stand out from those of like goods."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.antidumping.price_filter import (
    Bounds,
    PriceClass,
    RobustScore,
    bounds,
    cleaned_average,
    lowest_acceptable_price,
    price_quartiles,
    robust_score,
)
from streams.antidumping.sales import Sales

PRICES = [*map(Fraction, ("52", "53", "53.5", "54", "54", "54.5", "55", "55.5", "56", "21"))]
"""Nine alike and one far below."""


def test_the_outlier_falls_below_every_bound():
    """Q1 53.125, Q3 54.875, fence 50.5, MAD 1, robust z -22.3, lowest acceptable price 27: 21 fires all three."""
    quartiles, score = price_quartiles(PRICES), robust_score(PRICES)
    normal = bounds(quartiles)

    assert (quartiles.first, quartiles.third, normal.lower) == (
        Fraction("53.125"),
        Fraction("54.875"),
        Fraction("50.5"),
    )
    assert (score.mad, round(score.z(21), 1)) == (1, Fraction("-22.3"))
    assert normal.classify(21) is PriceClass.UNDER
    assert score.below(21)
    assert lowest_acceptable_price(quartiles.median) == 27


@pytest.mark.parametrize(
    ("price", "found"),
    [
        pytest.param("50.49", PriceClass.UNDER, id="under the lower fence"),
        pytest.param("50.5", PriceClass.NORMAL, id="at the lower fence"),
        pytest.param("50.51", PriceClass.NORMAL, id="over the lower fence"),
        pytest.param("57.49", PriceClass.NORMAL, id="under the upper fence"),
        pytest.param("57.5", PriceClass.NORMAL, id="at the upper fence"),
        pytest.param("57.51", PriceClass.OVER, id="over the upper fence"),
    ],
)
def test_a_price_at_a_fence_is_normal(price, found):
    """Only what lies beyond stands out."""
    assert bounds(price_quartiles(PRICES)).classify(Fraction(price)) is found


@pytest.mark.parametrize(
    ("prices", "quartiles"),
    [
        pytest.param([7], (7, 7, 7), id="one price"),
        pytest.param([1, 2], (Fraction(5, 4), Fraction(3, 2), Fraction(7, 4)), id="two"),
        pytest.param([8, 20, 12, 10], (Fraction("9.5"), 11, 14), id="between prices, in any order"),
        pytest.param([10, 12, 14, 16, 18], (12, 14, 16), id="on prices"),
    ],
)
def test_quartiles_are_interpolated(prices, quartiles):
    """Linear, inclusive: type 7."""
    assert price_quartiles(prices) == quartiles


def test_without_prices_there_are_no_quartiles():
    """Undefined, never 0."""
    assert (price_quartiles([]), robust_score([]), cleaned_average([])) == (None, None, None)


@pytest.mark.parametrize(
    ("price", "amount"),
    [
        pytest.param(11, 100, id="under"),
        pytest.param(12, 0, id="at the lower bound"),
        pytest.param(16, 0, id="at the upper bound"),
        pytest.param(20, 400, id="over"),
    ],
)
def test_the_amount_is_what_lies_beyond_the_nearer_bound(price, amount):
    """For 100 units."""
    assert Bounds(Fraction(12), Fraction(16)).amount(price, 100) == amount


@pytest.mark.parametrize(
    ("sigmas", "below"),
    [
        pytest.param("3.49", False, id="under"),
        pytest.param("3.5", False, id="at the limit"),
        pytest.param("3.51", True, id="over"),
    ],
)
def test_a_robust_z_at_its_limit_is_not_beyond(sigmas, below):
    """Compared exactly, on both sides of the median."""
    away = Fraction(sigmas) / Fraction("0.6745")
    score = RobustScore(Fraction(54), Fraction(1))

    assert score.below(54 - away) is below
    assert score.above(54 + away) is below


def test_where_most_prices_are_the_same_there_is_no_robust_z():
    """A distance is measured in nothing: undefined, and neither below nor above."""
    score = robust_score([5, 5, 5, 5, 90])

    assert (score.z(90), score.above(90), score.below(1)) == (None, False, False)


@given(st.lists(st.integers(-50, 50) | st.fractions(-50, 50), min_size=1, max_size=30))
def test_the_median_distance_is_the_median_of_all_distances(prices):
    """It is searched for among prices in order; the definition adds them all up."""
    score = robust_score(prices)
    median = price_quartiles(prices).median

    assert score == RobustScore(median, price_quartiles([abs(price - median) for price in prices]).median)


def test_the_cleaned_average_leaves_out_what_stands_out():
    """Nine prices of one kilogram each average 54.17; the tenth, at 21, is not in."""
    found = cleaned_average([Sales(1, price) for price in PRICES])

    assert found == Fraction(sum(PRICES) - 21, 9)
    assert lowest_acceptable_price(found) == found / 2


def test_the_cleaned_average_is_weighted_by_quantity():
    """Three units at 10 and one at 12; a sale without a quantity has no price."""
    assert cleaned_average([Sales(3, 30), Sales(1, 12), Sales(0, 99)]) == Fraction(21, 2)
