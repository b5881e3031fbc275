"""Margins too small to count, on both sides of the thresholds and on them."""

from fractions import Fraction

import pytest

from streams.antidumping.de_minimis import (
    THRESHOLD_PCT,
    Proceeding,
    Reading,
    cif_duty_pct,
    is_de_minimis,
    price_margin_pct,
)

A_TRIFLE = Fraction(1, 10**12)


@pytest.mark.parametrize("threshold", [pytest.param(each, id=each) for each in Proceeding])
@pytest.mark.parametrize(
    ("offset", "strict", "inclusive"),
    [
        pytest.param(-A_TRIFLE, True, True, id="just below"),
        pytest.param(0, False, True, id="exactly"),
        pytest.param(A_TRIFLE, False, False, id="just above"),
    ],
)
def test_the_two_readings_differ_at_the_threshold_alone(threshold, offset, strict, inclusive):
    """The law says less than; Commerce's program lets the threshold itself pass."""
    margin_pct = THRESHOLD_PCT[threshold] + offset
    found = [is_de_minimis(margin_pct, THRESHOLD_PCT[threshold], reading=reading) for reading in Reading]

    assert found == [strict, inclusive]


def test_the_thresholds_are_two_per_cent_and_half_a_per_cent():
    """An investigation and a US review."""
    assert dict(THRESHOLD_PCT) == {"investigation": 2, "review": Fraction(1, 2)}


def test_a_margin_that_would_be_shown_as_the_threshold_is_still_below_it():
    """1.999999999 % is de minimis however it is rounded."""
    assert is_de_minimis(Fraction("1.999999999"), reading=Reading.STRICT) is True


def test_no_dumping_is_de_minimis():
    """A negative margin is below every threshold."""
    assert is_de_minimis(-5, reading=Reading.STRICT) is True


def test_no_margin_is_neither_de_minimis_nor_not():
    """Undefined is None."""
    assert is_de_minimis(None, reading=Reading.STRICT) is None


@pytest.mark.parametrize(
    ("normal_value", "export_price", "pct"),
    [
        pytest.param(102, 100, 2, id="dumped"),
        pytest.param(98, 100, -2, id="above normal value"),
        pytest.param(0, 100, None, id="normal value zero"),
        pytest.param(-1, 100, None, id="normal value negative"),
        pytest.param(102, 0, None, id="export price zero"),
        pytest.param(102, -1, None, id="export price negative"),
    ],
)
def test_a_margin_is_in_per_cent_of_the_export_price(normal_value, export_price, pct):
    """Prices that are not positive are never divided by, and give no margin."""
    assert price_margin_pct(normal_value, export_price) == pct


@pytest.mark.parametrize(
    ("amount", "cif", "pct"),
    [
        pytest.param(5, 90, Fraction(50, 9), id="dumped"),
        pytest.param(0, 90, 0, id="not dumped"),
        pytest.param(-5, 90, 0, id="above normal value"),
        pytest.param(5, 0, None, id="no value"),
        pytest.param(5, -1, None, id="negative value"),
    ],
)
def test_a_duty_is_in_per_cent_of_the_cif_value(amount, cif, pct):
    """What was sold above normal value pays nothing and is paid nothing."""
    assert cif_duty_pct(amount, cif) == pct
