"""An installation of a test's own: topics by a prefix, a folder for state, commands and the API as processes."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Final

import httpx
import redis

from streams.embedded import EmbeddedRedis, free_port
from streams.log_reader import log_reader, partitions_of, read_to_end
from streams.settings import Settings
from streams.topics import TopicNames
from tests.brokers import Broker

CHECKOUT: Final = Path(__file__).resolve().parents[1]
PATIENCE_S: Final = 60.0


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
    """An installation whose topics begin with *prefix*, without a worker."""

    def __init__(self, kafka: Broker, server: EmbeddedRedis, folder: Path, *, prefix: str) -> None:
        self.port = free_port()
        self.folder = folder
        self.receiver = Receiver()
        self.settings = Settings(kafka=kafka.bootstrap, redis=server.url, topic_prefix=prefix, app_id=f"{prefix}app")
        self.environ = os.environ | {
            "FLOORWATCH_KAFKA": kafka.bootstrap,
            "FLOORWATCH_REDIS": server.url,
            "FLOORWATCH_TOPIC_PREFIX": prefix,
            "FLOORWATCH_APP_ID": f"{prefix}app",
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
        return httpx.get(f"{self.url}{path}", timeout=PATIENCE_S)

    def records(self) -> dict[str, int]:
        """Return how many records each live topic but that of reference data has."""
        names = TopicNames(self.settings.topic_prefix)
        wanted = (names.trades, names.ticks, names.alerts, names.alert_actions, names.dead_letters)
        with log_reader(self.settings.kafka) as consumer:
            return {
                name: sum(len(run) for run in read_to_end(consumer, partitions_of(consumer, name))) for name in wanted
            }

    def held(self) -> set[bytes]:
        """Return the keys in Redis."""
        with redis.Redis.from_url(self.settings.redis) as server:
            return set(server.scan_iter())

    @property
    def url(self) -> str:
        """Where the API listens."""
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def serving(self, **environ: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run the API, with more variables, and wait until it is ready."""
        with (self.folder / "serve.log").open("ab") as log:
            command = [sys.executable, "-m", "streams.cli", "serve"]
            running = subprocess.Popen(command, cwd=CHECKOUT, env=self.environ | environ, stdout=log, stderr=log)
        try:
            until(lambda: answers(f"{self.url}/readyz"), self.log)
            yield running
        finally:
            running.kill()
            running.wait()

    def log(self) -> str:
        """Return what the API wrote."""
        return (self.folder / "serve.log").read_text()


def answers(url: str) -> bool:
    """Return whether *url* answers that all is well."""
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def until(reached: Any, said: Any = lambda: "") -> None:
    """Return once *reached*; fail with what was *said* where that takes too long."""
    deadline = time.monotonic() + PATIENCE_S
    while not reached():
        assert time.monotonic() < deadline, said()
        time.sleep(0.05)
