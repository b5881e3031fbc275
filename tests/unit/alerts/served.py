"""The API in this process, on stores in memory, for tests of what it answers."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from alerts.access import Scope, TokenFile
from alerts.action_log import ActionDesk, MemoryActionLog
from alerts.action_store import MemoryActionStore
from alerts.api import build_api
from alerts.audit import AuditLog
from alerts.floor_board import no_floors
from alerts.gate import Limits
from alerts.model import AlertChange
from alerts.quoting import NoQuoteError, QuoteAnswer, QuoteQuestion
from alerts.service import Service
from alerts.store import AlertStore, MemoryStore
from tests.unit.alerts.deeds import BEFORE, NOW

AUDIT_KEY = bytes(32)


@dataclass
class Served:
    """The API and what it stands on."""

    client: httpx.AsyncClient
    service: Service
    log: MemoryActionLog

    def token(self, *scopes: Scope, name: str = "maria", expires_at: str | None = None) -> dict[str, str]:
        """Return the header of a new token."""
        text, _ = self.service.tokens.create(name, scopes, created_at=BEFORE, expires_at=expires_at)
        return {"Authorization": f"Bearer {text}"}

    async def get(self, path: str, **given: Any) -> httpx.Response:
        """Return the answer to a GET."""
        return await self.client.get(path, **given)

    async def post(self, path: str, body: Any, **given: Any) -> httpx.Response:
        """Return the answer to a POST of JSON."""
        return await self.client.post(path, json=body, **given)


async def no_quote(question: QuoteQuestion, *, confidential: bool) -> QuoteAnswer:
    """Answer no question."""
    raise NoQuoteError("floor_missing", f"no floor to quote for {question.product}: publish one")


@asynccontextmanager
async def served(
    folder: Path,
    changes: Sequence[AlertChange] = (),
    *,
    limits: Limits | None = None,
    alerts: AlertStore | None = None,
    quote: Any = no_quote,
    floors: Any = no_floors,
    routes: Sequence[Any] = (),
) -> AsyncIterator[Served]:
    """Yield the API with *changes* in its store."""
    store = alerts or MemoryStore()
    await store.apply(list(enumerate(changes)))
    log = MemoryActionLog()
    service = Service(
        alerts=store,
        desk=ActionDesk(log, MemoryActionStore()),
        tokens=TokenFile(folder / "tokens.json"),
        audit=AuditLog(folder / "audit.jsonl", AUDIT_KEY),
        quote=quote,
        floors=floors,
        namespace="floorwatch",
        version="0.1.0",
        limits=limits or Limits(requests_per_second=10_000, requests_burst=10_000),
        now=lambda: NOW,
    )
    following = asyncio.create_task(service.desk.run())
    transport = httpx.ASGITransport(app=build_api(service, routes=routes))  # type: ignore[arg-type]
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8480") as client:
            yield Served(client, service, log)
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
