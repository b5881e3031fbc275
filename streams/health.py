"""Whether a worker is live and ready: decided from plain facts, and said why not."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How a worker stands; durations in seconds."""

    reference_read: bool
    assigned: frozenset[int] | None
    """The partitions of the source topics that are its own; None while the group shares them out."""
    unassigned_for: float
    restored: frozenset[int]
    restoring: int | None
    """The partition whose state is being worked out of its ledger."""
    flows: bool
    broker_answers: bool | None
    """Whether the broker answered when it was last asked; None before that."""
    topics_missing: tuple[str, ...]
    sinks: bool
    """Whether it owns the partition of the topic alerts."""
    sink_up: bool | None
    commit_ages: dict[int, float] = field(default_factory=dict)
    """By partition: how long records have waited without any becoming durable."""
    silent_for: float = 0.0
    """How long the event loop has not answered."""


def not_ready(condition: Condition) -> list[str]:
    """Return why a worker is not ready to judge and tell; nothing where it is."""
    reasons = []
    if condition.broker_answers is None:
        reasons.append("Kafka has not been asked yet")
    elif not condition.broker_answers:
        reasons.append("Kafka does not answer")
    if condition.topics_missing:
        reasons.append(f"topics are missing: {', '.join(condition.topics_missing)}; floorwatch topics create")
    if not condition.reference_read:
        reasons.append("the topic reference has not been read to its end")
    reasons += _handed_over(condition)
    if condition.sinks and condition.sink_up is None:
        reasons.append("the sink has not started: the store was not asked how far it is")
    elif condition.sinks and not condition.sink_up:
        reasons.append("the store does not answer; alerts wait in Kafka")
    return reasons


def _handed_over(condition: Condition) -> list[str]:
    if condition.assigned is None:
        return ["no partitions are assigned: the group shares them out"]
    recovering = sorted(condition.assigned - condition.restored)
    if recovering:
        return [f"recovering: the state of partitions {', '.join(map(str, recovering))} is being restored"]
    if condition.assigned and not condition.flows:
        return ["records do not flow yet"]
    return []


def not_live(condition: Condition, *, patience_s: float) -> list[str]:
    """
    Return why only a restart can help a worker; nothing where none is needed.

    A restart costs a recovery, so what it does not mend is no reason: a broker or a store that is away, a ledger that
    takes long to read.
    """
    if condition.restoring is not None:
        return []
    reasons = []
    if condition.silent_for > patience_s:
        reasons.append(f"the event loop has not answered for {condition.silent_for:.0f} s")
    if not condition.broker_answers:
        return reasons
    if condition.assigned is None and condition.unassigned_for > patience_s:
        reasons.append(f"the group has assigned nothing for {condition.unassigned_for:.0f} s, and Kafka answers")
    reasons += [
        f"records of partition {number} have waited for {age:.0f} s and none became durable"
        for number, age in sorted(condition.commit_ages.items())
        if age > patience_s
    ]
    return reasons
