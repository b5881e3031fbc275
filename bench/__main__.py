"""
The benchmarks of the spine, side by side from one run; figures are medians where there are several runs.

``python -m bench`` prints a table: a plain Faust agent, this worker with all rules and the direct replay, all on the
same trades and the same broker; the time from a record's arrival to its alert in Redis; and the memory of cells and
record ids.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from redis import Redis
from rich.console import Console
from rich.table import Table

from alerts.redis_store import RedisStore
from bench import feed
from bench.memory import cells_memory, ids_memory
from streams.assembly import spare_the_collector
from streams.broker import admin_client
from streams.embedded import EmbeddedKafka, EmbeddedRedis
from streams.feed_records import ReplayOptions
from streams.ledger import decode_batch
from streams.publish import publish_reference
from streams.records import Trade, encode_record, mineral_of
from streams.reference.book import ReferenceBook
from streams.replay import replay_direct
from streams.settings import Settings
from streams.topics import TopicPlan, create, state_changelog

DAYS = 60
TIMEOUT_S = 240
POLL_S = 0.2
METRICS_PORT = 19480
SCRAPER = """
import time, urllib.request
while True:
    time.sleep(1)
    try:
        urllib.request.urlopen("http://127.0.0.1:{port}/metrics", timeout=5).read()
    except OSError:
        pass
"""
"""Run in a process of its own, as Prometheus is."""


def main() -> int:
    """Run what is asked for and print the table."""
    arguments = _arguments()
    results: dict[str, Any] = {"machine": platform.processor() or platform.machine(), "records": arguments.records}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trades.jsonl"
        path.write_bytes(b"\n".join(feed.values(arguments.records, days=DAYS)) + b"\n")
        results["direct"] = _direct(path, arguments.runs)
    results["plain"] = statistics.median(_plain(arguments.plain_records) for _ in range(arguments.runs))
    results |= _live_pairs(arguments.records, arguments.runs)
    results["latency_ms"] = _latency(arguments.rate, arguments.latency_seconds)
    if arguments.memory:
        results["cells_mib"] = cells_memory(1_000_000)
        results["ids_mib"] = ids_memory(10_000_000)
    _print(results)
    if arguments.json:
        print(json.dumps(results))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000, help="trades of the direct and the live run")
    parser.add_argument("--plain-records", type=int, default=100_000, help="trades of the plain agent's run")
    parser.add_argument("--runs", type=int, default=3, help="runs of each, of which the median counts")
    parser.add_argument("--rate", type=int, default=2000, help="records a second of the latency run")
    parser.add_argument("--latency-seconds", type=int, default=20)
    parser.add_argument("--no-memory", dest="memory", action="store_false", help="leave out the memory figures")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object at the end")
    return parser.parse_args()


def _direct(path: Path, runs: int) -> float:
    """Return records a second of the direct replay of a JSONL file, reading and decoding included."""
    spare_the_collector()
    options = ReplayOptions(as_of=feed.FIRST_DAY + timedelta(days=DAYS))
    rates = []
    for _ in range(runs):
        book = ReferenceBook(entries=feed.reference(DAYS))
        result = replay_direct([path], book=book, settings=Settings(), options=options)
        rates.append(result.records / result.seconds)
    return statistics.median(rates)


@contextmanager
def _broker(records: int) -> Iterator[tuple[EmbeddedKafka, dict[str, str]]]:
    """Start a broker with the topics, reference data and trades in it."""
    with EmbeddedKafka() as kafka:
        create(kafka.bootstrap, TopicPlan())
        publish_reference(kafka.bootstrap, "reference", feed.reference(DAYS))
        producer = KafkaProducer(bootstrap_servers=kafka.bootstrap, linger_ms=50, batch_size=1 << 18)
        for trade in feed.trades(records, days=DAYS):
            _send(producer, trade)
        producer.flush()
        environment = {
            **os.environ,
            "FLOORWATCH_KAFKA": kafka.bootstrap,
            "FLOORWATCH_REBALANCE_TIMEOUT_SECONDS": "6",
            "FLOORWATCH_SESSION_TIMEOUT_SECONDS": "6",
            "BENCH_RECORDS": str(records),
        }
        yield kafka, environment
        producer.close()


def _send(producer: Any, trade: Trade) -> None:
    producer.send("trades", key=mineral_of(trade.product or "").encode(), value=encode_record(trade))


def _plain(records: int) -> float:
    """Return trades a second of the plain agent, from its first to its last."""
    with _broker(records) as (_, environment):
        command = [sys.executable, "-m", "bench.plain_agent"]
        run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
    seconds = next(line.split()[1] for line in run.stdout.splitlines() if line.startswith("seconds"))
    return records / float(seconds)


def _live_pairs(records: int, runs: int) -> dict[str, Any]:
    """
    Return trades a second, and seconds of processor time, of one worker scraped each second and of one without metrics.

    The two take turns, so that a machine that gets slower does so for both; where others use it too, go by the
    processor time.
    """
    figures: dict[int, list[tuple[float, float]]] = {METRICS_PORT: [], 0: []}
    for run in range(runs):
        for port in (METRICS_PORT, 0) if run % 2 else (0, METRICS_PORT):
            figures[port].append(_live(records, port))
    scraped, unobserved = (
        [statistics.median(column) for column in zip(*each, strict=True)] for each in figures.values()
    )
    return {
        "live": scraped[0],
        "live_unobserved": unobserved[0],
        "live_cpu_s": scraped[1],
        "live_unobserved_cpu_s": unobserved[1],
    }


def _live(records: int, metrics_port: int) -> tuple[float, float]:
    """
    Return trades a second and processor time of one worker with all rules.

    The first from its first batch in the ledger to its last, the second from its start to its end.
    """
    with _broker(records) as (kafka, environment), EmbeddedRedis() as redis:
        environment |= {"FLOORWATCH_REDIS": redis.url, "FLOORWATCH_METRICS_PORT": str(metrics_port)}
        used: list[float] = []
        with _worker(environment, used), _scraped(metrics_port):
            rate = records / _ledger_seconds(kafka.bootstrap, records)
        return rate, used[0]


@contextmanager
def _scraped(port: int) -> Iterator[None]:
    """Scrape a worker each second, fifteen times as often as Prometheus usually does."""
    if not port:
        yield
        return
    command = [sys.executable, "-c", SCRAPER.format(port=port)]
    scraper = subprocess.Popen(command)
    try:
        yield
    finally:
        scraper.kill()
        scraper.wait()


@contextmanager
def _worker(environment: dict[str, str], used: list[float] | None = None) -> Iterator[None]:
    """Run a worker; *used* is given the processor time it took, in seconds."""
    worker = subprocess.Popen([sys.executable, "-m", "streams.cli", "worker"], env=environment)
    try:
        yield
    finally:
        # What a child used is added up when it is waited for.
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        worker.terminate()
        worker.wait(20)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if used is not None:
            used.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _ledger_seconds(bootstrap: str, records: int) -> float:
    """
    Wait until every trade is in the ledger, and return the seconds from its first batch to its last.

    The broker stamps each batch as it arrives; the trades of the first batch, judged before the first stamp, are made
    good for.  What waits looks at committed offsets only, so as not to take the processor from the worker.
    """
    deadline = time.monotonic() + TIMEOUT_S
    with admin_client(bootstrap) as admin:
        while _committed(admin) < records:
            if time.monotonic() > deadline:
                message = f"the worker read {_committed(admin)} of {records} trades in {TIMEOUT_S} s"
                raise TimeoutError(message)
            time.sleep(POLL_S)
    stamps = sorted(_stamps(bootstrap))
    (first_at, first_read), (last_at, _) = stamps[0], stamps[-1]
    return (last_at - first_at) / 1000 * records / max(1, records - first_read)


def _committed(admin: Any) -> int:
    offsets = admin.list_group_offsets({"floorwatch": None})["floorwatch"]
    return sum(max(0, each.offset) for partition, each in offsets.items() if partition.topic == "trades")


def _stamps(bootstrap: str) -> Iterator[tuple[int, int]]:
    """Yield for each batch of the ledger when it arrived (ms) and how many trades its partition had read by then."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, group_id=None, max_partition_fetch_bytes=8 << 20)
    consumer.assign([TopicPartition(state_changelog("floorwatch"), partition) for partition in range(4)])
    consumer.seek_to_beginning()
    while runs := consumer.poll(timeout_ms=2000):
        for run in runs.values():
            for record in run:
                yield record.timestamp, decode_batch(record.value).counts["records"]
    consumer.close()


def _latency(rate: int, seconds: int) -> dict[str, float]:
    """
    Return percentiles of the time from sending a record to its alert's change in Redis.

    Every hundredth record opens an alert of a lane of its own; the change is awaited in the Redis stream.
    """
    with _broker(0) as (kafka, environment), EmbeddedRedis() as redis:
        environment["FLOORWATCH_REDIS"] = redis.url
        with _worker(environment):
            return _measured(kafka.bootstrap, redis.url, rate, seconds)


def _measured(bootstrap: str, redis_url: str, rate: int, seconds: int) -> dict[str, float]:
    producer = KafkaProducer(bootstrap_servers=bootstrap, linger_ms=0)
    store = RedisStore(redis_url)
    client, stream = Redis.from_url(redis_url), store.key("alerts")
    _warm_up(producer, client, stream)
    sent: dict[str, float] = {}
    arrived: dict[str, float] = {}
    cursor = client.xinfo_stream(stream)["last-generated-id"]
    trades = list(feed.trades(rate * seconds, days=1, seed=7))
    started = time.perf_counter()
    for number, trade in enumerate(trades):
        due = started + number / rate
        while time.perf_counter() < due:
            cursor = _read(client, stream, cursor, arrived)
        if number % 100 == 0:
            trade = _breach(number)  # noqa: PLW2901 - this one in place of the feed's
            sent[trade.origin] = time.perf_counter()
        _send(producer, trade)
    deadline = time.monotonic() + 30
    while len(arrived.keys() & sent.keys()) < len(sent) and time.monotonic() < deadline:
        cursor = _read(client, stream, cursor, arrived)
    times = sorted(1000 * (arrived[lane] - sent[lane]) for lane in sent if lane in arrived)
    return {
        "p50": times[len(times) // 2],
        "p99": times[min(len(times) - 1, len(times) * 99 // 100)],
        "most": times[-1],
        "missing": len(sent) - len(times),
        "measured": len(times),
    }


def _breach(number: int) -> Trade:
    """Return a trade below its floor on a lane that nothing else uses."""
    return Trade(
        id=f"latency-{number}",
        source="customs",
        event_date=feed.FIRST_DAY,
        origin=f"X{number}",
        destination="GB",
        product="silicon|metal",
        quantity="1000",
        unit="kg",
        value="1000",
        currency="USD",
        incoterm="CIF",
    )


def _warm_up(producer: Any, client: Any, stream: str) -> None:
    """Send breaches until the first alert arrives: the worker has joined its group then."""
    deadline = time.monotonic() + 60
    number = -1
    while not client.exists(stream):
        if time.monotonic() > deadline:
            message = "no alert arrived within 60 s of the worker's start"
            raise TimeoutError(message)
        _send(producer, _breach(number))
        producer.flush()
        number -= 1
        time.sleep(0.2)


def _read(client: Any, stream: str, cursor: Any, arrived: dict[str, float]) -> Any:
    """Note the lanes whose changes are in the stream past *cursor*."""
    for _, entries in client.xread({stream: cursor}, count=500, block=1) or ():
        now = time.perf_counter()
        for entry, fields in entries:
            cursor = entry
            origin = json.loads(fields[b"change"])["alert"]["origin"]
            arrived.setdefault(origin, now)
    return cursor


def _print(results: dict[str, Any]) -> None:
    table = Table(title=f"Floorwatch on this machine, {results['records']:,} trades of 250 bytes")
    for column in ("what", "figure", "wanted", "beside the plain agent"):
        table.add_column(column, justify="left" if column == "what" else "right")
    plain = results["plain"]
    rows = [
        ("plain Faust agent: decode and compare", plain, ""),
        ("live worker, all rules, ledger and alerts", results["live"], "100,000/s and 8x"),
        ("the same without metrics", results["live_unobserved"], ""),
        ("direct replay, all rules, reading included", results["direct"], "150,000/s"),
    ]
    for what, figure, wanted in rows:
        table.add_row(what, f"{figure:,.0f}/s", wanted, f"{figure / plain:.1f}x")
    more = results["live_cpu_s"] / results["live_unobserved_cpu_s"] - 1
    table.add_row("processor time of metrics", f"{more:+.1%}", "within 3 %", "")
    latency = results["latency_ms"]
    table.add_row("record to Redis, median", f"{latency['p50']:.1f} ms", "", "")
    table.add_row("record to Redis, 99 %", f"{latency['p99']:.1f} ms", "100 ms", "")
    if "cells_mib" in results:
        table.add_row("memory of 1,000,000 cells", f"{results['cells_mib']:,.0f} MiB", "1,024 MiB", "")
        table.add_row("memory of 10,000,000 record ids", f"{results['ids_mib']:,.0f} MiB", "1,024 MiB", "")
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
