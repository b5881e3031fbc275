"""
The topics: what each is for, how it must be set up, and creating them.

Retention goes by the time of arrival, not by the time in the record: a feed of two years ago, replayed
today, would otherwise be expired as soon as it is written.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import TopicAlreadyExistsError, for_code

from streams.broker import OPEN, PATIENCE_S, BrokerSecurity, Waiting, admin_client, wait_unheard

_DAY_MS: Final = 86_400_000
_MIB: Final = 1 << 20

PARTITIONS: Final = 4
"""Partitions of trades, price ticks and state: the most workers that can share the work."""


@dataclass(frozen=True, slots=True)
class TopicNames:
    """The names of the topics in one namespace; *prefix* keeps several apart on one cluster."""

    prefix: str = ""

    @property
    def trades(self) -> str:
        """Declarations, keyed by mineral."""
        return f"{self.prefix}trades"

    @property
    def ticks(self) -> str:
        """Price assessments, keyed by mineral, in the same partitions as the trades."""
        return f"{self.prefix}price-ticks"

    @property
    def reference(self) -> str:
        """Floors, rates and measures, the latest of each key."""
        return f"{self.prefix}reference"

    @property
    def alerts(self) -> str:
        """Every change of an alert, in one order."""
        return f"{self.prefix}alerts"

    @property
    def alert_actions(self) -> str:
        """What people did about alerts, in one order."""
        return f"{self.prefix}alert-actions"

    @property
    def dead_letters(self) -> str:
        """Records that cannot be right, with the reason."""
        return f"{self.prefix}dead-letters"


def state_changelog(app_id: str) -> str:
    """Return the name that Faust gives to the changelog of the table ``state`` of *app_id*."""
    return f"{app_id}-state-changelog"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic as it should be; a config that is not named is the cluster's own affair."""

    name: str
    purpose: str
    partitions: int
    replication: int
    configs: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicPlan:
    """
    All topics of one installation.

    ``app_id`` is the Faust app's, complete: it is not prefixed here, and two namespaces on one cluster need
    two.  Raises ``ValueError`` for a number of partitions or replicas below one.
    """

    prefix: str = ""
    app_id: str = "floorwatch"
    partitions: int = PARTITIONS
    replication: int = 1

    def __post_init__(self) -> None:
        for name in ("partitions", "replication"):
            if getattr(self, name) < 1:
                message = f"{name} must be at least 1, was {getattr(self, name)}"
                raise ValueError(message)

    @property
    def names(self) -> TopicNames:
        """The names, without the state's changelog."""
        return TopicNames(self.prefix)

    @property
    def topics(self) -> tuple[Topic, ...]:
        """Every topic that producers, workers and readers use."""
        names = self.names
        return (
            self._topic(names.trades, "declarations, keyed by mineral", self.partitions, _SOURCE),
            self._topic(names.ticks, "price assessments, keyed by mineral", self.partitions, _SOURCE),
            self._topic(names.reference, "floors, rates and measures: the latest of each key", 1, _REFERENCE),
            self._topic(names.alerts, "every change of an alert, in one order, for good", 1, _ALERTS),
            self._topic(names.alert_actions, "what people did about alerts, in one order, for good", 1, _ALERTS),
            self._topic(names.dead_letters, "refused records with the reason", 1, _DEAD_LETTERS),
            self._topic(state_changelog(self.app_id), "the workers' state", self.partitions, _STATE),
        )

    def _topic(self, name: str, purpose: str, partitions: int, configs: Mapping[str, str]) -> Topic:
        # With three replicas an acknowledged record is on two, and one broker may be away.
        safe = {"min.insync.replicas": str(max(1, self.replication - 1))}
        return Topic(
            name=name,
            purpose=purpose,
            partitions=partitions,
            replication=self.replication,
            configs=MappingProxyType({**configs, **safe}),
        )


_SOURCE: Final = {
    "cleanup.policy": "delete",
    "retention.ms": str(30 * _DAY_MS),
    "message.timestamp.type": "LogAppendTime",
}
_REFERENCE: Final = {"cleanup.policy": "compact"}
_ALERTS: Final = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
_DEAD_LETTERS: Final = {
    "cleanup.policy": "delete",
    "retention.ms": str(30 * _DAY_MS),
    "message.timestamp.type": "LogAppendTime",
    # A refused record of the usual limit of 1 MiB is carried as base64, a third longer, beside its reason.
    "max.message.bytes": str(2 * _MIB),
}
_STATE: Final = {
    "cleanup.policy": "compact",
    "max.message.bytes": str(8 * _MIB),
    # The segment being written is never compacted: small ones, cleaned early, keep recovery short.
    "segment.bytes": str(64 * _MIB),
    "min.cleanable.dirty.ratio": "0.1",
}


class Outcome(StrEnum):
    """What became of a topic, or what was found of it."""

    CREATED = "created"
    EXISTS = "exists"
    """There already, and as it should be."""
    DIFFERS = "differs"
    """There already, and set up otherwise: it is left as it is."""
    ABSENT = "absent"
    REFUSED = "refused"
    """The cluster would not create it, for the reason given."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting that is not as it should be."""

    setting: str
    found: str
    wanted: str

    def __str__(self) -> str:
        return f"{self.setting} is {self.found}, wanted {self.wanted}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicReport:
    """One topic, and what became of it."""

    topic: Topic
    outcome: Outcome
    differences: tuple[Difference, ...] = ()
    reason: str = ""
    """Of a refusal, in the cluster's words."""

    def __str__(self) -> str:
        said = "; ".join(map(str, self.differences)) or self.reason
        return f"{self.topic.name}: {self.outcome}" + (f" ({said})" if said else "")


def create(
    bootstrap: str,
    plan: TopicPlan,
    *,
    security: BrokerSecurity = OPEN,
    patience_s: float = PATIENCE_S,
    on_wait: Callable[[Waiting], None] = wait_unheard,
) -> tuple[TopicReport, ...]:
    """
    Create the topics of *plan* that are absent and report on each, in the plan's order.

    A topic that exists is never changed: one that differs is the operator's to decide on.  Raises what
    :func:`~streams.broker.admin_client` raises.
    """
    with admin_client(bootstrap, security, patience_s=patience_s, on_wait=on_wait) as client:
        before = _found(client, plan)
        made = _create_absent(client, [report.topic for report in before if report.outcome is Outcome.ABSENT])
        # A topic that another process created in between is described like one that was there.
        late = {name for name, report in made.items() if report.outcome is Outcome.EXISTS}
        after = _found(client, plan) if late else before
        return tuple(now if now.topic.name in late else made.get(now.topic.name, now) for now in after)


def describe(
    bootstrap: str,
    plan: TopicPlan,
    *,
    security: BrokerSecurity = OPEN,
    patience_s: float = PATIENCE_S,
    on_wait: Callable[[Waiting], None] = wait_unheard,
) -> tuple[TopicReport, ...]:
    """Report on each topic of *plan* without changing anything; raises as :func:`create` does."""
    with admin_client(bootstrap, security, patience_s=patience_s, on_wait=on_wait) as client:
        return _found(client, plan)


def _found(client: KafkaAdminClient, plan: TopicPlan) -> tuple[TopicReport, ...]:
    layouts = _layouts(client, {topic.name for topic in plan.topics})
    configs = _configs(client, layouts)
    reports = []
    for topic in plan.topics:
        layout = layouts.get(topic.name)
        if layout is None:
            reports.append(TopicReport(topic=topic, outcome=Outcome.ABSENT))
            continue
        differences = tuple(_differences(topic, layout, configs.get(topic.name, {})))
        outcome = Outcome.DIFFERS if differences else Outcome.EXISTS
        reports.append(TopicReport(topic=topic, outcome=outcome, differences=differences))
    return tuple(reports)


def _layouts(client: KafkaAdminClient, wanted: set[str]) -> dict[str, tuple[int, int]]:
    # Partitions and replicas of the topics that exist.  Asking for an absent one by name would create it on a
    # cluster that creates topics on demand.
    present = sorted(wanted.intersection(client.list_topics()))
    if not present:
        return {}
    return {
        found["name"]: (len(found["partitions"]), min(len(each["replica_nodes"]) for each in found["partitions"]))
        for found in client.describe_topics(present)
        if found["partitions"]
    }


def _configs(client: KafkaAdminClient, present: Mapping[str, object]) -> dict[str, dict[str, str]]:
    if not present:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in present]
    described: dict[str, dict[str, dict[str, Any]]] = client.describe_configs(resources, config_filter="all")["topic"]
    return {
        name: {setting: found["value"] for setting, found in settings.items()} for name, settings in described.items()
    }


def _differences(topic: Topic, layout: tuple[int, int], configs: Mapping[str, str]) -> list[Difference]:
    partitions, replication = layout
    found = {"partitions": str(partitions), "replication": str(replication), **configs}
    wanted = {"partitions": str(topic.partitions), "replication": str(topic.replication), **topic.configs}
    return [
        Difference(setting, found.get(setting, "not shown"), value)
        for setting, value in wanted.items()
        if found.get(setting) != value
    ]


def _create_absent(client: KafkaAdminClient, absent: list[Topic]) -> dict[str, TopicReport]:
    if not absent:
        return {}
    request = {
        topic.name: {
            "num_partitions": topic.partitions,
            "replication_factor": topic.replication,
            "configs": dict(topic.configs),
        }
        for topic in absent
    }
    answers = {answer["name"]: answer for answer in client.create_topics(request, raise_errors=False)["topics"]}
    reports = {topic.name: _creation(topic, answers[topic.name]) for topic in absent}
    # The controller knows a topic, whoever created it, before the brokers do.
    client.wait_for_topics([name for name, report in reports.items() if report.outcome is not Outcome.REFUSED])
    return reports


def _creation(topic: Topic, answer: Mapping[str, Any]) -> TopicReport:
    code = answer["error_code"]
    if code == 0:
        return TopicReport(topic=topic, outcome=Outcome.CREATED)
    if for_code(code) is TopicAlreadyExistsError:
        return TopicReport(topic=topic, outcome=Outcome.EXISTS)
    reason = f"{for_code(code).__name__}: {answer['error_message'] or 'no reason given'}"
    return TopicReport(topic=topic, outcome=Outcome.REFUSED, reason=reason)
