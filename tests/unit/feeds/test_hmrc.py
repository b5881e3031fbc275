"""HM Revenue & Customs: Overseas Trade Statistics as uktradeinfo's API hands them out."""

import json
from datetime import date

import pytest
from msgspec.structs import replace

from streams.feeds import FeedError, FeedOptions, Rejected, open_feed
from streams.records import Flow, Refusal, Trade

# One page of the entity OTS: silicon from China, the same from Germany by another port, an export, an estimate.
ROWS = [
    {
        "MonthId": 202512,
        "FlowTypeId": 3,
        "SuppressionIndex": 0,
        "CommodityId": 28046900,
        "CommoditySitcId": 52222,
        "CountryId": 720,
        "PortId": 33,
        "Value": 1133000.0,
        "NetMass": 1000000.0,
        "SuppUnit": None,
    },
    {
        "MonthId": 202512,
        "FlowTypeId": 1,
        "SuppressionIndex": 0,
        "CommodityId": 28046900,
        "CommoditySitcId": 52222,
        "CountryId": 4,
        "PortId": -1,
        "Value": 12.5,
        "NetMass": 5.0,
        "SuppUnit": None,
    },
    {"MonthId": 202512, "FlowTypeId": 4, "CommodityId": 28046900, "CountryId": 400, "Value": 9.0, "NetMass": 1.0},
    {"MonthId": 202512, "FlowTypeId": 1, "CommodityId": -990, "CountryId": 959, "Value": 148391144.0, "NetMass": None},
]
COLUMNS = ("MonthId", "FlowTypeId", "SuppressionIndex", "CommodityId", "CountryId", "PortId", "Value", "NetMass")
FROM_CHINA = Trade(
    id="hmrc:202512:28046900:CN:33",
    source="hmrc",
    event_date=date(2025, 12, 31),
    origin="CN",
    destination="GB",
    product="silicon|metal",
    quantity="1000000",
    value="1133000",
    currency="GBP",
    incoterm="CIF",
    hs_code="28046900",
    hs_version="CN2025",
)
TO_AMERICA = replace(
    FROM_CHINA,
    id="hmrc:202512:X:28046900:US",
    origin="GB",
    destination="US",
    quantity="1",
    value="9",
    incoterm="FOB",
    flow=Flow.EXPORT,
)


def _page(rows, **indent) -> str:
    return json.dumps({"@odata.context": "https://api.uktradeinfo.com/$metadata#OTS", "value": rows}, **indent)


def _table(rows, columns=COLUMNS, delimiter=",") -> str:
    cells = [[row.get(name) for name in columns] for row in rows]
    lines = [columns, *([("" if cell is None else str(cell)) for cell in row] for row in cells)]
    return "\n".join(delimiter.join(line) for line in lines) + "\n"


FORMS = [
    pytest.param(_page(ROWS), id="json"),
    pytest.param(_page(ROWS, indent=2), id="indented-json"),
    pytest.param(_table(ROWS), id="csv"),
    pytest.param(_table(ROWS, delimiter="\t"), id="tabs"),
]


@pytest.mark.parametrize("content", FORMS)
def test_both_sides_become_trades_in_pounds(feed_file, content):
    """Value in sterling, net mass in kilograms; imports to the border, exports free on board; both forms the same."""
    feed = open_feed(feed_file(content))
    china, germany, america = [item.record for item in feed]

    assert "hmrc-ots" == feed.format
    assert (FROM_CHINA, TO_AMERICA) == (china, america)
    assert ("hmrc:202512:28046900:DE:-1", "DE", "12.5", "5") == (
        germany.id,
        germany.origin,
        germany.value,
        germany.quantity,
    )


@pytest.mark.parametrize("content", FORMS)
def test_estimates_are_counted(feed_file, content):
    """What the statistics estimate below their thresholds has no commodity."""
    feed = open_feed(feed_file(content))
    list(feed)

    assert {"estimates of trade below the thresholds": 1} == feed.skipped


@pytest.mark.parametrize(
    ("only", "ids", "other"),
    [
        pytest.param(Flow.IMPORT, [FROM_CHINA.id, "hmrc:202512:28046900:DE:-1"], {"exports": 1}, id="imports"),
        pytest.param(Flow.EXPORT, [TO_AMERICA.id], {"imports": 2}, id="exports"),
    ],
)
@pytest.mark.parametrize("content", FORMS)
def test_one_side_can_be_asked_for(feed_file, content, only, ids, other):
    """The rows of the other are counted."""
    feed = open_feed(feed_file(content), FeedOptions(only=only))

    assert ids == [item.record.id for item in feed]
    assert other | {"estimates of trade below the thresholds": 1} == feed.skipped


@pytest.mark.parametrize(
    ("number", "flow", "way", "incoterm"),
    [
        pytest.param(1, Flow.IMPORT, ("CN", "GB"), "CIF", id="from-inside-the-union"),
        pytest.param(2, Flow.EXPORT, ("GB", "CN"), "FOB", id="to-inside-the-union"),
        pytest.param(3, Flow.IMPORT, ("CN", "GB"), "CIF", id="from-outside"),
        pytest.param(4, Flow.EXPORT, ("GB", "CN"), "FOB", id="to-outside"),
    ],
)
def test_the_flow_tells_the_way_of_the_goods(records, number, flow, way, incoterm):
    """And with it the terms of the value."""
    [found] = records(_page([ROWS[0] | {"FlowTypeId": number}]))

    assert (flow, way, incoterm) == (found.flow, (found.origin, found.destination), found.incoterm)


def test_both_sides_of_one_partner_and_port_have_ids_of_their_own(records):
    """The same goods may come from a country and go there in one month; imports are called what they always were."""
    found = records(_page([ROWS[0], ROWS[0] | {"FlowTypeId": 4}]))

    assert ["hmrc:202512:28046900:CN:33", "hmrc:202512:X:28046900:CN:33"] == [trade.id for trade in found]


@pytest.mark.parametrize(
    ("alpha", "origin"),
    [
        pytest.param("CN", "CN", id="china"),
        pytest.param("XS", "RS", id="serbia"),
        pytest.param("XK", "XK", id="kosovo"),
    ],
)
def test_an_expanded_row_needs_no_numbers(records, alpha, origin):
    """``$expand=Commodity,Country`` gives code and country as text, with the code's leading zeros."""
    row = {"MonthId": 202512, "FlowTypeId": 3, "Value": 2.0, "NetMass": 1.0}
    commodity = {"CommodityId": 2011000, "Cn8Code": "02011000", "Hs2Description": "Meat"}
    [nested] = records(_page([row | {"Commodity": commodity, "Country": {"CountryId": 1, "CountryCodeAlpha": alpha}}]))
    [flat] = records(
        f"MonthId,FlowTypeId,Commodity/Cn8Code,Country/CountryCodeAlpha,Value,NetMass\n202512,3,02011000,{alpha},2,1\n"
    )

    assert ("02011000", origin, None) == (nested.hs_code, nested.origin, nested.product)
    assert nested == flat


def test_leading_zeros_of_a_code_come_back(records):
    """``CommodityId`` is a number; the code has eight digits."""
    [found] = records(_page([ROWS[0] | {"CommodityId": 2011000}]))

    assert "02011000" == found.hs_code


def test_only_the_codes_asked_for_are_read(feed_file):
    """A whole month has 9,000 codes; the others are counted."""
    feed = open_feed(feed_file(_page([ROWS[0], ROWS[0] | {"CommodityId": 2011000}])), FeedOptions(hs_codes=("2804",)))

    assert ["28046900"] == [item.record.hs_code for item in feed]
    assert {"commodity codes not asked for": 1} == feed.skipped


def test_figures_revised_since_are_a_revision(records):
    """The same id with a higher revision corrects what was read before."""
    first, second = (records(_page(ROWS[:1]), revision=revision)[0] for revision in (1, 2))

    assert (first.id, 1, 2) == (second.id, first.revision, second.revision)


@pytest.mark.parametrize(
    ("changed", "reason", "detail"),
    [
        pytest.param({"NetMass": 0.0}, Refusal.QUANTITY_NOT_POSITIVE, "net mass is 0 kg", id="no-mass"),
        pytest.param({"NetMass": None}, Refusal.MISSING_FIELD, "NetMass: expected a number", id="mass-not-given"),
        pytest.param({"Value": 0.0}, Refusal.VALUE_NOT_POSITIVE, "value is 0 GBP", id="no-value"),
        pytest.param({"Value": "n/a"}, Refusal.NOT_A_DECIMAL, "Value: expected a number, found 'n/a'", id="word"),
        pytest.param({"CountryId": 977}, Refusal.MISSING_FIELD, "country '977' is none", id="confidential"),
        pytest.param({"MonthId": 202500}, Refusal.DATE_OUT_OF_RANGE, "found '202500'", id="a-whole-year"),
        pytest.param({"FlowTypeId": 0}, Refusal.WRONG_TYPE, "found '0'", id="no-flow"),
        pytest.param({"FlowTypeId": 5}, Refusal.WRONG_TYPE, "found '5'", id="unknown-flow"),
        pytest.param(
            {"FlowTypeId": 4, "CountryId": 950}, Refusal.MISSING_FIELD, "country '950' is none", id="ships-stores"
        ),
        pytest.param(
            {"FlowTypeId": 4, "NetMass": 0.0}, Refusal.QUANTITY_NOT_POSITIVE, "net mass is 0 kg", id="export-no-mass"
        ),
    ],
)
@pytest.mark.parametrize("form", [_page, _table], ids=["json", "csv"])
def test_one_bad_row_is_rejected_and_the_next_is_read(read, form, changed, reason, detail):
    """The refusal says what was found; a document's rows are counted, a table's lines."""
    found, after = read(form([ROWS[0] | changed, ROWS[0]]))

    assert isinstance(found, Rejected)
    assert reason is found.reason
    assert detail in found.detail
    assert b"28046900" in found.raw
    assert (found.line + 1, FROM_CHINA) == (after.line, after.record)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param(_page(ROWS)[:-100], "breaks off after row 3", id="truncated"),
        pytest.param(
            _page(ROWS).replace('"FlowTypeId": 1,', '"FlowTypeId" 1,', 1), "breaks off after row 1", id="no-json"
        ),
        pytest.param(_page([*ROWS, 7]), 'row 5 of "value" is no JSON object', id="no-row"),
        pytest.param('{"MonthId": 1, "value": 3}', 'found no array "value"', id="no-array"),
    ],
)
def test_a_document_that_breaks_off_is_told_where(feed_file, content, complaint):
    """What was whole is read; the rest is not known."""
    with pytest.raises(FeedError, match=complaint):
        list(open_feed(feed_file(content)))


def test_a_document_of_many_blocks_is_read_whole(read):
    """Rows that lie across the blocks it is read in are whole, and none comes twice."""
    rows = [ROWS[0] | {"PortId": port} for port in range(3000)]

    assert [f"hmrc:202512:28046900:CN:{port}" for port in range(3000)] == [item.record.id for item in read(_page(rows))]
    assert 3000 == len(read(_page(rows, indent=4)))


@pytest.mark.parametrize(
    ("columns", "missing"),
    [
        pytest.param(("MonthId", "FlowTypeId", "CommodityId", "CountryId", "Value"), "NetMass", id="mass"),
        pytest.param(("MonthId", "FlowTypeId", "CommodityId", "Value", "NetMass"), "CountryId", id="country"),
        pytest.param(("MonthId", "FlowTypeId", "CountryId", "Value", "NetMass"), "CommodityId", id="code"),
    ],
)
def test_a_missing_column_is_named(feed_file, columns, missing):
    """The message says which, and which form the file was taken for."""
    with pytest.raises(FeedError, match=f"uktradeinfo, entity OTS .* missing column {missing}; found MonthId"):
        open_feed(feed_file(_table(ROWS, columns)))
