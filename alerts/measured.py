"""What the API tells Prometheus of itself, and the route that tells it."""

from typing import Any, Final

from litestar import Request, Response, get

from alerts.gate import Application
from alerts.metrics.catalogue import (
    API_CURSOR_LAG,
    API_REQUEST_SECONDS,
    API_REQUESTS,
    API_STORE_UP,
    API_SUBSCRIBERS,
    METHOD,
)
from alerts.metrics.meter import exposition, registry_of
from alerts.routes import PUBLIC, TheService
from alerts.service import Service

_STREAMED: Final = "text/event-stream"
_REFUSED: Final = "refused"
"""The route of what the gate answered, or nothing is at."""


class Measured:
    """An ASGI application around another: counts requests by route, and how long they took."""

    def __init__(self, app: Application, service: Service) -> None:
        self._app = app
        self._meter = service.metrics
        self._clock = service.hub.clock

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on and count its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began_s, status, streamed = self._clock(), 500, False

        async def counting(message: Any) -> None:
            nonlocal status, streamed
            if message["type"] == "http.response.start":
                status = message["status"]
                streamed = any(value.startswith(_STREAMED.encode()) for _, value in message.get("headers", ()))
            await send(message)

        try:
            await self._app(scope, receive, counting)
        finally:
            method = scope["method"] if scope["method"] in METHOD.values else "GET"
            route = scope.get("path_template") or _REFUSED
            self._meter.add(API_REQUESTS, route, method, f"{status // 100}xx")
            if not streamed:
                self._meter.observe(API_REQUEST_SECONDS, self._clock() - began_s)


def refresh(service: Service) -> None:
    """Bring the gauges up to date."""
    meter, hub = service.metrics, service.hub
    for transport, count in service.connected.items():
        meter.set(API_SUBSCRIBERS, count, transport)
        meter.set(API_CURSOR_LAG, hub.lag(transport), transport)
    for each in service.refreshing:
        each()
    meter.set(API_STORE_UP, 0 if hub.trouble is not None else 1)


@get("/metrics", operation_id="metrics", media_type="text/plain", **PUBLIC)
async def metrics(request: Request[Any, Any, Any], service: TheService) -> Response[bytes]:
    """Return what Prometheus asks for."""
    refresh(service)
    body, content_type = exposition(registry_of(service.metrics), request.headers.get("accept", ""))
    return Response(body, headers={"Content-Type": content_type})
