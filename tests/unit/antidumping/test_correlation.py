"""Whether two series move together, and how far recent months stand above those before."""

from fractions import Fraction

import pytest

from streams.antidumping.correlation import correlation
from streams.antidumping.z_score import level, root


@pytest.mark.parametrize(
    ("x", "y", "squared"),
    [
        pytest.param([1, 2, 3], [2, 4, 6], 1, id="together"),
        pytest.param([1, 2, 3], [6, 4, 2], 1, id="against-each-other"),
        pytest.param([1, 2, 3], [5, 5, 5], None, id="one-does-not-move"),
        pytest.param([1, 2, 3, 4], [1, 3, 2, 4], Fraction(16, 25), id="nearly"),
    ],
)
def test_the_square_of_r_is_exact(x, y, squared):
    """A fraction, and none where there is nothing to correlate."""
    assert squared == correlation(x, y).r_squared


@pytest.mark.parametrize(
    ("r", "reached"),
    [
        pytest.param(Fraction(79, 100), True, id="below"),
        pytest.param(Fraction(4, 5), True, id="at"),
        pytest.param(Fraction(81, 100), False, id="above"),
    ],
)
def test_a_limit_is_reached_when_met(r, reached):
    """Four fifths here, by its square."""
    assert reached is correlation([1, 2, 3, 4], [1, 3, 2, 4]).reaches(r)


def test_series_that_move_against_each_other_reach_nothing():
    """Their square is high, their covariance is below zero."""
    assert not correlation([1, 2, 3], [3, 2, 1]).reaches(Fraction(1, 10))


@pytest.mark.parametrize(
    ("recent", "rises", "exceeds"),
    [
        pytest.param(Fraction("139.999"), False, False, id="below"),
        pytest.param(140, True, False, id="at"),
        pytest.param(Fraction("140.001"), True, True, id="above"),
    ],
)
def test_z_is_told_by_its_square(recent, rises, exceeds):
    """A deviation of 20 about 100: one month at 140 has a z of two."""
    usual = level([80, 120] * 6)

    assert (100, 400) == (usual.mean, usual.variance)
    assert (rises, exceeds) == (usual.rises(recent, 1, z=Fraction(2)), usual.exceeds(recent, 1, z=Fraction(2)))


def test_more_months_make_the_same_rise_stand_out_more():
    """Four of them double it."""
    assert 4 * level([80, 120]).z_squared(120, 1) == level([80, 120]).z_squared(120, 4)


def test_any_rise_above_months_that_are_all_alike_stands_out():
    """And no fall does."""
    usual = level([100] * 12)

    assert usual.z_squared(101, 1) is None
    assert usual.exceeds(101, 1, z=Fraction(9))
    assert not usual.rises(99, 1, z=Fraction(0))


@pytest.mark.parametrize(
    ("most", "lumpy"),
    [
        pytest.param(Fraction(19, 100), True, id="below"),
        pytest.param(Fraction(1, 5), False, id="at"),
        pytest.param(Fraction(21, 100), False, id="above"),
    ],
)
def test_a_series_is_lumpy_beyond_a_part_of_its_mean(most, lumpy):
    """A deviation of 20 about 100 is a fifth."""
    assert lumpy is level([80, 120]).is_lumpy(most)


def test_a_root_is_shown_at_six_decimals():
    """Cut off, for showing only."""
    assert (Fraction("1.414213"), Fraction(3)) == (root(Fraction(2)), root(Fraction(9)))
