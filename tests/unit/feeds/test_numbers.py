"""Numbers and months as publishers write them."""

from datetime import date

import pytest

from streams.feeds.decimals import plain_decimal, workbook_decimal
from streams.feeds.items import RowError
from streams.feeds.months import month_end, period_end
from streams.records import Refusal


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("520000.0", "520000"),
        ("1260134.03", "1260134.03"),
        ("0.50", "0.5"),
        ("0.0", "0"),
        ("100", "100"),
        ("1.5E3", "1500"),
        ("1e-6", "0.000001"),
        ("-2.50", "-2.5"),
    ],
)
def test_a_number_becomes_plain_decimal_text(text, plain):
    """No exponent, no needless decimals, no digit changed."""
    assert plain == plain_decimal(text, "value")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Refusal.MISSING_FIELD),
        (" ", Refusal.MISSING_FIELD),
        ("NaN", Refusal.NOT_A_DECIMAL),
        ("Infinity", Refusal.NOT_A_DECIMAL),
        ("1e300", Refusal.NOT_A_DECIMAL),
        ("1,5", Refusal.NOT_A_DECIMAL),
        ("٣", Refusal.NOT_A_DECIMAL),
        (".5", Refusal.NOT_A_DECIMAL),
    ],
)
def test_what_is_no_number_is_refused_by_name(text, reason):
    """The field is named, and what it held."""
    with pytest.raises(RowError, match="value: expected a number") as found:
        plain_decimal(text, "value")

    assert reason is found.value.reason


@pytest.mark.parametrize(
    ("stored", "text"),
    [(2137.33, "2137.33"), (390, "390"), (0.1 + 0.2, "0.3"), (1e-7, "0"), (1 / 3, "0.333333"), (48694.34, "48694.34")],
)
def test_a_workbook_s_number_is_the_shortest_text_of_it(stored, text):
    """To six decimals, the finest that records carry."""
    assert text == workbook_decimal(stored)


@pytest.mark.parametrize(
    ("period", "day"),
    [
        ("202502", date(2025, 2, 28)),
        ("202402", date(2024, 2, 29)),
        ("2025M12", date(2025, 12, 31)),
        ("000101", date(1, 1, 31)),
        ("999912", date(9999, 12, 31)),
    ],
)
def test_a_month_is_dated_to_its_last_day(period, day):
    """Before it is over nobody knows its figure."""
    assert day == period_end(period) == month_end(day.year, day.month)


@pytest.mark.parametrize(
    "period",
    ["202500", "202513", "000012", "2025", "2025-12", "20251", "", "2025123", "\u0662\u0660\u0662\u0665\u0661\u0662"],
)
def test_what_is_no_month_is_refused(period):
    """A whole year (month 00) is not taken for a month."""
    with pytest.raises(RowError, match="expected a month such as 202507"):
        period_end(period)
