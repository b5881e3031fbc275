"""One judgement, however it is driven: in this process, by one worker, by three, in slices of any size."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

import pytest

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
