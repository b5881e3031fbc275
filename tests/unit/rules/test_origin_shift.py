"""Goods under a measure that come from elsewhere."""

from datetime import date
from fractions import Fraction

import pytest

from alerts.model import Severity, State
from streams.reference.capacities import Capacity, CapacityRole
from streams.reference.floor import AppliesTo, FloorStatus, Scope
from streams.rules.origin_shift import OriginShiftRule
from tests.unit.rules.floors_of import floored
from tests.unit.rules.market_of import PRODUCT, breaches, day_in, found, lacks, monthly, wrong_lines
from tests.unit.rules.measures_of import duty

RULE = OriginShiftRule()


def trade(china=(80, 60), thailand=(10, 30), rest=10, months=3):
    """Return six months before and some since the measure: tonnes of China, Thailand and Brazil."""
    return [
        *monthly([china[0]] * 6 + [china[1]] * months),
        *monthly([thailand[0]] * 6 + [thailand[1]] * months, origin="TH"),
        *monthly([rest] * (6 + months), origin="BR"),
    ]


@pytest.mark.parametrize(
    ("china", "thailand", "months"),
    [
        pytest.param(70.1, 19.9, [], id="just-short"),
        pytest.param(70, 20, [8], id="at"),
        pytest.param(69.9, 20.1, [8], id="just-over"),
    ],
)
def test_ten_points_have_to_change_hands(china, thailand, months):
    """From 80 to 70 per cent of all imports, and from 10 to 20."""
    assert months == breaches(RULE, trade((80, china), (10, thailand)), entries=(duty(),))


def test_both_have_to_move():
    """A loss to many, or a gain at the cost of others, is no shift."""
    lost_to_many = [*trade((80, 62), (10, 19)), *monthly([0] * 6 + [9] * 3, origin="NO")]
    gained_from_others = [*monthly([50] * 9), *monthly([10] * 6 + [40] * 3, origin="TH"),
                          *monthly([40] * 6 + [10] * 3, origin="BR")]  # fmt: skip

    assert [] == breaches(RULE, lost_to_many, entries=(duty(),))
    assert [] == breaches(RULE, gained_from_others, entries=(duty(),))


def test_without_a_measure_there_is_nothing_to_find():
    """Suppliers change every day."""
    assert [] == found(RULE, trade())


def test_a_floor_is_a_measure():
    """Members of the zone take the place of others."""
    records = [*monthly([80] * 6 + [40] * 3), *monthly([20] * 6 + [60] * 3, origin="DE")]
    entries = floored("1", begins=6, members_exempt=True, applies_to=AppliesTo(scope=Scope.NON_MEMBERS))

    assert [("DE", 8)] == [(alert.origin, 8) for alert in found(RULE, records, entries=entries)]


def test_the_alert_is_of_the_origin_that_gained():
    """With the measure as what tells it apart, and the one it is for in the evidence."""
    (alert,) = found(RULE, trade(), entries=(duty(),))

    assert ("TH", "GB", "AD-1") == (alert.origin, alert.destination, alert.evidence["measure"]["measure"])
    assert ("20", "20") == (alert.evidence["rise_points"], alert.evidence["fall_points"])
    assert [] == wrong_lines(alert)


def test_goods_rushed_in_after_the_announcement_are_no_base():
    """The shares before it was announced are those of ordinary trade."""
    rush = [*monthly([40] * 6 + [400] * 3 + [40] * 3), *monthly([60] * 12, origin="TH")]
    announced = duty(9, announced_at=day_in(6, 1))

    assert [] == breaches(RULE, rush, entries=(announced,))


@pytest.mark.parametrize(
    ("months", "found_in"),
    [
        pytest.param(2, [], id="too-soon"),
        pytest.param(3, [8], id="three"),
        pytest.param(6, [8, 9, 10, 11], id="six"),
        pytest.param(8, [8, 9, 10, 11], id="later"),
    ],
)
def test_shares_are_those_of_three_to_six_months_since_the_measure(months, found_in):
    """What changes later has other reasons."""
    assert found_in == breaches(RULE, trade(months=months), entries=(duty(),))


def test_months_count_from_the_first_that_is_whole():
    """A measure that begins in mid-month has its first month thereafter."""
    later = duty(effective_from=day_in(6, 2), announced_at=day_in(6, 1))

    assert [] == breaches(RULE, trade(months=3), entries=(later,))


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(duty(origins=()), id="on-all-origins"),
        pytest.param(duty(origins=("TH",)), id="on-the-one-that-gained"),
        pytest.param(duty(destinations=("DE",)), id="elsewhere"),
        pytest.param(duty(products=("silicon|polysilicon",)), id="on-other-goods"),
        pytest.param(duty(status=FloorStatus.REVOKED), id="revoked"),
        pytest.param(duty(effective_to=day_in(8, 1)), id="over"),
    ],
)
def test_a_measure_that_does_not_apply_shifts_nothing(entry):
    """Only goods under it are driven away by it."""
    assert [] == breaches(RULE, trade(), entries=(entry,))


def test_too_little_trade_before_the_measure_is_said():
    """Shares of nothing are no shares."""
    records = [each for each in trade() if each.event_date >= day_in(4)]

    assert ["too little trade in the six months before the measure was announced"] == [
        each.missing for each in lacks(RULE, records, entries=(duty(),))
    ]


def test_unpriced_records_are_not_taken_for_less_trade():
    """What has no content is in no share."""
    records = [*trade(), *monthly([10] * 6, start=3, origin="NO", incoterm=None)]

    assert "price is not known" in lacks(RULE, records, entries=(duty(),))[0].missing


def test_what_the_origin_makes_is_shown_where_it_is_known():
    """An origin that makes nothing of the kind is another matter than a producer."""
    made = Capacity(role=CapacityRole.PRODUCTION, product=PRODUCT, country="TH", quantity="5",
                    valid_from=date(2020, 1, 1), publisher="survey")  # fmt: skip
    (alert,) = found(RULE, trade(), entries=(duty(), made))

    assert "5000" == alert.evidence["of_the_origin_kg_per_year"]["production"]
    assert alert.evidence["of_the_origin_kg_per_year"]["capacity"].startswith("no capacity")


@pytest.mark.parametrize(
    ("gain", "severity"),
    [
        pytest.param(10, Severity.WARNING, id="10"),
        pytest.param(20, Severity.HIGH, id="20"),
        pytest.param(40, Severity.CRITICAL, id="40"),
    ],
)
def test_the_points_gained_decide_how_serious_it_is(gain, severity):
    """From a tenth of all imports to two fifths."""
    (alert,) = found(RULE, trade((80, 80 - gain), (10, 10 + gain)), entries=(duty(),))

    assert severity == alert.severity


def test_it_ends_when_half_of_the_shift_is_gone():
    """Shares since the measure come back to what they were."""
    back = [*trade(), *monthly([160] * 3, start=9), *monthly([0] * 3, start=9, origin="TH"),
            *monthly([0] * 3, start=9, origin="BR")]  # fmt: skip

    assert [State.RESOLVED] == [alert.state for alert in found(RULE, back, entries=(duty(),))]


def test_the_limits_are_to_be_chosen():
    """Here, thirty points."""
    stricter = OriginShiftRule(rise_min_pp=Fraction(30))

    assert [] == breaches(stricter, trade(), entries=(duty(),))
