"""How far a market price stands above its floor."""

from dataclasses import replace as changed
from fractions import Fraction

import pytest
from msgspec.structs import replace

from alerts.model import Severity, State
from streams.records import Status
from streams.reference.floors import FloorStatus
from streams.rules.floor_headroom import FloorHeadroom
from tests.sales import PLAIN, evidence, found, on, price
from tests.strategies import CONCENTRATE, SILICON, plain_reference, usual_floor

RULE = FloorHeadroom()
A_HUNDRED = (PLAIN[0], replace(usual_floor(SILICON), value="100"))
"""A floor of 100 USD/kg, so that prices read as per cent of it."""


def states(*prices, end=30):
    """Return the state of each alert over a price a day."""
    ticks = [price(day, usd) for day, usd in enumerate(prices)]
    return [alert.state for alert in found(RULE, ticks, entries=A_HUNDRED, end=end)]


def test_a_price_well_above_its_floor_is_silent():
    """A market that stands still or rises above its floor is no news."""
    assert [] == states(*["130"] * 30)
    assert [] == states(*[str(130 + day) for day in range(30)])


@pytest.mark.parametrize(
    ("usd", "near"),
    [
        pytest.param("104.999999", [State.FIRING], id="just-under-5-pct"),
        pytest.param("105", [State.FIRING], id="at-5-pct"),
        pytest.param("105.000001", [], id="just-over-5-pct"),
    ],
)
def test_a_price_is_near_its_floor_within_five_per_cent(usd, near):
    """Five per cent above the floor is near."""
    assert near == states(usd)


@pytest.mark.parametrize(
    ("usd", "state"),
    [
        pytest.param("106", State.FIRING, id="between-near-and-away"),
        pytest.param("107.5", State.FIRING, id="at-7.5-pct"),
        pytest.param("107.500001", State.RESOLVED, id="just-over-7.5-pct"),
    ],
)
def test_a_price_has_to_come_well_away_to_clear(usd, state):
    """Between near and away nothing changes: an alert does not flicker at a threshold."""
    assert [state] == states("104", usd)


@pytest.mark.parametrize(
    ("usd", "severity"),
    [
        pytest.param("100", Severity.INFO, id="at-the-floor"),
        pytest.param("99.999999", Severity.WARNING, id="just-below"),
        pytest.param("60", Severity.HIGH, id="40-pct-below"),
        pytest.param("39", Severity.CRITICAL, id="61-pct-below"),
    ],
)
def test_below_the_floor_the_gap_grades_the_alert(usd, severity):
    """A price above its floor is for information; below it is at least a warning."""
    (alert,) = found(RULE, [price(0, usd)], entries=A_HUNDRED)

    assert severity is alert.severity


@pytest.mark.parametrize(
    ("now", "reach"),
    [
        pytest.param("130.000001", None, id="just-slower"),
        pytest.param("130", 30, id="in-30-days"),
        pytest.param("129.999999", 29, id="just-faster"),
    ],
)
def test_a_fall_that_reaches_the_floor_within_thirty_days_is_told(now, reach):
    """From 150, twenty days ago: a dollar a day, and thirty dollars to go."""
    alerts = found(RULE, [price(0, "150"), price(10, "140"), price(20, now)], entries=A_HUNDRED, end=20)

    assert reach == (alerts[0].evidence["trend_reaches_floor_in_days"] if alerts else None)


def test_two_prices_are_no_trend():
    """A single fall says nothing of where a price is going."""
    assert [] == states("150", "125", end=1)


@pytest.mark.parametrize(
    ("first", "alerts"),
    [pytest.param(7, 0, id="the-day-before"), pytest.param(8, 1, id="its-first-day"), pytest.param(9, 1, id="within")],
)
def test_a_trend_is_that_of_the_last_92_days(first, alerts):
    """An older price is out of the window, and the two that are left are no trend."""
    ticks = [price(first, "400"), price(98, "120"), price(100, "120")]

    assert alerts == len(found(RULE, ticks, entries=A_HUNDRED, end=100))


def test_the_alert_keeps_the_lowest_headroom_and_the_latest():
    """Both are of interest: how bad it was, and how it is."""
    got = evidence(RULE, [price(0, "103"), price(1, "98"), price(2, "102")], entries=A_HUNDRED)

    assert ("-2", "2025-01-02", "2") == (got["headroom_pct"], got["lowest_on"], got["latest_headroom_pct"])


def test_each_floor_and_instrument_has_an_alert_of_its_own():
    """A price is compared with every floor of its product that is in force."""
    other = replace(usual_floor(SILICON), floor_id="other", value="99")
    ticks = [price(0, "101"), price(0, "102", instrument="term")]
    alerts = found(RULE, ticks, entries=(*A_HUNDRED, other))

    assert [
        ("spot", "other@1"),
        ("spot", "silicon-metal@1"),
        ("term", "other@1"),
        ("term", "silicon-metal@1"),
    ] == sorted((alert.origin, alert.evidence["floors"][0]["floor"]) for alert in alerts)


def test_a_floor_that_ended_is_not_forgotten_when_another_begins():
    """What was said of a price under the old floor stands, in whatever order the prices come."""
    ended = replace(usual_floor(SILICON), floor_id="old", value="100", effective_to=on(10))
    new = replace(usual_floor(SILICON), floor_id="new", value="50", effective_from=on(10))
    ticks = [price(5, "101"), price(15, "51")]
    entries = (PLAIN[0], ended, new)

    assert found(RULE, ticks, entries=entries) == found(RULE, ticks[::-1], entries=entries)
    assert 2 == len(found(RULE, ticks, entries=entries))


@pytest.mark.parametrize(
    "terms",
    [
        pytest.param({"status": FloorStatus.PROPOSED}, id="proposed"),
        pytest.param({"status": FloorStatus.REVOKED}, id="revoked"),
        pytest.param({"value": None}, id="suspended"),
        pytest.param({"effective_to": on(0)}, id="ended"),
        pytest.param({"effective_from": on(1)}, id="not-begun"),
        pytest.param({"announced_at": on(1)}, id="not-announced"),
    ],
)
def test_a_price_is_compared_only_with_a_floor_that_holds(terms):
    """What is not in force on the day is nothing to be near to."""
    floor = replace(usual_floor(SILICON), **terms)

    assert [] == found(RULE, [price(0, "2.21")], entries=(PLAIN[0], floor))


def test_a_price_of_content_is_compared_with_a_floor_of_content():
    """A price per mtu of WO3 stands against a floor per mtu of WO3, whatever the goods it is in."""
    tick = price(0, "303", product=CONCENTRATE.product, unit="mtu", price_of="WO3")
    got = evidence(RULE, [tick], entries=plain_reference(CONCENTRATE))

    assert ("1", "30") == (got["headroom_pct"], got["floor_usd_per_kg"])


def test_a_corrected_price_takes_back_what_it_said():
    """An instrument has one price a day; the last revision of it counts."""
    wrong = price(0, "101")

    assert [] == found(RULE, [wrong, replace(wrong, price="130", revision=2)], entries=A_HUNDRED)
    assert [] == found(RULE, [wrong, replace(wrong, status=Status.CANCELLED, revision=2)], entries=A_HUNDRED)


@pytest.mark.parametrize(
    ("end", "state"),
    [
        pytest.param(183, State.FIRING, id="a-day-short"),
        pytest.param(184, State.EXPIRED, id="at"),
        pytest.param(185, State.EXPIRED, id="a-day-more"),
    ],
)
def test_an_instrument_that_falls_silent_is_forgotten(end, state):
    """After 184 days without a price nothing is known of it any more."""
    assert [state] == states("101", end=end)


def test_a_floor_of_next_to_nothing_is_no_limit():
    """A floor that rounds to no micro-dollar a kilogram has no per cent to be above."""
    floor = replace(usual_floor(SILICON), value="0.0000001")

    assert [] == found(RULE, [price(0, "0.000001")], entries=(PLAIN[0], floor))


def test_the_rule_can_be_set_otherwise():
    """How near is near is a setting."""
    wide = changed(RULE, near=Fraction(20, 100), away=Fraction(25, 100))

    assert 1 == len(found(wide, [price(0, "120")], entries=A_HUNDRED))
