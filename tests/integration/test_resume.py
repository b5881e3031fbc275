"""A replay through Kafka that is broken off: all that it says is there is there, and going on doubles nothing."""

import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from typer import BadParameter

from alerts.model import encode_alert
from streams import topics
from streams.broker import BrokerError, BrokerSecurity
from streams.cli.replay_live import mark_of
from streams.feed_records import Progress, ReplayOptions, read_records
from streams.feeds import shipped_feed
from streams.log_reader import log_reader, partitions_of, read_to_end
from streams.log_replay import replay_log
from streams.log_source import KafkaSource
from streams.outbox import Outbox
from streams.publish import replay_kafka
from streams.records import Heartbeat, PriceTick, Trade, decode_record
from streams.replay import load_book, replay_direct
from streams.replay_mark import ReplayMark
from streams.settings import Settings
from streams.topics import TopicNames, TopicPlan
from tests.brokers import Broker
from tests.site import CHECKOUT, until
from tests.unit.runs.run_of import feed_of

pytestmark = [pytest.mark.integration, pytest.mark.once]

OPTIONS = ReplayOptions(as_of=date(2026, 1, 1))
RECORDS = 60
AS_OF = date(2026, 11, 1)
SHIPPED_OPTIONS = ReplayOptions(as_of=AS_OF)
ABOUT_A_MINUTE = 86_400 * 15


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


def logged(settings: Settings) -> list[Trade | PriceTick | Heartbeat]:
    """Return what is on the topics of trades and ticks."""
    names = TopicNames(settings.topic_prefix)
    with log_reader(settings.kafka) as consumer:
        sources = [each for name in (names.trades, names.ticks) for each in partitions_of(consumer, name)]
        return [decode_record(each.value) for run in read_to_end(consumer, sources) for each in run]


def written(settings: Settings) -> list[str]:
    """Return the ids of the trades on the topic."""
    return [each.id for each in logged(settings) if isinstance(each, Trade)]


def test_an_interrupted_replay_goes_on_without_a_record_twice(
    settings: Settings, files: list[Path], tmp_path: Path
) -> None:
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


def test_one_that_was_interrupted_after_its_last_record_still_ends(
    settings: Settings, files: list[Path], tmp_path: Path
):
    """With nothing left to send, the end marks are."""
    mark = ReplayMark(tmp_path / "mark.json", files, OPTIONS, settings)
    replay_kafka(files, settings=settings, options=OPTIONS, mark=mark, end=False)
    mark.keep(RECORDS)
    assert replay_kafka(files, settings=settings, options=OPTIONS, mark=mark).finished

    marks = [each for each in logged(settings) if isinstance(each, Heartbeat) and each.end]
    assert {date(2025, 2, 28)} == {each.event_date for each in marks}
    assert RECORDS == len(written(settings))


@pytest.fixture
def shipped(settings: Settings, tmp_path: Path) -> Iterator["Shipped"]:
    """Return the shipped feed, copied, on its way at a pace that leaves time to end it."""
    found = Shipped(settings, tmp_path)
    yield found
    found.process.kill()
    found.process.wait()


class Shipped:
    """A paced replay of the shipped feed as a process."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.files = [Path(shutil.copy(path, folder)) for path in shipped_feed() if path.stem.startswith("uk-")]
        self.mark = Path(f"{self.files[0]}.replay.json")
        self.process = self.begin("--speed", str(ABOUT_A_MINUTE))

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """Start a replay with some more options."""
        given = {"FLOORWATCH_TOPIC_PREFIX": self.settings.topic_prefix, "FLOORWATCH_PARTITIONS": "2"}
        command = [sys.executable, "-m", "streams.cli", "replay", *map(str, self.files), "--kafka", self.settings.kafka]
        return subprocess.Popen(
            [*command, "--as-of", str(AS_OF), *words],
            cwd=CHECKOUT,
            env=os.environ | given,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ended_by(self, number: signal.Signals) -> tuple[int, str]:
        """End it by a signal; return its exit status and what it said."""
        self.process.send_signal(number)
        _, said = self.process.communicate()
        return self.process.returncode, said


def test_a_replay_that_was_killed_goes_on_and_comes_to_the_same_alerts(shipped: Shipped):
    """SIGKILL part way: resumed, every record is there at least once, and those twice are duplicates."""
    settings = shipped.settings
    until(shipped.mark.exists)
    assert -signal.SIGKILL == shipped.ended_by(signal.SIGKILL)[0]
    whole = [
        record for record, _, _ in read_records(shipped.files, SHIPPED_OPTIONS, Progress()) if isinstance(record, Trade)
    ]
    there = Counter(written(settings))
    assert 0 < len(there) < len(whole)
    resumed = shipped.begin("--resume")
    _, said = resumed.communicate()

    assert 0 == resumed.returncode, said
    assert "going on after " in said
    ids = Counter(each.id for each in logged(settings) if isinstance(each, Trade))
    assert {each.id for each in whole} == set(ids)
    assert 2 >= max(ids.values())
    assert len(whole) > ids.total() - len(whole)
    assert not shipped.mark.exists()
    book = load_book(["eu-2025-2351", "forge-illustrative"])
    direct = replay_direct(shipped.files, book=book, settings=settings, options=SHIPPED_OPTIONS)
    through = replay_log(KafkaSource(settings), book=book, settings=settings)
    assert 10 < len(direct.alerts)
    assert [*map(encode_alert, direct.alerts)] == [*map(encode_alert, through.alerts)]


def test_a_replay_that_is_told_to_end_keeps_its_place(shipped: Shipped):
    """SIGTERM is Ctrl-C: the place is that of the last record, which is on its topic."""
    until(lambda: written(shipped.settings))
    status, said = shipped.ended_by(signal.SIGTERM)

    assert (130, True) == (status, "--resume goes on from there" in said)
    mark = ReplayMark(shipped.mark, shipped.files, SHIPPED_OPTIONS, shipped.settings).found()
    there = [each for each in logged(shipped.settings) if isinstance(each, Trade)]
    assert mark.records == len(there) > 0


def test_a_place_in_topics_that_are_no_longer_there_is_none(settings: Settings, files: list[Path]):
    """Deleted and made again, they lack what was written before: going on would leave that out."""
    mark = ReplayMark(Path(f"{files[0]}.replay.json"), files, OPTIONS, settings)
    mark.keep(RECORDS // 2)
    with pytest.raises(BadParameter, match="begin again, without --resume"):
        mark_of(files, settings, OPTIONS, resume=True, patience_s=30.0)
    replay_kafka(files, settings=settings, options=OPTIONS)
    assert mark_of(files, settings, OPTIONS, resume=True, patience_s=30.0).records == RECORDS // 2


def test_where_there_is_nothing_to_resume_nothing_is_sent(shipped: Shipped):
    """Exit 2, before anything is written."""
    shipped.ended_by(signal.SIGKILL)
    shipped.mark.unlink(missing_ok=True)
    before = written(shipped.settings)
    again = shipped.begin("--resume")
    _, said = again.communicate()

    assert (2, True) == (again.returncode, "nothing to resume" in said)
    assert before == written(shipped.settings)


def test_what_kafka_does_not_take_is_said(settings: Settings):
    """A record that is too large for the client is none that was sent."""
    with (
        Outbox(settings.kafka, BrokerSecurity()) as outbox,
        pytest.raises(BrokerError, match="did not take all that was sent"),
    ):
        outbox.send(TopicNames(settings.topic_prefix).trades, value=b"x" * (2 << 20))
