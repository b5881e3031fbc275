"""Every client against a Kafka that wants a login: the right password everywhere, and what is said of a wrong one."""

import json
import subprocess
import sys

import pytest

from streams.feeds import shipped_feed
from streams.local_worker import WorkerProcess
from streams.settings import Settings

pytestmark = [pytest.mark.integration, pytest.mark.apache]

WRONG = "not-it"


@pytest.fixture
def settings(apache_kafka, redis_url, fresh_topics, tmp_path):
    """Return settings that log in with a password from a file."""
    secret = tmp_path / "password"
    secret.write_text(f"{apache_kafka.password}\n")
    return Settings(
        kafka=apache_kafka.sasl_bootstrap,
        kafka_protocol="SASL_PLAINTEXT",
        kafka_mechanism="PLAIN",
        kafka_user=apache_kafka.user,
        kafka_password_file=str(secret),
        redis=redis_url,
        topic_prefix=fresh_topics,
        app_id=f"{fresh_topics}app",
        session_timeout_seconds=6.0,
        rebalance_timeout_seconds=6.0,
    )


def run(settings, *arguments):
    """Run a command under *settings*."""
    names = ("kafka", "kafka_protocol", "kafka_mechanism", "kafka_user", "kafka_password_file", "redis")
    given = {f"FLOORWATCH_{name.upper()}": getattr(settings, name) for name in (*names, "topic_prefix", "app_id")}
    command = ["env", *(f"{name}={value}" for name, value in given.items()), sys.executable, "-m", "streams.cli"]
    return subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True, check=False)


def test_the_whole_path_works_behind_a_login(settings, tmp_path):
    """Topics, floors, a worker, a replay and a rebuild, each by the same settings; doctor finds nothing wrong."""
    for command in (("topics", "create"), ("floors", "publish", "eu-2025-2351", "forge-illustrative")):
        done = run(settings, *command)
        assert done.returncode == 0, done.stderr
    with WorkerProcess(settings, folder=tmp_path / "worker"):
        through = run(settings, "replay", *shipped_feed(), "--kafka", settings.kafka, "--out", tmp_path / "out.jsonl")
        assert through.returncode == 0, through.stderr
    rebuilt = run(settings, "alerts", "rebuild", "--json")
    assert json.loads(rebuilt.stdout)["alerts"] == len((tmp_path / "out.jsonl").read_text().splitlines()) > 0
    findings = {each["check"]: each["status"] for each in json.loads(run(settings, "doctor", "--json").stdout)}
    assert (findings["kafka"], findings["topics"], findings["workers"]) == ("ok", "ok", "ok")


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("worker",), id="worker"),
        pytest.param(("topics", "create"), id="topics create"),
        pytest.param(("topics", "describe"), id="topics describe"),
        pytest.param(("floors", "publish", "eu-2025-2351"), id="floors publish"),
        pytest.param(("ingest", *shipped_feed()[:1]), id="ingest"),
        pytest.param(("replay", *shipped_feed()[:1], "--kafka", "BOOTSTRAP"), id="replay"),
        pytest.param(("alerts", "rebuild"), id="alerts rebuild"),
    ],
)
def test_a_wrong_password_is_one_clear_line(settings, tmp_path, command):
    """At once, with exit status 1, and without the password."""
    (tmp_path / "password").write_text(WRONG)
    done = run(settings, *(settings.kafka if word == "BOOTSTRAP" else word for word in command))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    said = [text for text in done.stderr.splitlines() if text.startswith("error: ")]
    assert len(said) == 1
    assert "refused user 'floorwatch'" in said[0]
    assert WRONG not in done.stderr


def test_doctor_says_which_settings_are_wrong(settings, tmp_path):
    """A refusal is not an absence."""
    (tmp_path / "password").write_text(WRONG)
    done = run(settings, "doctor", "--json")
    found = next(each for each in json.loads(done.stdout) if each["check"] == "kafka")
    assert (done.returncode, found["status"]) == (1, "fail")
    assert "FLOORWATCH_KAFKA_" in found["advice"]
