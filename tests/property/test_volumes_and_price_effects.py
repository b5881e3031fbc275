"""What holds for the tests of volumes, costs and price effects whatever the figures: scale, order and direction."""

from fractions import Fraction
from itertools import combinations
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.antidumping.below_cost import CostedSale, Practice, below_cost_test
from streams.antidumping.massive_imports import massive_imports
from streams.antidumping.negligibility import Country, Pool, negligibility
from streams.antidumping.price_filter import bounds, price_quartiles, robust_score
from streams.antidumping.price_gap import Denominator, ImportedType, price_gap
from streams.antidumping.ramp import Direction, find_ramp, least_squares_slope
from streams.antidumping.shares import herfindahl, origin_shift
from streams.antidumping.surge import surges
from streams.antidumping.trend import mann_kendall, theil_sen_sign

TEN = 10
QUANTITIES = st.integers(0, 50)
SERIES = st.lists(st.integers(1, 12), max_size=9)
VOLUMES = st.dictionaries(st.sampled_from(["CN", "VN", "MY", "KZ"]), QUANTITIES)
SALES = st.lists(
    st.builds(CostedSale, st.uuids().map(str), QUANTITIES, st.integers(0, 500), st.none() | st.integers(0, 500)),
    max_size=6,
)
TYPES = st.lists(
    st.builds(
        ImportedType,
        st.uuids().map(str),
        QUANTITIES,
        st.integers(-5, 500),
        st.none() | st.integers(-5, 500),
        st.integers(1, 500),
    ),
    max_size=6,
)
DENOMINATORS = st.sampled_from(Denominator)


def larger(imported):
    """Return ten times as much of the same at the same prices."""
    amounts = [each if each is None else TEN * each for each in imported[1:]]
    return ImportedType(imported.type, *amounts)


def scaled(volumes):
    """Return ten times the volumes of each origin."""
    return {origin: TEN * volume for origin, volume in volumes.items()}


@given(TYPES, DENOMINATORS)
def test_ten_times_the_quantity_leaves_every_price_gap(types, denominator):
    """A gap is a matter of prices."""
    assert price_gap(types, denominator) == price_gap(map(larger, types), denominator)


@given(TYPES, DENOMINATORS, st.randoms(use_true_random=False))
def test_the_order_of_types_does_not_matter(types, denominator, dice):
    """Sums are sums."""
    shuffled = dice.sample(types, len(types))

    assert price_gap(types, denominator)[1:] == price_gap(shuffled, denominator)[1:]


@given(TYPES, DENOMINATORS)
def test_integers_and_fractions_come_to_the_same(types, denominator):
    """What the stream adds up in micro-units and what a case writes as decimals go one way."""
    exact = [
        ImportedType(each.type, *(each[i] if each[i] is None else Fraction(each[i]) for i in range(1, 5)))
        for each in types
    ]

    assert price_gap(types, denominator) == price_gap(exact, denominator)


@given(TYPES, st.integers(0, 100))
def test_dearer_imports_never_undercut_more(types, rise):
    """A higher landed price lowers the gap in per cent of the domestic price, or leaves it where it was."""
    matched = [each for each in types if each.matched]
    dearer = [each._replace(landed=each.landed + rise) for each in matched]
    before, after = (price_gap(each, Denominator.DOMESTIC_PRICE).weighted_pct for each in (matched, dearer))

    assert (before is None) is (after is None)
    assert before is None or after <= before


@given(SALES)
def test_the_two_readings_of_substantial_quantities_never_differ(sales):
    """Twenty per cent below and eighty per cent profitable are one boundary."""
    ada, eu = (below_cost_test(sales, practice=practice) for practice in Practice)

    assert ada == eu


@given(SALES)
def test_ten_times_the_sales_leave_the_normal_value(sales):
    """Value and cost grow with the quantity."""
    more = [
        each._replace(quantity=TEN * each.quantity, value=TEN * each.value, cost=each.cost and TEN * each.cost)
        for each in sales
    ]

    assert below_cost_test(sales).normal_value == below_cost_test(more).normal_value


@given(SALES, st.randoms(use_true_random=False))
def test_the_order_of_sales_does_not_matter(sales, dice):
    """The same sales are retained, the same dropped."""
    found, other = (below_cost_test(each) for each in (sales, dice.sample(sales, len(sales))))

    assert found.sums == other.sums
    assert set(found.disregarded) == set(other.disregarded)


@given(SALES)
def test_every_sale_is_retained_disregarded_or_untested(sales):
    """Nothing is lost."""
    found = below_cost_test(sales)

    assert len(sales) == len(found.retained) + len(found.disregarded) + len(found.untested)


@given(st.lists(st.tuples(QUANTITIES, st.booleans()), max_size=5), st.integers(1, 500), st.sampled_from(Pool))
def test_ten_times_the_volumes_leave_every_share(volumes, others, pool):
    """And with the shares who is negligible."""
    countries = [Country(str(place), volume, investigated) for place, (volume, investigated) in enumerate(volumes)]
    total = others + sum(volume for volume, _ in volumes)
    more = [each._replace(volume=TEN * each.volume) for each in countries]

    assert negligibility(countries, total=total, pool=pool) == negligibility(more, total=TEN * total, pool=pool)


@given(VOLUMES, VOLUMES)
def test_ten_times_the_imports_shift_no_origin(base, comparison):
    """Shares, not volumes; what one loses others gain."""
    found = origin_shift(base, comparison, target="CN")

    assert found == origin_shift(base, scaled(comparison), target="CN")
    assert found is None or sum(found.shift_pp.values()) == 0
    assert found is None or 0 <= found.tvd_pp <= 100


@given(VOLUMES)
def test_concentration_lies_between_its_bounds(volumes):
    """One origin is 10,000; n alike are 10,000 / n."""
    index = herfindahl(volumes)

    assert index is None or Fraction(10_000, len(volumes)) <= index <= 10_000


@given(SERIES, SERIES)
def test_ten_times_the_imports_are_as_massive(base, comparison):
    """An increase is a part of the base."""
    found = massive_imports(base, comparison)
    more = massive_imports([TEN * each for each in base], [TEN * each for each in comparison])

    assert (found.increase_pct, found.massive, found.reason) == (more.increase_pct, more.massive, more.reason)


@given(SERIES, st.integers(1, 4))
def test_ten_times_the_imports_surge_where_they_did(series, periods):
    """As long as no least quantity is asked for."""
    found, more = (
        [(place, each.increase_pct, each.surge) for place, each in surges(quantities, periods=periods)]
        for quantities in (series, [TEN * each for each in series])
    )

    assert found == more


@given(SERIES)
def test_a_ramp_up_is_a_ramp_down_upside_down(series):
    """The run begins where it began and has as many steps; the slope turns its sign."""
    up = find_ramp(series, Direction.UP, steps_min=1, cumulative_pct_min=0)
    mirrored = [20 - each for each in series]
    down = find_ramp(mirrored, Direction.DOWN, steps_min=1, cumulative_pct_min=0)

    assert (up.steps, up.start, up.ramp) == (down.steps, down.start, down.ramp)
    assert up.slope is None or up.slope == -least_squares_slope(mirrored)


@given(SERIES)
def test_the_sign_is_that_of_the_median_of_all_slopes(series):
    """Found without working the slopes out."""
    slopes = [Fraction(after - before, j - i) for (i, before), (j, after) in combinations(enumerate(series), 2)]
    middle = median(slopes) if slopes else None
    expected = None if middle is None else (middle > 0) - (middle < 0)

    assert theil_sen_sign(series) == expected


@given(SERIES)
def test_a_series_reversed_has_the_opposite_trend(series):
    """S and the sign turn, the variance stays."""
    found, back = mann_kendall(series), mann_kendall(series[::-1])

    assert (found.s, found.variance) == (-back.s, back.variance)
    assert not (series[1:] and theil_sen_sign(series) != -theil_sen_sign(series[::-1]))


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_quartiles_depend_on_neither_order_nor_unit(prices, dice):
    """In order, between the least and the most, and a thousand times as much per tonne as per kilogram."""
    quartiles = price_quartiles(prices)

    assert quartiles == price_quartiles(dice.sample(prices, len(prices)))
    assert min(prices) <= quartiles.first <= quartiles.median <= quartiles.third <= max(prices)
    assert tuple(1000 * each for each in quartiles) == price_quartiles([1000 * each for each in prices])


@pytest.mark.parametrize("k", [0, Fraction(3, 2)])
@given(prices=st.lists(st.integers(1, 1000), min_size=1, max_size=12), price=st.integers(1, 1000))
def test_a_price_stands_out_by_as_much_in_any_unit(prices, price, k):
    """Class and robust z are the same per tonne as per kilogram."""
    tonnes = [1000 * each for each in prices]

    assert bounds(price_quartiles(prices), k).classify(price) is bounds(price_quartiles(tonnes), k).classify(
        1000 * price
    )
    assert robust_score(prices).z(price) == robust_score(tonnes).z(1000 * price)
