"""`floorwatch serve` as a process, on a real broker and a real store: what it says of itself is what it does."""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from msgspec.structs import replace

from alerts.model import ChangeKind, Severity
from alerts.redis_store import RedisStore
from streams.embedded import free_port
from streams.topics import TopicPlan, create
from tests.brokers import Broker
from tests.unit.alerts.examples import FIRING, RESOLVED, change_of

pytestmark = [pytest.mark.integration, pytest.mark.once]

CHECKOUT = Path(__file__).resolve().parents[2]
CHANGES = [
    change_of(FIRING),
    change_of(RESOLVED, 2, ChangeKind.RESOLVED),
    *(
        change_of(replace(FIRING, id=f"{number:020d}", opened_at=f"2025-05-{number + 1:02d}T00:00:00Z", severity=each))
        for number, each in enumerate(Severity)
    ),
]
PATH = f"/v1/alerts/{FIRING.id}"
PATIENCE_S = 60.0
COMMAND = [sys.executable, "-m", "streams.cli"]


def completed(command: list[str], environ: dict[str, str], folder: Path = CHECKOUT) -> subprocess.CompletedProcess[str]:
    """Return what became of a command."""
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


@dataclass
class Installation:
    """A broker, a store, a folder for state, and the API on them."""

    environ: dict[str, str]
    port: int
    log_path: Path
    process: subprocess.Popen[bytes] | None = None

    def run(self, *words: str) -> Any:
        """Return what a command prints as JSON."""
        done = completed([*COMMAND, *words, "--json"], self.environ)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def start(self) -> None:
        """Start the API and return once it is ready."""
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "streams.cli",
                    "serve",
                    "--port",
                    str(self.port),
                    "--floors",
                    "forge-illustrative",
                ],
                cwd=CHECKOUT,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + PATIENCE_S
        while not self.is_ready():
            assert self.process.poll() is None, self.log_path.read_text()
            assert time.monotonic() < deadline, self.log_path.read_text()
            time.sleep(0.05)

    def is_ready(self) -> bool:
        """Return whether it answers that it is ready."""
        try:
            return httpx.get(f"{self.url}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """End the API with SIGKILL."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ask the API to end and return its exit status."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=PATIENCE_S)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def client(self, *scopes: str) -> httpx.Client:
        """Return a client with a new token; without scopes, with none."""
        headers = {}
        if scopes:
            words = [word for scope in scopes for word in ("--scope", scope)]
            headers["Authorization"] = f"Bearer {self.run('tokens', 'create', 'maria', *words)['token']}"
        return httpx.Client(base_url=self.url, headers=headers, timeout=PATIENCE_S)


@pytest.fixture
def installation(kafka: Broker, redis_url: str, fresh_topics: str, tmp_path: Path) -> Iterator[Installation]:
    """Return an installation with some alerts, its API running."""
    create(kafka.bootstrap, TopicPlan(prefix=fresh_topics, app_id=f"{fresh_topics}floorwatch"))
    environ = os.environ | {
        "FLOORWATCH_KAFKA": kafka.bootstrap,
        "FLOORWATCH_REDIS": redis_url,
        "FLOORWATCH_TOPIC_PREFIX": fresh_topics,
        "FLOORWATCH_APP_ID": f"{fresh_topics}floorwatch",
        "FLOORWATCH_STATE_DIR": str(tmp_path / "state"),
    }
    asyncio.run(_fill(redis_url))
    made = Installation(environ, free_port(), tmp_path / "serve.log")
    made.start()
    yield made
    if made.process is not None and made.process.poll() is None:
        made.kill()


async def _fill(redis_url: str) -> None:
    store = RedisStore(redis_url)
    await store.apply(list(enumerate(CHANGES)))
    await store.aclose()


@pytest.mark.slow
@pytest.mark.parametrize("scopes", [("admin",), ("read",), ()], ids=["admin", "reader", "nobody"])
def test_no_answer_is_a_fault_or_undocumented(installation, scopes):
    """Whatever is sent, by whoever, in whatever form: the answer is one that the OpenAPI document has."""
    with installation.client(*scopes) as client:
        headers = [f"{name}:{value}" for name, value in client.headers.items() if name == "authorization"]
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        f"{installation.url}/openapi.json",
        "--checks",
        "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
        "--phases",
        "examples,coverage,fuzzing",
        # It has no end to wait for; tests/functional/test_event_stream.py asks it.
        "--exclude-path",
        "/v1/alerts/stream",
        "--max-examples",
        "15",
        "--seed",
        "1",
        "--suppress-health-check",
        "all",
        *(word for header in headers for word in ("--header", header)),
    ]
    # An alert that there is: else every answer would be that there is none.
    folder = installation.log_path.parent
    (folder / "schemathesis.toml").write_text(f'[parameters]\n"path.alert_id" = "{FIRING.id}"\n')
    environ = installation.environ | {"NO_COLOR": "1"}
    done = subprocess.run(
        command, cwd=installation.log_path.parent, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-8000:] + installation.log_path.read_text()[-4000:]


def test_what_people_did_outlives_every_part_but_the_log(installation, redis_url):
    """The API is killed and Redis emptied: the workflow is made again from the topic."""
    with installation.client("admin") as client:
        assert client.post(f"{PATH}/assign", json={"assignee": "li"}).status_code == 201
        taken = client.post(f"{PATH}/comment", json={"comment": "Asked the importer."}).json()
        installation.kill()
        with redis.Redis.from_url(redis_url) as server:
            server.flushall()
        asyncio.run(_fill(redis_url))
        installation.start()
        workflow = _until(lambda: client.get(PATH).json()["workflow"], lambda found: found["comments"])
        assert (workflow["state"], workflow["assignee"]) == ("assigned", "li")
        assert workflow == taken["alert"]["workflow"]


def test_redis_emptied_under_a_running_server_is_filled_again(installation, redis_url):
    """Nobody starts anything: what people did comes back from the topic."""
    with installation.client("admin") as client:
        client.post(f"{PATH}/close", json={"disposition": "referred", "comment": "To the authority."})
        with redis.Redis.from_url(redis_url) as server:
            server.flushall()
        asyncio.run(_fill(redis_url))
        found = _until(lambda: client.get(PATH).json()["workflow"], lambda workflow: workflow["closed_by"])
        assert found["disposition"] == "referred"


def test_a_rebuild_keeps_what_people_did(installation):
    """Alerts and actions are made again from their topics, the API running."""
    with installation.client("admin") as client:
        client.post(f"{PATH}/acknowledge", json={})
    assert installation.run("alerts", "rebuild") == {"changes": 0, "alerts": 0, "actions": 1}


def test_a_revoked_token_no_longer_holds(installation):
    """From the next request on, without a restart."""
    with installation.client("read") as client:
        assert client.get("/v1/me").status_code == 200
        (token,) = installation.run("tokens", "list")
        installation.run("tokens", "revoke", token["id"])
        answer = client.get("/v1/me")
    assert (answer.status_code, "revoked" in answer.json()["detail"]) == (401, True)


def test_the_audit_log_holds_after_all_of_it(installation):
    """Tokens made, actions taken and refused: one chain, sealed when the server ends."""
    with installation.client("admin") as client, installation.client("read") as reader:
        client.post(f"{PATH}/acknowledge", json={})
        assert reader.post(f"{PATH}/acknowledge", json={}).status_code == 403
    assert installation.stop() == 0
    found = installation.run("audit", "verify")
    assert (found["entries"], found["seals"], found["unsealed"], found["findings"]) == (4, 1, 0, [])
    assert installation.run("audit", "verify", "--head", found["head"])["head"] == found["head"]


def test_the_floor_question_is_answered_over_http(installation):
    """As the command line answers it."""
    question = {"product": "silicon|metal", "origin": "CN", "destination": "GB", "price": "1.52", "date": "2025-12-31"}
    with installation.client() as client:
        answer = client.get("/v1/floors/quote", params=question)
        assert (answer.status_code, answer.json()["breach"]) == (200, True)
        words = [word for name, value in question.items() for word in (f"--{name}", value)]
        assert answer.json() == installation.run("floors", "quote", *words, "--floors", "forge-illustrative")
        for wrong, status in (({"price": "cheap"}, 422), ({"date": "someday"}, 422), ({"product": "gold|bar"}, 422)):
            assert client.get("/v1/floors/quote", params=question | wrong).status_code == status
        assert client.get("/v1/floors/quote", params=question | {"destination": "CL"}).status_code == 404


def test_a_request_that_never_ends_is_given_up(installation):
    """Heads that come a byte at a time hold nothing for long, and others are answered meanwhile."""
    held = [socket.create_connection(("127.0.0.1", installation.port)) for _ in range(50)]
    try:
        for each in held:
            each.sendall(b"GET /v1/alerts HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        with installation.client() as client:
            assert client.get("/v1/alerts").status_code == 200
        for each in held:
            each.settimeout(PATIENCE_S)
            # An aborted connection ends with nothing, or with a reset.
            with contextlib.suppress(ConnectionResetError):
                assert each.recv(1) == b""
    finally:
        for each in held:
            each.close()


def test_a_thousand_connections_do_not_lock_anybody_out(installation):
    """Idle ones cost nothing, and a request beside them is answered."""
    held = []
    try:
        with ThreadPoolExecutor(8) as pool:
            held = list(pool.map(lambda _: socket.create_connection(("127.0.0.1", installation.port)), range(1000)))
        with installation.client() as client:
            assert client.get("/v1/alerts?limit=1").status_code == 200
    finally:
        for each in held:
            each.close()


def test_a_server_for_others_does_not_start_without_tokens(installation):
    """Nor is there a default one: it says how to make one."""
    done = completed([*COMMAND, "serve", "--host", "::", "--port", "0"], installation.environ)
    assert (done.returncode, "floorwatch tokens create" in done.stderr) == (1, True)


def _until(ask: Any, reached: Any) -> Any:
    """Ask until what is found will do."""
    deadline = time.monotonic() + PATIENCE_S
    while not reached(found := ask()):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found
