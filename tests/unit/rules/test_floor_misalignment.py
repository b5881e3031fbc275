"""Floors that do not meet inside a zone, and goods that come in through the lower one."""

import pytest
from msgspec.structs import replace

from alerts.model import Severity, State
from streams.reference.floors import AppliesTo, FloorStatus
from streams.rules.floor_misalignment import FloorMisalignment
from tests.unit.rules.floors_of import floor, floored, zone
from tests.unit.rules.market_of import breaches, found, lacks, monthly, shipment, wrong_lines

RULE = FloorMisalignment()


def two_floors(gb="2", de="3", **fields):
    """Return a zone of GB and DE, each with a floor of its own, None for none."""
    zones = (zone(), zone("GB", zone_id="of-gb"), zone("DE", zone_id="of-de"))
    floors = [
        floor(value, floor_id=f"floor-{country}", zone_id=f"of-{country}", **fields)
        for country, value in (("gb", gb), ("de", de))
        if value is not None
    ]
    return (*zones, *floors)


def goods(usd="2.5", *, tonnes="10", months=3, **fields):
    """Return a shipment a month to the United Kingdom."""
    return monthly([tonnes] * months, usd, **fields)


def test_goods_that_come_in_through_the_lower_floor_are_told():
    """Two dollars in the United Kingdom, three in Germany."""
    (alert,) = found(RULE, goods(), entries=two_floors())

    assert ("CN", "GB", "zone") == (alert.origin, alert.destination, alert.evidence["zone"])
    assert ("33.333333", "DE") == (alert.evidence["gap_pct"], alert.evidence["highest_floor_of"])


def test_goods_that_come_in_through_the_higher_floor_are_not():
    """There is nothing to find at the member who keeps the floor."""
    assert [] == found(RULE, goods(destination="DE"), entries=two_floors())


def test_a_floor_of_the_whole_zone_is_aligned():
    """One floor for all members."""
    assert [] == found(RULE, goods("1"), entries=floored())


@pytest.mark.parametrize(
    ("gb", "fires"),
    [
        pytest.param("2.850001", False, id="just-under-5-pct"),
        pytest.param("2.85", False, id="at-5-pct"),
        pytest.param("2.849999", True, id="just-over-5-pct"),
    ],
)
def test_five_per_cent_are_let_pass(gb, fires):
    """Rates and rounding make floors differ a little."""
    assert fires == bool(found(RULE, goods(), entries=two_floors(gb)))


def test_a_member_without_a_floor_is_the_lowest():
    """Nothing at all is a hundred per cent under the highest."""
    (alert,) = found(RULE, goods(), entries=two_floors(None))

    assert ("100", None, Severity.CRITICAL) == (
        alert.evidence["gap_pct"],
        alert.evidence["floor_usd_per_kg"],
        alert.severity,
    )


def test_a_suspended_floor_is_none():
    """What is out of force stops nothing."""
    entries = two_floors()
    suspended = [replace(each, value=None) if getattr(each, "floor_id", "") == "floor-gb" else each for each in entries]

    assert "100" == found(RULE, goods(), entries=suspended)[0].evidence["gap_pct"]


def test_an_exemption_that_a_floor_states_is_no_misalignment():
    """It was meant."""
    entries = two_floors()
    exempt = AppliesTo(except_origins=("CN",))
    stated = [
        replace(each, applies_to=exempt) if getattr(each, "floor_id", "") == "floor-gb" else each for each in entries
    ]

    assert [] == found(RULE, goods(), entries=stated)


def test_a_proposed_floor_is_not_kept():
    """What is not law stops nothing yet."""
    assert [] == found(RULE, goods(), entries=two_floors(status=FloorStatus.PROPOSED))


@pytest.mark.parametrize(
    ("usd", "fires"),
    [
        pytest.param("2.999999", True, id="just-under-the-highest"),
        pytest.param("3", False, id="at-the-highest"),
        pytest.param("3.000001", False, id="just-over-the-highest"),
    ],
)
def test_goods_that_the_highest_floor_would_let_in_leak_nowhere(usd, fires):
    """A floor that does not bind keeps nobody out."""
    assert fires == bool(found(RULE, goods(usd), entries=two_floors()))


@pytest.mark.parametrize(
    ("elsewhere", "fires"),
    [
        pytest.param("269.9", True, id="just-over-10-pct"),
        pytest.param("270", True, id="at-10-pct"),
        pytest.param("270.1", False, id="just-under-10-pct"),
    ],
)
def test_a_tenth_of_the_arrivals_is_a_leak(elsewhere, fires):
    """Thirty tonnes through the lower floor."""
    records = [*goods(), shipment(0, elsewhere, "3.5", destination="DE")]

    assert fires == bool(found(RULE, records, entries=two_floors()))


@pytest.mark.parametrize(
    ("tonnes", "fires"),
    [
        pytest.param("1.333", False, id="just-under-10,000-usd"),
        pytest.param("1.33333334", True, id="10,000-usd"),
        pytest.param("1.334", True, id="just-over"),
    ],
)
def test_small_change_is_left_alone(tonnes, fires):
    """Three months at 2.50 a kilogram."""
    assert fires == bool(found(RULE, goods(tonnes=tonnes), entries=two_floors()))


def test_another_origin_is_another_matter():
    """A floor of one origin is compared with what members keep for that origin."""
    assert ["CN", "RU"] == [
        alert.origin for alert in found(RULE, [*goods(), *goods(origin="RU")], entries=two_floors())
    ]


def test_a_floor_that_is_raised_to_the_others_ends_the_alert():
    """The members have met."""
    entries = two_floors()
    raised = floor("3", begins=4, floor_id="floor-gb", zone_id="of-gb", version=2)
    (alert,) = found(RULE, goods(months=6), entries=(*entries, raised))

    assert State.RESOLVED is alert.state
    assert [0, 1, 2, 3] == breaches(RULE, goods(months=6), entries=(*entries, raised))


def test_floors_in_a_currency_without_a_rate_are_said_to_lack_one():
    """Nothing is guessed."""
    entries = [replace(each, currency="EUR") if hasattr(each, "floor_id") else each for each in two_floors()]

    assert [] == found(RULE, goods(), entries=entries)
    assert any("cannot be had in US dollars" in each.missing for each in lacks(RULE, goods(), entries=entries))


def test_goods_that_cannot_be_priced_are_said_to_lack_a_price():
    """Under four fifths of the records priced, nothing is concluded."""
    records = [*goods(), *goods(incoterm=None)]

    assert [] == found(RULE, records, entries=two_floors())
    assert any("price is not known" in each.missing for each in lacks(RULE, records, entries=two_floors()))


def test_the_share_of_the_year_before_is_told_beside():
    """Whether goods turned to the lower floor; each floor is told with its law."""
    records = [*goods("3.5", months=12, destination="DE"), *goods(start=12)]
    (alert,) = found(RULE, records, entries=two_floors())

    assert ("33.333333", "0") == (alert.evidence["share_pct"], alert.evidence["share_before_pct"])
    assert ["floor-de@1", "floor-gb@1"] == [each["floor"] for each in alert.evidence["floors"]]


def test_goods_of_a_member_are_not_judged_at_home():
    """What does not cross a frontier meets no floor."""
    assert [] == found(RULE, goods(origin="GB"), entries=two_floors())


def test_the_evidence_recomputes():
    """Gap, unit value and share."""
    (alert,) = found(RULE, goods(), entries=two_floors())

    assert [] == wrong_lines(alert)
    assert [("DE", "3"), ("GB", "2")] == [(each["country"], each["usd_per_kg"]) for each in alert.evidence["members"]]
    assert Severity.WARNING is alert.severity
