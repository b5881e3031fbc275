"""``floorwatch worker``: judges what is on the topics until it is stopped."""

import signal
import sys
from typing import Annotated, NoReturn

import typer

from streams.cli.console import fail, tell
from streams.cli.options import Kafka, Patience, Redis, settings_of
from streams.cli.stores import open_store, wait_for_store
from streams.cli.topics import reports_of
from streams.settings import Settings


def worker(
    *,
    kafka: Kafka = None,
    redis: Redis = None,
    instance: Annotated[
        str | None,
        typer.Option("--instance", metavar="NAME", help="A name that outlives a restart: static group membership."),
    ] = None,
    log_level: Annotated[
        str | None, typer.Option("--log-level", metavar="LEVEL", help="debug, info, warn or error.")
    ] = None,
    patience: Patience = 60.0,
) -> None:
    """
    Run a worker: read trades and price ticks, judge them, tell alerts.

    Start as many as there are partitions; each takes its share. A worker that is stopped or killed resumes where its
    ledger ends. It needs the topics (floorwatch topics create) and floors (floorwatch floors publish).

    Example: [bold]floorwatch worker --kafka broker:9092 --redis redis://cache:6379/0[/]
    """
    settings = settings_of(kafka=kafka, redis=redis, instance=instance, log_level=log_level)
    _check_topics(settings, patience)
    wait_for_store(settings, patience)
    _run(settings)


def _check_topics(settings: Settings, patience_s: float) -> None:
    """Wait for Kafka, and refuse to start where topics are absent or parted otherwise than the settings say."""
    from streams import topics

    reports = reports_of(topics.describe, settings, patience_s)
    absent = [report.topic.name for report in reports if report.outcome is topics.Outcome.ABSENT]
    if absent:
        fail(f"topics are absent at {settings.kafka}: {', '.join(absent)}; create them: floorwatch topics create")
    parted = [
        f"{report.topic.name} has {difference.found}"
        for report in reports
        for difference in report.differences
        if difference.setting == "partitions"
    ]
    if parted:
        fail(
            f"{', '.join(parted)} partitions, the setting is {settings.partitions}: "
            "set FLOORWATCH_PARTITIONS to the topics'"
        )


def _run(settings: Settings) -> NoReturn:
    import faust

    from streams.agents import build_worker
    from streams.assembly import spare_the_collector
    from streams.observer import observed

    spare_the_collector()
    built = build_worker(settings, open_store(settings))
    tell(f"worker of {settings.app_id!r} on {settings.kafka}, alerts to Redis; stop it with Ctrl-C")
    runner = faust.Worker(
        built.live.app, loglevel=settings.log_level, redirect_stdouts=False, stdout=sys.stderr, stderr=sys.stderr
    )
    # Until Faust has its own handlers in place, a TERM ends the process at once: nothing has been taken yet.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with observed(built) as address:
        if address is not None:
            tell(f"metrics and health on {address}")
        runner.execute_from_commandline()
    raise SystemExit(0)
