"""Trade for which a destination that keeps floors has none."""

import pytest
from msgspec.structs import replace

from alerts.model import Severity, State
from streams.reference.zones import Member, Zone
from streams.rules.floor_missing import FloorMissing
from tests.sales import PLAIN, evidence, found, on, sale
from tests.strategies import SILICON, ZONE, usual_floor

RULE = FloorMissing()
NO_FLOOR = PLAIN[:1]


def test_goods_with_a_floor_are_silent():
    """Where every sale finds its floor nothing is missing, breach or not."""
    assert [] == found(RULE, [sale(day, "1") for day in range(20)])


def test_a_destination_outside_every_zone_misses_nothing():
    """A country that keeps no floors has none to miss."""
    assert [] == found(RULE, [sale(0, "1", destination="US")], entries=NO_FLOOR)


def test_goods_without_a_floor_are_said_once_for_all_origins():
    """One alert for the product at its destination, with what came in and from where."""
    got = evidence(RULE, [sale(0, "1"), sale(1, "2", origin="NO")], entries=NO_FLOOR)

    assert (2, "2000", "3000", ["CN", "NO"], ["no floor for silicon|metal in zone"]) == tuple(
        got[name] for name in ("records", "content_kg", "landed_value_usd", "origins", "reasons")
    )


def test_each_destination_has_an_alert_of_its_own():
    """What one member lacks is no news of another."""
    alerts = found(RULE, [sale(0, "1"), sale(0, "1", id="DE", destination="DE")], entries=NO_FLOOR)

    assert [(None, "DE"), (None, "GB")] == sorted((alert.origin, alert.destination) for alert in alerts)


@pytest.mark.parametrize(
    ("begins", "resolved_on"),
    [
        pytest.param(1, 1, id="the-next-day"),
        pytest.param(2, 2, id="the-day-after"),
        pytest.param(30, 30, id="a-month-later"),
    ],
)
def test_a_floor_that_comes_resolves_it(begins, resolved_on):
    """The first sale that finds a floor says that none is missing any more."""
    entries = (PLAIN[0], replace(usual_floor(SILICON), effective_from=on(1)))
    (alert,) = found(RULE, [sale(0, "3"), sale(begins, "3")], entries=entries)

    assert (State.RESOLVED, f"{on(resolved_on)}T00:00:00Z") == (alert.state, alert.resolved_at)


@pytest.mark.parametrize(
    ("end", "state"),
    [
        pytest.param(91, State.FIRING, id="a-day-short"),
        pytest.param(92, State.EXPIRED, id="at"),
        pytest.param(93, State.EXPIRED, id="a-day-more"),
    ],
)
def test_without_trade_it_is_forgotten(end, state):
    """After 92 days nobody brings such goods any more."""
    assert [state] == [alert.state for alert in found(RULE, [sale(0, "1")], entries=NO_FLOOR, end=end)]


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        pytest.param({"effective_from": on(5)}, "", id="not-begun"),
        pytest.param({"effective_to": on(0)}, "", id="ended"),
        pytest.param({"announced_at": on(1)}, ": silicon-metal@1 is not announced by then", id="not-announced"),
        pytest.param(
            {"grade_min_pct": "99"},
            ": silicon-metal@1 is bounded by grade, and no grade is declared",
            id="no-grade",
        ),
        pytest.param(
            {"grade_min_pct": "99", "default_grade_pct": "98"},
            ": silicon-metal@1 is for another commodity code or grade",
            id="other-grade",
        ),
    ],
)
def test_the_reason_tells_what_can_be_done(terms, reason):
    """Where a floor of the day is for other goods it is named; one that has not begun or has ended is not a reason."""
    entries = (PLAIN[0], replace(usual_floor(SILICON), **terms))
    got = evidence(RULE, [sale(0, "1")], entries=entries)

    assert [f"no floor for silicon|metal in zone{reason}"] == got["reasons"]


def test_a_country_that_joins_a_zone_begins_to_miss():
    """From its first day as a member on, a country keeps floors, and one that is missing is said."""
    joins = Zone(zone_id=ZONE, members=(Member(country="GB", valid_from=on(5)),))
    (alert,) = found(RULE, [sale(4, "1"), sale(5, "1"), sale(6, "1")], entries=(joins,))

    assert (Severity.INFO, 2, f"{on(5)}T00:00:00Z") == (alert.severity, alert.evidence["records"], alert.opened_at)
