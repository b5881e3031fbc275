"""Imports below the price that the destination's industry would need."""

from datetime import date

import pytest

from alerts.model import Severity
from streams.rules.underselling import Underselling
from tests.unit.rules.figures_of import domestic_price, duty, target_price
from tests.unit.rules.market_of import breaches, evidence, found, lacks, monthly, shipment, wrong_lines

RULE = Underselling()
TARGET = (target_price("2.00"),)


@pytest.mark.parametrize(
    ("price", "alerts"),
    [
        pytest.param("1.999999", 1, id="just-below"),
        pytest.param("2.00", 0, id="at-the-target"),
        pytest.param("2.000001", 0, id="just-above"),
    ],
)
def test_any_gap_to_the_target_price_is_underselling(price, alerts):
    """At the target price the industry has what it needs."""
    assert alerts == len(found(RULE, monthly([10], price), entries=TARGET))


@pytest.mark.parametrize(
    ("price", "severity"),
    [
        pytest.param("1.99", Severity.INFO, id="a-little"),
        pytest.param("1.90", Severity.WARNING, id="over-5-per-cent-of-cif"),
        pytest.param("1.60", Severity.HIGH, id="25-per-cent"),
        pytest.param("1.25", Severity.CRITICAL, id="60-per-cent"),
    ],
)
def test_the_gap_in_per_cent_of_the_cif_value_grades_the_alert(price, severity):
    """As the duty would be that removes it."""
    assert [severity] == [alert.severity for alert in found(RULE, monthly([10], price), entries=TARGET)]


@pytest.mark.parametrize(
    ("rate", "alerts"),
    [
        pytest.param("24.9", 1, id="just-short"),
        pytest.param("25", 0, id="duty-paid-at-the-target"),
        pytest.param("25.1", 0, id="just-over"),
    ],
)
def test_duty_is_part_of_the_price_and_not_of_the_denominator(rate, alerts):
    """1.60 with a quarter of duty is 2.00."""
    assert alerts == len(found(RULE, monthly([10], "1.60"), entries=(*TARGET, duty(rate))))


def test_the_denominator_is_cif():
    """1.60 with 5 per cent of duty is 1.68: 0.32 short, 20 per cent of 1.60."""
    assert "20" == evidence(RULE, monthly([10], "1.60"), entries=(*TARGET, duty("5")))["underselling_pct"]


def test_three_months_are_averaged():
    """A dear month makes up for a cheap one of the same quantity, and leaves the window after two more."""
    assert [0] == breaches(RULE, monthly([10, 10, 10, 10], ["1.9", "2.2", "2", "2"]), entries=TARGET)


def test_another_role_measures_nothing():
    """The domestic price is what the industry gets, not what it needs; the lack is said."""
    (lack,) = lacks(RULE, monthly([10], 1), entries=(domestic_price("2"),))

    assert "no target price of silicon|metal in GB" == lack.missing


def test_months_without_a_target_price_are_said_where_they_are_too_many():
    """Four fifths of the goods."""
    late = (target_price("2.00", valid_from=date(2023, 3, 1)),)

    assert [] == breaches(RULE, monthly([10, 10, 10], 1), entries=late)
    assert [2] == breaches(RULE, monthly([1, 1, 10], 1), entries=late)


@pytest.mark.parametrize(
    ("tonnes", "alerts"),
    [pytest.param("4.999", 0, id="just-short"), pytest.param("5", 1, id="at"), pytest.param("5.001", 1, id="over")],
)
def test_a_trifle_is_passed_over(tonnes, alerts):
    """10,000 USD at the target price."""
    assert alerts == len(found(RULE, monthly([tonnes], 1), entries=TARGET))


@pytest.mark.parametrize(
    ("tonnes", "alerts"),
    [pytest.param("29.9", 0, id="just-short"), pytest.param("30", 1, id="at"), pytest.param("30.1", 1, id="over")],
)
def test_negligible_imports_are_passed_over(tonnes, alerts):
    """Below three per cent of all imports of the product."""
    records = [*monthly([tonnes], 1), *monthly([970], 3, origin="NO")]

    assert alerts == len(found(RULE, records, entries=TARGET))


def test_records_without_a_price_are_not_concluded_from():
    """More than a fifth of them, and the lane is left."""
    (lack,) = lacks(RULE, [*monthly([10], 1), shipment(0, 1, 1, currency="EUR")], entries=TARGET)

    assert lack.missing.startswith("too many records whose price is not known")


def test_the_evidence_recomputes():
    """Over three months with two target prices."""
    targets = (target_price("2.00", valid_to=date(2023, 3, 1)), target_price("2.1", valid_from=date(2023, 3, 1)))
    (alert,) = found(RULE, monthly([7, 11, 13], ["1.95", "1.9", "1.6"]), entries=(*targets, duty("3.7")))

    assert [] == wrong_lines(alert)
    assert 2 == len(alert.evidence["reference_values"])
    assert ["AD1 (anti_dumping, 3.7 %)"] == alert.evidence["duties_counted"]
