"""The API on its socket: uvicorn, with a limit on how long a request's head may take."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from alerts.action_log import ActionDesk
from alerts.gate import Application

HEAD_SECONDS: Final = 10.0
"""From the first byte that could belong to a request, or the connection, to the end of its head."""
_HEAD_BYTES_MAX: Final = 16 * 1024
_KEEP_ALIVE_S: Final = 20
_SHUTDOWN_S: Final = 5


class PatientProtocol(H11Protocol):
    """HTTP/1.1 whose patience with a head that does not come to its end is limited."""

    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
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


async def serve(app: Application, desk: ActionDesk, *, host: str, port: int, **options: Any) -> None:
    """
    Serve *app* until the process is told to stop, and keep the store of actions up to date meanwhile.

    Port 0 takes a free one, which the log tells.  *options* are uvicorn's.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=PatientProtocol,
        ws="none",
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_SHUTDOWN_S,
        h11_max_incomplete_event_size=_HEAD_BYTES_MAX,
        access_log=False,
        **options,
    )
    following = asyncio.create_task(desk.run(), name="actions")
    server = _Server(config)
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, server.handle_exit, each, None)
    try:
        await server.serve()
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await desk.aclose()
