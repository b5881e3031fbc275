"""
Every accepted record of one mineral, remembered in packed columns.

A row is what judging a record needs and nothing else: whose it is, its day, what it shares with
others (its *shape*), and two integers.  Everything the engine says is computed from rows, so a
correction, a late rate or a new floor is answered by looking at rows again, and a restart by
loading them.

Columns are machine integers and ids lie end to end in one run of bytes; the index from id to row is
an open-addressing table of row numbers.  Both cost about 80 bytes a row where a dict of objects
costs several hundred (``bench/memory.py`` prints today's figures), and those bytes lie where the driver
has them lie: in memory, or in files (:mod:`streams.columns`).
"""

from collections.abc import Callable
from enum import Enum, auto
from itertools import accumulate
from typing import Final, NamedTuple

from streams.columns import Code, Column, Extents, InMemory

NOT_INGESTED: Final = 2**62
"""Ingestion time of a record that carries none: after every real one."""

_FIRST_SLOTS: Final = 1 << 8
_MAX_LOAD_NUMERATOR: Final = 5
_MAX_LOAD_DENOMINATOR: Final = 8


_WRITTEN: Final = ("revision", "shape", "party", "day", "value", "quantity", "ingested")
"""The columns of a record, in the order in which rows are staged."""
_COLUMNS: Final[dict[str, Code]] = {
    **dict.fromkeys(("revision", "shape", "party", "day", "earlier"), "I"),
    **dict.fromkeys(("value", "quantity", "ingested"), "q"),
    "replaced": "B",
}


class Outcome(Enum):
    """What became of a record offered to the memory."""

    NEW = auto()
    SUPERSEDES = auto()
    """A higher revision, or the earlier of two conflicting contents: the old row no longer counts."""
    DUPLICATE = auto()
    STALE = auto()
    """A lower revision than the one held."""
    CONFLICT = auto()
    """The held revision with other content, ingested later than the one held: refused."""


class Row(NamedTuple):
    """One record as remembered; amounts in micro-units of the declared currency and unit."""

    record_id: str
    revision: int
    shape: int
    party: int
    day: int
    value: int
    quantity: int
    ingested: int


class Kept(NamedTuple):
    """The answer to :meth:`RowMemory.keep`."""

    outcome: Outcome
    row: int
    """The row that now stands for the record."""
    replaced: int
    """The row that no longer counts, or -1."""


class RowMemory:
    """
    Rows of one mineral by record id; the highest revision of an id is the one that counts.

    *content* spells out what two rows of one id must agree on, in words that do not depend on the
    order in which shapes and parties were first seen.
    """

    __slots__ = (
        "_columns",
        "_content",
        "_extents",
        "_hashes",
        "_id_ends",
        "_ids",
        "_index",
        "_limit",
        "_mask",
        "_rows",
        "_settled",
        "_staged",
        "_staged_ids",
        "day",
        "earlier",
        "ingested",
        "party",
        "quantity",
        "replaced",
        "revision",
        "shape",
        "value",
    )

    shape: "memoryview[int]"
    party: "memoryview[int]"
    day: "memoryview[int]"
    revision: "memoryview[int]"
    value: "memoryview[int]"
    quantity: "memoryview[int]"
    ingested: "memoryview[int]"
    replaced: "memoryview[int]"
    """1 where a later revision took the row's place."""
    earlier: "memoryview[int]"
    """For the cells: the row before this one in its cell, plus one; 0 where there is none."""

    def __init__(self, content: Callable[[Row], tuple[object, ...]], extents: Extents = InMemory) -> None:
        self._content = content
        self._extents = extents
        self._columns = {name: Column(code, extents()) for name, code in _COLUMNS.items()}
        self._hashes = Column("I", extents())
        self._id_ends = Column("Q", extents())
        self._ids = Column("B", extents())
        self._staged: list[tuple[int, ...]] = []
        self._staged_ids: list[str] = []
        """Rows not yet in the columns; :meth:`settle` puts them there, many at a time."""
        self._rows = 0
        self._settled = 0
        self._reserve(0)
        self._set_index(_FIRST_SLOTS)

    def __len__(self) -> int:
        return self._rows

    def keep(self, record: Row) -> Kept:
        """
        Remember *record* unless the memory already knows better.

        Between two contents of one id and revision the one ingested first stands, the smaller content
        where that cannot tell, so that the order of arrival never decides.
        """
        self.settle()
        row = self.append_new(*record)
        self.settle()
        if row >= 0:
            return Kept(Outcome.NEW, row, -1)
        return self._keep_again(self._slot(record.record_id), record)

    def append_new(  # noqa: PLR0917 - the hot path: arguments by place are the cheapest
        self,
        record_id: str,
        revision: int,
        shape: int,
        party: int,
        day: int,
        value: int,
        quantity: int,
        ingested: int,
    ) -> int:
        """
        Append a record whose id is new and return its row; for a known id return -1 and keep nothing.

        This is the hot path: the row is staged, and readable once :meth:`settle` was called.
        """
        digest = hash(record_id) & 0xFFFFFFFF
        mask = self._mask
        index = self._index
        slot = digest & mask
        while entry := index[slot]:
            if self._is(entry - 1, digest, record_id):
                return -1
            slot = (slot + 1) & mask
        row = self._rows
        index[slot] = self._rows = row + 1
        self._staged.append((digest, revision, shape, party, day, value, quantity, ingested))
        self._staged_ids.append(record_id)
        if row >= self._limit:
            self._grow()
        return row

    def settle(self) -> None:
        """Put the staged rows into the columns."""
        if not self._staged:
            return
        first, self._settled = self._settled, self._settled + len(self._staged)
        self._reserve(self._settled)
        hashes, *columns = zip(*self._staged, strict=True)
        self._hashes.write(first, hashes)
        for name, numbers in zip(_WRITTEN, columns, strict=True):
            self._columns[name].write(first, numbers)
        self._write_ids(first, list(map(str.encode, self._staged_ids)))
        self._staged.clear()
        self._staged_ids.clear()

    def _write_ids(self, first: int, ids: list[bytes]) -> None:
        start = self._id_ends.view[first - 1] if first else 0
        _, *ends = accumulate(map(len, ids), initial=start)
        self._id_ends.write(first, ends)
        self._ids.reserve(ends[-1])[start : ends[-1]] = b"".join(ids)

    def _reserve(self, rows: int) -> None:
        """Make room for *rows* rows."""
        for column in (self._hashes, self._id_ends):
            column.reserve(rows)
        for name, column in self._columns.items():
            setattr(self, name, column.reserve(rows))

    def _is(self, row: int, digest: int, record_id: str) -> bool:
        """Return whether *row* is that of *record_id*."""
        staged = row - self._settled
        if staged >= 0:
            return self._staged_ids[staged] == record_id
        return self._hashes.view[row] == digest and self.record_id(row) == record_id

    def record_id(self, row: int) -> str:
        """Return the id of *row* as declared."""
        ends = self._id_ends.view
        return str(self._ids.view[ends[row - 1] if row else 0 : ends[row]], "utf-8")

    def row(self, row: int) -> Row:
        """Return *row* whole."""
        return Row(
            self.record_id(row),
            self.revision[row],
            self.shape[row],
            self.party[row],
            self.day[row],
            self.value[row],
            self.quantity[row],
            self.ingested[row],
        )

    def find(self, record_id: str) -> int:
        """Return the row that stands for *record_id*, or -1."""
        return self._index[self._slot(record_id)] - 1

    def _slot(self, record_id: str) -> int:
        """Return the slot of *record_id*, an empty one where it is not known."""
        digest = hash(record_id) & 0xFFFFFFFF
        slot = digest & self._mask
        while (entry := self._index[slot]) and not self._is(entry - 1, digest, record_id):
            slot = (slot + 1) & self._mask
        return slot

    def ids_between(self, start: int, stop: int) -> list[str]:
        """Return the ids of the rows from *start* up to *stop*."""
        return [self.record_id(row) for row in range(start, stop)]

    def chained(self, last: int, searched: int = 0) -> list[int]:
        """Return the rows of a cell from *last* (its ``last``) back to, and without, what was *searched* before."""
        rows = []
        earlier = self.earlier
        while last != searched:
            last -= 1
            rows.append(last)
            last = earlier[last]
        return rows

    def nbytes(self) -> int:
        """Return the bytes the columns and the index take, wherever they lie, growth reserves left out."""
        a_row = sum(column.itemsize for column in (*self._columns.values(), self._hashes, self._id_ends))
        ids = self._id_ends.view[self._settled - 1] if self._settled else 0
        return self._settled * a_row + ids + self._index.nbytes

    def _keep_again(self, slot: int, record: Row) -> Kept:
        held = self._index[slot] - 1
        if record.revision < self.revision[held]:
            return Kept(Outcome.STALE, held, -1)
        if record.revision > self.revision[held]:
            return self._supersede(slot, held, record)
        standing = self.row(held)
        if self._content(standing) == self._content(record):
            if record.ingested < standing.ingested:
                return self._supersede(slot, held, record)._replace(outcome=Outcome.DUPLICATE)
            return Kept(Outcome.DUPLICATE, held, -1)
        if (record.ingested, self._content(record)) < (standing.ingested, self._content(standing)):
            return self._supersede(slot, held, record)
        return Kept(Outcome.CONFLICT, held, -1)

    def _supersede(self, slot: int, held: int, record: Row) -> Kept:
        row = self._rows
        self._index[slot] = self._rows = row + 1
        self.replaced[held] = 1
        record_id, *columns = record
        self._staged.append((self._hashes.view[held], *columns))
        self._staged_ids.append(record_id)
        self.settle()
        if row >= self._limit:
            self._grow()
        return Kept(Outcome.SUPERSEDES, row, held)

    def _grow(self) -> None:
        """Double the index; the only step whose cost is not constant, amortised over as many appends."""
        self.settle()
        self._set_index(2 * len(self._index))
        index, mask, replaced = self._index, self._mask, self.replaced
        for row, digest in enumerate(self._hashes.view[: self._settled]):
            if replaced[row]:
                continue
            slot = digest & mask
            while index[slot]:
                slot = (slot + 1) & mask
            index[slot] = row + 1

    def _set_index(self, slots: int) -> None:
        """Begin an empty index of *slots* slots, a power of two."""
        self._index = self._extents().grown(4 * slots)[: 4 * slots].cast("I")
        self._mask = slots - 1
        self._limit = slots * _MAX_LOAD_NUMERATOR // _MAX_LOAD_DENOMINATOR
