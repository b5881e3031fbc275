"""A replay into a live system: its own topics, worker and keys, and nobody who listens to what is live hears of it."""

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from alerts.redis_store import RedisStore
from streams.embedded import EmbeddedRedis, free_port
from streams.feeds import shipped_feed
from streams.log_reader import log_reader, partitions_of, read_to_end
from streams.replay_apart import forget
from streams.settings import Settings, SettingsError, read_settings, replay_settings
from streams.topics import TopicNames
from tests.brokers import Broker
from tests.unit.alerts.examples import FIRING, change_of

pytestmark = [pytest.mark.integration, pytest.mark.once]

CHECKOUT = Path(__file__).resolve().parents[2]
PREFIX = "apart-"
RUN = "january"
PATIENCE_S = 60.0
LIVE = change_of(FIRING)


class Receiver:
    """A webhook's other end, which keeps what it was sent."""

    def __init__(self) -> None:
        self.bodies: list[Any] = []
        bodies = self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.server_port}/"


class Site:
    """A live installation without a worker: what is on its topics and in its store only a replay can have put there."""

    def __init__(self, kafka: Broker, server: EmbeddedRedis, folder: Path) -> None:
        self.port = free_port()
        self.folder = folder
        self.receiver = Receiver()
        self.settings = Settings(kafka=kafka.bootstrap, redis=server.url, topic_prefix=PREFIX, app_id=f"{PREFIX}app")
        self.environ = os.environ | {
            "FLOORWATCH_KAFKA": kafka.bootstrap,
            "FLOORWATCH_REDIS": server.url,
            "FLOORWATCH_TOPIC_PREFIX": PREFIX,
            "FLOORWATCH_APP_ID": f"{PREFIX}app",
            "FLOORWATCH_STATE_DIR": str(folder / "state"),
            "FLOORWATCH_API_PORT": str(self.port),
            "FLOORWATCH_WEBHOOK_ALLOW": "127.0.0.1/32",
        }

    def run(self, *words: Any, status: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a command that ends with *status*."""
        command = [sys.executable, "-m", "streams.cli", *map(str, words)]
        done = subprocess.run(command, cwd=CHECKOUT, env=self.environ, capture_output=True, text=True, check=False)
        assert done.returncode == status, done.stderr
        return done

    def get(self, path: str) -> httpx.Response:
        """Ask the API."""
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE_S)

    def records(self) -> dict[str, int]:
        """Return how many records each live topic but that of reference data has."""
        names = TopicNames(PREFIX)
        wanted = (names.trades, names.ticks, names.alerts, names.alert_actions, names.dead_letters)
        with log_reader(self.settings.kafka) as consumer:
            return {
                name: sum(len(run) for run in read_to_end(consumer, partitions_of(consumer, name))) for name in wanted
            }

    def held(self) -> set[bytes]:
        """Return the keys in Redis."""
        with redis.Redis.from_url(self.settings.redis) as server:
            return set(server.scan_iter())


@pytest.fixture(scope="module")
def site(kafka: Broker, redis_server: EmbeddedRedis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return a live installation whose API has a webhook, and through which one replay has gone."""
    with redis.Redis.from_url(redis_server.url) as server:
        server.flushall()
    site = Site(kafka, redis_server, tmp_path_factory.mktemp("apart"))
    site.run("topics", "create")
    site.run("floors", "publish", "eu-2025-2351", "forge-illustrative")
    site.run("webhooks", "add", site.receiver.url)
    with (site.folder / "serve.log").open("wb") as log:
        command = [sys.executable, "-m", "streams.cli", "serve"]
        serving = subprocess.Popen(command, cwd=CHECKOUT, env=site.environ, stdout=log, stderr=log)
    deadline = time.monotonic() + PATIENCE_S
    while not _is_ready(site):
        assert time.monotonic() < deadline, (site.folder / "serve.log").read_text()
        time.sleep(0.05)
    site.run(
        *("replay", *shipped_feed(), "--kafka", site.settings.kafka),
        *("--namespace", RUN, "--out", site.folder / "apart.jsonl"),
    )
    yield site
    serving.kill()
    serving.wait()
    forget(replay_settings(site.settings, RUN))


def _is_ready(site: Site) -> bool:
    try:
        return site.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False


def test_it_comes_to_the_alerts_of_a_direct_replay(site: Site):
    """By the reference data that are live, through topics and a worker: byte for byte."""
    site.run("replay", *shipped_feed(), "--direct", "--out", site.folder / "direct.jsonl")
    found = (site.folder / "apart.jsonl").read_bytes()
    assert found == (site.folder / "direct.jsonl").read_bytes()
    assert found.count(b"\n") > 10


def test_no_live_topic_and_no_live_key_has_anything_of_it(site: Site):
    """Every key that it wrote is under its own namespace, and the live topics are empty."""
    assert set(site.records().values()) == {0}
    assert {key for key in site.held() if not key.startswith(b"{replay:january}:")} == set()


def test_the_api_lists_it_by_its_name_only(site: Site):
    """Without the name there is nothing; with it the alerts of the replay, and each of them whole."""
    assert site.get("/v1/alerts").json()["alerts"] == []
    (listed,) = site.get(f"/v1/alerts?run={RUN}&limit=1").json()["alerts"]
    assert site.get(f"/v1/alerts/{listed['id']}").status_code == 404
    assert site.get(f"/v1/alerts/{listed['id']}?run={RUN}").json()["id"] == listed["id"]
    assert len(site.get(f"/v1/alerts/{listed['id']}/history?run={RUN}").json()["changes"]) > 0
    shown = json.loads(site.run("alerts", "list", "--namespace", RUN, "--json").stdout)
    assert len(shown) == (site.folder / "apart.jsonl").read_bytes().count(b"\n")


@pytest.mark.parametrize("name", ["february", "No Name", ""])
def test_a_replay_that_is_not_there_is_said(site: Site, name: str):
    """A misspelt name shows neither an empty list nor what is live."""
    answer = site.get(f"/v1/alerts?run={name}")
    assert answer.status_code == 400
    assert "there is no replay" in answer.json()["detail"]


def test_those_who_hear_what_is_live_hear_nothing_of_it(site: Site):
    """The first thing that stream and webhook get, after all of the replay, is the first change that is live."""

    async def heard_first() -> Any:
        async with (
            httpx.AsyncClient(timeout=PATIENCE_S) as client,
            client.stream("GET", f"http://127.0.0.1:{site.port}/v1/alerts/stream?after=earliest") as answer,
        ):
            store = RedisStore(site.settings.redis)
            await store.apply([(0, LIVE)])
            await store.aclose()
            async for line in answer.aiter_lines():
                if line.startswith("data: ") and '"specversion"' in line:
                    return json.loads(line.removeprefix("data: "))
        raise AssertionError("the stream ended without a change")

    assert asyncio.run(heard_first())["id"] == LIVE.id
    deadline = time.monotonic() + PATIENCE_S
    while not site.receiver.bodies:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert [each["id"] for each in site.receiver.bodies] == [LIVE.id]


def test_a_name_is_taken_once(site: Site):
    """Records of two replays would be judged together: the second is told to take another name."""
    words = ("replay", *shipped_feed(), "--kafka", site.settings.kafka, "--namespace", RUN)
    assert "take another name" in site.run(*words, status=1).stderr


def test_a_server_of_a_replay_delivers_nothing(site: Site):
    """`floorwatch serve` in the namespace of a replay, with the endpoints of the live one, posts nothing."""
    environ = site.environ | {"FLOORWATCH_NAMESPACE": f"replay:{RUN}", "FLOORWATCH_API_PORT": str(free_port())}
    before = len(site.receiver.bodies)
    command = [sys.executable, "-m", "streams.cli", "serve", "--floors", "forge-illustrative"]
    with subprocess.Popen(command, cwd=CHECKOUT, env=environ, stderr=subprocess.PIPE, text=True) as serving:
        assert serving.stderr is not None
        said = next(line for line in serving.stderr if "replay:" in line)
        while "serving" not in said:
            said += next(serving.stderr)
        url = f"http://127.0.0.1:{environ['FLOORWATCH_API_PORT']}"
        deadline = time.monotonic() + PATIENCE_S
        while not _answers(f"{url}/readyz"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert len(httpx.get(f"{url}/v1/alerts", timeout=PATIENCE_S).json()["alerts"]) > 10
        serving.kill()
    assert "nothing is delivered" in said
    assert len(site.receiver.bodies) == before


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def test_it_can_be_forgotten_and_nothing_else_with_it(site: Site):
    """Its keys and topics go; what is live stays as it was."""
    live = {key for key in site.held() if not key.startswith(b"{replay:")}
    said = json.loads(site.run("alerts", "forget", "--namespace", RUN, "--json").stdout)
    assert said["topics"] >= 6
    assert said["keys"] > 10
    assert site.held() == live
    assert site.get(f"/v1/alerts?run={RUN}").status_code == 400


def test_what_is_live_cannot_be_forgotten(site: Site):
    """The settings of the live system are refused."""
    with pytest.raises(ValueError, match="live system"):
        forget(site.settings)


def test_a_namespace_is_entered_once():
    """A process that is handed the settings of a run is in its namespace, not in one within it."""
    run = read_settings({"FLOORWATCH_NAMESPACE": "replay:x", "FLOORWATCH_TOPIC_PREFIX": "a."})
    assert (run.topic_prefix, run.app_id, run.redis_namespace) == ("a.replay.x.", "floorwatch-replay-x", "replay:x")
    handed = {f"FLOORWATCH_{name.upper()}": str(getattr(run, name)) for name in ("namespace", "redis_namespace")}
    again = read_settings(handed | {"FLOORWATCH_TOPIC_PREFIX": run.topic_prefix, "FLOORWATCH_APP_ID": run.app_id})
    assert again == run


@pytest.mark.parametrize("name", ["", "a_b", "A", "-a", "a" * 41, "a/b"])
def test_a_run_has_a_name_that_topics_can_have(name: str):
    """Anything else is refused before anything is created."""
    with pytest.raises(SettingsError, match="is no name of a run"):
        replay_settings(Settings(), name)
