"""
An alert: one scope's episode, from its first breach to its end, and the changes it went through.

An alert is a signal, not a determination.  Its content is a function of the records, the reference data
and the days sealed; what happened to it on the way (``seq``, the kind and reason of each change) is told
by :class:`AlertChange`, one record each on the topic ``alerts``.
"""

import hashlib
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Any, Final

import msgspec

NOTICE: Final = "signal, not a determination"
_ID_DIGITS: Final = 20


class Severity(StrEnum):
    """How serious an alert is; members compare by seriousness, not by spelling."""

    INFO = "info"
    WARNING = "warning"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Return the severity's place from 0 (info) to 3 (critical)."""
        return _RANKS[self]

    @property
    def lowered(self) -> "Severity":
        """Return the next less serious one, info for info."""
        return list(Severity)[max(0, self.rank - 1)]

    def __lt__(self, other: str) -> bool:
        return self.rank < Severity(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Severity(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Severity(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Severity(other).rank


_RANKS: Final = {severity: rank for rank, severity in enumerate(Severity)}


class State(StrEnum):
    """The condition of an alert, in event time."""

    PENDING = "pending"
    """In breach, but not for long enough to say so."""
    FIRING = "firing"
    RECOVERING = "recovering"
    """No longer in breach, but not for long enough to say that it is over."""
    RESOLVED = "resolved"
    EXPIRED = "expired"
    """Trade stopped without saying that the breach was over."""
    RETRACTED = "retracted"
    """The records it stood on were corrected, or others came that change the story."""


OPEN_STATES: Final = frozenset({State.PENDING, State.FIRING, State.RECOVERING})


class ChangeKind(StrEnum):
    """What a change did to an alert."""

    OPENED = "opened"
    UPDATED = "updated"
    SEVERITY_RAISED = "severity_raised"
    SEVERITY_LOWERED = "severity_lowered"
    RESOLVED = "resolved"
    EXPIRED = "expired"
    REOPENED = "reopened"
    """An ending was undone by a late record or a correction."""
    RETRACTED = "retracted"


class Reason(StrEnum):
    """Why an alert changed."""

    FIRST_BREACH = "first_breach"
    WORSENED = "worsened"
    EASED = "eased"
    STORY_EXTENDED = "story_extended"
    """More of the same: neither better nor worse."""
    CLEARED = "cleared"
    """Trade at or above the limit, for as long as the rule asks."""
    NO_TRADE = "no_trade"
    LATE_RECORD = "late_record"
    AMENDED = "amended"
    CANCELLED = "cancelled"
    REFERENCE_CHANGED = "reference_changed"
    RECORDS = "records"
    """Other records, in order; what they did is the change's kind."""
    SEALED = "sealed"
    """Days passed that complete the story or end it."""


_USUAL_REASONS: Final = {
    ChangeKind.OPENED: Reason.FIRST_BREACH,
    ChangeKind.UPDATED: Reason.STORY_EXTENDED,
    ChangeKind.SEVERITY_RAISED: Reason.WORSENED,
    ChangeKind.SEVERITY_LOWERED: Reason.EASED,
    ChangeKind.RESOLVED: Reason.CLEARED,
    ChangeKind.EXPIRED: Reason.NO_TRADE,
    ChangeKind.REOPENED: Reason.RECORDS,
    ChangeKind.RETRACTED: Reason.RECORDS,
}


def usual_reason(kind: ChangeKind) -> Reason:
    """Return why a change of *kind* comes about where no correction, late record or new reference is behind it."""
    return _USUAL_REASONS[kind]


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One episode of one scope."""

    id: str
    """A function of rule, scope and first day: see :func:`alert_id`."""
    rule: str
    rule_set: str
    """Hash of the rules' settings it was judged by."""
    severity: Severity
    """The worst so far."""
    state: State
    product: str
    """``mineral|stage``."""
    origin: str | None
    """None where the rule does not tell origins apart; so for the destination."""
    destination: str | None
    zone: str | None
    opened_at: str
    """ISO 8601 UTC, ``YYYY-MM-DDTHH:MM:SSZ``; event time, as are the next two."""
    updated_at: str
    resolved_at: str | None
    summary: str
    """One plain sentence with figures and units."""
    evidence: dict[str, Any]
    """JSON values; amounts are decimal text with the unit in the name, never numbers with a fraction."""
    revision: int
    """How many entries its event-time story has: the opening, each worsening, the end; a function of the data."""
    notice: str = NOTICE


class AlertChange(msgspec.Struct, frozen=True, kw_only=True):
    """One change of one alert: the value of a record on the topic ``alerts``."""

    id: str
    """``<alert_id>:<seq>``: the same change never has two."""
    alert_id: str
    seq: int
    """1, 2, 3 ... per alert, without gaps."""
    kind: ChangeKind
    reason: Reason
    at: str
    """Event time of the judgement, ISO 8601 UTC."""
    alert: Alert
    """The whole alert after the change."""
    v: int = 1


def alert_id(rule: str, scope: Iterable[str], opened_day: date) -> str:
    """
    Return the id of the episode of *scope* that *rule* saw open on a day: the same wherever it is worked out.

    Neither severity, price nor the rules' settings take part, so an alert keeps its id while they change.
    """
    parts = [rule, *scope, opened_day.isoformat()]
    # With its length before each part, no two scopes run together into the same text.
    canonical = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(canonical.encode()).hexdigest()[:_ID_DIGITS]


_encoder: Final = msgspec.json.Encoder(order="sorted")
_alert_decoder: Final = msgspec.json.Decoder(Alert)
_change_decoder: Final = msgspec.json.Decoder(AlertChange)


def encode_alert(alert: Alert) -> bytes:
    """Return the canonical JSON of *alert*: sorted keys, no spaces, no newline."""
    return _encoder.encode(alert)


def decode_alert(data: bytes | str) -> Alert:
    """Return the alert in *data*; raises :class:`msgspec.DecodeError` or :class:`msgspec.ValidationError`."""
    return _alert_decoder.decode(data)


def encode_change(change: AlertChange) -> bytes:
    """Return the canonical JSON of *change*."""
    return _encoder.encode(change)


def decode_change(data: bytes | str) -> AlertChange:
    """Return the change in *data*; raises as :func:`decode_alert` does."""
    return _change_decoder.decode(data)


def classify(previous: Alert | None, current: Alert | None) -> ChangeKind | None:
    """
    Return what kind of change leads from *previous* to *current*; None where there is nothing to tell.

    None, and an alert that was retracted, both mean that nothing stands.
    """
    if current is None or current.state is State.RETRACTED:
        return None if previous is None or previous.state is State.RETRACTED else ChangeKind.RETRACTED
    if previous is None or previous.state is State.RETRACTED:
        return ChangeKind.OPENED
    if previous == current:
        return None
    return _turn(previous.state, current.state) or _shift(previous.severity, current.severity)


def _turn(previous: State, current: State) -> ChangeKind | None:
    """Return the kind of an ending, of its change or of its undoing."""
    if current in OPEN_STATES:
        return None if previous in OPEN_STATES else ChangeKind.REOPENED
    if current is previous:
        return None
    return ChangeKind.EXPIRED if current is State.EXPIRED else ChangeKind.RESOLVED


def _shift(previous: Severity, current: Severity) -> ChangeKind:
    if previous is current:
        return ChangeKind.UPDATED
    return ChangeKind.SEVERITY_RAISED if previous < current else ChangeKind.SEVERITY_LOWERED


def standing(alerts: Iterable[Alert]) -> list[Alert]:
    """Return the alerts that were not retracted, in order of id: the outcome that two runs can be compared by."""
    return sorted((alert for alert in alerts if alert.state is not State.RETRACTED), key=lambda alert: alert.id)
