"""Massive imports, surges and shifts between origins."""

from fractions import Fraction

import pytest

from streams.antidumping.massive_imports import MassiveReason, massive_imports, seasonal_ratio
from streams.antidumping.shares import herfindahl, origin_shift, shares_pct, top_share
from streams.antidumping.surge import judge_surge, surges

BASE = (300, 400, 300)


@pytest.mark.parametrize(
    ("last", "massive", "reason"),
    [
        pytest.param(349, False, MassiveReason.BELOW_THRESHOLD, id="14.9 %"),
        pytest.param(350, True, MassiveReason.THRESHOLD_MET, id="15 %"),
        pytest.param(351, True, MassiveReason.THRESHOLD_MET, id="15.1 %"),
    ],
)
def test_an_increase_of_exactly_15_pct_is_massive(last, massive, reason):
    """At least 15 percent (19 CFR 351.206(h)): 1,000 to 1,150."""
    found = massive_imports(BASE, (400, 400, last))

    assert (found.massive, found.reason) == (massive, reason)


@pytest.mark.parametrize(
    ("months", "reason"),
    [
        pytest.param(2, MassiveReason.PERIOD_TOO_SHORT, id="2 months"),
        pytest.param(3, MassiveReason.THRESHOLD_MET, id="3 months"),
        pytest.param(4, MassiveReason.THRESHOLD_MET, id="4 months"),
    ],
)
def test_a_period_of_less_than_three_months_allows_no_finding(months, reason):
    """None is not the same as not massive."""
    found = massive_imports([100] * months, [300] * months)

    assert found.reason is reason
    assert (found.massive is None) is (reason is MassiveReason.PERIOD_TOO_SHORT)


@pytest.mark.parametrize("months", [2, 3, 5])
def test_periods_of_unequal_length_are_not_comparable(months):
    """That is told first, however short they are."""
    found = massive_imports([100] * months, [300] * (months + 1))

    assert (found.massive, found.reason) == (None, MassiveReason.NOT_COMPARABLE)


@pytest.mark.parametrize(
    ("since", "massive", "reason"),
    [
        pytest.param(0, False, MassiveReason.BELOW_THRESHOLD, id="still nothing"),
        pytest.param(1, True, MassiveReason.ZERO_BASE, id="anything"),
    ],
)
def test_imports_out_of_nothing_have_no_percentage(since, massive, reason):
    """Nothing to nothing is not massive; anything out of nothing is, and says so."""
    found = massive_imports([0, 0, 0], [0, 0, since])

    assert (found.increase_pct, found.massive, found.reason) == (None, massive, reason)


def test_a_season_that_comes_every_year_is_not_massive():
    """The months came to 1.4 times the ones before a year ago as well."""
    season = seasonal_ratio(500, 700)

    assert massive_imports(BASE, (450, 500, 450), season=season).increase_pct == 0
    assert massive_imports(BASE, (450, 500, 450)).massive


def test_a_season_without_last_year_is_not_comparable():
    """A ratio to nothing is no ratio."""
    found = massive_imports(BASE, BASE, season=seasonal_ratio(0, 700))

    assert (found.massive, found.reason) == (None, MassiveReason.NOT_COMPARABLE)


@pytest.mark.parametrize(
    ("quantity", "surge"),
    [
        pytest.param(11_499, False, id="14.99 %"),
        pytest.param(11_500, True, id="15 %"),
        pytest.param(11_501, True, id="15.01 %"),
    ],
)
def test_a_surge_begins_at_its_threshold(quantity, surge):
    """Against the mean of the periods before."""
    assert judge_surge(30_000, quantity, periods=3).surge is surge


@pytest.mark.parametrize(
    ("least", "surge"),
    [pytest.param(19, True, id="less"), pytest.param(20, True, id="equal"), pytest.param(21, False, id="more")],
)
def test_a_trifle_that_doubles_is_held_back(least, surge):
    """The least quantity itself is enough."""
    assert judge_surge(30, 20, periods=3, quantity_min=least).surge is surge


def test_a_new_entry_is_a_surge_without_a_percentage():
    """A baseline of nothing has none; the next period has one again."""
    found = dict(surges([0, 0, 0, 5, 4], periods=3))

    assert [(3, None, True), (4, 140, True)] == [
        (place, each.increase_pct, each.surge) for place, each in found.items()
    ]


def test_nothing_after_nothing_is_no_surge():
    """An origin that never came in."""
    assert not judge_surge(0, 0, periods=3).surge


def test_a_series_too_short_for_its_baseline_is_not_tested():
    """As many periods as the baseline has and no more."""
    assert [] == list(surges([1, 2, 3], periods=3))


@pytest.mark.parametrize(
    ("china", "vietnam", "flag"),
    [
        pytest.param(701, 199, False, id="9.9 points"),
        pytest.param(700, 200, True, id="10 points"),
        pytest.param(699, 201, True, id="10.1 points"),
    ],
)
def test_a_shift_is_flagged_from_ten_points_on(china, vietnam, flag):
    """Both the fall of the target and the rise of another count at the limit."""
    found = origin_shift({"CN": 80, "VN": 10, "MY": 10}, {"CN": china, "VN": vietnam, "MY": 100}, target="CN")

    assert (found.flag, found.suspects) == (flag, ("VN",) if flag else ())


def test_volumes_that_halve_all_round_shift_nothing():
    """Shares, not volumes."""
    found = origin_shift({"CN": 80, "VN": 20}, {"CN": 40, "VN": 10}, target="CN")

    assert (found.tvd_pp, found.flag) == (0, False)


def test_origins_that_come_and_go_have_a_share_of_0_where_they_are_absent():
    """A newcomer takes what the target lost; who rose most is named first."""
    found = origin_shift({"CN": 100}, {"VN": 60, "MY": 40}, target="CN")

    assert found.shift_pp == {"CN": -100, "VN": 60, "MY": 40}
    assert (found.tvd_pp, found.suspects) == (100, ("VN", "MY"))


def test_a_rise_without_a_fall_of_the_target_is_no_shift():
    """Someone else lost it."""
    found = origin_shift({"CN": 50, "VN": 10, "MY": 40}, {"CN": 50, "VN": 40, "MY": 10}, target="CN")

    assert (found.flag, found.suspects) == (False, ())


def test_a_period_without_imports_has_no_shares():
    """Undefined, never 0."""
    assert origin_shift({"CN": 1}, {"CN": 0}, target="CN") is None
    assert (shares_pct({}), herfindahl({}), top_share({"CN": 0})) == (None, None, None)


@pytest.mark.parametrize(
    ("volumes", "index"),
    [
        pytest.param({"CN": 7}, 10_000, id="one"),
        pytest.param({"CN": 1, "VN": 1}, 5_000, id="two alike"),
        pytest.param({"CN": 6, "VN": 3, "MY": 1}, 4_600, id="three"),
    ],
)
def test_concentration_is_the_sum_of_squared_shares(volumes, index):
    """From near 0 to 10,000 for a single origin."""
    assert herfindahl(volumes) == index


def test_of_equal_origins_the_first_by_name_is_the_top():
    """So that the order in which they came decides nothing."""
    assert top_share({"VN": 5, "CN": 5, "MY": 2}) == ("CN", Fraction(500, 12))
