"""
Cells: integer sums of one lane's event-time day, blind to the order in which records came.

A cell holds one tally for each way its records were judged (floor found, missing, unpriced ...), so
that a day on which the floor changed by grade or exporter still adds up floor by floor.
"""

from bisect import insort
from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from streams.shapes import Kind

if TYPE_CHECKING:
    from fractions import Fraction


class Judged(StrEnum):
    """How the floor question of a row was answered."""

    FLOOR = "floor"
    AMBIGUOUS = "ambiguous"
    """Several floors were equally specific; the higher was used."""
    MISSING = "missing"
    """The destination keeps floors, none of them covers this."""
    OUT_OF_ZONE = "out_of_zone"
    SUSPENDED = "suspended"
    EXEMPT = "exempt"
    EXPORT = "export"
    """Declared on leaving: floors are kept on entry."""
    UNPRICED = "unpriced"


class TallyKey(NamedTuple):
    """What the rows of one tally share."""

    judged: Judged
    detail: str
    """The floor's id and version, or the reason why there is none."""
    terms: str = ""
    """How far the rows' prices can be taken as they stand: see :class:`streams.shapes.Shape`."""


class Tally:
    """Sums over rows that were judged the same way; below: rows under the floor by more than its tolerance."""

    __slots__ = (
        "below_content_mg",
        "below_floor_uusd",
        "below_levy_uusd",
        "below_rows",
        "below_value_uusd",
        "content_mg",
        "floor_uusd",
        "rows",
        "suspect_content_mg",
        "suspect_rows",
        "suspect_value_uusd",
        "value_uusd",
    )

    def __init__(self) -> None:
        self.rows = 0
        self.content_mg = 0
        self.value_uusd = 0
        self.floor_uusd = 0
        self.below_rows = 0
        self.below_content_mg = 0
        self.below_value_uusd = 0
        self.below_floor_uusd = 0
        self.below_levy_uusd = 0
        self.suspect_rows = 0
        """Rows whose unit is in doubt: summed here and nowhere else."""
        self.suspect_content_mg = 0
        self.suspect_value_uusd = 0

    def as_tuple(self) -> tuple[int, ...]:
        """Return the sums in the order of ``__slots__``, for digests and comparison."""
        return tuple(getattr(self, name) for name in self.__slots__)


class Cell:
    """One lane's day: the rows that fell on it, as a chain through the memory's rows, and their tallies."""

    __slots__ = ("dirty", "last", "searched", "tallies", "worst")

    def __init__(self) -> None:
        self.last = 0
        """The row that came last, plus one; 0 where there is none.  The others hang on it, one on the next."""
        self.tallies: dict[TallyKey, Tally] = {}
        self.dirty = False
        self.worst: tuple[int, int, int] | None = None
        """(value, floor, row) of the row furthest below its floor; computed when asked for."""
        self.searched = 0
        """What was ``last`` when the worst was last searched for."""

    def chain(self, rows: Iterable[int], earlier: "memoryview[int]") -> None:
        """Take in *rows*; *earlier* is where the memory keeps which row each of them hangs on."""
        last = self.last
        for row in rows:
            earlier[row] = last
            last = row + 1
        self.last = last

    def tally(self, key: TallyKey) -> Tally:
        """Return the tally of *key*, new where the cell has none."""
        tally = self.tallies.get(key)
        if tally is None:
            tally = self.tallies[key] = Tally()
        return tally

    def digest(self) -> tuple[tuple[TallyKey, tuple[int, ...]], ...]:
        """Return the non-empty tallies in order of key."""
        return tuple(sorted((key, tally.as_tuple()) for key, tally in self.tallies.items() if any(tally.as_tuple())))

    def unit_value(self) -> int | None:
        """Return the priced rows' unit value, suspects included, in micro-USD per kg; None where there is none."""
        content = value = 0
        for tally in self.tallies.values():
            content += tally.content_mg + tally.suspect_content_mg
            value += tally.value_uusd + tally.suspect_value_uusd
        return value * 1_000_000 // content if content else None

    def empty(self) -> None:
        """Forget the tallies and the worst row; the rows stay."""
        self.tallies.clear()
        self.worst, self.searched = None, 0

    def forget_worst(self, row: int) -> None:
        """Look for the worst row again if *row* was it."""
        if self.worst is not None and self.worst[2] == row:
            self.worst, self.searched = None, 0

    def total(self, name: str) -> int:
        """Return the sum of one of a tally's fields over the cell."""
        return sum(getattr(tally, name) for tally in self.tallies.values())


class LaneKey(NamedTuple):
    """Goods of one product from one origin to one destination; for ticks, an instrument's prices of a product."""

    kind: Kind
    product: str
    origin: str
    destination: str


class Lane:
    """A lane's cells by day."""

    __slots__ = ("cells", "days", "key", "out_of_quota")

    def __init__(self, key: LaneKey) -> None:
        self.key = key
        self.cells: dict[int, Cell] = {}
        self.days: list[int] = []
        """The days that have a cell, sorted."""
        self.out_of_quota: dict[tuple[str, int], Fraction] = {}
        """For a floor ``id@version`` and day: the share of the goods that no tariff quota covers, where not all."""

    def cell(self, day: int) -> Cell:
        """Return the cell of *day*, new where the lane has none."""
        cell = self.cells.get(day)
        if cell is None:
            cell = self.cells[day] = Cell()
            if not self.days or day > self.days[-1]:
                self.days.append(day)
            else:
                insort(self.days, day)
        return cell
