"""Runs, slopes and trends of a series."""

from fractions import Fraction

import pytest

from streams.antidumping.ramp import Direction, find_ramp, least_squares_slope, longest_run
from streams.antidumping.trend import Z_5_PCT, Z_10_PCT, MannKendall, mann_kendall, theil_sen_sign

UP, DOWN = Direction.UP, Direction.DOWN


@pytest.mark.parametrize(
    ("last", "ramp"),
    [
        pytest.param(119, False, id="19 %"),
        pytest.param(120, True, id="20 %"),
        pytest.param(121, True, id="21 %"),
    ],
)
def test_a_ramp_begins_at_its_cumulative_change(last, ramp):
    """The limit itself is enough."""
    assert find_ramp([100, 105, 110, last], UP, steps_min=3, cumulative_pct_min=20).ramp is ramp


@pytest.mark.parametrize(
    ("steps", "ramp"),
    [pytest.param(2, True, id="fewer"), pytest.param(3, True, id="equal"), pytest.param(4, False, id="more")],
)
def test_a_ramp_has_its_least_steps(steps, ramp):
    """Three steps are enough for two or three."""
    assert find_ramp([100, 105, 110, 120], UP, steps_min=steps, cumulative_pct_min=20).ramp is ramp


@pytest.mark.parametrize(
    ("series", "direction", "run"),
    [
        pytest.param([1, 2, 1, 2], UP, (0, 1), id="the earliest of equals"),
        pytest.param([1, 2, 2, 3, 4], UP, (2, 2), id="a level step breaks it"),
        pytest.param([5, 4, 3, 4, 1], DOWN, (0, 2), id="downwards"),
        pytest.param([3, 2, 1], UP, (0, 0), id="none"),
        pytest.param([7], UP, (0, 0), id="one period"),
        pytest.param([], UP, (0, 0), id="nothing"),
    ],
)
def test_the_longest_run_is_strictly_monotone(series, direction, run):
    """Where it begins and how many steps it has."""
    assert longest_run(series, direction) == run


def test_a_fall_is_told_with_its_sign():
    """From 100 to 80 is -20 %, its steepest step -12 %."""
    found = find_ramp([100, 88, 80], DOWN, steps_min=2, cumulative_pct_min=20)

    assert (found.cumulative_pct, found.steepest_pct, found.slope, found.ramp) == (-20, -12, -10, True)


@pytest.mark.parametrize(
    "series", [pytest.param([], id="empty"), pytest.param([5], id="one"), pytest.param([5, 4], id="down")]
)
def test_without_a_step_there_is_no_change(series):
    """Undefined, never 0, and no ramp even where nothing is asked for."""
    found = find_ramp(series, UP, steps_min=0, cumulative_pct_min=0)

    assert (found.cumulative_pct, found.steepest_pct, found.ramp) == (None, None, False)


def test_a_run_out_of_nothing_has_no_percentage():
    """From 0 on there is no base."""
    assert find_ramp([0, 5], UP, steps_min=1, cumulative_pct_min=0)[:3] == (1, 0, None)


@pytest.mark.parametrize(
    ("series", "slope"),
    [
        pytest.param([3], None, id="one period"),
        pytest.param([3, 5], 2, id="two"),
        pytest.param([4, 4, 4], 0, id="level"),
        pytest.param([100, 108, 107, 115, 125], Fraction(57, 10), id="five"),
        pytest.param([Fraction(1, 3), Fraction(2, 3), 1, Fraction(4, 3)], Fraction(1, 3), id="fractions"),
    ],
)
def test_the_slope_is_that_of_least_squares(series, slope):
    """Exactly, for an even as for an odd number of periods."""
    assert least_squares_slope(series) == slope


@pytest.mark.parametrize(
    ("series", "sign"),
    [
        pytest.param([], None, id="nothing"),
        pytest.param([1], None, id="one period"),
        pytest.param([1, 2, 3, 4, 100], 1, id="rising"),
        pytest.param([9, 8, 7, 50, 5, 4, 3], -1, id="falling but for one"),
        pytest.param([5, 5, 5], 0, id="level"),
        pytest.param([0, 1, 1, 1], 1, id="between level and rising"),
    ],
)
def test_the_sign_of_the_median_slope(series, sign):
    """One period out of line does not turn it."""
    assert theil_sen_sign(series) == sign


@pytest.mark.parametrize(
    ("series", "sign"),
    [
        pytest.param([3, 1, 4, 2], 1, id="the rise is steeper"),
        pytest.param([-3, -1, -4, -2], -1, id="the fall is steeper"),
        pytest.param([0, 5, 4, 3], 0, id="equally steep"),
    ],
)
def test_between_a_fall_and_a_rise_the_steeper_decides(series, sign):
    """An even number of pairs, the middle two of opposite signs."""
    assert theil_sen_sign(series) == sign


def test_mann_kendall_counts_rises_less_falls():
    """Five rising periods: ten pairs, and a variance of 5 * 4 * 15 / 18."""
    assert mann_kendall([1, 2, 3, 4, 5]) == (10, Fraction(50, 3))


def test_ties_take_from_the_variance():
    """Three of five alike: less 3 * 2 * 11 / 18."""
    assert mann_kendall([1, 1, 1, 4, 5]) == (7, Fraction(50, 3) - Fraction(11, 3))


def test_a_level_series_has_no_trend():
    """No variance, no z."""
    found = mann_kendall([4, 4, 4, 4])

    assert (found.s, found.z_squared, found.rises(), found.falls()) == (0, None, False, False)


def test_a_trend_is_told_by_squares():
    """S = 10 of five periods: z = 9 / sqrt(50/3) = 2.20, beyond 1.96."""
    rising = mann_kendall([1, 2, 3, 4, 5])

    assert rising.z_squared == Fraction(243, 50)
    assert (rising.rises(Z_5_PCT), rising.falls(Z_5_PCT)) == (True, False)
    assert mann_kendall([5, 4, 3, 2, 1]).falls(Z_5_PCT)


@pytest.mark.parametrize(
    ("z", "rises"),
    [
        pytest.param(Fraction(179, 100), True, id="z above the limit"),
        pytest.param(Fraction(9, 5), False, id="z at the limit"),
        pytest.param(Fraction(181, 100), False, id="z below the limit"),
    ],
)
def test_at_its_limit_a_trend_is_none_yet(z, rises):
    """S = 10 with a variance of 25 would be a z of exactly 9 / 5."""
    found = MannKendall(10, Fraction(25))

    assert found.rises(z) is rises


def test_noise_is_no_trend():
    """As many rises as falls."""
    found = mann_kendall([1, 5, 2, 4, 3, 1, 5])

    assert (found.rises(Z_10_PCT), found.falls(Z_10_PCT)) == (False, False)
