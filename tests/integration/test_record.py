"""Recording a live run, and replaying the record: the same alerts, byte for byte."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from alerts.model import encode_alert
from streams.archive.line import ArchiveError
from streams.archive.manifest import Manifest, instant_text, read_manifest
from streams.archive.reading import verify
from streams.archive.recording import Recorded, Recording, roles_of
from streams.log_reader import log_reader, partitions_of, read_to_end
from streams.log_replay import replay_log
from streams.log_source import ArchiveSource, KafkaSource, LogSource, Period, book_of_log
from streams.settings import Settings
from streams.topics import TopicNames
from tests import feeds
from tests.brokers import Broker
from tests.live import CHECKOUT, LiveRun

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def live(kafka: Broker, redis_server: Any, tmp_path_factory: pytest.TempPathFactory) -> LiveRun:
    """Return a live run of the shipped feed that has come to its end."""
    feed = feeds.shipped()
    folder = tmp_path_factory.mktemp("live")
    with LiveRun(broker=kafka, redis_url=redis_server.url, prefix="recorded-", folder=folder) as run:
        run.publish_reference(feed.entries)
        run.publish(feed.log)
        run.publish_mark(feed.end_mark)
        run.start()
        run.settled()
        yield run


@pytest.fixture(scope="module")
def told(live: LiveRun) -> tuple[bytes, ...]:
    """Return the alerts that stood at the end of the live run."""
    return live.result().alerts


def record(live: LiveRun, folder: Path, *, segment_records: int = 700, **period: str) -> Recorded:
    """Record all of the run's topics."""
    manifest = Manifest(code_version="test", source=live.bootstrap, **period)
    with log_reader(live.bootstrap) as consumer:
        topics: dict[str, str | None] = dict(roles_of(live.names))
        return Recording(consumer, folder, topics, manifest=manifest, segment_records=segment_records).run()


def replayed(source: LogSource) -> tuple[bytes, ...]:
    """Return the alerts that a log comes to, by its own reference data."""
    book, unread = book_of_log(source)
    assert unread == 0
    return tuple(map(encode_alert, replay_log(source, book=book, settings=Settings()).alerts))


def test_the_record_of_a_live_run_comes_to_its_alerts(live: LiveRun, told: tuple[bytes, ...], tmp_path: Path):
    """Byte for byte, from the files alone; and the archive is whole."""
    recorded = record(live, tmp_path / "archive")
    assert recorded.finished
    assert verify(tmp_path / "archive")[1] == []
    assert len(told) > 10
    assert replayed(ArchiveSource(tmp_path / "archive")) == told


def test_the_log_itself_comes_to_its_alerts(live: LiveRun, told: tuple[bytes, ...]):
    """Kafka is a source of a direct replay like an archive."""
    assert replayed(KafkaSource(Settings(kafka=live.bootstrap, topic_prefix=live.names.prefix))) == told


def test_an_archive_holds_what_the_topics_have(live: LiveRun, tmp_path: Path):
    """Every record, with key, value, headers, time and offset."""
    recorded = record(live, tmp_path / "archive")
    with log_reader(live.bootstrap) as consumer:
        partitions = [each for name in roles_of(live.names) for each in partitions_of(consumer, name)]
        found = sum(len(run) for run in read_to_end(consumer, partitions))
    assert recorded.manifest.records == found
    changes = recorded.manifest.of_role("alerts")
    assert changes is not None
    assert changes.records == len(live.changes())


def test_a_recording_that_was_killed_goes_on_after_its_last_complete_segment(live: LiveRun, tmp_path: Path):
    """SIGKILL in the middle: what was complete is kept, and the end is that of an undisturbed recording."""
    folder = tmp_path / "killed"
    command = [sys.executable, "-c", KILLED, live.bootstrap, live.names.prefix, str(folder)]
    died = subprocess.run(command, cwd=CHECKOUT, check=False)
    assert died.returncode == -signal.SIGKILL
    before = read_manifest(folder)
    assert not before.complete
    assert 0 < before.records < record(live, tmp_path / "whole").manifest.records
    recorded = record(live, folder)
    assert verify(folder)[1] == []
    whole = read_manifest(tmp_path / "whole")
    assert recorded.manifest.records == whole.records
    assert [each.next_offset for _, each in recorded.manifest.partitions()] == [
        each.next_offset for _, each in whole.partitions()
    ]


KILLED = """
import os, signal, sys
from pathlib import Path
from streams.archive import recording, segment
from streams.archive.manifest import Manifest
from streams.log_reader import log_reader
from streams.topics import TopicNames
closed = []
once = segment.Segment.close
def close(self):
    closed.append(1)
    if len(closed) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return once(self)
segment.Segment.close = close
bootstrap, prefix, folder = sys.argv[1:]
with log_reader(bootstrap) as consumer:
    manifest = Manifest(code_version="test", source=bootstrap)
    topics = recording.roles_of(TopicNames(prefix))
    recording.Recording(consumer, Path(folder), topics, manifest=manifest, segment_records=300).run()
"""


def test_an_interrupted_recording_keeps_what_it_has(live: LiveRun, tmp_path: Path):
    """Ctrl-C completes the segments in hand and says that it is not the end; the next one goes on."""
    folder, heard = tmp_path / "archive", []

    def interrupt(done: int, total: int) -> None:
        heard.append((done, total))
        if done:
            raise KeyboardInterrupt

    with log_reader(live.bootstrap) as consumer:
        manifest = Manifest(code_version="test", source=live.bootstrap)
        topics: dict[str, str | None] = dict(roles_of(live.names))
        recorded = Recording(consumer, folder, topics, manifest=manifest, hear=interrupt).run()
    assert not recorded.finished
    assert 0 < recorded.manifest.records
    assert [each.detail for each in verify(folder)[1]] == [
        "the recording was interrupted: the same command goes on with it"
    ]
    assert record(live, folder).finished
    assert verify(folder)[1] == []
    assert record(live, folder).new_records == 0


def test_a_period_of_the_log_is_recorded_by_its_time(live: LiveRun, tmp_path: Path):
    """Records outside of it are left out; reference data, of which the latest counts, is there whole."""
    far = instant_text(int(time.time() * 1000) + 3_600_000)
    later = record(live, tmp_path / "later", from_at=far).manifest
    assert [each.name for each in later.topics if each.records] == [live.names.reference]
    earlier = record(live, tmp_path / "earlier", to_at=far).manifest
    assert earlier.records == record(live, tmp_path / "whole").manifest.records


def test_a_replay_of_a_period_reads_nothing_else(live: LiveRun, tmp_path: Path):
    """A log up to before its first record comes to nothing."""
    record(live, tmp_path)
    first = Period(until_ms=0)
    assert replayed(ArchiveSource(tmp_path, first)) == ()


def test_another_log_is_not_appended_to_an_archive(live: LiveRun, tmp_path: Path):
    """A topic that ends before where the archive has come is another one: that is said, and nothing is written."""
    record(live, tmp_path)
    path = tmp_path / "manifest.json"
    held = msgspec.json.decode(path.read_bytes())
    held["topics"][0]["partitions"][0]["next_offset"] = 10**9
    path.write_bytes(msgspec.json.encode(held))
    with pytest.raises(ArchiveError, match="another log than before"):
        record(live, tmp_path)


def test_the_command_records_verifies_and_replays(live: LiveRun, told: tuple[bytes, ...], tmp_path: Path):
    """As a user does it: three commands, exit 0, the alerts of the live run in the file."""
    environ = os.environ | {"FLOORWATCH_KAFKA": live.bootstrap, "FLOORWATCH_TOPIC_PREFIX": live.names.prefix}
    archive, found = str(tmp_path / "archive"), tmp_path / "alerts.jsonl"
    for words in (
        ["record", "--out", archive],
        ["record", "verify", archive],
        ["replay", archive, "--direct", "--out", str(found)],
    ):
        subprocess.run([sys.executable, "-m", "streams.cli", *words], cwd=CHECKOUT, env=environ, check=True)
    assert found.read_bytes() == b"".join(each + b"\n" for each in told)
    words = ["replay", f"kafka://{live.bootstrap}", "--direct", "--out", str(tmp_path / "again.jsonl")]
    subprocess.run([sys.executable, "-m", "streams.cli", *words], cwd=CHECKOUT, env=environ, check=True)
    assert (tmp_path / "again.jsonl").read_bytes() == found.read_bytes()


def commanded(live: LiveRun, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command against the topics of the run."""
    environ = os.environ | {"FLOORWATCH_KAFKA": live.bootstrap, "FLOORWATCH_TOPIC_PREFIX": live.names.prefix}
    command = [sys.executable, "-m", "streams.cli", *words]
    return subprocess.run(command, cwd=CHECKOUT, env=environ, capture_output=True, text=True, check=False)


def test_the_last_day_is_recorded_as_it_is_replayed(live: LiveRun, tmp_path: Path):
    """``--to`` a day has that day in both; the day before has nothing, which is said."""
    today = datetime.now(UTC).date()
    whole = record(live, tmp_path / "whole").manifest.records
    said = commanded(live, "record", "--out", str(tmp_path / "today"), "--to", str(today), "--json")
    assert msgspec.json.decode(said.stdout)["records"] == whole
    before = commanded(live, "record", "--out", str(tmp_path / "before"), "--to", str(today - timedelta(days=2)))
    assert before.returncode == 0
    assert "no record of the days that were asked for" in before.stderr


def test_a_topic_that_is_not_there_is_told_with_a_command_that_is(live: LiveRun, tmp_path: Path):
    """The command that is advised shows the topics."""
    said = commanded(live, "record", "--out", str(tmp_path / "archive"), "--topic", "absent")
    assert (1, True) == (said.returncode, "floorwatch topics describe" in said.stderr)
    assert live.names.trades in commanded(live, "topics", "describe").stdout


def test_names_of_topics_have_a_role():
    """What an archive is replayed by does not depend on the prefix of the topics."""
    assert roles_of(TopicNames("replay.x."))["replay.x.price-ticks"] == "price-ticks"
