"""
The project's own form as Parquet: columns named like the fields of the wire, read a batch at a time.

Amounts are decimal or text columns: a column of binary floats is refused, since what it stored need not be what was
declared.  Needs the extra ``parquet``.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, BinaryIO, Final

import msgspec

from streams.feeds.columns import require_columns
from streams.feeds.form import Reading
from streams.feeds.head import Confidence, Head
from streams.feeds.items import FeedError, FeedRecord, Item, Note, Rejected, RowError
from streams.feeds.options import FeedOptions
from streams.feeds.own_parquet_wire import wire_slice
from streams.feeds.source import Source
from streams.feeds.wire_rows import DECIMALS, FIELDS, missing_columns, own_meaning, record_of
from streams.feeds.wire_slices import Latest, WireSlice, slices_of

BATCH_ROWS: Final = 4096
"""A row group may be a gigabyte; of it only so many rows are held at once."""

_BROKEN: Final = (OSError, ValueError, KeyError, OverflowError, MemoryError, NotImplementedError)
"""What reading a damaged file raises besides Arrow's own."""

_DATES: Final = frozenset({"event_date", "contract_date", "sale_date", "ship_date"})


class OwnParquet:
    """Reads records from Parquet."""

    name = "parquet"
    title = "records as Parquet"

    def sniff(self, head: Head) -> Confidence:
        """Return whether the file is Parquet; its columns are looked at when it is read."""
        return Confidence.YES if head.is_parquet else Confidence.NO

    def readings(self, source: Source) -> list[Reading]:
        """Return how each column is read."""
        with source.open_seekable() as stream:
            return [Reading(name, own_meaning(name)) for name in _file(stream, source).schema_arrow.names]

    def read(self, source: Source, options: FeedOptions) -> Iterator[Item]:  # noqa: ARG002 - Parquet leaves no options
        """Check the schema and return an iterator over the rows."""
        with source.open_seekable() as stream:
            schema = _file(stream, source).schema_arrow
        columns = tuple(schema.names)
        require_columns(columns, missing_columns(frozenset(columns)), source.path, self.title)
        floats = [name for name in columns if name in DECIMALS and str(schema.field(name).type) in {"float", "double"}]
        if floats:
            message = f"{source.path}: {', '.join(floats)} are binary floats: write amounts as decimal or text columns"
            raise FeedError(message)
        return _rows(source, columns)

    def read_wire(self, source: Source, options: FeedOptions) -> Iterator[WireSlice]:  # noqa: ARG002 - as read
        """Yield the records as values of the wire, with the rows that cannot be right."""
        latest, done = Latest(), 0
        with source.open_seekable() as stream:
            known = [name for name in _file(stream, source).schema_arrow.names if name in FIELDS]
            for batch in _batches(stream, source, known):
                made = wire_slice(batch, known, latest)
                if made is not None:
                    yield made
                else:
                    yield from slices_of(_items(_cells(batch, source), known, done), latest)
                done += batch.num_rows


def _rows(source: Source, columns: tuple[str, ...]) -> Iterator[Item]:
    known = [name for name in columns if name in FIELDS]
    if len(known) < len(columns):
        yield Note(f"columns not read: {', '.join(name for name in columns if name not in FIELDS)}")
    done = 0
    with source.open_seekable() as stream:
        for batch in _batches(stream, source, known):
            yield from _items(_cells(batch, source), known, done)
            done += batch.num_rows


def _items(cells: list[list[Any]], names: list[str], done: int) -> Iterator[Item]:
    for row, values in enumerate(zip(*cells, strict=True), done + 1):
        yield _item(dict(zip(names, values, strict=True)), row)


def _batches(stream: BinaryIO, source: Source, names: list[str]) -> Iterator[Any]:
    """Yield the record batches of some columns."""
    batches = _file(stream, source).iter_batches(batch_size=BATCH_ROWS, columns=names)
    while True:
        try:
            batch = next(batches, None)
        except (*_BROKEN, _arrow_error()) as e:
            raise _damaged(source, e) from e
        if batch is None:
            return
        yield batch


def _cells(batch: Any, source: Source) -> list[list[Any]]:
    """Return the cells of each column as the fields of the wire take them."""
    try:
        return [_column(name, batch.column(name).to_pylist()) for name in batch.schema.names]
    except (*_BROKEN, _arrow_error()) as e:
        raise _damaged(source, e) from e


def _damaged(source: Source, error: Exception) -> FeedError:
    return FeedError(f"{source.path} ends early or is damaged: {error}")


def _column(name: str, cells: list[Any]) -> list[Any]:
    """Return the cells as the fields of the wire take them; a column is of one kind, which saves a look at each."""
    kind = next((type(cell) for cell in cells if cell is not None), None)
    if name in DECIMALS and kind is not str:
        return [None if cell is None else _amount(cell) for cell in cells]
    if name in _DATES and kind is datetime:
        return [None if cell is None else cell.date() for cell in cells]
    return cells


def _amount(cell: Decimal | int) -> str:
    text = f"{cell:f}" if isinstance(cell, Decimal) else str(cell)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _item(cells: Mapping[str, Any], row: int) -> Item:
    try:
        return FeedRecord(record_of({name: cell for name, cell in cells.items() if cell is not None}), row)
    except RowError as e:
        return Rejected(row, e.reason, e.detail, msgspec.json.encode(cells))


def _file(stream: BinaryIO, source: Source) -> Any:
    try:
        from pyarrow.parquet import ParquetFile  # noqa: PLC0415 - an extra
    except ImportError as e:
        message = f"{source.path} is Parquet, which needs the extra: pip install 'floorwatch[parquet]'"
        raise FeedError(message) from e
    try:
        file = ParquetFile(stream, pre_buffer=False)
        # The names are made when they are first asked for.
        str(file.schema_arrow)
    except (*_BROKEN, _arrow_error()) as e:
        message = f"{source.path} is no Parquet file that can be read, or ends early: {e}"
        raise FeedError(message) from e
    return file


def _arrow_error() -> type[Exception]:
    from pyarrow import ArrowException  # noqa: PLC0415 - an extra

    error: type[Exception] = ArrowException
    return error
