"""
What a worker notes of itself: numbers once a slice, and how it stands.

Nothing here is done for a record, and nothing is written to a network: plain numbers are left for
:mod:`streams.observer`, which reads them from another thread when it is asked.  Clocks are read here and there only:
what the engine sees does not depend on them.
"""

import asyncio
import platform
import time
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from faust.types import TP

from alerts.metrics.catalogue import (
    ALERT_CHANGES,
    ALERTS_OPENED,
    ALERTS_RESOLVED,
    BUILD_INFO,
    DEAD_LETTERS,
    END_TO_END,
    EVENT_TO_ALERT,
    LATE_RECORDS,
    REBALANCES,
    RECORDS_READ,
    RECOVERY,
    SEVERITIES,
    SINK_CHANGES,
    SINK_REFILLS,
    SINK_RETRIES,
    SLICE_RECORDS,
    SOURCE,
    STAGE_SECONDS,
    WORKER,
    metrics_of,
)
from alerts.metrics.meter import Meter
from alerts.model import AlertChange, ChangeKind
from alerts.store import Applied
from streams.engine import Step
from streams.market import Rules
from streams.memory import Outcome
from streams.records import Refusal
from streams.shapes import Kind

ARRIVED: Final = "arrived-ms"
"""Header of a record on the topic alerts: when its slice's oldest record entered the log, ms since 1970."""

_TOPICS: Final = {Kind.TRADE: SOURCE.values[0], Kind.TICK: SOURCE.values[1]}
_OPENINGS: Final = frozenset({ChangeKind.OPENED, ChangeKind.REOPENED})
_ENDINGS: Final = {
    ChangeKind.RESOLVED: "resolved",
    ChangeKind.EXPIRED: "expired",
    ChangeKind.RETRACTED: "retracted",
}


class Telemetry:
    """The numbers of one worker, written by its event loop alone."""

    def __init__(self) -> None:
        self.meter = Meter(metrics_of(WORKER))
        self.started_at = time.monotonic()
        self.loop: asyncio.AbstractEventLoop | None = None
        """The worker's event loop, once it was seen."""
        self.assigned: frozenset[TP] | None = None
        """The partitions assigned; None while the group shares them out."""
        self.moved_at = self.started_at
        """When partitions were last assigned or given up (monotonic, as all times here)."""
        self.restoring: int | None = None
        """The partition whose state is being worked out of its ledger, which takes all of the loop's time."""
        self.flushed_at: dict[int, float] = {}
        """By partition: when records of it last became durable."""
        self.sink_up: bool | None = None
        """Whether the store answered last; None before it was asked."""
        for topic in _TOPICS.values():
            for reason in Refusal:
                self.meter.add(DEAD_LETTERS, topic, str(reason), by=0)
        for metric in (REBALANCES, SINK_RETRIES, SINK_REFILLS):
            self.meter.add(metric, by=0)

    def judges_by(self, rules: Rules) -> None:
        """Take note of the rule set: its alerts are counted from 0."""
        for rule in rules.rules:
            for severity in SEVERITIES:
                self.meter.add(ALERTS_OPENED, rule.name, severity, by=0)
                for ending in _ENDINGS.values():
                    self.meter.add(ALERTS_RESOLVED, rule.name, severity, ending, by=0)
        self.meter.replace(BUILD_INFO, {(_version(), platform.python_version(), rules.digest): 1})

    # -- partitions ------------------------------------------------------------------------------------------

    def assignment(self, assigned: Iterable[TP]) -> None:
        """Take note that partitions were assigned; all others are another worker's."""
        self.loop = asyncio.get_running_loop()
        self.assigned = frozenset(assigned)
        self.moved_at = time.monotonic()
        self.flushed_at.clear()
        self.meter.add(REBALANCES)

    def gave_up(self) -> None:
        """Take note that the partitions were given up."""
        self.assigned = None
        self.moved_at = time.monotonic()

    def restored(self) -> None:
        """Take note that the state of every partition is restored, unless they were given up meanwhile."""
        if self.assigned is None:
            return
        self.meter.observe(RECOVERY, time.monotonic() - self.moved_at)

    # -- slices ----------------------------------------------------------------------------------------------

    def judged(self, kind: Kind, step: Step, seconds: float) -> None:
        """Count what became of a slice's records."""
        meter, topic = self.meter, _TOPICS[kind]
        conflicts = step.outcomes.get(Outcome.CONFLICT, 0)
        refused = len(step.refused) - conflicts
        for outcome, number in step.outcomes.items():
            meter.add(RECORDS_READ, topic, outcome.name.lower(), by=number)
        meter.add(RECORDS_READ, topic, "refused", by=refused)
        meter.add(RECORDS_READ, topic, "new", by=step.records - sum(step.outcomes.values()) - refused)
        meter.add(LATE_RECORDS, topic, by=step.late)
        for each in step.refused:
            meter.add(DEAD_LETTERS, topic, str(each.reason))
        meter.observe(SLICE_RECORDS, step.records, topic)
        meter.observe(STAGE_SECONDS, seconds, "judge")

    def wrote(self, seconds: float) -> None:
        """Take note that a batch is in the ledger."""
        self.meter.observe(STAGE_SECONDS, seconds, "ledger")

    def told(self, changes: Iterable[AlertChange], *, arrived_ms: int | None, seconds: float) -> None:
        """Count alert changes that the topic has acknowledged; *arrived_ms* is their slice's oldest record's time."""
        meter = self.meter
        latency = None if arrived_ms is None else _since(arrived_ms)
        for change in changes:
            alert = change.alert
            meter.add(ALERT_CHANGES, str(change.kind))
            if change.kind in _OPENINGS:
                meter.add(ALERTS_OPENED, alert.rule, str(alert.severity))
            elif change.kind in _ENDINGS:
                meter.add(ALERTS_RESOLVED, alert.rule, str(alert.severity), _ENDINGS[change.kind])
            if latency is not None:
                meter.observe(EVENT_TO_ALERT, latency, alert_id=change.alert_id)
        meter.observe(STAGE_SECONDS, seconds, "tell")

    def flushed(self, partition: int) -> None:
        """Take note that records of *partition* are durable."""
        self.flushed_at[partition] = time.monotonic()

    # -- the sink --------------------------------------------------------------------------------------------

    def stored(self, records: Sequence[Any], changes: Sequence[AlertChange], applied: Applied, seconds: float) -> None:
        """Count alert changes that the store has; those it had already tell nothing of how long they took."""
        self.sink_up = True
        self.meter.add(SINK_CHANGES, "accepted", by=applied.accepted)
        self.meter.add(SINK_CHANGES, "duplicate", by=applied.duplicates)
        self.meter.observe(STAGE_SECONDS, seconds, "store")
        if applied.duplicates:
            return
        for record, change in zip(records, changes, strict=True):
            arrived = dict(getattr(record, "headers", None) or ()).get(ARRIVED)
            if arrived is not None:
                self.meter.observe(END_TO_END, _since(int(arrived)), alert_id=change.alert_id)

    def store_answered(self) -> None:
        """Take note that the store is there."""
        self.sink_up = True

    def store_away(self) -> None:
        """Take note that the store did not answer and is asked again."""
        self.sink_up = False
        self.meter.add(SINK_RETRIES)

    def store_behind(self) -> None:
        """Take note that the store lost changes and is filled again."""
        self.meter.add(SINK_REFILLS)


def arrival(arrived_ms: int | None) -> dict[str, bytes]:
    """Return the headers that tell the sink when an alert's slice arrived."""
    return {} if arrived_ms is None else {ARRIVED: str(arrived_ms).encode()}


def _since(ms: int) -> float:
    """Return the seconds since a broker's time, not below 0: its clock is another."""
    return max(0.0, time.time() - ms / 1000)


def _version() -> str:
    try:
        return version("floorwatch")
    except PackageNotFoundError:
        return "unknown"
