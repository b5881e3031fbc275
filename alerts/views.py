"""What readers are shown of an alert: the alert, what people did about it and what lies over it, in one object."""

from collections.abc import Sequence
from typing import Any

import msgspec

from alerts.actions import Action
from alerts.explain import Explanation
from alerts.lifecycle import Workflow
from alerts.model import Alert, ChangeKind, Reason, Severity, State
from alerts.price_points import PricePoint
from alerts.suppression import Overlay


class AlertView(Alert, frozen=True, kw_only=True):
    """An alert as a reader sees it: its own fields first, in the same form as everywhere else."""

    mineral: str
    stage: str
    workflow: Workflow
    suppression: Overlay
    """What mutes its notifications now; the alert itself is as it is."""


class AlertDetail(AlertView, frozen=True, kw_only=True):
    """One alert, with its place in its subject's story."""

    previous_id: str | None
    """The episode of the same subject before this one."""
    next_id: str | None
    episodes: int
    """How many episodes of the subject stand, this one among them."""
    flapping: bool
    """Whether the subject keeps opening, by its rule's policy, on the day of the alert's last judgement."""


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One change of an alert."""

    offset: int
    """On the topic ``alerts``."""
    seq: int
    kind: ChangeKind
    reason: Reason
    at: str
    """Event time."""
    severity: Severity
    state: State
    revision: int
    summary: str


class ActionEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One action on an alert."""

    offset: int
    """On the topic ``alert-actions``."""
    action: Action


class AlertHistory(msgspec.Struct, frozen=True, kw_only=True):
    """All that became of an alert; the two logs have an order each, and none between them."""

    alert_id: str
    changes: tuple[HistoryEntry, ...]
    actions: tuple[ActionEntry, ...]


class LanePrices(msgspec.Struct, frozen=True, kw_only=True):
    """What the alerts of a lane have told of its prices, in order of day."""

    alert_id: str
    product: str
    origin: str | None
    destination: str | None
    points: tuple[PricePoint, ...]


class AlertPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some of the alerts asked for, the last opened first."""

    alerts: tuple[AlertView, ...]
    cursor: str | None
    """Give it to get the next page, which may be empty and not the last; None: there are no more."""


class ActionTaken(msgspec.Struct, frozen=True, kw_only=True):
    """What was recorded, and what the alert has come to."""

    offset: int
    action: Action
    alert: AlertDetail


class EvidencePack(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody needs to check an alert without this system, and to put into a file."""

    alert: AlertDetail
    explanation: Explanation
    history: AlertHistory
    made_at: str
    made_for: str
    alert_sha256: str
    """Of the alert's canonical JSON (sorted keys, no spaces) without what readers are shown beside it."""
    notice: str


def view_of(alert: Alert, *, workflow: Workflow, suppression: Overlay) -> AlertView:
    """Return *alert* with what people did about it and what lies over it."""
    return AlertView(**_fields(alert, workflow, suppression))


def detail_of(
    alert: Alert,
    *,
    workflow: Workflow,
    suppression: Overlay,
    episodes: Sequence[Alert],
    previous_id: str | None,
    flapping: bool,
) -> AlertDetail:
    """Return *alert* with its place among the standing *episodes* of its subject, the first opened first."""
    later = [each.id for each in episodes if (each.opened_at, each.id) > (alert.opened_at, alert.id)]
    return AlertDetail(
        **_fields(alert, workflow, suppression),
        previous_id=previous_id,
        next_id=later[0] if later else None,
        episodes=len(episodes),
        flapping=flapping,
    )


def _fields(alert: Alert, workflow: Workflow, suppression: Overlay) -> dict[str, Any]:
    mineral, _, stage = alert.product.partition("|")
    own = {name: getattr(alert, name) for name in Alert.__struct_fields__}
    return {**own, "mineral": mineral, "stage": stage, "workflow": workflow, "suppression": suppression}
