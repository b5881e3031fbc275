"""Imports of the United States: answers of the Census Bureau's API, and exports of DataWeb."""

import json
from datetime import date

import pytest
from msgspec.structs import replace

from streams.feeds import FeedError, FeedOptions, FeedRecord, Rejected, open_feed
from streams.records import Refusal, Trade

CENSUS = {
    "I_COMMODITY": "2504105000", "CTY_CODE": "5700", "CTY_NAME": "CHINA", "SUMMARY_LVL": "DET", "COMM_LVL": "HS10",
    "GEN_VAL_MO": "81250", "GEN_CHA_MO": "5310", "GEN_QY1_MO": "50000", "UNIT_QY1": "KG", "GEN_VAL_YR": "190000",
    "time": "2025-03",
}  # fmt: skip
CONSUMPTION = {name.replace("GEN_", "CON_"): value for name, value in CENSUS.items()}
DATAWEB = {
    "HTS Number": "2504105000", "Country": "China", "Year": "2025", "Month": "March",
    "Quantity Description": "kilograms", "Customs Value": "81,250", "Import Charges": "5,310",
    "First Unit of Quantity": "50,000",
}  # fmt: skip
FROM_CHINA = Trade(
    id="us-census:202503:2504105000:CN",
    source="us-census",
    event_date=date(2025, 3, 31),
    origin="CN",
    destination="US",
    product="graphite|natural",
    quantity="50000",
    value="81250",
    currency="USD",
    incoterm="FOB",
    hs_code="2504105000",
    hs_version="HTS2025",
    freight="5310",
    insurance="0",
)
BY_DATAWEB = replace(FROM_CHINA, id="us-dataweb:202503:2504105000:CN", source="us-dataweb")


def answer(*rows: dict[str, str]) -> str:
    """Return rows as the API answers: an array of arrays."""
    return json.dumps([list(rows[0]), *(list(row.values()) for row in rows)])


def table(*rows: dict[str, str]) -> str:
    """Return rows as CSV, every field in quotes."""
    return "".join(",".join(f'"{value}"' for value in line) + "\n" for line in (rows[0], *(r.values() for r in rows)))


@pytest.mark.parametrize(
    ("content", "trade"),
    [
        pytest.param(answer(CENSUS), FROM_CHINA, id="census-api"),
        pytest.param(table(CENSUS), FROM_CHINA, id="census-csv"),
        pytest.param(answer(dict(reversed(CENSUS.items()))), FROM_CHINA, id="the-other-way-round"),
        pytest.param(
            answer({name.replace("GEN_", "CON_"): value for name, value in CENSUS.items()}),
            FROM_CHINA,
            id="consumption",
        ),
        pytest.param(table(DATAWEB), BY_DATAWEB, id="dataweb"),
        pytest.param(table({**DATAWEB, "Month": "3"}), BY_DATAWEB, id="dataweb-month-number"),
    ],
)
def test_an_import_becomes_a_trade_free_on_board(records, content, trade):
    """The customs value has no freight in it; the charges are told apart."""
    assert [trade] == records(content)


def test_a_cif_value_gives_the_charges(records):
    """They are what it has above the customs value."""
    row = {name.replace("CHA", "CIF"): value for name, value in CENSUS.items()} | {"GEN_CIF_MO": "86560"}
    [found] = records(answer(row))

    assert ("5310", "0") == (found.freight, found.insurance)


def test_without_charges_the_record_has_none(records):
    """Nothing is made up."""
    [found] = records(answer({name: value for name, value in CENSUS.items() if name != "GEN_CHA_MO"}))

    assert (None, None) == (found.freight, found.insurance)


def test_the_second_quantity_weighs_where_the_first_does_not(records):
    """Ores are counted by content first."""
    row = {**CENSUS, "UNIT_QY1": "CKG", "UNIT_QY2": "T", "GEN_QY2_MO": "50"}
    [found] = records(answer(row))

    assert ("50", "t") == (found.quantity, found.unit)


@pytest.mark.parametrize(
    ("form", "sound", "changed", "why"),
    [
        pytest.param(answer, CENSUS, {"CTY_CODE": "-"}, "totals over countries", id="all-countries"),
        pytest.param(answer, CENSUS, {"CTY_CODE": "0003"}, "totals over countries", id="group"),
        pytest.param(answer, CENSUS, {"CTY_CODE": "5XXX"}, "totals over countries", id="continent"),
        pytest.param(answer, CENSUS, {"SUMMARY_LVL": "CGP"}, "totals over countries", id="summary-level"),
        pytest.param(answer, CENSUS, {"I_COMMODITY": "250410"}, "totals over commodity codes", id="other-level"),
        pytest.param(answer, CENSUS, {"I_COMMODITY": "25"}, "totals over commodity codes", id="chapter"),
        pytest.param(table, DATAWEB, {"Country": "Total"}, "totals over countries", id="dataweb-total"),
        pytest.param(table, DATAWEB, {"HTS Number": "250410"}, "totals over commodity codes", id="dataweb-level"),
    ],
)
def test_totals_are_passed_over(feed_file, form, sound, changed, why):
    """They would count the same goods twice."""
    feed = open_feed(feed_file(form(sound, {**sound, **changed})))

    assert ["2504105000"] == [item.record.hs_code for item in feed]
    assert {why: 1} == feed.skipped


def test_rows_of_a_port_have_ids_of_their_own(feed_file):
    """The total over ports is passed over."""
    rows = [{**CENSUS, "PORT": port} for port in ("2704", "1001", "-")]
    feed = open_feed(feed_file(answer(*rows)))

    assert [f"{FROM_CHINA.id}:2704", f"{FROM_CHINA.id}:1001"] == [item.record.id for item in feed]
    assert {"totals over districts or ports": 1} == feed.skipped


def test_a_year_of_dataweb_is_dated_to_its_last_day(records):
    """Where no month is asked for."""
    [found] = records(table({name: value for name, value in DATAWEB.items() if name != "Month"}))

    assert date(2025, 12, 31) == found.event_date


@pytest.mark.parametrize(
    ("form", "sound", "changed", "reason", "detail"),
    [
        pytest.param(answer, CENSUS, {"GEN_QY1_MO": "0", "UNIT_QY1": "-"}, Refusal.MISSING_FIELD, "none is published",
                     id="no-quantity"),
        pytest.param(answer, CENSUS, {"UNIT_QY1": "NO"}, Refusal.UNKNOWN_UNIT, "'NO' does not weigh", id="pieces"),
        pytest.param(answer, CENSUS, {"CTY_CODE": "9999"}, Refusal.MISSING_FIELD, "CTY_CODE '9999'", id="country"),
        pytest.param(answer, CENSUS, {"GEN_VAL_MO": "N/A"}, Refusal.NOT_A_DECIMAL, "customs value", id="value"),
        pytest.param(answer, CENSUS, {"time": "2025"}, Refusal.DATE_OUT_OF_RANGE, "the year 2025", id="year"),
        pytest.param(table, DATAWEB, {"Country": "Atlantis"}, Refusal.MISSING_FIELD, "'Atlantis'", id="dataweb-land"),
        pytest.param(table, DATAWEB, {"Month": "Brumaire"}, Refusal.DATE_OUT_OF_RANGE, "Brumaire", id="dataweb-month"),
        pytest.param(table, DATAWEB, {"Quantity Description": "component kilograms"}, Refusal.UNKNOWN_UNIT,
                     "does not weigh", id="dataweb-content"),
        pytest.param(table, DATAWEB, {"Customs Value": "8,12,50"}, Refusal.NOT_A_DECIMAL, "found '8,12,50'",
                     id="dataweb-odd-groups"),
    ],
)  # fmt: skip
def test_one_bad_row_is_rejected_and_the_next_is_read(read, form, sound, changed, reason, detail):
    """The refusal says what was found."""
    broken = {**sound, **changed} if "CTY_CODE" not in changed else {**sound, **changed, "CTY_NAME": "NOWHERE"}
    found, after = read(form(sound, broken, sound))[1:]

    assert isinstance(found, Rejected)
    assert (reason, True) == (found.reason, detail in found.detail)
    assert isinstance(after, FeedRecord)


def test_a_number_and_a_name_of_two_countries_are_refused(rejected):
    """Neither is believed."""
    [found] = rejected(answer({**CENSUS, "CTY_NAME": "JAPAN"}))

    assert "CTY_CODE '5700' is CN, CTY_NAME 'JAPAN' is JP: the two disagree" == found.detail


def test_an_array_of_another_length_is_rejected(read):
    """There is no telling which value is missing."""
    short = json.loads(answer(CENSUS, CENSUS))
    short[1].pop()
    found, after = read(json.dumps(short))

    assert (Refusal.WRONG_TYPE, FROM_CHINA) == (found.reason, after.record)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param('[[null, "I_COMMODITY"], [2, 3]]', "no names of columns", id="no-names"),
        pytest.param('[["I_COMMODITY", "time"]]', "missing columns cty_code, gen_val_mo", id="missing"),
        pytest.param(answer(CENSUS)[:-30], "breaks off after row 1", id="truncated"),
    ],
)
def test_a_document_that_is_not_the_api_s_is_told(feed_file, content, complaint):
    """The message says what was found."""
    with pytest.raises(FeedError, match=complaint):
        list(open_feed(feed_file(content)))


def test_only_the_codes_asked_for_are_read(feed_file):
    """The others are counted."""
    for content in (answer(CENSUS), table(DATAWEB)):
        feed = open_feed(feed_file(content), FeedOptions(hs_codes=("8101",)))

        assert [] == list(feed)
        assert {"commodity codes not asked for": 1} == feed.skipped
