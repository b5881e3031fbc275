"""Imports and mirrored exports that do not agree."""

from fractions import Fraction

import pytest

from alerts.model import Severity, State
from streams.records import Flow
from streams.rules.coverage import UNPRICED
from streams.rules.mirror_gap import MirrorGap
from tests.unit.rules.market_of import breaches, found, lacks, monthly, shipment, wrong_lines

RULE = MirrorGap()


def both(cif, fob=2, *, months=6, tonnes=100, **fields):
    """Return months of imports at one price CIF, and of the same goods as they left at another, FOB."""
    return [*monthly([tonnes] * months, cif, **fields), *left([tonnes] * months, fob)]


def left(tonnes, fob=2, **fields):
    """Return China's declarations of exports to the United Kingdom."""
    return monthly(tonnes, fob, flow=Flow.EXPORT, incoterm="FOB", source="customs-cn", **fields)


@pytest.mark.parametrize(
    ("cif", "months"),
    [
        pytest.param("1.720001", [], id="just-less-below"),
        pytest.param("1.72", [5], id="at-below"),
        pytest.param("1.719999", [5], id="just-more-below"),
        pytest.param("2.12", [], id="freight-and-insurance"),
        pytest.param("2.519999", [], id="just-less-above"),
        pytest.param("2.52", [5], id="at-above"),
        pytest.param("2.520001", [5], id="just-more-above"),
    ],
)
def test_a_gap_of_a_fifth_of_the_exports_is_found_either_way(cif, months):
    """Two dollars FOB are 2.12 CIF; a fifth of the FOB value is 40 cents."""
    assert months == breaches(RULE, both(cif))


def test_only_the_end_of_a_quarter_is_judged():
    """Between, goods are at sea."""
    assert [5, 8] == breaches(RULE, both("1.50", months=11))


def test_goods_at_sea_are_no_gap():
    """Trade that grows by a fifth a month: what enters is what left a month before."""
    tonnes = [100, 120, 144, 173, 207, 249, 299]
    records = [*monthly(tonnes[:-1], "2.12", start=1), *left(tonnes)]

    assert [] == breaches(RULE, records)


def test_a_quarter_s_timing_is_no_gap():
    """What entered late evens out over half a year."""
    records = [*monthly([100, 100, 130, 70, 70, 70], "2.12"), *left([100] * 3 + [70, 70, 100], 2)]

    assert [] == breaches(RULE, records)


@pytest.mark.parametrize(
    ("in_may", "months"),
    [
        pytest.param(40, [], id="more-than-left-a-month-earlier"),
        pytest.param(60, [], id="as-much-as-left-a-month-earlier"),
        pytest.param(100, [5], id="less-than-left-a-month-earlier"),
    ],
)
def test_a_leap_at_the_quarter_s_end_is_at_sea_where_a_voyage_of_weeks_explains_it(in_may, months):
    """A hundred tonnes entered where more left in the quarter: a gap only if more left a month earlier, too."""
    records = [*monthly([20] * 5 + [60], "2.12"), *left([20] * 4 + [in_may, 100])]

    assert months == breaches(RULE, records)


@pytest.mark.parametrize(
    ("before", "months"),
    [
        pytest.param("2.11", [5], id="a-little-less-before"),
        pytest.param("2.12", [5], id="the-quarter-before-agrees"),
        pytest.param("2.13", [], id="a-little-more-before"),
    ],
)
def test_a_gap_of_one_quarter_is_found_where_the_one_before_does_not_make_up_for_it(before, months):
    """A fifth of one quarter is a tenth of two."""
    records = [*monthly([100] * 3, before), *monthly([100] * 3, "1.72", start=3), *left([100] * 6)]

    assert months == breaches(RULE, records)


@pytest.mark.parametrize("late", [pytest.param("entered", id="imports"), pytest.param("left", id="exports")])
def test_the_first_quarter_of_a_side_says_nothing(late):
    """What was at sea when it began is on the other side alone: it takes half a year."""
    sides = {"entered": monthly([100] * 9, "1.50"), "left": left([100] * 9)}
    sides[late] = [each for each in sides[late] if each.event_date.month > 3]
    records = [each for side in sides.values() for each in side]

    assert [8] == breaches(RULE, records)
    assert [] == breaches(RULE, [each for each in records if each.event_date.month <= 6])
    assert "both sides are not known for half a year" in {
        each.missing for each in lacks(RULE, [each for each in records if each.event_date.month <= 6])
    }


def test_without_the_origin_s_declarations_there_is_nothing_to_compare():
    """An origin that publishes nothing has no mirror."""
    assert ([], []) == (breaches(RULE, monthly([100] * 6, 1)), lacks(RULE, monthly([100] * 6, 1)))


def test_an_origin_that_declares_none_to_the_destination_is_said():
    """It publishes what it sends to others."""
    records = [*monthly([100] * 6, "2.12"), *left([100] * 6, destination="US")]

    assert ["the origin declares no exports to the destination"] == [each.missing for each in lacks(RULE, records)]


@pytest.mark.parametrize(
    ("tonnes", "months"),
    [pytest.param("1.666", [], id="just-short"), pytest.param("1.667", [5], id="just-over")],
)
def test_a_trifle_is_left_out(tonnes, months):
    """Ten thousand dollars a quarter are worth a look."""
    assert months == breaches(RULE, both("1.50", tonnes=tonnes))


def test_thin_trade_is_not_judged():
    """Two consignments a quarter are a matter of days."""
    records = [shipment(0, 100, 1), shipment(2, 100, 1), *left([100] * 3)]

    assert [] == breaches(RULE, records)


def test_what_has_no_price_is_not_taken_for_less():
    """A quarter of the imports lacks its delivery terms."""
    records = [*both("2.12"), *monthly([100] * 2, start=3, incoterm=None)]

    assert [UNPRICED] == [each.missing for each in lacks(RULE, records)]


@pytest.mark.parametrize(
    ("cif", "severity"),
    [
        pytest.param("1.70", Severity.WARNING, id="21"),
        pytest.param("1.32", Severity.HIGH, id="40"),
        pytest.param("0.50", Severity.CRITICAL, id="81"),
    ],
)
def test_the_gap_decides_how_serious_it_is(cif, severity):
    """Whichever way it goes."""
    (alert,) = found(RULE, both(cif))

    assert severity == alert.severity


def test_a_gap_is_one_alert_from_quarter_to_quarter():
    """And over once the two sides agree again."""
    goes_on = both("1.50", months=12)
    ends = [*both("1.50", months=6), *monthly([100] * 6, "2.12", start=6), *left([100] * 6, start=6)]

    assert [State.FIRING] == [alert.state for alert in found(RULE, goes_on)]
    assert [State.RESOLVED] == [alert.state for alert in found(RULE, ends)]


def test_the_evidence_tells_values_from_quantities_and_recomputes():
    """The same quantity at a lower value is another matter than goods that never came."""
    (cheaper,) = found(RULE, both("1.50"))
    (fewer,) = found(RULE, [*monthly([60] * 6, "2.12"), *left([100] * 6)])

    assert [] == wrong_lines(cheaper)
    assert ("-31", "0", "-40") == (
        cheaper.evidence["gap_pct"], cheaper.evidence["quantity_gap_pct"], fewer.evidence["quantity_gap_pct"],
    )  # fmt: skip
    assert "less than freight and insurance explain" in cheaper.summary


def test_another_cost_of_freight_may_be_set():
    """Ten per cent is common for bulk goods."""
    assert [] == breaches(MirrorGap(cif_per_fob=Fraction(140, 100)), both("2.60"))
