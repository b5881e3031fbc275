"""The whole path over TLS: SCRAM at Kafka, an ACL at Redis, certificates made on the spot."""

import json
import os
import subprocess
import sys

import pytest
import redis

from streams.feeds import shipped_feed
from streams.local_worker import WorkerProcess
from streams.settings import Settings
from tests.secure_servers import Certificates, SecureKafka, SecureRedis

pytestmark = [pytest.mark.integration, pytest.mark.apache]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """Return an authority and a server's certificate by it."""
    return Certificates.make(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def secure_redis(certificates, tmp_path_factory):
    """Return a Redis that is reached over TLS alone, running."""
    with SecureRedis(certificates, folder=tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def secure_kafka(certificates, tmp_path_factory):
    """Return an Apache Kafka with a listener by TLS and SCRAM, running; skip where Apache Kafka is not asked for."""
    if os.environ.get("FLOORWATCH_TEST_KAFKA") != "apache":
        pytest.skip("the embedded broker knows neither TLS nor SCRAM: make test KAFKA=apache")
    with SecureKafka(certificates, folder=tmp_path_factory.mktemp("kafka")) as server:
        yield server


@pytest.fixture
def settings(certificates, secure_kafka, secure_redis, tmp_path):
    """Return settings as deploy/README.md shows them, the passwords in files."""
    secret = tmp_path / "kafka_password"
    secret.write_text(secure_kafka.password)
    return Settings(
        kafka=secure_kafka.secure_bootstrap,
        kafka_protocol="SASL_SSL",
        kafka_mechanism="SCRAM-SHA-512",
        kafka_user=secure_kafka.user,
        kafka_password_file=str(secret),
        kafka_cafile=str(certificates.authority),
        redis=secure_redis.url,
        redis_password_file=str(secure_redis.password_file),
        session_timeout_seconds=6.0,
        rebalance_timeout_seconds=6.0,
    )


NAMES = ("kafka", "kafka_protocol", "kafka_mechanism", "kafka_user", "kafka_password_file", "kafka_cafile")
NAMES_OF_REDIS = ("redis", "redis_password_file")


def run(settings, *arguments, **changed):
    """Run a command under *settings*, some of them *changed*."""
    given = {name: changed.get(name, getattr(settings, name)) for name in (*NAMES, *NAMES_OF_REDIS)}
    environ = {f"FLOORWATCH_{name.upper()}": str(value) for name, value in given.items()}
    command = [sys.executable, "-m", "streams.cli", *map(str, arguments)]
    return subprocess.run(command, env=os.environ | environ, capture_output=True, text=True, check=False)


def test_the_whole_path_works_over_tls_with_logins(settings, tmp_path):
    """Topics, floors, a worker, a replay, the list of alerts, a rebuild and doctor, each by the same settings."""
    for command in (("topics", "create"), ("floors", "publish", "eu-2025-2351", "forge-illustrative")):
        done = run(settings, *command)
        assert done.returncode == 0, done.stderr
    with WorkerProcess(settings, folder=tmp_path / "worker"):
        through = run(settings, "replay", *shipped_feed(), "--kafka", settings.kafka, "--out", tmp_path / "out.jsonl")
        assert through.returncode == 0, through.stderr
    told = len((tmp_path / "out.jsonl").read_text().splitlines())
    listed = run(settings, "alerts", "list", "--json")
    assert len(json.loads(listed.stdout)) == told > 0, listed.stderr
    rebuilt = run(settings, "alerts", "rebuild", "--json")
    assert json.loads(rebuilt.stdout)["alerts"] == told, rebuilt.stderr
    findings = {each["check"]: each["status"] for each in json.loads(run(settings, "doctor", "--json").stdout)}
    assert (findings["kafka"], findings["topics"], findings["redis"]) == ("ok", "ok", "ok")


def test_a_kafka_whose_authority_is_not_known_is_refused_in_one_line(settings):
    """Believing any certificate would be no encryption at all."""
    done = run(settings, "topics", "describe", kafka_cafile="")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "certificate" in done.stderr


def test_a_redis_whose_authority_is_not_known_is_refused_in_one_line(settings):
    """As with Kafka; and the password is not sent to it, nor shown."""
    done = run(settings, "alerts", "list", redis=settings.redis.partition("?")[0])
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "certificate" in done.stderr.lower()


def test_the_user_of_floorwatch_may_touch_nothing_but_its_own_keys(secure_redis):
    """What the shipped rights are for."""
    password = secure_redis.password_file.read_text()
    with redis.Redis.from_url(secure_redis.url_of("floorwatch", password)) as client:
        assert client.set("{floorwatch}:x", "1")
        for forbidden in (("SET", "x", "1"), ("FLUSHALL",), ("CONFIG", "GET", "dir"), ("ACL", "LIST"), ("KEYS", "*")):
            with pytest.raises(redis.exceptions.NoPermissionError):
                client.execute_command(*forbidden)
        client.delete("{floorwatch}:x")


@pytest.mark.parametrize(
    ("user", "password"),
    [pytest.param("default", "", id="default user"), pytest.param("floorwatch", "not-it", id="wrong password")],
)
def test_nobody_else_is_let_in(secure_redis, user, password):
    """The default user is switched off."""
    with (
        redis.Redis.from_url(secure_redis.url_of(user, password)) as client,
        pytest.raises(redis.exceptions.AuthenticationError),
    ):
        client.ping()
