"""The legacy test: decided on squares, shown as a root, undefined without variance."""

from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest

from streams.antidumping.cohens_d import (
    LEGAL_STATUS,
    Effect,
    Spread,
    cohens_d,
    population_effect,
    root,
    spread,
    weighted_effect,
)
from streams.antidumping.price_groups import NOTHING, moments
from streams.antidumping.sales import Sale


def group(*sales):
    """Return the sums of sales given as price and quantity."""
    return moments(Sale(place, quantity, Fraction(price) * quantity) for place, (price, quantity) in enumerate(sales))


def effect(test, base):
    """Return the effect against the simple average of variances."""
    return cohens_d(spread(test), spread(base))


@pytest.mark.parametrize(
    ("difference", "passes"),
    [
        pytest.param("0.799999999999", False, id="just below"),
        pytest.param("0.8", True, id="exactly"),
        pytest.param("0.800000000001", True, id="just above"),
        pytest.param("-0.799999999999", False, id="just below, dearer"),
        pytest.param("-0.8", True, id="exactly, dearer"),
        pytest.param("-0.800000000001", True, id="just above, dearer"),
    ],
)
def test_a_group_passes_from_eight_tenths_in_either_direction(difference, passes):
    """Equal is enough."""
    assert Effect(Fraction(difference), Fraction(1)).passes() is passes


@pytest.mark.parametrize(
    ("offset", "passes"),
    [
        pytest.param(Fraction(-1, 10**15), True, id="variance just below"),
        pytest.param(0, True, id="variance exactly"),
        pytest.param(Fraction(1, 10**15), False, id="variance just above"),
    ],
)
def test_a_root_is_never_rounded_into_a_pass(offset, passes):
    """To six decimals d is 0.8 in all three: squares decide."""
    assert Effect(Fraction(4, 5), 1 + offset).passes() is passes


def test_quantities_weigh_in_means_and_variances():
    """Means 11.5 and 14, variances 0.75 and 1: the square of d is 50/7."""
    found = effect(group((10, 1), (12, 3)), group((13, 2), (15, 2)))

    assert (found.difference, found.pooled_variance) == (Fraction(5, 2), Fraction(7, 8))
    assert (found.d_squared, found.d) == (Fraction(50, 7), Fraction("2.672612"))


def test_tiny_deviations_make_a_large_effect_of_half_a_per_cent():
    """What Marmen (2025) objects to: 100.05 against 100.55 is ten deviations."""
    found = effect(group(("100.0", 1), ("100.1", 1)), group(("100.5", 1), ("100.6", 1)))

    assert (found.d, found.passes()) == (10, True)


@pytest.mark.parametrize(
    ("test", "base", "square", "shown", "passes"),
    [
        pytest.param("X", "YZ", Fraction(147, 200), "0.857", True, id="X"),
        pytest.param("Y", "XZ", None, "0.493", False, id="Y"),
        pytest.param("Z", "XY", None, "0.493", False, id="Z"),
    ],
)
def test_one_of_three_purchasers_passes(test, base, square, shown, passes):
    """X pays 86 to 106 for 450, Y and Z pay 93 to 113 for 300 each."""
    sales = {
        "X": [(86, 150), (96, 150), (106, 150)],
        "Y": [(93, 100), (103, 100), (113, 100)],
        "Z": [(93, 100), (103, 100), (113, 100)],
    }
    found = effect(group(*sales[test]), group(*(each for name in base for each in sales[name])))

    assert (round(abs(found.d), 3), found.passes()) == (Fraction(shown), passes)
    assert square is None or found.d_squared == square


@pytest.mark.parametrize(
    ("price", "passes"),
    [
        pytest.param("9.99", True, id="just below"),
        pytest.param("10", False, id="the same"),
        pytest.param("10.01", True, id="just above"),
    ],
)
def test_without_variance_any_difference_passes_and_there_is_no_d(price, passes):
    """Nothing is divided by zero, and what is undefined is None."""
    found = effect(group((10, 5), (10, 7)), group((price, 4), (price, 4)))

    assert (found.pooled_variance, found.d_squared, found.d) == (0, None, None)
    assert found.passes() is passes


def test_three_ways_of_pooling_give_three_effects():
    """The simple average, the average by quantity, and the variance of all sales together."""
    test, base = group((10, 1), (14, 1)), group((15, 9), (17, 9))
    found = [effect(test, base), weighted_effect(test, base), population_effect(test, base)]

    assert [each.pooled_variance for each in found] == [Fraction(5, 2), Fraction(13, 10), Fraction(137, 50)]
    assert [each.d for each in found] == [Fraction("2.529822"), Fraction("3.508232"), Fraction("2.416488")]


@pytest.mark.parametrize("pooled", [weighted_effect, population_effect])
def test_a_side_without_sales_has_no_effect(pooled):
    """Undefined is None."""
    some = group((10, 1), (14, 1))

    assert (pooled(some, NOTHING), pooled(NOTHING, some), spread(NOTHING)) == (None, None, None)


def test_the_sign_says_who_is_cheaper():
    """Positive where the group pays less than the others."""
    cheap, dear = Spread(Fraction(1), Fraction(1)), Spread(Fraction(2), Fraction(1))

    assert (cohens_d(cheap, dear).d, cohens_d(dear, cheap).d) == (1, -1)


@pytest.mark.parametrize(
    "square", ["0", "0.64", "4/9", "2", "1/3", "50/7", "200/61", "1/4000000000000", "123456789123"]
)
def test_a_root_is_right_in_every_decimal(square):
    """Exact where it is rational, else as decimal arithmetic of fifty digits rounds it."""
    value = Fraction(square)
    found = root(value)
    with localcontext(prec=50):
        expected = (Decimal(value.numerator) / value.denominator).sqrt().quantize(Decimal("1e-6"), ROUND_HALF_UP)

    assert found * found == value or found == Fraction(expected)


@pytest.mark.parametrize(
    ("offset", "shown"),
    [
        pytest.param(Fraction(-1, 10**15), 0, id="just below the half"),
        pytest.param(Fraction(1, 10**15), 1, id="just above the half"),
    ],
)
def test_a_root_is_rounded_where_it_is_a_half(offset, shown):
    """The half lies at the square of a half, a quarter; exactly there the root is rational and not rounded."""
    assert root(Fraction(1, 4) + offset, places=0) == shown
    assert root(Fraction(1, 4), places=0) == Fraction(1, 2)


def test_the_test_says_that_it_is_legacy():
    """Whoever shows a finding shows what the courts said of the test."""
    assert LEGAL_STATUS.startswith("legacy")
    assert "Marmen" in LEGAL_STATUS
    assert "Stupp" in LEGAL_STATUS
