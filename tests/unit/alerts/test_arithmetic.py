"""The arithmetic that alerts carry: what is read, what is refused, what counts as a mismatch."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.arithmetic import (
    DEPTH_MAX,
    LENGTH_MAX,
    ExpressionError,
    Step,
    UndefinedResultError,
    check,
    evaluate,
    rounded,
)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        pytest.param("17500 * 1.10", "19250", id="product"),
        pytest.param("(22000 - 21825.763956) * 9.0718474", "1580.6428027476856", id="difference-first"),
        pytest.param("22000 - 1500 - 500", "20000", id="from-left-to-right"),
        pytest.param("100 / 10 / 2", "5", id="division-from-left-to-right"),
        pytest.param("2 + 3 * 4", "14", id="products-before-sums"),
        pytest.param("max(0, 9500 - 10000)", "0", id="no-credit"),
        pytest.param("min(10, max(2, 3), 7)", "3", id="nested"),
        pytest.param("-3 * -2", "6", id="signs"),
        pytest.param("10 - -2", "12", id="minus-a-negative"),
        pytest.param("-(2 + 3)", "-5", id="minus-a-sum"),
        pytest.param("1/3 * 3", "1", id="ratios-are-exact"),
        pytest.param("0.1 + 0.2", "0.3", id="decimals-are-exact"),
        pytest.param(" 1+1 ", "2", id="spaces-do-not-matter"),
    ],
)
def test_an_expression_comes_to_its_exact_value(expression, value):
    """Arithmetic by hand and arithmetic here agree to the last digit."""
    assert evaluate(expression) == Fraction(value)


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        pytest.param("", "found the end", id="empty"),
        pytest.param("1 +", "found the end", id="cut-off"),
        pytest.param("(1", "found the end", id="open"),
        pytest.param("1)", r"expected the end, found '\)' at character 2", id="closed-twice"),
        pytest.param("1 2", "found '2' at character 3", id="no-sign-between"),
        pytest.param("price * 2", "found 'price' at character 1", id="a-name"),
        pytest.param("max", "found the end", id="a-function-alone"),
        pytest.param("max()", r"found '\)'", id="of-nothing"),
        pytest.param("abs(1)", "found 'abs'", id="another-function"),
        pytest.param("1e5", "found 'e'", id="an-exponent"),
        pytest.param("2 ** 3", r"found '\*'", id="a-power"),
        pytest.param("7 // 2", "found '/'", id="a-floor-division"),
        pytest.param("1.", r"found '\.'", id="a-point-without-decimals"),
        pytest.param("1_000", "found '_'", id="digits-in-groups"),
        pytest.param("1,000", "expected the end, found ','", id="a-comma"),
        pytest.param("\u0661 + 1", "found '\u0661'", id="digits-of-another-script"),
        pytest.param("1\n+ 1", r"found '\\n'", id="a-new-line"),
        pytest.param("__import__('os')", "found '_'", id="code"),
    ],
)
def test_anything_but_plain_arithmetic_is_refused(expression, complaint):
    """The message says what was found, and where."""
    with pytest.raises(ExpressionError, match=complaint):
        evaluate(expression)


def test_a_division_by_zero_has_no_result():
    """Told apart from nonsense, because a figure may have no value."""
    with pytest.raises(UndefinedResultError):
        evaluate("1 / (2 - 2)")


@pytest.mark.parametrize("depth", [DEPTH_MAX - 2, DEPTH_MAX - 1])
def test_nesting_is_taken_up_to_its_limit(depth):
    """Each parenthesis is a level, and so is the whole."""
    assert evaluate("(" * depth + "1" + ")" * depth) == 1


@pytest.mark.parametrize("depth", [DEPTH_MAX, LENGTH_MAX // 2 - 1])
def test_nesting_beyond_the_limit_is_refused(depth):
    """No expression can exhaust the interpreter's stack."""
    with pytest.raises(ExpressionError, match="deep"):
        evaluate("(" * depth + "1" + ")" * depth)


@pytest.mark.parametrize(
    ("length", "taken"),
    [
        pytest.param(LENGTH_MAX - 1, True, id="one-less"),
        pytest.param(LENGTH_MAX, True, id="at-the-limit"),
        pytest.param(LENGTH_MAX + 1, False, id="one-more"),
    ],
)
def test_length_is_limited(length, taken):
    """An expression at the limit is worked out; a longer one is refused unread."""
    if taken:
        assert evaluate("9" * length) == 10**length - 1
    else:
        with pytest.raises(ExpressionError, match="too long"):
            evaluate("9" * length)


def test_a_long_run_of_signs_is_no_nesting():
    """Minus signs in a row are counted, not stacked."""
    assert evaluate("-" * (LENGTH_MAX - 1) + "1") == -1


def _combined(parts):
    (left, a), sign, (right, b) = parts
    value = {"+": a + b, "-": a - b, "*": a * b}[sign]
    return f"({left} {sign} {right})", value


@given(
    st.recursive(
        st.decimals(min_value=0, max_value=10**9, places=4).map(lambda value: (f"{value:f}", Fraction(value))),
        lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(_combined),
        max_leaves=12,
    )
)
def test_sums_and_products_of_any_shape_are_exact(pair):
    """Whatever was put together with parentheses is worked out as it was put together."""
    text, value = pair
    assert evaluate(text) == value


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        pytest.param("1/3", "0.333333", id="rounded-down"),
        pytest.param("2/3", "0.666667", id="rounded-up"),
        pytest.param("1/2000000", "0.000001", id="half-up"),
        pytest.param("0 - 1/2000000", "-0.000001", id="half-away-from-zero"),
        pytest.param("0.0000004", "0.000000", id="rounded-to-nothing"),
        pytest.param("5/2", "2.5", id="exact"),
        pytest.param("5/2", "5/2", id="as-a-ratio"),
        pytest.param("10/4", "5/2", id="in-lowest-terms"),
        pytest.param("1580.6428027476856", "1580.64", id="to-the-cent"),
        pytest.param("0 / 0", "", id="no-result"),
    ],
)
def test_a_result_holds_at_its_printed_decimals(expression, result):
    """A printed figure is compared at as many decimals as it has."""
    assert check([Step("figure", expression, result, "USD")]) == []


@pytest.mark.parametrize(
    ("expression", "result", "recomputed", "difference"),
    [
        pytest.param("1/3", "0.333334", "0.333333", "0.000001", id="one-too-many"),
        pytest.param("1/3", "0.333332", "0.333333", "-0.000001", id="one-too-few"),
        pytest.param("5/2", "2.4", "2.5", "-0.1", id="short"),
        pytest.param("5/2", "2", "3", "-1", id="half-down"),
        pytest.param("5/2", "5/3", "5/2", "-5/6", id="another-ratio"),
        pytest.param("3 - 5", "2", "-2", "4", id="sign-lost"),
    ],
)
def test_a_result_that_does_not_hold_is_told_with_the_difference(expression, result, recomputed, difference):
    """Printed less recomputed, at the printed decimals."""
    step = Step("figure", expression, result, "USD")
    (found,) = check([Step("right", "1 + 1", "2", ""), step])
    assert (found.step, found.recomputed, found.difference) == (step, recomputed, difference)
    assert result in found.problem


@pytest.mark.parametrize(
    ("expression", "result", "problem"),
    [
        pytest.param("1 / 0", "7", "division by zero", id="a-figure-without-a-value"),
        pytest.param("two", "2", "found 'two'", id="no-arithmetic"),
        pytest.param("1 + 1", "", "not a number", id="nothing-printed"),
        pytest.param("1 + 1", "nan", "not a number", id="not-a-number"),
        pytest.param("1 + 1", "2e0", "not a number", id="an-exponent"),
        pytest.param("1 + 1", "2/0", "not a number", id="a-ratio-to-nothing"),
        pytest.param("1 + 1", "2" * 5000, "not a number", id="longer-than-any-figure"),
    ],
)
def test_what_cannot_be_compared_is_a_mismatch(expression, result, problem):
    """Evidence that cannot be checked does not pass as checked."""
    (found,) = check([Step("figure", expression, result, "USD")])
    assert problem in found.problem
    assert found.difference is None


@given(st.fractions(), st.integers(min_value=0, max_value=8))
def test_rounding_is_to_the_nearest(value, decimals):
    """What is shown is never further from the value than half its last place."""
    assert abs(Fraction(rounded(value, decimals)) - value) <= Fraction(1, 2 * 10**decimals)


@given(st.fractions())
def test_what_is_rounded_here_holds_here(value):
    """A figure printed from its own ratio passes the check."""
    text = f"{value.numerator} / {value.denominator}"
    assert check([Step("figure", text, rounded(value), "")]) == []
