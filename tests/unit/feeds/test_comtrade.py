"""UN Comtrade: downloads of today and of before 2023, and answers of the API."""

import json
from datetime import date

import pytest

from streams.feeds import FeedError, FeedOptions, FeedRecord, Rejected, open_feed
from streams.records import Flow, Refusal, Trade

NOW = {
    "typeCode": "C", "freqCode": "M", "refPeriodId": "20240301", "refYear": "2024", "refMonth": "3",
    "period": "202403", "reporterCode": "842", "reporterISO": "USA", "flowCode": "M", "partnerCode": "156",
    "partnerISO": "CHN", "partner2Code": "0", "classificationCode": "H6", "cmdCode": "250410", "aggrLevel": "6",
    "customsCode": "C00", "mosCode": "0", "motCode": "0", "qtyUnitCode": "8", "qty": "184000",
    "isQtyEstimated": "false", "netWgt": "184000", "isNetWgtEstimated": "false", "cifvalue": "202400.5",
    "fobvalue": "190300", "primaryValue": "202400.5", "isAggregate": "true",
}  # fmt: skip
LEGACY = {
    "Classification": "H6", "Year": "2024", "Period": "202403", "Aggregate Level": "6", "Trade Flow Code": "1",
    "Reporter Code": "842", "Reporter ISO": "USA", "Partner Code": "156", "Partner ISO": "CHN", "2nd Partner Code": "",
    "Customs Proc. Code": "", "Mode of Transport Code": "", "Commodity Code": "250410", "Qty Unit Code": "8",
    "Qty": "184000", "Netweight (kg)": "184000", "Trade Value (US$)": "202400.5", "Flag": "0",
}  # fmt: skip
FROM_CHINA = Trade(
    id="comtrade:202403:M:250410:CN:US",
    source="comtrade",
    event_date=date(2024, 3, 31),
    origin="CN",
    destination="US",
    product="graphite|natural",
    quantity="184000",
    value="202400.5",
    currency="USD",
    incoterm="CIF",
    hs_code="250410",
    hs_version="HS2022",
)


def table(*rows: dict[str, str]) -> str:
    """Return rows as CSV under the header of the first."""
    return "".join(",".join(values) + "\n" for values in (rows[0], *(row.values() for row in rows)))


def answer(*rows: dict[str, str]) -> str:
    """Return rows as the API answers, numbers and truths as such."""
    plain = {"true": True, "false": False}
    typed = [{name: plain.get(value, value) for name, value in row.items()} for row in rows]
    return json.dumps({"elapsedTime": "0.1 secs", "count": len(rows), "data": typed, "error": ""})


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(table(NOW), id="csv-of-today"),
        pytest.param(table({name.upper(): value for name, value in NOW.items()}), id="names-in-capitals"),
        pytest.param(table(dict(reversed(NOW.items()))), id="columns-the-other-way-round"),
        pytest.param(table(NOW).replace("\n", ",\n"), id="a-comma-at-each-end"),
        pytest.param(table(LEGACY), id="csv-of-before-2023"),
        pytest.param(answer(NOW), id="api"),
    ],
)
def test_an_import_becomes_a_trade_of_the_period_s_last_day(records, content):
    """In whatever form it was fetched, it is the same record."""
    assert [FROM_CHINA] == records(content)


def test_an_export_goes_from_the_reporter_free_on_board(records):
    """It is a lane of its own, in the direction the goods went."""
    [found] = records(table({**NOW, "flowCode": "X", "cifvalue": "", "fobvalue": "190300", "primaryValue": "190300"}))

    assert ("US", "CN", Flow.EXPORT, "FOB", "190300", "comtrade:202403:X:250410:US:CN") == (
        found.origin,
        found.destination,
        found.flow,
        found.incoterm,
        found.value,
        found.id,
    )


@pytest.mark.parametrize(
    ("values", "terms"),
    [
        pytest.param({"cifvalue": "", "fobvalue": "190300", "primaryValue": "190300"}, ("FOB", "190300"), id="fob"),
        pytest.param({"cifvalue": "0", "fobvalue": "", "primaryValue": "7"}, ("CIF", "7"), id="neither"),
    ],
)
def test_the_terms_are_those_of_the_value_that_is_there(records, values, terms):
    """Some countries compile their imports FOB."""
    [found] = records(table({**NOW, **values}))

    assert terms == (found.incoterm, found.value)


def test_a_year_is_dated_to_its_last_day(records):
    """Its total is known to nobody before."""
    for row in ({**NOW, "freqCode": "A", "period": "202452"}, {**LEGACY, "Period": "2024"}):
        [found] = records(table(row))

        assert (date(2024, 12, 31), "comtrade:2024:M:250410:CN:US") == (found.event_date, found.id)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        pytest.param({"partnerCode": "0"}, "totals over partners", id="the-world"),
        pytest.param({"partner2Code": "276"}, "parts of a total", id="second-partner"),
        pytest.param({"customsCode": "C04"}, "parts of a total", id="customs-procedure"),
        pytest.param({"motCode": "2100"}, "parts of a total", id="mode-of-transport"),
        pytest.param({"cmdCode": "2504"}, "totals over commodity codes", id="heading"),
        pytest.param({"cmdCode": "TOTAL"}, "totals over commodity codes", id="all-goods"),
        pytest.param({"cmdCode": "9999AA"}, "kept confidential", id="confidential-goods"),
        pytest.param({"flowCode": "RX"}, "re-exports", id="re-exports"),
        pytest.param({"isNetWgtEstimated": "true", "isQtyEstimated": "True"}, "the publisher estimated", id="estimate"),
        pytest.param({"freqCode": "A", "period": "2024"}, "another kind", id="a-year-among-months"),
    ],
)
def test_what_would_count_twice_or_prices_nothing_is_passed_over(feed_file, changed, why):
    """It is counted by why, and what stands beside it is read."""
    feed = open_feed(feed_file(table(NOW, {**NOW, **changed})))

    assert [FROM_CHINA] == [item.record for item in feed]
    [(found, count)] = feed.skipped.items()
    assert (1, True) == (count, why in found)


def test_a_file_without_any_total_is_told_what_to_ask_for(feed_file):
    """Nothing is read, and the note says why."""
    feed = open_feed(feed_file(table({**NOW, "motCode": "2100"})))

    assert [] == list(feed)
    assert "no row is a total" in feed.notes[0]


@pytest.mark.parametrize(
    ("changed", "kilograms"),
    [
        pytest.param({"netWgt": "0"}, "184000", id="no-net-weight"),
        pytest.param({"isNetWgtEstimated": "true", "qty": "183999.5"}, "183999.5", id="net-weight-estimated"),
    ],
)
def test_a_reported_quantity_in_kilograms_stands_in(records, changed, kilograms):
    """What was reported is better than what was estimated."""
    [found] = records(table({**NOW, **changed}))

    assert kilograms == found.quantity


@pytest.mark.parametrize(
    ("flag", "skipped"),
    [pytest.param("0", 0, id="reported"), pytest.param("2", 0, id="quantity"), pytest.param("6", 1, id="both")],
)
def test_the_old_flag_says_what_is_estimated(feed_file, flag, skipped):
    """Bit by bit: 2 the quantity, 4 the net weight."""
    feed = open_feed(feed_file(table({**LEGACY, "Flag": flag})))

    assert (1 - skipped, skipped) == (len(list(feed)), sum(feed.skipped.values()))


@pytest.mark.parametrize(
    ("code", "iso", "country"),
    [
        pytest.param("699", "IND", "IN", id="india"),
        pytest.param("251", "", "FR", id="france"),
        pytest.param("490", "S19", "TW", id="taiwan"),
        pytest.param("036", "AUS", "AU", id="leading-zero"),
        pytest.param("36", "AUS", "AU", id="without-it"),
    ],
)
def test_countries_are_told_by_the_un_s_own_numbers(records, code, iso, country):
    """They are not ISO 3166's everywhere."""
    [found] = records(table({**NOW, "partnerCode": code, "partnerISO": iso}))

    assert country == found.origin


@pytest.mark.parametrize(
    ("changed", "reason", "detail"),
    [
        pytest.param({"netWgt": "", "qty": ""}, Refusal.QUANTITY_NOT_POSITIVE, "net mass is 0 kg", id="no-weight"),
        pytest.param({"qtyUnitCode": "5", "netWgt": "0"}, Refusal.QUANTITY_NOT_POSITIVE, "0 kg", id="pieces-alone"),
        pytest.param({"cifvalue": "-5"}, Refusal.VALUE_NOT_POSITIVE, "value is -5 USD", id="negative-value"),
        pytest.param({"cifvalue": "1e400"}, Refusal.NOT_A_DECIMAL, "found '1e400'", id="endless-value"),
        pytest.param({"netWgt": "9" * 20}, Refusal.OUT_OF_RANGE, "9999", id="weight-of-the-earth"),
        pytest.param({"partnerCode": "899", "partnerISO": "_X"}, Refusal.MISSING_FIELD, "no country", id="hidden"),
        pytest.param({"classificationCode": "S4"}, Refusal.WRONG_TYPE, "none of the Harmonized System", id="sitc"),
        pytest.param({"period": "202413"}, Refusal.DATE_OUT_OF_RANGE, "found '202413'", id="no-month"),
        pytest.param({"flowCode": "Q"}, Refusal.WRONG_TYPE, "expected M or X", id="no-flow"),
        pytest.param({"cmdCode": "25041A"}, Refusal.WRONG_TYPE, "six digits", id="no-code"),
    ],
)
@pytest.mark.parametrize("form", [table, answer], ids=["csv", "api"])
def test_one_bad_row_is_rejected_and_the_next_is_read(read, form, changed, reason, detail):
    """The refusal says what was found."""
    found, after = read(form({**NOW, **changed}, NOW))

    assert isinstance(found, Rejected)
    assert (reason, True) == (found.reason, detail in found.detail)
    assert isinstance(after, FeedRecord)
    assert FROM_CHINA == after.record


def test_only_the_codes_asked_for_are_read(feed_file):
    """The others are counted."""
    feed = open_feed(feed_file(table(NOW, {**NOW, "cmdCode": "010121"})), FeedOptions(hs_codes=("2504",)))

    assert [FROM_CHINA] == [item.record for item in feed]
    assert {"commodity codes not asked for": 1} == feed.skipped


def test_a_missing_column_is_named(feed_file):
    """The message says which, and what the file was taken for."""
    content = table({name: value for name, value in NOW.items() if name != "primaryValue"})

    with pytest.raises(FeedError, match=r"UN Comtrade.* missing column primaryvalue; found typeCode"):
        open_feed(feed_file(content))
