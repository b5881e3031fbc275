"""
What mutes a notification: silences, inhibition, storms, flapping, and that somebody deals with the alert already.

An overlay over the two axes of :mod:`alerts.lifecycle`: it decides who is interrupted, never what is recorded, and an
ending is always told, so that whoever heard of an alert hears that it is over.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

import msgspec

from alerts.actions import RecordedAction, Silence, Silenced, SilenceEnded, in_order
from alerts.lifecycle import FlapPolicy, Workflow, is_ending, is_news
from alerts.model import OPEN_STATES, Alert, AlertChange, ChangeKind, Severity


class Mute(StrEnum):
    """Why nobody is interrupted."""

    NOT_NEWS = "not_news"
    """More of the same, or better: it is read when somebody looks."""
    ACKNOWLEDGED = "acknowledged"
    SILENCED = "silenced"
    INHIBITED = "inhibited"
    STORM = "storm"
    FLAPPING = "flapping"


class ActiveSilence(msgspec.Struct, frozen=True, kw_only=True):
    """A silence that is in force, or will be."""

    id: str
    created_by: str
    created_at: str
    silence: Silence


class Inhibition(msgspec.Struct, frozen=True, kw_only=True):
    """While an alert of the source rule is open, less serious ones of other rules on the same goods are mute."""

    source_rule: str
    source_severity: Severity
    target_rules: tuple[str, ...]
    target_severity: Severity
    """At most this serious."""
    equal: tuple[str, ...] = ("product", "origin", "destination")
    """Fields of an alert that must be alike, and be there: two alerts without an origin have none in common."""

    def holds(self, *, source: Alert, target: Alert) -> bool:
        """Return whether *source* mutes *target*."""
        return (
            source.id != target.id
            and source.rule == self.source_rule
            and source.state in OPEN_STATES
            and source.severity >= self.source_severity
            and target.rule in self.target_rules
            and target.severity <= self.target_severity
            and all(
                getattr(source, name) is not None and getattr(source, name) == getattr(target, name)
                for name in self.equal
            )
        )


class StormPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How many alerts of one rule may be open before more of them interrupt nobody."""

    most: int = 100
    calm: int = 50
    """Open alerts at which the storm is over."""

    def __post_init__(self) -> None:
        if not 0 <= self.calm < self.most:
            raise ValueError(f"a storm ends below where it begins; was most {self.most}, calm {self.calm}")


class SuppressionPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What an installation mutes; ``storms`` and ``flaps`` are by rule, the others as ``storm`` and ``flap``."""

    inhibitions: tuple[Inhibition, ...] = (
        Inhibition(
            source_rule="floor_breach",
            source_severity=Severity.CRITICAL,
            target_rules=("floor_headroom", "sustained_breach"),
            target_severity=Severity.WARNING,
        ),
    )
    storm: StormPolicy = StormPolicy()
    storms: Mapping[str, StormPolicy] = {}
    flap: FlapPolicy = FlapPolicy()
    flaps: Mapping[str, FlapPolicy] = {}
    silences: tuple[ActiveSilence, ...] = ()
    """Those of the installation itself, beside those that people make."""


class Overlay(msgspec.Struct, frozen=True, kw_only=True):
    """What lies over an alert at one instant."""

    silenced_by: tuple[str, ...] = ()
    """Ids of silences."""
    inhibited_by: tuple[str, ...] = ()
    """Ids of alerts."""


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a change interrupts somebody, and why not where it does not."""

    sent: bool
    reason: ChangeKind
    muted_by: tuple[Mute, ...] = ()
    overlay: Overlay = Overlay()


class StormNews(NamedTuple):
    """What a change did to the storm of its rule."""

    muted: bool
    begins: bool = False
    ends: bool = False
    open_alerts: int = 0


def silences_of(actions: Iterable[RecordedAction]) -> list[ActiveSilence]:
    """Return the silences that were not ended by hand, in the order in which they were made."""
    found: dict[str, ActiveSilence] = {}
    for action in in_order(actions):
        if isinstance(action, Silenced):
            found[action.id] = ActiveSilence(
                id=action.id, created_by=action.actor, created_at=action.at, silence=action.silence
            )
        elif isinstance(action, SilenceEnded):
            found.pop(action.silence_id, None)
    return list(found.values())


def overlay_of(
    alert: Alert,
    *,
    silences: Iterable[ActiveSilence],
    open_alerts: Iterable[Alert],
    policy: SuppressionPolicy,
    now: str,
) -> Overlay:
    """Return what mutes *alert* at *now*; of *open_alerts* only those matter that a policy names as source."""
    return Overlay(
        silenced_by=tuple(
            each.id for each in silences if each.silence.covers(now) and each.silence.match.matches(alert)
        ),
        inhibited_by=tuple(
            sorted(
                {
                    source.id
                    for source in open_alerts
                    for each in policy.inhibitions
                    if each.holds(source=source, target=alert)
                }
            )
        ),
    )


def notification_of(
    change: AlertChange, *, workflow: Workflow, overlay: Overlay, storm: StormNews, is_flapping: bool
) -> Notification:
    """Return whether *change* interrupts somebody; an ending always does."""
    if is_ending(change.kind):
        return Notification(sent=True, reason=change.kind, overlay=overlay)
    mutes = {
        Mute.NOT_NEWS: not is_news(change.kind),
        Mute.ACKNOWLEDGED: workflow.quiet,
        Mute.SILENCED: bool(overlay.silenced_by),
        Mute.INHIBITED: bool(overlay.inhibited_by),
        Mute.STORM: storm.muted,
        Mute.FLAPPING: is_flapping,
    }
    muted_by = tuple(mute for mute, holds in mutes.items() if holds)
    return Notification(sent=not muted_by, reason=change.kind, muted_by=muted_by, overlay=overlay)


class StormGuard:
    """
    Counts the open alerts of each rule as changes come, and mutes the openings past the most.

    A fold over the topic ``alerts`` in its order: whoever reads it from the beginning mutes the same.  Alerts that
    were told before a storm go on being told; those that it muted stay mute until it is over, but for their end.
    """

    def __init__(self, policy: SuppressionPolicy) -> None:
        self._policy = policy
        self._open: dict[str, set[str]] = {}
        self._muted: dict[str, set[str]] = {}
        self._stormy: set[str] = set()

    def take(self, change: AlertChange) -> StormNews:
        """Take in one change and return what it means."""
        rule = change.alert.rule
        policy = self._policy.storms.get(rule, self._policy.storm)
        held, muted = self._open.setdefault(rule, set()), self._muted.setdefault(rule, set())
        if change.alert.state not in OPEN_STATES:
            return self._end(rule, change, policy)
        new = change.alert_id not in held
        held.add(change.alert_id)
        begins = new and rule not in self._stormy and len(held) > policy.most
        if begins:
            self._stormy.add(rule)
        if new and rule in self._stormy:
            muted.add(change.alert_id)
        return StormNews(change.alert_id in muted, begins=begins, open_alerts=len(held))

    def _end(self, rule: str, change: AlertChange, policy: StormPolicy) -> StormNews:
        held, muted = self._open[rule], self._muted[rule]
        held.discard(change.alert_id)
        muted.discard(change.alert_id)
        ends = rule in self._stormy and len(held) <= policy.calm
        if ends:
            self._stormy.discard(rule)
            muted.clear()
        return StormNews(muted=False, ends=ends, open_alerts=len(held))
