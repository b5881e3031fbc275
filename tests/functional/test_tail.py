"""``floorwatch tail`` and ``floorwatch webhooks`` as processes, against an API in this one."""

import asyncio
import json
import os
import sys

import pytest
from msgspec.structs import replace

from alerts.access import Scope
from alerts.delivery.endpoints import EndpointBook
from alerts.model import Severity
from tests.streamed import streamed
from tests.unit.alerts.examples import FIRING, change_of

CHANGES = [change_of(replace(FIRING, id=f"{at:020d}", severity=each)) for at, each in enumerate(Severity)]


@pytest.fixture
async def api(tmp_path):
    """Return the API with an alert of each severity."""
    async with streamed(tmp_path, CHANGES) as running:
        yield running


@pytest.fixture
def environ(tmp_path):
    """Return an environment with a folder for state."""
    return os.environ | {"FLOORWATCH_STATE_DIR": str(tmp_path / "state"), "NO_COLOR": "1"}


async def run(environ, *words):
    """Return the exit status, stdout and stderr of a command."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "streams.cli",
        *words,
        env=environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    stdout, stderr = await process.communicate()
    return process.returncode, stdout.decode(), stderr.decode()


async def test_tail_shows_what_is_selected_a_line_each(api, environ):
    """When, how bad, what, where, and the sentence."""
    status, stdout, stderr = await run(
        environ, "tail", "--url", api.url, "--since", "earliest", "--severity", "high", "--count", "2"
    )
    assert (status, stderr) == (0, "")
    first, second = stdout.splitlines()
    assert first.startswith("2025-03-04  high      opened           silicon|metal CN>GB  floor_breach  silicon|metal")
    assert "critical" in second


async def test_tail_goes_on_from_the_file_it_keeps(api, environ, tmp_path):
    """Each change is shown once, however often it is started; the file is written whole."""
    kept = tmp_path / "cursor"
    seen = []
    for _ in range(2):
        words = ("tail", "--url", api.url, "--json", "--since", "earliest", "--cursor-file", str(kept), "--count", "2")
        status, stdout, _ = await run(environ, *words)
        assert status == 0
        seen += [int(json.loads(line)["sequence"]) for line in stdout.splitlines()]
    assert seen == [0, 1, 2, 3]
    assert kept.read_text().startswith("3-")


async def test_tail_shows_the_open_alerts_first_where_it_is_asked_to(api, environ):
    """As they stand now, the last opened first."""
    _, stdout, _ = await run(environ, "tail", "--url", api.url, "--snapshot", "--count", "4", "--json")
    assert {json.loads(line)["type"] for line in stdout.splitlines()} == {"org.floorwatch.alert.snapshot.v1"}


async def test_tail_says_what_is_wrong_and_ends(api, environ, tmp_path):
    """A token that is missing, a filter that can match nothing, an address that is no API."""
    token = api.inner.token(Scope.READ)["Authorization"].removeprefix("Bearer ")
    status, _, stderr = await run(environ, "tail", "--url", api.url)
    assert (status, "needs a token" in stderr) == (1, True)
    secret = tmp_path / "token"
    secret.write_text(token + "\n")
    words = ("tail", "--url", api.url, "--since", "earliest", "--count", "1")
    assert (await run(environ | {"FLOORWATCH_TOKEN_FILE": str(secret)}, *words))[0] == 0
    assert (await run(environ | {"FLOORWATCH_TOKEN": token}, *words))[0] == 0
    status, _, stderr = await run(environ, "tail", "--origin", "China")
    assert (status, "ISO 3166" in stderr) == (2, True)
    status, _, stderr = await run(environ, "tail", "--url", f"{api.url}/elsewhere")
    assert status == 1


async def test_endpoints_are_kept_with_what_they_select_and_shown_without_secrets(environ, tmp_path):
    """Added, listed, rotated, removed; every step is in the audit log."""
    status, stdout, _ = await run(
        environ, "webhooks", "add", "https://desk.example/hook", "--origin", "cn", "--severity", "high", "--json"
    )
    made = json.loads(stdout)
    assert (status, made["secret"][:6]) == (0, "whsec_")
    rotated = json.loads((await run(environ, "webhooks", "rotate", made["id"], "--json"))[1])
    assert rotated["secret"] != made["secret"]
    _, listed, _ = await run(environ, "webhooks", "list", "--json")
    (shown,) = json.loads(listed)
    assert (shown["filter"], shown["secrets"]) == ({"origin": "CN", "severity": "high"}, 2)
    assert "whsec_" not in listed + (await run(environ, "webhooks", "list"))[1]
    book = EndpointBook(tmp_path / "state" / "webhooks.sqlite")
    assert [each.key for each in book.states()[0].endpoint.secrets] == [rotated["secret"], made["secret"]]
    book.close()
    assert (await run(environ, "webhooks", "remove", made["id"]))[0] == 0
    _, verified, _ = await run(environ, "audit", "verify", "--json")
    assert json.loads(verified)["entries"] == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(("add", "https://127.0.0.1/"), "FLOORWATCH_WEBHOOK_ALLOW", id="loopback"),
        pytest.param(("add", "http://desk.example/"), "https", id="in-the-clear"),
        pytest.param(("add", "https://desk.example/", "--since", "x"), "earliest", id="no-cursor"),
        pytest.param(("remove", "nonesuch"), "webhooks list", id="not-there"),
        pytest.param(("test", "nonesuch"), "webhooks list", id="not-there-to-test"),
    ],
)
async def test_an_endpoint_that_makes_no_sense_is_refused_with_what_to_do(environ, words, said):
    """Before anything is written down."""
    status, _, stderr = await run(environ, "webhooks", *words)
    assert (status > 0, said in stderr) == (True, True), stderr
