"""
``/v1/ws``: the same changes over a WebSocket, on which a subscriber also speaks.

==================  ==================================================================================================
the client says
``authenticate``    ``token``: for browsers, which cannot send a header; first of all, where none was sent
``subscribe``       ``filter``, ``after`` (a cursor, or ``earliest``), ``mode``; again with another filter, it goes on
                    from where it is
``act``             ``alert_id``, ``action`` (acknowledge, unacknowledge, assign, comment, close, reopen), ``body`` as
                    of the route of that name, ``key``; needs the scope ``ack``
the server says
``hello``           the cursor and the filter of the subscription
``change``          ``cursor`` and ``event``, a CloudEvent
``snapshot``        ``event``: an open alert, in the mode ``snapshot``; ``live`` follows the last
``cursor``          where the subscriber is by now, after a while without a change
``gap``, ``behind`` as on the stream of events
``action``          ``event``: what somebody did; a hint, with no cursor, which resuming does not repeat
``heartbeat``       ``event``: the whole path from the source to here is alive; a hint likewise
``done``            ``result`` of an action
``problem``         ``problem``: what was wrong with a message, as the API says it over HTTP
``end``             why the server closes
==================  ==================================================================================================

``ref`` of a message is in what answers it.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import msgspec
from litestar import WebSocket, websocket
from litestar.exceptions import WebSocketDisconnect

from alerts.access import AccessError, Caller, ForbiddenError, Scope, UnauthenticatedError
from alerts.acting import Acknowledge, Acting, Assign, Body, Close, NewComment, Reopen, Unacknowledge
from alerts.action_log import ActionLogError
from alerts.audit import AuditError
from alerts.cursors import Cursor, CursorError, parse_cursor
from alerts.filters import EVERYTHING, FilterError, Selection, checked
from alerts.hub import Frame
from alerts.problems import Problem, ProblemError, ProblemKind
from alerts.routes import TheActing, TheService
from alerts.service import Service
from alerts.store import StoreError
from alerts.subscriber import STALL_S, Mode, Notice, Subscriber, Transport, Why, counted, until_either

AUTHENTICATE_S: Final = 10.0
"""How long a connection without a token may take to send one."""
PAUSE_S: Final = 0.05
"""After each message of a client: twenty a second are enough for anybody."""
_UNAUTHENTICATED: Final = 4401
_STRANGER: Final = 4403
_WENT_AWAY: Final = 1001
_FAULT: Final = 1011
_CLOSINGS: Final = {Why.EXPIRED: _UNAUTHENTICATED, Why.SHUTDOWN: 1012, Why.ERROR: _FAULT, Why.STALLED: _FAULT}
_BODIES: Final[dict[str, type[Body]]] = {
    "acknowledge": Acknowledge,
    "unacknowledge": Unacknowledge,
    "assign": Assign,
    "comment": NewComment,
    "close": Close,
    "reopen": Reopen,
}
Act = Literal["acknowledge", "unacknowledge", "assign", "comment", "close", "reopen"]
Ref = str | int | None


class Authenticate(msgspec.Struct, frozen=True, kw_only=True, tag="authenticate", forbid_unknown_fields=True):
    """Say who is calling."""

    token: str
    ref: Ref = None


class Subscribe(msgspec.Struct, frozen=True, kw_only=True, tag="subscribe", forbid_unknown_fields=True):
    """Say what to hear, and from where on."""

    filter: Selection = EVERYTHING
    after: str | None = None
    mode: Mode = Mode.STREAM
    ref: Ref = None


class DoAct(msgspec.Struct, frozen=True, kw_only=True, tag="act", forbid_unknown_fields=True):
    """Do something about an alert."""

    alert_id: str
    action: Act
    body: msgspec.Raw = msgspec.Raw(b"{}")
    key: str | None = None
    ref: Ref = None


Message = Authenticate | Subscribe | DoAct
_decoder: Final = msgspec.json.Decoder(Message)


def change_message(frame: Frame, event: bytes) -> bytes:
    """Return a change as a message."""
    return b'{"type":"change","cursor":"' + str(frame.cursor).encode() + b'","event":' + event + b"}"


class _Wire:
    transport: Transport = "websocket"
    encode = staticmethod(change_message)

    def __init__(self, socket: WebSocket[Any, Any, Any]) -> None:
        self._socket = socket

    def notice(self, kind: str, notice: Notice, *, cursor: Cursor | None = None) -> bytes:
        said = msgspec.to_builtins(notice)
        return msgspec.json.encode({"type": kind} | said | ({} if cursor is None else {"cursor": str(cursor)}))

    def unnumbered(self, kind: str, event: bytes) -> bytes:
        return b'{"type":"' + kind.encode() + b'","event":' + event + b"}"

    def alive(self, cursor: Cursor | None) -> bytes:
        return self.notice("cursor", Notice(), cursor=cursor)

    async def write(self, parts: Sequence[bytes]) -> None:
        for each in parts:
            await self._socket.send_data(each.decode())


class _Conversation:
    """One socket: what its client says, and what it hears."""

    def __init__(self, socket: WebSocket[Any, Any, Any], service: Service, acting: Acting, caller: Caller) -> None:
        self._socket = socket
        self._service = service
        self._acting = acting
        self._caller = caller
        self.wire = _Wire(socket)
        self._subscriber = Subscriber(service, caller, self.wire)
        self._wanted: asyncio.Future[tuple[Cursor | None, Selection]] = asyncio.get_running_loop().create_future()

    async def hear(self) -> Why:
        """Send what is subscribed to, from the first subscription on."""
        after, wanted = await self._wanted
        return await self._subscriber.run(after, wanted)

    async def listen(self) -> None:
        """Take what the client says, until it has gone."""
        while True:
            ref: Ref = None
            try:
                message = await _received(self._socket)
                ref = message.ref
                await self._take(message)
            except WebSocketDisconnect:
                return
            except Exception as error:
                problem = _problem_of(error)
                if problem is None:
                    raise
                await self._say({"type": "problem", "ref": ref, "problem": problem})
            await asyncio.sleep(PAUSE_S)

    async def _take(self, message: Message) -> None:
        match message:
            case Authenticate():
                raise ProblemError(ProblemKind.CONFLICT, "it is known who you are: subscribe, or connect again")
            case Subscribe():
                self._subscribe(message)
            case DoAct():
                await self._act(message)

    def _subscribe(self, message: Subscribe) -> None:
        wanted = checked(message.filter)
        after = parse_cursor(message.after) if message.after else None
        if self._wanted.done():
            self._subscriber.change(after, wanted, message.mode)
        else:
            self._subscriber.mode = message.mode
            self._wanted.set_result((after, wanted))

    async def _act(self, message: DoAct) -> None:
        try:
            self._caller.must(Scope.ACK)
        except AccessError as error:
            await self._acting.denied(
                self._caller.name, self._caller.token, message.action, message.alert_id, str(error)
            )
            raise
        body = msgspec.json.decode(message.body, type=_BODIES[message.action])
        taken = await self._acting.act(self._caller, message.alert_id, body, key=message.key)
        await self._say({"type": "done", "ref": message.ref, "result": taken})

    async def _say(self, what: dict[str, Any]) -> None:
        # A client that takes nothing is dropped by the other task.
        async with asyncio.timeout(STALL_S):
            await self.wire.write([msgspec.json.encode(what)])


@websocket("/v1/ws")
async def talk(socket: WebSocket[Any, Any, Any], service: TheService, acting: TheActing) -> None:
    """Hear changes and act, over one socket: see the description at the top of this module, and /asyncapi.json."""
    if not _is_own_page(socket):
        await socket.close(code=_STRANGER, reason="a page of another origin may not connect")
        return
    await socket.accept()
    try:
        caller = await _caller(socket, service)
        caller.must(Scope.READ)
    except (AccessError, TimeoutError, msgspec.MsgspecError) as error:
        await socket.close(code=_UNAUTHENTICATED, reason=str(error)[:120] or "no token came: authenticate first")
        return
    except WebSocketDisconnect:
        return
    conversation = _Conversation(socket, service, acting, caller)
    with counted(service, conversation.wire, socket.scope) as ended:
        why = await until_either(conversation.hear(), conversation.listen())
        if why is None:
            return
        ended.append(why)
        if why is not Why.STALLED:
            await socket.close(code=_CLOSINGS[why], reason=why)


async def _received(socket: WebSocket[Any, Any, Any]) -> Message:
    message: Message = _decoder.decode(await socket.receive_data("text"))
    return message


async def _caller(socket: WebSocket[Any, Any, Any], service: Service) -> Caller:
    known: Caller | UnauthenticatedError = socket.scope["state"]["caller"]
    if isinstance(known, Caller):
        return known
    async with asyncio.timeout(AUTHENTICATE_S):
        message = await _received(socket)
    if not isinstance(message, Authenticate):
        raise known
    return service.tokens.caller(message.token, now=service.now())


def _is_own_page(socket: WebSocket[Any, Any, Any]) -> bool:
    """Return whether no page, or one of this server's own, connects: browsers let any page connect anywhere."""
    origin = socket.headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == socket.headers.get("host", "").lower()


def _problem_of(error: Exception) -> Problem | None:
    """Return what to answer; None for a fault of ours."""
    match error:
        case ProblemError():
            return error.problem
        case ForbiddenError():
            kind = ProblemKind.FORBIDDEN
        case AccessError():
            kind = ProblemKind.UNAUTHENTICATED
        case CursorError():
            kind = ProblemKind.UNKNOWN_CURSOR
        case FilterError() | msgspec.MsgspecError() | UnicodeError():
            kind = ProblemKind.MALFORMED
        case StoreError() | ActionLogError() | AuditError():
            kind = ProblemKind.UNAVAILABLE
        case _:
            return None
    detail = str(error) if kind is not ProblemKind.UNAVAILABLE else "a part of this server is away: try again later"
    return ProblemError(kind, detail).problem
