"""The command line against a real broker and store: what it writes there, and what it says of them."""

import json
import secrets
import subprocess
import sys

import pytest
import redis

from streams.embedded import EmbeddedRedis
from streams.feeds import shipped_feed
from streams.local_worker import WorkerProcess
from streams.settings import Settings

pytestmark = pytest.mark.integration


class Live:
    """Settings of a test's own topics, and the command line under them."""

    def __init__(self, settings):
        self.settings = settings

    def run(self, *arguments):
        """Run a command in a process; returns what it came to."""
        given = {
            "FLOORWATCH_KAFKA": self.settings.kafka,
            "FLOORWATCH_REDIS": self.settings.redis,
            "FLOORWATCH_APP_ID": self.settings.app_id,
            "FLOORWATCH_TOPIC_PREFIX": self.settings.topic_prefix,
        }
        command = ["env", *(f"{name}={value}" for name, value in given.items()), sys.executable, "-m", "streams.cli"]
        return subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True, check=False)


@pytest.fixture
def live(kafka, redis_url, fresh_topics):
    """Return a command line with topics of its own, created."""
    settings = Settings(
        kafka=kafka.bootstrap,
        redis=redis_url,
        topic_prefix=fresh_topics,
        app_id=f"{fresh_topics}app-{secrets.token_hex(2)}",
        session_timeout_seconds=6.0,
        rebalance_timeout_seconds=6.0,
    )
    live = Live(settings)
    assert live.run("topics", "create").returncode == 0
    return live


def test_a_replay_through_kafka_ends_in_the_alerts_of_a_direct_one(live, tmp_path):
    """Byte for byte, the sums of lanes too, by the same command with another option; and Redis is made again."""
    assert live.run("floors", "publish", "eu-2025-2351", "forge-illustrative").returncode == 0
    with WorkerProcess(live.settings, folder=tmp_path / "worker"):
        through = live.run("replay", *shipped_feed(), "--kafka", live.settings.kafka, "--run", tmp_path / "kafka")
    direct = live.run("replay", *shipped_feed(), "--direct", "--run", tmp_path / "direct")
    before = live.run("alerts", "rebuild", "--json")
    listed = live.run("alerts", "list", "--json")

    assert (0, 0) == (through.returncode, direct.returncode), through.stderr + direct.stderr
    for name in ("alerts.jsonl", "series.jsonl"):
        assert (tmp_path / "direct" / name).read_bytes() == (tmp_path / "kafka" / name).read_bytes()
    assert live.run("replay", "diff", tmp_path / "direct", tmp_path / "kafka").returncode == 0
    assert json.loads(before.stdout)["alerts"] >= len(json.loads(listed.stdout)) > 0


def test_a_replay_says_that_nobody_judges_it(live, tmp_path):
    """No worker, and no floor to judge by, are said of what was written; with both there is nothing to say."""
    replay = ("replay", *shipped_feed(), "--kafka", live.settings.kafka)
    alone = live.run(*replay)
    live.run("floors", "publish", "forge-illustrative")
    with WorkerProcess(live.settings, folder=tmp_path / "worker"):
        waited = live.run(*replay, "--out", tmp_path / "alerts.jsonl", "--json")
        attended = live.run(*replay)

    assert (0, 0) == (alone.returncode, attended.returncode)
    assert all(words in alone.stderr for words in ("no worker has read", "no floor is published"))
    assert not any(words in attended.stderr for words in ("no worker has read", "no floor is published"))
    said, alerts = json.loads(waited.stdout), (tmp_path / "alerts.jsonl").read_text().splitlines()
    assert ({}, len(alerts)) == (said["refused_by_workers"], sum(said["alerts"]["by_state"].values()))


def test_an_alert_can_be_worked_out_again_from_the_log(live, tmp_path):
    """The records and reference data that Kafka holds come to the alert as it was told; another alert is told apart."""
    alerts = tmp_path / "alerts.jsonl"
    assert live.run("floors", "publish", "forge-illustrative").returncode == 0
    with WorkerProcess(live.settings, folder=tmp_path / "worker"):
        live.run("replay", *shipped_feed(), "--kafka", live.settings.kafka, "--out", alerts)
    lines = alerts.read_text().splitlines()
    told = json.loads(lines[0])
    changed = tmp_path / "changed.jsonl"
    changed.write_text(json.dumps(told | {"summary": "changed"}) + "\n")
    same = live.run("explain", told["id"], "--file", alerts, "--recompute", "--json")
    other = live.run("explain", told["id"], "--file", changed, "--recompute", "--json")

    assert (0, True) == (same.returncode, json.loads(same.stdout)["log"]["same"])
    assert (1, [f"summary: told changed, comes to {told['summary']}"]) == (
        other.returncode,
        json.loads(other.stdout)["log"]["differences"],
    )


def test_what_was_published_is_what_is_asked(live):
    """The topic is read to its end: a quote from it is the quote from the file."""
    live.run("floors", "publish", "forge-illustrative")
    question = (
        "floors",
        "quote",
        "--product",
        "silicon|metal",
        "--origin",
        "CN",
        "--price",
        "1.52",
        "--date",
        "2025-12-31",
    )
    published = live.run(*question, "--kafka", live.settings.kafka, "--json")

    assert published.returncode == 0, published.stderr
    assert published.stdout == live.run(*question, "--floors", "forge-illustrative", "--json").stdout


def test_nothing_is_rebuilt_from_a_broker_without_the_topic(live):
    """A wrong address must not empty the store."""
    with redis.Redis.from_url(live.settings.redis) as client:
        client.set("{floorwatch}:sink:offset", 7)
        other = Live(Settings(kafka=live.settings.kafka, redis=live.settings.redis, topic_prefix="absent-"))
        said = other.run("alerts", "rebuild")

        assert (1, b"7") == (said.returncode, client.get("{floorwatch}:sink:offset"))
    assert "Nothing was changed" in said.stderr


def test_a_worker_without_topics_says_what_to_do(kafka, redis_url):
    """It does not create what it lacks, nor wait for it for ever."""
    said = Live(Settings(kafka=kafka.bootstrap, redis=redis_url, topic_prefix="absent-")).run("worker")

    assert said.returncode == 1
    assert "floorwatch topics create" in said.stderr


def test_a_wrong_password_of_redis_is_told_at_once(live):
    """Refused is not away: it is not waited for."""
    with EmbeddedRedis(password="right") as server:
        wrong = server.url.replace("right", "wrong")
        listed = live.run("alerts", "list", "--redis", wrong)
        worker = live.run("worker", "--redis", wrong)

    assert (1, 1) == (listed.returncode, worker.returncode)
    assert "refused the user, the password" in listed.stderr
    assert "refused the user, the password" in worker.stderr
    assert wrong not in worker.stderr


def test_the_doctor_finds_what_is_there(live):
    """Topics, published floors, workers and the store's set-up, each by itself."""
    live.run("floors", "publish", "forge-illustrative")
    found = {each["check"]: each["status"] for each in json.loads(live.run("doctor", "--json").stdout)}

    assert {"kafka": "ok", "floors": "ok", "rates": "warn", "redis": "ok"}.items() <= found.items()
