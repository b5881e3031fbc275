"""
Judges: engines in processes of their own, between which the minerals of a replay are divided.

Markets do not know each other, so it makes no difference which of them share an engine, or a process.  Values go to
the judge of their mineral in the order of the feed; what has no mineral that can be read off goes to the first judge,
which refuses it, and a heartbeat goes to all.
"""

import signal
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from multiprocessing import get_context
from multiprocessing.connection import Connection
from queue import Queue
from threading import Thread
from types import TracebackType
from typing import Any, Final, Self

from msgspec import MsgspecError

from alerts.model import Alert
from streams.assembly import new_engine, spare_the_collector
from streams.engine import Engine, Step
from streams.month_series import MonthLine, month_series, sorted_series
from streams.normalise import Normaliser
from streams.records import Heartbeat, decode_record, mineral_of
from streams.reference.book import ReferenceBook
from streams.reference.wire import Entry, decode, encode
from streams.routing import RefusedError
from streams.settings import Settings

_PRODUCT: Final = b'"product":"'
_AHEAD: Final = 4
"""Slices that may wait for a judge."""
_EVERYONE: Final = -1
_END: Final = b""


class JudgeError(RuntimeError):
    """Raised when a judge's process ends before the feed does."""


@dataclass(slots=True)
class Verdicts:
    """What an engine came to, in a form that travels and adds up."""

    alerts: list[Alert] = field(default_factory=list)
    records: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    """Records that wait for a rate, an assay or a basis, by reason."""
    lacks: Counter[str] = field(default_factory=Counter)
    """Subjects that a rule could not judge for want of data, by rule."""
    series: list[MonthLine] = field(default_factory=list)
    """What the engine held of each lane, month by month, where that was asked for."""

    def take(self, step: Step) -> None:
        """Count what a slice came to."""
        self.records += step.records
        self.refused.update(str(refused.reason) for refused in step.refused)
        for outcome, count in step.outcomes.items():
            self.outcomes[outcome.name.lower()] += count

    def close(self, engine: Engine, *, series: bool = False) -> None:
        """Take what the engine holds at the end, with *series* the sums of its lanes too."""
        self.alerts = engine.alerts()
        self.held = held_rows(engine)
        self.lacks = Counter(lack.rule for lack in engine.lacks())
        self.series = month_series(engine) if series else []

    def add(self, other: "Verdicts") -> None:
        """Add what another engine came to."""
        self.alerts = sorted([*self.alerts, *other.alerts], key=lambda alert: alert.id)
        self.series = sorted_series([*self.series, *other.series])
        self.records += other.records
        for name in ("refused", "outcomes", "held", "lacks"):
            getattr(self, name).update(getattr(other, name))


def held_rows(engine: Engine) -> Counter[str]:
    """Return how many rows wait for something they need to be priced, by what it is."""
    held: Counter[str] = Counter()
    for market in engine.markets.values():
        for lane in market.lanes.values():
            for cell in lane.cells.values():
                for key, tally in cell.tallies.items():
                    if key.judged == "unpriced" and tally.rows:
                        held[key.detail.partition(":")[0]] += tally.rows
    return held


class Judges:
    """Several processes with an engine each; a context that ends them."""

    def __init__(
        self, count: int, *, book: ReferenceBook, settings: Settings, as_of: date, series: bool = False
    ) -> None:
        self._normaliser = Normaliser(book, hindsight=settings.hindsight)
        self._loads = [0] * count
        self._judge_of: dict[bytes, int] = {}
        context = get_context("spawn")
        entries = [encode(entry) for entry in book]
        self._judges = [_Judge(context, settings, entries, as_of, series=series) for _ in range(count)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for judge in self._judges:
            judge.stop()

    def take(self, values: Sequence[bytes]) -> None:
        """Hand each value to its judge; waits where one of them is far behind."""
        shares: list[list[bytes]] = [[] for _ in self._judges]
        known = self._judge_of
        for value in values:
            start = value.find(_PRODUCT) + len(_PRODUCT)
            judge = known.get(value[start : value.find(b"|", start)]) if start >= len(_PRODUCT) else None
            if judge is None:
                judge = self._assign(value)
            if judge == _EVERYONE:
                for share in shares:
                    share.append(value)
            else:
                shares[judge].append(value)
        for number, share in enumerate(shares):
            self._loads[number] += len(share)
            if share:
                self._judges[number].send(b"\n".join(share))

    def verdicts(self) -> Verdicts:
        """End the feed: seal all days up to the latest that any judge has read, and return what all came to."""
        days = [judge.latest_day() for judge in self._judges]
        total = Verdicts()
        for judge in self._judges:
            judge.end(max(days))
        for judge in self._judges:
            total.add(judge.verdicts())
        return total

    def _assign(self, value: bytes) -> int:
        """Return the judge of a value that is not told by its text alone, or is the first of its mineral."""
        try:
            record = decode_record(value)
        except (MsgspecError, UnicodeDecodeError, RecursionError):
            return 0
        if isinstance(record, Heartbeat):
            return _EVERYONE
        try:
            mineral = mineral_of(self._normaliser.route(record).shape.product).encode()
        except (RefusedError, ValueError):
            return 0
        if mineral not in self._judge_of:
            self._judge_of[mineral] = self._loads.index(min(self._loads))
            self._loads[self._judge_of[mineral]] += 1
        return self._judge_of[mineral]


class _Judge:
    """The near end of one process: a thread feeds it, so that it never waits for the others."""

    def __init__(self, context: Any, settings: Settings, entries: list[bytes], as_of: date, *, series: bool) -> None:
        self._near, far = context.Pipe()
        self._process = context.Process(target=_judge, args=(far, settings, entries, as_of, series), daemon=True)
        self._process.start()
        far.close()
        self._waiting: Queue[bytes | None] = Queue(_AHEAD)
        self._failed = False
        self._feeder = Thread(target=self._feed, daemon=True)
        self._feeder.start()

    def send(self, values: bytes) -> None:
        """Have values judged, soon."""
        self._check()
        self._waiting.put(values)

    def latest_day(self) -> int:
        """Return the latest day (ordinal) it has read, once it has judged all that was sent."""
        self._waiting.put(None)
        self._feeder.join()
        self._check()
        return int(self._answer())

    def end(self, day: int) -> None:
        """Have every day up to *day* sealed."""
        self._near.send(day)

    def verdicts(self) -> Verdicts:
        """Return what it came to."""
        verdicts: Verdicts = self._answer()
        return verdicts

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        self._process.terminate()
        self._process.join()
        self._near.close()

    def _answer(self) -> Any:
        try:
            return self._near.recv()
        except EOFError as e:
            raise self._error() from e

    def _check(self) -> None:
        if self._failed:
            raise self._error()

    def _error(self) -> JudgeError:
        self._process.join()
        return JudgeError(f"a judging process ended with status {self._process.exitcode} in the middle of the feed")

    def _feed(self) -> None:
        values: bytes | None = b""
        while values is not None:
            values = self._waiting.get()
            if not self._failed:
                self._send(values or _END)

    def _send(self, values: bytes) -> None:
        try:
            self._near.send_bytes(values)
        except OSError:
            self._failed = True


def _judge(
    far: Connection,
    settings: Settings,
    entries: Iterable[bytes],
    as_of: date,
    series: bool,  # noqa: FBT001
) -> None:
    """Judge what comes until the feed ends, then answer: the far end, in a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    spare_the_collector()
    decoded: list[Entry] = [decode(entry) for entry in entries]
    engine = new_engine(settings, Normaliser(ReferenceBook(entries=decoded), hindsight=settings.hindsight))
    verdicts = Verdicts()
    while (values := far.recv_bytes()) != _END:
        verdicts.take(engine.step(values.split(b"\n"), logged_on=as_of.toordinal()))
    far.send(engine.latest_day)
    engine.end(far.recv())
    verdicts.close(engine, series=series)
    far.send(verdicts)
