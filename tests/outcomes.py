"""Running a log to its end, and what came of it: the standing alerts and every cell, as two runs compare them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final, NamedTuple

from alerts.model import Alert, AlertChange, ChangeKind, encode_alert
from streams.cells import LaneKey, TallyKey
from streams.engine import Engine, EngineSettings, Step
from streams.ledger import BATCH_VERSION, Batch, Bookmarks, decode_batch, encode_batch, restore, told_entry
from streams.market import Rules, Told
from streams.normalise import Normaliser
from streams.records import Heartbeat
from streams.reference.book import ReferenceBook
from streams.reference.wire import Entry
from streams.rules import RULES
from streams.rules.rule import Rule
from streams.rules.scope import Scope, ScopeKey
from streams.shapes import Kind
from tests.strategies import LAST_DAY, Logged, logged

WRITTEN_ON: Final = LAST_DAY + timedelta(days=200)
"""The day on which the logs are written."""


def end_marks(day: date) -> tuple[Logged, ...]:
    """Return the marks that end a bounded log on *day*, one for each topic."""
    return tuple(logged(Heartbeat(event_date=day, end=True), kind) for kind in (Kind.TRADE, Kind.TICK))


END_MARKS: Final = end_marks(WRITTEN_ON)
"""Late enough that what can expire has expired."""

Cells = dict[tuple[LaneKey, int], tuple[tuple[TallyKey, tuple[int, ...]], ...]]


class Outcome(NamedTuple):
    """What a log came to."""

    alerts: tuple[bytes, ...]
    """The standing alerts as they are published, in order of id."""
    cells: Cells
    """By lane and day, the cells that hold anything."""


def new_engine(
    entries: Iterable[Entry], *, rules: Sequence[Rule] = RULES, settings: EngineSettings | None = None
) -> Engine:
    """Return an engine that judges by *entries*, before its first record."""
    normaliser = Normaliser(ReferenceBook(entries=entries))
    return Engine(rules=Rules(tuple(rules), "test"), normaliser=normaliser, settings=settings)


def slices(log: Iterable[Logged], size: int) -> Iterator[tuple[Kind, list[bytes]]]:
    """Cut a log into slices of one topic and at most *size* records, as the transport does."""
    for kind, run in groupby(log, key=lambda each: each.kind):
        values = [each.value for each in run]
        for start in range(0, len(values), size):
            yield kind, values[start : start + size]


def feed(engine: Engine, log: Iterable[Logged], *, size: int = 1000, logged_on: date = WRITTEN_ON) -> list[Step]:
    """Step *engine* through a log, written on one day, in slices of at most *size*."""
    return [engine.step(values, kind=kind, logged_on=logged_on.toordinal()) for kind, values in slices(log, size)]


def ended(engine: Engine, log: Iterable[Logged], *, size: int = 1000, end: date = WRITTEN_ON) -> Engine:
    """Step *engine* through a log and its end marks, and return it."""
    feed(engine, (*log, *end_marks(end)), size=size, logged_on=max(end, WRITTEN_ON))
    return engine


def outcome(*engines: Engine) -> Outcome:
    """Return what *engines* hold between them."""
    markets = [market for engine in engines for market in engine.markets.values()]
    cells = {
        (lane.key, day): digest
        for market in markets
        for lane in market.lanes.values()
        for day, cell in lane.cells.items()
        if (digest := cell.digest())
    }
    return Outcome(tuple(map(encode_alert, standing(*engines))), cells)


def standing(*engines: Engine) -> list[Alert]:
    """Return the standing alerts of *engines* in order of id."""
    return sorted((alert for engine in engines for alert in engine.alerts()), key=lambda alert: alert.id)


def run(
    entries: Iterable[Entry], log: Iterable[Logged], *, size: int = 1000, end: date = WRITTEN_ON, **choices: Any
) -> Outcome:
    """Run a log from its first record to the end marks."""
    return outcome(ended(new_engine(entries, **choices), log, size=size, end=end))


class Spell(NamedTuple):
    """An episode of a scope, by its first and its last day of breach (ordinals)."""

    scope: ScopeKey
    start: int
    last_breach: int


def spells(engine: Engine) -> list[Spell]:
    """Return the episodes behind the standing alerts, in order."""
    found = [
        Spell(scope.key, said.episode.start, said.episode.last_breach)
        for scope in scopes(engine)
        for said in scope.published.values()
        if said.episode is not None
    ]
    return sorted(found)


def scopes(engine: Engine) -> Iterator[Scope]:
    """Iterate over the scopes of every market."""
    return (scope for market in engine.markets.values() for scope in market._scopes.values())


class LiveRun:
    """
    An engine driven as a worker drives it: each slice is written to a ledger before its changes are told.

    It can crash at any time, and goes on from what the ledger holds, in its stored form.
    """

    def __init__(self, entries: Sequence[Entry], *, rules: Sequence[Rule] = RULES) -> None:
        self._entries = entries
        self._rules = rules
        self.told: list[AlertChange] = []
        self._batches: list[bytes] = []
        self._start()

    def step(self, kind: Kind, values: list[bytes]) -> None:
        """Take a slice."""
        self._write(self.engine.step(values, kind=kind).told)

    def crash(self) -> None:
        """Lose the engine, and start a new one from the ledger; what was written last may have been told or not."""
        self._start()
        batches = [decode_batch(each) for each in self._batches]
        if batches:
            news = restore(self.engine, batches)
            self._bookmarks.read(self.engine)
            self.told += [each.change for each in batches[-1].told]
            self._write(news)

    def come_back(self, entries: Sequence[Entry]) -> None:
        """Crash, and find other reference data."""
        self._entries = entries
        self.crash()

    def _start(self) -> None:
        self.engine = new_engine(self._entries, rules=self._rules)
        self._bookmarks = Bookmarks()

    def _write(self, told: Sequence[Told]) -> None:
        batch = Batch(
            v=BATCH_VERSION,
            seq=len(self._batches) + 1,
            offsets={},
            markets=self._bookmarks.entries(self.engine),
            told=tuple(map(told_entry, told)),
            refused=(),
            end_days={str(kind): day for kind, day in self.engine.end_days.items()},
            counts={},
        )
        self._batches.append(encode_batch(batch))
        self.told += [each.change for each in told]


def last_told(told: Iterable[AlertChange]) -> Mapping[str, AlertChange]:
    """
    Return the last change told of each alert.

    A change may be told again, word for word; beside that each alert's are numbered 1, 2, 3 ... in the order told.
    """
    known: dict[str, AlertChange] = {}
    last: dict[str, AlertChange] = {}
    for change in told:
        if change.id in known:
            assert known[change.id] == change
            continue
        known[change.id] = change
        before = last[change.alert_id].seq if change.alert_id in last else 0
        assert (change.seq, change.id) == (before + 1, f"{change.alert_id}:{before + 1}")
        last[change.alert_id] = change
    return last


def left_standing(told: Iterable[AlertChange]) -> list[Alert]:
    """Return the alerts that stand for someone who heard all that was told, in order of id."""
    last = last_told(told)
    return [last[name].alert for name in sorted(last) if last[name].kind is not ChangeKind.RETRACTED]
