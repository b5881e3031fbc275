"""Imports below the domestic price, or below the other origins where that is not known."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from alerts.model import Severity
from streams.reference.measures import MeasureKind
from streams.rules.undercutting import Undercutting
from tests.unit.rules.figures_of import domestic_price, duty
from tests.unit.rules.market_of import breaches, evidence, found, lacks, monthly, shipment, text_of, wrong_lines

RULE = Undercutting()
PRICE = (domestic_price("2.00"),)


def others(months, price=3, *, tonnes=30, start=0):
    """Return goods of two other origins, at the same price in every month."""
    return [
        record for origin in ("NO", "BR") for record in monthly([tonnes] * months, price, start=start, origin=origin)
    ]


def cut(prices, *, tonnes=None):
    """Return goods of China at a price a month beside steady other origins."""
    return [*monthly(tonnes or [100] * len(prices), prices), *others(len(prices))]


# -- against the domestic price --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("price", "severity"),
    [
        pytest.param("1.900001", None, id="just-short-of-5-per-cent"),
        pytest.param("1.90", Severity.WARNING, id="at-5-per-cent"),
        pytest.param("1.899999", Severity.WARNING, id="just-past-5-per-cent"),
        pytest.param("1.700001", Severity.WARNING, id="just-short-of-15-per-cent"),
        pytest.param("1.70", Severity.HIGH, id="at-15-per-cent"),
        pytest.param("1.20", Severity.CRITICAL, id="at-40-per-cent"),
    ],
)
def test_the_gap_in_per_cent_of_the_domestic_price_decides(price, severity):
    """At the threshold is undercutting; how far below it is grades it."""
    alerts = found(RULE, monthly([10], price), entries=PRICE)

    assert ([severity] if severity else []) == [alert.severity for alert in alerts]


def test_three_months_are_averaged_by_their_volume():
    """A small consignment at half the price moves the average by its volume."""
    assert [2] == breaches(RULE, monthly([100, 100, 25], [2, 2, 1]), entries=PRICE)
    assert [] == breaches(RULE, monthly([100, 100, 24], [2, 2, "1.1"]), entries=PRICE)


def test_a_window_of_one_month_looks_at_that_month_alone():
    """What the two months before were sold at is then not averaged in."""
    single = replace(RULE, window_months=1)

    assert [2] == breaches(single, monthly([100, 100, 24], [2, 2, "1.1"]), entries=PRICE)


@pytest.mark.parametrize(
    ("rate", "alerts"),
    [
        pytest.param("18.749999", 1, id="just-short"),
        pytest.param("18.75", 1, id="duty-paid-at-the-threshold"),
        pytest.param("18.75001", 0, id="just-past"),
    ],
)
def test_duty_is_part_of_the_price_that_competes(rate, alerts):
    """1.60 USD/kg with 18.75 per cent of duty lands at 1.90."""
    assert alerts == len(found(RULE, monthly([10], "1.60"), entries=(*PRICE, duty(rate))))


@pytest.mark.parametrize(
    "measure",
    [
        pytest.param(duty("50", effective_to=date(2022, 12, 1)), id="over"),
        pytest.param(duty("50", effective_from=date(2024, 1, 1)), id="not-yet"),
        pytest.param(duty("50", origins=("NO",)), id="another-origin"),
        pytest.param(duty("50", destinations=("DE",)), id="another-destination"),
        pytest.param(duty("50", kind=MeasureKind.EXPORT_LICENCE), id="no-duty"),
        pytest.param(duty(None), id="rate-not-known"),
        pytest.param(duty("50", exporters=("E1",)), id="on-one-exporter"),
    ],
)
def test_only_duties_in_force_on_the_goods_are_counted(measure):
    """Another duty, or one whose rate is not known, leaves the price as it is."""
    got = evidence(RULE, monthly([10], "1.60"), entries=(*PRICE, measure))

    assert ([], "20") == (got["duties_counted"], got["undercutting_pct"])


def test_a_duty_that_is_not_counted_is_named():
    """The reader sees that the landed price may be higher than it says."""
    assert ["AD1"] == evidence(RULE, monthly([10], "1.60"), entries=(*PRICE, duty(None)))["duties_not_counted"]


def test_costs_after_importation_can_be_set():
    """Handling of five per cent brings 1.85 USD/kg to within five per cent of the domestic price."""
    handled = replace(RULE, post_import_pct=Fraction(5))

    assert (1, 0) == tuple(len(found(rule, monthly([10], "1.85"), entries=PRICE)) for rule in (RULE, handled))


def test_the_domestic_price_of_each_month_measures_that_month():
    """A price that falls with the imports is not undercut by them."""
    falling = (
        domestic_price("2.00", valid_to=date(2023, 2, 1)),
        domestic_price("1.50", valid_from=date(2023, 2, 1)),
    )

    assert [] == breaches(RULE, monthly([10, 10], [2, "1.5"]), entries=falling)
    assert [0, 1] == breaches(RULE, monthly([10, 10], ["1.5", "1.5"]), entries=falling)


def test_months_without_a_domestic_price_are_left_out_and_too_many_of_them_said():
    """Four fifths of the goods must have a price to be measured by."""
    late = (domestic_price("2.00", valid_from=date(2023, 3, 1)),)
    (lack,) = lacks(RULE, monthly([10, 10, 10], "1.5"), entries=late)

    assert "no domestic price of silicon|metal in GB for enough of the months" == lack.missing
    assert [2] == breaches(RULE, monthly([1, 1, 10], "1.5"), entries=late)


def test_an_alert_ends_below_half_the_threshold():
    """What hovers about five per cent is one alert."""
    single = replace(RULE, window_months=1)
    hovering = found(single, monthly([10] * 4, ["1.8", "1.92", "1.8", "1.96"]), entries=PRICE)

    assert [2] == [alert.evidence["periods_in_breach"] for alert in hovering]
    assert ["2023-04-30T00:00:00Z"] == [alert.resolved_at for alert in hovering]


@pytest.mark.parametrize(
    ("tonnes", "alerts"),
    [pytest.param("4.999", 0, id="just-short"), pytest.param("5", 1, id="at"), pytest.param("5.001", 1, id="over")],
)
def test_a_trifle_is_passed_over(tonnes, alerts):
    """10,000 USD, at the domestic price, so that a higher price never opens an alert."""
    assert alerts == len(found(RULE, monthly([tonnes], 1), entries=PRICE))


@pytest.mark.parametrize(
    ("tonnes", "alerts"),
    [pytest.param("29.9", 0, id="just-short"), pytest.param("30", 1, id="at"), pytest.param("30.1", 1, id="over")],
)
def test_negligible_imports_are_passed_over(tonnes, alerts):
    """Below three per cent of all imports of the product."""
    records = [*monthly([tonnes], 1), *monthly([970], 2, origin="NO")]

    assert alerts == len(found(RULE, records, entries=PRICE))


def test_records_without_a_price_are_not_concluded_from():
    """With more than a fifth of the records unpriced the lane is left, and said to be."""
    unpriced = [shipment(0, 1, 1, currency="EUR") for _ in range(2)]
    (lack,) = lacks(RULE, [*monthly([10], 1), *unpriced], entries=PRICE)

    assert lack.missing.startswith("too many records whose price is not known")


def test_the_evidence_recomputes_and_names_the_reference():
    """Inputs, reference values with their publisher, and arithmetic that comes to what is printed."""
    prices = (domestic_price("2.10", currency="USD", source="bulletin 7"),)
    (alert,) = found(RULE, monthly([10, 20, 30], ["1.7", "1.6", "1.51"]), entries=(*prices, duty("3.7")))
    (reference,) = alert.evidence["reference_values"]

    assert [] == wrong_lines(alert)
    assert ("bulletin", "bulletin 7", "2.10") == tuple(reference[name] for name in ("publisher", "source", "value"))
    assert ["2023-01"] == [each["month"] for each in alert.evidence["inputs"]][:1]
    assert "domestic price" == alert.evidence["measured_by"]
    assert {"value": ["5", "15", "40"], "basis": "default"} == alert.evidence["thresholds"]["bands"]


def test_a_domestic_price_in_another_product_does_not_count():
    """The price is the product's own."""
    other = (domestic_price("2.00", product="silicon|polysilicon"),)

    assert [] == breaches(RULE, monthly([10], 1), entries=other)


# -- against the other origins -----------------------------------------------------------------------------------

FALLING = [3] * 12 + ["2.5", "2.2", "2.0"]


def test_a_price_cut_against_the_other_origins_is_found_and_called_a_proxy():
    """Twelve months at the price of all, then a cut: the summary says what the measure is."""
    (alert,) = found(RULE, cut(FALLING))

    assert ("other origins (proxy)", text_of(14)) == (alert.evidence["measured_by"], alert.opened_at[:7])
    assert "a proxy for the domestic price, which is not known" in alert.summary
    assert alert.evidence["method"].startswith("proxy")
    assert [] == wrong_lines(alert)


@pytest.mark.parametrize(
    ("price", "months"),
    [
        pytest.param("2.55001", [], id="just-short-of-15-per-cent"),
        pytest.param("2.55", [14], id="at"),
        pytest.param("2.54999", [14], id="just-past"),
    ],
)
def test_the_proxy_is_held_to_a_higher_threshold(price, months):
    """Fifteen per cent below the other origins, over three months."""
    assert months == breaches(RULE, cut([3] * 12 + [price] * 3))


@pytest.mark.parametrize(
    ("price", "months"),
    [
        pytest.param("1.19", [], id="beyond"),
        pytest.param("1.20", [14], id="at"),
        pytest.param("1.21", [14], id="short-of-it"),
    ],
)
def test_goods_at_less_than_two_fifths_are_other_goods(price, months):
    """A gap beyond 60 per cent says that the goods are unlike, not that their price was cut."""
    assert months == [month for month in breaches(RULE, cut([3] * 12 + [price] * 3)) if month == 14]


def test_a_difference_that_was_always_there_is_a_quality():
    """A lane that has been cheaper for a year by as much is not found."""
    assert [] == breaches(RULE, cut([2] * 24))


@pytest.mark.parametrize(
    ("before", "months"),
    [
        pytest.param("2.249", [], id="widened-by-less"),
        pytest.param("2.25", [14], id="widened-by-5-points"),
        pytest.param("2.4", [14], id="widened-by-more"),
    ],
)
def test_the_gap_has_to_widen(before, months):
    """From 25 per cent over the year before to 30 now is enough."""
    assert months == [month for month in breaches(RULE, cut([before] * 12 + ["2.1"] * 3)) if month == 14]


def test_others_that_become_dearer_are_no_price_cut():
    """In a supply shock all prices rise: who rises less has cut nothing."""
    shock = [
        *monthly([100] * 15, [3] * 12 + [5] * 3),
        *others(12),
        *others(3, 9, start=12),
    ]

    assert [] == breaches(RULE, shock)


def test_a_lane_that_loses_its_share_undercuts_nobody():
    """A lower price that sells less of the goods is some remainder."""
    assert [] == breaches(RULE, cut(FALLING, tonnes=[100] * 12 + [50] * 3))


@pytest.mark.parametrize(
    ("months", "found_in"),
    [pytest.param(5, [], id="one-short"), pytest.param(6, [8], id="at"), pytest.param(7, [9], id="one-more")],
)
def test_the_year_before_has_to_be_known(months, found_in):
    """Six months of trade before the three of the window."""
    assert found_in == breaches(RULE, cut([3] * months + ["2.1"] * 3))[-1:]


def test_one_other_origin_is_no_average():
    """Two are wanted; the lack is said."""
    records = [*monthly([100] * 15, FALLING), *monthly([60] * 15, 3, origin="NO")]
    (lack,) = [each for each in lacks(RULE, records) if each.origin == "CN"]

    assert [] == breaches(RULE, records)
    assert "no domestic price of silicon|metal in GB, and too few like goods of other origins" == lack.missing


def test_like_is_compared_with_like_by_commodity_code():
    """A lane that changes to a cheaper kind sells it at the price of that kind."""
    kinds = [
        *monthly([100] * 12, 3, hs_code="28046900"),
        *monthly([100] * 3, 2, start=12, hs_code="28046910"),
        *(
            record
            for origin in ("NO", "BR")
            for code, price in (("28046900", 3), ("28046910", 2))
            for record in monthly([30] * 15, price, origin=origin, hs_code=code)
        ),
    ]

    assert [] == breaches(RULE, kinds)


def test_a_cut_lasts_until_the_gap_closes():
    """When the year before has caught up the alert goes on; at half the threshold it ends."""
    (alert,) = found(RULE, cut([3] * 12 + [2] * 14 + [3] * 4))

    assert f"{text_of(28)}" == alert.resolved_at[:7]


def test_the_domestic_price_goes_before_the_proxy():
    """Where it is known, what other origins cost does not matter."""
    assert [] == breaches(RULE, cut(FALLING), entries=(domestic_price("2.00"),))
