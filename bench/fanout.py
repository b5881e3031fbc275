"""
How changes get to many subscribers: this server beside one that reads Redis once for each client.

``python -m bench.fanout`` starts both on one Redis, the one after the other, with the same web server, the same clients
and the same changes.  It prints what was lost or doubled, how long a change took from before its write to Redis until a
client had it, what processor time the server took, and its memory while twenty clients take nothing.
"""

import argparse
import asyncio
import json
import os
import platform
import re
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec
import uvicorn
from litestar import Litestar, get
from litestar.response import Stream
from msgspec.structs import replace
from redis.asyncio import Redis
from rich.console import Console
from rich.table import Table

from alerts.access import TokenFile
from alerts.action_log import ActionDesk, MemoryActionLog
from alerts.action_store import MemoryActionStore
from alerts.api import build_api
from alerts.audit import AuditLog
from alerts.envelope import change_event, encode_event
from alerts.gate import Limits
from alerts.model import Alert, AlertChange, ChangeKind, Reason, Severity, State, decode_change
from alerts.quoting import NoQuoteError, QuoteAnswer, QuoteQuestion
from alerts.redis_store import NAMESPACE, RedisStore
from alerts.server import config_of, serve
from alerts.service import Service
from alerts.sse import event_text
from alerts.store import Recorded
from streams.embedded import EmbeddedRedis, free_port

STALLED: Final = 20
WARM_S: Final = 2.0
PATIENCE_S: Final = 60.0
_STAMP: Final = re.compile(rb'"published_ns":"(\d+)"')
_ID: Final = re.compile(rb"^id: (\d+)", re.MULTILINE)
_STREAM: Final = f"{{{NAMESPACE}}}:alerts"

ALERT: Final = Alert(
    id="0" * 20,
    rule="floor_breach",
    rule_set="bench",
    severity=Severity.HIGH,
    state=State.FIRING,
    product="silicon|metal",
    origin="CN",
    destination="GB",
    zone="illustrative",
    opened_at="2025-03-01T00:00:00Z",
    updated_at="2025-03-04T00:00:00Z",
    resolved_at=None,
    summary="silicon|metal from CN landed in GB below the floor on 2 days.",
    evidence={"trail": [{"label": f"step {number}", "result": "17500.00", "unit": "USD"} for number in range(20)]},
    revision=1,
)


# -- the servers ---------------------------------------------------------------------------------------------------


async def serve_ours(port: int, redis_url: str, folder: Path) -> None:
    """Serve this project's API without Kafka: nobody acts."""

    async def no_quote(question: QuoteQuestion, *, confidential: bool) -> QuoteAnswer:
        raise NoQuoteError("none", f"nothing is quoted: {question.product}, {confidential}")

    service = Service(
        alerts=RedisStore(redis_url),
        desk=ActionDesk(MemoryActionLog(), MemoryActionStore()),
        tokens=TokenFile(folder / "tokens.json"),
        audit=AuditLog(folder / "audit.jsonl", bytes(32)),
        quote=no_quote,
        namespace=NAMESPACE,
        version="bench",
        limits=Limits(requests_at_once=2000, requests_at_once_per_caller=2000, requests_burst=2000),
    )
    await serve(build_api(service), service, host="127.0.0.1", port=port, log_level="warning")


async def serve_naive(port: int, redis_url: str) -> None:
    """Serve as tutorials show it: each client has a connection to Redis and a loop of its own."""
    # As patient as it takes: with the usual timeouts, readers that come too late fail and lose changes.
    client: Any = Redis.from_url(redis_url, socket_timeout=None)

    async def events() -> AsyncIterator[bytes]:
        last = b"$"
        while True:
            for _, entries in (await client.xread({_STREAM: last}, block=1000)) or ():
                for entry_id, fields in entries:
                    last = entry_id
                    recorded = Recorded(int(entry_id.partition(b"-")[0]), decode_change(fields[b"change"]))
                    event = encode_event(change_event(recorded, NAMESPACE))
                    yield event_text("change", event, last_id=str(recorded.offset))

    @get("/v1/alerts/stream")
    async def stream() -> Stream:
        return Stream(events(), media_type="text/event-stream")

    app: Any = Litestar([stream], openapi_config=None)
    await uvicorn.Server(config_of(app, host="127.0.0.1", port=port, log_level="warning")).serve()


# -- clients -------------------------------------------------------------------------------------------------------


@dataclass
class Client:
    """One subscriber: what it got, and how long each took."""

    offsets: list[int] = field(default_factory=list)
    took_ms: list[float] = field(default_factory=list)
    began: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, port: int) -> None:
        """Read the stream until cancelled."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        writer.write(b"GET /v1/alerts/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        self.began.set()
        rest = b""
        try:
            while data := await reader.read(1 << 18):
                now = time.time_ns()
                *whole, rest = (rest + data).split(b"\n\n")
                for event in whole:
                    self._take(event, now)
        finally:
            writer.close()

    def _take(self, event: bytes, now: int) -> None:
        stamp, offset = _STAMP.search(event), _ID.search(event)
        if stamp is not None and offset is not None:
            self.offsets.append(int(offset[1]))
            self.took_ms.append((now - int(stamp[1])) / 1e6)


async def stall(port: int) -> Any:
    """Open a stream and take nothing of it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.write(b"GET /v1/alerts/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    return reader, writer


async def publish(store: RedisStore, count: int, rate: float, start: int) -> None:
    """Write changes at a rate, each with the instant before it was written."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for at in range(count):
        await asyncio.sleep(max(0.0, began + at / rate - loop.time()))
        await store.apply([(start + at, _change(start + at))])


def _change(offset: int) -> AlertChange:
    alert = replace(ALERT, id=f"{offset:020d}", evidence=ALERT.evidence | {"published_ns": str(time.time_ns())})
    return AlertChange(
        id=f"{alert.id}:1",
        alert_id=alert.id,
        seq=1,
        kind=ChangeKind.OPENED,
        reason=Reason.FIRST_BREACH,
        at=alert.updated_at,
        alert=alert,
    )


# -- the bench -----------------------------------------------------------------------------------------------------


class Result(msgspec.Struct):
    """What one server did."""

    lost: int
    doubled: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    cpu_s: float
    memory_mib: float
    stalled_mib: float
    """How much its memory grew over the second half of many changes, of which twenty clients took none."""


async def measure(which: str, arguments: argparse.Namespace) -> Result:
    """Run one server with all its clients."""
    with EmbeddedRedis() as server, tempfile.TemporaryDirectory() as folder:
        port = free_port()
        command = [sys.executable, "-m", "bench.fanout", "--serve", which, str(port), server.url, folder]
        process = await asyncio.create_subprocess_exec(*command)
        store = RedisStore(server.url)
        try:
            await _until_open(port)
            clients, fan = await _fan_out(port, store, process.pid, arguments)
            grown = await _with_stalled(port, store, process.pid, arguments)
            took = sorted(each for client in clients for each in client.took_ms)
            wanted = range(arguments.warm, arguments.warm + arguments.changes)
            return Result(
                lost=sum(len(set(wanted) - set(each.offsets)) for each in clients),
                doubled=sum(len(each.offsets) - len(set(each.offsets)) for each in clients),
                p50_ms=took[len(took) // 2],
                p95_ms=took[int(len(took) * 0.95)],
                p99_ms=took[int(len(took) * 0.99)],
                cpu_s=fan,
                memory_mib=_rss_mib(process.pid),
                stalled_mib=grown,
            )
        finally:
            process.kill()
            await process.wait()
            await store.aclose()


async def _fan_out(
    port: int, store: RedisStore, pid: int, arguments: argparse.Namespace
) -> tuple[Sequence[Client], float]:
    clients = [Client() for _ in range(arguments.subscribers)]
    tasks = [asyncio.create_task(each.run(port)) for each in clients]
    await asyncio.gather(*(each.began.wait() for each in clients))
    await asyncio.sleep(WARM_S)
    await publish(store, arguments.warm, arguments.rate, 0)
    for each in clients:
        each.took_ms.clear()
    before = _cpu_s(pid)
    await publish(store, arguments.changes, arguments.rate, arguments.warm)
    deadline = time.monotonic() + PATIENCE_S
    last = arguments.warm + arguments.changes - 1
    while any(not each.offsets or each.offsets[-1] < last for each in clients) and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    used = _cpu_s(pid) - before
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return clients, used


async def _with_stalled(port: int, store: RedisStore, pid: int, arguments: argparse.Namespace) -> float:
    held = [await stall(port) for _ in range(STALLED)]
    live = Client()
    task = asyncio.create_task(live.run(port))
    await live.began.wait()
    await asyncio.sleep(WARM_S)
    start, half = arguments.warm + arguments.changes, arguments.stalled_changes // 2
    # What is kept at hand for all is full by then, and whoever takes nothing has taken nothing for long.
    await publish(store, half, 1e9, start)
    before = _rss_mib(pid)
    await publish(store, half, 1e9, start + half)
    grown = _rss_mib(pid) - before
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    for _, writer in held:
        writer.transport.abort()
    return grown


def _rss_mib(pid: int) -> float:
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmRSS:\s+(\d+) kB", text)
    return int(found[1]) / 1024 if found else 0.0


def _cpu_s(pid: int) -> float:
    values = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(values[11]) + int(values[12])) / os.sysconf("SC_CLK_TCK")


async def _until_open(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)
        else:
            with closing(writer):
                return


def main() -> int:
    """Run what is asked for and print the table."""
    if sys.argv[1:2] == ["--serve"]:
        which, port, redis_url, folder = sys.argv[2:]
        ours = which == "ours"
        asyncio.run(serve_ours(int(port), redis_url, Path(folder)) if ours else serve_naive(int(port), redis_url))
        return 0
    arguments = _arguments()
    found: dict[str, list[Result]] = {"naive": [], "ours": []}
    for _ in range(arguments.runs):
        for which, results in found.items():
            results.append(asyncio.run(measure(which, arguments)))
    medians = {which: _median(results) for which, results in found.items()}
    _print(medians, arguments)
    if arguments.json:
        print(json.dumps({which: msgspec.to_builtins(each) for which, each in medians.items()}))
    return 0


def _median(results: Sequence[Result]) -> Result:
    summed = {"lost", "doubled"}
    return Result(
        **{
            name: sum(values) if name in summed else statistics.median(values)
            for name in Result.__struct_fields__
            for values in [[getattr(each, name) for each in results]]
        }
    )


def _print(medians: dict[str, Result], arguments: argparse.Namespace) -> None:
    title = (
        f"{arguments.subscribers} subscribers, {arguments.changes} changes at {arguments.rate:g} a second; "
        f"{os.cpu_count()} cores of {platform.machine()}, load {os.getloadavg()[0]:.1f}"
    )
    table = Table(title=title, box=None)
    table.add_column("")
    for which in medians:
        table.add_column("one reader, this server" if which == "ours" else "a reader a client", justify="right")
    for name, unit in (
        ("lost", ""),
        ("doubled", ""),
        ("p50_ms", "ms"),
        ("p95_ms", "ms"),
        ("p99_ms", "ms"),
        ("cpu_s", "s"),
        ("memory_mib", "MiB"),
        ("stalled_mib", "MiB more"),
    ):
        table.add_row(name, *(f"{getattr(each, name):.4g} {unit}" for each in medians.values()))
    Console().print(table)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subscribers", type=int, default=100)
    parser.add_argument("--changes", type=int, default=2000)
    parser.add_argument("--rate", type=float, default=100)
    parser.add_argument("--warm", type=int, default=100, help="changes before it counts")
    parser.add_argument("--stalled-changes", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
