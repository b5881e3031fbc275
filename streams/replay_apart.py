"""
A replay beside a live system: through the live path, in a namespace of its own, where it can interrupt nobody.

Its records go to topics ``replay.<run>...``, which a worker started for it judges; its alerts go to Redis under
``{replay:<run>}:``.  No process that delivers reads either: hub, webhooks and notifications follow the live namespace.
"""

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import redis
from msgspec import MsgspecError

from alerts.model import Alert
from alerts.redis_store import RedisStore
from streams import topics
from streams.broker import PATIENCE_S, BrokerError, Waiting, admin_client, broker_security, wait_unheard
from streams.ledger_reader import LedgerReader, await_judged, told_alerts
from streams.local_worker import WorkerProcess
from streams.log_reader import log_ends, log_reader, partitions_of, read_to_end
from streams.outbox import Outbox
from streams.reference.wire import decode
from streams.reference.wire import key as key_of
from streams.settings import Settings, redis_url
from streams.topics import TopicNames, TopicPlan, state_changelog

SESSION_S: Final = 6.0
"""A worker that is alone waits for nobody: its group may be quick."""
SUNK_WITHIN_S: Final = 60.0
_LOOK_S: Final = 0.1


class Judged(NamedTuple):
    """What a run came to."""

    alerts: list[Alert]
    """Those that stand."""
    refused: dict[str, int]
    """Records that the worker refused, by reason."""


class RunExistsError(BrokerError):
    """Raised for a run that is there already; says what to do."""


def prepare(
    settings: Settings,
    reference: Iterable[tuple[bytes, bytes]],
    *,
    goes_on: bool = False,
    patience_s: float = PATIENCE_S,
    on_wait: Callable[[Waiting], None] = wait_unheard,
) -> None:
    """
    Create the topics of the run that *settings* are for and publish *reference* (keys and entries) to them.

    Raises :class:`RunExistsError` where it has records already, unless it *goes_on*.
    """
    plan = TopicPlan(
        prefix=settings.topic_prefix,
        app_id=settings.app_id,
        partitions=settings.partitions,
        replication=settings.replication,
    )
    security = broker_security(settings)
    reports = topics.create(settings.kafka, plan, security=security, patience_s=patience_s, on_wait=on_wait)
    refused = [each for each in reports if each.outcome is topics.Outcome.REFUSED]
    if refused:
        raise BrokerError(f"a topic of the replay cannot be created: {refused[0]}")
    if not goes_on and _has_records(settings):
        raise RunExistsError(
            f"there is a run {settings.namespace} already: take another name, or "
            f"floorwatch alerts forget --namespace {settings.namespace.partition(':')[2]}"
        )
    with Outbox(settings.kafka, security, patience_s=patience_s, on_wait=on_wait) as outbox:
        for key, value in reference:
            outbox.send(plan.names.reference, key=key, value=value)
        outbox.settle()


def live_reference(settings: Settings) -> list[tuple[bytes, bytes]]:
    """Return the reference data published to the topics of *settings*: the latest of each key."""
    found: dict[bytes, bytes] = {}
    with log_reader(settings.kafka, broker_security(settings)) as consumer:
        for run in read_to_end(consumer, partitions_of(consumer, TopicNames(settings.topic_prefix).reference)):
            for record in run:
                # A tombstone takes an entry back; the order of what is left is that of its last publication.
                found.pop(record.key, None)
                if record.value is not None:
                    found[record.key] = record.value
    return list(found.items())


@contextmanager
def worker_apart(settings: Settings) -> Iterator[WorkerProcess]:
    """Run a worker for *settings*, which are those of a run, as long as the context lasts."""
    quick = replace(settings, metrics_port=0, session_timeout_seconds=SESSION_S, rebalance_timeout_seconds=SESSION_S)
    with (
        tempfile.TemporaryDirectory(prefix="floorwatch-replay-") as folder,
        WorkerProcess(quick, folder=Path(folder)) as worker,
    ):
        yield worker


def judged(
    settings: Settings, worker: WorkerProcess, *, hear: Callable[[LedgerReader, int], None] = lambda _r, _b: None
) -> Judged:
    """
    Return the alerts that stand, and what was refused, once *worker* has judged all of the run and Redis has them.

    Raises :class:`BrokerError` where the worker ends before that, with the end of its log.
    """
    try:
        ledger = await_judged(settings, hear=hear)
        alerts = told_alerts(settings, ledger.told)
        _await_sunk(settings)
    except BrokerError as error:
        if worker.alive:
            raise
        said = worker.log_path.read_text(errors="replace").strip().splitlines()[-1:]
        raise BrokerError(f"the worker of the replay ended: {''.join(said) or 'it said nothing'}") from error
    return Judged(alerts, ledger.refused())


def forget(settings: Settings) -> tuple[int, int]:
    """
    Delete the topics and the Redis keys of the run that *settings* are for; return how many of each there were.

    Raises ``ValueError`` for settings that are not those of a run: what is live is never deleted here.
    """
    if not settings.namespace:
        raise ValueError("these are the settings of the live system: name the run whose topics and keys may go")
    with admin_client(settings.kafka, broker_security(settings)) as client:
        mine = [name for name in client.list_topics() if name.startswith(settings.topic_prefix)]
        mine += [each for each in [state_changelog(settings.app_id)] if each in client.list_topics()]
        if mine:
            client.delete_topics(mine)
    with redis.Redis.from_url(redis_url(settings)) as server:
        keys = list(server.scan_iter(match=f"{{{settings.redis_namespace}}}:*"))
        if keys:
            server.delete(*keys)
    return len(mine), len(keys)


def _has_records(settings: Settings) -> bool:
    names = TopicNames(settings.topic_prefix)
    with log_reader(settings.kafka, broker_security(settings)) as consumer:
        sources = [each for topic in (names.trades, names.ticks) for each in partitions_of(consumer, topic)]
        return any(log_ends(consumer, sources).values())


def _await_sunk(settings: Settings) -> None:
    """Return once Redis has every change on the run's topic of alerts."""
    topic = TopicNames(settings.topic_prefix).alerts
    with log_reader(settings.kafka, broker_security(settings)) as consumer:
        last = max(log_ends(consumer, partitions_of(consumer, topic)).values(), default=0) - 1
    key = RedisStore(redis_url(settings), settings.redis_namespace).key("sink:offset")
    deadline = time.monotonic() + SUNK_WITHIN_S
    with redis.Redis.from_url(redis_url(settings)) as server:
        while last >= 0:
            found: Any = server.get(key)
            if found is not None and int(found) >= last:
                return
            if time.monotonic() > deadline:
                raise BrokerError(f"the alerts of {settings.namespace} are on their topic, and not in Redis yet")
            time.sleep(_LOOK_S)


def reference_of(values: Iterable[bytes]) -> Sequence[tuple[bytes, bytes]]:
    """Return published entries with their keys; what this version cannot read is left out."""
    found = []
    for value in values:
        try:
            found.append((key_of(decode(value)).encode(), value))
        except MsgspecError:
            continue
    return found
