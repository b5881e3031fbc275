"""Lots kept just under a threshold."""

import pytest
from msgspec.structs import replace

from alerts.model import Severity, State
from streams.records import Status
from streams.rules.structuring import Structuring
from tests.unit.rules.floors_of import floored
from tests.unit.rules.market_of import found, lacks, shipment, wrong_lines

RULE = Structuring()
SMALL_LOT = floored(min_lot="1000")
"""A floor of 2 USD/kg that lets lots under a tonne pass."""


def lots(*tonnes, days=(5, 6, 7), usd="2.5", exporter="E1", importer="I1", **fields):
    """Return a lot a day."""
    return [
        shipment(0, each, usd, day=day, exporter=exporter, importer=importer, **fields)
        for each, day in zip(tonnes, days, strict=True)
    ]


def alerts(records, entries=SMALL_LOT, **choices):
    """Return the alerts where a floor has a smallest lot."""
    return found(RULE, records, entries=entries, **choices)


def test_three_lots_just_under_the_smallest_lot_are_told():
    """Nine tenths of a tonne a day, three days running."""
    (alert,) = alerts(lots("0.9", "0.9", "0.9"))

    assert ("smallest lot of silicon-metal@1", 3) == (alert.evidence["threshold"]["name"], alert.evidence["lots"])
    assert ("E1", "I1") == (alert.evidence["exporter"], alert.evidence["importer"])


@pytest.mark.parametrize(
    ("tonnes", "fires"),
    [
        pytest.param("0.799999", False, id="just-under-80-pct"),
        pytest.param("0.8", True, id="at-80-pct"),
        pytest.param("0.800001", True, id="just-over-80-pct"),
        pytest.param("0.999999", True, id="just-under-the-threshold"),
        pytest.param("1", False, id="at-the-threshold"),
        pytest.param("1.000001", False, id="just-over-the-threshold"),
    ],
)
def test_a_lot_counts_from_four_fifths_of_the_threshold_to_just_under_it(tonnes, fires):
    """What is far smaller is a small business; what reaches the threshold hides from nothing."""
    assert fires == bool(alerts(lots("0.9", "0.9", tonnes)))


@pytest.mark.parametrize(
    ("days", "fires"),
    [
        pytest.param((5, 6), False, id="two-lots"),
        pytest.param((5, 6, 7), True, id="three-lots-in-three-days"),
        pytest.param((5, 6, 8), False, id="three-lots-in-four-days"),
        pytest.param((5, 5, 5), True, id="three-lots-on-one-day"),
        pytest.param((5, 6, 7, 7), True, id="four-lots"),
    ],
)
def test_three_lots_within_three_days_are_a_pattern(days, fires):
    """Seventy-two hours, counted in days of entry."""
    assert fires == bool(alerts(lots(*["0.9"] * len(days), days=days)))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"exporter": "E2"}, id="another-exporter"),
        pytest.param({"importer": "I2"}, id="another-importer"),
        pytest.param({"destination": "DE"}, id="another-destination"),
    ],
)
def test_only_lots_of_the_same_parties_count(other):
    """Three sellers of small lots are three sellers."""
    third = shipment(0, "0.9", 2.5, day=7, **{"exporter": "E1", "importer": "I1"} | other)

    assert [] == alerts([*lots("0.9", "0.9", days=(5, 6)), third])


def test_a_lot_by_another_origin_counts_too():
    """Who splits a consignment may declare its parts as he likes."""
    third = shipment(0, "0.9", 2.5, day=7, exporter="E1", importer="I1", origin="VN")

    assert 1 == len(alerts([*lots("0.9", "0.9", days=(5, 6)), third]))


def test_units_make_no_difference():
    """A lot declared in tonnes is as large as one in kilograms."""
    third = shipment(0, "0.9", 2.5, day=7, exporter="E1", importer="I1", quantity="0.9", unit="t")

    assert 1 == len(alerts([*lots("0.9", "0.9", days=(5, 6)), third]))


@pytest.mark.parametrize(
    ("usd", "fires"),
    [
        pytest.param("1.999999", False, id="just-under-80-pct"),
        pytest.param("2", True, id="at-80-pct"),
        pytest.param("2.499999", True, id="just-under"),
        pytest.param("2.5", False, id="at-the-threshold"),
    ],
)
def test_a_smallest_value_is_a_threshold_too(usd, fires):
    """A floor that lets consignments under 2,500 dollars pass; lots of a tonne."""
    entries = floored(de_minimis_value="2500")

    assert fires == bool(alerts(lots("1", "1", "1", usd=usd), entries))


@pytest.mark.parametrize(
    ("usd", "fires"),
    [
        pytest.param("3.999999", False, id="just-under-4000"),
        pytest.param("4", True, id="4000"),
        pytest.param("4.999999", True, id="just-under-5000"),
        pytest.param("5", False, id="5000"),
    ],
)
def test_the_low_value_licence_of_the_united_states_is_one(usd, fires):
    """From 4,000 to just under 5,000 dollars."""
    assert fires == bool(alerts(lots("1", "1", "1", usd=usd, destination="US"), ()))


def test_the_low_value_licence_holds_nowhere_else():
    """Other customs know no such licence."""
    assert [] == alerts(lots("1", "1", "1", usd="4.5"), ())


def test_without_a_threshold_nothing_is_kept_under_one():
    """A floor that charges every lot."""
    assert [] == alerts(lots("0.9", "0.9", "0.9"), floored())


@pytest.mark.parametrize(
    ("usd", "severity"),
    [
        pytest.param("1.99", Severity.HIGH, id="below-the-floor"),
        pytest.param("2", Severity.WARNING, id="at-the-floor"),
        pytest.param("2.01", Severity.WARNING, id="above-the-floor"),
    ],
)
def test_lots_that_escape_a_levy_are_graver(usd, severity):
    """Below the floor each of them would be charged."""
    (alert,) = alerts(lots("0.9", "0.9", "0.9", usd=usd))

    assert severity is alert.severity


def test_lots_without_names_are_said_to_lack_them():
    """Who splits a consignment can only be told where parties are declared."""
    records = lots("0.9", "0.9", "0.9", importer=None)

    assert [] == alerts(records)
    assert ["lots just under a threshold do not name both their exporter and importer"] == [
        each.missing for each in lacks(RULE, records, entries=SMALL_LOT)
    ]


def test_a_lot_that_is_taken_back_takes_the_alert_with_it():
    """The alert is of what stands."""
    records = lots("0.9", "0.9", "0.9")

    assert [] == alerts([*records, replace(records[1], status=Status.CANCELLED, revision=2)])


def test_what_goes_on_is_one_alert():
    """A lot a day for three weeks, and silence after it."""
    days = range(1, 22)
    (alert,) = alerts(lots(*["0.9"] * len(days), days=days), end=2)

    assert (State.EXPIRED, 19) == (alert.state, alert.evidence["periods_in_breach"])


def test_the_evidence_recomputes():
    """Lots by name, and what they come to together."""
    records = lots("0.9", "0.85", "0.95")
    (alert,) = alerts(records)

    assert [] == wrong_lines(alert)
    assert "2.7" == alert.evidence["times_the_threshold"]
    assert [each.id for each in records] == [each["id"] for each in alert.evidence["records"]]
    assert ["90", "85", "95"] == [each["part_pct"] for each in alert.evidence["records"]]


def test_a_lot_in_pounds_has_its_exact_part():
    """What does not end in decimals stays a fraction."""
    records = lots("0.9", "0.9", "0.9")
    third = replace(records[2], quantity="2000", unit="lb")
    (alert,) = alerts([*records[:2], third])

    assert [] == wrong_lines(alert)


def test_many_lots_are_listed_in_part_and_added_up_in_full():
    """Twenty records are enough to look at."""
    (alert,) = alerts([each for _ in range(10) for each in lots("0.9", "0.9", "0.9")])

    assert (30, 20, "27") == (
        alert.evidence["lots"],
        len(alert.evidence["records"]),
        alert.evidence["times_the_threshold"],
    )
    assert [] == wrong_lines(alert)
    assert Severity.CRITICAL is alert.severity
