"""The United States Geological Survey: yearly prices of its summaries, and unit values since 1900."""

import io
from datetime import date

import openpyxl
import pytest

from streams.feeds import FeedError, FeedRecord, Rejected, open_feed
from streams.records import PriceTick, Refusal

HEADER = "MCS chapter,Section,Commodity,Country,Statistics,Statistics_detail,Unit,Year,Value,Notes\n"
SILICON = (
    'SILICON,Salient,Silicon,United States,Price,"Price, average, cents per pound of silicon: Silicon metal",'
    "cents per pound,2023,180.25,\n"
)
APT = (
    'TUNGSTEN,Salient,Tungsten,United States,Price,"Price, concentrate, average in-warehouse Rotterdam",'
    'dollars per dry metric ton unit,2023,"1,258.5",Estimated.\n'
)
TICK = PriceTick(
    instrument="usgs:silicon",
    source="usgs",
    event_date=date(2023, 12, 31),
    product="silicon|metal",
    price="1.8025",
    currency="USD",
    unit="lb",
    price_of="Si",
    licence="public domain",
)


def _book(*years, title="LITHIUM STATISTICS1", names=("Year", "Production", "Unit value ($/t)", "Unit value (98$/t)")):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in ([title], ["U.S. GEOLOGICAL SURVEY"], [], list(names), *years, ["NA Not available."]):
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_price_is_a_tick_of_the_year_s_last_day(records):
    """Cents become dollars; the constituent that a price is for stays with it; thousands have commas."""
    silicon, concentrate = records(HEADER + SILICON + APT)

    assert TICK == silicon
    assert ("tungsten|concentrate", "1258.5", "mtu", "WO3") == (
        concentrate.product,
        concentrate.price,
        concentrate.unit,
        concentrate.price_of,
    )


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        pytest.param(",Price,", ",Production,", "statistics that are no price", id="production"),
        pytest.param("Silicon,United", "Gypsum,United", "prices of no product of the catalogue", id="no-product"),
        pytest.param("cents per pound,2023", "index,2023", "prices of no product of the catalogue", id="no-unit"),
        pytest.param("180.25", "W", "prices withheld, not available, or given as a range", id="withheld"),
        pytest.param("180.25", "640-660", "prices withheld, not available, or given as a range", id="range"),
        pytest.param("180.25", "", "prices withheld, not available, or given as a range", id="empty"),
    ],
)
def test_what_is_no_price_of_a_product_is_counted(feed_file, old, new, why):
    """The release has all statistics of all commodities."""
    feed = open_feed(feed_file(HEADER + SILICON + SILICON.replace(old, new)))

    assert [TICK] == [item.record for item in feed]
    assert {why: 1} == feed.skipped


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        pytest.param("about 5", Refusal.NOT_A_DECIMAL, id="words"),
        pytest.param('"1,2,3"', Refusal.NOT_A_DECIMAL, id="odd-groups"),
        pytest.param("0", Refusal.VALUE_NOT_POSITIVE, id="nothing"),
        pytest.param("9" * 30, Refusal.OUT_OF_RANGE, id="endless"),
    ],
)
def test_a_figure_that_is_no_price_is_refused(read, value, reason):
    """The next row is read."""
    found, after = read(HEADER + SILICON.replace("180.25", value) + SILICON)

    assert isinstance(found, Rejected)
    assert (reason, TICK) == (found.reason, after.record)


def test_a_unit_value_since_1900_is_a_tick_of_its_year(feed_file):
    """That in dollars of 1998 is not read; a year without one is counted, a footnote is none."""
    feed = open_feed(feed_file(_book([1936, 10.5, 2800, 33200], [1937, "W", "NA", "NA"], [2021, "W", 6200.5, 3730])))
    found = [item.record for item in feed]

    assert [("usgs:ds140:lithium", "lithium|carbonate", "USD", "t")] * 2 == [
        (tick.instrument, tick.product, tick.currency, tick.unit) for tick in found
    ]
    assert [(1936, "2800"), (2021, "6200.5")] == [(tick.event_date.year, tick.price) for tick in found]
    assert {"years without a unit value": 1} == feed.skipped


def test_a_commodity_without_a_product_is_counted(feed_file):
    """Gypsum is nothing here."""
    feed = open_feed(feed_file(_book([1936, 10.5, 2800, 33200], title="GYPSUM STATISTICS")))

    assert [] == list(feed)
    assert {"unit values of no single product of the catalogue": 1} == feed.skipped


@pytest.mark.parametrize(
    ("year", "reason"),
    [
        pytest.param([1936, 1, "much", 1], Refusal.NOT_A_DECIMAL, id="words"),
        pytest.param([1936, 1, -5, 1], Refusal.VALUE_NOT_POSITIVE, id="negative"),
        pytest.param([19360, 1, 5, 1], Refusal.DATE_OUT_OF_RANGE, id="no-year"),
    ],
)
def test_one_bad_year_is_refused(read, year, reason):
    """The refusal has the sheet's row, and the next year is read."""
    found, after = read(_book(year, [1937, 1, 5, 1]))

    assert (5, reason) == (found.line, found.reason)
    assert isinstance(after, FeedRecord)


def test_a_workbook_without_its_names_is_told(feed_file):
    """The words of the series alone do not make a table."""
    book = _book([1936, 1, 5, 1], names=("When", "Production", "Unit value ($/t)"))

    with pytest.raises(FeedError, match="no row of names with Year"):
        list(open_feed(feed_file(book)))


def test_the_pink_sheet_as_a_table_makes_the_workbook_s_ticks(feed_file):
    """Same instrument, same day."""
    rows = "month,commodity,price,unit\n2024-02-01,Aluminum,2200.5,USD/mt\n2024-02-01,Urea,300,USD/mt\n"
    feed = open_feed(feed_file(rows + "2024-03-01,Tin,…,USD/mt\n2024-03-01,Tin,5,EUR/mt\n"))
    tick, refused = feed

    assert ("worldbank:aluminium", date(2024, 2, 29), "2200.5", "t") == (
        tick.record.instrument,
        tick.record.event_date,
        tick.record.price,
        tick.record.unit,
    )
    assert Refusal.UNKNOWN_UNIT == refused.reason
    assert {"series that price no product of the catalogue": 1, "months without a price": 1} == feed.skipped
