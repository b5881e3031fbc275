"""Customs statistics of which one side of the trade is asked for, in every form that holds them."""

import pytest

from bench.feed_samples import samples
from bench.reading_checks import OWN
from streams.feeds import ADAPTERS, FeedError, FeedOptions, FeedRecord, open_feed
from streams.feeds.source import Source
from streams.records import Flow, Trade

STATISTICS = {name: sample for name, sample in samples().items() if sample.format not in OWN}
BOTH_SIDES = ("comtrade", "hmrc-csv", "hmrc-json", "customs-flows")


def of_feed(path, options: FeedOptions) -> tuple[list[Trade], int]:
    """Return the trades of a feed, and how many of its rows are accounted for."""
    feed = open_feed(path, options)
    items = list(feed)
    trades = [item.record for item in items if isinstance(item, FeedRecord) and isinstance(item.record, Trade)]
    return trades, len(items) + sum(feed.skipped.values())


@pytest.mark.parametrize("only", list(Flow))
@pytest.mark.parametrize("name", STATISTICS)
def test_the_side_asked_for_is_read_as_it_is_with_the_other(feed_file, name, only):
    """Not a row of the other, not one less of its own, and all accounted for; prices have no side."""
    sample = STATISTICS[name]
    path = feed_file(sample.content)
    whole, rows = of_feed(path, FeedOptions(flow=sample.flow))
    side, accounted = of_feed(path, FeedOptions(flow=sample.flow, only=only))

    assert [trade for trade in whole if trade.flow is only] == side
    assert rows == accounted


@pytest.mark.parametrize("name", BOTH_SIDES)
def test_exports_are_told_from_imports(feed_file, name):
    """By their flow, the way they go, the terms of their value and their ids."""
    trades, _ = of_feed(feed_file(STATISTICS[name].content), FeedOptions())
    exports = [trade for trade in trades if trade.flow is Flow.EXPORT]

    assert set(Flow) == {trade.flow for trade in trades}
    assert {"FOB"} == {trade.incoterm for trade in exports}
    assert all(":X:" in trade.id for trade in exports)
    assert not any(":X:" in trade.id for trade in trades if trade.flow is Flow.IMPORT)


@pytest.mark.parametrize("name", ["hmrc-csv", "hmrc-json", "comex-stat", "comex-stat-exports", "customs-flows"])
def test_the_explanation_says_what_each_side_is_read_as(feed_file, name):
    """The partner is where imports come from and where exports go."""
    sample = STATISTICS[name]
    path = feed_file(sample.content)
    adapter = next(each for each in ADAPTERS if each.name == sample.format)
    meanings = [reading.read_as for reading in adapter.readings(Source(path, FeedOptions(flow=sample.flow)))]

    assert "origin of imports, destination of exports" in meanings
    assert not any("passed over" in meaning for meaning in meanings)


@pytest.mark.parametrize("name", ["flow", "only"])
@pytest.mark.parametrize("side", ["imports", "M", ""])
def test_a_side_that_is_none_is_refused(name, side):
    """The message says which there are."""
    with pytest.raises(FeedError, match=f"{name} must be one of import, export, was '{side}'"):
        FeedOptions(**{name: side})
