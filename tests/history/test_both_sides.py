"""The United Kingdom's exports of silicon and tungsten read beside its imports: what is said of imports stays."""

from datetime import date

import pytest

from alerts.model import Alert
from streams.feed_records import ReplayOptions
from streams.feeds import FeedOptions
from streams.records import Flow
from streams.reference.book import ReferenceBook
from streams.reference.schedule_file import SHIPPED, load_shipped
from streams.replay import replay_direct
from streams.settings import Settings
from tests.history.customs_rows import SILICON, TUNGSTEN, UNITED_KINGDOM

READ_BOTH = {"round_trip", "stockpile_flush", "mirror_gap", "transshipment"}
"""Rules that set one side beside the other."""


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
