"""Decimal text and exact numbers."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.exact import (
    NotADecimalError,
    decimal_text,
    exact_text,
    fraction,
    micros,
    micros_text,
    round_half_even,
    round_half_up,
)

LARGEST = 2**63 - 1


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        pytest.param("0", 0, id="zero"),
        pytest.param("-0", 0, id="minus-zero"),
        pytest.param("1", 1_000_000, id="whole"),
        pytest.param("1184.50", 1_184_500_000, id="trailing-zero"),
        pytest.param("0.000001", 1, id="one-micro"),
        pytest.param("-2.37", -2_370_000, id="negative"),
        pytest.param("007.5", 7_500_000, id="leading-zeros"),
        pytest.param("9223372036854.775807", LARGEST, id="largest"),
        pytest.param("-9223372036854.775807", -LARGEST, id="least"),
    ],
)
def test_decimal_text_is_read_as_micro_units(text, amount):
    """Each decimal place is kept, none is rounded."""
    assert micros(text) == amount


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("", "found ''", id="empty"),
        pytest.param("   ", "expected a decimal number", id="blank"),
        pytest.param("1e3", "not a plain decimal", id="exponent"),
        pytest.param("1_000", "not a plain decimal", id="underscore"),
        pytest.param("1,184.50", "has a comma", id="group-separator"),
        pytest.param("2,37", "has a comma", id="decimal-comma"),
        pytest.param("nan", "not a plain decimal", id="nan"),
        pytest.param("-inf", "not a plain decimal", id="infinity"),
        pytest.param("+1", "not a plain decimal", id="plus"),
        pytest.param("1.", "not a plain decimal", id="nothing-after-the-point"),
        pytest.param(".5", "not a plain decimal", id="nothing-before-the-point"),
        pytest.param("1.2.3", "not a plain decimal", id="two-points"),
        pytest.param("--1", "not a plain decimal", id="two-signs"),
        pytest.param(" 1", "not a plain decimal", id="leading-blank"),
        pytest.param("\u0663", "not a plain decimal", id="arabic-digit"),
        pytest.param("\u00b2", "not a plain decimal", id="superscript"),
        pytest.param("0x10", "not a plain decimal", id="hexadecimal"),
        pytest.param("1/2", "not a plain decimal", id="ratio"),
        pytest.param("1.1234567", "7 decimals", id="seven-decimals"),
        pytest.param("9223372036854.775808", "too large", id="one-above-the-largest"),
        pytest.param("-9223372036854.775808", "too large", id="one-below-the-least"),
        pytest.param("9" * 5000, "5000 characters", id="longer-than-an-integer-may-be"),
    ],
)
def test_anything_else_is_refused_in_words(text, complaint):
    """The message says what was found, so that the sender knows what to send."""
    with pytest.raises(NotADecimalError, match=complaint):
        micros(text)


@given(st.integers(-LARGEST, LARGEST))
def test_micro_units_survive_the_way_to_text_and_back(amount):
    """Writing and reading are inverse for every amount that can be held."""
    assert micros(micros_text(amount)) == amount


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_and_never_misread(text):
    """What is accepted has only ASCII digits, one sign and one point, and means what a fraction says."""
    try:
        amount = micros(text)
    except NotADecimalError:
        return
    assert set(text) <= set("-.0123456789")
    assert Fraction(amount, 1_000_000) == Fraction(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("2408", Fraction(2408), id="whole"),
        pytest.param("0.45359237", Fraction(45359237, 10**8), id="eight-decimals"),
        pytest.param("-1.5", Fraction(-3, 2), id="negative"),
        pytest.param("1000000000000/45359237", Fraction(10**12, 45359237), id="ratio"),
    ],
)
def test_a_fraction_is_read_from_decimals_and_from_ratios(text, value):
    """Any number of decimals is exact; p/q is the authority for what does not terminate."""
    assert fraction(text) == value


@pytest.mark.parametrize("text", ["", "1e3", "1/0", "1/2.5", "nan", "1 / 2", "--1", "1/-2", "1" * 5000])
def test_what_is_no_fraction_is_refused(text):
    """A zero denominator and a number too long to read are refused like any other nonsense."""
    with pytest.raises(NotADecimalError):
        fraction(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(5, "5", id="integer"),
        pytest.param(Fraction(45, 2), "22.5", id="terminating"),
        pytest.param(Fraction(0), "0", id="zero"),
        pytest.param(Fraction(-1, 4), "-0.25", id="negative"),
        pytest.param(Fraction(1009443000, 14352079), "70.334270", id="rounded-keeps-its-places"),
        pytest.param(Fraction(1, 3), "0.333333", id="rounded-down"),
        pytest.param(Fraction(2, 3), "0.666667", id="rounded-up"),
        pytest.param(Fraction(1, 2 * 10**6), "0.000001", id="half-a-millionth-rounds-up"),
        pytest.param(Fraction(-1, 2 * 10**6), "-0.000001", id="half-of-a-negative-rounds-away-from-zero"),
        pytest.param(Fraction(-1, 10**7), "0.000000", id="no-minus-zero"),
    ],
)
def test_a_value_is_written_in_full_or_rounded_half_up(value, text):
    """A value that terminates is exact without trailing zeros; any other shows by its six places that it is rounded."""
    assert decimal_text(value) == text


def test_places_can_be_fewer():
    """For a sentence two places, for a count none."""
    assert decimal_text(Fraction(4123567, 10**6), places=2) == "4.12"
    assert decimal_text(Fraction(5, 2), places=0) == "3"


def test_exact_text_is_in_lowest_terms():
    """A ratio is p/q, a whole number just itself."""
    assert exact_text(Fraction(6, 4)) == "3/2"
    assert exact_text(Fraction(4, 2)) == "2"


@pytest.mark.parametrize(
    ("value", "even", "up"),
    [(Fraction(1, 2), 0, 1), (Fraction(3, 2), 2, 2), (Fraction(-1, 2), 0, -1), (Fraction(7, 5), 1, 1)],
)
def test_halves_round_to_even_or_away_from_zero_as_asked(value, even, up):
    """The two roundings differ at halves alone."""
    assert (round_half_even(value), round_half_up(value)) == (even, up)
