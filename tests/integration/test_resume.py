"""A replay through Kafka that is broken off: all that it says is there is there, and going on doubles nothing."""

from datetime import date
from pathlib import Path

import pytest

from streams import topics
from streams.broker import BrokerError, BrokerSecurity
from streams.feed_records import ReplayOptions
from streams.log_reader import log_reader, partitions_of, read_to_end
from streams.outbox import Outbox
from streams.publish import replay_kafka
from streams.records import Trade, decode_record
from streams.replay_mark import ReplayMark
from streams.settings import Settings
from streams.topics import TopicNames, TopicPlan
from tests.brokers import Broker
from tests.unit.runs.run_of import feed_of

pytestmark = [pytest.mark.integration, pytest.mark.once]

OPTIONS = ReplayOptions(as_of=date(2026, 1, 1))
RECORDS = 60


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Return a feed of two months, a record a day."""
    rows = [(f"t{day}", date(2025, 1 + day // 30, 1 + day % 28), "CN", 1.5) for day in range(RECORDS)]
    return [feed_of(tmp_path / "feed.csv", *rows)]


@pytest.fixture
def settings(kafka: Broker, request: pytest.FixtureRequest) -> Settings:
    """Return the settings of topics of its own."""
    settings = Settings(kafka=kafka.bootstrap, topic_prefix=f"{request.node.name.replace('_', '-')}-", partitions=2)
    topics.create(settings.kafka, TopicPlan(prefix=settings.topic_prefix, partitions=2, replication=1))
    return settings


def written(settings: Settings) -> list[str]:
    """Return the ids of the trades on the topic."""
    with log_reader(settings.kafka) as consumer:
        runs = read_to_end(consumer, partitions_of(consumer, TopicNames(settings.topic_prefix).trades))
        records = [decode_record(each.value) for run in runs for each in run]
    return [each.id for each in records if isinstance(each, Trade)]


def test_an_interrupted_replay_goes_on_without_a_record_twice(settings: Settings, files: list[Path], tmp_path: Path):
    """Each record once, the place forgotten at the end, and what was there from before told apart."""
    path = tmp_path / "mark.json"
    looks = iter(range(20))

    def halted() -> bool:
        return next(looks, None) is None

    mark = ReplayMark(path, files, OPTIONS, settings)
    first = replay_kafka(files, settings=settings, options=OPTIONS, mark=mark, halted=halted)
    assert (False, 20) == (first.finished, first.records)
    assert 20 == len(written(settings))
    again = ReplayMark(path, files, OPTIONS, settings).found()
    second = replay_kafka(files, settings=settings, options=OPTIONS, mark=again)

    assert (True, RECORDS, 20) == (second.finished, second.records, second.resumed)
    assert [f"t{day}" for day in range(RECORDS)] == sorted(written(settings), key=lambda name: int(name[1:]))
    assert not path.exists()


def test_what_kafka_does_not_take_is_said(settings: Settings):
    """A record that is too large for the client is none that was sent."""
    with (
        Outbox(settings.kafka, BrokerSecurity()) as outbox,
        pytest.raises(BrokerError, match="did not take all that was sent"),
    ):
        outbox.send(TopicNames(settings.topic_prefix).trades, value=b"x" * (2 << 20))
