"""Which home sales make the normal value."""

from fractions import Fraction

import pytest

from streams.antidumping.below_cost import CostedSale, Practice, below_cost_test

BOTH = pytest.mark.parametrize("practice", Practice)


def sale(price, quantity, cost, name="s"):
    """Return a sale by its unit price and unit cost."""
    return CostedSale(name, quantity, Fraction(price) * quantity, None if cost is None else Fraction(cost) * quantity)


def two(below, above, *, dear=110):
    """Return sales of *below* units at 95 and *above* units at *dear*, all at a cost of 100."""
    return [sale(dear, above, 100, "above"), sale(95, below, 100, "below")]


def names(sales):
    """Return what sales are called."""
    return [each.id for each in sales]


@BOTH
@pytest.mark.parametrize(
    ("below", "substantial"),
    [
        pytest.param(1_999, False, id="19.99 % below, 80.01 % profitable"),
        pytest.param(2_000, True, id="20 % below, 80 % profitable"),
        pytest.param(2_001, True, id="20.01 % below, 79.99 % profitable"),
    ],
)
def test_20_pct_of_the_quantity_below_cost_is_substantial(practice, below, substantial):
    """Not less than 20 % (ADA fn 5), not more than 80 % profitable (EU): the two agree at the boundary."""
    found = below_cost_test(two(below, 10_000 - below), practice=practice)

    assert found.substantial is substantial
    assert names(found.disregarded) == (["below"] if substantial else [])


@BOTH
@pytest.mark.parametrize(
    ("dear", "substantial"),
    [
        pytest.param("100.999", True, id="average price under average cost"),
        pytest.param("101", False, id="equal"),
        pytest.param("101.001", False, id="over"),
    ],
)
def test_an_average_price_under_the_average_cost_is_substantial_by_itself(practice, dear, substantial):
    """The second limb, though only a sixth of the quantity is below."""
    assert below_cost_test(two(1, 5, dear=dear), practice=practice).substantial is substantial


@pytest.mark.parametrize(
    ("price", "below"),
    [
        pytest.param("99.99", True, id="under"),
        pytest.param("100", False, id="at cost"),
        pytest.param("100.01", False, id="over"),
    ],
)
def test_a_price_equal_to_its_cost_is_not_below(price, below):
    """At cost nothing is lost."""
    assert sale(price, 1, 100).below_cost is below


@pytest.mark.parametrize(
    ("price", "kept"),
    [
        pytest.param("95.99", False, id="under the average cost"),
        pytest.param("96", False, id="equal"),
        pytest.param("96.01", True, id="over"),
    ],
)
def test_a_price_above_the_average_cost_of_the_period_recovers_it(price, kept):
    """Below its own cost of 100, but the average cost is 96; it takes a price strictly above."""
    found = below_cost_test(
        [sale(110, 60, 80, "dear"), sale(price, 80, 100, "recovers?"), sale(90, 60, 96 + Fraction(32, 3), "below")]
    )

    assert found.sums.average_cost == 96
    assert ("recovers?" in names(found.retained)) is kept


@pytest.mark.parametrize(
    ("months", "dropped"),
    [pytest.param(5, 0, id="5"), pytest.param(6, 1, id="6"), pytest.param(7, 1, id="7")],
)
def test_nothing_is_disregarded_in_less_than_six_months(months, dropped):
    """The extended period is normally a year and never less than six months (fn 4)."""
    assert dropped == len(below_cost_test(two(50, 50), period_months=months).disregarded)


def test_a_tenth_and_a_half_below_cost_is_not_substantial():
    """(10, 100), (8, 30), (12, 70) at a cost of 9.5: 15 % below, average price 10.4."""
    found = below_cost_test([sale(10, 100, "9.5"), sale(8, 30, "9.5"), sale(12, 70, "9.5")])

    assert (found.sums.below_pct, found.sums.average_price, found.substantial) == (15, Fraction(52, 5), False)


def test_where_no_sale_is_left_the_value_is_constructed():
    """All sales below cost, none recovers."""
    found = below_cost_test([sale(90, 10, 100)])

    assert (found.normal_value, found.use_constructed_value) == (None, True)


def test_without_sales_nothing_is_said():
    """No share, no averages, no finding: undefined, never 0."""
    found = below_cost_test([])

    assert (found.substantial, found.sums.below_pct, found.sums.average_cost, found.normal_value) == (None,) * 4


@pytest.mark.parametrize(
    ("quantity", "cost"),
    [
        pytest.param(0, 100, id="no quantity"),
        pytest.param(10, None, id="cost not known"),
        pytest.param(10, 0, id="cost of zero"),
    ],
)
def test_a_sale_that_cannot_be_tested_is_neither_kept_nor_dropped(quantity, cost):
    """It is named apart, so that coverage can be told."""
    found = below_cost_test([sale(110, 10, 100, "fine"), sale(50, quantity, cost, "unclear")])

    assert (names(found.retained), names(found.disregarded), names(found.untested)) == (["fine"], [], ["unclear"])
