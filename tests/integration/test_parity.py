"""One judgement, however it is driven: in this process, by one worker, by three, in slices of any size."""

from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from alerts.model import encode_alert
from streams.feed_records import ReplayOptions
from streams.feeds import FxDay, open_feed
from streams.feeds.options import FeedOptions
from streams.ledger_reader import await_judged, told_alerts
from streams.publish import replay_kafka
from streams.records import Flow
from streams.reference.basis import BasisRatio
from streams.reference.book import ReferenceBook
from streams.reference.fx import FxDaily
from streams.reference.schedule_file import SHIPPED, load_shipped
from streams.reference.wire import Entry
from streams.replay import replay_direct
from streams.settings import Settings
from tests import feeds
from tests.brokers import Broker
from tests.feeds import TestFeed
from tests.live import LiveRun, Result, direct

FEEDS: Final[dict[str, Callable[[], TestFeed]]] = {
    "shipped": feeds.shipped,
    "benchmark": lambda: feeds.benchmark(1500),
    "contrary": lambda: feeds.contrary(1500),
}


@cache
def feed_of(name: str) -> TestFeed:
    """Return a feed, made once."""
    return FEEDS[name]()


@cache
def direct_result(name: str) -> Result:
    """Return what the feed comes to in this process."""
    feed = feed_of(name)
    return direct(feed.entries, feed.log, feed.end_mark)


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_of_this_test_raises_alerts(name: str) -> None:
    """Otherwise its parity would show nothing."""
    assert len(direct_result(name).alerts) > 10


@pytest.mark.parametrize(
    "workers",
    [
        pytest.param(1, id="one-worker"),
        pytest.param(3, id="three-workers"),
    ],
)
@pytest.mark.parametrize(
    "size",
    [
        # How a run of records is cut is the transport's doing; one size on Apache Kafka shows the broker's part in it.
        pytest.param(1, id="slices-of-1", marks=pytest.mark.once),
        pytest.param(7, id="slices-of-7"),
        pytest.param(5000, id="slices-of-5000", marks=pytest.mark.once),
    ],
)
@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_comes_to_the_same_live_as_in_process(
    name: str, size: int, workers: int, kafka: Broker, redis_url: str, fresh_topics: str, tmp_path: Path
) -> None:
    """Alerts byte for byte, cell sums and dead letters; Redis, the topic of alerts and the ledger agree."""
    feed = feed_of(name)
    with LiveRun(broker=kafka, redis_url=redis_url, prefix=fresh_topics, folder=tmp_path, slice_records=size) as run:
        run.publish_reference(feed.entries)
        run.publish(feed.log)
        run.publish_mark(feed.end_mark)
        run.start(workers)
        run.settled()
        assert run.result() == direct_result(name)
        assert run.stops == []


REAL_FEEDS: Final = {
    "hmrc": ("crm_trade_flows/uk_hmrc_monthly_202406_202606.csv.gz", FeedOptions()),
    "comex-stat": ("crm_trade_flows/brazil_comexstat_monthly_202501_202607.csv.gz", FeedOptions()),
    "graphite": (
        "china_exports_graphite_gage_monthly/china_exports_by_destination_hs6_monthly.csv",
        FeedOptions(flow=Flow.EXPORT),
    ),
}
RATES_FROM: Final = date(2024, 5, 1)
REPLAYED_ON: Final = date(2026, 11, 1)


def rates(path: Path) -> list[Entry]:
    """Return the days of exchange rates that the feeds need."""
    days = (item for item in open_feed(path) if isinstance(item, FxDay) and item.date >= RATES_FROM)
    return [FxDaily(day=item.date, rates=item.rates) for item in days]


@pytest.mark.once
@pytest.mark.parametrize("name", REAL_FEEDS)
def test_customs_statistics_come_to_the_same_live_as_in_process(
    name: str, shared_data: Path, kafka: Broker, redis_url: str, fresh_topics: str, tmp_path: Path
) -> None:
    """The publisher's own file, replayed as the commands do it: byte for byte the same alerts."""
    place, how = REAL_FEEDS[name]
    files = [shared_data / "data" / place]
    options = ReplayOptions(as_of=REPLAYED_ON, feed=how)
    entries = [entry for each in SHIPPED for entry in load_shipped(each)]
    entries.append(BasisRatio(publisher="of this test: prices FOB, as Comex Stat has them", ratio="1.07"))
    entries += rates(shared_data / "data" / "ecb_fx" / "eurofxref_hist_daily.csv.gz")
    alone = replay_direct(files, book=ReferenceBook(entries=entries), settings=Settings(), options=options)
    with LiveRun(broker=kafka, redis_url=redis_url, prefix=fresh_topics, folder=tmp_path) as run:
        settings = Settings(kafka=kafka.bootstrap, topic_prefix=fresh_topics, app_id=run.app_id)
        run.publish_reference(entries)
        run.start()
        assert replay_kafka(files, settings=settings, options=options).finished
        found = told_alerts(settings, await_judged(settings).told)
    assert len(alone.alerts) > 10
    assert [*map(encode_alert, found)] == [*map(encode_alert, alone.alerts)]
