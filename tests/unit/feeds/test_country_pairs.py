"""Monthly totals by country pair, as collections of customs statistics are compiled."""

from datetime import date

import pytest

from streams.feeds import FeedError, FeedOptions, Flow, Rejected, open_feed
from streams.feeds.country_names import alpha2_of_name
from streams.records import Flow as Side
from streams.records import Refusal, Trade

HEADER = "month,origin,destination,hs6,value_usd,net_weight_kg,qty_quality\n"
ROW = "2024-03-01,China,South Korea,380110,5000.5,2000.0,reported\n"
EXPORTED = Trade(
    id="country-pairs:202403:X:380110:CN:KR",
    source="country-pairs",
    event_date=date(2024, 3, 31),
    origin="CN",
    destination="KR",
    product="graphite|artificial",
    quantity="2000",
    value="5000.5",
    currency="USD",
    incoterm="FOB",
    hs_code="380110",
    flow=Side.EXPORT,
)


def test_a_row_is_an_export_where_it_is_declared_so(records):
    """It is dated to the month's last day, free on board."""
    assert [EXPORTED] == records(HEADER + ROW, flow=Flow.EXPORT)
    assert [EXPORTED] == records(HEADER + ROW.replace("China", "CHN").replace("-01,", ","), flow=Flow.EXPORT)


def test_a_row_is_an_import_where_it_is_declared_so(records):
    """The destination declared it: cost, insurance and freight are in the value."""
    [found] = records(HEADER + ROW, flow=Flow.IMPORT)

    assert ("CIF", Side.IMPORT) == (found.incoterm, found.flow)


def test_a_table_that_is_not_declared_asks_what_it_holds(feed_file):
    """The direction is never guessed."""
    with pytest.raises(FeedError, match="--declare flow=import or --declare flow=export"):
        open_feed(feed_file(HEADER + ROW))


def test_an_imputed_quantity_is_passed_over(feed_file):
    """A price made of a standard unit value is nobody's price."""
    imputed = ROW.replace("reported", "imputed_do_not_use")
    feed = open_feed(feed_file(HEADER + ROW + imputed), FeedOptions(flow=Flow.EXPORT))

    assert [EXPORTED] == [item.record for item in feed]
    assert {"quantities that the publisher estimated": 1} == feed.skipped


def test_totals_of_groups_are_refused_one_by_one(rejected):
    """They have neither product nor partner."""
    found = rejected("month,broad_group,value_usd,net_weight_kg\n2024-03-01,Graphite,1,2\n2024-04-01,Graphite,3,4\n")

    assert [(2, Refusal.AMBIGUOUS_PRODUCT), (3, Refusal.AMBIGUOUS_PRODUCT)] == [(row.line, row.reason) for row in found]


@pytest.mark.parametrize(
    ("row", "reason", "detail"),
    [
        pytest.param(ROW.replace("China", "Atlantis"), Refusal.MISSING_FIELD, "origin 'Atlantis'", id="no-country"),
        pytest.param(ROW.replace("2000.0", ""), Refusal.MISSING_FIELD, "net_weight_kg", id="no-mass"),
        pytest.param(ROW.replace("5000.5", "0"), Refusal.VALUE_NOT_POSITIVE, "value is 0 USD", id="no-value"),
        pytest.param(ROW.replace("2024-03", "2024-13"), Refusal.DATE_OUT_OF_RANGE, "2024-13", id="no-month"),
    ],
)
def test_one_bad_row_is_rejected_and_the_next_is_read(read, row, reason, detail):
    """The refusal says what was found."""
    found, after = read(HEADER + row + ROW, flow=Flow.EXPORT)

    assert isinstance(found, Rejected)
    assert (reason, True) == (found.reason, detail in found.detail)
    assert EXPORTED == after.record


@pytest.mark.parametrize(
    ("name", "country"),
    [
        pytest.param("CHINA", "CN", id="capitals"),
        pytest.param("Côte d'Ivoire", "CI", id="accents"),
        pytest.param("COTE D'IVOIRE", "CI", id="census"),
        pytest.param("Türkiye", "TR", id="umlaut"),
        pytest.param("Congo (Kinshasa)", "CD", id="brackets-that-tell"),
        pytest.param("Burma (Myanmar)", "MM", id="brackets-that-do-not"),
        pytest.param("KOREA, SOUTH", "KR", id="comma"),
        pytest.param("Viet Nam", "VN", id="united-nations"),
        pytest.param("World", None, id="world"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_countries_are_known_by_the_names_that_publishers_use(name, country):
    """Case, accents and punctuation do not count."""
    assert country == alpha2_of_name(name)
