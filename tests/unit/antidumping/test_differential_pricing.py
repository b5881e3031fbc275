"""Whether prices differ by group, how much of the sales that concerns, and whether it makes a difference."""

from fractions import Fraction

import pytest

from streams.antidumping.de_minimis import Reading
from streams.antidumping.differential_pricing import (
    LEGAL_STATUS,
    THRESHOLDS,
    Method,
    Outcome,
    PriceTest,
    analyse,
    judge_group,
    meaningful_difference,
    passing_sales,
    price_difference_pct,
    ratio_test,
)
from streams.antidumping.price_groups import (
    NOTHING,
    Dimension,
    GroupedSale,
    Ineligible,
    Preconditions,
    group_moments,
    moments,
)
from streams.antidumping.sales import Sale

A_TRIFLE = Fraction(1, 10**12)
BOTH_TESTS = pytest.mark.parametrize("price_test", [pytest.param(each, id=each) for each in PriceTest])


def group(*sales):
    """Return the sums of sales given as price and quantity."""
    return moments(Sale(place, quantity, price * quantity) for place, (price, quantity) in enumerate(sales))


def alike(price, n=2):
    """Return *n* sales of ten at *price*."""
    return group(*[(price, 10)] * n)


@pytest.mark.parametrize("up_or_down", [pytest.param(1, id="dearer"), pytest.param(-1, id="cheaper")])
@pytest.mark.parametrize(
    ("offset", "outcome"),
    [
        pytest.param(-A_TRIFLE, Outcome.ALIKE, id="just below"),
        pytest.param(0, Outcome.DIFFERS, id="exactly"),
        pytest.param(A_TRIFLE, Outcome.DIFFERS, id="just above"),
    ],
)
def test_prices_differ_from_two_per_cent_in_either_direction(up_or_down, offset, outcome):
    """The test by default is a percentage of the other sales' average."""
    result = judge_group(alike(100 + up_or_down * (2 + offset)), alike(100))

    assert (result.outcome, result.difference_pct) == (outcome, up_or_down * (2 + offset))


def test_the_percentage_is_of_the_other_sales_price():
    """98 to 100 is 2 % of 100; 100 to 98 is more than 2 % of 98."""
    assert price_difference_pct(alike(98), alike(100)) == -2
    assert price_difference_pct(alike(100), alike(98)) == Fraction(100, 49)


def test_half_a_per_cent_with_tiny_deviations_passes_the_legacy_test_alone():
    """What Marmen (2025) objects to."""
    test, base = (
        group((Fraction("100.0"), 1), (Fraction("100.1"), 1)),
        group((Fraction("100.5"), 1), (Fraction("100.6"), 1)),
    )

    assert judge_group(test, base).outcome is Outcome.ALIKE
    assert judge_group(test, base, PriceTest.COHENS_D_LEGACY).outcome is Outcome.DIFFERS


@BOTH_TESTS
@pytest.mark.parametrize(
    ("test_sales", "base_sales", "reason"),
    [
        pytest.param(0, 2, Ineligible.TEST_OBS, id="no sale"),
        pytest.param(1, 2, Ineligible.TEST_OBS, id="one sale"),
        pytest.param(2, 2, None, id="two sales"),
        pytest.param(2, 0, Ineligible.BASE_OBS, id="no other"),
        pytest.param(2, 1, Ineligible.BASE_OBS, id="one other"),
        pytest.param(1, 1, Ineligible.TEST_OBS, id="one and one other"),
    ],
)
def test_a_group_needs_two_sales_and_two_others(price_test, test_sales, base_sales, reason):
    """The group's own number is looked at first."""
    result = judge_group(alike(50, test_sales), alike(100, base_sales), price_test)

    assert result.ineligible == reason
    assert result.outcome is (Outcome.NOT_TESTED if reason else Outcome.DIFFERS)


@BOTH_TESTS
@pytest.mark.parametrize(
    ("base_quantity", "reason"),
    [
        pytest.param(Fraction(5) - A_TRIFLE, Ineligible.BASE_SHARE, id="just below"),
        pytest.param(5, None, id="exactly"),
        pytest.param(5 + A_TRIFLE, None, id="just above"),
    ],
)
def test_the_others_need_five_per_cent_of_the_quantity(price_test, base_quantity, reason):
    """Of the quantity of both, not of the value: the others are a hundred times dearer here."""
    test_quantity = 100 - base_quantity
    test = group((1, test_quantity / Fraction(2)), (1, test_quantity / Fraction(2)))
    base = group((100, base_quantity / Fraction(2)), (100, base_quantity / Fraction(2)))

    assert judge_group(test, base, price_test).ineligible == reason


def test_what_fails_several_preconditions_is_told_the_first():
    """Own sales, then the others, then their share."""
    strict = Preconditions(test_sales_min=3, base_sales_min=3, base_share_min_pct=90)

    assert [
        judge_group(alike(1, n), alike(1, m), preconditions=strict).ineligible for n, m in [(2, 2), (3, 2), (3, 3)]
    ] == [
        Ineligible.TEST_OBS,
        Ineligible.BASE_OBS,
        Ineligible.BASE_SHARE,
    ]


@BOTH_TESTS
def test_no_sales_at_all_are_not_tested(price_test):
    """Undefined is None, whatever the preconditions let pass."""
    result = judge_group(NOTHING, NOTHING, price_test, preconditions=Preconditions(0, 0, 0))

    assert (result.outcome, result.difference_pct) == (Outcome.NOT_TESTED, None)


def test_sales_without_a_price_are_in_no_group():
    """Free samples and returns do not move an average."""
    assert moments([Sale("a", 1, 0), Sale("b", 0, 1), Sale("c", 1, -1), Sale("d", 2, 6)]) == (1, 2, 6, 18)


def test_the_others_are_the_total_less_the_group():
    """Sums are taken out as they were put in."""
    one, other = group((3, 4), (5, 6)), group((7, 8))

    assert one.plus(other).less(one) == other


X = [("X", price, 150) for price in (86, 96, 106)]
Y = [("Y", price, 100) for price in (93, 103, 113)]
Z = [("Z", price, 100) for price in (93, 103, 113)]
SALES = [
    GroupedSale(Sale(f"{purchaser}{price}", quantity, price * quantity), purchaser=purchaser)
    for purchaser, price, quantity in X + Y + Z
]
NORMAL_VALUES = {None: 101}


def test_the_default_test_finds_that_all_three_purchasers_differ():
    """X pays 6.8 % less than the others, Y and Z 4.25 % more than theirs: A-T for all, 4.381 %."""
    found = analyse(SALES, NORMAL_VALUES)

    assert (found.ratio.pass_pct, found.ratio.method_considered) == (100, Method.AVERAGE_TO_TRANSACTION)
    assert found.method_applied is Method.AVERAGE_TO_TRANSACTION
    assert found.dumping_margin_pct == Fraction(4600 * 100, 105_000)


def test_the_legacy_test_finds_one_purchaser_and_a_mixed_margin():
    """41.14 % of the value passes; mixed 2.857 % crosses de minimis, where A-A is 1 %."""
    found = analyse(SALES, NORMAL_VALUES, PriceTest.COHENS_D_LEGACY)

    assert found.passing == {"X86", "X96", "X106"}
    assert (found.ratio.pass_value, found.ratio.total_value) == (43_200, 105_000)
    assert found.average_to_average.no_zeroing.margin_pct == 1
    assert found.difference == (None, True, True)
    assert (found.method_applied, found.dumping_margin_pct) == (Method.MIXED, Fraction(20, 7))


def test_without_a_meaningful_difference_average_to_average_stays():
    """Where every sale is dumped zeroing changes nothing, however prices differ."""
    found = analyse(SALES, {None: 120})

    assert (found.ratio.method_considered, found.method_applied) == (
        Method.AVERAGE_TO_TRANSACTION,
        Method.AVERAGE_TO_AVERAGE,
    )
    assert found.difference == (0, False, False)
    assert found.dumping_margin_pct == found.alternative_pct == found.average_to_average.no_zeroing.margin_pct


def test_one_purchaser_alone_has_no_others_to_differ_from():
    """Its sales do not pass, and there is no alternative."""
    found = analyse(SALES[:3], NORMAL_VALUES)

    assert (found.passing, found.alternative_pct, found.method_applied) == (set(), None, Method.AVERAGE_TO_AVERAGE)


def test_no_sales_have_no_analysis():
    """Undefined is None; A-A stays."""
    found = analyse([], {})

    assert (found.ratio.pass_pct, found.dumping_margin_pct, found.method_applied) == (
        None,
        None,
        Method.AVERAGE_TO_AVERAGE,
    )


@pytest.mark.parametrize("dimension", [pytest.param(each, id=each) for each in Dimension])
def test_a_sale_passes_by_any_of_three_dimensions(dimension):
    """Purchaser, region and period are looked at apart; one is enough."""
    prices = [("a", 90), ("a", 90), ("b", 100), ("b", 100), ("c", 100), ("c", 100), ("c", 100)]
    sales = [
        GroupedSale(Sale(place, 10, price * 10), **{dimension: name}) for place, (name, price) in enumerate(prices)
    ]
    passing = passing_sales(sales, thresholds=THRESHOLDS._replace(price_difference_pct=9))

    assert passing == {0, 1}


def test_products_are_not_compared_with_each_other():
    """The others are the other sales of the same product."""
    sales = [
        GroupedSale(Sale((model, place), 10, price * 10, model=model), purchaser=f"buyer of {model}")
        for model, price in (("A", 50), ("B", 100))
        for place in range(3)
    ]

    assert passing_sales(sales) == set()


def test_a_group_that_is_not_known_is_neither_tested_nor_a_base():
    """Two sales without a region change nothing for those with one."""
    known = [
        GroupedSale(Sale(place, 1, price), region=name)
        for place, (name, price) in enumerate([("n", 90), ("n", 90), ("s", 100), ("s", 100)])
    ]
    unknown = [GroupedSale(Sale(place, 1, 500)) for place in (8, 9)]

    assert passing_sales(known + unknown) == passing_sales(known) == {0, 1, 2, 3}
    assert set(group_moments(known + unknown, Dimension.REGION)[None]) == {"n", "s"}


@pytest.mark.parametrize(
    ("pass_value", "method"),
    [
        pytest.param(33 - A_TRIFLE, Method.AVERAGE_TO_AVERAGE, id="just below 33"),
        pytest.param(33, Method.AVERAGE_TO_AVERAGE, id="exactly 33"),
        pytest.param(33 + A_TRIFLE, Method.MIXED, id="just above 33"),
        pytest.param(66 - A_TRIFLE, Method.MIXED, id="just below 66"),
        pytest.param(66, Method.AVERAGE_TO_TRANSACTION, id="exactly 66"),
        pytest.param(66 + A_TRIFLE, Method.AVERAGE_TO_TRANSACTION, id="just above 66"),
    ],
)
def test_the_part_of_the_value_that_passes_chooses_the_method(pass_value, method):
    """At most 33 % is too little; 66 % is enough for all."""
    assert ratio_test(pass_value, 100).method_considered is method


def test_without_sales_no_part_passes():
    """The percentage is undefined, and A-A stays."""
    ratio = ratio_test(0, 0)

    assert (ratio.pass_pct, ratio.method_considered) == (None, Method.AVERAGE_TO_AVERAGE)


@pytest.mark.parametrize(
    ("alternative_pct", "meaningful"),
    [
        pytest.param(5 - A_TRIFLE, False, id="just below"),
        pytest.param(5, True, id="exactly"),
        pytest.param(5 + A_TRIFLE, True, id="just above"),
    ],
)
def test_a_change_by_a_quarter_is_meaningful(alternative_pct, meaningful):
    """In per cent of the A-A margin, 4 % here."""
    found = meaningful_difference(4, alternative_pct)

    assert (found.meaningful, found.crosses_de_minimis) == (meaningful, False)
    assert found.relative_change_pct == 25 * (alternative_pct - 4)


@pytest.mark.parametrize(
    ("averages_pct", "alternative_pct", "strict", "inclusive"),
    [
        pytest.param(2 - A_TRIFLE, 2 - A_TRIFLE, False, False, id="both just below"),
        pytest.param(2 - A_TRIFLE, 2, True, False, id="to the threshold"),
        pytest.param(2 - A_TRIFLE, 2 + A_TRIFLE, True, True, id="past the threshold"),
        pytest.param(2, 2 + A_TRIFLE, False, True, id="from the threshold"),
        pytest.param(2 + A_TRIFLE, 2 - A_TRIFLE, False, False, id="down across it"),
    ],
)
def test_lifting_the_margin_over_de_minimis_is_meaningful(averages_pct, alternative_pct, strict, inclusive):
    """The text of the law puts the threshold itself above, Commerce's program below."""
    found = [
        meaningful_difference(averages_pct, alternative_pct, THRESHOLDS._replace(de_minimis_reading=reading)).meaningful
        for reading in Reading
    ]

    assert found == [strict, inclusive]


@pytest.mark.parametrize(
    ("averages_pct", "alternative_pct", "change_pct"),
    [
        pytest.param(Fraction("1.99"), 5, None, id="A-A below"),
        pytest.param(5, Fraction("1.99"), None, id="alternative below"),
        pytest.param(2, 2, 0, id="both at the threshold"),
    ],
)
def test_a_change_has_a_percentage_only_where_no_margin_is_de_minimis(averages_pct, alternative_pct, change_pct):
    """A change from or to what counts as no dumping is not measured."""
    assert meaningful_difference(averages_pct, alternative_pct).relative_change_pct == change_pct


@pytest.mark.parametrize(("averages_pct", "alternative_pct"), [(None, 5), (5, None), (None, None)])
def test_nothing_follows_from_a_margin_that_is_not_there(averages_pct, alternative_pct):
    """Undefined stays undefined."""
    assert meaningful_difference(averages_pct, alternative_pct) == (None, False, False)


def test_a_change_from_nothing_has_no_percentage():
    """Without a de minimis threshold an A-A margin of nil is no base."""
    assert meaningful_difference(0, 5, THRESHOLDS._replace(de_minimis_pct=0)) == (None, False, False)


def test_each_test_says_where_it_stands_in_law():
    """The default makes no claim of law, the legacy test says what was held of it."""
    assert LEGAL_STATUS[PriceTest.PRICE_DIFFERENCE].startswith("default")
    assert LEGAL_STATUS[PriceTest.COHENS_D_LEGACY].startswith("legacy")
