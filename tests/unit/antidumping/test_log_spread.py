"""How far two prices stand apart, as the logarithm of their ratio, in integers."""

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.antidumping.log_spread import added_up, log_millionths

ratios = st.fractions(min_value=Fraction(1, 10**6), max_value=10**6, max_denominator=10**6)


@pytest.mark.parametrize(
    ("ratio", "millionths"),
    [
        pytest.param("1", 0, id="equal"),
        pytest.param("2", 693147, id="twice"),
        pytest.param("1/2", -693147, id="half"),
        pytest.param("9", 2197225, id="gallium-nine-times"),
        pytest.param("2.3", 832909, id="germanium-130-per-cent-more"),
        pytest.param("1.000001", 1, id="a-millionth"),
    ],
)
def test_a_logarithm_is_that_of_the_tables(ratio, millionths):
    """Rounded to a millionth."""
    assert millionths == log_millionths(Fraction(ratio))


@given(ratios)
def test_a_logarithm_is_that_of_a_longer_computation(ratio):
    """Fifty digits agree with it to half a millionth."""
    with localcontext() as context:
        context.prec = 50
        exact = (Decimal(ratio.numerator) / Decimal(ratio.denominator)).ln() * 1_000_000

        assert abs(exact - log_millionths(ratio)) <= Decimal("0.500001")


@given(ratios)
def test_a_ratio_turned_over_has_the_opposite_spread(ratio):
    """Twice the price and half of it are alike far."""
    assert log_millionths(ratio) == -log_millionths(1 / ratio)


@pytest.mark.parametrize("ratio", [Fraction(0), Fraction(-1)])
def test_a_ratio_that_is_not_positive_is_refused(ratio):
    """There are no such prices."""
    with pytest.raises(ValueError, match="has to be positive"):
        log_millionths(ratio)


@pytest.mark.parametrize(
    ("spread", "reaches"),
    [
        pytest.param(29, False, id="just-under-three"),
        pytest.param(30, True, id="three"),
        pytest.param(31, True, id="just-over-three"),
        pytest.param(-30, True, id="three-below"),
    ],
)
def test_three_standard_deviations_are_three_exactly(spread, reaches):
    """Spreads of plus and minus ten: their standard deviation is ten."""
    assert reaches == added_up((10, -10, 10, -10)).z_reaches(spread, Fraction(3))


def test_spreads_that_never_moved_have_no_deviation():
    """Then any move is beyond every limit, and has no number."""
    still = added_up((5, 5, 5))

    assert still.z(6) is None
    assert still.z_reaches(6, Fraction(1000))


def test_of_no_spreads_there_is_nothing_to_say():
    """Neither an average nor a variance."""
    assert (Fraction(0), Fraction(0)) == (added_up(()).mean, added_up(()).variance)
