"""Goods that are rushed in ahead of a measure."""

from datetime import timedelta

import pytest

from alerts.model import Severity
from streams.rules.coverage import UNPRICED
from streams.rules.front_loading import FrontLoading
from streams.rules.lumpiness import LUMPY
from tests.unit.rules.market_of import breaches, day_in, found, lacks, monthly, shipment, wrong_lines
from tests.unit.rules.measures_of import duty

RULE = FrontLoading()
AHEAD = duty(15, announced_at=day_in(12, 1))
"""Announced on 1 January of the second year, in force from 1 April: 91 days."""


def lane(*tonnes, before=(100,) * 12, **fields):
    """Return the twelve months before the announcement and those after it."""
    return monthly([*before, *tonnes], **fields)


def test_the_months_ahead_of_a_measure_are_judged_as_they_come():
    """From the announcement to the eve of its first day."""
    assert [12, 13, 14] == breaches(RULE, lane(200, 200, 200, 200, 200), entries=(AHEAD,))


def test_without_a_measure_there_is_nothing_to_find():
    """A rise alone is the surge rule's business."""
    assert [] == breaches(RULE, lane(200, 200, 200))


def test_goods_that_come_once_it_is_in_force_are_not_ahead_of_it():
    """The eve of its first day is the last."""
    assert [] == breaches(RULE, lane(100, 100, 100, 900), entries=(AHEAD,))


@pytest.mark.parametrize(
    ("last", "months"),
    [
        pytest.param("144.999", [], id="just-short"),
        pytest.param(145, [14], id="at"),
        pytest.param("145.001", [14], id="just-over"),
    ],
)
def test_the_volume_has_to_rise_by_fifteen_per_cent(last, months):
    """345 tonnes where 300 came on the same days of the year before; the 91 days brought to a month are 115.3."""
    assert months == breaches(RULE, lane(100, 100, last), entries=(AHEAD,))


@pytest.mark.parametrize(
    ("tonnes", "months"),
    [
        pytest.param(133, [], id="within-its-noise"),
        pytest.param(135, [14], id="beyond"),
    ],
)
def test_the_volume_has_to_exceed_two_standard_deviations(tonnes, months):
    """Months of 70 and 130, of which three have a deviation of 17.4; two of those are 34.9 above 100."""
    before = [70, 130] * 6

    assert months == breaches(RULE, lane(100, 100, 3 * tonnes - 200, before=before), entries=(AHEAD,))


def test_a_season_is_no_rush():
    """As much came on the same days of the year before."""
    assert [] == breaches(RULE, lane(150, 150, 150, before=[150] * 3 + [90] * 9), entries=(AHEAD,))


def test_a_market_that_grows_as_a_whole_is_no_rush():
    """Goods that are not under the measure rise as much."""
    brazil = lane(200, 200, 200, origin="BR")

    assert [] == breaches(RULE, [*lane(200, 200, 200), *brazil], entries=(AHEAD,))


def test_only_goods_under_the_measure_are_rushed():
    """Brazil's have no reason to."""
    records = [*lane(100, 100, 100), *lane(200, 200, 200, origin="BR")]

    assert [] == breaches(RULE, records, entries=(AHEAD,))


@pytest.mark.parametrize(
    ("wait_days", "count"),
    [
        pytest.param(13, 0, id="too-short"),
        pytest.param(14, 1, id="two-weeks"),
        pytest.param(0, 0, id="at-once"),
    ],
)
def test_a_wait_of_less_than_two_weeks_leaves_no_time(wait_days, count):
    """A ship takes longer."""
    first = day_in(12, 1)
    measure = duty(announced_at=first, effective_from=first + timedelta(days=wait_days))

    assert count == len(found(RULE, [*lane(), shipment(12, 900, 2, day=5)], entries=(measure,)))


def test_of_a_long_wait_the_last_half_year_is_looked_at():
    """A measure announced two years ahead rushes nobody for two years."""
    measure = duty(24, announced_at=day_in(12, 1))
    early = lane(*[200] * 3, *[100] * 9)
    late = lane(*[100] * 9, *[200] * 3)

    assert [] == [each for each in breaches(RULE, early, entries=(measure,)) if each > 17]
    assert [21, 22, 23] == breaches(RULE, late, entries=(measure,))


@pytest.mark.parametrize(
    ("records", "lack"),
    [
        pytest.param(lane(200)[1:], "trade is not known for the twelve months before the announcement", id="short"),
        pytest.param(lane(900, before=[10, 10, 10, 300] * 3), LUMPY, id="lumpy"),
        pytest.param([*lane(200), *monthly([1] * 4, incoterm=None)], UNPRICED, id="unpriced"),
    ],
)
def test_what_cannot_be_compared_is_said(records, lack):
    """And by that it is not taken for nothing wrong."""
    assert [lack] == [each.missing for each in lacks(RULE, records, entries=(AHEAD,))]


def test_a_negligible_lane_is_left_out():
    """Below three per cent of the goods at the destination (Anti-Dumping Agreement, article 5.8)."""
    records = [*lane(200), *lane(9000, before=[9000] * 12, origin="BR")]

    assert [] == breaches(RULE, records, entries=(AHEAD,))


def test_a_trifle_is_left_out():
    """A hundred kilograms are worth a look."""
    assert [] == breaches(RULE, lane("0.09", before=["0.02"] * 12), entries=(AHEAD,))


@pytest.mark.parametrize(
    ("tonnes", "severity"),
    [
        pytest.param(120, Severity.INFO, id="18"),
        pytest.param(140, Severity.WARNING, id="37"),
        pytest.param(180, Severity.HIGH, id="77"),
        pytest.param(300, Severity.CRITICAL, id="194"),
    ],
)
def test_the_rise_decides_how_serious_it_is(tonnes, severity):
    """The first month of the wait alone; January has 31 days."""
    (alert,) = found(RULE, lane(tonnes), entries=(AHEAD,))

    assert severity == alert.severity


def test_the_evidence_names_the_measure_and_recomputes():
    """What came, when, and how far it stands above what is usual."""
    (alert,) = found(RULE, lane(200, 200, 200, before=[90, 110] * 6), entries=(AHEAD,))
    got = alert.evidence

    assert [] == wrong_lines(alert)
    assert ("AD-1", "2024-01-01 to 2024-03-31") == (got["measure"]["measure"], got["window"])
    assert "CN" == alert.origin
