"""
The mark of a replay: a file that says how far it came, so that one that was broken off goes on from there.

Records are counted in the order in which they are read, so a place means something for the same records only: for the
same files, as they were, and the same part of them, into the same topics.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, Self

import msgspec

from streams.feed_records import ReplayOptions
from streams.file_hash import sha256_of
from streams.settings import Settings

_CONTENT: Final = "content"


class ReplayMarkError(ValueError):
    """Raised for a mark that cannot be gone on from: says what to do."""


class _Held(msgspec.Struct, frozen=True, kw_only=True):
    of: dict[str, Any]
    """What the replay was made of."""
    records: int


class ReplayMark:
    """The place of one replay, in a file; none yet."""

    def __init__(self, path: Path, files: list[Path], options: ReplayOptions, settings: Settings) -> None:
        self._path = path
        self._of = _made_of(files, options, settings)
        self.records = 0
        """How many records are in Kafka, as far as it is written down."""
        self.lost = ""
        """Why its file could not be written, empty where it could."""

    def found(self) -> Self:
        """
        Return the mark with the place that its file holds.

        Raises :class:`ReplayMarkError` where there is no file, for the mark of another replay, or one that cannot be
        read.
        """
        try:
            held = msgspec.json.decode(self._path.read_bytes(), type=_Held)
        except FileNotFoundError as error:
            message = f"there is nothing to resume: no replay of {self._path} was broken off; leave --resume out"
            raise ReplayMarkError(message) from error
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            message = f"{self._path} is no mark of a replay ({error}): begin again, without --resume"
            raise ReplayMarkError(message) from error
        names = sorted(self._of.keys() | held.of.keys())
        if others := [
            _difference(name, held.of, self._of) for name in names if held.of.get(name) != self._of.get(name)
        ]:
            message = f"{self._path} is the mark of a replay with other {'; '.join(others)}"
            raise ReplayMarkError(f"{message}: give what was given before, or begin again, without --resume")
        self.records = held.records
        return self

    def keep(self, records: int) -> None:
        """
        Write down that so many *records* are in Kafka; a crash leaves the former mark or this one.

        Where it cannot be written, beside a feed that may only be read, :attr:`lost` says why: the replay goes on.
        """
        draft = self._path.with_name(f"{self._path.name}.partial")
        try:
            draft.write_bytes(msgspec.json.encode(_Held(of=self._of, records=records)) + b"\n")
            draft.replace(self._path)
        except OSError as error:
            self.lost = f"{self._path} cannot be written: {error.strerror}"
        else:
            self.records = records

    def forget(self) -> None:
        """Remove the file: the replay is complete."""
        self._path.unlink(missing_ok=True)


def _made_of(files: list[Path], options: ReplayOptions, settings: Settings) -> dict[str, Any]:
    """Return all that the order of records depends on, by what a user would call it."""
    made: dict[str, Any] = {
        "files": [str(path.absolute()) for path in files],
        _CONTENT: [sha256_of(path) for path in files],
        "days": [options.first_day, options.last_day],
        "products and origins": asdict(options.goods),
        "declarations": [asdict(options.feed), options.sort],
        "Kafka": settings.kafka,
        "topics": settings.topic_prefix,
    }
    # As it is when it has been read again.
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(made))
    return plain


def _difference(name: str, before: dict[str, Any], now: dict[str, Any]) -> str:
    """Return in words what is another than before."""
    if name == _CONTENT:
        return "content (a file was changed since)"
    return f"{name} ({_shown(before.get(name))}, now {_shown(now.get(name))})"


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
