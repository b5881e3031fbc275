"""Records to files: JSON lines, CSV or Parquet, as they come, with a hash of what was written."""

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, TypeVar

import msgspec

from streams.file_hash import sha256_of
from streams.records import PriceTick, Trade, encode_record

T = TypeVar("T")

_ROWS_AT_ONCE: Final = 20_000
_CSV_TRADE: Final = (
    *("type", "id", "revision", "status", "source", "event_date", "flow", "product", "origin", "destination"),
    *("quantity", "unit", "value", "currency", "incoterm", "freight", "insurance", "exporter", "importer"),
    *("hs_code", "grade_pct", "consignment_country"),
)
_CSV_TICK: Final = (
    *("type", "instrument", "source", "event_date", "product", "price", "currency", "unit", "incoterm", "place"),
    *("vat_pct", "contributors"),
)


class Format(StrEnum):
    """The form of a file."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


class Written(NamedTuple):
    """A file that was written."""

    path: Path
    rows: int
    sha256: str


def write_records(path: Path, records: Iterable[Trade | PriceTick], file_format: Format) -> Written:
    """
    Write *records* to *path*, holding some thousand at a time.

    Raises :class:`RuntimeError` where Parquet is asked for and its extra is not installed.
    """
    match file_format:
        case Format.JSONL:
            return write_blocks(path, _as_lines(records))
        case Format.CSV:
            return write_blocks(path, _as_csv(records))
        case Format.PARQUET:
            return _write_parquet(path, records)


def write_lines(path: Path, lines: Iterable[bytes]) -> Written:
    """Write *lines*, each without its end."""
    return write_blocks(path, ((len(some), b"".join(line + b"\n" for line in some)) for some in batched(lines)))


def batched(items: Iterable[T], size: int = _ROWS_AT_ONCE) -> Iterator[list[T]]:
    """Yield *items* in lists of at most *size*."""
    iterator = iter(items)
    while some := list(islice(iterator, size)):
        yield some


def write_blocks(path: Path, blocks: Iterable[tuple[int, bytes]]) -> Written:
    """Write blocks of bytes, each with the number of its rows."""
    rows, digest = 0, hashlib.sha256()
    with path.open("wb") as file:
        for count, block in blocks:
            rows += count
            digest.update(block)
            file.write(block)
    return Written(path, rows, digest.hexdigest())


def _as_lines(records: Iterable[Trade | PriceTick]) -> Iterator[tuple[int, bytes]]:
    for some in batched(records):
        yield len(some), b"".join(encode_record(record) + b"\n" for record in some)


def _as_csv(records: Iterable[Trade | PriceTick]) -> Iterator[tuple[int, bytes]]:
    columns: tuple[str, ...] = ()
    for some in batched(records):
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        if not columns:
            columns = columns_of(some[0])
            table.writerow(columns)
        table.writerows(_cells(record, columns) for record in some)
        yield len(some), text.getvalue().encode()


def columns_of(record: Trade | PriceTick) -> tuple[str, ...]:
    """Return the columns of a table of records like *record*."""
    return _CSV_TRADE if isinstance(record, Trade) else _CSV_TICK


def _cells(record: Trade | PriceTick, columns: tuple[str, ...]) -> list[Any]:
    kind = "trade" if isinstance(record, Trade) else "price-tick"
    return [kind if name == "type" else getattr(record, name) for name in columns]


def _write_parquet(path: Path, records: Iterable[Trade | PriceTick]) -> Written:
    arrow, parquet = load_parquet()
    rows, writer = 0, None
    with path.open("wb") as file:
        for some in batched(records):
            columns = columns_of(some[0])
            table = arrow.table(
                {name: [_cell(record, name) for record in some] for name in columns}, schema=_schema(arrow, columns)
            )
            writer = writer or new_parquet_writer(parquet, file, table.schema)
            writer.write_table(table)
            rows += len(some)
        if writer is not None:
            writer.close()
    return Written(path, rows, sha256_of(path))


def load_parquet() -> tuple[Any, Any]:
    """Return pyarrow and its Parquet module; raises :class:`RuntimeError` where they are not installed."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError as error:
        raise RuntimeError("Parquet needs the extra: pip install 'floorwatch[parquet]'") from error
    return pa, parquet


def new_parquet_writer(parquet: Any, file: BinaryIO, schema: Any) -> Any:
    """Return a writer of row groups whose bytes depend on nothing but the rows."""
    return parquet.ParquetWriter(file, schema, compression="zstd", store_schema=False)


def _schema(arrow: Any, columns: tuple[str, ...]) -> Any:
    kinds = {"event_date": arrow.date32(), "revision": arrow.int64(), "contributors": arrow.int64()}
    return arrow.schema([(name, kinds.get(name, arrow.string())) for name in columns])


def _cell(record: Trade | PriceTick, name: str) -> Any:
    if name == "type":
        return "trade" if isinstance(record, Trade) else "price-tick"
    value = getattr(record, name)
    return str(value) if name in {"status", "flow"} else value


encode_json: Final = msgspec.json.Encoder(order="sorted").encode
