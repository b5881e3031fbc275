"""When an output meets what a case expects of it."""

from fractions import Fraction

import pytest

from streams.conformance.comparison import compare

THIRD = Fraction(1, 3)


def said(expected, outputs):
    """Return the mismatches in words."""
    return [str(mismatch) for mismatch in compare(expected, outputs)]


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        pytest.param("22.5", Fraction(45, 2), id="decimal"),
        pytest.param("22.50", Fraction(45, 2), id="decimal with a zero more"),
        pytest.param("-0.1", Fraction(-1, 10), id="negative"),
        pytest.param("3", 3, id="whole number as text"),
        pytest.param(3, 3, id="count"),
        pytest.param(3, Fraction(3), id="count held as a fraction"),
        pytest.param("0.333333", THIRD, id="rounded down"),
        pytest.param("0.666667", 2 * THIRD, id="rounded up"),
        pytest.param("0.00000025", Fraction(1, 4_000_000), id="all decimals of a long one"),
        pytest.param("P4", "P4", id="text"),
        pytest.param(True, True, id="true"),
        pytest.param(None, None, id="undefined"),
        pytest.param([], (), id="nothing in a list"),
        pytest.param([["R1", "R2"]], [("R1", "R2")], id="pair"),
        pytest.param({"a": {"b": "1"}}, {"a": {"b": 1, "c": 2}}, id="subset"),
    ],
)
def test_an_output_meets_what_is_expected(expected, found):
    """Numbers by what they are worth, all else by equality, objects by the keys that are asked for."""
    assert said({"key": expected}, {"key": found, "other": 1}) == []


@pytest.mark.parametrize(
    ("expected", "found", "shown"),
    [
        pytest.param("22.5", Fraction(225_000_001, 10_000_000), "expected 22.5, found 22.5", id="one more"),
        pytest.param("0.33", THIRD, "expected 0.33, found 0.333333", id="too few decimals"),
        pytest.param("0.333334", THIRD, "expected 0.333334, found 0.333333", id="rounded otherwise"),
        pytest.param("0", None, "expected 0, found null", id="undefined is not zero"),
        pytest.param(None, Fraction(0), "expected null, found 0", id="zero is not undefined"),
        pytest.param(True, 1, "expected true, found 1", id="one is not true"),
        pytest.param(1, True, "expected 1, found true", id="true is not one"),
        pytest.param("1", True, "expected 1, found true", id="true is no number"),
        pytest.param(False, None, "expected false, found null", id="undefined is not false"),
        pytest.param("1", "01", "expected 1, found 01", id="text is not a number"),
        pytest.param("A-T", Fraction(1), "expected A-T, found 1", id="a number is not text"),
        pytest.param(["a", "b"], ["b", "a"], "key.0: expected a, found b", id="order"),
        pytest.param(["a"], ["a", "b"], "expected 1 of [a], found 2 of [a, b]", id="one too many"),
        pytest.param([], None, "expected [], found null", id="no list"),
        pytest.param({"b": "1"}, "1", "expected an object, found 1", id="no object"),
        pytest.param({"b": "1"}, {"c": 1}, "key.b: expected 1, found nothing", id="missing key"),
    ],
)
def test_an_output_that_differs_is_shown_with_its_path(expected, found, shown):
    """One line: where, what was expected, what was found."""
    assert any(shown in line for line in said({"key": expected}, {"key": found}))


@pytest.mark.parametrize(
    ("authority", "met"),
    [
        pytest.param("333332/1000000", False, id="less"),
        pytest.param("1/3", True, id="equal"),
        pytest.param("333334/1000000", False, id="more"),
    ],
)
def test_the_exact_fraction_is_the_authority(authority, met):
    """Six decimals may be right by chance; p/q is not."""
    found = compare({"a": {"x": "0.333333", "x_exact": authority}}, {"a": {"x": THIRD}})

    assert (not found) == met
    assert met or str(found[0]) == f"a.x: expected {authority} exactly, found 1/3"


def test_an_exact_fraction_of_something_else_fails():
    """The authority of a missing, undefined or textual output is not met."""
    for outputs in ({}, {"x": None}, {"x": "1/3"}, {"x": True}):
        assert len(compare({"x_exact": "1/3"}, outputs)) == 1


@pytest.mark.parametrize(
    ("value", "rounding", "met"),
    [
        pytest.param("5.55", "truncate", True, id="cut off"),
        pytest.param("5.56", "truncate", False, id="not rounded up when cut off"),
        pytest.param("5.56", "half_up", True, id="half goes up"),
        pytest.param("5.55", "half_up", False, id="half does not go down"),
    ],
)
def test_a_published_figure_is_compared_as_it_was_printed(value, rounding, met):
    """Some sources round, some cut off."""
    figure = {"path": "types.A.0", "value": value, "dp": 2, "rounding": rounding}

    assert (not compare({"published": [figure]}, {"types": {"A": [Fraction("5.555")]}})) == met


@pytest.mark.parametrize("outputs", [{}, {"a": None}, {"a": "7.93"}], ids=["missing", "undefined", "text"])
def test_a_published_figure_of_no_number_fails(outputs):
    """What cannot be rounded was not met."""
    figure = {"path": "a", "value": "7.93", "dp": 2, "rounding": "half_up"}

    assert len(compare({"published": [figure]}, outputs)) == 1


def test_an_unknown_rounding_is_refused():
    """A case that asks for something else is not passed by guessing."""
    figure = {"path": "a", "value": "1", "dp": 0, "rounding": "bankers"}

    with pytest.raises(ValueError, match="rounding 'bankers' is neither half_up nor truncate"):
        compare({"published": [figure]}, {"a": 1})
