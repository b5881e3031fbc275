"""A lane that takes in more than it used to."""

import pytest

from alerts.model import Severity, State
from streams.records import Flow
from streams.rules.surge import Surge
from tests.unit.rules.market_of import breaches, found, lacks, monthly, shipment, wrong_lines

RULE = Surge()
YEAR = [100] * 12


def lane(tonnes, *, before=YEAR, price=2, **fields):
    """Return a year of trade and three months after it."""
    return monthly([*before, *[tonnes] * 3], price, **fields)


@pytest.mark.parametrize(
    ("tonnes", "months"),
    [
        pytest.param(114.999, [], id="just-short"),
        pytest.param(115, [14], id="at"),
        pytest.param(115.001, [14], id="just-over"),
    ],
)
def test_fifteen_per_cent_more_is_a_surge(tonnes, months):
    """Against a year in which every month was alike."""
    assert months == breaches(RULE, lane(tonnes))


def test_prices_play_no_part():
    """A surge at a higher price is one."""
    assert [14] == breaches(RULE, monthly([*YEAR, *[130] * 3], [2] * 12 + [3] * 3))


def test_a_season_is_no_surge():
    """As much came in the same months a year ago."""
    assert [] == breaches(RULE, lane(150, before=[150] * 3 + [90] * 9))


def test_the_end_of_a_poor_season_is_no_surge():
    """Half as much came in the same months a year ago, but as much over the year."""
    assert [] == breaches(RULE, lane(110, before=[60] * 3 + [110] * 9))


def test_months_without_trade_a_year_ago_are_no_season():
    """There, only the twelve months before can be compared with."""
    records = [shipment(0, 40, 2, day=1), *lane(400, before=[0] * 3 + [200] * 9)]
    sparse = [each for each in records if each.event_date.month > 1 or each.event_date.year > 2023]
    (alert,) = found(RULE, [shipment(-1, 100, 2), *sparse])

    assert alert.evidence["rise_against_the_season_pct"] is None
    assert "there was none" in alert.summary


@pytest.mark.parametrize(
    ("tonnes", "months"),
    [
        pytest.param(134, [], id="within-its-noise"),
        pytest.param(136, [14], id="beyond"),
    ],
)
def test_a_rise_has_to_stand_out_from_the_lane_s_own_noise(tonnes, months):
    """Months of 70 and 130: a standard deviation of 30, of a mean of three 17.3; two of them are 34.6."""
    assert months == breaches(RULE, lane(tonnes, before=[70, 130, 70, *[130, 70] * 4, 130]))


def test_a_lane_without_a_usual_volume_is_not_judged():
    """Its months differ by more than three quarters of their mean, and that is said."""
    records = lane(500, before=[300, 10, 20, 10, 10, 300, 10, 10, 20, 10, 300, 10])

    assert [] == breaches(RULE, records)
    assert ["its months differ too much among themselves to have a usual volume"] == [
        each.missing for each in lacks(RULE, records)
    ]


@pytest.mark.parametrize(
    ("theirs", "months"),
    [
        pytest.param(3783, [], id="just-short"),
        pytest.param(3783 - 1, [], id="nearly"),
        pytest.param(3718, [14], id="just-over"),
    ],
)
def test_a_negligible_lane_is_left_out(theirs, months):
    """115 tonnes beside 3,718: three per cent (Anti-Dumping Agreement, article 5.8)."""
    records = [*lane(115), *monthly([theirs] * 15, origin="BR")]

    assert months == breaches(RULE, records)


@pytest.mark.parametrize(
    ("tonnes", "months"),
    [
        pytest.param("0.0333", [], id="just-short"),
        pytest.param("0.033334", [14], id="just-over"),
    ],
)
def test_a_trifle_is_left_out(tonnes, months):
    """A hundred kilograms in three months are worth a look."""
    assert months == breaches(RULE, lane(tonnes, before=["0.02"] * 12))


def test_a_new_lane_has_nothing_to_be_compared_with():
    """It is for other rules, and this one says why it is silent."""
    records = monthly([100] * 6)

    assert ([], ["fewer than 6 months of trade in the year before"]) == (
        breaches(RULE, records),
        [each.missing for each in lacks(RULE, records)],
    )


def test_a_lane_known_for_less_than_fifteen_months_is_not_judged():
    """Months before it was known are not months without trade."""
    assert ["trade is known for less than fifteen months"] == [
        each.missing for each in lacks(RULE, lane(500, before=[100] * 11))
    ]


def test_unpriced_records_are_not_taken_for_less_trade():
    """Where a fifth has no content, volumes are not known."""
    records = [*lane(130), *monthly([100] * 4, incoterm=None)]

    assert [] == breaches(RULE, records)
    assert "price is not known" in lacks(RULE, records)[0].missing


def test_what_left_is_watched_where_nothing_is_known_of_what_entered():
    """Declarations of the origin stand in."""
    (alert,) = found(RULE, lane(150, flow=Flow.EXPORT, incoterm="FOB"))

    assert "other destinations' goods" == alert.evidence["compared_with"]


def test_it_ends_when_half_of_the_rise_is_gone():
    """The higher volume becomes usual, or goes back."""
    hovers = monthly([*YEAR, 120, 120, 120, 112])
    ends = monthly([*YEAR, 120, 120, 120, 100, 100])

    assert [State.FIRING] == [alert.state for alert in found(RULE, hovers)]
    assert [State.RESOLVED] == [alert.state for alert in found(RULE, ends)]


@pytest.mark.parametrize(
    ("tonnes", "severity"),
    [
        pytest.param(115, Severity.INFO, id="15"),
        pytest.param(130, Severity.WARNING, id="30"),
        pytest.param(160, Severity.HIGH, id="60"),
        pytest.param(250, Severity.CRITICAL, id="150"),
    ],
)
def test_the_rise_decides_how_serious_it_is(tonnes, severity):
    """By the lesser of the two comparisons."""
    (alert,) = found(RULE, lane(tonnes))

    assert severity == alert.severity


@pytest.mark.parametrize(
    "before", [pytest.param(YEAR, id="all-alike"), pytest.param([90, 110] * 6, id="with-a-spread")]
)
def test_the_evidence_recomputes(before):
    """Also where all months were alike, and z is beyond all limits."""
    (alert,) = found(RULE, lane(200, before=before))

    assert [] == wrong_lines(alert)
    assert ("100", None if before == YEAR else "17.320508") == (
        alert.evidence["rise_against_the_year_pct"], alert.evidence["z"],
    )  # fmt: skip
