"""Errors as the API tells them: ``application/problem+json`` (RFC 9457), each with what to do about it."""

from collections.abc import Sequence
from enum import Enum
from typing import Final, NamedTuple

import msgspec

MEDIA_TYPE: Final = "application/problem+json"
_TYPE_PREFIX: Final = "urn:floorwatch:problem:"


class _Kind(NamedTuple):
    name: str
    status: int
    title: str


class ProblemKind(_Kind, Enum):
    """Every kind of error that the API answers with."""

    MALFORMED = _Kind("malformed", 400, "The request is not understood")
    UNKNOWN_CURSOR = _Kind("unknown-cursor", 400, "The cursor is none of this server's")
    UNAUTHENTICATED = _Kind("unauthenticated", 401, "Nobody knows who is calling")
    FORBIDDEN = _Kind("forbidden", 403, "The token does not allow this")
    WRONG_HOST = _Kind("wrong-host", 403, "The request is for another host")
    NOT_FOUND = _Kind("not-found", 404, "There is no such thing")
    NO_QUOTE = _Kind("no-quote", 404, "The floor question has no answer")
    METHOD_NOT_ALLOWED = _Kind("method-not-allowed", 405, "The path does not take this method")
    TOO_SLOW = _Kind("too-slow", 408, "The request did not arrive in time")
    CONFLICT = _Kind("conflict", 409, "The alert has moved on")
    TOO_LARGE = _Kind("too-large", 413, "The body is too large")
    WRONG_MEDIA_TYPE = _Kind("wrong-media-type", 415, "The body is not JSON")
    INVALID = _Kind("invalid", 422, "The request is understood and makes no sense")
    TOO_MANY = _Kind("too-many-requests", 429, "Too many requests")
    FAULT = _Kind("fault", 500, "This server has a fault")
    UNAVAILABLE = _Kind("unavailable", 503, "Something this server needs is away")
    BUSY = _Kind("busy", 503, "This server has too many connections")


class FieldProblem(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one part of a request."""

    where: str
    """The parameter, or the path in the body: ``ends_at``, ``match.origin``."""
    problem: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An error (RFC 9457): what was found and, in the same sentence, what to do."""

    type: str
    """``urn:floorwatch:problem:<kind>``: what a program goes by."""
    title: str
    status: int
    detail: str
    errors: tuple[FieldProblem, ...] = ()


class ProblemError(Exception):
    """Raised to answer with a problem."""

    def __init__(
        self,
        kind: ProblemKind,
        detail: str,
        *,
        errors: Sequence[FieldProblem] = (),
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.problem = Problem(
            type=_TYPE_PREFIX + kind.value.name,
            title=kind.value.title,
            status=kind.value.status,
            detail=detail,
            errors=tuple(errors),
        )
        self.headers: dict[str, str] = {}
        if retry_after_s is not None:
            self.headers["Retry-After"] = str(retry_after_s)
        if kind is ProblemKind.UNAUTHENTICATED:
            self.headers["WWW-Authenticate"] = 'Bearer realm="floorwatch"'
