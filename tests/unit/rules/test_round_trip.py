"""Goods that go out and come back."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from alerts.model import Severity, State
from streams.records import Flow, Status
from streams.rules.round_trip import RoundTrip
from tests.unit.rules.market_of import day_in, found, lacks, shipment, wrong_lines

RULE = RoundTrip()
THERE = {"origin": "CN", "destination": "VN"}
BACK = {"origin": "VN", "destination": "CN"}


def out(day=0, tonnes="100", **fields):
    """Return goods that leave for Vietnam, E1 to I1."""
    usual = {"exporter": "E1", "importer": "I1"}
    lot = shipment(0, tonnes, 2, **THERE, **usual | fields)
    return replace(lot, event_date=day_in(0, 1) + timedelta(days=day))


def back(day=60, tonnes="100", **fields):
    """Return goods that come back from there, I1 to E1."""
    usual = {"exporter": "I1", "importer": "E1"}
    lot = shipment(0, tonnes, 2, **BACK, **usual | fields)
    return replace(lot, event_date=day_in(0, 1) + timedelta(days=day))


def test_goods_that_come_back_to_their_sender_are_told():
    """A hundred tonnes there, and a hundred tonnes back."""
    (alert,) = found(RULE, [out(), back()])

    assert ("CN", "VN", "E1>I1") == (alert.origin, alert.destination, alert.evidence["parties"])


def test_goods_that_go_one_way_are_silent():
    """Trade goes somewhere."""
    assert [] == found(RULE, [out(day) for day in range(0, 200, 10)])


@pytest.mark.parametrize(
    ("tonnes", "fires"),
    [
        pytest.param("94.999", False, id="just-more-than-5-pct-less"),
        pytest.param("95", True, id="5-pct-less"),
        pytest.param("105", True, id="5-pct-more"),
        pytest.param("105.001", False, id="just-more-than-5-pct-more"),
    ],
)
def test_quantities_may_differ_by_five_per_cent(tonnes, fires):
    """Moisture, samples and scales."""
    assert fires == bool(found(RULE, [out(), back(tonnes=tonnes)]))


@pytest.mark.parametrize(
    ("day", "fires"),
    [
        pytest.param(-1, False, id="before-they-went"),
        pytest.param(0, True, id="on-the-same-day"),
        pytest.param(180, True, id="after-180-days"),
        pytest.param(181, False, id="after-181-days"),
    ],
)
def test_goods_come_back_within_180_days(day, fires):
    """And not before they left."""
    records = [out(), back(day), *(out(each, "3") for each in (-40, 200))]

    assert fires == ("CN" in {alert.origin for alert in found(RULE, records)})


@pytest.mark.parametrize(
    ("hands", "fires"),
    [
        pytest.param({"exporter": "I1", "importer": "E1"}, True, id="both-again"),
        pytest.param({"exporter": "I1", "importer": "X"}, True, id="whoever-got-them-sends-them"),
        pytest.param({"exporter": "X", "importer": "E1"}, True, id="whoever-sent-them-gets-them"),
        pytest.param({"exporter": "I1", "importer": None}, True, id="one-named-alone"),
        pytest.param({"exporter": "E1", "importer": "I1"}, False, id="the-same-names-in-the-same-roles"),
        pytest.param({"exporter": "X", "importer": "Y"}, False, id="others"),
    ],
)
def test_the_hands_have_to_meet(hands, fires):
    """Two ways of honest trade may carry lots of the same size."""
    assert fires == bool(found(RULE, [out(), back(**hands)]))


def test_another_product_does_not_come_back():
    """Metal went out, polysilicon came in."""
    assert [] == found(RULE, [out(), back(product="silicon|polysilicon")])


def test_goods_under_a_procedure_are_left_out():
    """Customs know why they come back."""
    assert [] == found(RULE, [out(), back(regime="returned-goods")])
    assert [] == found(RULE, [out(regime="outward-processing"), back()])


def test_a_lot_comes_back_once():
    """Two lots back, one out: one pair, the nearer in quantity."""
    records = [out(), back(60, "99"), back(61, "100")]
    (alert,) = found(RULE, records)

    assert 1 == alert.evidence["pairs_found"]


def test_each_lot_finds_its_own():
    """Of lots alike in size each is matched with another one."""
    records = [out(0, "100"), out(1, "101"), back(60, "101"), back(60, "100")]
    (alert,) = found(RULE, records)

    assert [("100", "100"), ("101", "101")] == sorted(
        (pair["out_kg"][:3], pair["back_kg"][:3]) for pair in alert.evidence["pairs"]
    )


@pytest.mark.parametrize(
    ("tonnes", "fires"),
    [
        pytest.param("4.999", False, id="just-under-10,000-usd"),
        pytest.param("5", True, id="10,000-usd"),
        pytest.param("5.001", True, id="just-over"),
    ],
)
def test_small_change_is_left_alone(tonnes, fires):
    """Samples go out and come back."""
    assert fires == bool(found(RULE, [out(tonnes=tonnes), back(tonnes=tonnes)]))


@pytest.mark.parametrize(
    ("tonnes", "fires"),
    [
        pytest.param("94.999", False, id="just-more-than-5-pct-less"),
        pytest.param("95", True, id="5-pct-less"),
        pytest.param("105", True, id="5-pct-more"),
        pytest.param("105.001", False, id="just-more-than-5-pct-more"),
    ],
)
def test_where_nobody_is_named_all_is_set_against_all(tonnes, fires):
    """Three lots of a hundred there, and three back."""
    nobody = {"exporter": None, "importer": None}
    records = [out(day, "100", **nobody) for day in (0, 1, 2)] + [back(60 + day, tonnes, **nobody) for day in (0, 1, 2)]

    assert fires == bool(found(RULE, records))


def test_two_lots_without_names_are_no_pattern():
    """What is as large by chance happens."""
    nobody = {"exporter": None, "importer": None}
    records = [out(day, **nobody) for day in (0, 1)] + [back(60 + day, **nobody) for day in (0, 1)]

    assert [] == found(RULE, records)


def test_a_way_declared_on_leaving_only_is_a_way():
    """Where the destination's declarations are not in the feed."""
    leaving = replace(out(), flow=Flow.EXPORT, incoterm="FOB")

    assert 1 == len(found(RULE, [leaving, back()]))


def test_each_month_of_a_way_is_read_as_it_was_declared():
    """Entries that came to be declared later hide nothing of what was declared on leaving before."""
    leaving = replace(out(), flow=Flow.EXPORT, incoterm="FOB")
    records = [leaving, back(), out(300, "3")]

    assert 1 == len(found(RULE, records))
    assert found(RULE, records) == found(RULE, records[::-1])


def test_goods_that_cannot_be_priced_are_said_to_lack_a_price():
    """Under four fifths of the records priced, nothing is concluded."""
    records = [out(), back(), back(61, "7", incoterm=None)]

    assert [] == found(RULE, records)
    assert any("price is not known" in each.missing for each in lacks(RULE, records))


def test_a_declaration_taken_back_takes_the_alert_with_it():
    """The alert is of what stands."""
    came = back()

    assert [] == found(RULE, [out(), came, replace(came, status=Status.CANCELLED, revision=2)])


def test_a_late_record_of_what_went_out_is_found():
    """The month of the way back is judged again."""
    later = [back(), out(150, "3"), out()]

    assert 1 == len(found(RULE, later))


def test_an_alert_ends_by_itself():
    """When nothing more comes back."""
    (alert,) = found(RULE, [out(), back()], end=8)

    assert State.EXPIRED is alert.state


@pytest.mark.parametrize(
    ("more", "severity"),
    [
        pytest.param("0", Severity.CRITICAL, id="all"),
        pytest.param("20", Severity.HIGH, id="five-sixths"),
        pytest.param("150", Severity.WARNING, id="two-fifths"),
        pytest.param("1000", Severity.INFO, id="a-tenth"),
    ],
)
def test_the_more_comes_back_the_worse(more, severity):
    """Of all that went that way in six months."""
    rest = [] if more == "0" else [out(50, more, importer="I2")]
    (alert,) = found(RULE, [out(), back(), *rest])

    assert severity is alert.severity


def test_the_evidence_recomputes():
    """Each pair by name."""
    went, came = out(), back(tonnes="97")
    (alert,) = found(RULE, [went, came])
    (pair,) = alert.evidence["pairs"]

    assert [] == wrong_lines(alert)
    assert (went.id, came.id, 60) == (pair["out"], pair["back"], pair["days"])
    assert ("97", "97000") == (alert.evidence["returned_pct"], alert.evidence["returned_kg"])
