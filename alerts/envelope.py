"""
Changes and actions in the envelope of CloudEvents 1.0 (JSON, structured): what subscribers of every kind are sent.

``source`` and ``id`` never name two events, and a copy of an event has the same: whoever sees one twice drops it.
"""

import re
from typing import Any, Final

import msgspec

from alerts.actions import RecordedAction, kind_of
from alerts.heartbeat import Beat
from alerts.lifecycle import subject_id
from alerts.model import Alert, AlertChange, Severity
from alerts.store import Recorded

CONTENT_TYPE: Final = "application/cloudevents+json"
SPEC_VERSION: Final = "1.0"
TYPE_PREFIX: Final = "org.floorwatch."
_SEQUENCE_DIGITS: Final = 20

SEVERITY_NUMBERS: Final = {Severity.INFO: 9, Severity.WARNING: 13, Severity.HIGH: 17, Severity.CRITICAL: 21}
"""On the scale of OpenTelemetry's log records: the lowest of INFO, WARN, ERROR and FATAL."""


class CloudEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event; members after ``data`` are extensions."""

    specversion: str = msgspec.field(default_factory=lambda: SPEC_VERSION)
    id: str
    source: str
    """``/floorwatch/<namespace>/alerts`` or ``.../actions``."""
    type: str
    """``org.floorwatch.alert.<kind>.v1`` or ``org.floorwatch.action.<kind>.v1``."""
    subject: str
    """The id of the alert, or of the silence."""
    time: str
    """Of a change, event time; of an action, when it was taken."""
    datacontenttype: str = msgspec.field(default_factory=lambda: "application/json")
    data: Any
    sequence: str
    """The offset on the topic, in digits that sort: the order within the source."""
    correlationid: str | None = None
    """The same for all episodes of a subject."""
    severitytext: str | None = None
    severitynumber: int | None = None


def change_event(recorded: Recorded, namespace: str) -> CloudEvent:
    """Return the event of a change of an alert."""
    change: AlertChange = recorded.change
    severity = change.alert.severity
    return CloudEvent(
        id=change.id,
        source=source_of(namespace, "alerts"),
        type=f"{TYPE_PREFIX}alert.{change.kind}.v{change.v}",
        subject=change.alert_id,
        time=change.at,
        data=change,
        sequence=_sequence(recorded.offset),
        correlationid=subject_id(change.alert),
        severitytext=str(severity),
        severitynumber=SEVERITY_NUMBERS[severity],
    )


def snapshot_event(alert: Alert, namespace: str, offset: int) -> CloudEvent:
    """Return the event that says how an open alert stands where the log had come to *offset*."""
    return CloudEvent(
        id=f"{alert.id}@{offset}",
        source=source_of(namespace, "alerts"),
        type=f"{TYPE_PREFIX}alert.snapshot.v1",
        subject=alert.id,
        time=alert.updated_at,
        data=alert,
        sequence=_sequence(max(0, offset)),
        correlationid=subject_id(alert),
        severitytext=str(alert.severity),
        severitynumber=SEVERITY_NUMBERS[alert.severity],
    )


def gap_event(namespace: str, *, requested: str, reason: str, first: int | None, at: str) -> CloudEvent:
    """Return the event that tells a receiver that it missed changes after the cursor *requested*."""
    return CloudEvent(
        id=f"gap:{requested}",
        source=source_of(namespace, "alerts"),
        type=f"{TYPE_PREFIX}gap.v1",
        subject="gap",
        time=at,
        data={"reason": reason, "requested": requested, "first": first},
        sequence=_sequence(max(0, first or 0)),
    )


def test_event(namespace: str, *, endpoint: str, at: str) -> CloudEvent:
    """Return an event that is none: it shows that an endpoint can be reached and knows its secret."""
    return CloudEvent(
        id=f"test:{endpoint}:{at}",
        source=source_of(namespace, "alerts"),
        type=f"{TYPE_PREFIX}test.v1",
        subject="test",
        time=at,
        data={"detail": "a test: no alert changed"},
        sequence=_sequence(0),
    )


def heartbeat_event(beat: Beat, namespace: str) -> CloudEvent:
    """Return the event of a synthetic heartbeat, which says that the whole way is open and that no alert changed."""
    return CloudEvent(
        id=f"heartbeat:{beat.partition}:{beat.sent_at}",
        source=source_of(namespace, "heartbeats"),
        type=f"{TYPE_PREFIX}heartbeat.v{beat.v}",
        subject=f"partition-{beat.partition}",
        time=beat.sent_at,
        data=beat,
        sequence=_sequence(beat.sent_s),
    )


def action_event(recorded: RecordedAction, namespace: str) -> CloudEvent:
    """Return the event of an action."""
    action = recorded.action
    subject = getattr(action, "alert_id", None) or getattr(action, "silence_id", None) or action.id
    return CloudEvent(
        id=action.id,
        source=source_of(namespace, "actions"),
        type=f"{TYPE_PREFIX}action.{kind_of(action)}.v{action.v}",
        subject=subject,
        time=action.at,
        data=action,
        sequence=_sequence(recorded.offset),
    )


def source_of(namespace: str, log: str) -> str:
    """Return the source of a namespace's log as a URI reference."""
    return f"/floorwatch/{re.sub(r'[^A-Za-z0-9._~-]', '-', namespace)}/{log}"


def encode_event(event: CloudEvent) -> bytes:
    """Return *event* as structured JSON."""
    return msgspec.json.encode(event)


def _sequence(offset: int) -> str:
    return f"{offset:0{_SEQUENCE_DIGITS}d}"
