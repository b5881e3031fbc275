"""One record of a topic as a line of JSON: text where it is UTF-8, base64 where it is not."""

from base64 import b64decode, b64encode
from typing import Any, Final, NamedTuple

import msgspec


class ArchiveError(Exception):
    """Raised for an archive that cannot be read, or not be gone on with; says what was found and what to do."""


class Logged(NamedTuple):
    """A record of a topic, with all that the topic had of it."""

    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    """None: a tombstone."""
    headers: tuple[tuple[str, bytes | None], ...] = ()


class _Header(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    name: str
    value: str | None = None
    value_base64: str | None = None


class _Line(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    offset: int
    timestamp_ms: int
    key: str | None = None
    key_base64: str | None = None
    value: str | None = None
    value_base64: str | None = None
    headers: tuple[_Header, ...] = ()


_encoder: Final = msgspec.json.Encoder()
_decoder: Final = msgspec.json.Decoder(_Line)


def logged_of(record: Any) -> Logged:
    """Return a consumer's record."""
    return Logged(record.offset, record.timestamp, record.key, record.value, tuple(record.headers or ()))


def encode_line(record: Logged) -> bytes:
    """Return *record* as a line, its end included."""
    key, key_base64 = _text_of(record.key)
    value, value_base64 = _text_of(record.value)
    headers = tuple(_Header(name, *_text_of(content)) for name, content in record.headers)
    line = _Line(record.offset, record.timestamp_ms, key, key_base64, value, value_base64, headers)
    return _encoder.encode(line) + b"\n"


def decode_line(line: bytes) -> Logged:
    """Return the record in *line*; raises :class:`ArchiveError`."""
    try:
        found = _decoder.decode(line)
        return Logged(
            found.offset,
            found.timestamp_ms,
            _bytes_of(found.key, found.key_base64),
            _bytes_of(found.value, found.value_base64),
            tuple((each.name, _bytes_of(each.value, each.value_base64)) for each in found.headers),
        )
    except ValueError as error:
        raise ArchiveError(f"no line of an archive: {error}") from error


def _text_of(data: bytes | None) -> tuple[str | None, str | None]:
    """Return *data* as text, or where that is none as base64."""
    if data is None:
        return None, None
    try:
        return data.decode(), None
    except UnicodeDecodeError:
        return None, b64encode(data).decode()


def _bytes_of(text: str | None, base64: str | None) -> bytes | None:
    if base64 is not None:
        return b64decode(base64, validate=True)
    return None if text is None else text.encode()
