"""
The project's own form as JSON lines: a line is a message value exactly as a topic carries it.

So a topic consumed to a file is a feed.  Where the first line says its ``type`` the file is *wire* and every line
must: :func:`read_chunks` hands them on undecoded, and the reader of the topic decodes them as it would live.  Where
it says none, lines without a ``type`` are trades.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from streams.feeds.form import Reading
from streams.feeds.head import Confidence, Head
from streams.feeds.items import FeedError, FeedRecord, Item, Rejected, Skipped
from streams.feeds.lines import BLOCK_BYTES, Block, read_blocks
from streams.feeds.options import FeedOptions
from streams.feeds.source import Source
from streams.feeds.wire_rows import own_meaning
from streams.records import Heartbeat, Record, Refusal, Trade, decode_lines, decode_record

_TYPED: Final = b'"type"'
_KNOWN: Final = tuple(f'"{name}"' for name in ("type", "event_date", "origin", "instrument"))
_trade_decoder: Final = msgspec.json.Decoder(Trade)
_TOO_DEEP: Final = "nested too deep: a record is one object of plain fields"
_NOT_DECODED: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class OwnJsonl:
    """Reads records from JSON lines."""

    name = "jsonl"
    title = "records as JSON lines"

    def sniff(self, head: Head) -> Confidence:
        """Return how far the first lines are JSON objects with field names of the wire."""
        if head.is_workbook or head.is_parquet or not head.text.lstrip().startswith("{"):
            return Confidence.NO
        return Confidence.YES if any(name in head.text for name in _KNOWN) else Confidence.PARTLY

    def readings(self, source: Source) -> list[Reading]:
        """Return how each column is read."""
        first = source.head.data.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")[0]
        try:
            names = list(msgspec.json.decode(first, type=dict[str, Any]))
        except (*_NOT_DECODED, msgspec.ValidationError):
            return []
        return [Reading(name, own_meaning(name)) for name in names]

    def read(self, source: Source, options: FeedOptions) -> Iterator[Item]:  # noqa: ARG002 - JSON leaves no options
        """Return an iterator over the lines."""
        return _records(source, wire=is_wire(source.head))


def is_wire(head: Head) -> bool:
    """Return whether the first line that is not blank says its type, as every value of a topic does."""
    first = head.data.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")[0]
    return _TYPED in first


def read_chunks(path: Path, bytes_per_chunk: int = BLOCK_BYTES) -> Iterator[list[bytes]]:
    """
    Yield the lines of a wire feed undecoded, blank ones left out, in lists of about *bytes_per_chunk* bytes.

    Raises :class:`FeedError` where the file is not JSON lines whose values say their type.
    """
    source = Source(path, FeedOptions())
    if OwnJsonl().sniff(source.head) is not Confidence.YES or not is_wire(source.head):
        message = f'{path} is not JSON lines that say their "type": read it as a feed'
        raise FeedError(message)
    return chunks_of(source, bytes_per_chunk)


def chunks_of(source: Source, bytes_per_chunk: int) -> Iterator[list[bytes]]:
    """Yield the lines of a source undecoded, as :func:`read_chunks` does."""
    with source.open() as stream:
        for block in read_blocks(stream, bytes_per_chunk):
            lines = block.data.split(b"\n")
            if b"" in lines or b"\r" in lines:
                lines = [line for line in lines if line.strip()]
            if lines:
                yield lines


def _records(source: Source, *, wire: bool) -> Iterator[Item]:
    with source.open() as stream:
        for block in read_blocks(stream):
            records = _decoded(block, wire=wire)
            if records is None:
                yield from _one_by_one(block, wire=wire)
                continue
            for line, record in enumerate(records, block.first_line):
                yield _item(record, line)


def _decoded(block: Block, *, wire: bool) -> Sequence[Record] | None:
    """Return the records of a block with one on every line, None where there are others."""
    try:
        records: Sequence[Record] = decode_lines(block.data) if wire else _trade_decoder.decode_lines(block.data)
    except _NOT_DECODED:
        return None
    lines = block.data.count(b"\n") + (not block.data.endswith(b"\n"))
    return records if len(records) == lines else None


def _one_by_one(block: Block, *, wire: bool) -> Iterator[Item]:
    for number, ended in enumerate(block.data.split(b"\n"), block.first_line):
        line = ended.rstrip(b"\r")
        if not line.strip():
            continue
        try:
            yield _item(_value(line, wire=wire), number)
        except msgspec.ValidationError as e:
            yield Rejected(number, Refusal.WRONG_TYPE, str(e), line)
        except RecursionError:
            yield Rejected(number, Refusal.NOT_JSON, _TOO_DEEP, line)
        except _NOT_DECODED as e:
            yield Rejected(number, Refusal.NOT_JSON, str(e), line)


def _value(line: bytes, *, wire: bool) -> Record:
    return decode_record(line) if wire or _TYPED in line else _trade_decoder.decode(line)


def _item(record: Record, line: int) -> Item:
    # Heartbeats belong to the log they were recorded from: a replay writes its own.
    return Skipped("heartbeats") if isinstance(record, Heartbeat) else FeedRecord(record, line)
