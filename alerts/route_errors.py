"""Every error that a route may raise, as a problem."""

import logging
from collections.abc import Mapping
from typing import Any, Final

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from alerts.access import AccessError, ForbiddenError
from alerts.action_log import ActionLogError
from alerts.audit import AuditError
from alerts.cursors import CursorError
from alerts.filters import FilterError
from alerts.problems import MEDIA_TYPE, FieldProblem, Problem, ProblemError, ProblemKind
from alerts.quoting import NoQuoteError
from alerts.store import StoreAuthError, StoreError

log: Final = logging.getLogger(__name__)

_RETRY_S: Final = 2
_CALLERS_MISTAKE: Final = 4
_K: Final = ProblemKind


def _answer(error: ProblemError, headers: Mapping[str, str] | None = None) -> Response[Problem]:
    return Response(
        error.problem,
        status_code=error.problem.status,
        media_type=MEDIA_TYPE,
        headers={**error.headers, **(headers or {})},
    )


def tell_problem(_: Request[Any, Any, Any], error: ProblemError) -> Response[Problem]:
    """Answer with a problem that a route raised."""
    return _answer(error)


def tell_access(_: Request[Any, Any, Any], error: AccessError) -> Response[Problem]:
    """Answer a caller who may not."""
    kind = _K.FORBIDDEN if isinstance(error, ForbiddenError) else _K.UNAUTHENTICATED
    return _answer(ProblemError(kind, str(error)))


def tell_no_quote(_: Request[Any, Any, Any], error: NoQuoteError) -> Response[Problem]:
    """Answer a floor question that has no answer, or makes no sense."""
    kind = _K.INVALID if error.is_question_wrong else _K.NO_QUOTE
    return _answer(ProblemError(kind, str(error), errors=[FieldProblem(where="question", problem=error.reason)]))


def tell_filter(_: Request[Any, Any, Any], error: FilterError) -> Response[Problem]:
    """Answer a filter that can match nothing."""
    where = FieldProblem(where=error.field, problem=error.problem)
    return _answer(ProblemError(_K.MALFORMED, str(error), errors=[where]))


def tell_cursor(_: Request[Any, Any, Any], error: CursorError) -> Response[Problem]:
    """Answer a cursor that is none."""
    return _answer(ProblemError(_K.UNKNOWN_CURSOR, str(error)))


def tell_away(_: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """Answer while something is away; where it is, and as whom it was asked, is for the log."""
    log.warning("%s", error)
    what = {ActionLogError: "Kafka, which keeps the actions,", AuditError: "the audit log", StoreAuthError: "Redis"}
    name = what.get(type(error), "Redis, which keeps the alerts for readers,")
    detail = f"{name} is away or refuses this server: nothing was lost; try again later, and see the server's log"
    return _answer(ProblemError(_K.UNAVAILABLE, detail, retry_after_s=_RETRY_S))


def tell_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    """Answer what the framework refuses, in our words."""
    kinds = {404: _K.NOT_FOUND, 405: _K.METHOD_NOT_ALLOWED, 413: _K.TOO_LARGE, 415: _K.WRONG_MEDIA_TYPE}
    if isinstance(error, ValidationException):
        return _answer(_malformed(request, error))
    kind = kinds.get(error.status_code)
    if kind is _K.NOT_FOUND:
        return _answer(ProblemError(kind, f"there is nothing at {request.url.path[:80]!r}: see /openapi.json"))
    if kind is not None:
        return _answer(ProblemError(kind, f"{error.detail}: see /openapi.json"), error.headers)
    if error.status_code // 100 == _CALLERS_MISTAKE:
        return _answer(ProblemError(_K.MALFORMED, "the body is not the JSON that this takes: see /openapi.json"))
    return tell_fault(request, error)


def tell_fault(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """Answer after a fault of ours: the log has it all, the caller nothing of it."""
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return _answer(ProblemError(_K.FAULT, "this server has a fault, and wrote it to its log: tell whoever runs it"))


def _malformed(request: Request[Any, Any, Any], error: ValidationException) -> ProblemError:
    found = [
        FieldProblem(where=_where(request, each), problem=str(each.get("message")))
        for each in (error.extra if isinstance(error.extra, list) else [])
        if isinstance(each, dict)
    ]
    first = f"{found[0].where}: {found[0].problem}" if found else "something is missing or not of its type"
    return ProblemError(_K.MALFORMED, f"{first}; see /openapi.json", errors=found)


def _where(request: Request[Any, Any, Any], found: Mapping[str, Any]) -> str:
    """Return the place that the framework names, as the caller knows it."""
    key = str(found.get("key") or "body")
    parameter = request.route_handler.parsed_fn_signature.parameters.get(key)
    if key == "data":
        return "body"
    return getattr(parameter and parameter.kwarg_definition, "name", None) or key.removeprefix("data.")


HANDLERS: Final[dict[int | type[Exception], Any]] = {
    ProblemError: tell_problem,
    AccessError: tell_access,
    NoQuoteError: tell_no_quote,
    FilterError: tell_filter,
    CursorError: tell_cursor,
    StoreError: tell_away,
    ActionLogError: tell_away,
    AuditError: tell_away,
    HTTPException: tell_http,
    Exception: tell_fault,
}
