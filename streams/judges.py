"""
Judges: engines in processes of their own, between which the minerals of a replay are divided.

Markets do not know each other, so it makes no difference which of them share an engine, or a process.  Values go to
the judge of their mineral in the order of the feed; what has no mineral that can be read off goes to the first judge,
which refuses it, and a heartbeat goes to all.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import islice
from multiprocessing.connection import Connection
from queue import Full, Queue
from threading import Thread
from typing import Final, NamedTuple, Self

from alerts.model import Alert
from streams.assembly import new_engine, spare_the_collector
from streams.crew import Crew
from streams.engine import Engine, Step
from streams.month_series import MonthLine, month_series, sorted_series
from streams.normalise import Normaliser
from streams.records import Heartbeat, decoded, mineral_of
from streams.reference.book import ReferenceBook
from streams.reference.wire import Entry, decode, encode
from streams.routing import RefusedError
from streams.settings import Settings

_PRODUCT: Final = b'"product":"'
_AHEAD: Final = 4
"""Slices that may wait for a judge."""
_EVERYONE: Final = -1
_END: Final = b""


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
        task = _Task(settings, [encode(entry) for entry in book], as_of, series)
        self._crew = Crew(_judge, [task] * count)
        self._feeders = [_Feeder(partial(self._crew.tell, number)) for number in range(count)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._crew.end()
        for feeder in self._feeders:
            feeder.stop()
        self._crew.close()

    def take(self, values: Sequence[bytes]) -> None:
        """Hand each value to its judge; waits where one of them is far behind."""
        shares: list[list[bytes]] = [[] for _ in self._feeders]
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
        self._crew.check()
        for number, share in enumerate(shares):
            self._loads[number] += len(share)
            if share:
                self._feeders[number].waiting.put(b"\n".join(share))

    def verdicts(self) -> Verdicts:
        """End the feed: seal all days up to the latest that any judge has read, and return what all came to."""
        for feeder in self._feeders:
            feeder.waiting.put(_END)
        answers = (said for _, said in self._crew.answers())
        latest_day = max(islice(answers, len(self._feeders)))
        for feeder in self._feeders:
            feeder.tell(latest_day)
        total = Verdicts()
        for verdicts in answers:
            total.add(verdicts)
        return total

    def _assign(self, value: bytes) -> int:
        """Return the judge of a value that is not told by its text alone, or is the first of its mineral."""
        record = decoded(value)
        if record is None:
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


class _Task(NamedTuple):
    """What a judge is to know before the first slice."""

    settings: Settings
    entries: list[bytes]
    as_of: date
    series: bool


class _Feeder:
    """A thread that feeds one judge, so that the others never wait for it."""

    def __init__(self, tell: Callable[[object], None]) -> None:
        self.tell = tell
        self.waiting: Queue[bytes] = Queue(_AHEAD)
        self._stopped = False
        self._thread = Thread(target=self._feed, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Tell no more; when the judge's process has ended, so that the thread is not in the middle of a sentence."""
        self._stopped = True
        with suppress(Full):
            self.waiting.put_nowait(_END)
        self._thread.join()

    def _feed(self) -> None:
        values = None
        while values != _END and not self._stopped:
            values = self.waiting.get()
            self.tell(values)


def _judge(far: Connection, task: _Task) -> None:
    """Judge what comes until the feed ends, then answer: in a process of its own."""
    spare_the_collector()
    decoded: list[Entry] = [decode(entry) for entry in task.entries]
    normaliser = Normaliser(ReferenceBook(entries=decoded), hindsight=task.settings.hindsight)
    engine, verdicts = new_engine(task.settings, normaliser), Verdicts()
    while (values := far.recv()) != _END:
        verdicts.take(engine.step(values.split(b"\n"), logged_on=task.as_of.toordinal()))
    far.send(engine.latest_day)
    engine.end(far.recv())
    verdicts.close(engine, series=task.series)
    far.send(verdicts)
