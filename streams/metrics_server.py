"""
The worker's endpoint: ``/metrics`` for Prometheus, ``/healthz`` and ``/readyz`` for whoever runs it.

It answers from threads of its own, so that a scrape costs the event loop no more than the survey of its markets, and
an answer comes while the loop is busy.  No login: it listens on the loopback address unless told otherwise, and tells
figures, never records.
"""

import json
import logging
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Final, Protocol, Self

log: Final = logging.getLogger(__name__)

PORTS_TRIED: Final = 16
"""How many ports are tried, from the one that is set: one a worker of this machine."""

_SILENCE_S: Final = 10.0
"""How long a client may take to say what it wants."""


class NoFreePortError(OSError):
    """Raised where no port can be had; the message says which were tried."""


class Observed(Protocol):
    """What is asked for answers."""

    def metrics(self, accept: str) -> tuple[bytes, str]:
        """Return the exposition and its content type."""

    def why_not_ready(self) -> list[str]:
        """Return why not, nothing where it is."""

    def why_not_live(self) -> list[str]:
        """Return why not, nothing where it is."""


class MetricsServer:
    """Answers for *observed* while the context is entered; raises :class:`NoFreePortError`."""

    def __init__(self, observed: Observed, *, host: str, port: int) -> None:
        self._server = _bound(host, port, type("Handler", (_Handler,), {"observed": observed}))
        self.address = f"http://{host}:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the library's signature
        """Say it in the log: a client that hangs up is nobody's trouble."""
        log.debug("a request from %s failed", client_address)


def _bound(host: str, port: int, handler: type[BaseHTTPRequestHandler]) -> _Server:
    """Return a server on the first free of the ports from *port* on."""
    error: OSError | None = None
    for each in range(port, port + PORTS_TRIED):
        try:
            return _Server((host, each), handler)
        except OSError as e:
            error = e
    message = (
        f"no port of {host} from {port} to {port + PORTS_TRIED - 1} can be had for metrics ({error}): "
        "set FLOORWATCH_METRICS_PORT, or to 0 to do without"
    )
    raise NoFreePortError(message) from error


class _Handler(BaseHTTPRequestHandler):
    observed: ClassVar[Observed]
    timeout = _SILENCE_S
    server_version = "floorwatch"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer."""
        path = self.path.partition("?")[0]
        answers = {
            "/metrics": self._metrics,
            "/healthz": self._live,
            "/readyz": self._ready,
        }
        answer = answers.get(path)
        if answer is None:
            self._send(HTTPStatus.NOT_FOUND, *_json({"error": f"no {path}", "there are": sorted(answers)}))
            return
        try:
            self._send(*answer())
        except Exception as error:
            log.exception("%s cannot be answered", path)
            self._send(HTTPStatus.INTERNAL_SERVER_ERROR, *_json({"error": str(error)}))

    def do_HEAD(self) -> None:
        """Answer without the body."""
        self.do_GET()

    def _metrics(self) -> tuple[HTTPStatus, bytes, str]:
        return HTTPStatus.OK, *self.observed.metrics(self.headers.get("Accept", ""))

    def _live(self) -> tuple[HTTPStatus, bytes, str]:
        return _verdict("live", self.observed.why_not_live())

    def _ready(self) -> tuple[HTTPStatus, bytes, str]:
        return _verdict("ready", self.observed.why_not_ready())

    def _send(self, status: HTTPStatus, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's signature
        """Log a request only where everything is logged."""
        log.debug(format, *args)


def _verdict(word: str, reasons: list[str]) -> tuple[HTTPStatus, bytes, str]:
    status = HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK
    return status, *_json({word: not reasons, "why": reasons})


def _json(value: object) -> tuple[bytes, str]:
    return json.dumps(value).encode() + b"\n", "application/json"
