"""What a request must be before a route takes it: allowed, understood, JSON; and who sends it."""

from typing import TYPE_CHECKING, Any, Final

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from alerts.access import AccessError, Caller, Scope, UnauthenticatedError
from alerts.problems import FieldProblem, ProblemError, ProblemKind

if TYPE_CHECKING:
    from alerts.acting import Acting

_K: Final = ProblemKind


def caller_of(request: Request[Any, Any, Any]) -> Caller:
    """Return who sends *request*; raises :class:`alerts.access.UnauthenticatedError` where nobody knows."""
    known: Caller | UnauthenticatedError = request.scope["state"]["caller"]
    if isinstance(known, UnauthenticatedError):
        raise known
    return known


async def must_be_allowed(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Raise unless the caller has the route's scope; who may not change something is written down."""
    scope = handler.opt.get("scope")
    if scope is None:
        return
    known: Caller | UnauthenticatedError = connection.scope["state"]["caller"]
    try:
        if isinstance(known, UnauthenticatedError):
            raise known
        known.must(scope)
    except AccessError as error:
        if scope is not Scope.READ:
            name, token = (known.name, known.token) if isinstance(known, Caller) else ("unknown", None)
            subject = connection.path_params.get("alert_id") or connection.path_params.get("silence_id")
            acting: Acting = connection.app.state.acting
            await acting.denied(name, token, str(handler.name), subject, str(error))
        raise


def must_be_understood(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Raise for query parameters that the route does not know or is given twice: a misspelt filter filters nothing."""
    known = {
        getattr(each.kwarg_definition, "name", None) or name
        for name, each in handler.parsed_fn_signature.parameters.items()
    }
    if "reading" in known:
        known.add("run")
    given = [name for name, _ in connection.query_params.multi_items()]
    wrong = [
        FieldProblem(where=name, problem="is no parameter here" if name not in known else "is given twice")
        for name in dict.fromkeys(given)
        if name not in known or given.count(name) > 1
    ]
    if wrong:
        raise ProblemError(_K.MALFORMED, f"{wrong[0].where[:80]} {wrong[0].problem}: see /openapi.json", errors=wrong)


def must_be_json(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Raise for a body that does not say that it is JSON."""
    sent = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    if "data" in handler.parsed_fn_signature.parameters and sent != "application/json":
        raise ProblemError(_K.WRONG_MEDIA_TYPE, f"{sent[:80]!r} is not taken: send application/json")
