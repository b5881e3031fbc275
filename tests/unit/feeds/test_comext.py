"""Eurostat Comext: bulk files of today and of before 2023, and answers of the API as SDMX-CSV."""

from datetime import date

import pytest
from msgspec.structs import replace

from streams.feeds import FeedError, FeedOptions, FeedRecord, Rejected, comext_sdmx, open_feed
from streams.records import Flow, Refusal, Trade

BULK = (
    "REPORTER,PARTNER,TRADE_TYPE,PRODUCT_NC,PRODUCT_SITC,FLOW,STAT_PROCEDURE,SUPPL_UNIT,PERIOD,VALUE_EUR,VALUE_NAC,"
    "QUANTITY_KG,QUANTITY_SUPPL_UNIT\n"
)
ROW = "DE,CN,E,28046900,52222,1,1,NO_SU,202503,33000,33000,20000,0\n"
OLD = (
    "DECLARANT,DECLARANT_ISO,PARTNER,PARTNER_ISO,TRADE_TYPE,PRODUCT_NC,FLOW,STAT_REGIME,SUPP_UNIT,PERIOD,"
    "VALUE_IN_EUROS,QUANTITY_IN_KG,SUP_QUANTITY\n"
)
OLD_ROW = "004,DE,0720,CN,E,28046900,1,1,,202503,33000,20000,\n"
SDMX = "DATAFLOW,LAST UPDATE,freq,reporter,partner,product,flow,indicators,TIME_PERIOD,OBS_VALUE,OBS_FLAG\n"
VALUE = "ESTAT:DS-045409(1.0),15/05/25,M,DE,CN,28046900,1,VALUE_IN_EUROS,2025-03,33000,\n"
MASS = "ESTAT:DS-045409(1.0),15/05/25,M,DE,CN,28046900,1,QUANTITY_IN_100KG,2025-03,200.00,\n"
FROM_CHINA = Trade(
    id="comext:202503:M:28046900:CN:DE:E:1",
    source="comext",
    event_date=date(2025, 3, 31),
    origin="CN",
    destination="DE",
    product="silicon|metal",
    quantity="20000",
    value="33000",
    currency="EUR",
    incoterm="CIF",
    hs_code="28046900",
    hs_version="CN2025",
)
BY_API = replace(FROM_CHINA, id="comext:202503:M:28046900:CN:DE")


@pytest.mark.parametrize(
    ("content", "trade"),
    [
        pytest.param(BULK + ROW, FROM_CHINA, id="bulk-of-today"),
        pytest.param(OLD + OLD_ROW, FROM_CHINA, id="bulk-of-before-2023"),
        pytest.param(SDMX + VALUE + MASS, BY_API, id="sdmx-csv"),
        pytest.param(SDMX + MASS + VALUE, BY_API, id="sdmx-csv-mass-first"),
    ],
)
def test_an_import_becomes_a_trade_with_freight_in_its_value(records, content, trade):
    """Statistical values of imports are CIF, in euros."""
    assert [trade] == records(content)


def test_an_export_goes_from_the_member_state_free_on_board(records):
    """It is a lane of its own."""
    [found] = records(BULK + ROW.replace(",1,1,", ",2,1,"))

    assert ("DE", "CN", "FOB", Flow.EXPORT) == (found.origin, found.destination, found.incoterm, found.flow)


def test_procedures_are_rows_of_their_own(records):
    """There is no total beside them; inward processing is a regime that floors may spare."""
    normal, inward = records(BULK + ROW + ROW.replace(",1,1,", ",1,2,"))

    assert [(FROM_CHINA.id, None), ("comext:202503:M:28046900:CN:DE:E:2", "inward-processing")] == [
        (normal.id, normal.regime),
        (inward.id, inward.regime),
    ]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        pytest.param("DE,", "EU27_2020,", "totals over reporters", id="the-union"),
        pytest.param(",CN,", ",EXT_EU27_2020,", "totals over partners", id="all-outside"),
        pytest.param(",CN,", ",WORLD,", "totals over partners", id="the-world"),
        pytest.param("28046900", "280469", "totals over commodity codes", id="subheading"),
        pytest.param("28046900", "TOTAL", "totals over commodity codes", id="all-goods"),
        pytest.param("28046900", "28XXXXXX", "goods whose commodity code is kept confidential", id="hidden"),
        pytest.param("202503", "202552", "totals over the months of a year", id="year"),
    ],
)
def test_totals_are_passed_over(feed_file, old, new, why):
    """They would count the same goods twice."""
    feed = open_feed(feed_file(BULK + ROW + ROW.replace(old, new, 1)))

    assert [FROM_CHINA] == [item.record for item in feed]
    assert {why: 1} == feed.skipped


@pytest.mark.parametrize(
    ("old", "new", "reason", "detail"),
    [
        pytest.param(",CN,", ",QZ,", Refusal.MISSING_FIELD, "partner 'QZ'", id="secret-partner"),
        pytest.param(",20000,", ",,", Refusal.MISSING_FIELD, "QUANTITY_KG", id="mass-not-given"),
        pytest.param(",20000,", ",0,", Refusal.QUANTITY_NOT_POSITIVE, "0 kg", id="no-mass"),
        pytest.param("33000,33000", "0,0", Refusal.VALUE_NOT_POSITIVE, "0 EUR", id="no-value"),
        pytest.param(",1,1,", ",3,1,", Refusal.WRONG_TYPE, "expected 1 or 2", id="flow"),
        pytest.param("202503", "202513", Refusal.DATE_OUT_OF_RANGE, "202513", id="no-month"),
    ],
)
def test_one_bad_row_is_rejected_and_the_next_is_read(read, old, new, reason, detail):
    """The refusal says what was found and keeps the bytes."""
    bad = ROW.replace(old, new, 1)
    found, after = read(BULK + bad + ROW)

    assert isinstance(found, Rejected)
    assert (reason, bad.rstrip().encode(), True) == (found.reason, found.raw, detail in found.detail)
    assert FROM_CHINA == after.record


def test_qatar_is_a_country(records):
    """Though its code begins with Q."""
    [found] = records(BULK + ROW.replace(",CN,", ",QA,"))

    assert "QA" == found.origin


def test_the_halves_of_a_flow_meet_wherever_they_stand(feed_file):
    """The API writes all months of one indicator before the next."""
    months = ["2025-01", "2025-02", "2025-03"]
    rows = [half.replace("2025-03", month) for half in (MASS, VALUE) for month in months]
    feed = open_feed(feed_file(SDMX + "".join(rows)))

    assert [1, 2, 3] == [item.record.event_date.month for item in feed]
    assert {"halves of a flow put together with the other": 3} == feed.skipped


@pytest.mark.parametrize(
    ("content", "reasons"),
    [
        pytest.param(VALUE, [Refusal.MISSING_FIELD], id="value-alone"),
        pytest.param(VALUE + MASS.replace("200.00", ":"), [Refusal.MISSING_FIELD] * 2, id="mass-confidential"),
        pytest.param(VALUE + VALUE + MASS, [Refusal.CONFLICTING_DUPLICATE], id="value-twice"),
        pytest.param((VALUE + MASS).replace(",CN,", ",QZ,"), [Refusal.MISSING_FIELD] * 2, id="secret-partner"),
    ],
)
def test_a_half_without_the_other_is_refused(rejected, content, reasons):
    """No figure is lost in silence."""
    assert reasons == [item.reason for item in rejected(SDMX + content)]


def test_other_indicators_and_periods_are_passed_over(feed_file):
    """Pieces and indices price nothing; a year beside its months would count twice."""
    other = VALUE.replace("VALUE_IN_EUROS", "SUPPLEMENTARY_QUANTITY") + VALUE.replace("2025-03", "2025")
    feed = open_feed(feed_file(SDMX + VALUE + MASS + other))

    assert [BY_API] == [item.record for item in feed]
    assert 3 == sum(feed.skipped.values())


def test_halves_that_never_meet_are_not_held_without_bound(feed_file, monkeypatch):
    """The message says how to ask for the file."""
    monkeypatch.setattr(comext_sdmx, "WAITING_MAX", 2)
    rows = [VALUE.replace("2025-03", f"2025-{month:02}") for month in range(1, 5)]

    with pytest.raises(FeedError, match="2 figures wait for the other half of their flow at line 4"):
        list(open_feed(feed_file(SDMX + "".join(rows))))


def test_only_the_codes_asked_for_are_read(feed_file):
    """The others are counted."""
    for content in (BULK + ROW, SDMX + VALUE):
        feed = open_feed(feed_file(content), FeedOptions(hs_codes=("8101",)))

        assert [] == [item for item in feed if isinstance(item, FeedRecord)]
        assert {"commodity codes not asked for": 1} == feed.skipped
