"""A replay through Kafka says of a feed, or of a log, what a direct one says of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from streams import topics
from streams.embedded import EmbeddedRedis
from streams.log_publish import publish_log
from streams.log_replay import replay_log
from streams.log_source import ArchiveSource
from streams.reference.book import ReferenceBook
from streams.replay_apart import forget
from streams.settings import Settings, replay_settings
from streams.topics import TopicPlan
from tests.archives import END, archive_of
from tests.brokers import Broker
from tests.sales import sale
from tests.site import Site

pytestmark = [pytest.mark.integration, pytest.mark.once]

FEED = """\
id,source,event_date,origin,destination,product,quantity,value,currency,incoterm
a,customs,2025-01-05,CN,GB,silicon|metal,1000,1500,USD,CIF
b,customs,2025-01-06,CN,GB,silicon|metl,1000,1500,USD,CIF
c,customs,2025-01-06,CN,GB,silicon|metal,1000,1500,USD,CIV
d,customs,2025-13-06,CN,GB,silicon|metal,1000,1500,USD,CIF
e,customs,2025-01-07,CN,GB,silicon|metal,1000,2500,USD,CIF
"""
SAID = ("records", "dead_letters", "alerts")


@pytest.fixture
def site(kafka: Broker, redis_server: EmbeddedRedis, tmp_path: Path) -> Iterator[Site]:
    """Return an installation without a worker."""
    site = Site(kafka, redis_server, tmp_path, prefix="counts-")
    yield site
    forget(replay_settings(site.settings, "counted"))


def test_what_workers_refuse_is_counted_with_what_could_not_be_read(site: Site, tmp_path: Path):
    """An unknown product and term, which a worker refuses, and a day there is not, which the reader does."""
    feed = tmp_path / "feed.csv"
    feed.write_text(FEED)
    replay = ("replay", feed, "--floors", "forge-illustrative", "--json")
    apart = ("--kafka", site.settings.kafka, "--namespace", "counted")
    direct, through = (said(site.run(*replay, *more)) for more in (("--direct",), apart))
    assert 3 == sum(direct["dead_letters"].values())
    assert [direct[name] for name in SAID] == [through[name] for name in SAID]


def said(done: Any) -> dict[str, Any]:
    """Return the summary on stdout."""
    found: dict[str, Any] = msgspec.json.decode(done.stdout)
    return found


def test_a_log_has_as_many_records_whichever_way_it_is_replayed(kafka: Broker, fresh_topics: str, tmp_path: Path):
    """Heartbeats and end marks are written and are none; what cannot be decoded is one."""
    archive = archive_of(tmp_path, [sale(0, "1.5"), sale(2, "1.8", id="brazil", origin="BR"), b"{", END], [END])
    settings = Settings(kafka=kafka.bootstrap, topic_prefix=fresh_topics, partitions=2)
    topics.create(settings.kafka, TopicPlan(prefix=fresh_topics, partitions=2, replication=1))
    direct = replay_log(ArchiveSource(archive), book=ReferenceBook(), settings=settings)
    assert 3 == direct.records == publish_log(ArchiveSource(archive), settings=settings).records
