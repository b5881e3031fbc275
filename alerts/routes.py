"""The routes of the API: thin, typed, and with every answer that they may give, for the OpenAPI document."""

from typing import Annotated, Any, Final

import msgspec
from litestar import MediaType, Request, Response, delete, get, post
from litestar.datastructures import State as AppState
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import HeaderParameter, JSONBody, PathParameter, QueryParameter

from alerts.access import Caller, Scope
from alerts.acting import Acknowledge, Acting, Assign, Close, NewComment, NewSilence, Reopen, Unacknowledge
from alerts.action_log import ActionLogError
from alerts.asyncapi import asyncapi_document, json_schemas
from alerts.evidence_pack import PAGE_POLICY, pack_as_csv, pack_as_html
from alerts.explain import Explanation
from alerts.filters import checked
from alerts.floor_board import FloorBoard
from alerts.lifecycle import WorkflowState
from alerts.model import Severity, State
from alerts.problems import MEDIA_TYPE, Problem, ProblemKind
from alerts.quoting import QuoteAnswer, QuoteQuestion
from alerts.reading import Reading
from alerts.service import Service
from alerts.store import AlertFilter
from alerts.suppression import ActiveSilence
from alerts.views import ActionTaken, AlertDetail, AlertHistory, AlertPage, EvidencePack, LanePrices

LIMIT: Final = 100
LIMIT_MAX: Final = 500
_DOWNLOAD: Final = {"Content-Disposition": 'attachment; filename="evidence.csv"'}


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who is calling."""

    name: str
    token: str | None
    """Its id; None: no token, on a loopback server that has none."""
    scopes: tuple[Scope, ...]


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """That the server runs, or is ready."""

    status: str
    version: str


class Silences(msgspec.Struct, frozen=True, kw_only=True):
    """The silences that have not ended."""

    silences: tuple[ActiveSilence, ...]


def problems(*kinds: ProblemKind) -> dict[int, ResponseSpec]:
    """Return how the OpenAPI document describes the errors of a route."""
    titles: dict[int, list[str]] = {}
    for kind in kinds:
        titles.setdefault(kind.value.status, []).append(kind.value.title)
    return {
        status: ResponseSpec(
            data_container=Problem,
            generate_examples=False,
            media_type=MEDIA_TYPE,
            description=", or: ".join(each),
        )
        for status, each in titles.items()
    }


_K = ProblemKind
_ANY: Final = (_K.MALFORMED, _K.TOO_SLOW, _K.TOO_LARGE, _K.TOO_MANY, _K.FAULT, _K.BUSY)
READ_ERRORS: Final = problems(*_ANY, _K.UNAUTHENTICATED, _K.FORBIDDEN, _K.WRONG_HOST, _K.UNAVAILABLE)
_READ_ONE: Final = READ_ERRORS | problems(_K.NOT_FOUND)
_WRITE: Final = READ_ERRORS | problems(_K.WRONG_MEDIA_TYPE, _K.INVALID)
_WRITE_ONE: Final = _WRITE | problems(_K.NOT_FOUND, _K.CONFLICT)
BEARER: Final[list[dict[str, list[str]]]] = [{"bearer": []}]

TheReading = NamedDependency[Reading]
TheActing = NamedDependency[Acting]
TheCaller = NamedDependency[Caller]
TheService = NamedDependency[Service]

AlertId = Annotated[str, PathParameter(max_length=80, description="The id of an alert, as listed.")]
Key = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        max_length=200,
        description="A name for this action: sending it again with the same key does it once.",
    ),
]
Filter = Annotated[
    str | None, QueryParameter(max_length=200, description="One value, or several with commas between them.")
]


def _reads(scope: Scope = Scope.READ) -> dict[str, Any]:
    return {"opt": {"scope": scope}, "security": BEARER, "tags": ["alerts"], "responses": _READ_ONE}


def _writes(scope: Scope = Scope.ACK) -> dict[str, Any]:
    return {"opt": {"scope": scope}, "security": BEARER, "tags": ["actions"], "responses": _WRITE_ONE}


# -- alerts --------------------------------------------------------------------------------------------------------


@get("/v1/alerts", operation_id="list_alerts", **_reads() | {"responses": READ_ERRORS})
async def list_alerts(
    *,
    reading: TheReading,
    caller: TheCaller,
    mineral: Filter = None,
    stage: Filter = None,
    product: Filter = None,
    origin: Filter = None,
    destination: Filter = None,
    rule: Filter = None,
    zone: Filter = None,
    severity: Annotated[Severity | None, QueryParameter(description="This one or a more serious one.")] = None,
    condition: Annotated[State | None, QueryParameter(name="state", description="Only in this condition.")] = None,
    workflow: Annotated[WorkflowState | None, QueryParameter(description="Only as far as this.")] = None,
    is_open: Annotated[
        bool | None, QueryParameter(name="open", description="Pending, firing and recovering ones, or only the others.")
    ] = None,
    retracted: Annotated[bool, QueryParameter(description="Also those that were retracted.")] = False,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT,
    cursor: Annotated[str | None, QueryParameter(max_length=200, description="Of the page before.")] = None,
) -> AlertPage:
    """List alerts, the last opened first; parameters narrow."""
    wanted = checked(
        AlertFilter(
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
    return await reading.page(
        caller,
        wanted,
        workflow=workflow,
        cursor=cursor,
        limit=limit,
        retracted=retracted or condition is State.RETRACTED,
    )


@get("/v1/alerts/{alert_id:str}", operation_id="get_alert", **_reads())
async def get_alert(reading: TheReading, caller: TheCaller, alert_id: AlertId) -> AlertDetail:
    """Return one alert."""
    return await reading.detail(caller, alert_id)


@get("/v1/alerts/{alert_id:str}/history", operation_id="get_history", **_reads())
async def get_history(reading: TheReading, caller: TheCaller, alert_id: AlertId) -> AlertHistory:
    """Return every change of an alert and every action on it."""
    return await reading.history(caller, alert_id)


@get("/v1/alerts/{alert_id:str}/explanation", operation_id="get_explanation", **_reads())
async def get_explanation(reading: TheReading, caller: TheCaller, alert_id: AlertId) -> Explanation:
    """Return an alert in plain words, its arithmetic recomputed."""
    return await reading.explanation(caller, alert_id)


@get("/v1/alerts/{alert_id:str}/prices", operation_id="get_prices", **_reads())
async def get_prices(reading: TheReading, caller: TheCaller, alert_id: AlertId) -> LanePrices:
    """Return price, floor and normal value over time, as the alerts of the same lane have told them."""
    return await reading.prices(caller, alert_id)


@get("/v1/alerts/{alert_id:str}/evidence", operation_id="get_evidence", **_reads())
async def get_evidence(reading: TheReading, acting: TheActing, caller: TheCaller, alert_id: AlertId) -> EvidencePack:
    """Return the evidence pack of an alert: the alert, its arithmetic recomputed, its history."""
    pack = await reading.pack(caller, alert_id)
    await acting.seen(caller, "evidence", alert_id)
    return pack


@get("/v1/alerts/{alert_id:str}/evidence.csv", operation_id="get_evidence_csv", media_type="text/csv", **_reads())
async def get_evidence_csv(
    reading: TheReading, acting: TheActing, caller: TheCaller, alert_id: AlertId
) -> Response[str]:
    """Return the evidence pack as a table."""
    table = pack_as_csv(await reading.pack(caller, alert_id))
    await acting.seen(caller, "evidence.csv", alert_id)
    return Response(
        table, media_type="text/csv", headers={"Content-Disposition": 'attachment; filename="evidence.csv"'}
    )


@get("/v1/alerts/{alert_id:str}/evidence.html", operation_id="get_evidence_html", media_type=MediaType.HTML, **_reads())
async def get_evidence_html(
    reading: TheReading, acting: TheActing, caller: TheCaller, alert_id: AlertId
) -> Response[str]:
    """Return the evidence pack as a page to print."""
    page = pack_as_html(await reading.pack(caller, alert_id))
    await acting.seen(caller, "evidence.html", alert_id)
    return Response(page, media_type=MediaType.HTML, headers={"Content-Security-Policy": PAGE_POLICY})


# -- actions -------------------------------------------------------------------------------------------------------


@post("/v1/alerts/{alert_id:str}/acknowledge", operation_id="acknowledge", **_writes())
async def acknowledge(
    acting: TheActing, caller: TheCaller, alert_id: AlertId, data: JSONBody[Acknowledge], key: Key = None
) -> ActionTaken:
    """Acknowledge an alert: only a rise in severity, which undoes it, and the end are news then."""
    return await acting.act(caller, alert_id, data, key=key)


@post("/v1/alerts/{alert_id:str}/unacknowledge", operation_id="unacknowledge", **_writes())
async def unacknowledge(
    acting: TheActing, caller: TheCaller, alert_id: AlertId, data: JSONBody[Unacknowledge], key: Key = None
) -> ActionTaken:
    """Take an acknowledgement back."""
    return await acting.act(caller, alert_id, data, key=key)


@post("/v1/alerts/{alert_id:str}/assign", operation_id="assign", **_writes())
async def assign(
    acting: TheActing, caller: TheCaller, alert_id: AlertId, data: JSONBody[Assign], key: Key = None
) -> ActionTaken:
    """Assign an alert to somebody, or to nobody."""
    return await acting.act(caller, alert_id, data, key=key)


@post("/v1/alerts/{alert_id:str}/comment", operation_id="comment", **_writes())
async def comment(
    acting: TheActing, caller: TheCaller, alert_id: AlertId, data: JSONBody[NewComment], key: Key = None
) -> ActionTaken:
    """Comment on an alert; it is text, kept as it is."""
    return await acting.act(caller, alert_id, data, key=key)


@post("/v1/alerts/{alert_id:str}/close", operation_id="close", **_writes())
async def close(
    acting: TheActing, caller: TheCaller, alert_id: AlertId, data: JSONBody[Close], key: Key = None
) -> ActionTaken:
    """Close an alert with what it turned out to be."""
    return await acting.act(caller, alert_id, data, key=key)


@post("/v1/alerts/{alert_id:str}/reopen", operation_id="reopen", **_writes())
async def reopen(
    acting: TheActing, caller: TheCaller, alert_id: AlertId, data: JSONBody[Reopen], key: Key = None
) -> ActionTaken:
    """Open a closed alert again."""
    return await acting.act(caller, alert_id, data, key=key)


@get("/v1/silences", operation_id="list_silences", **_reads() | {"responses": READ_ERRORS, "tags": ["silences"]})
async def list_silences(reading: TheReading) -> Silences:
    """List the silences that have not ended."""
    return Silences(silences=tuple(await reading.silences()))


@post("/v1/silences", operation_id="silence", **_writes(Scope.SILENCE) | {"responses": _WRITE, "tags": ["silences"]})
async def silence(acting: TheActing, caller: TheCaller, data: JSONBody[NewSilence], key: Key = None) -> ActiveSilence:
    """Mute the notifications of some alerts until an end; they are recorded all the same, and their end is told."""
    return await acting.silence(caller, data, key=key)


@delete(
    "/v1/silences/{silence_id:str}",
    operation_id="end_silence",
    status_code=200,
    **_writes(Scope.SILENCE) | {"responses": _READ_ONE, "tags": ["silences"]},
)
async def end_silence(
    acting: TheActing, caller: TheCaller, silence_id: Annotated[str, PathParameter(max_length=80)]
) -> ActiveSilence:
    """End a silence now, and return it as it was."""
    return await acting.end_silence(caller, silence_id)


# -- floors --------------------------------------------------------------------------------------------------------


@get(
    "/v1/floors",
    operation_id="list_floors",
    **_reads() | {"responses": READ_ERRORS | problems(_K.INVALID), "tags": ["floors"]},
)
async def list_floors(
    *,
    service: TheService,
    reading: TheReading,
    acting: TheActing,
    caller: TheCaller,
    day: Annotated[
        str | None, QueryParameter(name="date", max_length=10, description="As 2025-03-31; left out: today.")
    ] = None,
) -> FloorBoard:
    """List the floors that hold on a day, with the headroom last told and the open alerts that rest on each."""
    day = day or service.now()[:10]
    confidential = caller.may(Scope.FLOORS)
    floors = await service.floors(day, confidential=confidential)
    if any(each.confidential for each in floors):
        await acting.seen(caller, "floors", day)
    return FloorBoard(day=day, floors=await reading.floor_lines(caller, floors), withheld=not confidential)


_QUOTED: Final = _READ_ONE | problems(_K.INVALID, _K.NO_QUOTE)


@get("/v1/floors/quote", operation_id="quote", **_reads() | {"responses": _QUOTED, "tags": ["floors"]})
async def quote(
    *,
    service: TheService,
    acting: TheActing,
    caller: TheCaller,
    product: Annotated[str, QueryParameter(max_length=200, description="As silicon|metal.")],
    origin: Annotated[str, QueryParameter(max_length=10, description="Country, ISO 3166 alpha-2.")],
    destination: Annotated[str, QueryParameter(max_length=10, description="Country, ISO 3166 alpha-2.")],
    day: Annotated[str, QueryParameter(name="date", max_length=10, description="Of entry, as 2025-03-31.")],
    price: Annotated[str, QueryParameter(max_length=40, description="Of one unit, decimal text.")],
    currency: Annotated[str, QueryParameter(max_length=10)] = "USD",
    unit: Annotated[str, QueryParameter(max_length=20, description="What the price is for: kg, t, lb, mtu ...")] = "kg",
    incoterm: Annotated[str, QueryParameter(max_length=10)] = "CIF",
    price_of: Annotated[str | None, QueryParameter(max_length=40, description="The constituent it is for.")] = None,
    grade_pct: Annotated[str | None, QueryParameter(max_length=40)] = None,
    moisture_pct: Annotated[str | None, QueryParameter(max_length=40)] = None,
    hs_code: Annotated[str | None, QueryParameter(max_length=20)] = None,
    regime: Annotated[str | None, QueryParameter(max_length=40)] = None,
    quantity: Annotated[str | None, QueryParameter(max_length=40, description="In the unit; left out: one.")] = None,
) -> QuoteAnswer:
    """Answer the levy question: the floor for these goods on that day, and what would be charged at this price."""
    question = QuoteQuestion(
        product=product,
        origin=origin.upper(),
        destination=destination.upper(),
        date=day,
        price=price,
        currency=currency.upper(),
        unit=unit,
        incoterm=incoterm.upper(),
        price_of=price_of,
        grade_pct=grade_pct,
        moisture_pct=moisture_pct,
        hs_code=hs_code,
        regime=regime,
        quantity=quantity,
    )
    confidential = caller.may(Scope.FLOORS)
    answer = await service.quote(question, confidential=confidential)
    if confidential:
        await acting.seen(caller, "quote", answer.floor.get("floor") or product)
    return answer


# -- the server itself ---------------------------------------------------------------------------------------------

PUBLIC: Final[dict[str, Any]] = {"tags": ["server"], "responses": problems(*_ANY, _K.WRONG_HOST)}


@get("/v1/me", operation_id="who_am_i", **_reads() | {"responses": READ_ERRORS, "tags": ["server"]})
async def who_am_i(caller: TheCaller) -> Me:
    """Say who is calling and what they may do."""
    return Me(name=caller.name, token=caller.token, scopes=tuple(sorted(caller.scopes)))


@get("/healthz", operation_id="healthz", **PUBLIC)
async def healthz(service: TheService) -> Health:
    """Say that the process runs."""
    return Health(status="ok", version=service.version)


@get("/readyz", operation_id="readyz", **PUBLIC | {"responses": problems(*_ANY, _K.WRONG_HOST, _K.UNAVAILABLE)})
async def readyz(service: TheService) -> Health:
    """Say that alerts can be read and actions taken."""
    await service.alerts.last_offset()
    if service.desk.trouble is not None:
        raise ActionLogError(service.desk.trouble)
    return Health(status="ready", version=service.version)


@get("/openapi.json", operation_id="openapi", **PUBLIC)
async def openapi(request: Request[Any, Any, AppState]) -> dict[str, Any]:
    """Return the description of this API (OpenAPI 3.1)."""
    return request.app.openapi_schema.to_schema()


@get("/asyncapi.json", operation_id="asyncapi", **PUBLIC)
async def asyncapi(service: TheService) -> dict[str, Any]:
    """Return the description of the topics, streams and sockets (AsyncAPI 3.1)."""
    return asyncapi_document(version=service.version, namespace=service.namespace, topics=service.topics)


@get("/schemas.json", operation_id="schemas", **PUBLIC)
async def schemas() -> dict[str, Any]:
    """Return the JSON Schemas of alerts, changes, actions, events and problems, each under $defs."""
    return json_schemas()


ROUTES: Final = [
    list_alerts,
    get_alert,
    get_history,
    get_explanation,
    get_prices,
    get_evidence,
    get_evidence_csv,
    get_evidence_html,
    acknowledge,
    unacknowledge,
    assign,
    comment,
    close,
    reopen,
    list_silences,
    silence,
    end_silence,
    list_floors,
    quote,
    who_am_i,
    healthz,
    readyz,
    openapi,
    asyncapi,
    schemas,
]
