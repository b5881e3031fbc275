"""The United Kingdom's exports read beside its imports: what is said of imports stays, and what is said of both."""

from datetime import date

import pytest

from alerts.model import Alert
from streams.feed_records import ReplayOptions
from streams.feeds import FeedOptions, FeedRecord, open_feed
from streams.records import Flow
from streams.reference.book import ReferenceBook
from streams.reference.schedule_file import SHIPPED, load_shipped
from streams.reference.zones import Member, Zone
from streams.replay import replay_direct
from streams.rules.round_trip import RoundTrip
from streams.rules.transshipment import Transshipment
from streams.settings import Settings
from tests.history.customs_rows import SILICON, TUNGSTEN, UNITED_KINGDOM
from tests.history.detection_table import is_documented, said_of, share_text
from tests.unit.rules.market_of import judged

BRAZIL = "crm_trade_flows/brazil_comexstat_monthly_202501_202607.csv.gz"
READ_BOTH = {"round_trip", "stockpile_flush", "mirror_gap", "transshipment"}
"""Rules that set one side beside the other."""
ZONE = Zone(zone_id="zone", members=(Member(country="GB"),))


def alerts_of(shared_data, only: Flow | None) -> dict[str, Alert]:
    """Return the alerts of a replay of one side or both, by id."""
    feed = FeedOptions(hs_codes=(*SILICON, *TUNGSTEN), only=only)
    book = ReferenceBook(entries=[entry for each in SHIPPED for entry in load_shipped(each)])
    path = shared_data / "data" / UNITED_KINGDOM
    options = ReplayOptions(as_of=date(2026, 11, 1), feed=feed)
    return {alert.id: alert for alert in replay_direct([path], book=book, settings=Settings(), options=options).alerts}


@pytest.fixture(scope="module")
def of_imports(shared_data):
    """Return what is said of imports alone."""
    return alerts_of(shared_data, Flow.IMPORT)


@pytest.fixture(scope="module")
def of_both(shared_data):
    """Return what is said of imports and exports."""
    return alerts_of(shared_data, None)


def test_what_is_said_of_imports_stays_as_it_is(of_imports, of_both):
    """Every alert on goods that come in is the same, and none is added but by rules that look at both sides."""
    alone, beside = (
        {name: alert for name, alert in found.items() if alert.destination == "GB" and alert.rule not in READ_BOTH}
        for found in (of_imports, of_both)
    )

    assert len(alone) > 10
    assert alone == beside


def test_no_floor_is_held_against_an_export(of_both):
    """A floor is a condition of entry; what is said of goods that leave comes from rules of volume and price."""
    exports = [alert for alert in of_both.values() if alert.origin == "GB" and alert.rule not in READ_BOTH]

    assert {"surge", "massive_imports"} == {alert.rule for alert in exports}


@pytest.mark.parametrize(
    ("rule", "files", "trade"),
    [
        pytest.param(RoundTrip(), (UNITED_KINGDOM,), "UK", id="round_trip"),
        pytest.param(Transshipment(), (UNITED_KINGDOM, BRAZIL), "UK and Brazil", id="transshipment"),
    ],
)
def test_rules_that_look_at_both_sides_seldom_fire(shared_data, rule, files, trade):
    """In every product that a commodity code tells, June 2024 to June 2026; nobody labelled these months."""
    items = [item for name in files for item in open_feed(shared_data / "data" / name)]
    records = [item.record for item in items if isinstance(item, FeedRecord) and item.record.product]
    records.sort(key=lambda record: (record.event_date, record.id))
    said = said_of(judged(rule, records, entries=(ZONE,)), rule.name)

    assert is_documented(rule.name, f"{trade}, imports and exports, to 2026-06", share_text(said))
