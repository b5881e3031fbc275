"""A tariff quota about to run out."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from alerts.model import Severity, State
from streams.records import Status
from streams.reference.quotas import Quota
from streams.rules.quota_cliff import QuotaCliff
from tests.unit.rules.floors_of import floored
from tests.unit.rules.market_of import PRODUCT, day_in, found, lacks, shipment, wrong_lines

RULE = QuotaCliff()
FREE, LOW = "2.5", "1.5"
"""USD per kg, above and below a floor of 2."""


def entries(tonnes="1000", *, months=3, **fields):
    """Return a floor with a quota of so many tonnes, from the first day of the test on."""
    usual = {
        "quota_id": "q",
        "zone_id": "zone",
        "products": (PRODUCT,),
        "period_from": day_in(0, 1),
        "period_to": day_in(months, 1),
        "quantity": tonnes,
    }
    return (*floored(quota_id="q"), Quota(**usual | fields))


def daily(days, tonnes="10", usd=FREE, **fields):
    """Return goods of each of *days*, counted from 1 on the first of January."""
    return [
        replace(shipment(0, tonnes, usd, **fields), event_date=day_in(0, 1) + timedelta(days=day - 1)) for day in days
    ]


def alerts(records, quota=None, **choices):
    """Return the alerts over *records*."""
    return found(RULE, records, entries=quota or entries(), **choices)


def fires(records, quota=None, **choices):
    """Return whether there are any."""
    return bool(alerts(records, quota, **choices))


@pytest.mark.parametrize(
    ("tonnes", "told"),
    [
        pytest.param("339.999", True, id="just-under-14-days"),
        pytest.param("340", False, id="14-days"),
        pytest.param("340.001", False, id="just-over-14-days"),
    ],
)
def test_a_quota_that_lasts_less_than_two_weeks_is_told(tonnes, told):
    """Ten tonnes a day for twenty days: what is left lasts for as many days as there are tens of tonnes."""
    assert told == fires(daily(range(1, 21)), entries(tonnes))


@pytest.mark.parametrize(
    ("days", "told"),
    [
        pytest.param(6, False, id="six-days"),
        pytest.param(7, True, id="seven-days"),
        pytest.param(8, True, id="eight-days"),
    ],
)
def test_a_week_has_to_pass_before_there_is_a_pace(days, told):
    """The first days of a quarter say little of the rest."""
    assert told == fires(daily(range(1, days + 1)), entries("100"))


@pytest.mark.parametrize(
    ("days", "told"),
    [
        pytest.param((1, 10), False, id="two-days-with-goods"),
        pytest.param((1, 5, 10), True, id="three"),
        pytest.param((1, 5, 7, 10), True, id="four"),
    ],
)
def test_a_pace_is_taken_of_several_days_with_goods(days, told):
    """Two large ships are no pace."""
    assert told == fires(daily(days, tonnes="100"), entries(str(100 * len(days) + 50)))


def test_a_quota_that_outlasts_its_period_is_no_cliff():
    """Ten tonnes a day in the last week of the quarter, with a hundred tonnes left."""
    assert [] == alerts(daily(range(1, 88)), entries("970"))


def test_the_pace_is_that_of_the_last_four_weeks():
    """A hurried January is forgotten by March."""
    assert [] == alerts([*daily(range(1, 31)), *daily(range(31, 75), tonnes="1")], entries("500"))


@pytest.mark.parametrize(
    ("tonnes", "usd", "told"),
    [
        pytest.param("90", LOW, False, id="at-90-pct"),
        pytest.param("90.001", LOW, True, id="just-over-90-pct"),
        pytest.param("90.001", "2", False, id="over-90-pct-at-the-floor"),
        pytest.param("90.001", "1.999", True, id="over-90-pct-just-below"),
    ],
)
def test_goods_below_the_floor_are_told_when_little_is_left(tonnes, usd, told):
    """One consignment, so that there is no pace."""
    assert told == fires(daily([80], tonnes=tonnes, usd=usd), entries("100"))


@pytest.mark.parametrize(
    ("day", "told"),
    [
        pytest.param(42, True, id="in-the-two-weeks"),
        pytest.param(41, False, id="a-day-before-them"),
    ],
)
def test_goods_below_the_floor_count_for_two_weeks(day, told):
    """The quota is used up beyond 90 % on the last day only."""
    records = [*daily([day], tonnes="10", usd=LOW), *daily([55], tonnes="85")]

    assert told == fires(records, entries("100"))


def test_a_quota_used_up_is_a_cliff_behind():
    """What arrives above the floor pays nothing, quota or not: no alert goes on."""
    (alert,) = alerts(daily(range(1, 30)), entries("200"))

    assert State.RESOLVED is alert.state


def test_each_origin_has_its_own_quota():
    """Where the quota names one, others do not draw on it."""
    own = entries("150", origin="NO")

    assert [] == alerts(daily(range(1, 15)), own)
    (alert,) = alerts(daily(range(1, 15), origin="NO"), own)
    assert ("NO", "NO") == (alert.origin, alert.evidence["quota_origin"])


def test_a_quota_of_unknown_size_is_said_to_be_one():
    """Nothing is guessed."""
    unknown = entries(None)

    assert [] == alerts(daily(range(1, 30)), unknown)
    assert ["the quantity of the quota q is not known"] == [
        each.missing for each in lacks(RULE, daily(range(1, 30)), entries=unknown)
    ]


def test_a_young_period_is_said_to_have_no_pace():
    """Until then the rule cannot judge."""
    assert ["too few days of the quota's period to know its pace"] == [
        each.missing for each in lacks(RULE, daily(range(1, 5)), entries=entries())
    ]


def test_a_new_period_is_a_new_quota():
    """What was drawn in the quarter before does not count."""
    second = replace(entries("1000")[-1], period_from=day_in(3, 1), period_to=day_in(6, 1))
    both = (*entries("850"), second)
    records = [*daily(range(1, 77)), *daily(range(91, 120), tonnes="1")]
    (alert,) = alerts(records, both)

    assert State.RESOLVED is alert.state


def test_what_was_cancelled_is_there_again():
    """A declaration taken back gives its part to the quota."""
    records = daily(range(1, 21))
    back = [replace(each, status=Status.CANCELLED, revision=2) for each in records[:10]]

    assert fires(records, entries("300"))
    assert not fires([*records, *back], entries("300"))


@pytest.mark.parametrize(
    ("quota", "usd", "severity"),
    [
        pytest.param("300", FREE, Severity.WARNING, id="running-out"),
        pytest.param("222", FREE, Severity.HIGH, id="nine-tenths-used"),
        pytest.param("190", LOW, Severity.CRITICAL, id="used-up-and-goods-below"),
    ],
)
def test_the_less_is_left_the_worse(quota, usd, severity):
    """Two hundred tonnes by the twentieth day."""
    (alert,) = alerts(daily(range(1, 21), usd=usd), entries(quota))

    assert severity is alert.severity


def test_the_evidence_recomputes():
    """Use, pace and the day on which nothing will be left."""
    (alert,) = alerts(daily(range(1, 21)), entries("300"))

    assert [] == wrong_lines(alert)
    assert ("66.666667", "10", day_in(0, 30).isoformat(), ["silicon-metal@1"]) == (
        alert.evidence["used_pct"],
        alert.evidence["days_left"],
        alert.evidence["used_up_on"],
        [each["floor"] for each in alert.evidence["floors"]],
    )
    assert "zone" == alert.zone
