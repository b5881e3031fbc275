"""A receiver of webhooks to try them with: takes deliveries, checks their signatures, shows them."""

import hmac
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Final

import msgspec
from rich.text import Text

from streams.cli.console import SEVERITY_STYLES, fail, out, tell

_HOST: Final = "127.0.0.1"
_BYTES_MAX: Final = 1 << 20
_TIMEOUT_S: Final = 10.0


def receive(*, port: int, secret: str | None, count: int | None, as_json: bool) -> None:
    """Take deliveries until interrupted, or *count* of them."""
    try:
        server = HTTPServer((_HOST, port), _Handler)
    except OSError as error:
        fail(f"{_HOST}:{port} cannot be listened on: {error.strerror or error}; give another --port")
    server.secret, server.as_json, server.taken = secret, as_json, 0  # type: ignore[attr-defined]
    tell(f"taking webhooks on http://{_HOST}:{server.server_port}/; stop it with Ctrl-C")
    try:
        with server:
            while count is None or server.taken < count:  # type: ignore[attr-defined]
                server.handle_request()
    except KeyboardInterrupt:
        pass


class _Handler(BaseHTTPRequestHandler):
    timeout = _TIMEOUT_S
    server: Any

    def do_POST(self) -> None:
        """Take one delivery: 204, or 400 where it is none, or 401 where its signature does not hold."""
        body = self.rfile.read(min(int(self.headers.get("content-length") or 0), _BYTES_MAX))
        try:
            event = msgspec.json.decode(body, type=dict[str, Any])
        except msgspec.MsgspecError:
            self._answer(400)
            return
        if self.server.secret is not None and not self._is_signed(body):
            self._answer(401)
            tell("refused one whose signature does not hold")
            return
        self._answer(204)
        self.server.taken += 1
        _show(event, as_json=self.server.as_json)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Say nothing: what came is shown."""

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.end_headers()

    def _is_signed(self, body: bytes) -> bool:
        from alerts.delivery.signing import signatures

        try:
            sent_s = int(self.headers.get("webhook-timestamp", ""))
            wanted = signatures([self.server.secret], self.headers.get("webhook-id", ""), sent_s, body)
        except ValueError:
            return False
        given = self.headers.get("webhook-signature", "").split()
        return any(hmac.compare_digest(each, wanted) for each in given)


def _show(event: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(event).decode() + "\n")
        sys.stdout.flush()
        return
    severity = str(event.get("severitytext") or "")
    data = event.get("data") or {}
    alert = data.get("alert") if isinstance(data, dict) else None
    said = alert.get("summary", "") if isinstance(alert, dict) else ""
    kind = str(event.get("type", "")).removeprefix("org.floorwatch.")
    style = SEVERITY_STYLES.get(severity, "") if severity else ""  # type: ignore[call-overload]
    out.print(
        Text.assemble((f"{str(event.get('time', ''))[:10]}  ", "dim"), f"{kind}  ", (severity, style), f"  {said}"),
        soft_wrap=True,
    )
