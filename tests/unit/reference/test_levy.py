"""The levy on goods landed below a floor."""

from dataclasses import replace
from fractions import Fraction

import pytest

from streams.reference.levy import (
    SPECIAL_SAFEGUARD,
    Instrument,
    LevyKind,
    LevyTerms,
    assess,
    severity_band,
)

ONE = Fraction(1)
VARIABLE = LevyTerms()


@pytest.mark.parametrize(
    ("floor", "landed", "levy", "gap_pct", "equivalent"),
    [
        pytest.param(110, 95, 15, "13.64", "0.1579", id="below"),
        pytest.param(110, 110, 0, "0", "0", id="equal"),
        pytest.param(110, 128, 0, "-16.36", "0", id="above"),
        pytest.param(2408, 1200, 1208, "50.17", "1.0067", id="more-than-doubled"),
        pytest.param(2408, 1180, 1228, "51.00", "1.0407", id="ferro-silicon-at-the-market"),
    ],
)
def test_a_variable_levy_fills_the_gap(floor, landed, levy, gap_pct, equivalent):
    """The floor less the landed price, none at or above it; the gap is of the floor, the equivalent of the price."""
    outcome = assess(Fraction(floor), Fraction(landed), ONE, VARIABLE)
    assert outcome.levy == levy
    assert outcome.gap == floor - landed
    assert round(outcome.gap_pct, 2) == Fraction(gap_pct)
    assert round(outcome.ad_valorem_equivalent, 4) == Fraction(equivalent)


@pytest.mark.parametrize(
    ("landed", "breach"),
    [
        pytest.param("2407.999999", True, id="just-below"),
        pytest.param("2408", False, id="equal"),
        pytest.param("2409", False, id="above"),
    ],
)
def test_a_price_equal_to_the_floor_is_no_breach(landed, breach):
    """Regulation (EU) 2025/2351 collects nothing where the price is equal or higher."""
    outcome = assess(Fraction(2408), Fraction(landed), ONE, VARIABLE)
    assert outcome.breach is breach
    assert outcome.kind is (LevyKind.LEVIED if breach else LevyKind.NOT_BELOW)


@pytest.mark.parametrize(
    ("landed", "kind"),
    [
        pytest.param("99.50", LevyKind.WITHIN_TOLERANCE, id="at-the-tolerance"),
        pytest.param("99.49", LevyKind.LEVIED, id="just-past-it"),
        pytest.param("99.51", LevyKind.WITHIN_TOLERANCE, id="just-within"),
    ],
)
def test_a_gap_up_to_the_tolerance_is_let_pass(landed, kind):
    """Half a per cent of 100: 99.50 is let pass, one cent less is charged in full."""
    outcome = assess(Fraction(100), Fraction(landed), ONE, replace(VARIABLE, tolerance_pct=Fraction(1, 2)))
    assert outcome.kind is kind
    assert outcome.levy == (0 if kind is LevyKind.WITHIN_TOLERANCE else 100 - Fraction(landed))


@pytest.mark.parametrize(
    ("landed", "levy"),
    [(95, "0"), (90, "0"), (80, "3"), (60, "9"), (50, "14"), (40, "19"), (30, "26"), (25, "29.5"), (20, "34")],
)
def test_the_special_safeguard_table_charges_by_bands(landed, levy):
    """Agreement on Agriculture, art. 5.5, at a trigger price of 100."""
    terms = replace(VARIABLE, graduated=SPECIAL_SAFEGUARD)
    outcome = assess(Fraction(100), Fraction(landed), ONE, terms)
    assert outcome.levy == Fraction(levy)
    assert outcome.kind is LevyKind.GRADUATED


def test_a_cap_by_unit_grows_with_the_quantity():
    """At most 5 on each of 3 units, of a gap of 30."""
    outcome = assess(Fraction(90), Fraction(60), Fraction(3), replace(VARIABLE, cap_abs=Fraction(5)))
    assert (outcome.levy, outcome.kind) == (15, LevyKind.CAPPED)


def test_a_cap_by_value_is_of_the_landed_price():
    """A bound tariff of 10 % on goods landed at 60."""
    outcome = assess(Fraction(90), Fraction(60), ONE, replace(VARIABLE, cap_pct=Fraction(10)))
    assert (outcome.levy, outcome.kind) == (6, LevyKind.CAPPED)


def test_a_cap_above_the_gap_changes_nothing():
    """It is a ceiling, not a rate."""
    outcome = assess(Fraction(90), Fraction(60), ONE, replace(VARIABLE, cap_pct=Fraction(50)))
    assert (outcome.levy, outcome.kind) == (30, LevyKind.LEVIED)


@pytest.mark.parametrize(
    ("share", "levy", "kind"),
    [
        pytest.param("0", 30, LevyKind.LEVIED, id="outside"),
        pytest.param("0.4", 18, LevyKind.LEVIED, id="in-part"),
        pytest.param("1", 0, LevyKind.IN_QUOTA, id="inside"),
    ],
)
def test_what_enters_in_quota_is_not_charged(share, levy, kind):
    """The levy is on the part outside the tariff quota."""
    outcome = assess(Fraction(90), Fraction(60), ONE, replace(VARIABLE, in_quota_share=Fraction(share)))
    assert (outcome.levy, outcome.kind) == (levy, kind)


@pytest.mark.parametrize(
    ("instrument", "kind"),
    [
        (Instrument.PROHIBITION, LevyKind.PROHIBITED),
        (Instrument.GUARANTEE, LevyKind.GUARANTEE),
        (Instrument.UNDERTAKING, LevyKind.UNDERTAKING),
        (Instrument.TRIGGER_INVESTIGATION, LevyKind.INVESTIGATION),
        (Instrument.CFD, LevyKind.CONTRACT),
    ],
)
def test_other_instruments_show_the_gap_and_charge_nothing(instrument, kind):
    """A prohibition cannot be cured by paying, and a contract for difference pays the producer."""
    outcome = assess(Fraction(90), Fraction(60), ONE, LevyTerms(instrument=instrument))
    assert (outcome.gap, outcome.levy, outcome.kind, outcome.breach) == (30, 0, kind, True)


def test_goods_of_a_members_origin_are_judged_and_not_charged():
    """The gap is still shown."""
    outcome = assess(Fraction(90), Fraction(60), ONE, replace(VARIABLE, member_exempt=True))
    assert (outcome.gap, outcome.levy, outcome.kind) == (30, 0, LevyKind.MEMBER_EXEMPT)


@pytest.mark.parametrize(
    ("terms", "kind"),
    [
        pytest.param({"min_lot": Fraction(3)}, LevyKind.BELOW_MINIMUM, id="lot-below-the-smallest"),
        pytest.param({"min_lot": Fraction(2)}, LevyKind.LEVIED, id="lot-at-the-smallest"),
        pytest.param({"de_minimis_value": Fraction(61)}, LevyKind.BELOW_MINIMUM, id="value-below-the-smallest"),
        pytest.param({"de_minimis_value": Fraction(60)}, LevyKind.LEVIED, id="value-at-the-smallest"),
    ],
)
def test_too_small_a_lot_or_value_is_not_charged(terms, kind):
    """At the minimum it is charged."""
    assert assess(Fraction(90), Fraction(60), Fraction(2), replace(VARIABLE, **terms)).kind is kind


@pytest.mark.parametrize(("floor", "landed"), [(90, 0), (90, -1), (0, 60), (-1, -1)])
def test_a_value_that_is_not_positive_is_said_and_never_divided_by(floor, landed):
    """No price, no percentage, no levy."""
    outcome = assess(Fraction(floor), Fraction(landed), ONE, VARIABLE)
    assert (outcome.levy, outcome.ad_valorem_equivalent, outcome.kind) == (0, None, LevyKind.INVALID)
    assert not outcome.breach


@pytest.mark.parametrize(
    ("terms", "plain"),
    [
        (LevyTerms(), True),
        (LevyTerms(tolerance_pct=Fraction(1, 2)), True),
        (LevyTerms(instrument=Instrument.TRQ_THRESHOLD), True),
        (LevyTerms(instrument=Instrument.CFD), False),
        (LevyTerms(cap_pct=Fraction(5)), False),
        (LevyTerms(member_exempt=True), False),
    ],
)
def test_terms_are_plain_where_the_levy_is_the_gap(terms, plain):
    """The engine takes a short way then."""
    assert terms.plain is plain


@pytest.mark.parametrize(
    ("gap_pct", "severity"),
    [
        ("9.999999", "info"),
        ("10", "warning"),
        ("39.999999", "warning"),
        ("40", "high"),
        ("60", "high"),
        ("60.000001", "critical"),
    ],
)
def test_severity_follows_the_bands_of_the_special_safeguard(gap_pct, severity):
    """Below 10, from 10, from 40 to 60, above 60 per cent of the floor."""
    assert severity_band(Fraction(gap_pct)) == severity
