"""Comex Stat: Brazil's imports and exports in the files the publisher has for download."""

from datetime import date

import pytest
from msgspec.structs import replace

from streams.feeds import FeedError, FeedOptions, Rejected, open_feed
from streams.records import Flow, Refusal, Trade

HEADER = (
    '"CO_ANO";"CO_MES";"CO_NCM";"CO_UNID";"CO_PAIS";"SG_UF_NCM";"CO_VIA";"CO_URF";"QT_ESTAT";"KG_LIQUIDO";"VL_FOB";'
    '"VL_FRETE";"VL_SEGURO"\n'
)
ROW = '"2025";"03";"28046900";"10";"160";"SP";"01";"0817800";25000;25000;41250;1830;57\n'
WITHOUT_FREIGHT = HEADER.replace(';"VL_FRETE";"VL_SEGURO"', "") + ROW.replace(";1830;57", "")
FROM_CHINA = Trade(
    id="comexstat:202503:28046900:CN:SP:01:0817800:10",
    source="comexstat",
    event_date=date(2025, 3, 31),
    origin="CN",
    destination="BR",
    product="silicon|metal",
    quantity="25000",
    value="41250",
    currency="USD",
    incoterm="FOB",
    hs_code="28046900",
    hs_version="NCM2025",
    freight="1830",
    insurance="57",
)
TO_CHINA = replace(
    FROM_CHINA,
    id="comexstat:202503:X:28046900:CN:SP:01:0817800:10",
    origin="BR",
    destination="CN",
    freight=None,
    insurance=None,
    flow=Flow.EXPORT,
)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(HEADER + ROW, id="as-published"),
        pytest.param((HEADER + ROW).replace('"', ""), id="without-quotes"),
        pytest.param((HEADER + ROW).replace('"', "").replace(";03;", ";3;").replace(";160;", ";160;"), id="bare-month"),
        pytest.param((HEADER + ROW).replace(";", ","), id="commas"),
    ],
)
def test_an_import_becomes_a_trade_free_on_board(records, content):
    """Freight and insurance are apart, so that the landed price can be built from what was declared."""
    assert [FROM_CHINA] == records(content)


def test_rows_of_one_month_code_and_country_have_ids_of_their_own(records):
    """State, mode of transport and customs office tell them apart."""
    other = ROW.replace('"SP"', '"MG"').replace('"01"', '"04"')
    found = records(HEADER + ROW + other)

    assert [FROM_CHINA.id, "comexstat:202503:28046900:CN:MG:04:0817800:10"] == [trade.id for trade in found]


def test_a_file_without_freight_asks_what_it_holds(feed_file):
    """The publisher's files of exports have the same columns: the direction is declared, never guessed."""
    path = feed_file(WITHOUT_FREIGHT)

    with pytest.raises(FeedError, match="does not say whether it holds imports or exports"):
        open_feed(path)


def test_a_file_without_freight_is_read_as_declared(feed_file):
    """As imports without freight and insurance, or as exports, which go the other way and have ids of their own."""
    path = feed_file(WITHOUT_FREIGHT)
    [found] = open_feed(path, FeedOptions(flow=Flow.IMPORT))
    [exported] = open_feed(path, FeedOptions(flow=Flow.EXPORT))

    assert (FROM_CHINA.id, None, None) == (found.record.id, found.record.freight, found.record.insurance)
    assert TO_CHINA == exported.record


@pytest.mark.parametrize("flow", [None, Flow.IMPORT, Flow.EXPORT])
def test_a_file_with_freight_holds_imports_whatever_is_declared(records, flow):
    """So that both sides can be read at once, the one without freight declared to be exports."""
    assert [FROM_CHINA] == records(HEADER + ROW, flow=flow)


@pytest.mark.parametrize(
    ("content", "options", "ids", "other"),
    [
        pytest.param(HEADER + ROW, {"only": Flow.IMPORT}, [FROM_CHINA.id], {}, id="imports-of-imports"),
        pytest.param(HEADER + ROW, {"only": Flow.EXPORT}, [], {"imports": 1}, id="exports-of-imports"),
        pytest.param(
            WITHOUT_FREIGHT, {"only": Flow.IMPORT, "flow": Flow.EXPORT}, [], {"exports": 1}, id="imports-of-exports"
        ),
        pytest.param(
            WITHOUT_FREIGHT, {"only": Flow.EXPORT, "flow": Flow.EXPORT}, [TO_CHINA.id], {}, id="exports-of-exports"
        ),
    ],
)
def test_one_side_can_be_asked_for(feed_file, content, options, ids, other):
    """The rows of the other are counted."""
    feed = open_feed(feed_file(content), FeedOptions(**options))

    assert ids == [item.record.id for item in feed]
    assert other == feed.skipped


def test_only_the_codes_asked_for_are_read(feed_file):
    """A year has millions of rows; the others are counted, and not looked at."""
    other = ROW.replace("28046900", "10019900").replace('"160"', '"000"')
    feed = open_feed(feed_file(HEADER + other + ROW), FeedOptions(hs_codes=("2804", "8101")))

    assert [FROM_CHINA] == [item.record for item in feed]
    assert {"commodity codes not asked for": 1} == feed.skipped


@pytest.mark.parametrize(
    ("row", "reason", "detail"),
    [
        pytest.param(
            ROW.replace("25000;41250", "0;41250"), Refusal.QUANTITY_NOT_POSITIVE, "net mass is 0 kg", id="no-mass"
        ),
        pytest.param(ROW.replace(";41250;", ";0;"), Refusal.VALUE_NOT_POSITIVE, "value is 0 USD", id="no-value"),
        pytest.param(ROW.replace('"160"', '"999"'), Refusal.MISSING_FIELD, "CO_PAIS '999' is no country", id="country"),
        pytest.param(ROW.replace('"160"', '"990"'), Refusal.MISSING_FIELD, "CO_PAIS '990' is no country", id="stores"),
        pytest.param(ROW.replace('"03"', '"13"'), Refusal.DATE_OUT_OF_RANGE, "found '202513'", id="no-month"),
        pytest.param(ROW.replace(";57", ";-"), Refusal.NOT_A_DECIMAL, "VL_SEGURO: expected a number", id="insurance"),
    ],
)
def test_one_bad_row_is_rejected_and_the_next_is_read(read, row, reason, detail):
    """The refusal says what was found and keeps the bytes."""
    found, after = read(HEADER + row + ROW)

    assert isinstance(found, Rejected)
    assert (2, reason, row.rstrip("\n").encode()) == (found.line, found.reason, found.raw)
    assert detail in found.detail
    assert (3, FROM_CHINA) == (after.line, after.record)


def test_a_missing_column_is_named(feed_file):
    """The message says which, and what the file was taken for."""
    with pytest.raises(FeedError, match=r"Comex Stat .* missing column KG_LIQUIDO; found CO_ANO, CO_MES"):
        open_feed(feed_file((HEADER + ROW).replace("KG_LIQUIDO", "KG_BRUTO")))
