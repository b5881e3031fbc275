"""The World Bank's workbook of monthly prices."""

import csv
import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest

from streams.feeds import FeedError, open_feed
from streams.records import PriceTick, Refusal
from streams.reference.catalogue import load_catalogue
from streams.reference.units import UNITS

NAMES = [None, "Crude oil, Brent", "Potassium chloride **", "Aluminum", "Iron ore, cfr spot", "Tin", "Silver"]
UNIT_ROW = [None, "($/bbl)", "($/mt)", "($/mt)", "($/dmtu)", "($/mt)", "($/troy oz)"]


def _workbook(*months, sheet: str = "Monthly Prices", units=UNIT_ROW) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "AFOSHEET"
    prices = book.create_sheet(sheet)
    prices.append(["World Bank Commodity Price Data (The Pink Sheet)"])
    prices.append(["Updated on a day"])
    prices.append([])
    prices.append(NAMES)
    prices.append(units)
    for month in months:
        prices.append(month)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


BOOK = _workbook(
    ["2026M02", 71.11, 372.5, 3065.19, 98.84, 48694.34, 81.95],
    [],
    ["2026M03", 103.69, "…", 3372.95, 104.45, "..", 0.1 + 0.2],
)


def test_a_price_is_a_tick_of_the_month_s_last_day(records):
    """The month's average is known when the month is over, leap years included."""
    found = records(_workbook(["2024M02", 1, None, 2200.5, 1, None, None]))

    assert [
        PriceTick(
            instrument="worldbank:aluminium",
            source="worldbank",
            event_date=date(2024, 2, 29),
            product="aluminium|metal",
            price="2200.5",
            currency="USD",
            unit="t",
            licence="CC BY 4.0",
        )
    ] == found


def test_series_without_a_product_and_months_without_a_price_are_counted(feed_file):
    """Oil and iron ore price nothing of the catalogue; dots are no price."""
    feed = open_feed(feed_file(BOOK))

    assert [
        ("worldbank:potassium-chloride", 2, 6),
        ("worldbank:aluminium", 2, 6),
        ("worldbank:tin", 2, 6),
        ("worldbank:silver", 2, 6),
        ("worldbank:aluminium", 3, 8),
        ("worldbank:silver", 3, 8),
    ] == [(item.record.instrument, item.record.event_date.month, item.line) for item in feed]
    assert {
        "series that price no product of the catalogue": 2,
        "months without a price": 2,
    } == feed.skipped


def test_a_workbook_s_float_is_read_as_what_was_typed(records):
    """The shortest text of the stored number, at most six decimals."""
    assert "0.3" == records(BOOK)[-1].price


@pytest.mark.parametrize(
    ("month", "reason", "detail"),
    [
        pytest.param(["2026M13", 1, 1, 1, 1, 1, 1], Refusal.DATE_OUT_OF_RANGE, "found '2026M13'", id="no-month"),
        pytest.param(["2026M02", 1, None, "n.q.", 1, None, None], Refusal.NOT_A_DECIMAL, "found 'n.q.'", id="no-price"),
    ],
)
def test_one_bad_cell_is_rejected(rejected, month, reason, detail):
    """The refusal has the sheet's row."""
    [found] = rejected(_workbook(month))

    assert (6, reason) == (found.line, found.reason)
    assert detail in found.detail


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param(_workbook(sheet="Prices"), "no sheet 'Monthly Prices'; found AFOSHEET, Prices", id="no-sheet"),
        pytest.param(BOOK[:-100], "ends early or is damaged", id="truncated"),
    ],
)
def test_a_workbook_that_is_not_the_one_is_told(feed_file, content, complaint):
    """The message names the sheets that are there."""
    with pytest.raises(FeedError, match=complaint):
        open_feed(feed_file(content))


def test_a_sheet_without_units_is_told(read):
    """Prices without units are no prices."""
    with pytest.raises(FeedError, match="no row of units"):
        read(_workbook(units=[]))


def test_a_packed_workbook_is_read(records, gzipped, zipped):
    """It is unpacked beside, since a workbook is read from its end."""
    assert 6 == len(records(gzipped(BOOK)))
    assert 6 == len(records(zipped(**{"CMO.xlsx": BOOK})))


def test_the_real_workbook_agrees_with_its_long_form(pink_sheet):
    """Prices of ten series since 1960 are those of the compiled table, cell by cell."""
    theirs = {
        "Aluminum",
        "Copper",
        "Lead",
        "Nickel",
        "Phosphate rock",
        "Platinum",
        "Potassium chloride",
        "Silver",
        "Tin",
    }
    with (pink_sheet / "pinksheet_metals_monthly.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["commodity"] in theirs | {"Zinc"}]
    feed = open_feed(pink_sheet / "CMO-Historical-Data-Monthly.xlsx")
    ticks = [item.record for item in feed]

    assert len(rows) == len(ticks) == 7969
    assert sum(Decimal(row["price"]) for row in rows) == sum(Decimal(tick.price) for tick in ticks)
    expected = {(row["commodity"][:4].lower(), row["month"][:7]): Decimal(row["price"]) for row in rows}
    assert expected == {
        (_their_name(tick)[:4].lower(), f"{tick.event_date:%Y-%m}"): Decimal(tick.price) for tick in ticks
    }
    assert {tick.product for tick in ticks} <= {product.name for product in load_catalogue()}
    assert {tick.unit for tick in ticks} <= set(UNITS)


def _their_name(tick: PriceTick) -> str:
    name = tick.instrument.partition(":")[2]
    return {"aluminium": "Aluminum", "phosphate-rock": "Phosphate rock"}.get(name, name)
