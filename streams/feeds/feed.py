"""A feed file opened: its records and its bad rows, one after the other, and a count of what was passed over."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from streams.feeds.declarations import unused
from streams.feeds.form import Reading
from streams.feeds.items import FeedRecord, FxDay, Note, Rejected, Skipped
from streams.feeds.options import FeedOptions
from streams.feeds.own_csv import OwnCsv
from streams.feeds.own_jsonl import OwnJsonl, chunks_of, is_wire
from streams.feeds.own_parquet import OwnParquet
from streams.feeds.registry import Adapter, adapter_of
from streams.feeds.source import Source
from streams.feeds.wire_slices import WireSlice

_AS_FOUND: Final = FeedOptions()


class Feed:
    """
    Iterates over a file's rows: :class:`FeedRecord` (of rates :class:`FxDay`), or :class:`Rejected` for a bad one.

    Each iteration reads the file anew and counts anew.  Raises :class:`FeedError` where the file breaks off.
    """

    def __init__(self, source: Source, adapter: Adapter, options: FeedOptions) -> None:
        self.path = source.path
        self.format = adapter.name
        self.skipped: Counter[str] = Counter()
        """How many rows were passed over, by why; complete at the end of an iteration."""
        self.notes: list[str] = []
        """What the sender should hear about the file as a whole."""
        self._source = source
        self._adapter = adapter
        self._options = options

    @property
    def unused(self) -> frozenset[str]:
        """What was declared that the file has no use for, as it is written."""
        return frozenset(unused(self._options, self.format, archived=self._source.is_archive))

    def readings(self) -> Sequence[Reading]:
        """Return how each column is read, for people."""
        return self._adapter.readings(self._source)

    @property
    def is_wire(self) -> bool:
        """Whether :meth:`read_chunks` can hand its lines on undecoded."""
        return isinstance(self._adapter, OwnJsonl) and is_wire(self._source.head)

    def read_chunks(self, bytes_per_chunk: int) -> Iterator[list[bytes]]:
        """Yield the lines of a wire feed undecoded; see :func:`streams.feeds.own_jsonl.read_chunks`."""
        return chunks_of(self._source, bytes_per_chunk)

    @property
    def makes_wire(self) -> bool:
        """Whether :meth:`read_wire` can make values of the wire of its rows without a record in between."""
        return isinstance(self._adapter, OwnCsv | OwnParquet)

    def read_wire(self) -> Iterator[WireSlice]:
        """Yield the records as values of the wire, in slices, with the rows that cannot be right."""
        if not isinstance(self._adapter, OwnCsv | OwnParquet):
            return iter(())
        return self._adapter.read_wire(self._source, self._options)

    def __iter__(self) -> Iterator[FeedRecord | FxDay | Rejected]:
        self.skipped.clear()
        self.notes.clear()
        for item in self._adapter.read(self._source, self._options):
            if isinstance(item, FeedRecord | FxDay | Rejected):
                yield item
            elif isinstance(item, Skipped):
                self.skipped[item.why] += item.count
            elif isinstance(item, Note):
                self.notes.append(item.text)


def open_feed(path: Path, options: FeedOptions = _AS_FOUND) -> Feed:
    """
    Return the feed in the file at *path*, its format found by content.

    Raises :class:`streams.feeds.items.FeedError` where it cannot be read at all: no such file, empty, damaged, of no
    known format, or without a column that its format needs.
    """
    source = Source(path, options)
    adapter = adapter_of(source, options)
    # Checks the head; the rows are read when they are iterated over.
    adapter.read(source, options)
    return Feed(source, adapter, options)
