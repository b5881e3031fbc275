"""A declared grade that falls to where the floor is lower."""

from fractions import Fraction

import pytest
from msgspec.structs import replace

from alerts.model import Severity, State
from streams.rules.coverage import UNPRICED
from streams.rules.grade_shift import GradeShift
from tests.unit.rules.floors_of import floor, zone
from tests.unit.rules.market_of import breaches, day_in, found, lacks, monthly, shipment, wrong_lines

RULE = GradeShift()
BY_GRADE = (
    zone(),
    floor("2", floor_id="pure", grade_min_pct="98"),
    floor("1", floor_id="common", grade_max_pct="98"),
)
"""Silicon metal of 98 per cent and more keeps 2 USD/kg, poorer metal 1 USD/kg."""


def lane(grade=97, *, before=99, price=3, months=3, **fields):
    """Return six months at one declared grade and some at another; *price* is of a kilogram of silicon contained."""
    grades = [(before, 3)] * 6 + [(grade, price)] * months
    return [
        each
        for month, (declared, contained) in enumerate(grades)
        for each in _twice(month, declared, contained, fields)
    ]


def _twice(month, declared, contained, fields):
    price = Fraction(str(contained)) * Fraction(str(declared)) / 100
    text = f"{price.numerator}/{price.denominator}"
    return [shipment(month, 100, text, day=day, grade_pct=str(declared), **fields) for day in (5, 20)]


@pytest.mark.parametrize(
    ("grade", "months"),
    [
        pytest.param("97.01", [], id="just-short"),
        pytest.param(97, [8], id="at"),
        pytest.param("96.99", [8], id="just-over"),
    ],
)
def test_the_grade_has_to_fall_by_two_points(grade, months):
    """From 99 to 97 per cent, over three months against the six before."""
    assert months == breaches(RULE, lane(grade), entries=BY_GRADE)


def test_a_rising_grade_is_none():
    """It meets the higher floor."""
    assert [] == breaches(RULE, lane(99, before=96), entries=BY_GRADE)


def test_a_fall_that_changes_no_floor_is_none():
    """Both grades are of one floor."""
    assert [] == breaches(RULE, lane(93, before=96), entries=BY_GRADE)


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param((zone(), floor("2")), id="one-floor-for-all-grades"),
        pytest.param(BY_GRADE[1:], id="no-zone"),
        pytest.param((), id="no-floor"),
    ],
)
def test_without_floors_by_grade_there_is_nothing_to_evade(entries):
    """A poorer grade then is a poorer grade."""
    assert [] == breaches(RULE, lane(90), entries=entries)


def test_a_grade_without_a_floor_is_a_lower_floor():
    """Nought is the lowest of all."""
    (alert,) = found(RULE, lane(), entries=BY_GRADE[:2])

    assert ("2", "0") == (
        alert.evidence["floor_at_the_grades_before_usd_per_kg"], alert.evidence["floor_at_the_grades_now_usd_per_kg"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("price", "months"),
    [
        pytest.param("2.849", [], id="just-more"),
        pytest.param("2.85", [8], id="at"),
        pytest.param("2.851", [8], id="just-less"),
        pytest.param("3.20", [8], id="rises"),
    ],
)
def test_a_price_contained_that_falls_tells_of_poorer_goods(price, months):
    """Five per cent less for the same silicon, and the grade may well be true."""
    assert months == breaches(RULE, lane(price=price), entries=BY_GRADE)


def test_a_fall_of_all_prices_tells_nothing():
    """Norway's silicon became cheaper as well."""
    norway = monthly([50] * 9, [3] * 6 + ["2.70"] * 3, origin="NO")

    assert [8] == breaches(RULE, [*lane(price="2.70"), *norway], entries=BY_GRADE)


def test_another_exporter_s_poorer_goods_are_no_alert():
    """Each exporter declares what it did before; the one with the poorer metal sends more."""
    good = lane(99, exporter="E1")
    poor = [*lane(92, before=92, exporter="E2"), *lane(92, before=92, exporter="E2")[12:]]

    assert [] == breaches(RULE, [*good, *poor, *_renamed(poor[12:])], entries=BY_GRADE)
    assert [] == breaches(RULE, good, entries=BY_GRADE)


def _renamed(records):
    """Return as many records again."""
    return [replace(each, id=f"{each.id}-again") for each in records for _ in (1,)]


def test_goods_without_an_assay_are_not_judged():
    """A fifth may lack it; more, and that is said."""
    records = [*lane(), *monthly([100] * 4, start=5)]

    assert ["too many records that do not declare their grade"] == [
        each.missing for each in lacks(RULE, records, entries=BY_GRADE)
    ]


def test_unpriced_goods_are_not_passed_over():
    """Where a fifth has no price, that is said."""
    records = [*lane(), *monthly([100] * 4, start=5, incoterm=None)]

    assert [UNPRICED] == [each.missing for each in lacks(RULE, records, entries=BY_GRADE)]


def test_few_records_are_not_judged():
    """Six in each window make an average."""
    records = [each for each in lane() if each.event_date.day == 5 or each.event_date < day_in(6, 1)]

    assert [] == breaches(RULE, records, entries=BY_GRADE)


@pytest.mark.parametrize(
    ("grade", "severity"),
    [
        pytest.param(97, Severity.INFO, id="2"),
        pytest.param(96, Severity.WARNING, id="3"),
        pytest.param(93, Severity.HIGH, id="6"),
        pytest.param(87, Severity.CRITICAL, id="12"),
    ],
)
def test_the_points_decide_how_serious_it_is(grade, severity):
    """From two to a dozen."""
    (alert,) = found(RULE, lane(grade), entries=BY_GRADE)

    assert severity == alert.severity


def test_it_ends_when_the_grade_is_the_usual_one():
    """Three months on the grade is declared as before."""
    back = [each for month in (9, 10, 11) for each in _twice(month, 99, 3, {})]

    assert [State.RESOLVED] == [alert.state for alert in found(RULE, [*lane(), *back], entries=BY_GRADE)]


def test_the_evidence_shows_grades_floors_and_arithmetic():
    """From which grade to which, and what that does to the floor."""
    (alert,) = found(RULE, lane(), entries=BY_GRADE)
    got = alert.evidence

    assert [] == wrong_lines(alert)
    assert ("99", "97", "2", "0") == (
        got["grade_before_pct"], got["grade_pct"], got["fall_points"], got["price_contained_change_pct"],
    )  # fmt: skip
    assert {"97": "600000"} == got["inputs"][1]["content_by_grade_kg"]
