"""Margins of dumping: what is compared, what offsets what, and what has no margin."""

from fractions import Fraction

import pytest

from streams.antidumping.margins import (
    PatternError,
    average_normal_values,
    average_to_average,
    average_to_transaction,
    mixed_us,
    transaction_to_transaction,
    wto_ds464,
)
from streams.antidumping.matching import MatchingError
from streams.antidumping.sales import AverageBy, Sale, Sales, Unusable, add_up


def sale(name, price, quantity, **fields):
    """Return a sale of *quantity* at *price*."""
    return Sale(name, quantity, quantity * price, **fields)


def priced(quantity, price):
    """Return the sums of *quantity* at *price*."""
    return Sales(quantity, quantity * price)


OFFSETTING = {"A": priced(10, 90), "B": priced(20, 105)}
"""Ten sold at ten below a normal value of 100, twenty at five above."""


def test_sales_above_normal_value_offset_those_below():
    """Without zeroing the amounts of the groups are added with their signs."""
    margin = average_to_average(OFFSETTING, {"A": 100, "B": 100})

    assert (margin.no_zeroing.amount, margin.no_zeroing.margin_pct) == (0, 0)


def test_zeroing_makes_a_margin_where_there_is_none():
    """Nil for the group above normal value: 100 on a value of 3,000 crosses the 2 % of de minimis."""
    margin = average_to_average(OFFSETTING, {"A": 100, "B": 100})

    assert (margin.zeroing.amount, margin.zeroing.margin_pct) == (100, Fraction(10, 3))


def test_the_denominator_is_the_value_of_all_export_sales():
    """Sales above normal value count in the denominator, with zeroing as without."""
    margin = average_to_average(OFFSETTING, {"A": 100, "B": 100})

    assert (margin.no_zeroing.export_value, margin.zeroing.export_value) == (3000, 3000)


@pytest.mark.parametrize(
    ("price", "signed", "floored"),
    [
        pytest.param(99, Fraction(100, 99), Fraction(100, 99), id="below normal value"),
        pytest.param(100, 0, 0, id="at normal value"),
        pytest.param(101, Fraction(-100, 101), 0, id="above normal value"),
    ],
)
def test_a_margin_is_at_least_nil_only_at_the_end(price, signed, floored):
    """The sign of a margin is kept beside the figure that is reported."""
    total = average_to_average({"A": priced(1, price)}, {"A": 100}).no_zeroing

    assert (total.margin_pct, total.dumping_margin_pct) == (signed, floored)


def test_averages_are_weighted_by_export_quantity():
    """The home quantities weigh within a group alone; the mean of percentages is no margin."""
    margin = average_to_average({"A": priced(1, 50), "B": priced(3, 100)}, {"A": 100, "B": 100})

    assert (margin.avg_nv, margin.avg_ep, margin.simple_average_pct) == (100, Fraction(175, 2), 50)
    assert margin.no_zeroing.margin_pct == Fraction(100, 7)


def test_unit_margins_are_money_and_no_percentages():
    """The amount per unit of quantity has the unit of a price."""
    margin = average_to_average({"A": priced(4, 50)}, {"A": 60})

    assert (margin.no_zeroing.unit_margin_avg, margin.no_zeroing.margin_pct) == (10, 20)


def test_a_group_without_export_quantity_is_passed_over():
    """Where nothing was exported nothing is compared, and nothing is missing."""
    margin = average_to_average({"A": Sales(0, 0), "B": priced(1, 100)}, {"A": 100, "B": 100})

    assert [each.key for each in margin.comparisons] == ["B"]
    assert margin.coverage_pct == 100


def test_a_group_without_home_sales_takes_its_constructed_value():
    """Home sales come first; a constructed value serves where there are none."""
    home = add_up([sale("H1", 50, 100, model="A")])

    assert average_normal_values(home, {"A": 70, "C": 80}) == {"A": 50, "C": 80}


@pytest.mark.parametrize(
    ("normal_values", "why"),
    [
        pytest.param({"A": 110}, Unusable.NV_INVALID, id="missing"),
        pytest.param({"A": 110, "B": None}, Unusable.NV_INVALID, id="not known"),
        pytest.param({"A": 110, "B": -1}, Unusable.NV_INVALID, id="negative"),
        pytest.param({"A": 110, "B": 0}, Unusable.NV_INVALID, id="zero"),
        pytest.param({"A": 110, "B": 1}, None, id="positive"),
    ],
)
def test_a_normal_value_that_is_not_positive_gives_no_margin(normal_values, why):
    """Such goods are in neither the amount nor the denominator, and they lower the coverage."""
    margin = average_to_average({"A": priced(1, 100), "B": priced(3, 100)}, normal_values)

    assert margin.comparisons[1].unusable == why
    assert margin.export_value == (100 if why else 400)
    assert margin.coverage_pct == (25 if why else 100)


@pytest.mark.parametrize(
    ("price", "why"),
    [
        pytest.param(-1, Unusable.EP_INVALID, id="negative"),
        pytest.param(0, Unusable.EP_INVALID, id="zero"),
        pytest.param(1, None, id="positive"),
    ],
)
def test_an_export_price_that_is_not_positive_is_no_export_sale(price, why):
    """Free samples and returns count nowhere, not in the coverage either."""
    margin = average_to_transaction([sale("E1", price, 2), sale("E2", 100, 1)], {None: 110})

    assert margin.comparisons[0].unusable == why
    assert margin.export_value == (100 if why else 102)
    assert margin.coverage_pct == 100


@pytest.mark.parametrize(
    ("quantity", "why"),
    [
        pytest.param(-1, Unusable.QUANTITY_INVALID, id="negative"),
        pytest.param(0, Unusable.QUANTITY_INVALID, id="zero"),
        pytest.param(1, None, id="positive"),
    ],
)
def test_a_quantity_is_never_worked_out_of_a_price(quantity, why):
    """Value without quantity has no price, no unit margin and no amount."""
    (compared,) = average_to_transaction([Sale("E1", quantity, 100)], {None: 110}).comparisons

    assert (compared.unusable, compared.amount) == (why, None if why else 10)
    assert (compared.export_price, compared.unit_margin) == ((None, None) if why else (100, 10))


def test_a_comparison_without_a_margin_has_no_percentage():
    """Undefined is None, never 0."""
    (compared,) = average_to_average({"A": priced(1, 100)}, {}).comparisons

    assert (compared.amount, compared.unit_margin, compared.pct) == (None, None, None)


def test_no_sales_have_no_margin():
    """Undefined is None, never 0, for every average and percentage."""
    margin = average_to_average({}, {})

    assert (margin.no_zeroing.amount, margin.export_value) == (0, 0)
    assert {
        margin.no_zeroing.margin_pct,
        margin.zeroing.dumping_margin_pct,
        margin.no_zeroing.unit_margin_avg,
        margin.avg_nv,
        margin.avg_ep,
        margin.simple_average_pct,
        margin.coverage_pct,
    } == {None}


def test_micro_units_give_the_margin_of_units():
    """Micro-USD and milligrams: integers in, the same exact percentage out."""
    milligrams, micro_usd = 10**6, 10**6
    export = {"A": Sales(3 * milligrams, 7 * micro_usd), "B": Sales(11 * milligrams, 13 * micro_usd)}
    normal_values = {"A": Fraction(5 * micro_usd, 2 * milligrams), "B": Fraction(9 * micro_usd, 7 * milligrams)}
    margin = average_to_average(export, normal_values)

    assert margin.no_zeroing.margin_pct == Fraction(100) * (Fraction(15, 2) + Fraction(99, 7) - 20) / 20


@pytest.mark.parametrize(
    ("average_by", "pct"),
    [
        pytest.param(AverageBy.MODEL, 0, id="one normal value a year"),
        pytest.param(AverageBy.MODEL_MONTH, Fraction(50, 11), id="one a month"),
    ],
)
def test_monthly_normal_values_change_the_margin(average_by, pct):
    """Sales of a month are compared with the average of that month alone."""
    home = [sale("H1", 100, 10, month=1), sale("H2", 120, 10, month=2)]
    export = [sale("E1", 95, 10, month=1), sale("E2", 125, 10, month=2), sale("E3", 110, 20, month=2)]
    normal_values = average_normal_values(add_up(home, average_by))

    assert average_to_transaction(export, normal_values, average_by).no_zeroing.margin_pct == pct
    assert average_to_average(add_up(export, average_by), normal_values).no_zeroing.margin_pct == pct


HOME = [sale("H1", 100, 1, day=10), sale("H2", 110, 1, day=20), sale("H3", 120, 1, day=31)]


@pytest.mark.parametrize(
    ("day", "home"),
    [
        pytest.param(1, "H1", id="before the first"),
        pytest.param(10, "H1", id="on the day"),
        pytest.param(14, "H1", id="nearer the earlier"),
        pytest.param(15, "H1", id="equally near"),
        pytest.param(16, "H2", id="nearer the later"),
        pytest.param(25, "H2", id="nearer the earlier of eleven days"),
        pytest.param(26, "H3", id="nearer the later of eleven days"),
        pytest.param(99, "H3", id="after the last"),
    ],
)
def test_a_sale_is_matched_to_the_nearest_home_sale_and_the_earlier_of_two(day, home):
    """The order in which home sales are given does not matter."""
    for order in (HOME, HOME[::-1]):
        (compared,) = transaction_to_transaction([sale("E1", 90, 1, day=day)], order).comparisons
        assert compared.home == home


def test_of_two_home_sales_on_one_day_the_smaller_id_is_taken():
    """Whatever order they are given in."""
    home = [sale("H2", 100, 1, day=10), sale("H1", 120, 1, day=10)]
    found = {
        transaction_to_transaction([sale("E1", 90, 1, day=10)], order).comparisons[0].home
        for order in (home, home[::-1])
    }

    assert found == {"H1"}


def test_a_sale_is_matched_within_its_model():
    """A model without home sales has no normal value; another model's sale is none."""
    export = [sale("E1", 90, 1, model="A", day=1), sale("E2", 90, 1, model="B", day=1)]
    margin = transaction_to_transaction(export, [sale("H1", 100, 1, model="A", day=9)])

    assert [each.unusable for each in margin.comparisons] == [None, Unusable.NV_INVALID]


def test_a_home_sale_without_a_price_is_not_matched():
    """A free sample on the same day gives way to a sale further off."""
    home = [sale("H1", 0, 1, day=1), sale("H2", 100, 1, day=9)]
    margin = transaction_to_transaction([sale("E1", 90, 1, day=1)], home)

    assert margin.comparisons[0].home == "H2"


def test_given_pairs_are_kept_to():
    """A pair holds whatever the days say; an export sale in no pair has no normal value."""
    export = [sale("E1", 90, 1, day=10), sale("E2", 90, 1, day=10)]
    margin = transaction_to_transaction(export, HOME, {"E1": "H3"})

    assert [(each.home, each.amount) for each in margin.comparisons] == [("H3", 30), (None, None)]


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        pytest.param({"E9": "H1"}, "the pairs name the export sales E9, which are not there", id="export"),
        pytest.param({"E1": "H9"}, "the pairs name the home sales H9, which are not there", id="home"),
    ],
)
def test_pairs_of_unknown_sales_are_refused(pairs, said):
    """A sale that was left out is asked for by its id."""
    with pytest.raises(MatchingError, match=said):
        transaction_to_transaction([sale("E1", 90, 1)], HOME, pairs)


def test_a_sale_without_a_day_cannot_be_matched_by_days():
    """No day is guessed."""
    with pytest.raises(MatchingError, match="sale E1 has no day: give the day of sale, or pairs"):
        transaction_to_transaction([sale("E1", 90, 1)], HOME)


PATTERN = ("E1", "E2", "E5")
MIXED = average_to_transaction(
    [sale("E1", 80, 10), sale("E2", 90, 10), sale("E5", 105, 5), sale("E3", 110, 20), sale("E4", 98, 10)],
    {None: 100},
)


def test_the_mixed_method_of_us_practice_zeroes_the_pattern_and_floors_the_rest():
    """The rest, sold above normal value by 180, takes nothing from the 300 of the pattern."""
    mixed = mixed_us(MIXED, PATTERN)

    assert (mixed.at_amount, mixed.aa_net, mixed.aa_amount, mixed.total.amount) == (300, -180, 0, 300)
    assert mixed.total.margin_pct == Fraction(6000, 1081)


def test_what_the_rest_is_dumped_by_is_added():
    """A positive net amount of the rest counts in full."""
    mixed = mixed_us(MIXED, ("E1", "E3"))

    assert (mixed.at_amount, mixed.aa_net, mixed.total.amount) == (200, 95, 295)


def test_the_appellate_body_counts_the_pattern_alone_and_with_its_signs():
    """The value of all sales is the denominator here too."""
    total = wto_ds464(MIXED, PATTERN)

    assert (total.amount, total.export_value, total.margin_pct) == (275, 5405, Fraction(5500, 1081))


@pytest.mark.parametrize("method", [mixed_us, wto_ds464])
def test_a_pattern_of_unknown_sales_is_refused(method):
    """A pattern that was found in other sales says nothing of these."""
    with pytest.raises(PatternError, match="the pattern names E8, E9, which no export sale is called"):
        method(MIXED, ("E9", "E1", "E8"))


def test_an_empty_pattern_leaves_average_to_average():
    """Nothing is compared sale by sale."""
    assert mixed_us(MIXED, ()).total == MIXED.no_zeroing
    assert wto_ds464(MIXED, ()).amount == 0
