"""Acting on alerts: what is checked, recorded and audited before a caller hears that it is done."""

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import msgspec

from alerts.access import Caller
from alerts.action_log import ActionDesk
from alerts.actions import (
    TEXT_MAX,
    Acknowledged,
    Action,
    AlertAction,
    AlertMatch,
    Assigned,
    Closed,
    Commented,
    Disposition,
    Instant,
    Name,
    RecordedAction,
    Reopened,
    Silence,
    Silenced,
    SilenceEnded,
    Text,
    Unacknowledged,
    kind_of,
)
from alerts.audit import AuditLog, Outcome
from alerts.lifecycle import Workflow, WorkflowState, workflow_of
from alerts.model import Alert
from alerts.problems import FieldProblem, ProblemError, ProblemKind
from alerts.reading import Reading
from alerts.suppression import ActiveSilence, silences_of
from alerts.views import ActionTaken

SILENCE_DAYS_MAX: Final = 90

Note = Annotated[str, msgspec.Meta(max_length=TEXT_MAX)]


class _Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    revision: int | None = None
    """The alert's revision that was looked at: refused with a conflict where it has moved on since."""


class Acknowledge(_Body, frozen=True, kw_only=True):
    """Say that you have seen it and deal with it."""

    note: Note = ""
    until: Instant | None = None
    """When the acknowledgement lapses; left out: it stands."""


class Unacknowledge(_Body, frozen=True, kw_only=True):
    """Say that nobody deals with it after all."""

    note: Note = ""


class Assign(_Body, frozen=True, kw_only=True):
    """Say whose it is."""

    assignee: Name | None
    """Null: nobody's any more."""
    note: Note = ""


class NewComment(_Body, frozen=True, kw_only=True):
    """Say something about it."""

    comment: Text


class Close(_Body, frozen=True, kw_only=True):
    """Say what it turned out to be."""

    disposition: Disposition
    comment: Text


class Reopen(_Body, frozen=True, kw_only=True):
    """Say that it must be looked into again."""

    comment: Text


class NewSilence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Mute the notifications of some alerts until an end, which must be given."""

    match: AlertMatch
    """At least one of its fields."""
    ends_at: Instant
    reason: Text
    starts_at: Instant | None = None
    """Left out: now."""
    ticket: Name | None = None


Body = Acknowledge | Unacknowledge | Assign | NewComment | Close | Reopen


class Acting:
    """Takes actions: each is checked, written to the log of actions, and audited with what came of it."""

    def __init__(self, reading: Reading, desk: ActionDesk, audit: AuditLog, *, now: Callable[[], str]) -> None:
        self._reading = reading
        self._desk = desk
        self._audit = audit
        self._now = now

    async def act(self, caller: Caller, alert_id: str, body: Body, *, key: str | None) -> ActionTaken:
        """
        Record what *caller* does about an alert; the same *key* again is the same action.

        Raises :class:`~alerts.problems.ProblemError` where it makes no sense (any more), and what the log, the store
        and the audit log raise.
        """
        alert = await self._reading.alert(alert_id)
        (before,) = await self._desk.store.of_alerts([alert_id])
        action = self._action(caller, alert, body, key)
        known = next((each for each in before if each.action.id == action.id), None)
        if known is None:
            self._check(alert, body, workflow_of(alert, before, now=self._now()))
            known = await self._record(caller, action, alert_id)
        detail = await self._reading.detail(caller, alert_id)
        return ActionTaken(offset=known.offset, action=known.action, alert=detail)

    async def silence(self, caller: Caller, wanted: NewSilence, *, key: str | None) -> ActiveSilence:
        """Record a silence; raises as :meth:`act` does."""
        now = self._now()
        silence = Silence(
            match=wanted.match,
            starts_at=wanted.starts_at or now,
            ends_at=wanted.ends_at,
            reason=wanted.reason,
            ticket=wanted.ticket,
        )
        action = Silenced(id=_id(caller, key, "silences"), at=now, actor=caller.name, silence=silence)
        known = await self._known_silence(action.id)
        if known is not None:
            return known
        _check_silence(silence, now)
        await self._record(caller, action, action.id)
        return ActiveSilence(id=action.id, created_by=caller.name, created_at=now, silence=silence)

    async def end_silence(self, caller: Caller, silence_id: str) -> ActiveSilence:
        """End a silence now and return it; raises as :meth:`act` does."""
        known = await self._known_silence(silence_id)
        if known is None or known.silence.ends_at <= self._now():
            raise ProblemError(
                ProblemKind.NOT_FOUND,
                f"there is no silence {silence_id[:80]!r} to end: GET /v1/silences lists them, and those of the policy "
                "file are ended there",
            )
        action = SilenceEnded(
            id=_id(caller, None, silence_id), at=self._now(), actor=caller.name, silence_id=silence_id
        )
        await self._record(caller, action, silence_id)
        return known

    async def denied(self, caller: str, token: str | None, what: str, subject: str | None, why: str) -> None:
        """Write down that somebody was not let."""
        await self._write_down(
            actor=caller, token=token, what=what, subject=subject, outcome=Outcome.DENIED, detail=why
        )

    async def seen(self, caller: Caller, what: str, subject: str) -> None:
        """Write down that somebody took something away that is not for everybody."""
        await self._write_down(actor=caller.name, token=caller.token, what=what, subject=subject)

    async def _record(self, caller: Caller, action: Action, subject: str) -> RecordedAction:
        facts: dict[str, Any] = {
            "actor": caller.name,
            "token": caller.token,
            "what": kind_of(action),
            "subject": subject,
            "detail": f"action {action.id}",
        }
        try:
            recorded = await self._desk.record(action)
        except Exception:
            await self._write_down(**facts, outcome=Outcome.FAILED)
            raise
        await self._write_down(**facts)
        return recorded

    async def _write_down(self, **facts: Any) -> None:
        # On the disk before the caller hears of it, and without holding up others meanwhile.
        await asyncio.to_thread(self._audit.append, at=self._now(), **facts)

    async def _known_silence(self, silence_id: str) -> ActiveSilence | None:
        known = silences_of(await self._desk.store.silences())
        return next((each for each in known if each.id == silence_id), None)

    def _action(self, caller: Caller, alert: Alert, body: Body, key: str | None) -> AlertAction:
        seen: dict[str, Any] = {
            "id": _id(caller, key, alert.id),
            "at": self._now(),
            "actor": caller.name,
            "alert_id": alert.id,
            "severity": alert.severity,
            "state": alert.state,
            "revision": alert.revision,
        }
        match body:
            case Acknowledge():
                return Acknowledged(**seen, note=body.note, until=body.until)
            case Unacknowledge():
                return Unacknowledged(**seen, note=body.note)
            case Assign():
                return Assigned(**seen, assignee=body.assignee, note=body.note)
            case NewComment():
                return Commented(**seen, comment=body.comment)
            case Close():
                return Closed(**seen, disposition=body.disposition, comment=body.comment)
            case Reopen():
                return Reopened(**seen, comment=body.comment)

    def _check(self, alert: Alert, body: Body, workflow: Workflow) -> None:
        if body.revision not in (None, alert.revision):
            raise ProblemError(
                ProblemKind.CONFLICT,
                f"the alert is at revision {alert.revision}, you looked at {body.revision}: look again, then decide",
            )
        closed = workflow.state is WorkflowState.CLOSED
        if closed and isinstance(body, Acknowledge | Unacknowledge | Assign | Close):
            raise ProblemError(
                ProblemKind.CONFLICT, f"the alert was closed by {workflow.closed_by}: reopen it first, saying why"
            )
        if not closed and isinstance(body, Reopen):
            raise ProblemError(ProblemKind.CONFLICT, "the alert is not closed: there is nothing to reopen")
        if isinstance(body, Acknowledge) and body.until is not None:
            until = _instant("until", body.until)
            if until <= _instant("now", self._now()):
                raise _invalid("until", f"is past: it is {self._now()}; leave it out for one that stands")


def _check_silence(silence: Silence, now: str) -> None:
    starts, ends = _instant("starts_at", silence.starts_at), _instant("ends_at", silence.ends_at)
    if silence.match.empty:
        raise _invalid("match", "takes every alert there will ever be: give at least one of its fields")
    if silence.ends_at <= now:
        raise _invalid("ends_at", f"is past: it is {now}")
    if ends <= starts:
        raise _invalid("ends_at", f"is not after starts_at, {silence.starts_at}")
    if ends - starts > timedelta(days=SILENCE_DAYS_MAX):
        raise _invalid(
            "ends_at", f"is more than {SILENCE_DAYS_MAX} days after starts_at: silence again when it is over"
        )


def _instant(where: str, text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise _invalid(where, f"{text} is no day of the calendar") from None


def _invalid(where: str, problem: str) -> ProblemError:
    return ProblemError(ProblemKind.INVALID, f"{where} {problem}", errors=[FieldProblem(where=where, problem=problem)])


def _id(caller: Caller, key: str | None, subject: str) -> str:
    """Return a new action's id; with a caller's key, the same each time on one subject, whatever else is sent."""
    if key is None:
        return secrets.token_hex(10)
    return hashlib.sha256(f"{caller.token}\n{subject}\n{key}".encode()).hexdigest()[:20]
