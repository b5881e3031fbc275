"""Replaying through the live path: into the topics that workers read, or beside them in a namespace of its own."""

import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from streams.broker import BrokerError
from streams.cli.console import fail, tell, warn
from streams.cli.options import say_waiting
from streams.cli.progress import feed_progress, log_progress, paced_progress

if TYPE_CHECKING:
    from types import FrameType

    from alerts.model import Alert
    from streams.feed_records import ReplayOptions
    from streams.log_source import LogSource
    from streams.month_series import MonthLine
    from streams.publish import KafkaResult
    from streams.reference.book import ReferenceBook
    from streams.replay_mark import ReplayMark
    from streams.settings import Settings

INTERRUPTED: Final = 130
"""Exit status, as a shell has it of what Ctrl-C ended."""

_GOES_ON: Final = "the same command with --resume goes on from there"


def written(
    feed: "list[Path] | LogSource", settings: "Settings", options: "ReplayOptions", *, resume: bool, patience_s: float
) -> "KafkaResult":
    """Write a feed, or a log as it was, to the topics of the live system; exits where that is interrupted."""
    result = _written(feed, settings, options, resume=resume, patience_s=patience_s)
    tell("dead letters are rows that could not be read; what the workers refuse goes to the topic dead-letters too")
    _warn_of_what_is_away(settings, patience_s)
    return result


def _warn_of_what_is_away(settings: "Settings", patience_s: float) -> None:
    """Say so where nobody judges what was written, or there is nothing to judge it by."""
    from streams.cli.reference_data import published_book

    if not _was_read(settings):
        warn("no worker has read these topics yet: where none runs, floorwatch worker starts one")
    if next(iter(published_book(settings.kafka, patience_s).floors), None) is None:
        warn("no floor is published: nothing can be below one (floorwatch floors publish FILE)")


def _was_read(settings: "Settings") -> bool:
    """Return whether workers have ever committed what they read; True where the broker does not say."""
    from kafka.errors import KafkaError

    from streams.broker import admin_client, broker_security

    try:
        with admin_client(settings.kafka, broker_security(settings)) as client:
            found = client.list_group_offsets({settings.app_id: None})
    except (BrokerError, KafkaError):  # A cluster that no group ever asked has no coordinator yet.
        return True
    return any(each.offset >= 0 for each in found.get(settings.app_id, {}).values())


def _written(
    feed: "list[Path] | LogSource",
    settings: "Settings",
    options: "ReplayOptions",
    *,
    resume: bool,
    patience_s: float,
    mark: "ReplayMark | None" = None,
) -> "KafkaResult":
    if not isinstance(feed, list):
        return _log_written(feed, settings, patience_s)
    mark = mark or mark_of(feed, settings, options, resume=resume, patience_s=patience_s)
    if resume:
        tell(f"going on after {mark.records:,} records that are in Kafka")
    return _feed_written(feed, settings, options, mark, patience_s)


def through_namespace(
    feed: "list[Path] | LogSource",
    settings: "Settings",
    options: "ReplayOptions",
    *,
    reference: Sequence[tuple[bytes, bytes]],
    resume: bool,
    patience_s: float,
) -> "tuple[list[Alert], dict[str, Any]]":
    """Replay beside what is live, by a worker of its own, and return the alerts and what to say of them."""
    from streams.replay_apart import judged, prepare, worker_apart

    if not reference:
        fail(
            "there is no reference data: publish floors first (floorwatch floors publish), or name files with --floors"
        )
    mark = None
    if resume and isinstance(feed, list):
        # Refused before a topic is created and a worker started.
        mark = mark_of(feed, settings, options, resume=True, patience_s=patience_s)
    prepare(settings, reference, goes_on=resume, patience_s=patience_s, on_wait=say_waiting)
    with worker_apart(settings) as worker:
        result = _written(feed, settings, options, resume=resume, patience_s=patience_s, mark=mark)
        tell("waiting until the worker of the replay has judged everything")
        alerts, refused = judged(settings, worker)
    run = settings.namespace.partition(":")[2]
    tell(
        f"in the namespace {settings.namespace}: floorwatch alerts list --namespace {run}; "
        f"floorwatch alerts forget --namespace {run} deletes its topics and keys"
    )
    tally = {
        "by_rule": dict(sorted(Counter(alert.rule for alert in alerts).items())),
        "by_state": dict(sorted(Counter(str(alert.state) for alert in alerts).items())),
    }
    # As of a direct replay: rows that could not be read, and records that whoever judged refused.
    dead = dict(sorted((Counter(result.rejected) + Counter(refused)).items()))
    return alerts, kafka_summary(result) | {"dead_letters": dead, "namespace": settings.namespace, "alerts": tally}


def reference_for(
    log: "LogSource | None", live: "Settings", schedules: Sequence[str] | None, rates: Sequence[Path]
) -> Sequence[tuple[bytes, bytes]]:
    """Return the reference data of a replay: of the files that are named, else of the log, else what is live."""
    from streams.cli.reference_data import entries_of, rate_entries
    from streams.reference.wire import encode, key
    from streams.replay_apart import live_reference, reference_of

    if schedules or rates:
        entries = [entry for name in schedules or () for entry in entries_of(name)]
        entries += [entry for path in rates for entry in rate_entries(path)]
        return [(key(each).encode(), encode(each)) for each in entries]
    return live_reference(live) if log is None else reference_of(log.reference())


def log_series(settings: "Settings", patience_s: float) -> "tuple[ReferenceBook, list[MonthLine]]":
    """Return the published reference data, and the month sums of all that the topics of trades and ticks hold."""
    from streams.log_replay import replay_log
    from streams.log_source import KafkaSource, book_of_log

    source = KafkaSource(settings, patience_s=patience_s, on_wait=say_waiting)
    book, _ = book_of_log(source)
    with log_progress(source, "summing up") as hear:
        return book, replay_log(source, book=book, settings=settings, hear=hear, series=True).series


@contextmanager
def _ended_as_by_ctrl_c() -> Iterator[None]:
    """Have SIGTERM, which ends jobs and containers, do what Ctrl-C does: settle what was sent and keep the place."""

    def interrupt(_number: int, _frame: "FrameType | None") -> None:
        raise KeyboardInterrupt

    former = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)


@contextmanager
def _told_place(mark: "ReplayMark") -> Iterator[None]:
    """Say where a replay whose cluster stopped taking records can go on."""
    try:
        yield
    except BrokerError:
        if mark.records:
            tell(f"{mark.records:,} records are in Kafka for certain; {_GOES_ON}")
        raise


def mark_of(
    files: list[Path], settings: "Settings", options: "ReplayOptions", *, resume: bool, patience_s: float
) -> "ReplayMark":
    """Return the mark of a replay, of one to *resume* with its place; raises where there is none, or another's."""
    from streams.replay_mark import ReplayMark, ReplayMarkError

    suffix = f".{settings.namespace.partition(':')[2]}" if settings.namespace else ""
    mark = ReplayMark(Path(f"{files[0]}.replay{suffix}.json"), files, options, settings)
    if not resume:
        mark.forget()
        return mark
    try:
        found = mark.found()
    except ReplayMarkError as error:
        raise typer.BadParameter(str(error)) from error
    if (there := _written_in_all(settings, patience_s)) < found.records:
        message = (
            f"{found.records:,} records were written before, and all the topics ever held are {there:,}: they are "
            "others since; begin again, without --resume"
        )
        raise typer.BadParameter(message)
    return found


def _written_in_all(settings: "Settings", patience_s: float) -> int:
    """Return how many records the topics of trades and ticks ever held, those that are gone by now among them."""
    from streams.broker import broker_security
    from streams.log_reader import log_ends, log_reader, partitions_of
    from streams.topics import TopicNames

    names = TopicNames(settings.topic_prefix)
    security = broker_security(settings)
    with log_reader(settings.kafka, security, patience_s=patience_s, on_wait=say_waiting) as consumer:
        sources = [each for name in (names.trades, names.ticks) for each in partitions_of(consumer, name)]
        return sum(log_ends(consumer, sources).values()) if sources else 0


def kafka_summary(result: "KafkaResult") -> dict[str, Any]:
    """Return what is said of records that were written."""
    written = result.records - result.resumed
    return {
        "records": result.records,
        **({"resumed": result.resumed} if result.resumed else {}),
        "dead_letters": {str(name): count for name, count in sorted(result.rejected.items())},
        "seconds": f"{result.seconds:.3f}",
        "records_per_second": round(written / result.seconds) if result.seconds else 0,
    }


def _feed_written(
    files: list[Path], settings: "Settings", options: "ReplayOptions", mark: "ReplayMark", patience_s: float
) -> "KafkaResult":
    from streams.publish import replay_kafka

    told = feed_progress(files) if options.speed is None else paced_progress(files, options)
    with _told_place(mark), _ended_as_by_ctrl_c(), told as hear:
        result = replay_kafka(
            files,
            settings=settings,
            options=options,
            mark=mark,
            patience_s=patience_s,
            on_wait=say_waiting,
            hear=hear,
        )
    return _finished(result, f"{mark.lost}: begin again" if mark.lost else _GOES_ON)


def _log_written(log: "LogSource", settings: "Settings", patience_s: float) -> "KafkaResult":
    from streams.log_publish import publish_log

    with log_progress(log) as hear:
        result = publish_log(log, settings=settings, patience_s=patience_s, on_wait=say_waiting, hear=hear)
    return _finished(result, "begin again")


def _finished(result: "KafkaResult", way: str) -> "KafkaResult":
    """Return what came to its end; exit where it was interrupted, saying which *way* there is from there."""
    if not result.finished:
        tell(f"interrupted after {result.records:,} records, all of them in Kafka; {way}")
        raise typer.Exit(INTERRUPTED)
    return result
