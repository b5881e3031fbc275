"""
Subscribers of every kind, while the API, Redis and they themselves are killed in the middle of it.

Each ends with every change, in order for each alert, none twice by its id.  Redis loses all it had when it is killed
and is filled again from the topic, by the worker that does so in production.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from kafka import KafkaProducer
from msgspec.structs import replace

from alerts.cursors import START
from alerts.delivery.endpoints import EndpointBook
from alerts.model import AlertChange, ChangeKind, encode_change
from streams.embedded import EmbeddedRedis, free_port
from tests.brokers import Broker
from tests.live import CHECKOUT, LiveRun
from tests.subscriber import read_notes
from tests.unit.alerts.examples import FIRING, change_of

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.integration,
    pytest.mark.once,
    pytest.mark.slow,
    pytest.mark.timeout(900),
]

CHANGES: Final = int(os.environ.get("FLOORWATCH_TEST_CHANGES", "4000"))
ALERTS: Final = 100
STRETCH: Final = 0.2
"""Part of the changes that are let go at once: enough for something to be under way when something is killed."""
RATE: Final = 400
"""Changes a second: there is something under way whenever something is killed."""
KINDS: Final = ("sse", "websocket", "webhook", "group")
PATIENCE_S: Final = 120.0


def changes() -> Iterator[AlertChange]:
    """Yield changes of many alerts in turn."""
    for at in range(CHANGES):
        seq, number = divmod(at, ALERTS)
        kind = ChangeKind.UPDATED if seq else ChangeKind.OPENED
        yield change_of(replace(FIRING, id=f"{number:020d}", revision=seq + 1), seq + 1, kind)


class Run:
    """An installation with subscribers, all of it processes that can be killed."""

    def __init__(self, live: LiveRun, store: EmbeddedRedis, folder: Path) -> None:
        self.live = live
        self.store = store
        self.folder = folder
        self.api_port, self.hook_port = free_port(), free_port()
        self.published = 0
        self.allowed = threading.Semaphore(0)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.environ = os.environ | {
            "FLOORWATCH_KAFKA": live.bootstrap,
            "FLOORWATCH_REDIS": store.url,
            "FLOORWATCH_REDIS_NAMESPACE": live.namespace,
            "FLOORWATCH_TOPIC_PREFIX": live.names.prefix,
            "FLOORWATCH_STATE_DIR": str(folder / "state"),
            "FLOORWATCH_WEBHOOK_ALLOW": "127.0.0.0/8",
            "FLOORWATCH_WEBHOOK_RETRY_SECONDS": ",".join(["0.2"] * 500),
        }

    @property
    def api_url(self) -> str:
        """Where the API is."""
        return f"http://127.0.0.1:{self.api_port}"

    def notes(self, kind: str) -> Path:
        """Return the file of a subscriber."""
        return self.folder / f"{kind}.notes"

    def begin(self, name: str, *words: str) -> None:
        """Start a process."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", *words], cwd=CHECKOUT, env=self.environ, stdout=log, stderr=log
            )

    def begin_api(self) -> None:
        """Start the API and return once it answers."""
        self.begin("api", "streams.cli", "serve", "--port", str(self.api_port), "--floors", "forge-illustrative")
        self.until(lambda: _answers(self.api_url))

    def begin_subscriber(self, kind: str) -> None:
        """Start a subscriber."""
        address = {"webhook": f"http://127.0.0.1:{self.hook_port}", "group": self.store.url}.get(kind, self.api_url)
        more = [self.live.namespace] if kind == "group" else []
        self.begin(kind, "tests.subscriber", kind, str(self.notes(kind)), address, *more)

    def kill(self, name: str) -> None:
        """End a process with SIGKILL."""
        self.processes[name].send_signal(signal.SIGKILL)
        self.processes[name].wait()

    def publish(self) -> None:
        """Write every change to the topic, at a rate, as far as it is allowed."""
        producer = KafkaProducer(bootstrap_servers=self.live.bootstrap, linger_ms=5, acks="all")
        for at, change in enumerate(changes()):
            self.allowed.acquire()
            producer.send(
                self.live.names.alerts, key=change.alert_id.encode(), value=encode_change(change), partition=0
            )
            self.published = at + 1
            if at % 20 == 0:
                time.sleep(20 / RATE)
        producer.close()

    def until(self, reached: Callable[[], bool]) -> None:
        """Wait until something is reached; fail where nothing moves for long."""
        seen: Any = None
        deadline = time.monotonic() + PATIENCE_S
        while not reached():
            self.live.supervise()
            now = [self.published, *(self.count(each) for each in KINDS)]
            if now != seen:
                seen, deadline = now, time.monotonic() + PATIENCE_S
            assert time.monotonic() < deadline, f"nothing moves: {seen}; {self.logs()}"
            time.sleep(0.05)

    def count(self, kind: str) -> int:
        """Return how many changes a subscriber has."""
        path = self.notes(kind)
        return path.read_bytes().count(b"\n") if path.exists() else 0

    def midway(self, part: float) -> None:
        """Wait until every subscriber has a part of the changes, and let more of them come meanwhile."""
        self.allowed.release(int(STRETCH * CHANGES))
        self.until(lambda: all(self.count(each) >= part * CHANGES for each in KINDS))

    def logs(self) -> str:
        """Return the ends of the logs."""
        return "\n".join(f"{path.name}: {path.read_text()[-1500:]}" for path in self.folder.glob("*.log"))

    def close(self) -> None:
        """End everything."""
        for each in self.processes.values():
            each.kill()
            each.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
def run(kafka: Broker, fresh_topics: str, tmp_path: Path) -> Iterator[Run]:
    """Return an installation with one subscriber of each kind, nothing published."""
    with (
        EmbeddedRedis() as store,
        LiveRun(broker=kafka, redis_url=store.url, prefix=fresh_topics, folder=tmp_path) as live,
    ):
        live.start()
        made = Run(live, store, tmp_path)
        book = EndpointBook(tmp_path / "state" / "webhooks.sqlite")
        book.add(f"http://127.0.0.1:{made.hook_port}/", created_at="2025-01-01T00:00:00Z", after=START)
        book.close()
        try:
            made.begin_api()
            for kind in KINDS:
                made.begin_subscriber(kind)
            yield made
        finally:
            made.close()


def test_every_subscriber_ends_with_every_change_whatever_is_killed(run: Run) -> None:
    """The API, Redis with all it had, the subscribers, and all of them at once."""
    publishing = threading.Thread(target=run.publish)
    publishing.start()
    run.midway(0.05)
    run.kill("api")
    run.begin_api()
    run.midway(0.25)
    run.store.kill()
    run.store.start()
    run.midway(0.45)
    for kind in KINDS:
        run.kill(kind)
        run.begin_subscriber(kind)
    run.midway(0.65)
    run.kill("api")
    run.store.kill()
    for kind in KINDS:
        run.kill(kind)
    run.store.start()
    run.begin_api()
    for kind in KINDS:
        run.begin_subscriber(kind)
    run.allowed.release(CHANGES)
    run.until(lambda: all(run.count(kind) >= CHANGES for kind in KINDS))
    publishing.join()
    expected = [each.id for each in changes()]
    for kind in KINDS:
        heard = [each.id for each in read_notes(run.notes(kind))]
        assert len(heard) == len(set(heard)), f"{kind}: some twice"
        assert set(heard) == set(expected), f"{kind}: {len(set(expected) - set(heard))} lost"
        assert heard == expected, f"{kind}: out of order"
    print(f"{CHANGES} changes, {len(KINDS)} subscribers: all, in order, none twice")
