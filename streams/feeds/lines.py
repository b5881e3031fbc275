"""Lines of a stream in blocks: the fast way through a file of one JSON value a line."""

import codecs
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

LINE_MAX: Final = 1 << 20
"""A longer line is no record, and reading on for its end could take all memory."""

BLOCK_BYTES: Final = 1 << 22


class Block(NamedTuple):
    """Whole lines, joined as they stand in the file."""

    first_line: int
    data: bytes


def read_blocks(stream: BinaryIO, block_bytes: int = BLOCK_BYTES) -> Iterator[Block]:
    """
    Yield the stream in blocks of whole lines of about *block_bytes*, without a byte order mark.

    A line that runs more than ``LINE_MAX`` past its block is cut there: what is left of it is no JSON value, so it
    is refused with its line number instead of filling memory.
    """
    line = 1
    while data := stream.read(block_bytes):
        if not data.endswith(b"\n"):
            data += stream.readline(LINE_MAX)
            if not data.endswith(b"\n") and _skip_line(stream):
                data += b"\n"
        if line == 1:
            data = data.removeprefix(codecs.BOM_UTF8)
        yield Block(line, data)
        line += data.count(b"\n")


def _skip_line(stream: BinaryIO) -> bool:
    """Read past the rest of a line; return whether it had an end."""
    while piece := stream.readline(LINE_MAX):
        if piece.endswith(b"\n"):
            return True
    return False
