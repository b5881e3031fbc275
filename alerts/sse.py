"""Server-sent events (WHATWG HTML, section 9.2) as text: written by the API, read by the terminal."""

from collections.abc import Iterator
from typing import Final, NamedTuple

MEDIA_TYPE: Final = "text/event-stream"
RETRY_MS: Final = 2_000
"""How long a browser waits before it connects again."""


class ServerEvent(NamedTuple):
    """One event as read; ``data`` is empty where only the last id moved on."""

    event: str
    data: str
    last_id: str


def event_text(event: str, data: bytes, *, last_id: str | None = None) -> bytes:
    """Return one event; *data* is one line, as JSON is."""
    head = f"event: {event}\n" if last_id is None else f"id: {last_id}\nevent: {event}\n"
    return head.encode() + b"data: " + data + b"\n\n"


def comment_text(last_id: str | None = None) -> bytes:
    """Return what keeps a connection open; with an id, it moves the reader's last id on, and is no event."""
    return b":\n\n" if last_id is None else f":\nid: {last_id}\n\n".encode()


class EventReader:
    """Reads events out of bytes as they come."""

    def __init__(self) -> None:
        self.last_id = ""
        self.retry_ms = RETRY_MS
        self._rest = b""
        self._event = ""
        self._data: list[str] = []

    def feed(self, data: bytes) -> Iterator[ServerEvent]:
        """Yield the events that end within *data*; lines end with a line feed, as this project writes them."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            found = self._line(line.decode())
            if found is not None:
                yield found

    def _line(self, line: str) -> ServerEvent | None:
        if not line:
            found = ServerEvent(self._event or "message", "\n".join(self._data), self.last_id)
            self._event, self._data = "", []
            return found
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._event = value
        elif name == "id":
            self.last_id = value
        elif name == "retry" and value.isdigit():
            self.retry_ms = int(value)
        return None
