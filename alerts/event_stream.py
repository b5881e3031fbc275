"""
``GET /v1/alerts/stream``: changes as server-sent events.

Events: ``hello`` (where the subscriber is, so that nothing can come between), ``change`` (a CloudEvent), ``gap``
(changes were missed), ``behind`` (the store is being filled again), and with ``mode=snapshot`` ``snapshot`` for each
open alert and ``live`` after the last; ``end`` says why the server closes.  ``action`` (somebody acted on an alert) and
``heartbeat`` (the whole path is alive) are hints: CloudEvents without an id, which resuming does not repeat.  Comments
keep the connection open and move the last id on past what the filter leaves out.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.openapi import ResponseSpec
from litestar.params import HeaderParameter, QueryParameter
from litestar.response.base import ASGIResponse

from alerts.access import Caller, Scope
from alerts.cursors import Cursor, parse_cursor
from alerts.filters import Selection, checked
from alerts.hub import Frame
from alerts.model import Severity, State
from alerts.routes import BEARER, READ_ERRORS, Filter, TheCaller, TheService
from alerts.service import Service
from alerts.sse import MEDIA_TYPE, RETRY_MS, comment_text, event_text
from alerts.subscriber import Mode, Notice, Subscriber, Transport, Why, counted, until_either

_HEADERS: Final = {
    # Whatever stands between must neither keep nor collect it.
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def change_text(frame: Frame, event: bytes) -> bytes:
    """Return a change as a server-sent event."""
    return event_text("change", event, last_id=str(frame.cursor))


class _Wire:
    transport: Transport = "sse"
    encode = staticmethod(change_text)

    def __init__(self, send: Send) -> None:
        self._send = send

    def notice(self, kind: str, notice: Notice, *, cursor: Cursor | None = None) -> bytes:
        return event_text(kind, msgspec.json.encode(notice), last_id=None if cursor is None else str(cursor))

    def unnumbered(self, kind: str, event: bytes) -> bytes:
        # Without an id: whoever is cut off in the middle of a snapshot gets all of it again.
        return event_text(kind, event)

    def alive(self, cursor: Cursor | None) -> bytes:
        return comment_text(None if cursor is None else str(cursor))

    async def write(self, parts: Sequence[bytes]) -> None:
        await self._send({"type": "http.response.body", "body": b"".join(parts), "more_body": True})


class _Stream(ASGIResponse):
    """The answer that does not end."""

    def __init__(self, service: Service, caller: Caller, mode: Mode, after: Cursor | None, wanted: Selection) -> None:
        super().__init__(media_type=MEDIA_TYPE, headers=_HEADERS)
        self._service = service
        self._caller = caller
        self._mode = mode
        self._after = after
        self._wanted = wanted

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", MEDIA_TYPE.encode())]
        headers += [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        wire = _Wire(send)
        subscriber = Subscriber(self._service, self._caller, wire, mode=self._mode)
        await wire.write([f"retry: {RETRY_MS + secrets.randbelow(RETRY_MS)}\n\n".encode()])
        with counted(self._service, wire, scope) as ended:
            why = await until_either(subscriber.run(self._after, self._wanted), _until_gone(receive))
            if why is not None:
                ended.append(why)
            if why not in (None, Why.STALLED):
                await wire.write([wire.notice("end", Notice(reason=why))])
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        # The server hears of a connection that was dropped one turn later.
        await asyncio.sleep(0)


class EventStream(Response[bytes]):
    """A stream of server-sent events."""

    def __init__(self, stream: _Stream) -> None:
        super().__init__(b"", media_type=MEDIA_TYPE)
        self._stream = stream

    def to_asgi_response(self, app: Any, request: Request[Any, Any, Any], **_: Any) -> ASGIResponse:  # noqa: ARG002
        """Return the answer, which writes itself."""
        return self._stream


async def _until_gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


@get(
    "/v1/alerts/stream",
    operation_id="stream_alerts",
    opt={"scope": Scope.READ},
    security=BEARER,
    tags=["alerts"],
    responses={
        **READ_ERRORS,
        200: ResponseSpec(
            data_container=str,
            media_type=MEDIA_TYPE,
            generate_examples=False,
            description="Events without an end: hello, change, gap, behind, snapshot, live, action, heartbeat, end.",
        ),
    },
)
async def stream_alerts(
    *,
    service: TheService,
    caller: TheCaller,
    mineral: Filter = None,
    stage: Filter = None,
    product: Filter = None,
    origin: Filter = None,
    destination: Filter = None,
    rule: Filter = None,
    zone: Filter = None,
    severity: Annotated[Severity | None, QueryParameter(description="This one or a more serious one.")] = None,
    condition: Annotated[State | None, QueryParameter(name="state", description="Only changes into this one.")] = None,
    is_open: Annotated[bool | None, QueryParameter(name="open", description="Only of open ones, or of others.")] = None,
    mode: Annotated[Mode, QueryParameter(description="snapshot: the open alerts first.")] = Mode.STREAM,
    after: Annotated[
        str | None,
        QueryParameter(max_length=40, description="Where to resume; earliest: from the first change that is kept."),
    ] = None,
    last_event_id: Annotated[
        str | None, HeaderParameter(name="Last-Event-ID", max_length=40, description="Goes before the parameter.")
    ] = None,
) -> EventStream:
    """Hear changes of alerts as they come; parameters narrow, Last-Event-ID resumes."""
    wanted = checked(
        Selection(
            state=condition,
            is_open=is_open,
            rule=rule,
            severity=severity,
            product=product,
            mineral=mineral,
            stage=stage,
            origin=origin,
            destination=destination,
            zone=zone,
        )
    )
    text = last_event_id or after
    return EventStream(_Stream(service, caller, mode, parse_cursor(text) if text else None, wanted))
