"""
The ledger: a partition's state as batches, each of them whole or absent.

A batch is what one slice added: rows, watermarks, the offsets it read up to, and the alert changes it led to.  It is
one record of a changelog, so it is written whole or not at all; state is the batches read in order.  Rows are a
set and a batch says how far it has read, so reading a slice again after a crash adds nothing; and because the changes
to tell are in the batch before anyone hears them, telling them again after a crash tells the same.

Batches name shapes and parties in full, once each, so that every batch can be read by itself.
"""

from array import array
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from alerts.model import AlertChange
from streams.engine import Engine
from streams.market import Market, Told
from streams.memory import Row
from streams.records import Refusal
from streams.rules.scope import ScopeKey
from streams.shapes import Kind, Shape

BATCH_VERSION: Final = 1

_INTS: Final = ("shape", "party", "day", "revision")
_AMOUNTS: Final = ("value", "quantity", "ingested")
_RESTORED: Final = Row._fields[1:]
"""The columns in the order of a row's fields."""


class ToldEntry(msgspec.Struct, array_like=True, frozen=True):
    """An alert change and the episode it is about."""

    scope: tuple[str, ...]
    start: int
    change: AlertChange


class RefusedEntry(msgspec.Struct, array_like=True, frozen=True):
    """A refused record, as it goes to the topic ``dead-letters``."""

    topic: str
    position: str
    """``partition:offset`` of the record: the same for every telling of it."""
    reason: Refusal
    detail: str
    key: bytes | None
    value: bytes | None


class MarketEntry(msgspec.Struct, array_like=True, frozen=True):
    """What a batch adds to one market."""

    mineral: str
    trade_sources: dict[str, int]
    tick_sources: dict[str, int]
    sealed_through: int
    shapes: dict[int, tuple[str, ...]]
    """The shapes of the batch's rows by the number the rows use."""
    parties: dict[int, tuple[str, str]]
    ids: list[str]
    columns: dict[str, bytes]
    """The other columns of the rows, as little machine integers."""


class Batch(msgspec.Struct, array_like=True, frozen=True):
    """One record of the ledger."""

    v: int
    seq: int
    """1, 2, 3 ... per partition."""
    offsets: dict[str, int]
    """By topic: the last offset read."""
    markets: tuple[MarketEntry, ...]
    told: tuple[ToldEntry, ...]
    refused: tuple[RefusedEntry, ...]
    end_days: dict[str, int]
    """By kind of record: the day up to which an end mark was seen."""
    counts: dict[str, int]
    """Running totals of the partition: records, refusals by reason, duplicates ..."""


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(Batch)


def encode_batch(batch: Batch) -> bytes:
    """Return the stored form of *batch*."""
    return _encoder.encode(batch)


def decode_batch(value: bytes) -> Batch:
    """Return the batch stored as *value*; raises :class:`msgspec.DecodeError` for anything else."""
    return _decoder.decode(value)


def told_entry(told: Told) -> ToldEntry:
    """Return *told* as a batch keeps it."""
    return ToldEntry(tuple(told.scope), told.start, told.change)


class Bookmarks:
    """How many rows of each market the ledger has."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._marks: dict[str, object] = {}

    def entries(self, engine: Engine) -> tuple[MarketEntry, ...]:
        """Return what every market of *engine* has that the ledger has not, and take it as written."""
        found = []
        for mineral, market in engine.markets.items():
            start, stop = self._rows.get(mineral, 0), len(market.memory)
            marks = market.watermarks.mark()
            if start != stop or self._marks.get(mineral) != marks:
                found.append(_entry(market, start, stop))
            self._rows[mineral], self._marks[mineral] = stop, marks
        return tuple(found)

    def read(self, engine: Engine) -> None:
        """Take all that *engine* has as written."""
        self._rows = {mineral: len(market.memory) for mineral, market in engine.markets.items()}
        self._marks = {mineral: market.watermarks.mark() for mineral, market in engine.markets.items()}


def restore(engine: Engine, batches: list[Batch]) -> list[Told]:
    """
    Bring a new *engine* to the state of *batches* (in order of ``seq``) and return what is to be told now.

    That is usually nothing; it is something where reference data has changed since.
    """
    return [news for step in restoring(engine, batches) for news in step]


def restoring(engine: Engine, batches: list[Batch]) -> Iterator[list[Told]]:
    """Do what :func:`restore` does in steps, of which each yields what it adds: a long ledger takes a while."""
    told: dict[str, dict[str, ToldEntry]] = {}
    for batch in batches:
        for entry in batch.markets:
            _read_rows(engine.market(entry.mineral), entry)
        for each in batch.told:
            mineral = each.change.alert.product.partition("|")[0]
            told.setdefault(mineral, {})[each.change.alert_id] = each
        engine.end_days.update({Kind(name): day for name, day in batch.end_days.items()})
        yield []
    for mineral, market in engine.markets.items():
        yield market.resume(
            Told(ScopeKey(*each.scope), each.start, each.change) for each in told.get(mineral, {}).values()
        )


def _entry(market: Market, start: int, stop: int) -> MarketEntry:
    memory = market.memory
    columns: dict[str, Any] = {name: getattr(memory, name)[start:stop] for name in (*_INTS, *_AMOUNTS)}
    return MarketEntry(
        market.mineral,
        dict(market.watermarks.sources[Kind.TRADE]),
        dict(market.watermarks.sources[Kind.TICK]),
        market.watermarks.sealed_through,
        {number: tuple(market.shapes.keys[number]) for number in sorted(set(columns["shape"]))},
        {number: market.parties.keys[number] for number in sorted(set(columns["party"]))},
        memory.ids_between(start, stop),
        {name: column.tobytes() for name, column in columns.items()},
    )


def _read_rows(market: Market, entry: MarketEntry) -> None:
    columns = {name: _column("I", entry.columns[name]) for name in _INTS}
    columns |= {name: _column("q", entry.columns[name]) for name in _AMOUNTS}
    shapes = {number: market.shape(_shape(key)) for number, key in entry.shapes.items()}
    parties = {number: market.parties.number(key) for number, key in entry.parties.items()}
    rows = (columns[name] for name in _RESTORED)
    for record_id, revision, shape, party, *rest in zip(entry.ids, *rows, strict=True):
        market.restore(Row(record_id, revision, shapes[shape], parties[party], *rest))
    market.settle()
    market.watermarks.sources[Kind.TRADE].update(entry.trade_sources)
    market.watermarks.sources[Kind.TICK].update(entry.tick_sources)
    market.watermarks.sealed_through = max(market.watermarks.sealed_through, entry.sealed_through)


def _column(code: str, data: bytes) -> "array[int]":
    column = array(code)
    column.frombytes(data)
    return column


def _shape(key: tuple[str, ...]) -> Shape:
    return Shape(Kind(key[0]), *key[1:])
