"""Dumping that averages hide: low prices aimed at some buyers, places or times."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from alerts.model import Severity
from streams.reference.basis import BasisRatio
from streams.rules.targeted_dumping import TargetedDumping
from tests.unit.rules.figures_of import normal_value
from tests.unit.rules.market_of import breaches, evidence, found, lacks, monthly, shipment, wrong_lines

RULE = TargetedDumping()
VALUE = (normal_value("101"),)

X = ("86", "96", "106")
Y = Z = ("93", "103", "113")


def sales(importer, prices, *, tonnes, times=4, **fields):
    """Return sales of one exporter to an importer: *times* at each price, one in each quarter, of equal size."""
    return [
        shipment(3 * quarter + 1, Fraction(tonnes), price, exporter="E", importer=importer, **fields)
        for quarter in range(times)
        for price in prices
    ]


def quarters(*records):
    """Return records, and what makes the twelfth month one with trade: a sale at the average of all."""
    return [*records, shipment(11, "0.001", "99", exporter="E", importer="Y")]


def aimed():
    """Return the worked example: X buys 450 at 96 on average, Y and Z 300 each at 103."""
    return quarters(*sales("X", X, tonnes="37.5"), *sales("Y", Y, tonnes=25), *sales("Z", Z, tonnes=25))


def test_low_prices_to_one_buyer_are_found_though_the_averages_are_de_minimis():
    """A-A comes to 1 per cent; all groups differ by more than 2 per cent, and sale by sale it is 4.38."""
    (alert,) = found(RULE, aimed(), entries=VALUE)
    got = alert.evidence

    assert ("1.00", "4.38", "A-T") == (
        got["dumping_margin_averages_pct"][:4],
        got["dumping_margin_pct"][:4],
        got["method_applied"],
    )
    assert got["crosses_de_minimis"]
    assert [] == wrong_lines(alert)
    assert {"X": "-6", "Y": "4."} == {
        each["group"]: each["difference_pct"][:2] for each in got["groups"] if each["group"] in ("X", "Y")
    }


def test_cohens_d_is_told_as_a_legacy_figure_with_its_legal_status():
    """It decides nothing: by d alone X passes and the method would be the mixed one."""
    legacy = evidence(RULE, aimed(), entries=VALUE)["legacy"]

    assert legacy["legal_status"].startswith("legacy: held unreasonable")
    assert ("mixed", "41") == (legacy["method_applied"], legacy["value_that_differs_pct"][:2])


def test_a_margin_that_averages_show_as_well_is_no_hidden_one():
    """Where all is sold at one price, single sales say what the averages say."""
    same = quarters(*sales("X", ["90"] * 3, tonnes=30), *sales("Y", ["90"] * 3, tonnes=30))

    assert [] == breaches(RULE, same, entries=VALUE)


def test_prices_above_normal_value_hide_nothing():
    """However they differ."""
    assert [] == breaches(RULE, aimed(), entries=(normal_value("80"),))


@pytest.mark.parametrize(
    ("percent", "months"),
    [
        pytest.param("6.3", [11], id="below-the-difference-of-every-group"),
        pytest.param("7.1", [], id="above-it"),
    ],
)
def test_a_group_differs_from_the_threshold_on(percent, months):
    """With a higher one no group passes, and the averages stand."""
    rule = replace(RULE, price_difference_pct=Fraction(percent))

    assert months == breaches(rule, aimed(), entries=VALUE)


@pytest.mark.parametrize(
    ("percent", "months", "method"),
    [
        pytest.param(30, [11], "mixed", id="a-third-and-more"),
        pytest.param(45, [], None, id="less-than-is-wanted"),
    ],
)
def test_the_part_of_the_value_that_differs_decides_on_the_method(percent, months, method):
    """At a threshold of 5 per cent only X differs, 41 per cent of the value."""
    rule = replace(RULE, price_difference_pct=Fraction(5), mixed_above_pct=Fraction(percent))
    alerts = found(rule, aimed(), entries=VALUE)

    assert months == breaches(rule, aimed(), entries=VALUE)
    assert [method] * len(months) == [each.evidence["method_applied"] for each in alerts]


def test_the_mixed_method_recomputes():
    """The rest adds its net amount, at least nil."""
    rule = replace(RULE, price_difference_pct=Fraction(5))
    (alert,) = found(rule, aimed(), entries=VALUE)

    assert "2.85" == alert.evidence["dumping_margin_pct"][:4]
    assert [] == wrong_lines(alert)


@pytest.mark.parametrize(
    ("count", "months"),
    [pytest.param(38, [], id="one-short"), pytest.param(37, [11], id="at"), pytest.param(36, [11], id="one-more")],
)
def test_it_takes_so_many_sales(count, months):
    """The example has 37 of them; the default is thirty."""
    assert 30 == RULE.sales_min
    assert months == breaches(replace(RULE, sales_min=count), aimed(), entries=VALUE)


def test_what_lacks_is_said_once():
    """Normal value, purchasers, or sales enough."""
    anonymous = [shipment(month, 30, "90", day=day, exporter="E") for month in range(12) for day in (1, 8, 15)]

    assert ["no normal value of silicon|metal in CN"] == [each.missing for each in lacks(RULE, aimed())]
    assert ["the purchasers of too much of the value are not declared"] == [
        each.missing for each in lacks(RULE, anonymous, entries=VALUE)
    ]
    assert ["fewer than 30 sales in four quarters"] == [
        each.missing for each in lacks(RULE, monthly([10] * 12, 90, exporter="E"), entries=VALUE)
    ]


def test_sales_without_a_normal_value_are_said_where_they_are_too_many():
    """Four fifths of the value."""
    late = (normal_value("101", valid_from=date(2023, 7, 1)),)

    assert ["no normal value of silicon|metal in CN for enough of the sales"] == [
        each.missing for each in lacks(RULE, aimed(), entries=late)
    ]


def test_it_is_judged_at_the_end_of_a_quarter():
    """Four quarters that end with it; in the months between nothing is said."""
    assert {2, 5, 8, 11} >= set(breaches(replace(RULE, sales_min=2), aimed(), entries=VALUE))


def test_destinations_are_groups():
    """One buyer, one price in each of two countries."""
    records = [
        shipment(month, 30, price, day=day, exporter="E", importer="X", destination=destination)
        for month in range(12)
        for day in (1, 15)
        for destination, price in (("GB", "90"), ("DE", "115"))
    ]
    (alert,) = found(RULE, records, entries=VALUE)

    assert {"DE": "pass", "GB": "pass"} == {
        each["group"]: each["outcome"] for each in alert.evidence["groups"] if each["dimension"] == "region"
    }
    assert Severity.WARNING is alert.severity
    assert [] == wrong_lines(alert)


def test_exporters_are_judged_apart():
    """Another exporter's steady prices hide nothing of the one."""
    steady = [
        shipment(month, 30, "110", day=day, exporter="F", importer="X") for month in range(12) for day in (1, 8, 15)
    ]

    assert ["E"] == [each.evidence["exporter"] for each in found(RULE, [*aimed(), *steady], entries=VALUE)]


def test_related_parties_and_freight_are_left_out():
    """Prices between related parties are no export prices; a CIF/FOB ratio takes freight off the rest."""
    related = sales("X", ["1"] * 3, tonnes=500, related_party=True)
    ratio = BasisRatio(publisher="IMF", ratio="1.06")
    got = evidence(RULE, [*aimed(), *related], entries=VALUE)
    netted = evidence(RULE, aimed(), entries=(normal_value("95.283"), ratio))

    assert "4.38" == got["dumping_margin_pct"][:4]
    assert "4.3" == netted["dumping_margin_pct"][:3]


def test_records_without_a_price_are_not_concluded_from():
    """More than a fifth of them, and the origin is left."""
    unpriced = [shipment(11, 1, 1, currency="EUR") for _ in range(20)]
    (lack,) = lacks(RULE, [*aimed(), *unpriced], entries=VALUE)

    assert lack.missing.startswith("too many records whose price is not known")


def test_at_most_twenty_records_are_named_in_order():
    """Ids of sales whose group differs."""
    ids = evidence(RULE, aimed(), entries=VALUE)["record_ids"]

    assert (20, sorted(ids)) == (len(ids), ids)
