"""
The demo: the whole live path on one machine that has nothing but Python.

An embedded Kafka and Redis, a worker as a process of its own, and the shipped feed replayed through them.  What
comes of it is told to whoever listens as it happens; when all of it is judged is read from the worker's ledger, not
guessed from silence.
"""

import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Protocol, Self, TypeVar

import redis
from kafka import KafkaProducer

from alerts.model import AlertChange, decode_change
from alerts.redis_store import RedisStore
from streams import topics
from streams.broker import broker_security
from streams.embedded import HOST, EmbeddedKafka, EmbeddedRedis, EmbeddedStartError, free_port
from streams.feed_records import ReplayOptions
from streams.feeds import shipped_feed
from streams.ledger_reader import LedgerReader, await_judged
from streams.local_worker import ApiProcess, WorkerProcess
from streams.publish import publish_reference, replay_kafka
from streams.records import Heartbeat, encode_record
from streams.reference.schedule_file import SHIPPED, load_shipped
from streams.settings import Settings, redis_url

SESSION_S: Final = 6.0
"""The embedded broker lets a group's join wait half of the session timeout."""
BEFORE_ALL: Final = date(1960, 1, 1)
_BLOCK_MS: Final = 200
_TAIL_LINES: Final = 15
_HALT_S: Final = 5.0

T = TypeVar("T")


class DemoError(Exception):
    """Raised when the demo cannot go on; the message says what happened and where the logs are."""


class Listener(Protocol):
    """Hears what the demo does."""

    def stage(self, text: str) -> None:
        """Hear that the next thing begins."""

    def change(self, change: AlertChange) -> None:
        """Hear of a change of an alert, from the Redis stream."""

    def progress(self, judged: int, total: int) -> None:
        """Hear how many records are judged, of how many that are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What came of the feed."""

    records: int
    dead_letters: dict[str, int]
    by_rule: dict[str, int]
    by_state: dict[str, int]
    seconds: float
    """From the first record written to the last alert seen in Redis."""
    first_alert_s: float | None
    """From the start of the demo to its first alert in Redis."""

    @property
    def records_per_second(self) -> int:
        """How fast the records went through the whole live path."""
        return round(self.records / self.seconds) if self.seconds else 0

    def as_json(self) -> dict[str, Any]:
        """Return the summary as JSON values."""
        return {
            "records": self.records,
            "dead_letters": self.dead_letters,
            "alerts": {"by_rule": self.by_rule, "by_state": self.by_state},
            "records_per_second": self.records_per_second,
            "seconds": f"{self.seconds:.3f}",
            "first_alert_seconds": None if self.first_alert_s is None else f"{self.first_alert_s:.3f}",
        }


class Demo:
    """
    Embedded Kafka and Redis and a worker, for as long as the context is entered; everything stops with it.

    *api*: the API runs too, on the port and with the folder for state that these settings name; a folder of the demo's
    own where they name none, another port where that one is taken.  *keep*: the folder of logs and data stays.  It
    stays too when something fails, and the error names it.  Raises :class:`streams.embedded.EmbeddedServerError` where
    the servers cannot be had, :class:`DemoError`.
    """

    def __init__(self, listener: Listener, *, keep: bool = False, api: Settings | None = None) -> None:
        self.api: ApiProcess | None = None
        self._api_wanted = api
        self._listener = listener
        self._keep = keep
        self._parts = ExitStack()
        self._journey: _Journey | None = None
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="floorwatch-demo-"))
        try:
            self._start()
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if self._journey is not None:
            # A producer that outlives its broker, and then its interpreter, says so at length.
            self._journey.halt()
        self._parts.close()
        failed = isinstance(error, Exception)
        if not (self._keep or failed):
            shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, files: Sequence[Path] = (), *, speed: float | None = None) -> Summary:
        """
        Replay *files* (default: the shipped feed) and return what came of them, once all of it is judged and in Redis.

        *speed* is in event seconds a second, None as fast as it goes.
        """
        feed = list(files) or shipped_feed()
        self._listener.stage(f"Replaying {', '.join(path.name for path in feed)} through Kafka")
        started = time.monotonic()
        journey = self._journey = _Journey(feed, self.settings, speed, self._listener)
        tail = _Tail(self.settings)
        first_alert: float | None = None
        for changes in tail.until(journey.all_told):
            self._check_worker()
            for change in changes:
                first_alert = first_alert or time.monotonic() - self._began
                self._listener.change(change)
        return journey.summary(tail.last.values(), time.monotonic() - started, first_alert)

    def wait(self) -> None:
        """Stay up until interrupted; raises :class:`DemoError` if the worker ends."""
        while True:
            self._check_worker()
            time.sleep(1)

    def _start(self) -> None:
        self._listener.stage("Starting Kafka and Redis")
        kafka = self._parts.enter_context(EmbeddedKafka(folder=self.folder / "kafka"))
        server = self._parts.enter_context(EmbeddedRedis(folder=self.folder / "redis"))
        self.settings = Settings(
            kafka=kafka.bootstrap,
            redis=server.url,
            session_timeout_seconds=SESSION_S,
            rebalance_timeout_seconds=SESSION_S,
        )
        self._listener.stage(f"Creating topics and publishing floors ({', '.join(SHIPPED)})")
        plan = topics.TopicPlan(app_id=self.settings.app_id, partitions=self.settings.partitions)
        topics.create(kafka.bootstrap, plan)
        entries = [entry for name in SHIPPED for entry in load_shipped(name)]
        publish_reference(kafka.bootstrap, plan.names.reference, entries)
        self._listener.stage("Starting a worker")
        self._worker = self._parts.enter_context(WorkerProcess(self.settings, folder=self.folder / "worker"))
        if self._api_wanted is not None:
            self._start_api(self._api_wanted)
        self._await_worker()

    def _start_api(self, wanted: Settings) -> None:
        if find_spec("litestar") is None:
            self._listener.stage("Going without the API, which is not installed: pip install 'floorwatch[api]'")
            return
        self._listener.stage("Starting the API")
        settings = replace(
            self.settings,
            api_port=wanted.api_port,
            state_dir=wanted.state_dir or str(self.folder / "state"),
            # So that a webhook can be tried on this machine.
            webhook_allow=f"{HOST}/32",
        )
        try:
            self.api = self._parts.enter_context(ApiProcess(settings, folder=self.folder / "api"))
        except EmbeddedStartError:
            settings = replace(settings, api_port=free_port())
            self.api = self._parts.enter_context(ApiProcess(settings, folder=self.folder / "api"))
        self.settings = settings

    def _await_worker(self) -> None:
        """Return once the worker reads every partition: it has taken a heartbeat from each that vouches for no day."""
        write_heartbeat(self.settings, Heartbeat(event_date=BEFORE_ALL))
        ready = _started("ready", lambda: await_judged(self.settings))
        while True:
            self._check_worker()
            try:
                ready.result(timeout=_BLOCK_MS / 1000)
            except TimeoutError:
                continue
            return

    def _check_worker(self) -> None:
        if not self._worker.alive:
            log = self._worker.log_path
            lines = log.read_text(errors="replace").splitlines()[-_TAIL_LINES:] if log.exists() else []
            said = "\n".join(f"  {line}" for line in lines)
            message = f"the worker ended; all logs are in {self.folder}, and its own, {log.name}, ends with:\n{said}"
            raise DemoError(message)


class _Journey:
    """The feed on its way: written to Kafka, then judged, each in a thread that dies with the process."""

    def __init__(self, feed: Sequence[Path], settings: Settings, speed: float | None, listener: Listener) -> None:
        options = ReplayOptions(as_of=_today(), speed=speed)
        self._listener = listener
        self._halted = threading.Event()
        self._written = _started(
            "replay", lambda: replay_kafka(feed, settings=settings, options=options, halted=self._halted.is_set)
        )
        self._judged = _started("judged", lambda: self._await(settings))

    def halt(self) -> None:
        """End the replay where it is, and return once it has let go of Kafka."""
        self._halted.set()
        wait([self._written], timeout=_HALT_S)

    def all_told(self, seen: "_Seen") -> bool:
        """Return whether everything is judged and every change that led to was *seen*; raises what went wrong."""
        for each in (self._written, self._judged):
            if each.done():
                each.result()
        return self._judged.done() and self._judged.result().told <= seen

    def summary(self, last: "Iterator[AlertChange] | Any", seconds: float, first_alert_s: float | None) -> Summary:
        """Return what came of it, given the last change of each alert."""
        reader = self._judged.result()
        refused = Counter(reader.refused()) + Counter({str(name): count for name, count in self._rejected().items()})
        alerts = [change.alert for change in last]
        return Summary(
            records=reader.counts()["records"],
            dead_letters=dict(sorted(refused.items())),
            by_rule=dict(sorted(Counter(alert.rule for alert in alerts).items())),
            by_state=dict(sorted(Counter(str(alert.state) for alert in alerts).items())),
            seconds=seconds,
            first_alert_s=first_alert_s,
        )

    def _rejected(self) -> Mapping[str, int]:
        return self._written.result().rejected

    def _await(self, settings: Settings) -> LedgerReader:
        total = self._written.result().records

        def hear(reader: LedgerReader, _: int) -> None:
            self._listener.progress(reader.counts()["records"], total)

        return await_judged(settings, hear=hear)


_Seen = set[str]


class _Tail:
    """The Redis stream of alert changes, followed as any subscriber would."""

    def __init__(self, settings: Settings) -> None:
        self.last: dict[str, AlertChange] = {}
        """The last change of each alert."""
        store = RedisStore(redis_url(settings), settings.redis_namespace)
        self._stream = store.key("alerts")
        self._redis = redis.Redis.from_url(redis_url(settings))

    def until(self, complete: Callable[[_Seen], bool]) -> Iterator[list[AlertChange]]:
        """Yield what comes, an empty list now and then where nothing does, until *complete* of the ids seen."""
        cursor: Any = "0-0"
        seen: _Seen = set()
        with self._redis:
            while not complete(seen):
                answer: Any = self._redis.xread({self._stream: cursor}, block=_BLOCK_MS)
                entries = [
                    entry
                    for _, each in (answer.items() if isinstance(answer, dict) else answer)
                    for entry in _flat(each)
                ]
                cursor = entries[-1][0] if entries else cursor
                changes = [decode_change(values[b"change"]) for _, values in entries]
                seen.update(change.id for change in changes)
                self.last.update((change.alert_id, change) for change in changes)
                yield changes


def write_heartbeat(settings: Settings, beat: Heartbeat) -> None:
    """Write *beat* to every partition of the source topics."""
    security = broker_security(settings).client_options()
    producer = KafkaProducer(bootstrap_servers=settings.kafka.split(","), acks="all", **security)
    names = topics.TopicNames(settings.topic_prefix)
    for topic in (names.trades, names.ticks):
        for partition in range(settings.partitions):
            producer.send(topic, value=encode_record(beat), partition=partition)
    producer.flush()
    producer.close()


def _flat(entries: Any) -> list[Any]:
    # By RESP3 a stream's entries come as one list more than by RESP2.
    return list(entries[0]) if entries and isinstance(entries[0], list) else list(entries)


def _started(name: str, work: Callable[[], T]) -> "Future[T]":
    """Return the future of *work*, done in a thread that does not keep the process alive."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - whoever asks for the result is told
            future.set_exception(error)

    threading.Thread(target=run, name=name, daemon=True).start()
    return future


def _today() -> date:
    return date.today()  # noqa: DTZ011 - the broker stamps records by the same clock
