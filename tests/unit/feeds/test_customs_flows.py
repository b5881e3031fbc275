"""Customs rows of several publishers compiled into one table."""

import csv
import gzip
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from streams.feeds import FeedError, FeedOptions, FeedRecord, Rejected, open_feed
from streams.records import Refusal, Trade

HEADER = "source,period,reporter,partner,flow,hs6,native_code,material,value_usd,qty_kg,via_entrepot,confidential\n"
ROW = "hmrc,202507,GBR,CHN,import,280469,28046900,silicon,1260134.03,520000.0,True,False\n"
FROM_CHINA = Trade(
    id="hmrc:202507:28046900:CN",
    source="hmrc",
    event_date=date(2025, 7, 31),
    origin="CN",
    destination="GB",
    product="silicon|metal",
    quantity="520000",
    value="1260134.03",
    currency="USD",
    incoterm="CIF",
    hs_code="28046900",
    hs_version="CN2025",
)


def test_an_import_becomes_a_trade_of_the_month_s_last_day(records):
    """The total is known when the month is over; the publisher's terms are the trade's."""
    assert [FROM_CHINA] == records(HEADER + ROW)


def test_brazil_compiles_free_on_board(records):
    """The terms are the publisher's, not the table's."""
    [found] = records(HEADER + ROW.replace("hmrc", "comexstat").replace("GBR", "BRA"))

    assert ("comexstat:202507:28046900:CN", "BR", "FOB", "NCM2025") == (
        found.id,
        found.destination,
        found.incoterm,
        found.hs_version,
    )


def test_rows_that_look_alike_are_numbered(read):
    """The table lacks what told them apart; a row that is refused keeps its number."""
    items = read(HEADER + ROW + ROW.replace("520000.0", "0.0") + ROW + ROW.replace("202507", "202508"))

    assert [FROM_CHINA.id, "hmrc:202507:28046900:CN:3", "hmrc:202508:28046900:CN"] == [
        item.record.id for item in items if isinstance(item, FeedRecord)
    ]


def test_exports_and_other_codes_are_counted(feed_file):
    """They are no input here."""
    rows = ROW + ROW.replace("import", "export") + ROW.replace("28046900", "81019400")
    feed = open_feed(feed_file(HEADER + rows), FeedOptions(hs_codes=("280469",)))

    assert [FROM_CHINA] == [item.record for item in feed]
    assert {"exports": 1, "commodity codes not asked for": 1} == feed.skipped


def test_a_code_that_tells_no_product_is_handed_on_without(records):
    """Cobalt oxides and hydroxides share a code: the record says so and no more."""
    [found] = records(HEADER + ROW.replace("28046900", "28220000"))

    assert (None, "28220000") == (found.product, found.hs_code)


@pytest.mark.parametrize(
    ("row", "reason", "detail"),
    [
        pytest.param(
            ROW.replace("520000.0", "0.0"), Refusal.QUANTITY_NOT_POSITIVE, "no price per kilogram", id="no-mass"
        ),
        pytest.param(
            ROW.replace("520000.0", ""), Refusal.MISSING_FIELD, "qty_kg: expected a number", id="mass-not-given"
        ),
        pytest.param(ROW.replace("1260134.03", "0"), Refusal.VALUE_NOT_POSITIVE, "value is 0 USD", id="no-value"),
        pytest.param(
            ROW.replace("CHN", "n/a"), Refusal.MISSING_FIELD, "partner 'n/a' is no country", id="confidential"
        ),
        pytest.param(ROW.replace("202507", "2025"), Refusal.DATE_OUT_OF_RANGE, "found '2025'", id="a-whole-year"),
        pytest.param(ROW.replace("import", "re-import"), Refusal.WRONG_TYPE, "found 're-import'", id="unknown-flow"),
        pytest.param(
            ROW.replace("hmrc", "census").replace("GBR", "USA"),
            Refusal.UNKNOWN_INCOTERM,
            "the delivery terms of census of USA are not known",
            id="unknown-publisher",
        ),
    ],
)
def test_one_bad_row_is_rejected_and_the_next_is_read(read, row, reason, detail):
    """The refusal says what was found and keeps the bytes."""
    found, after = read(HEADER + row + ROW.replace("202507", "202508"))

    assert isinstance(found, Rejected)
    assert (2, reason, row.rstrip("\n").encode()) == (found.line, found.reason, found.raw)
    assert detail in found.detail
    assert (3, "hmrc:202508:28046900:CN") == (after.line, after.record.id)


def test_a_missing_column_is_named(feed_file):
    """The message says which, and what the file was taken for."""
    with pytest.raises(FeedError, match=r"customs rows compiled .* missing column qty_kg; found source, period"):
        open_feed(feed_file((HEADER + ROW).replace("qty_kg", "quantity")))


@pytest.mark.parametrize(
    ("name", "records", "refused"),
    [
        pytest.param("uk_hmrc_monthly_202406_202606.csv.gz", 5790, 131, id="hmrc"),
        pytest.param("brazil_comexstat_monthly_202501_202607.csv.gz", 1446, 193, id="comex-stat"),
    ],
)
def test_the_real_table_is_read_whole(trade_flows, name, records, refused):
    """Rows, values and masses, counted and summed apart from the adapter, are all there; no id comes twice."""
    with gzip.open(trade_flows / name, "rt") as file:
        rows = list(csv.DictReader(file))
    imports = [row for row in rows if row["flow"] == "import"]
    sound = [row for row in imports if Decimal(row["qty_kg"]) > 0 and Decimal(row["value_usd"]) > 0]
    feed = open_feed(trade_flows / name)
    items = list(feed)
    trades = [item.record for item in items if isinstance(item, FeedRecord)]

    assert "customs-flows" == feed.format
    assert (len(imports), len(sound)) == (len(items), len(trades)) == (records + refused, records)
    assert {"exports": len(rows) - len(imports)} == feed.skipped
    assert {Refusal.QUANTITY_NOT_POSITIVE: refused} == Counter(
        item.reason for item in items if isinstance(item, Rejected)
    )
    assert sum(Decimal(row["value_usd"]) for row in sound) == sum(Decimal(trade.value) for trade in trades)
    assert sum(Decimal(row["qty_kg"]) for row in sound) == sum(Decimal(trade.quantity) for trade in trades)
    assert Counter((row["native_code"], row["period"]) for row in sound) == Counter(
        (trade.hs_code, f"{trade.event_date:%Y%m}") for trade in trades
    )
    assert len(trades) == len({trade.id for trade in trades})
