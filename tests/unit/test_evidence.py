"""Figures as evidence states them."""

import pytest

from streams.episodes import NEVER
from streams.rules.evidence import day_text, kg, line, pct, short, usd, usd_per_kg


@pytest.mark.parametrize(
    ("text", "places", "shown"),
    [
        pytest.param("1234567.891", 2, "1,234,567.89", id="thousands-grouped"),
        pytest.param("999.995", 2, "1,000.00", id="rounded-up-into-thousands"),
        pytest.param("12", 2, "12", id="whole"),
        pytest.param("-0.4", 2, "-0.4", id="below-zero"),
        pytest.param("-1234.5", 0, "-1,235", id="thousands-below-zero"),
        pytest.param(None, 2, "?", id="not-known"),
    ],
)
def test_a_figure_in_a_sentence_is_short(text, places, shown):
    """Rounded half up, grouped by thousands, its sign kept; what is not known is a question mark."""
    assert shown == short(text, places)


def test_amounts_are_decimal_text_of_their_unit():
    """Micro-dollars and milligrams come out as dollars and kilograms, exactly."""
    assert ("1234.500001", "0.000001", "2.2") == (usd(1_234_500_001), kg(1), usd_per_kg(2_200_000, 1_000_000))


def test_what_has_no_whole_has_no_part():
    """No quantity has no price, and nothing no per cent; neither is nought."""
    assert (None, None, "0") == (usd_per_kg(1, 0), pct(1, 0), pct(0, 1))


def test_a_day_that_never_came_has_no_date():
    """An episode that has not ended has no last day."""
    assert (None, "2025-01-01") == (day_text(NEVER), day_text(739252))


def test_a_line_without_a_result_is_empty_there():
    """So that its recomputation holds where the expression has none."""
    assert {"label": "gap", "expression": "1 / 0", "result": "", "unit": "%"} == line("gap", "1 / 0", None, "%")
