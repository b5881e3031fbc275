"""CEPII BACI: reconciled yearly flows, and unit values computed from them."""

from datetime import date

import pytest

from streams.feeds import FeedError, FeedOptions, FeedRecord, Rejected, open_feed
from streams.records import PriceTick, Refusal, Trade

HEADER = "t,i,j,k,v,q\n"
ROW = "2023,156,842,250410,41.25,20.5\n"
FLOW = Trade(
    id="baci:2023:250410:CN:US",
    source="baci",
    event_date=date(2023, 12, 31),
    origin="CN",
    destination="US",
    product="graphite|natural",
    quantity="20.5",
    unit="t",
    value="41250",
    currency="USD",
    incoterm="FOB",
    hs_code="250410",
)
UNIT_VALUES = "year,material,title,world_uv_usd_per_t,china_uv_usd_per_t,row_uv_usd_per_t,china_value_share_pct\n"
SILICON = "2021,silicon,Silicon,2510.5,2380,,41.0\n"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(HEADER + ROW, id="as-published"),
        pytest.param("q,v,k,j,i,t\n20.5,41.25,250410,842,156,2023\n", id="columns-the-other-way-round"),
        pytest.param(HEADER + "2023,156,842,250410,          41.250,          20.500\n", id="padded"),
        pytest.param(
            "year,exporter,importer,hs6,material,value_kusd,qty_t\n2023,CHN,USA,250410,x,41.25,20.5\n", id="named"
        ),
    ],
)
def test_a_flow_becomes_a_trade_of_the_year_s_last_day(records, content):
    """Thousands of dollars become dollars; tonnes stay tonnes."""
    assert [FLOW] == records(content)


def test_a_code_without_its_leading_zero_is_whole_again(records):
    """Spreadsheets drop it."""
    [found] = records(HEADER + ROW.replace("250410", "10121"))

    assert "010121" == found.hs_code


def test_the_edition_is_declared_or_asked_for(feed_file):
    """Its content does not have it, and a name is no content."""
    path = feed_file(HEADER + ROW)
    asked, declared = open_feed(path), open_feed(path, FeedOptions(hs_edition="HS2017"))

    assert [None, "HS2017"] == [item.record.hs_version for feed in (asked, declared) for item in feed]
    assert ([True], []) == (["--declare hs-edition=" in note for note in asked.notes], declared.notes)


@pytest.mark.parametrize(
    ("row", "reason", "detail"),
    [
        pytest.param(ROW.replace("20.5", "        NA"), Refusal.MISSING_FIELD, "neither side", id="no-quantity"),
        pytest.param(ROW.replace("20.5", "0"), Refusal.QUANTITY_NOT_POSITIVE, "net mass is 0 t", id="none"),
        pytest.param(ROW.replace(",156,", ",999,"), Refusal.MISSING_FIELD, "exporter '999'", id="no-country"),
        pytest.param(ROW.replace("2023", "23"), Refusal.DATE_OUT_OF_RANGE, "expected a year", id="no-year"),
        pytest.param(ROW.replace("250410", "25041X"), Refusal.WRONG_TYPE, "six digits", id="no-code"),
        pytest.param(ROW.replace("41.25", "NaN"), Refusal.NOT_A_DECIMAL, "found 'NaN'", id="no-value"),
    ],
)
def test_one_bad_row_is_rejected_and_the_next_is_read(read, row, reason, detail):
    """The refusal says what was found and keeps the bytes."""
    found, after = read(HEADER + row + ROW)

    assert isinstance(found, Rejected)
    assert (2, reason, row.rstrip().encode(), True) == (found.line, found.reason, found.raw, detail in found.detail)
    assert FLOW == after.record


def test_a_unit_value_is_a_tick_of_the_year_s_last_day(feed_file):
    """The world's, China's and the rest's are instruments of their own; a figure that is not there is counted."""
    feed = open_feed(feed_file(UNIT_VALUES + SILICON))
    world, china = [item.record for item in feed]

    assert world == PriceTick(
        instrument="baci:silicon:world",
        source="baci",
        event_date=date(2021, 12, 31),
        product="silicon|metal",
        price="2510.5",
        currency="USD",
        unit="t",
        incoterm="FOB",
        licence="Etalab Open Licence 2.0",
    )
    assert ("baci:silicon:china", "2380") == (china.instrument, china.price)
    assert {"years without a unit value": 1} == feed.skipped


def test_a_material_of_several_products_is_counted(feed_file):
    """Gallium, germanium and others share a code: its unit value is no product's price."""
    feed = open_feed(feed_file(UNIT_VALUES + SILICON.replace("silicon", "gallium")))

    assert [] == list(feed)
    assert {"materials whose commodity code covers several products": 1} == feed.skipped


@pytest.mark.parametrize(
    ("figure", "reason"),
    [
        pytest.param("-1", Refusal.VALUE_NOT_POSITIVE, id="negative"),
        pytest.param("inf", Refusal.NOT_A_DECIMAL, id="no-number"),
        pytest.param("9" * 30, Refusal.OUT_OF_RANGE, id="endless"),
    ],
)
def test_a_unit_value_that_is_no_price_is_refused(read, figure, reason):
    """The other figures of the row are read."""
    found = read(UNIT_VALUES + SILICON.replace("2510.5", figure))

    assert [Rejected, FeedRecord] == [type(item) for item in found]
    assert reason == found[0].reason


def test_a_missing_column_is_named(feed_file):
    """The message says which, and what the file was taken for."""
    with pytest.raises(FeedError, match=r"unit values of BACI.* missing column row_uv_usd_per_t"):
        open_feed(feed_file(UNIT_VALUES.replace("row_uv_usd_per_t", "other") + SILICON))
