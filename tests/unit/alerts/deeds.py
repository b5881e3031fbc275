"""Actions to test with, as people take them."""

from typing import Any

from alerts.actions import (
    Acknowledged,
    AlertMatch,
    Assigned,
    Closed,
    Commented,
    Disposition,
    RecordedAction,
    Reopened,
    Silence,
    Silenced,
    Unacknowledged,
)
from alerts.model import Alert

NOW = "2025-04-01T12:00:00Z"
BEFORE, AFTER = "2025-04-01T11:59:59Z", "2025-04-01T12:00:01Z"


def _seen(alert: Alert, number: int) -> dict[str, Any]:
    return {
        "id": f"action-{number}",
        "at": NOW,
        "actor": "maria",
        "alert_id": alert.id,
        "severity": alert.severity,
        "state": alert.state,
        "revision": alert.revision,
    }


def acknowledged(alert: Alert, number: int = 0, **more: Any) -> RecordedAction:
    """Return an acknowledgement of *alert* as it is given."""
    return RecordedAction(number, Acknowledged(**_seen(alert, number), **more))


def unacknowledged(alert: Alert, number: int = 0) -> RecordedAction:
    """Return the taking back of one."""
    return RecordedAction(number, Unacknowledged(**_seen(alert, number)))


def assigned(alert: Alert, number: int = 0, *, assignee: str | None = "li") -> RecordedAction:
    """Return an assignment."""
    return RecordedAction(number, Assigned(**_seen(alert, number), assignee=assignee))


def commented(alert: Alert, number: int = 0, *, comment: str = "Asked the importer.") -> RecordedAction:
    """Return a comment."""
    return RecordedAction(number, Commented(**_seen(alert, number), comment=comment))


def closed(alert: Alert, number: int = 0) -> RecordedAction:
    """Return a closing."""
    deed = Closed(**_seen(alert, number), disposition=Disposition.DATA_ERROR, comment="Tonnes, not kilograms.")
    return RecordedAction(number, deed)


def reopened(alert: Alert, number: int = 0) -> RecordedAction:
    """Return a reopening."""
    return RecordedAction(number, Reopened(**_seen(alert, number), comment="Look again."))


def silenced(number: int = 0, *, ends_at: str = "2025-04-30T00:00:00Z", **match: Any) -> RecordedAction:
    """Return a silence from long ago to *ends_at*."""
    silence = Silence(
        match=AlertMatch(**match), starts_at="2025-01-01T00:00:00Z", ends_at=ends_at, reason="Known contract."
    )
    return RecordedAction(number, Silenced(id=f"action-{number}", at=NOW, actor="maria", silence=silence))
