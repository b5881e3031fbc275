"""
What every request passes before the API: how many, how large and how slow it may be, and who sends it.

A refusal here costs little: nothing was decoded and no store was asked.  Limits are per process.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

import msgspec

from alerts.access import ANONYMOUS, Caller, TokenFile, UnauthenticatedError
from alerts.problems import MEDIA_TYPE, ProblemError, ProblemKind

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_BUCKETS_MAX: Final = 10_000

SECURITY_HEADERS: Final = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"x-frame-options": b"DENY",
    b"cross-origin-resource-policy": b"same-origin",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
}
"""Sent with every answer that does not set them itself."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one process takes; a caller is a token, or an address where there is none."""

    body_bytes: int = 64 * 1024
    body_seconds: int = 10
    requests_at_once: int = 1_000
    """Streams that stay open count for as long as they do."""
    requests_at_once_per_caller: int = 200
    requests_per_second: int = 100
    requests_burst: int = 200


class Gate:
    """
    An ASGI application around another: answers what may not pass with a problem.

    It leaves ``scope["state"]["caller"]``: a :class:`~alerts.access.Caller`, or the
    :class:`~alerts.access.UnauthenticatedError` to raise where the route wants to know who is calling.
    """

    def __init__(
        self,
        app: Application,
        *,
        tokens: TokenFile,
        limits: Limits,
        now: Callable[[], str],
        monotonic: Callable[[], float],
    ) -> None:
        self._app = app
        self._tokens = tokens
        self._limits = limits
        self._now = now
        self._monotonic = monotonic
        self._at_once: dict[str, int] = {}
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it here."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        caller = self._caller(scope)
        name = _name(scope, caller)
        scope.setdefault("state", {})["caller"] = caller
        try:
            self._admit(scope, caller, name)
        except ProblemError as refusal:
            await answer(scope, send, refusal)
            return
        self._at_once[name] = self._at_once.get(name, 0) + 1
        try:
            await self._app(scope, self._bounded(receive) if scope["type"] == "http" else receive, _secured(send))
        finally:
            self._at_once[name] -= 1
            if not self._at_once[name]:
                del self._at_once[name]

    def _caller(self, scope: Scope) -> Caller | UnauthenticatedError:
        sent = [value for name, value in scope["headers"] if name == b"authorization"]
        text = None
        if sent:
            scheme, _, text = sent[0].decode("latin-1").strip().partition(" ")
            if scheme.lower() != "bearer" or len(sent) > 1:
                return UnauthenticatedError("this takes one header Authorization: Bearer fw_..., and no other scheme")
        try:
            return self._tokens.caller(text.strip() if text is not None else None, now=self._now())
        except UnauthenticatedError as error:
            return error

    def _admit(self, scope: Scope, caller: Caller | UnauthenticatedError, name: str) -> None:
        limits = self._limits
        if caller == ANONYMOUS and _host(scope) not in LOOPBACK_NAMES:
            # A page on the internet may point a name of its own at this machine's loopback.
            raise ProblemError(
                ProblemKind.WRONG_HOST,
                "without tokens this server answers to localhost alone: ask it there, or make a token "
                "(floorwatch tokens create)",
            )
        wait_s = self._draw(name)
        if wait_s > 0:
            detail = f"more than {limits.requests_per_second} requests a second: wait as long as Retry-After says"
            raise ProblemError(ProblemKind.TOO_MANY, detail, retry_after_s=int(wait_s) + 1)
        mine = self._at_once.get(name, 0)
        if mine >= limits.requests_at_once_per_caller or sum(self._at_once.values()) >= limits.requests_at_once:
            detail = f"{mine} requests of this caller are under way: close some streams, or try again later"
            raise ProblemError(ProblemKind.BUSY, detail, retry_after_s=5)
        length = next((value for key, value in scope["headers"] if key == b"content-length"), b"")
        if length.isdigit() and int(length) > limits.body_bytes:
            raise self._too_large()

    def _draw(self, name: str) -> float:
        """Draw one request from the caller's bucket; return how many seconds until there is one, where it is empty."""
        now, rate = self._monotonic(), self._limits.requests_per_second
        left, since = self._buckets.pop(name, (self._limits.requests_burst, now))
        left = min(self._limits.requests_burst, left + (now - since) * rate)
        drawn = left >= 1
        self._buckets[name] = (left - 1 if drawn else left, now)
        if len(self._buckets) > _BUCKETS_MAX:
            self._buckets.popitem(last=False)
        return 0 if drawn else (1 - left) / rate

    def _bounded(self, receive: Receive) -> Receive:
        """Return *receive* for a body that may neither be too large nor come too slowly."""
        taken, ended = 0, False
        deadline: float | None = None

        async def bounded() -> MutableMapping[str, Any]:
            nonlocal taken, ended, deadline
            if ended:
                # What comes after the body is that the caller has gone, whenever that is.
                return await receive()
            if deadline is None:
                deadline = self._monotonic() + self._limits.body_seconds
            try:
                async with asyncio.timeout(max(0.0, deadline - self._monotonic())):
                    message = await receive()
            except TimeoutError:
                detail = f"the body was not there after {self._limits.body_seconds} s: send it again, at once"
                raise ProblemError(ProblemKind.TOO_SLOW, detail) from None
            taken += len(message.get("body", b""))
            ended = not message.get("more_body", False)
            if taken > self._limits.body_bytes:
                raise self._too_large()
            return message

        return bounded

    def _too_large(self) -> ProblemError:
        return ProblemError(
            ProblemKind.TOO_LARGE, f"a body may have {self._limits.body_bytes} bytes: send less, comments are for words"
        )


async def answer(scope: Scope, send: Send, refusal: ProblemError) -> None:
    """Answer with a problem; a WebSocket is not accepted."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": refusal.problem.title})
        return
    body = msgspec.json.encode(refusal.problem)
    headers = {
        "content-type": MEDIA_TYPE,
        "content-length": str(len(body)),
        # What is left of the body is not read: the connection is of no more use.
        "connection": "close",
        **{name.lower(): value for name, value in refusal.headers.items()},
    }
    send = _secured(send)
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refusal.problem.status, "headers": encoded})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _secured(send: Send) -> Send:
    async def secured(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", ())]
            given = {name.lower() for name, _ in headers}
            message["headers"] = headers + [each for each in SECURITY_HEADERS.items() if each[0] not in given]
        await send(message)

    return secured


def _name(scope: Scope, caller: Caller | UnauthenticatedError) -> str:
    if isinstance(caller, Caller) and caller.token is not None:
        return f"token:{caller.token}"
    return f"address:{(scope.get('client') or ('?',))[0]}"


def _host(scope: Scope) -> str:
    host = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1").lower()
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
