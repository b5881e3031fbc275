"""
A whole installation for the console's tests: a broker, a store, the API as a process that can be killed, and a browser.

Changes are put into the store as a worker's sink puts them: with offsets that go on, each change once.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Final, Self

import httpx
import pytest

from alerts.access import Scope, TokenFile
from alerts.clock import utc_now
from alerts.model import AlertChange
from alerts.redis_store import RedisStore
from streams.assembly import new_engine
from streams.embedded import EmbeddedRedis, free_port
from streams.feed_records import Progress, ReplayOptions, read_records
from streams.feeds.shipped import shipped_feed
from streams.normalise import Normaliser
from streams.records import encode_record
from streams.reference.book import ReferenceBook
from streams.replay import load_book
from streams.settings import Settings
from streams.simulate import feed, schedule
from streams.simulate.planting import planted_world
from streams.topics import TopicPlan, create
from tests.brokers import Broker

CHECKOUT: Final = Path(__file__).resolve().parents[1]
FLOORS: Final = "forge-illustrative"
PATIENCE_S: Final = 60.0
SLICE: Final = 50


def shipped_changes() -> list[AlertChange]:
    """Return every change of every alert that the shipped feed leads to, as a worker tells them."""
    options = ReplayOptions(as_of=date(2026, 11, 1))
    records = (record for record, _, _ in read_records(shipped_feed(), options, Progress()))
    return _told(load_book([FLOORS]), [encode_record(each) for each in records])


def simulated_changes() -> list[AlertChange]:
    """Return every change of every alert of one simulated mineral with a dumping margin: it has normal values."""
    world = planted_world(7, 30, ["dumping_margin"], honest=0)
    return _told(ReferenceBook(entries=schedule.entries(world)), [encode_record(each) for each in feed.trades(world)])


def _told(book: ReferenceBook, values: Sequence[bytes]) -> list[AlertChange]:
    engine = new_engine(Settings(), Normaliser(book))
    steps = [engine.step(values[start : start + SLICE]).told for start in range(0, len(values), SLICE)]
    return [told.change for step in [*steps, engine.end()] for told in step]


def chromium() -> str:
    """Return where Chromium is, or skip and say how to get it."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium to drive: apt-get install chromium")
    return found


class Installation:
    """A broker's topics, a store of its own and the API on them; all end with the context."""

    def __init__(self, kafka: Broker, prefix: str, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log_path = folder / "serve.log"
        self._kafka, self._prefix, self._folder = kafka, prefix, folder
        self._parts = ExitStack()
        self._apart = ThreadPoolExecutor(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._offset = 0

    def __enter__(self) -> Self:
        create(self._kafka.bootstrap, TopicPlan(prefix=self._prefix, app_id=f"{self._prefix}floorwatch"))
        self.store = self._parts.enter_context(EmbeddedRedis())
        self._parts.callback(self._apart.shutdown)
        self._parts.callback(self.kill)
        tokens = TokenFile(self._folder / "state" / "tokens.json")
        every = (Scope.READ, Scope.ACK, Scope.SILENCE, Scope.FLOORS)
        self.token, _ = tokens.create("maria", every, created_at=utc_now())
        self.reader, _ = tokens.create("jo", (Scope.READ,), created_at=utc_now())
        return self

    def __exit__(self, *raised: object) -> None:
        self._parts.close()

    def start(self) -> None:
        """Start the API and return once it is ready."""
        environ = {name: value for name, value in os.environ.items() if not name.startswith("FLOORWATCH_")} | {
            "FLOORWATCH_KAFKA": self._kafka.bootstrap,
            "FLOORWATCH_REDIS": self.store.url,
            "FLOORWATCH_TOPIC_PREFIX": self._prefix,
            "FLOORWATCH_APP_ID": f"{self._prefix}floorwatch",
            "FLOORWATCH_STATE_DIR": str(self._folder / "state"),
        }
        command = [sys.executable, "-m", "streams.cli", "serve", "--port", str(self.port), "--floors", FLOORS]
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=CHECKOUT, env=environ, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE_S
        while not self._is_ready():
            assert self._process.poll() is None, self.log_path.read_text()
            assert time.monotonic() < deadline, self.log_path.read_text()
            time.sleep(0.05)

    def kill(self) -> None:
        """End the API with SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def tell(self, changes: Sequence[AlertChange]) -> None:
        """Have changes come, after those that have."""
        numbered = list(enumerate(changes, self._offset))
        self._offset += len(numbered)
        # Apart: the thread of a browser's driver has a loop of its own.
        self._apart.submit(lambda: asyncio.run(_apply(self.store.url, numbered))).result()

    @contextmanager
    def without_tokens(self) -> Iterator[None]:
        """Have no token for a while: whoever is on this machine may read."""
        path = self._folder / "state" / "tokens.json"
        aside = path.rename(path.with_suffix(".aside"))
        try:
            yield
        finally:
            aside.rename(path)

    def ask(self, path: str) -> Any:
        """Return what the API answers, as JSON."""
        answer = httpx.get(self.url + path, headers={"Authorization": f"Bearer {self.token}"})
        return answer.raise_for_status().json()

    def act(self, path: str, body: dict[str, Any]) -> None:
        """Do something about an alert."""
        answer = httpx.post(self.url + path, json=body, headers={"Authorization": f"Bearer {self.token}"})
        answer.raise_for_status()

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz").status_code == 200
        except httpx.TransportError:
            return False


async def _apply(url: str, numbered: list[tuple[int, AlertChange]]) -> None:
    store = RedisStore(url)
    await store.apply(numbered)
    await store.aclose()
