"""
Spoilt files: what happens to feeds on their way, done to a sound one by seeded dice.

Cut short, bits turned over, pieces lost or doubled, NUL bytes, odd encodings, numbers of every kind, columns shuffled
or named otherwise, packing broken from outside and from within.
"""

import gzip
import io
import random
import re
import zipfile
from collections.abc import Callable, Sequence
from typing import Final

ODD_NUMBERS: Final = (
    b"", b"0", b"-0", b"-1", b"0.000000", b"0.0000004", b"1e400", b"1E5", b"-1e-7", b"NaN", b"inf", b"-Infinity",
    b"0x10", b"1_000", b"1,234.5", b"1.234,5", b"1 000", b"+5", b".5", b"5.", b"9" * 30, b"9" * 500, b"0" * 5000 + b"1",
    b"1." + b"0" * 400 + b"1", "\uff11\uff12".encode(), "\u0663".encode(), b"\xb2", b"null", b"true", b"1/3",
    b"2025-13", b"202552", b"0000", b"99999999999999999999", b'"5"', b"'5", b"=5+5",
)  # fmt: skip
_PIECES: Final = (
    b"\0", b"\0" * 9, b'"', b"\r", b"\n", b"\r\n", b",", b";", b"\t", b"\xff\xfe", b"\xef\xbb\xbf", b"\\ud800", b"\\",
    b"{", b"[", b"]", b"}", b"#", b"'", b"\x1a",
)  # fmt: skip
_NUMBER: Final = re.compile(rb"[0-9]+(?:\.[0-9]+)?")
_NAME: Final = re.compile(rb"[A-Za-z_]{2,}")
_ZIP: Final = b"PK\x03\x04"
_GZIP: Final = b"\x1f\x8b"
_PIECE_MAX: Final = 40
_DEEP: Final = 100_000


def spoilt(dice: random.Random, content: bytes, others: Sequence[bytes]) -> bytes:
    """Return *content* after one to four mishaps; *others* are files that may get mixed up with it."""
    for _ in range(dice.choice((1, 1, 1, 2, 3, 4))):
        content = dice.choice(_MISHAPS)(dice, content) if dice.random() < 0.97 else dice.choice(others)  # noqa: PLR2004
    return content


def _cut(dice: random.Random, content: bytes) -> bytes:
    return content[: dice.randrange(len(content) + 1)]


def _behead(dice: random.Random, content: bytes) -> bytes:
    return content[dice.randrange(len(content) + 1) :]


def _turn_bits(dice: random.Random, content: bytes) -> bytes:
    found = bytearray(content)
    for _ in range(dice.randrange(1, 6)):
        if found:
            found[dice.randrange(len(found))] ^= 1 << dice.randrange(8)
    return bytes(found)


def _lose(dice: random.Random, content: bytes) -> bytes:
    start = dice.randrange(len(content) + 1)
    return content[:start] + content[start + dice.randrange(_PIECE_MAX) :]


def _double(dice: random.Random, content: bytes) -> bytes:
    start = dice.randrange(len(content) + 1)
    piece = content[start : start + dice.randrange(_PIECE_MAX * 3)]
    return content[:start] + piece * dice.randrange(2, 4) + content[start:]


def _insert(dice: random.Random, content: bytes) -> bytes:
    piece = dice.choice((*_PIECES, dice.randbytes(8)))
    start = dice.randrange(len(content) + 1)
    return content[:start] + piece + content[start:]


def _odd_number(dice: random.Random, content: bytes) -> bytes:
    return _replace_one(dice, content, _NUMBER, dice.choice(ODD_NUMBERS))


def _odd_name(dice: random.Random, content: bytes) -> bytes:
    name = dice.choice((b"", b"value", b"type", b"XX", b"WORLD", b"id", b"\xc3\x84", b"n/a", dice.randbytes(3)))
    return _replace_one(dice, content, _NAME, name)


def _replace_one(dice: random.Random, content: bytes, what: re.Pattern[bytes], by: bytes) -> bytes:
    found = list(what.finditer(content))
    if not found:
        return content
    one = dice.choice(found)
    return content[: one.start()] + by + content[one.end() :]


def _shuffle_columns(dice: random.Random, content: bytes) -> bytes:
    """Return the table with its columns in another order, or its header alone."""
    lines = content.split(b"\n")
    mark = max((b",", b";", b"\t"), key=lines[0].count)
    order = list(range(lines[0].count(mark) + 1))
    dice.shuffle(order)
    rows = lines[:1] if dice.random() < 0.5 else lines  # noqa: PLR2004
    return b"\n".join([_ordered(row.split(mark), order, mark) for row in rows] + lines[len(rows) :])


def _ordered(cells: list[bytes], order: list[int], mark: bytes) -> bytes:
    return mark.join(cells[place] for place in order) if len(cells) == len(order) else mark.join(cells)


def _shuffle_lines(dice: random.Random, content: bytes) -> bytes:
    lines = content.split(b"\n")
    dice.shuffle(lines)
    return b"\n".join(lines)


def _encode_otherwise(dice: random.Random, content: bytes) -> bytes:
    text = content.decode("utf-8", errors="replace")
    encoding = dice.choice(("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "cp1252", "utf-7"))
    return text.encode(encoding, errors="replace")


def _pack(dice: random.Random, content: bytes) -> bytes:
    packed = gzip.compress(content, 1, mtime=0) if dice.random() < 0.5 else _archive({"feed": content})  # noqa: PLR2004
    return packed if dice.random() < 0.5 else dice.choice((_cut, _turn_bits))(dice, packed)  # noqa: PLR2004


def _nest(dice: random.Random, content: bytes) -> bytes:
    start = dice.randrange(len(content) + 1)
    return content[:start] + dice.choice((b"[", b'{"a":')) * _DEEP + content[start:]


def _within(dice: random.Random, content: bytes) -> bytes:
    """Return a packed file with a mishap inside: the packing is sound, what it holds is not."""
    mishap = dice.choice((_cut, _turn_bits, _lose, _double, _insert, _odd_number, _odd_name))
    try:
        if content.startswith(_GZIP):
            return gzip.compress(mishap(dice, gzip.decompress(content)), 1, mtime=0)
        if content.startswith(_ZIP):
            parts = _parts(content)
            name = dice.choice(sorted(parts))
            parts[name] = mishap(dice, parts[name])
            if dice.random() < 0.1:  # noqa: PLR2004 - seldom
                del parts[name]
            return _archive(parts)
    except Exception:  # noqa: BLE001 - already broken otherwise
        return content
    return mishap(dice, content)


def _parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _archive(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return file.getvalue()


_MISHAPS: Final[tuple[Callable[[random.Random, bytes], bytes], ...]] = (
    _cut, _behead, _turn_bits, _lose, _double, _double, _insert, _insert, _odd_number, _odd_number, _odd_number,
    _odd_number, _odd_number, _odd_name, _odd_name, _shuffle_columns, _shuffle_lines, _encode_otherwise, _pack,
    _within, _within, _within, _nest,
)  # fmt: skip
