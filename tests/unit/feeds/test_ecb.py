"""The ECB's history of euro reference rates, in the publisher's form and sorted the other way."""

import csv
import gzip
from datetime import date

import pytest

from streams.feeds import FxDay, open_feed
from streams.records import Refusal

HISTORY = (
    "Date,USD,JPY,BGN,CNY,\n"
    "2026-10-30,1.1172,175.68,N/A,7.4326,\n"
    "2026-10-29,1.113,175.92,N/A,7.4144,\n"
    "1999-01-04,1.1789,133.73,,N/A,\n"
)
DAYS = [
    FxDay(date(2026, 10, 30), {"USD": "1.1172", "JPY": "175.68", "CNY": "7.4326"}, 2),
    FxDay(date(2026, 10, 29), {"USD": "1.113", "JPY": "175.92", "CNY": "7.4144"}, 3),
    FxDay(date(1999, 1, 4), {"USD": "1.1789", "JPY": "133.73"}, 4),
]


def test_a_row_is_a_day_of_the_rates_that_were_set(read):
    """Rates stay the text that was published; ``N/A`` and nothing are no rate."""
    assert DAYS == read(HISTORY)


def test_the_publishers_zip_is_read(read, zipped):
    """``eurofxref-hist.zip`` holds one file."""
    assert DAYS == read(zipped(**{"eurofxref-hist.csv": HISTORY.encode()}))


def test_the_order_of_days_is_the_files(read):
    """Oldest first, and without the comma at the line's end, it is the same history."""
    lines = [line.rstrip(",") for line in HISTORY.splitlines()]
    found = read("\n".join([lines[0], *reversed(lines[1:])]))

    assert [day.rates for day in reversed(DAYS)] == [day.rates for day in found]


@pytest.mark.parametrize(
    ("row", "reason", "detail"),
    [
        pytest.param("30 October 2026,1.1,1,1,1,", Refusal.WRONG_TYPE, "found '30 October 2026'", id="no-day"),
        pytest.param("2026-10-30,n.a.,1,1,1,", Refusal.NOT_A_DECIMAL, "USD: expected units per euro", id="word"),
        pytest.param("2026-10-30,0.000,1,1,1,", Refusal.NOT_A_DECIMAL, "found '0.000'", id="nought"),
        pytest.param("2026-10-30,-1.1,1,1,1,", Refusal.NOT_A_DECIMAL, "found '-1.1'", id="negative"),
        pytest.param("2026-10-30,1.1", Refusal.MISSING_FIELD, "found 2 fields", id="cut-short"),
    ],
)
def test_a_day_with_one_bad_rate_is_rejected_whole(read, row, reason, detail):
    """Half a day of rates would be taken for a day without the others."""
    found, after = read(f"Date,USD,JPY,BGN,CNY,\n{row}\n2026-10-29,1.113,175.92,N/A,7.4144,\n")

    assert (2, reason) == (found.line, found.reason)
    assert detail in found.detail
    assert DAYS[1] == after


def test_the_real_history_is_read_whole(ecb_fx):
    """Every day and every rate of the file, counted and summed apart from the adapter, is there."""
    path = ecb_fx / "eurofxref_hist_daily.csv.gz"
    with gzip.open(path, "rt") as file:
        rows = list(csv.DictReader(file))
    feed = open_feed(path)
    days = list(feed)

    assert "ecb" == feed.format
    assert [row["date"] for row in rows] == [day.date.isoformat() for day in days]
    assert [{name: rate for name, rate in row.items() if name != "date" and rate} for row in rows] == [
        day.rates for day in days
    ]
    assert 7126 == len(days)
