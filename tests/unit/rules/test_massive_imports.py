"""A lane whose imports rise massively in a short time."""

import pytest

from alerts.model import Severity, State
from streams.rules.massive_imports import MassiveImportsRule
from tests.unit.rules.market_of import breaches, found, lacks, monthly, wrong_lines

RULE = MassiveImportsRule()
LEVEL = [100] * 15


def lane(*tonnes, before=LEVEL, **fields):
    """Return fifteen months of trade and what came after them."""
    return monthly([*before, *(tonnes or [115] * 3)], **fields)


@pytest.mark.parametrize(
    ("tonnes", "months"),
    [
        pytest.param(114.999, [], id="just-short"),
        pytest.param(115, [17], id="at"),
        pytest.param(115.001, [17], id="just-over"),
    ],
)
def test_fifteen_per_cent_in_three_months_is_massive(tonnes, months):
    """Exactly fifteen per cent is (19 CFR 351.206(h)(2))."""
    assert months == breaches(RULE, lane(tonnes, tonnes, tonnes))


def test_what_the_season_brings_is_not():
    """The same months rose as much a year earlier."""
    assert [] == breaches(RULE, lane(130, 130, 130, before=[100] * 3 + [130] * 3 + [100] * 9))


def test_what_the_season_should_have_taken_away_is():
    """The same months fell by a fifth a year earlier: as much as before is a quarter more than expected."""
    ups = [120] * 3 + [96] * 3 + [100] * 6 + [110] * 3
    (alert,) = found(RULE, lane(125, 125, 125, before=ups))

    assert "42.045455" == alert.evidence["increase_pct"]


@pytest.mark.parametrize(
    ("tonnes", "months"),
    [
        pytest.param("118.249", [], id="just-short"),
        pytest.param("118.25", [17], id="at"),
        pytest.param("118.251", [17], id="just-over"),
    ],
)
def test_without_the_season_half_the_threshold_has_to_be_reached(tonnes, months):
    """After a year in which a surge ended, trade that stays as it is would pass for massive: 7.5 % are asked."""
    ended = [120] * 3 + [96] * 3 + [100] * 6 + [110] * 3

    assert months == [each for each in breaches(RULE, lane(tonnes, tonnes, tonnes, before=ended)) if each == 17]


def test_months_that_were_out_of_the_common_make_no_season():
    """A spike a year ago would have let half as much be expected after it; as much as always came."""
    spike = [150] * 3 + [100] * 12

    assert [] == breaches(RULE, lane(100, 100, 100, before=spike))


@pytest.mark.parametrize(
    ("tonnes", "months"),
    [pytest.param(137.9, [], id="just-short"), pytest.param(138, [17], id="at")],
)
def test_as_much_more_has_to_come_as_in_the_same_months_of_the_year_before(tonnes, months):
    """Fifteen per cent above the 120 tonnes of then, however poor the base months were then."""
    assert months == breaches(RULE, lane(tonnes, tonnes, tonnes, before=[120] * 6 + [100] * 9))


@pytest.mark.parametrize(
    ("then", "lack"),
    [
        pytest.param(200, [], id="doubled"),
        pytest.param(201, ["the same months of the year before moved by more than a season does"], id="more"),
    ],
)
def test_a_year_ago_that_moved_too_much_is_no_season(then, lack):
    """From one year one cannot tell a season from a whim: up to twice it is taken as one."""
    records = lane(100, 100, 100, before=[100] * 3 + [then] * 3 + [100] * 9)

    assert lack == [each.missing for each in lacks(RULE, records)]


def test_a_rise_has_to_stand_out_from_the_lane_s_own_noise():
    """Months of 60 and 140 make three months of 120 nothing special."""
    noise = [60, 140] * 7 + [60]

    assert [] == breaches(RULE, lane(120, 120, 120, before=noise))


@pytest.mark.parametrize(
    ("before", "lack"),
    [
        pytest.param([100] * 14, "trade is not known for the same months of the year before", id="too-short"),
        pytest.param(
            [100] * 13 + [0, 100], "the months before had no trade, or their season is not known", id="a-gap-before",
        ),
        pytest.param(
            [100] * 6 + [10] * 5 + [500] + [10, 10, 10],
            "its months differ too much among themselves to have a usual volume", id="lumpy",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_said(before, lack):
    """Three months, three before, and the same six a year earlier have to be known."""
    records = lane(200, 200, 200, before=before)

    assert ([], [lack]) == (breaches(RULE, records), [each.missing for each in lacks(RULE, records)])


def test_unpriced_records_are_not_taken_for_less_trade():
    """Where a fifth has no content, volumes are not known."""
    assert "price is not known" in lacks(RULE, [*lane(), *monthly([100] * 1, start=12, incoterm=None)])[0].missing


def test_a_negligible_lane_is_left_out():
    """Below three per cent of the goods at the destination (Anti-Dumping Agreement, article 5.8)."""
    assert [] == breaches(RULE, [*lane(), *monthly([4000] * 18, origin="BR")])
    assert [17] == breaches(RULE, [*lane(), *monthly([3000] * 18, origin="BR")])


@pytest.mark.parametrize(
    ("tonnes", "months"),
    [pytest.param("0.0333", [], id="just-short"), pytest.param("0.033334", [17], id="just-over")],
)
def test_a_trifle_is_left_out(tonnes, months):
    """A hundred kilograms in three months are worth a look."""
    assert months == breaches(RULE, lane(*[tonnes] * 3, before=["0.02"] * 15))


def test_longer_periods_may_be_compared():
    """Six months against six, where the file of rules says so."""
    half_year = MassiveImportsRule(months=6)
    records = monthly([100] * 18 + [120] * 6)

    assert 23 in breaches(half_year, records)


def test_fewer_than_three_months_are_no_finding():
    """The law compares three at least."""
    assert [] == breaches(MassiveImportsRule(months=2), lane(200, 200, 200))


def test_it_ends_when_half_of_the_increase_is_gone():
    """The higher volume becomes the base of the next months."""
    assert [State.RESOLVED] == [alert.state for alert in found(RULE, lane(*[130] * 6))]


@pytest.mark.parametrize(
    ("tonnes", "severity"),
    [
        pytest.param(115, Severity.INFO, id="15"),
        pytest.param(130, Severity.WARNING, id="30"),
        pytest.param(160, Severity.HIGH, id="60"),
        pytest.param(250, Severity.CRITICAL, id="150"),
    ],
)
def test_the_increase_decides_how_serious_it_is(tonnes, severity):
    """As seasonally adjusted."""
    (alert,) = found(RULE, lane(tonnes, tonnes, tonnes))

    assert severity == alert.severity


def test_the_evidence_recomputes():
    """Season and increase, from the sums of four windows."""
    (alert,) = found(RULE, lane(130, 140, 150, before=[100] * 3 + [110] * 3 + [100] * 9))

    assert [] == wrong_lines(alert)
    assert ("27.272727", "100") == (alert.evidence["increase_pct"], alert.evidence["coverage_pct"])
    assert {"value": "15", "basis": "19 CFR 351.206(h)(2)"} == alert.evidence["thresholds"]["increase_min_pct"]
