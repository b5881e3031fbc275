"""
Columns: growing runs of machine integers, and where their bytes lie.

Where that is, is the driver's choice: an :class:`Extent` of this module lies in memory; one of
``streams/scratch.py`` lies in a file, so that what is remembered may be larger than the memory of the machine.
"""

from array import array
from collections.abc import Callable, Iterable
from typing import Final, Literal, Protocol

Code = Literal["B", "I", "Q", "q"]
"""A machine type, as :mod:`array` calls it."""

_FIRST_BYTES: Final = 256


class Extent(Protocol):
    """Bytes that grow at their end; new ones are zero."""

    def grown(self, nbytes: int) -> memoryview:
        """
        Return at least *nbytes* bytes that can be written, those from before in place.

        A view that was returned before no longer shows what is written through the new one.  Raises ``OSError`` where
        there is no room.
        """


Extents = Callable[[], Extent]
"""Makes an empty extent."""


class InMemory:
    """An extent in the memory of the process."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def grown(self, nbytes: int) -> memoryview:
        """Return *nbytes* bytes and an eighth more than there were, so that growing by and by costs little."""
        held = self._bytes
        self._bytes = bytearray(max(nbytes, len(held) + len(held) // 8, _FIRST_BYTES))
        self._bytes[: len(held)] = held
        return memoryview(self._bytes)


class Column:
    """One number a row, all of one machine type."""

    __slots__ = ("_extent", "code", "itemsize", "view")

    def __init__(self, code: Code, extent: Extent) -> None:
        self.code = code
        self.itemsize = array(code).itemsize
        self._extent = extent
        self.view: memoryview[int] = memoryview(bytearray()).cast(code)
        """The numbers, and zeros up to what is reserved; another object after :meth:`reserve`."""

    def reserve(self, rows: int) -> "memoryview[int]":
        """Make room for *rows* rows and return the view."""
        if rows > len(self.view):
            nbytes = rows * self.itemsize
            grown = self._extent.grown(nbytes)
            self.view = grown[: len(grown) - len(grown) % self.itemsize].cast(self.code)
        return self.view

    def write(self, row: int, numbers: Iterable[int]) -> None:
        """Write *numbers* from *row* on, where there must be room for them."""
        written = array(self.code, numbers)
        self.view[row : row + len(written)] = written
