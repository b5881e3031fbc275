"""A synthetic heartbeat on its whole way: API, Kafka, worker, Kafka, sink, Redis, API, and every kind of subscriber."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from websockets.asyncio.client import connect

from alerts.sse import EventReader
from streams.embedded import EmbeddedRedis
from streams.local_worker import WorkerProcess
from streams.log_reader import log_reader, partitions_of, read_to_end
from streams.replay_apart import SESSION_S
from streams.settings import Settings
from tests.brokers import Broker
from tests.site import PATIENCE_S, Site, until

pytestmark = [pytest.mark.integration, pytest.mark.once]

AGE = re.compile(r'^floorwatch_api_heartbeat_age_seconds\{partition="(\d)"\} (\S+)$', re.MULTILINE)
HEARTBEAT = "org.floorwatch.heartbeat.v1"


@pytest.fixture(scope="module")
def site(kafka: Broker, redis_server: EmbeddedRedis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return an installation with a worker, and an API that probes every second."""
    with redis.Redis.from_url(redis_server.url) as server:
        server.flushall()
    site = Site(kafka, redis_server, tmp_path_factory.mktemp("beats"), prefix="beats-")
    site.run("topics", "create")
    site.run("floors", "publish", "forge-illustrative")
    site.run("webhooks", "add", site.receiver.url, "--heartbeats")
    settings = Settings(
        kafka=kafka.bootstrap,
        redis=redis_server.url,
        topic_prefix="beats-",
        app_id="beats-app",
        metrics_port=0,
        session_timeout_seconds=SESSION_S,
        rebalance_timeout_seconds=SESSION_S,
    )
    with WorkerProcess(settings, folder=site.folder / "worker"), site.serving(FLOORWATCH_PROBE_SECONDS="1"):
        yield site


def test_it_comes_out_of_the_stream_and_the_socket_as_what_it_is(site: Site):
    """Labelled, without an id that would move a cursor."""

    async def streamed() -> Any:
        reader = EventReader()
        async with (
            httpx.AsyncClient(timeout=PATIENCE_S) as client,
            client.stream("GET", f"{site.url}/v1/alerts/stream?origin=NO") as answer,
        ):
            async for data in answer.aiter_bytes():
                for event in reader.feed(data):
                    if event.event == "heartbeat":
                        return event
        raise AssertionError("the stream ended without one")

    async def talked() -> Any:
        async with connect(f"ws{site.url.removeprefix('http')}/v1/ws") as socket:
            await socket.send(json.dumps({"type": "subscribe"}))
            async for text in socket:
                said = json.loads(text)
                if said["type"] == "heartbeat":
                    return said
        raise AssertionError("the socket closed without one")

    event = asyncio.run(streamed())
    assert json.loads(event.data)["type"] == HEARTBEAT
    assert event.last_id in {"", "earliest"}
    assert asyncio.run(talked())["event"]["type"] == HEARTBEAT


def test_it_is_posted_to_an_endpoint_that_wants_it(site: Site):
    """Signed like any event, and nothing else is."""
    until(lambda: site.receiver.bodies, site.log)
    assert {each["type"] for each in site.receiver.bodies} == {HEARTBEAT}


def test_every_partition_has_come_through_and_its_age_is_measured(site: Site):
    """A gauge for each, which rises where one stands still."""

    def partitions() -> set[int]:
        return {each["data"]["partition"] for each in site.receiver.bodies}

    until(lambda: partitions() == {0, 1, 2, 3}, site.log)
    ages = re.findall(
        r'^floorwatch_api_heartbeat_age_seconds\{partition="(\d)"\} (\S+)$', site.get("/metrics").text, re.MULTILINE
    )
    assert [partition for partition, _ in ages] == ["0", "1", "2", "3"]
    assert all(0 <= float(age) < PATIENCE_S for _, age in ages)


def test_it_is_no_alert_and_no_change(site: Site):
    """In no list, in no history, in no stream of Redis; a rebuild passes over it."""
    assert site.get("/v1/alerts?retracted=true").json()["alerts"] == []
    with redis.Redis.from_url(site.settings.redis) as server:
        assert server.xlen("{floorwatch}:alerts") == 0
        assert server.exists("{floorwatch}:heartbeats")
    assert json.loads(site.run("alerts", "rebuild", "--json").stdout)["changes"] == 0
    with log_reader(site.settings.kafka) as consumer:
        keys = {each.key for run in read_to_end(consumer, partitions_of(consumer, "beats-alerts")) for each in run}
    assert keys == {b"heartbeat"}


def test_a_probe_does_not_move_time(site: Site, tmp_path: Path):
    """The log with heartbeats in it comes to nothing: a probe vouches for no day."""
    out = tmp_path / "alerts.jsonl"
    words = ("replay", f"kafka://{site.settings.kafka}", "--direct", "--out", out, "--json")
    assert json.loads(site.run(*words).stdout)["records"] == 0
    assert out.read_bytes() == b""
