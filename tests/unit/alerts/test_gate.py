"""What stands before the API: how much, how large, how slow, and who."""

import asyncio

import msgspec
import pytest

from alerts.access import ANONYMOUS, Scope, TokenFile, UnauthenticatedError
from alerts.gate import Gate, Limits
from alerts.problems import ProblemError
from tests.unit.alerts.deeds import NOW


class Clock:
    """A clock that a test sets."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        """Return what it shows."""
        return self.now


class Inside:
    """An application that reads the body and answers, when it is let."""

    def __init__(self):
        self.callers = []
        self.bodies = []
        self.error = None
        self.open = asyncio.Event()
        self.open.set()

    async def __call__(self, scope, receive, send):
        """Answer that all is well."""
        self.callers.append(scope["state"]["caller"])
        try:
            body = b""
            while (message := await receive()).get("more_body"):
                body += message["body"]
            self.bodies.append(body + message["body"])
        except ProblemError as error:
            self.error = error
        await self.open.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def inside():
    """Return the application behind the gate."""
    return Inside()


@pytest.fixture
def clock():
    """Return the clock that the gate goes by."""
    return Clock()


def gate(inside, tmp_path, clock, **limits):
    """Return a gate before *inside*."""
    return Gate(
        inside, tokens=TokenFile(tmp_path / "t.json"), limits=Limits(**limits), now=lambda: NOW, monotonic=clock
    )


async def ask(application, body=(b"",), headers=(), client="127.0.0.1", host=b"localhost:8480"):
    """Return status, headers and body of the answer to a request whose body comes in parts; None: it never does."""
    parts = iter(body)
    sent = []

    async def receive():
        part = next(parts)
        if part is None:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": part, "more_body": part is not body[-1]}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "headers": [(b"host", host), *headers], "client": (client, 1)}
    await application(scope, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"]), msgspec.json.decode(sent[1]["body"] or b"null")


@pytest.mark.parametrize(("size", "passes"), [(9, True), (10, True), (11, False)], ids=["below", "at", "above"])
async def test_a_body_may_have_so_many_bytes(inside, tmp_path, clock, size, passes):
    """Counted as they come, whatever was said of them."""
    await ask(gate(inside, tmp_path, clock, body_bytes=10), (b"x" * (size - 1), b"x"))
    assert (inside.bodies == [b"x" * size]) is passes
    assert (inside.error is None) is passes


async def test_a_body_that_says_it_is_too_large_is_not_read(inside, tmp_path, clock):
    """The application never hears of it."""
    status, headers, said = await ask(
        gate(inside, tmp_path, clock, body_bytes=10), headers=[(b"content-length", b"11")]
    )
    assert (status, said["type"], headers[b"connection"]) == (413, "urn:floorwatch:problem:too-large", b"close")
    assert inside.callers == []


async def test_a_body_that_does_not_come_is_given_up(inside, tmp_path, clock):
    """However many bytes have come before."""
    await ask(gate(inside, tmp_path, clock, body_seconds=0), (b"{", None))
    assert inside.error.problem.status == 408


async def test_requests_come_back_at_their_rate(inside, tmp_path, clock):
    """A burst is taken, then one for each that the time allows."""
    application = gate(inside, tmp_path, clock, requests_per_second=2, requests_burst=2)
    assert [(await ask(application))[0] for _ in range(3)] == [200, 200, 429]
    clock.now += 0.5
    assert [(await ask(application))[0] for _ in range(2)] == [200, 429]
    assert (await ask(application, client="10.0.0.2"))[0] == 200


async def test_so_many_requests_are_under_way_at_once(inside, tmp_path, clock):
    """One more of a caller is put off, others are taken up to the most of all; what ends makes room."""
    application = gate(inside, tmp_path, clock, requests_at_once=3, requests_at_once_per_caller=2)
    inside.open.clear()
    async with asyncio.TaskGroup() as group:
        for _ in range(2):
            group.create_task(ask(application))
        while len(inside.callers) < 2:  # noqa: ASYNC110 - until both are inside
            await asyncio.sleep(0)
        status, headers, said = await ask(application)
        assert (status, said["type"], headers[b"retry-after"]) == (503, "urn:floorwatch:problem:busy", b"5")
        other = group.create_task(ask(application, client="10.0.0.2"))
        while len(inside.callers) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0)
        assert (await ask(application, client="10.0.0.3"))[0] == 503
        inside.open.set()
    assert other.result()[0] == 200
    assert (await ask(application))[0] == 200


@pytest.mark.parametrize(
    ("host", "passes"),
    [
        (b"localhost", True),
        (b"LOCALHOST:8480", True),
        (b"127.0.0.1:1", True),
        (b"[::1]:8480", True),
        (b"evil.example", False),
        (b"localhost.evil.example", False),
        (b"127.0.0.1.evil.example:8480", False),
        (b"", False),
    ],
)
async def test_whoever_has_no_token_asks_this_machine_by_its_own_names(inside, tmp_path, clock, host, passes):
    """A page that made its own name point here is turned away."""
    status, _, _ = await ask(gate(inside, tmp_path, clock), host=host)
    assert status == (200 if passes else 403)
    assert inside.callers == ([ANONYMOUS] if passes else [])


async def test_a_token_is_known_under_any_name(inside, tmp_path, clock):
    """Behind a proxy the host is the proxy's business."""
    application = gate(inside, tmp_path, clock)
    text, _ = application._tokens.create("maria", [Scope.READ], created_at=NOW)
    status, _, _ = await ask(application, headers=[(b"authorization", b"bearer " + text.encode())], host=b"api.example")
    assert (status, inside.callers[0].name) == (200, "maria")


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([(b"authorization", b"Bearer fw_a_b")], id="unknown"),
        pytest.param([(b"authorization", b"Basic abc")], id="other-scheme"),
        pytest.param([(b"authorization", b"Bearer a"), (b"authorization", b"Bearer b")], id="two"),
        pytest.param([(b"authorization", b"\xff\xfe")], id="no-text"),
    ],
)
async def test_nobody_is_left_for_the_route_to_refuse(inside, tmp_path, clock, headers):
    """What is public is answered all the same; a route that wants a caller raises what it finds."""
    status, _, _ = await ask(gate(inside, tmp_path, clock), headers=headers)
    assert status == 200
    assert isinstance(inside.callers[0], UnauthenticatedError)


async def test_a_websocket_that_may_not_pass_is_closed(inside, tmp_path, clock):
    """It is not accepted first."""
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "websocket", "headers": [(b"host", b"evil.example")], "client": ("127.0.0.1", 1)}
    await gate(inside, tmp_path, clock)(scope, None, send)
    assert [(message["type"], message["code"]) for message in sent] == [("websocket.close", 1008)]
