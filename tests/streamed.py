"""The API on a socket of this process, and clients of its streams."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx
import uvicorn

from alerts.api import build_api
from alerts.model import AlertChange
from alerts.server import config_of
from alerts.sse import EventReader, ServerEvent
from tests.unit.alerts.served import Served, served


@dataclass
class Streamed:
    """A running API."""

    inner: Served
    port: int
    stop: Any

    @property
    def service(self) -> Any:
        """What it stands on."""
        return self.inner.service

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        """Where sockets connect."""
        return f"ws://127.0.0.1:{self.port}/v1/ws"

    async def tell(self, changes: Sequence[AlertChange]) -> None:
        """Put changes into the store, after those that are there."""
        last = await self.service.alerts.last_offset()
        start = 0 if last is None else last + 1
        await self.service.alerts.apply(list(enumerate(changes, start)))

    @asynccontextmanager
    async def events(self, query: str = "", **headers: str) -> "AsyncIterator[Events]":
        """Open a stream."""
        async with (
            httpx.AsyncClient(base_url=self.url, timeout=20) as client,
            client.stream("GET", f"/v1/alerts/stream{query}", headers=headers) as answer,
        ):
            assert answer.status_code == 200, await answer.aread()
            yield Events(answer)


class Events:
    """The events of a stream, as they come."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.reader = EventReader()
        self._found = self._read(answer)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ServerEvent:
        return await anext(self._found)

    async def _read(self, answer: httpx.Response) -> AsyncIterator[ServerEvent]:
        async for data in answer.aiter_bytes():
            for event in self.reader.feed(data):
                yield event

    async def next(self, event: str = "change") -> ServerEvent:
        """Return the next event of a kind."""
        async for each in self:
            if each.event == event:
                return each
        raise AssertionError(f"the stream ended without {event}")

    async def changes(self, count: int) -> list[dict[str, Any]]:
        """Return the next changes, as CloudEvents."""
        return [json.loads((await self.next()).data) for _ in range(count)]


async def until(reached: Callable[[], object]) -> None:
    """Return once *reached*: for what has no event of its own to wait for."""
    while not reached():  # noqa: ASYNC110
        await asyncio.sleep(0.02)


@asynccontextmanager
async def streamed(folder: Path, changes: Sequence[AlertChange] = (), **options: Any) -> AsyncIterator[Streamed]:
    """Run the API with *changes* in its store."""
    async with served(folder, changes, **options) as inner:
        hub = asyncio.create_task(inner.service.hub.run())
        server = uvicorn.Server(config_of(build_api(inner.service), host="127.0.0.1", port=0, log_level="warning"))
        server.capture_signals = contextlib.nullcontext  # type: ignore[assignment]
        running = asyncio.create_task(server.serve())
        await until(lambda: server.started)

        def stop() -> None:
            inner.service.hub.close()
            server.should_exit = True

        yield Streamed(inner, server.servers[0].sockets[0].getsockname()[1], stop)
        stop()
        await running
        hub.cancel()
        await asyncio.gather(hub, return_exceptions=True)
