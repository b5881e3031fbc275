"""
Every accepted record of one mineral, remembered in packed columns.

A row is what judging a record needs and nothing else: whose it is, its day, what it shares with
others (its *shape*), and two integers.  Everything the engine says is computed from rows, so a
correction, a late rate or a new floor is answered by looking at rows again, and a restart by
loading them.

Columns are machine integers and ids lie end to end in one byte string; the index from id to row is
an open-addressing table of row numbers.  Both cost about 80 bytes a row where a dict of objects
costs several hundred (``bench/memory.py`` prints today's figures).
"""

from array import array
from collections.abc import Callable
from enum import Enum, auto
from itertools import accumulate
from typing import Final, NamedTuple

NOT_INGESTED: Final = 2**62
"""Ingestion time of a record that carries none: after every real one."""

_FIRST_SLOTS: Final = 1 << 8
_MAX_LOAD_NUMERATOR: Final = 5
_MAX_LOAD_DENOMINATOR: Final = 8


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
        "_content",
        "_hashes",
        "_id_ends",
        "_ids",
        "_index",
        "_limit",
        "_mask",
        "_rows",
        "_staged",
        "_staged_ids",
        "day",
        "ingested",
        "party",
        "quantity",
        "replaced",
        "revision",
        "shape",
        "value",
    )

    def __init__(self, content: Callable[[Row], tuple[object, ...]]) -> None:
        self._content = content
        self.shape = array("I")
        self.party = array("I")
        self.day = array("I")
        self.revision = array("I")
        self.value = array("q")
        self.quantity = array("q")
        self.ingested = array("q")
        self.replaced = bytearray()
        """1 where a later revision took the row's place."""
        self._ids = bytearray()
        self._id_ends = array("Q")
        self._hashes = array("I")
        self._staged: list[tuple[int, ...]] = []
        self._staged_ids: list[str] = []
        """Rows not yet in the columns; :meth:`settle` puts them there, many at a time."""
        self._rows = 0
        self._index = array("I", bytes(4 * _FIRST_SLOTS))
        self._mask = _FIRST_SLOTS - 1
        self._limit = _FIRST_SLOTS * _MAX_LOAD_NUMERATOR // _MAX_LOAD_DENOMINATOR

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
        hashes, *columns = zip(*self._staged, strict=True)
        names = (self.revision, self.shape, self.party, self.day, self.value, self.quantity, self.ingested)
        self._hashes.extend(hashes)
        for column, values in zip(names, columns, strict=True):
            column.extend(values)
        encoded = list(map(str.encode, self._staged_ids))
        self._id_ends.extend(accumulate(map(len, encoded), initial=len(self._ids)))
        self._id_ends.pop(len(self._id_ends) - len(encoded) - 1)
        self._ids += b"".join(encoded)
        self.replaced.extend(bytes(len(encoded)))
        self._staged.clear()
        self._staged_ids.clear()

    def _is(self, row: int, digest: int, record_id: str) -> bool:
        """Return whether *row* is that of *record_id*."""
        staged = row - len(self.day)
        if staged >= 0:
            return self._staged_ids[staged] == record_id
        return self._hashes[row] == digest and self.record_id(row) == record_id

    def record_id(self, row: int) -> str:
        """Return the id of *row* as declared."""
        start = self._id_ends[row - 1] if row else 0
        return self._ids[start : self._id_ends[row]].decode()

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

    def nbytes(self) -> int:
        """Return the bytes the columns and the index take, growth reserves left out."""
        columns = (self.shape, self.party, self.day, self.revision, self.value, self.quantity, self.ingested)
        extra = (self._id_ends, self._hashes, self._index)
        return sum(len(c) * c.itemsize for c in (*columns, *extra)) + len(self._ids) + len(self.replaced)

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
        self._staged.append((self._hashes[held], *columns))
        self._staged_ids.append(record_id)
        self.settle()
        if row >= self._limit:
            self._grow()
        return Kept(Outcome.SUPERSEDES, row, held)

    def _grow(self) -> None:
        """Double the index; the only step whose cost is not constant, amortised over as many appends."""
        self.settle()
        slots = 2 * len(self._index)
        mask = slots - 1
        index = array("I", bytes(4 * slots))
        for row, digest in enumerate(self._hashes):
            if self.replaced[row]:
                continue
            slot = digest & mask
            while index[slot]:
                slot = (slot + 1) & mask
            index[slot] = row + 1
        self._index, self._mask = index, mask
        self._limit = slots * _MAX_LOAD_NUMERATOR // _MAX_LOAD_DENOMINATOR
