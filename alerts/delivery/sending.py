"""One attempt to deliver: what is sent, and what became of it."""

import asyncio
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final, NamedTuple, Protocol
from urllib.parse import urlsplit

import aiohttp

from alerts.clock import utc_now, utc_seconds
from alerts.delivery.endpoints import Endpoint
from alerts.delivery.guard import BlockedError, GuardedResolver, Network, check_url, guard_of
from alerts.delivery.signing import signatures
from alerts.envelope import CONTENT_TYPE
from alerts.store import Recorded

TIMEOUT_S: Final = 15.0
_CONNECT_S: Final = 5.0
_AT_ONCE: Final = 100
_GONE: Final = 410
_LATER: Final = frozenset({408, 425, 429})
"""Answers of the fourth hundred that mean: not now."""


class Outcome(StrEnum):
    """How an attempt ended."""

    DELIVERED = "delivered"
    RETRY = "retry"
    """The receiver is in trouble, or busy."""
    GONE = "gone"
    """The receiver wants no more."""
    REFUSED = "refused"
    """The receiver does not take this, or it may not be sent there."""
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"


class Attempt(NamedTuple):
    """What became of an attempt."""

    outcome: Outcome
    detail: str
    """For whoever runs this: never what the receiver said, which may be anything."""
    retry_after_s: float | None = None


class Parcel(NamedTuple):
    """What is delivered."""

    id: str
    """The same at every attempt: what a receiver knows it by."""
    body: bytes
    """The event, as JSON."""
    recorded: Recorded | None
    """The change, as its receiver may see it; None where it is none."""


class Sender(Protocol):
    """Whatever delivers to endpoints of one kind."""

    async def send(self, endpoint: Endpoint, parcel: Parcel) -> Attempt:
        """Try once; what goes wrong is in what is returned."""

    async def aclose(self) -> None:
        """Let go of connections."""


class WebhookSender:
    """Posts events by Standard Webhooks; *allowed* are networks beside the internet."""

    def __init__(self, allowed: Sequence[Network] = (), *, timeout_s: float = TIMEOUT_S, version: str = "") -> None:
        self._allowed = tuple(allowed)
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, connect=min(_CONNECT_S, timeout_s))
        self._agent = f"floorwatch/{version}"
        self._sessions: dict[str, aiohttp.ClientSession] = {}

    async def send(self, endpoint: Endpoint, parcel: Parcel) -> Attempt:
        """Post *parcel*, signed for now."""
        try:
            check_url(endpoint.url, self._allowed)
            session = self._session(urlsplit(endpoint.url).scheme)
            async with session.post(
                endpoint.url,
                data=parcel.body,
                headers=_headers(endpoint, parcel),
                allow_redirects=False,
            ) as answer:
                return _attempt(answer.status, answer.headers)
        except BlockedError as error:
            return Attempt(Outcome.REFUSED, str(error))
        except TimeoutError:
            return Attempt(Outcome.TIMEOUT, f"no answer within {self._timeout.total:g} s")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Attempt(Outcome.UNREACHABLE, f"{type(error).__name__}: {error}"[:200])

    async def aclose(self) -> None:
        """Close connections."""
        sessions, self._sessions = self._sessions, {}
        await asyncio.gather(*(each.close() for each in sessions.values()))

    def _session(self, scheme: str) -> aiohttp.ClientSession:
        if scheme not in self._sessions:
            connector = aiohttp.TCPConnector(
                resolver=GuardedResolver(guard_of(scheme, self._allowed)), use_dns_cache=False, limit=_AT_ONCE
            )
            self._sessions[scheme] = aiohttp.ClientSession(
                connector=connector,
                timeout=self._timeout,
                headers={"User-Agent": self._agent},
                cookie_jar=aiohttp.DummyCookieJar(),
                # A proxy from the environment would be asked to connect where this must not.
                trust_env=False,
            )
        return self._sessions[scheme]


def _headers(endpoint: Endpoint, parcel: Parcel) -> dict[str, str]:
    timestamp = utc_seconds()
    return {
        "content-type": CONTENT_TYPE,
        "webhook-id": parcel.id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signatures(endpoint.keys(utc_now()), parcel.id, timestamp, parcel.body),
    }


def _attempt(status: int, headers: Mapping[str, str]) -> Attempt:
    said = f"HTTP {status}"
    match status // 100:
        case 2:
            return Attempt(Outcome.DELIVERED, said)
        case 3:
            return Attempt(Outcome.REFUSED, f"{said}: redirects are not followed; give the address it leads to")
        case 4 if status == _GONE:
            return Attempt(Outcome.GONE, f"{said}: the receiver wants no more")
        case 4 if status not in _LATER:
            return Attempt(Outcome.REFUSED, said)
        case _:
            return Attempt(Outcome.RETRY, said, _retry_after_s(headers.get("retry-after", "")))


def _retry_after_s(text: str) -> float | None:
    """Return how long a receiver asks to wait: it says seconds, or an instant."""
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - utc_seconds())
    except ValueError:
        return None
