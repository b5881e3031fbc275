"""Asking a Redis (or Valkey) server, a cluster included: every wait bounded, every error in the store's words."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from typing import Any, Final
from urllib.parse import urlsplit

from redis import exceptions
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff

from alerts.store import StoreAuthError, StoreError, StoreUnavailableError

CONNECT_TIMEOUT_S: Final = 2.0
ANSWER_TIMEOUT_S: Final = 5.0
RETRIES: Final = 2
_PAGE: Final = 500

_REFUSALS: Final = (
    exceptions.AuthenticationError,
    exceptions.AuthorizationError,
    exceptions.NoPermissionError,
)
_PASSING: Final = (
    exceptions.ConnectionError,
    exceptions.TimeoutError,
    exceptions.OutOfMemoryError,
    exceptions.ReadOnlyError,
    exceptions.ClusterDownError,
    exceptions.MasterDownError,
    exceptions.TryAgainError,
    exceptions.RedisClusterException,
)
_PASSING_CODES: Final = ("BUSY", "MISCONF", "NOREPLICAS")
"""Answers of a server that cannot take writes now, for which the client has no class."""


class Script:
    """A script and the name under which a server that has seen it knows it."""

    def __init__(self, name: str) -> None:
        self.text = files("alerts").joinpath(name).read_text(encoding="utf-8")
        # Servers name scripts by SHA-1; nothing rests on its strength.
        self.sha = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()


class RedisServer:
    """
    A server and how it is asked.

    *server* is a URL (``redis://[user:password@]host:port/db``, ``rediss://`` over TLS) or a client, which stays its
    owner's to close.  Every method raises :class:`alerts.store.StoreError` or a child of it.
    """

    def __init__(self, server: "str | Redis | RedisCluster") -> None:
        self.address = _address(server)
        self._owned = isinstance(server, str)
        self._client: Any = _connect(server) if isinstance(server, str) else server

    async def aclose(self) -> None:
        """Close the connections that were opened here."""
        if self._owned:
            await self._client.aclose()

    async def ask(self, what: str, *command: str | int) -> Any:
        """Return the answer to one command; *what* says in an error what was tried."""
        with self._told(what):
            return await self._client.execute_command(*command)

    async def ask_each(self, what: str, commands: Sequence[tuple[str, ...]]) -> Sequence[Any]:
        """Return the answers to *commands*, asked together."""
        answers: list[Any] = []
        for start in range(0, len(commands), _PAGE):
            pipeline = self._client.pipeline(transaction=False)
            for command in commands[start : start + _PAGE]:
                pipeline.execute_command(*command)
            with self._told(what):
                answers += await pipeline.execute()
        return answers

    async def run(self, what: str, script: Script, keys: Sequence[str], arguments: Sequence[str | int | bytes]) -> Any:
        """Run *script*, teaching it to a server that does not know it: a new one, or one that was started again."""
        call = (len(keys), *keys, *arguments)
        with self._told(what):
            try:
                return await self._client.evalsha(script.sha, *call)
            except exceptions.NoScriptError:
                return await self._client.eval(script.text, *call)

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Turn the client's errors into the store's, with what was tried and what to do."""
        tried = f"could not {what}: Redis at {self.address}"
        try:
            yield
        except _REFUSALS as e:
            raise StoreAuthError(
                f"{tried} refused the user, the password or the command ({e}): check those in its URL, and its ACL"
            ) from e
        except _PASSING as e:
            raise StoreUnavailableError(
                f"{tried} does not answer or takes no writes ({e}): check that it runs there and has memory left"
            ) from e
        except exceptions.RedisError as e:
            kind = StoreUnavailableError if any(code in str(e).split() for code in _PASSING_CODES) else StoreError
            raise kind(f"{tried} answered: {e}") from e


def _connect(url: str) -> Redis:
    """Return a client of *url* whose every wait is bounded; what it asks may be asked twice."""
    return Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        socket_timeout=ANSWER_TIMEOUT_S,
        retry=Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.5), RETRIES),
    )


def _address(server: "str | Redis | RedisCluster") -> str:
    """Return where the server is, without user and password."""
    if isinstance(server, str):
        url = urlsplit(server)
        port = f":{url.port}" if url.port else ""
        return f"{url.scheme}://{url.hostname or ''}{port}{url.path}"
    if isinstance(server, RedisCluster):
        return "the cluster"
    settings = server.connection_pool.connection_kwargs
    return f"{settings.get('host', settings.get('path'))}:{settings.get('port', '')}".rstrip(":")
