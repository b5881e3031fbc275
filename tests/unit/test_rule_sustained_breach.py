"""A lane that keeps below its floor on average."""

from dataclasses import replace
from fractions import Fraction

import pytest

from alerts.model import State
from streams.rules.sustained_breach import SustainedBreach, below_floor
from tests.sales import evidence, found, on, sale

RULE = SustainedBreach()


def sales(*prices, every=1, kg="1000"):
    """Return a sale at each price, one each *every* days."""
    return [sale(place * every, price, kg=kg, id=str(place)) for place, price in enumerate(prices)]


def test_ordinary_sales_are_silent():
    """A lane above its floor on average raises nothing, nor does one without any sale below."""
    assert [] == found(RULE, sales(*["2.30"] * 60))


@pytest.mark.parametrize(
    ("count", "alerts"),
    [pytest.param(2, 0, id="one-short"), pytest.param(3, 1, id="at"), pytest.param(4, 1, id="one-more")],
)
def test_one_stray_consignment_is_no_habit(count, alerts):
    """It takes three records with a floor within thirty days."""
    assert alerts == len(found(RULE, sales(*["2"] * count)))


@pytest.mark.parametrize(
    ("last", "alerts"),
    [
        pytest.param("2.599999", 1, id="just-below-on-average"),
        pytest.param("2.60", 0, id="at-the-floor-on-average"),
        pytest.param("2.600001", 0, id="just-above-on-average"),
    ],
)
def test_the_average_by_volume_decides(last, alerts):
    """Two sales at 2.00 and one at 2.60 average 2.20, the floor itself: equal is not below."""
    assert alerts == len(found(RULE, sales("2", "2", last)))


@pytest.mark.parametrize(
    ("kg_below", "alerts"),
    [
        pytest.param("499.999999", 0, id="just-short"),
        pytest.param("500", 1, id="at"),
        pytest.param("500.000001", 1, id="just-over"),
    ],
)
def test_a_fifth_of_the_volume_has_to_lie_below(kg_below, alerts):
    """Below-cost sales are substantial from 20 per cent on (Anti-Dumping Agreement, article 2.2.1, footnote 5)."""
    records = [sale(0, "2.20"), sale(0, "2.20", id="two"), sale(1, "1", kg=kg_below)]

    assert alerts == len(found(RULE, records))


@pytest.mark.parametrize(
    ("day", "records"),
    [
        pytest.param(29, 3, id="its-last-day"),
        pytest.param(30, None, id="the-day-after"),
    ],
)
def test_a_window_is_thirty_days_with_both_its_ends(day, records):
    """The first sale is in the window that ends 29 days later, and no longer in the next."""
    alerts = found(RULE, [sale(0, "2"), sale(10, "2"), sale(day, "2")])

    assert records == (alerts[0].evidence["records"] if alerts else None)


def test_a_breach_ends_when_the_average_is_back_at_the_floor():
    """The days that go out of the window end it as well as those that come in."""
    (alert,) = found(RULE, [*sales("2", "2", "2"), *(sale(20 + day, "2.30") for day in range(5))])

    assert (State.RESOLVED, f"{on(30)}T00:00:00Z") == (alert.state, alert.resolved_at)


def test_a_breach_ends_on_the_day_it_ended_though_the_next_sale_comes_later():
    """Days leave the window when their time is up, not when another sale makes someone look."""
    records = [*sales("2", "2", "2"), *(sale(20 + day, "2.30") for day in range(5)), sale(60, "2.30")]
    (alert,) = found(RULE, records)

    assert (State.RESOLVED, f"{on(30)}T00:00:00Z") == (alert.state, alert.resolved_at)


@pytest.mark.parametrize(
    ("end", "state"),
    [
        pytest.param(46, State.FIRING, id="a-day-short"),
        pytest.param(47, State.EXPIRED, id="at"),
        pytest.param(48, State.EXPIRED, id="a-day-more"),
    ],
)
def test_a_lane_that_stops_trading_is_forgotten_after_45_days(end, state):
    """From the last window in breach on, that is: here the one that the first of three days ends."""
    assert [state] == [alert.state for alert in found(RULE, sales("2", "2", "2"), end=end)]


def test_only_sealed_days_are_judged():
    """A day that may still be completed is no part of an average."""
    assert ([], 1) == (
        found(RULE, sales("2", "2", "2"), end=1),
        len(found(RULE, sales("2", "2", "2"), end=2)),
    )


def test_the_alert_shows_its_worst_window():
    """Price and floor are those of the window with the largest gap, whatever came after."""
    got = evidence(RULE, sales("2", "2", "1.70", "2.10"))

    assert ("2025-01-03", "13.636364", "1.9", "100") == (
        got["worst_window_ends_on"],
        got["gap_pct"],
        got["landed_price_usd_per_kg"],
        got["below_share_pct"],
    )


def test_monthly_figures_make_one_alert():
    """Statistics of a month are a month apart: a year below the floor is one story."""
    months = (0, 31, 59, 90, 120, 151, 181)
    records = [sale(day, "2", id=f"{day}/{number}") for day in months for number in range(3)]

    assert 1 == len(found(RULE, records))


def test_a_rule_can_be_set_otherwise():
    """Window, number of records, share and tolerance are settings."""
    single = replace(RULE, records_min=1, share_min=Fraction(0))

    assert (1, 0) == (
        len(found(single, sales("2.15"))),
        len(found(replace(single, tolerance=Fraction(5, 100)), sales("2.15"))),
    )


def test_rows_without_a_floor_count_for_nothing():
    """Goods that no floor covers, or that cannot be priced, are in neither average."""
    records = [*sales("2", "2"), sale(1, "2", id="unpriced", currency="EUR"), sale(1, "2", id="US", destination="US")]

    assert [] == found(RULE, records)


@pytest.mark.parametrize(
    ("price", "below"),
    [
        pytest.param(Fraction(9799, 10000), True, id="past-the-tolerance"),
        pytest.param(Fraction(98, 100), False, id="at-the-tolerance"),
        pytest.param(Fraction(9801, 10000), False, id="within-the-tolerance"),
    ],
)
def test_a_price_at_the_tolerance_is_not_below(price, below):
    """Two per cent of the floor are let pass, exactly."""
    assert below == below_floor(price, 1, tolerance=Fraction(2, 100))
