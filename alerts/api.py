"""
The HTTP API: alerts, what people do about them, silences, the floor question.

:mod:`alerts.gate` stands in front, :mod:`alerts.routes` are thin, :mod:`alerts.reading` and :mod:`alerts.acting` do the
work.  The OpenAPI document is made of the routes' types; whatever one may answer, errors included, is in it.
"""

import time
from collections.abc import Sequence
from typing import Annotated, Any, Final, cast

from litestar import Litestar
from litestar.datastructures import State as AppState
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, License, SecurityScheme, Tag
from litestar.params import QueryParameter

from alerts.acting import Acting
from alerts.event_stream import stream_alerts
from alerts.gate import Application, Gate
from alerts.measured import Measured, metrics
from alerts.problems import ProblemError, ProblemKind
from alerts.reading import Reading
from alerts.route_errors import HANDLERS
from alerts.route_guards import caller_of, must_be_allowed, must_be_json, must_be_understood
from alerts.routes import ROUTES
from alerts.service import Service
from alerts.socket import talk

RUN_MAX: Final = 40
"""Characters of the name of a replay."""


def _service(state: AppState) -> Service:
    found: Service = state.service
    return found


async def _reading(
    state: AppState,
    run: Annotated[
        str | None, QueryParameter(max_length=RUN_MAX, description="Of this replay, not of what is live.")
    ] = None,
) -> Reading:
    service: Service = state.service
    live: Reading = state.reading
    if run is None:
        return live
    stores = None if service.replay is None else service.replay(run)
    if stores is None or await stores[0].last_offset() is None:
        raise ProblemError(
            ProblemKind.MALFORMED, f"there is no replay {run[:RUN_MAX]!r} here: floorwatch replay --namespace makes one"
        )
    return Reading(*stores, policy=service.policy, now=service.now)


def _acting(state: AppState) -> Acting:
    found: Acting = state.acting
    return found


def build_api(service: Service, *, routes: Sequence[Any] = ()) -> Application:
    """Return the API as an ASGI application; *routes* are Litestar handlers beside those here."""
    reading = Reading(service.alerts, service.desk.store, policy=service.policy, now=service.now)
    acting = Acting(reading, service.desk, service.audit, now=service.now)
    app = Litestar(
        route_handlers=[*ROUTES, stream_alerts, talk, metrics, *routes],
        state=AppState({"service": service, "reading": reading, "acting": acting}),
        dependencies={
            "service": Provide(_service, sync_to_thread=False),
            "reading": Provide(_reading),
            "acting": Provide(_acting, sync_to_thread=False),
            "caller": Provide(caller_of, sync_to_thread=False),
        },
        guards=[must_be_allowed, must_be_understood, must_be_json],
        exception_handlers=HANDLERS,
        openapi_config=_openapi_config(service.version),
        pdb_on_exception=False,
        debug=False,
        logging_config=None,
        request_max_body_size=None,  # The gate counts.
    )
    served: Application = cast("Application", app)
    gate = Gate(served, tokens=service.tokens, limits=service.limits, now=service.now, monotonic=time.monotonic)
    return Measured(gate, service)


def _openapi_config(version: str) -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Floorwatch",
        version=version,
        description="Price-floor and dumping alerts for critical minerals: signals, not determinations.",
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(
                    type="http",
                    scheme="bearer",
                    description="A token of floorwatch tokens create; without any, a server on loopback lets read.",
                )
            }
        ),
        tags=[Tag(name=each) for each in ("alerts", "actions", "silences", "floors", "server")],
        create_examples=False,
        use_handler_docstrings=True,
        render_plugins=[],
        path="/.openapi",
    )
