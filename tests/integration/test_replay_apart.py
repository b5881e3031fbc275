"""A replay into a live system: its own topics, worker and keys, and nobody who listens to what is live hears of it."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import redis

from alerts.redis_store import RedisStore
from streams.embedded import EmbeddedRedis, free_port
from streams.feeds import shipped_feed
from streams.replay_apart import forget
from streams.settings import Settings, SettingsError, read_settings, replay_settings
from tests.brokers import Broker
from tests.site import CHECKOUT, PATIENCE_S, Site, answers, until
from tests.unit.alerts.examples import FIRING, change_of

pytestmark = [pytest.mark.integration, pytest.mark.once]

RUN = "january"
LIVE = change_of(FIRING)


@pytest.fixture(scope="module")
def site(kafka: Broker, redis_server: EmbeddedRedis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return a live installation whose API has a webhook, and through which one replay has gone."""
    with redis.Redis.from_url(redis_server.url) as server:
        server.flushall()
    site = Site(kafka, redis_server, tmp_path_factory.mktemp("apart"), prefix="apart-")
    site.run("topics", "create")
    site.run("floors", "publish", "eu-2025-2351", "forge-illustrative")
    site.run("webhooks", "add", site.receiver.url)
    with site.serving():
        site.run(
            *("replay", *shipped_feed(), "--kafka", site.settings.kafka),
            *("--namespace", RUN, "--out", site.folder / "apart.jsonl"),
        )
        yield site
    forget(replay_settings(site.settings, RUN))


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
            client.stream("GET", f"{site.url}/v1/alerts/stream?after=earliest") as answer,
        ):
            store = RedisStore(site.settings.redis)
            await store.apply([(0, LIVE)])
            await store.aclose()
            async for line in answer.aiter_lines():
                if line.startswith("data: ") and '"specversion"' in line:
                    return json.loads(line.removeprefix("data: "))
        raise AssertionError("the stream ended without a change")

    assert asyncio.run(heard_first())["id"] == LIVE.id
    until(lambda: site.receiver.bodies)
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
        until(lambda: answers(f"{url}/readyz"))
        assert len(httpx.get(f"{url}/v1/alerts", timeout=PATIENCE_S).json()["alerts"]) > 10
        serving.kill()
    assert "nothing is delivered" in said
    assert len(site.receiver.bodies) == before


def test_it_can_be_forgotten_and_nothing_else_with_it(site: Site):
    """Its keys and topics go; what is live stays as it was."""
    live = {key for key in site.held() if not key.startswith(b"{replay:")}
    said = json.loads(site.run("alerts", "forget", "--namespace", RUN, "--json").stdout)
    assert said["topics"] >= 6
    assert said["keys"] > 10
    assert site.held() == live
    assert site.get(f"/v1/alerts?run={RUN}").status_code == 400


@pytest.mark.parametrize("command", ["list", "forget"])
def test_a_run_that_is_not_there_is_not_passed_over(site: Site, command: str):
    """Misspelt, or forgotten already: neither an empty list nor nothing deleted, with exit 0."""
    assert "there is no run 'nosuch'" in site.run("alerts", command, "--namespace", "nosuch", status=1).stderr


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
