"""
Crashes: whatever is killed, cut off or emptied in mid-run, the end is that of an undisturbed run in process.

The points are chosen by what the ledger holds, from a seed, so that a run can be had again.
``FLOORWATCH_TEST_CRASH_RECORDS`` sets the length of the log (200000 is what is promised).
"""

import os
import random
import signal
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from streams.embedded import EmbeddedRedis
from tests import feeds
from tests.brokers import Broker
from tests.feeds import TestFeed
from tests.live import IDLE_MARK, LiveRun, Result, direct
from tests.proxy import CuttableKafka

RECORDS: Final = int(os.environ.get("FLOORWATCH_TEST_CRASH_RECORDS", "20000"))
KILLS: Final = 20
SEED: Final = 20
SLICE_RECORDS: Final = RECORDS // 200
"""Small enough that there are many points to be killed at."""
BATCHES: Final = RECORDS // SLICE_RECORDS
"""At the least; partitions end with slices that are not full."""


@cache
def feed() -> TestFeed:
    """Return the log of every test here, made once."""
    return feeds.contrary(RECORDS, seed=SEED, one_in=100)


@cache
def undisturbed() -> Result:
    """Return what it comes to in this process."""
    return direct(feed().entries, feed().log, feed().end_mark)


@pytest.fixture
def empty_run(kafka: Broker, redis_url: str, fresh_topics: str, tmp_path: Path) -> Iterator[LiveRun]:
    """Return a run with nothing published and no worker yet."""
    with LiveRun(
        broker=kafka,
        redis_url=redis_url,
        prefix=fresh_topics,
        folder=tmp_path,
        slice_records=SLICE_RECORDS,
    ) as live:
        yield live


@pytest.fixture
def run(empty_run: LiveRun) -> LiveRun:
    """Return a run with the log published and no worker yet."""
    publish(empty_run)
    return empty_run


def publish(live: LiveRun) -> None:
    """Write the whole log."""
    live.publish_reference(feed().entries)
    live.publish(feed().log)
    live.publish_mark(feed().end_mark)


def points(count: int, seed: int = SEED) -> list[int]:
    """Return *count* numbers of batches, in order, at which something is to happen."""
    return sorted(random.Random(seed).sample(range(2, BATCHES), count))


def check(live: LiveRun) -> None:
    """Wait for the end and hold it against the undisturbed run's."""
    live.settled()
    assert live.result() == undisturbed()


def test_a_worker_killed_at_twenty_points_ends_as_if_it_had_not_been(run: LiveRun) -> None:
    """Killed with SIGKILL wherever it is, and started again."""
    worker = run.start()[0]
    for point in points(KILLS):
        run.until_batches(point)
        run.kill(worker)
        worker = run.start()[0]
    check(run)
    run.report("kill")


def test_a_worker_whose_connections_are_cut_ends_as_if_they_had_not_been(
    kafka: Broker, redis_url: str, fresh_topics: str, tmp_path: Path
) -> None:
    """All of its connections to the broker at once, at five points."""
    with (
        CuttableKafka(kafka.bootstrap) as proxy,
        LiveRun(
            broker=kafka,
            worker_bootstrap=proxy.bootstrap,
            redis_url=redis_url,
            prefix=fresh_topics,
            folder=tmp_path,
            slice_records=SLICE_RECORDS,
        ) as live,
    ):
        publish(live)
        live.start()
        for point in points(5):
            live.until_batches(point)
            live.until(lambda: proxy.cut() > 0)
        check(live)
        live.report("cut")


def test_alerts_wait_in_kafka_while_redis_is_away(run: LiveRun, redis_server: EmbeddedRedis) -> None:
    """Ten seconds without a store: the judging goes on, the store has everything afterwards."""
    run.start()
    run.until_batches(BATCHES // 4)
    redis_server.stop()
    away = threading.Event()
    threading.Timer(10, away.set).start()
    run.until(away.is_set)
    redis_server.start()
    check(run)


def test_a_store_that_was_wiped_is_filled_again_under_the_same_offsets(run: LiveRun) -> None:
    """Emptied in mid-run, twice."""
    run.start()
    for point in points(2):
        run.until_batches(point)
        run.redis.flushall()
    check(run)


def test_a_worker_that_was_frozen_and_replaced_does_no_harm_when_it_wakes(run: LiveRun) -> None:
    """Stopped in the middle of its work until another has its partitions, then let go on."""
    first = run.start()[0]
    run.until_batches(BATCHES // 4)
    first.send(signal.SIGSTOP)
    run.start()
    run.until_writers(2)
    first.send(signal.SIGCONT)
    check(run)
    assert run.stops == []
    run.report("frozen")


def test_a_second_worker_may_join_and_leave_in_mid_run(empty_run: LiveRun) -> None:
    """Partitions are handed over twice, while slices are being judged."""
    run, half = empty_run, len(feed().log) // 2
    patient = {"FLOORWATCH_SESSION_TIMEOUT_SECONDS": "6", "FLOORWATCH_REBALANCE_TIMEOUT_SECONDS": "6"}
    run.publish_reference(feed().entries)
    run.publish(feed().log[:half])
    run.start(environ=patient)
    run.until_batches(BATCHES // 4)
    second = run.start(environ=patient)[0]
    run.until_writers(2)
    # Kept back until now, so that there is something left for the second to leave in the middle of.
    run.publish(feed().log[half:])
    run.publish_mark(feed().end_mark)
    run.until_batches(run.ledger.count() + BATCHES // 8)
    run.stop(second)
    check(run)
    assert run.stops == []
    run.report("join")


def test_an_owner_that_another_has_overtaken_reads_its_ledger_again_and_goes_on(empty_run: LiveRun) -> None:
    """A worker that was cut off wakes and writes behind what the owner has read: the owner's next batches are void."""
    run, half = empty_run, len(feed().log) // 2
    run.publish_reference(feed().entries)
    run.publish(feed().log[:half])
    run.publish_mark(IDLE_MARK)
    run.start()
    run.settled()
    run.intrude()
    run.publish(feed().log[half:])
    run.publish_mark(feed().end_mark)
    check(run)
    assert run.stops == []
    run.report("overtaken")


def test_a_broker_that_is_killed_and_started_again_loses_nothing(run: LiveRun, durable_kafka: Broker) -> None:
    """The workers wait for it, or stop and are started again."""
    run.start()
    run.until_batches(BATCHES // 3)
    durable_kafka.kill()
    durable_kafka.start()
    check(run)
    run.report("broker")
