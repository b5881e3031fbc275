"""Customs rows of several publishers compiled into one table."""

import csv
import gzip
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from streams.feeds import FeedError, FeedOptions, FeedRecord, Rejected, open_feed
from streams.feeds.countries import alpha2_of
from streams.records import Flow, Refusal, Trade

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
TO_CHINA = replace(
    FROM_CHINA,
    id="hmrc:202507:X:28046900:CN",
    origin="GB",
    destination="CN",
    incoterm="FOB",
    flow=Flow.EXPORT,
)
EXPORT = ROW.replace("import", "export")


def test_an_import_becomes_a_trade_of_the_month_s_last_day(records):
    """The total is known when the month is over; the publisher's terms are the trade's."""
    assert [FROM_CHINA] == records(HEADER + ROW)


def test_an_export_goes_the_other_way(records):
    """From the reporting country to the partner, free on board, with an id of its own beside the same import."""
    assert [FROM_CHINA, TO_CHINA] == records(HEADER + ROW + EXPORT)


@pytest.mark.parametrize(
    ("row", "trade_id", "way"),
    [
        pytest.param(ROW, "comexstat:202507:28046900:CN", ("CN", "BR"), id="imports"),
        pytest.param(EXPORT, "comexstat:202507:X:28046900:CN", ("BR", "CN"), id="exports"),
    ],
)
def test_brazil_compiles_free_on_board(records, row, trade_id, way):
    """Both sides; the terms are the publisher's, not the table's."""
    [found] = records(HEADER + row.replace("hmrc", "comexstat").replace("GBR", "BRA"))

    assert (trade_id, way, "FOB", "NCM2025") == (
        found.id,
        (found.origin, found.destination),
        found.incoterm,
        found.hs_version,
    )


def test_rows_that_look_alike_are_numbered(read):
    """The table lacks what told them apart; a row that is refused keeps its number."""
    items = read(HEADER + ROW + ROW.replace("520000.0", "0.0") + ROW + ROW.replace("202507", "202508"))

    assert [FROM_CHINA.id, "hmrc:202507:28046900:CN:3", "hmrc:202508:28046900:CN"] == [
        item.record.id for item in items if isinstance(item, FeedRecord)
    ]


def test_each_side_is_numbered_apart(records):
    """What imports are called does not hang on the exports between them, read or not."""
    content = HEADER + ROW + EXPORT + ROW + EXPORT
    imports = [FROM_CHINA.id, "hmrc:202507:28046900:CN:2"]

    assert imports == [trade.id for trade in records(content, only=Flow.IMPORT)]
    assert [imports[0], TO_CHINA.id, imports[1], "hmrc:202507:X:28046900:CN:2"] == [
        trade.id for trade in records(content)
    ]


@pytest.mark.parametrize(
    ("only", "found", "other"),
    [
        pytest.param(Flow.IMPORT, FROM_CHINA, "exports", id="imports"),
        pytest.param(Flow.EXPORT, TO_CHINA, "imports", id="exports"),
    ],
)
def test_the_other_side_and_other_codes_are_counted(feed_file, only, found, other):
    """They are not asked for; of another side nothing more is looked at."""
    rows = ROW + EXPORT + (ROW if only is Flow.IMPORT else EXPORT).replace("28046900", "81019400")
    feed = open_feed(feed_file(HEADER + rows), FeedOptions(hs_codes=("280469",), only=only))

    assert [found] == [item.record for item in feed]
    assert {other: 1, "commodity codes not asked for": 1} == feed.skipped


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


UK = "uk_hmrc_monthly_202406_202606.csv.gz"
BRAZIL = "brazil_comexstat_monthly_202501_202607.csv.gz"
NO_MASS, NO_VALUE, NO_PARTNER = Refusal.QUANTITY_NOT_POSITIVE, Refusal.VALUE_NOT_POSITIVE, Refusal.MISSING_FIELD


@pytest.mark.parametrize(
    ("name", "flow", "records", "refused"),
    [
        pytest.param(UK, Flow.IMPORT, 5_790, {NO_MASS: 131}, id="hmrc-imports"),
        pytest.param(UK, Flow.EXPORT, 5_467, {NO_MASS: 196, NO_PARTNER: 50}, id="hmrc-exports"),
        pytest.param(BRAZIL, Flow.IMPORT, 1_446, {NO_MASS: 193}, id="comex-stat-imports"),
        pytest.param(BRAZIL, Flow.EXPORT, 1_110, {NO_MASS: 72, NO_VALUE: 1}, id="comex-stat-exports"),
    ],
)
def test_a_side_of_the_real_table_is_read_whole(trade_flows, name, flow, records, refused):
    """Rows, values and masses, counted and summed apart from the adapter, are all there."""
    with gzip.open(trade_flows / name, "rt") as file:
        rows = list(csv.DictReader(file))
    asked = [row for row in rows if row["flow"] == flow]
    sound = [row for row in asked if _is_sound(row)]
    feed = open_feed(trade_flows / name, FeedOptions(only=flow))
    items = list(feed)
    trades = [item.record for item in items if isinstance(item, FeedRecord)]

    assert "customs-flows" == feed.format
    assert (len(asked), len(sound)) == (len(items), len(trades)) == (records + sum(refused.values()), records)
    assert {"exports" if flow is Flow.IMPORT else "imports": len(rows) - len(asked)} == feed.skipped
    assert refused == Counter(item.reason for item in items if isinstance(item, Rejected))
    assert sum(Decimal(row["value_usd"]) for row in sound) == sum(Decimal(trade.value) for trade in trades)
    assert sum(Decimal(row["qty_kg"]) for row in sound) == sum(Decimal(trade.quantity) for trade in trades)
    assert Counter((row["native_code"], row["period"], *_way(row)) for row in sound) == Counter(
        (trade.hs_code, f"{trade.event_date:%Y%m}", trade.origin, trade.destination) for trade in trades
    )


@pytest.mark.parametrize("name", [pytest.param(UK, id="hmrc"), pytest.param(BRAZIL, id="comex-stat")])
def test_both_sides_together_are_what_each_is_alone(trade_flows, name):
    """Ids and amounts do not hang on what else is read; no id comes twice."""
    both, *sides = (
        {item.record.id: item.record for item in open_feed(trade_flows / name, FeedOptions(only=only)) if _read(item)}
        for only in (None, Flow.IMPORT, Flow.EXPORT)
    )
    total = sum(map(_read, open_feed(trade_flows / name)))

    assert total == len(both) == sum(map(len, sides))
    assert sides[0] | sides[1] == both


def _read(item) -> bool:
    return isinstance(item, FeedRecord)


def _is_sound(row: dict[str, str]) -> bool:
    return row["partner"] != "n/a" and Decimal(row["qty_kg"]) > 0 and Decimal(row["value_usd"]) > 0


def _way(row: dict[str, str]) -> tuple[str | None, str | None]:
    """Return origin and destination."""
    reporter, partner = alpha2_of(row["reporter"]), alpha2_of(row["partner"])
    return (partner, reporter) if row["flow"] == "import" else (reporter, partner)
