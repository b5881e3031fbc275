"""A lane that takes in more at lower prices."""

from dataclasses import replace
from fractions import Fraction

import pytest

from alerts.model import Severity, State
from streams.records import Flow
from streams.rules.settings import Override
from streams.rules.surge_with_price_fall import SurgeWithPriceFall
from tests.unit.rules.market_of import breaches, evidence, found, lacks, monthly, shipment, text_of, wrong_lines

RULE = SurgeWithPriceFall()

STEADY = [100] * 12


def lane(tonnes=110, price=1.9, *, before=STEADY, **fields):
    """Return a year at 2 USD/kg, 100 tonnes a month unless said, and three months after it."""
    return monthly([*before, *[tonnes] * 3], [2] * len(before) + [price] * 3, **fields)


def others(tonnes=100, price=2, after=2, **fields):
    """Return goods from Brazil over the same fifteen months."""
    return monthly([tonnes] * 15, [price] * 12 + [after] * 3, origin="BR", **fields)


@pytest.mark.parametrize(
    ("tonnes", "months"),
    [
        pytest.param(109.9, [], id="just-short"),
        pytest.param(110, [14], id="at"),
        pytest.param(110.1, [14], id="just-over"),
    ],
)
def test_the_volume_has_to_rise_by_a_tenth(tonnes, months):
    """Ten per cent more than in the same months a year ago and than in the year before."""
    assert months == breaches(RULE, [*lane(tonnes), *others()])


@pytest.mark.parametrize(
    ("price", "months"),
    [
        pytest.param("1.900001", [], id="just-short"),
        pytest.param("1.90", [14], id="at"),
        pytest.param("1.899999", [14], id="just-over"),
    ],
)
def test_the_price_has_to_fall_by_a_twentieth(price, months):
    """Five per cent, where the goods of other origins cost what they did."""
    assert months == breaches(RULE, [*lane(price=price), *others()])


def test_more_goods_at_the_same_price_are_no_alert():
    """That is the other rule's business."""
    assert [] == breaches(RULE, [*lane(200, 2), *others()])


def test_a_season_is_no_surge():
    """As much came in the same months a year ago."""
    assert [] == breaches(RULE, [*lane(before=[110] * 3 + [60] * 9), *others()])


def test_the_end_of_a_poor_season_is_no_surge():
    """Little came in the same months a year ago, but as much as now over the year."""
    assert [] == breaches(RULE, [*lane(before=[80] * 3 + [120] * 9), *others()])


@pytest.mark.parametrize(
    ("after", "months"),
    [
        pytest.param("1.80", [], id="others-fell-twice-as-far"),
        pytest.param("1.90", [], id="others-fell-as-far"),
        pytest.param("1.999999", [], id="others-fell-a-little"),
        pytest.param("2.20", [14], id="others-rose"),
    ],
)
def test_only_the_fall_beyond_that_of_other_origins_counts(after, months):
    """A price that falls everywhere is the world's, not the lane's; a rise elsewhere makes no fall of it."""
    assert months == breaches(RULE, [*lane(), *others(after=after)])


def test_a_lane_without_others_is_judged_by_itself():
    """The sole supplier has no one to be compared with, and the alert says so."""
    (alert,) = found(RULE, lane())

    assert "no other goods to compare with" in alert.summary


def test_cheaper_kinds_of_goods_are_no_fall_of_the_price():
    """More of the cheap code, each at its own price as before: the average falls, no price does."""
    dear = monthly([90] * 12 + [60] * 3, 2.2, hs_code="28046900")
    cheap = monthly([10] * 12 + [60] * 3, 1.8, hs_code="28046100")

    assert [] == breaches(RULE, [*dear, *cheap, *others()])


def test_a_fall_within_each_kind_is_one():
    """The same shift, and each code five per cent cheaper."""
    dear = monthly([90] * 12 + [60] * 3, [2.2] * 12 + [2.09] * 3, hs_code="28046900")
    cheap = monthly([10] * 12 + [60] * 3, [1.8] * 12 + [1.71] * 3, hs_code="28046100")
    (alert,) = found(RULE, [*dear, *cheap, *others()])

    assert ["-5", "-5"] == [each["price_change_at_constant_mix_pct"] for each in alert.evidence["compared"]]
    assert "5" == alert.evidence["price_fall_beyond_others_pct"]


@pytest.mark.parametrize(
    ("theirs", "months"),
    [
        pytest.param(970.1, [], id="just-short"),
        pytest.param(970, [14], id="at"),
        pytest.param(969.9, [14], id="just-over"),
    ],
)
def test_a_negligible_lane_is_left_out(theirs, months):
    """Below three per cent of the goods at the destination (Anti-Dumping Agreement, article 5.8)."""
    assert months == breaches(RULE, [*lane(30, before=[27] * 12), *others(theirs)])


@pytest.mark.parametrize(
    ("price", "months"),
    [
        pytest.param("3.333333", [], id="just-short"),
        pytest.param("3.333334", [14], id="just-over"),
    ],
)
def test_a_trifle_is_left_out(price, months):
    """Ten thousand dollars in three months are worth a look."""
    assert months == breaches(RULE, monthly([0.9] * 12 + [1] * 3, [4] * 12 + [price] * 3))


@pytest.mark.parametrize(
    ("priced", "months"), [pytest.param(3, [], id="three-of-four"), pytest.param(4, [14], id="four-of-five")]
)
def test_a_window_of_which_too_much_has_no_price_is_not_judged(priced, months):
    """Four of five records have to be priced, in each window; where they are not, that is said."""
    records = [*lane(), *others(), shipment(14, 110, 1.9, incoterm=None)]
    records += [shipment(14, 1, 1.9, id=f"more{place}") for place in range(priced - 3)]

    assert months == breaches(RULE, records)
    assert (priced == 4) or "price is not known" in lacks(RULE, records)[-1].missing


@pytest.mark.parametrize(
    ("before", "lack"),
    [
        pytest.param([100] * 3 + [0] * 7 + [100] * 2, "fewer than 6 months of trade in the year before", id="thin"),
        pytest.param(
            [10, 300] * 6,
            "its months differ too much among themselves to have a usual volume",
            id="lumpy",
        ),
        pytest.param([0] + [100] * 11, "no trade in some of the same months of the year before", id="no-season"),
    ],
)
def test_a_lane_without_a_year_before_says_what_lacks(before, lack):
    """There is nothing to compare with, which is not the same as nothing wrong."""
    assert ([], [lack]) == (
        breaches(RULE, lane(before=before)),
        [each.missing for each in lacks(RULE, lane(before=before))],
    )


def test_a_lane_in_trade_now_and_then_is_not_judged():
    """A month without goods makes the last three no rate of anything."""
    records = [*lane()[:-2], shipment(14, 400, 1.5), *others()]

    assert ([], []) == (breaches(RULE, records), [each for each in lacks(RULE, records) if each.origin == "CN"])


def test_goods_known_only_as_they_left_are_compared_with_other_destinations():
    """China's own declarations: cheaper goods to everyone are no alert, cheaper goods to one country are."""
    ours = lane(flow=Flow.EXPORT, incoterm="FOB")
    everywhere = lane(flow=Flow.EXPORT, incoterm="FOB", destination="US")
    steady = monthly([100] * 15, flow=Flow.EXPORT, incoterm="FOB", destination="US")
    (alert,) = found(RULE, [*ours, *steady])

    assert [] == breaches(RULE, [*ours, *everywhere])
    assert ("GB", "other destinations' goods moved 0 %") == (alert.destination, alert.summary[-36:-1])


def test_what_was_declared_on_entry_goes_before_what_was_declared_on_leaving():
    """One lane, one alert."""
    records = [*lane(), *lane(price=2, flow=Flow.EXPORT, incoterm="FOB"), *others()]

    assert 1 == len(found(RULE, records))


def test_an_alert_holds_until_a_measure_is_back_at_half_its_threshold():
    """Between half and whole nothing is decided; below half it is over."""
    held = monthly([*STEADY, 110, 110, 110, 110], [2] * 12 + [1.9, 1.9, 1.9, 1.95])
    over = monthly([*STEADY, 110, 110, 110, 110, 110], [2] * 12 + [1.9, 1.9, 1.9, 2, 2.1])

    assert [State.FIRING] == [
        alert.state for alert in found(RULE, [*held, *others(), shipment(15, 100, 2, origin="BR")])
    ]
    assert [State.RESOLVED] == [alert.state for alert in found(RULE, over)]


@pytest.mark.parametrize(
    ("price", "severity"),
    [
        pytest.param("1.90", Severity.INFO, id="5"),
        pytest.param("1.80", Severity.WARNING, id="10"),
        pytest.param("1.60", Severity.HIGH, id="20"),
        pytest.param("1.20", Severity.CRITICAL, id="40"),
    ],
)
def test_the_fall_decides_how_serious_it_is(price, severity):
    """By how far it goes beyond that of other origins."""
    (alert,) = found(RULE, [*lane(price=price), *others()])

    assert severity == alert.severity


def test_the_evidence_shows_windows_thresholds_and_arithmetic():
    """What was compared with what, by which limits, so that it can be done again by hand."""
    (alert,) = found(RULE, [*lane(130, "1.70"), *others()])
    got = alert.evidence

    assert [] == wrong_lines(alert)
    assert ("30", "15", "100") == (
        got["volume_change_pct"], got["price_fall_beyond_others_pct"], got["coverage_pct"],
    )  # fmt: skip
    assert {"value": "3", "basis": "ADA 5.8"} == got["thresholds"]["share_min_pct"]
    assert [f"{text_of(12)} to {text_of(14)}", f"{text_of(0)} to {text_of(2)}", f"{text_of(0)} to {text_of(11)}"] == [
        each["months"] for each in got["inputs"]
    ]


def test_other_thresholds_hold_for_the_goods_they_are_set_for():
    """An override by origin: Chinese goods have to fall by a fifth."""
    stricter = replace(RULE, price_fall_min_pct=Fraction(20))
    rule = replace(RULE, overrides=(Override(stricter, origin="CN"),))

    assert ([], [14]) == (breaches(rule, lane()), breaches(rule, lane(origin="NO")))
    assert "20" == evidence(rule, lane(price="1.5"))["thresholds"]["price_fall_min_pct"]["value"]
