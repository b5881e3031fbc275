"""Which unit values only a slip of the unit explains."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.benchmark import CELLS_MIN, WINDOW_DAYS, Benchmark, Quartiles, Slips, first_of_month

MARCH = date(2025, 3, 1).toordinal()
STEADY = Slips(Quartiles(2_000_000, 2_000_000, 2_000_000))
"""Two dollars a kilogram, without spread."""

KG = 1_000_000


def meaning(uusd_per_kg, slips=STEADY):
    """Return what a kilogram at *uusd_per_kg* was mistaken for."""
    return slips.meaning(uusd_per_kg, KG)


@pytest.mark.parametrize(
    ("uusd_per_kg", "slip"),
    [
        pytest.param(999_999_999, None, id="x1000-under-by-more-than-half"),
        pytest.param(1_000_000_000, "tonnes declared as kg", id="x1000-under-by-half"),
        pytest.param(2_000_000_000, "tonnes declared as kg", id="x1000"),
        pytest.param(3_000_000_000, "tonnes declared as kg", id="x1000-over-by-half"),
        pytest.param(3_000_000_001, None, id="x1000-over-by-more-than-half"),
        pytest.param(4_321_060, None, id="x2.2046-under-by-more-than-2-pct"),
        pytest.param(4_321_061, "kg declared as lb", id="x2.2046-under-by-2-pct"),
        pytest.param(4_497_430, "kg declared as lb", id="x2.2046-over-by-2-pct"),
        pytest.param(4_497_431, None, id="x2.2046-over-by-more-than-2-pct"),
        pytest.param(2_000, "kg declared as tonnes", id="a-thousandth"),
        pytest.param(4_409_245, "kg declared as lb", id="x2.2046"),
        pytest.param(907_185, "lb declared as kg", id="x0.4536"),
        pytest.param(2_000_000, None, id="usual"),
        pytest.param(1_000_000, None, id="half"),
        pytest.param(4_000_000, None, id="double"),
    ],
)
def test_a_unit_value_is_a_slip_where_it_stands_to_the_usual_one_as_unit_to_unit(uusd_per_kg, slip):
    """A thousand is met within half of it, a pound within 2 %: prices that merely halve or double are no slip."""
    assert slip == meaning(uusd_per_kg)


def test_a_slip_is_told_only_far_outside_the_spread_of_prices():
    """Where prices differ by half, a price of less than half the usual one proves nothing; one of a thousandth does."""
    wide = Slips(Quartiles(1_500_000, 2_000_000, 2_500_000))

    assert (None, None) == (meaning(907_185, wide), meaning(4_409_245, wide))
    assert "tonnes declared as kg" == meaning(2_000_000_000, wide)


def test_without_a_price_level_nothing_is_a_slip():
    """Too few days, or prices that round to nothing, say nothing of any unit."""
    assert (None, None) == (meaning(1, Slips(None)), meaning(0, Slips(Quartiles(0, 0, 0))))


def benchmark(*changes):
    """Return a benchmark with unit values by lane and day."""
    found = Benchmark()
    found.update(changes)
    return found


@pytest.mark.parametrize(
    ("cells", "known"),
    [
        pytest.param(CELLS_MIN - 1, False, id="one-short"),
        pytest.param(CELLS_MIN, True, id="at"),
        pytest.param(CELLS_MIN + 1, True, id="one-more"),
    ],
)
def test_a_price_level_takes_a_few_days_of_trade(cells, known):
    """Five lanes' days make a level, four do not."""
    found = benchmark(*[("lane", MARCH - 1 - number, 2_000_000) for number in range(cells)])

    assert known == (found.slips(MARCH).quartiles is not None)


@pytest.mark.parametrize(
    ("day", "known"),
    [
        pytest.param(MARCH - WINDOW_DAYS - 1, False, id="before-the-window"),
        pytest.param(MARCH - WINDOW_DAYS, True, id="its-first-day"),
        pytest.param(MARCH - 1, True, id="its-last-day"),
        pytest.param(MARCH, False, id="the-month-itself"),
    ],
)
def test_a_month_is_measured_by_the_92_days_before_it(day, known):
    """The level stands still while its month is traded: neither that month nor older days move it."""
    found = benchmark(*[(lane, day, 2_000_000) for lane in range(CELLS_MIN)])

    assert known == (found.slips(MARCH + 20).quartiles is not None)


def test_the_level_is_the_quartiles_of_days_to_three_digits():
    """Each lane's day counts once, whatever its quantity; the last digits do not move the level."""
    values = (1_004_999, 2_004_999, 3_004_999, 4_004_999, 5_004_999)
    found = benchmark(*[("lane", MARCH - 1 - place, value) for place, value in enumerate(values)])

    assert Quartiles(2_000_000, 3_000_000, 4_000_000) == found.slips(MARCH).quartiles


def test_an_update_names_the_months_that_are_measured_differently():
    """Only months that were asked about, and whose quartiles moved, are named: by their first day and the next's."""
    found = benchmark(*[("lane", MARCH - 1 - number, 2_000_000) for number in range(CELLS_MIN)])
    april = first_of_month(MARCH + 31)
    found.slips(MARCH), found.slips(april)

    assert [] == found.update([("lane", MARCH - 1, 2_000_001)])
    assert [(MARCH, april), (april, april + 30)] == found.update([(lane, MARCH - 9, 3_000_000) for lane in range(9)])
    assert [(MARCH, april), (april, april + 30)] == found.update([(lane, MARCH - 9, None) for lane in range(9)])


changes = st.lists(
    st.tuples(st.integers(0, 2), st.integers(MARCH - 100, MARCH + 40), st.none() | st.integers(1, 10**9)), max_size=30
)


@given(changes, st.randoms(use_true_random=False))
def test_the_level_does_not_depend_on_the_order_of_days(changes, dice):
    """The last value of each lane's day counts, in whatever order the days came."""
    last = {(lane, day): value for lane, day, value in changes}
    shuffled = [(lane, day, value) for (lane, day), value in last.items()]
    dice.shuffle(shuffled)

    assert benchmark(*changes).slips(MARCH).quartiles == benchmark(*shuffled).slips(MARCH).quartiles


@given(st.integers(1, 10**8), st.integers(0, 10**12), st.integers(1, 10**12))
def test_the_shortcut_passes_over_no_slip(median, value_uusd, content_mg):
    """Between ``low`` and ``high`` no unit value is a slip, so the hot path may look no further."""
    slips = Slips(Quartiles(median, median, median))
    scaled = value_uusd * KG
    slip = any(low * content_mg <= scaled <= high * content_mg for low, high, _ in slips.intervals)

    assert slip == (slips.meaning(value_uusd, content_mg) is not None)


@pytest.mark.parametrize(
    ("day", "first"),
    [
        pytest.param(date(2025, 2, 28), date(2025, 2, 1), id="last"),
        pytest.param(date(2025, 3, 1), date(2025, 3, 1), id="first"),
        pytest.param(date(2025, 3, 2), date(2025, 3, 1), id="second"),
    ],
)
def test_a_month_begins_on_its_first(day, first):
    """The first of a month is its own first day."""
    assert first.toordinal() == first_of_month(day.toordinal())
