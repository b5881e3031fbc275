"""
The life of an alert on two axes: its condition, which records decide, and its workflow, which people decide.

===========  ==========================================================================================
condition    pending, firing, recovering; ended: resolved, expired; retracted.  A function of the records:
             the engine works it out with each rule's own hysteresis, and a correction may undo any of it
workflow     open, acknowledged, assigned, closed with a disposition and a comment
===========  ==========================================================================================

The workflow is a function of the alert *as it stands* and of the actions in their order, never of how the two logs
happened to interleave: a rebuild, a replay and a second reader come to the same.  An acknowledgement stands while the
alert is no more serious than its actor saw it; a closing likewise, and only as long as an alert that had ended then
has not come back.  What is muted on top is in :mod:`alerts.suppression`; it changes neither axis.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from alerts.actions import (
    Acknowledged,
    Action,
    Assigned,
    Closed,
    Commented,
    Disposition,
    RecordedAction,
    Reopened,
    Unacknowledged,
    in_order,
)
from alerts.model import OPEN_STATES, Alert, ChangeKind, State

_SUBJECT_EVIDENCE: Final = ("exporter", "importer", "floor")
"""What a rule may tell scopes apart by, beyond an alert's own fields, and says in its evidence."""


class WorkflowState(StrEnum):
    """How far people have come with an alert."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    CLOSED = "closed"


class Undone(StrEnum):
    """Why an acknowledgement or a closing no longer stands."""

    SEVERITY_RAISED = "severity_raised"
    CAME_BACK = "came_back"
    """The alert had ended when it was closed, and a later record undid the ending."""
    LAPSED = "lapsed"
    BY_HAND = "by_hand"


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wrote about an alert; as written, so escape it where it is shown."""

    at: str
    actor: str
    text: str


class Workflow(msgspec.Struct, frozen=True, kw_only=True):
    """What people have done about an alert."""

    state: WorkflowState = WorkflowState.OPEN
    acknowledged_by: str | None = None
    acknowledged_at: str | None = None
    acknowledged_until: str | None = None
    assignee: str | None = None
    """Whose it is, whatever the state; a rise in severity does not change whose."""
    disposition: Disposition | None = None
    closed_by: str | None = None
    closed_at: str | None = None
    undone: Undone | None = None
    """Why it is no longer acknowledged or closed, where it was."""
    comments: tuple[Comment, ...] = ()

    @property
    def quiet(self) -> bool:
        """Whether somebody deals with it, so that only a rise in severity or an end is news."""
        return self.acknowledged_by is not None or self.state is WorkflowState.CLOSED


NOTHING_DONE: Final = Workflow()

_ENDINGS: Final = frozenset({ChangeKind.RESOLVED, ChangeKind.EXPIRED, ChangeKind.RETRACTED})
_NEWS: Final = _ENDINGS | {ChangeKind.OPENED, ChangeKind.SEVERITY_RAISED, ChangeKind.REOPENED}


def is_ending(kind: ChangeKind) -> bool:
    """Return whether a change of *kind* tells that an alert is over; it is never muted."""
    return kind in _ENDINGS


def is_news(kind: ChangeKind) -> bool:
    """Return whether a change of *kind* is worth interrupting somebody for; the others are read when one looks."""
    return kind in _NEWS


def workflow_of(alert: Alert, actions: Iterable[RecordedAction], *, now: str) -> Workflow:
    """
    Return what *actions* have come to for *alert* as it stands at *now* (ISO 8601 UTC, to the second).

    Actions on other alerts are passed over; order and repetition of the given do not matter, their offsets do.
    """
    acting = _Acting(alert, now)
    for action in in_order(actions):
        if getattr(action, "alert_id", None) == alert.id:
            acting.take(action)
    return acting.workflow()


def subject_of(alert: Alert) -> tuple[str, ...]:
    """Return what *alert* is about: the same for every episode of a scope, whatever its day, severity or price."""
    named = (str(alert.evidence.get(name) or "") for name in _SUBJECT_EVIDENCE)
    return (alert.rule, alert.product, alert.origin or "", alert.destination or "", alert.zone or "", *named)


def subject_id(alert: Alert) -> str:
    """Return a name of :func:`subject_of` *alert* that fits into a key."""
    canonical = "".join(f"{len(part)}:{part}" for part in subject_of(alert))
    return hashlib.sha256(canonical.encode()).hexdigest()[:20]


def previous_of(alert: Alert, episodes: Iterable[Alert]) -> str | None:
    """
    Return the id of the episode of the same subject before *alert*, None where it is the first.

    *episodes* may hold anything; the retracted are no episodes any more.
    """
    before = [
        each
        for each in episodes
        if each.state is not State.RETRACTED
        and each.opened_at < alert.opened_at
        and subject_of(each) == subject_of(alert)
    ]
    return max(before, key=lambda each: (each.opened_at, each.id)).id if before else None


class FlapPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """When a subject that keeps opening counts as flapping; a parameter of its rule."""

    enter: int = 4
    """Openings within the window from which it flaps."""
    leave: int = 2
    """Openings within the window from which it no longer does: fewer than to enter, or the flag itself would flap."""
    window_days: int = 30

    def __post_init__(self) -> None:
        if not 0 <= self.leave < self.enter or self.window_days < 1:
            raise ValueError(
                f"a flap policy leaves below where it enters, within a window of days; was enter {self.enter}, "
                f"leave {self.leave}, window {self.window_days}"
            )


def flapping(opened_days: Sequence[int], through: int, policy: FlapPolicy) -> bool:
    """
    Return whether a subject flaps on the day *through*; *opened_days* are the days its episodes opened.

    Days are ordinals of event time, in any order: the same episodes flap however they became known.
    """
    days = sorted(day for day in opened_days if day <= through)
    # What can change the count is an opening, or one leaving the window.
    steps = sorted({*days, *(day + policy.window_days for day in days if day + policy.window_days <= through)})
    held = False
    for step in steps:
        recent = bisect_right(days, step) - bisect_right(days, step - policy.window_days)
        held = recent >= policy.enter or (held and recent > policy.leave)
    return held


class _Acting:
    """A fold over the actions on one alert."""

    def __init__(self, alert: Alert, now: str) -> None:
        self._alert = alert
        self._now = now
        self._acknowledged: Acknowledged | None = None
        self._closed: Closed | None = None
        self._assignee: str | None = None
        self._undone: Undone | None = None
        self._comments: list[Comment] = []

    def take(self, action: Action) -> None:
        match action:
            case Acknowledged():
                self._acknowledged, self._closed, self._undone = action, None, None
            case Unacknowledged():
                self._acknowledged, self._undone = None, Undone.BY_HAND
            case Assigned():
                self._assignee = action.assignee
            case Closed():
                self._closed, self._undone = action, None
            case Reopened():
                self._acknowledged, self._closed, self._undone = None, None, Undone.BY_HAND
            case Commented():
                pass
        text = getattr(action, "comment", "") or getattr(action, "note", "")
        if text:
            self._comments.append(Comment(at=action.at, actor=action.actor, text=text))

    def workflow(self) -> Workflow:
        closed, why_open = self._standing_closing()
        acknowledged, why_not = self._standing_acknowledgement()
        if closed is not None:
            state = WorkflowState.CLOSED
        elif self._assignee is not None:
            state = WorkflowState.ASSIGNED
        else:
            state = WorkflowState.ACKNOWLEDGED if acknowledged is not None else WorkflowState.OPEN
        return Workflow(
            state=state,
            acknowledged_by=acknowledged.actor if acknowledged else None,
            acknowledged_at=acknowledged.at if acknowledged else None,
            acknowledged_until=acknowledged.until if acknowledged else None,
            assignee=self._assignee,
            disposition=closed.disposition if closed else None,
            closed_by=closed.actor if closed else None,
            closed_at=closed.at if closed else None,
            undone=None if closed else why_open or why_not or self._undone,
            comments=tuple(self._comments),
        )

    def _standing_acknowledgement(self) -> tuple[Acknowledged | None, Undone | None]:
        given = self._acknowledged
        if given is None:
            return None, None
        if self._alert.severity > given.severity:
            return None, Undone.SEVERITY_RAISED
        if given.until is not None and given.until <= self._now:
            return None, Undone.LAPSED
        return given, None

    def _standing_closing(self) -> tuple[Closed | None, Undone | None]:
        given = self._closed
        if given is None:
            return None, None
        if self._alert.severity > given.severity:
            return None, Undone.SEVERITY_RAISED
        if given.state not in OPEN_STATES and self._alert.state in OPEN_STATES:
            return None, Undone.CAME_BACK
        return given, None
