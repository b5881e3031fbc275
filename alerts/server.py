"""The API on its socket: uvicorn, with a limit on how long a request's head may take."""

import asyncio
import signal
import socket
import struct
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from alerts.gate import Application
from alerts.service import Service
from alerts.subscriber import ABORT

HEAD_SECONDS: Final = 10.0
"""From the first byte that could belong to a request, or the connection, to the end of its head."""
_HEAD_BYTES_MAX: Final = 16 * 1024
_MESSAGE_BYTES_MAX: Final = 64 * 1024
_KEEP_ALIVE_S: Final = 20
_SHUTDOWN_S: Final = 5


def _drop(transport: Any) -> None:
    """Reset a connection: the system too forgets what it has not sent."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


class _Closable:
    """A protocol whose application may drop the connection, without waiting for what is in its buffers."""

    app: Any
    transport: Any

    def connection_made(self, transport: Any) -> None:
        """Hand the application what drops the connection."""
        super().connection_made(transport)  # type: ignore[misc]
        app = self.app

        async def closable(scope: Any, receive: Any, send: Any) -> None:
            scope.setdefault("extensions", {})[ABORT] = lambda: _drop(transport)
            await app(scope, receive, send)

        self.app = closable


class SocketProtocol(_Closable, WebSocketsSansIOProtocol):
    """WebSocket."""


class PatientProtocol(_Closable, H11Protocol):
    """HTTP/1.1 whose patience with a head that does not come to its end is limited."""

    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._head_timer = self.loop.call_later(HEAD_SECONDS, transport.abort)

    def data_received(self, data: bytes) -> None:
        """Take bytes; wait on while they are part of a head, no longer once it is there."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


class _Server(uvicorn.Server):
    """Uvicorn that leaves it to its caller to end the process, after what is still to be written."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none: see :func:`serve`."""
        yield


def config_of(app: Application, **options: Any) -> uvicorn.Config:
    """Return how *app* is served; *options* are uvicorn's."""
    return uvicorn.Config(
        app,
        http=PatientProtocol,
        ws=SocketProtocol,
        ws_max_size=_MESSAGE_BYTES_MAX,
        # Changes are small, many and encoded once for all: compressing each for each costs more than it saves.
        ws_per_message_deflate=False,
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_SHUTDOWN_S,
        h11_max_incomplete_event_size=_HEAD_BYTES_MAX,
        access_log=False,
        **options,
    )


async def serve(
    app: Application, service: Service, *, beside: Sequence[Coroutine[Any, Any, None]] = (), **options: Any
) -> None:
    """
    Serve *app* until the process is told to stop.

    Meanwhile the store of actions is kept up to date, and the log of alerts read for subscribers.
    Port 0 takes a free one, which the log tells.  *beside* is what else runs until then.  *options* are uvicorn's.
    """
    running = [asyncio.create_task(each) for each in (service.desk.run(), service.hub.run(), *beside)]
    server = _Server(config_of(app, **options))

    def stop(number: int) -> None:
        service.hub.close()
        server.handle_exit(number, None)

    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stop, each)
    try:
        await server.serve()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await service.desk.aclose()
