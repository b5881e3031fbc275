"""What holds of every margin of dumping, whatever was sold."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from streams.antidumping.margins import (
    average_normal_values,
    average_to_average,
    average_to_transaction,
    mixed_us,
    transaction_to_transaction,
    wto_ds464,
)
from streams.antidumping.sales import AverageBy, Sale, add_up

averages_by = st.sampled_from(AverageBy)


@st.composite
def markets(draw, names="HE"):
    """Return home sales and export sales: few models, months and prices, so that they meet."""
    sides = []
    for side in names:
        facts = st.tuples(
            st.integers(1, 1000), st.integers(1, 5000), st.sampled_from("AB"), st.integers(1, 2), st.integers(1, 9)
        )
        rows = draw(st.lists(facts, min_size=1, max_size=8))
        sides.append([Sale(f"{side}{place}", *row) for place, row in enumerate(rows)])
    return tuple(sides)


def methods(home, export, by):
    """Return the outcome of each method by its name; the pattern is every other sale."""
    normal_values = average_normal_values(add_up(home, by))
    return {
        "A-A": average_to_average(add_up(export, by), normal_values),
        "T-T": transaction_to_transaction(export, home),
        "A-T": average_to_transaction(export, normal_values, by),
    }


def percentages(home, export, by):
    """Return every dumping margin there is to report."""
    margins = methods(home, export, by)
    pattern = [sale.id for sale in export[::2]]
    totals = [total for margin in margins.values() for total in (margin.no_zeroing, margin.zeroing)]
    totals += [mixed_us(margins["A-T"], pattern).total, wto_ds464(margins["A-T"], pattern)]
    return [total.dumping_margin_pct for total in totals]


@given(markets(), averages_by)
def test_average_to_transaction_without_zeroing_is_average_to_average(market, by):
    """Signed differences from an average add up to the difference of averages."""
    margins = methods(*market, by)

    assert margins["A-T"].no_zeroing == margins["A-A"].no_zeroing


@given(markets(), averages_by)
def test_zeroing_never_lowers_a_margin(market, by):
    """Nor does any of it take a margin below nil."""
    for margin in methods(*market, by).values():
        assert margin.zeroing.amount >= max(margin.no_zeroing.amount, 0)
        assert margin.zeroing.export_value == margin.no_zeroing.export_value


@given(markets(), averages_by, st.integers(1, 5000), st.data())
def test_raising_an_export_price_never_raises_a_margin(market, by, more, data):
    """By any method, in any reading; sales without a normal value have none before and after."""
    home, export = market
    place = data.draw(st.integers(0, len(export) - 1))
    raised = [*export]
    raised[place] = export[place]._replace(value=export[place].value + more)

    for before, after in zip(percentages(home, export, by), percentages(home, raised, by), strict=True):
        assert before == after if before is None else after <= before


@given(markets(), averages_by, st.sampled_from([10, 1_000_000, Fraction(1, 3)]))
def test_scaling_all_quantities_changes_no_margin(market, by, factor):
    """Prices are what they were; units are free to choose."""
    scaled = [
        [sale._replace(quantity=sale.quantity * factor, value=sale.value * factor) for sale in side] for side in market
    ]

    assert percentages(*scaled, by) == percentages(*market, by)


@given(markets(), averages_by, st.data())
def test_the_order_of_sales_does_not_matter(market, by, data):
    """A margin is a function of the set of sales."""
    home, export = (data.draw(st.permutations(side)) for side in market)

    for shuffled, margin in zip(methods(home, export, by).values(), methods(*market, by).values(), strict=True):
        assert (shuffled.no_zeroing, shuffled.zeroing) == (margin.no_zeroing, margin.zeroing)


@given(markets(), averages_by)
def test_what_has_no_home_sales_changes_no_margin(market, by):
    """Goods without a normal value lower the coverage alone."""
    home, export = market
    stranger = Sale("E99", 7, 7, model="C", month=1, day=1)
    for before, after in zip(
        methods(home, export, by).values(), methods(home, [*export, stranger], by).values(), strict=True
    ):
        assert (after.no_zeroing, after.zeroing) == (before.no_zeroing, before.zeroing)
        assert after.uncompared_value == before.uncompared_value + 7


@given(markets(), averages_by)
def test_margins_are_exact(market, by):
    """No figure of a margin is a binary float."""
    for margin in methods(*market, by).values():
        figures = [
            *margin.no_zeroing,
            *margin.zeroing,
            margin.no_zeroing.margin_pct,
            margin.avg_nv,
            margin.coverage_pct,
        ]
        assert not [each for each in figures if not isinstance(each, int | Fraction | None)]
