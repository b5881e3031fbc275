"""
The audit log: who did what through the API and the command line, so that a change to it shows.

One JSON object a line.  Each entry carries the hash of the one before, and every so often a **seal**: a keyed hash
over the chain so far.  Without the key nobody can make a chain that verifies; what was cut off at the end shows in
the head, which belongs somewhere else (``floorwatch audit verify --head``).  The log holds ids, never what
somebody wrote.
"""

import fcntl
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import IO, Final, TypeVar

import msgspec

SEAL_EVERY: Final = 100
"""Entries between two seals; one that begins or ends a process seals too."""
_KEY_BYTES: Final = 32
_BEFORE_FIRST: Final = "0" * 64
_TAIL_BYTES: Final = 1 << 16


class AuditError(Exception):
    """Raised where the log or its key cannot be used; says what was found and what to do."""


class Outcome(StrEnum):
    """What came of what somebody tried."""

    DONE = "done"
    DENIED = "denied"
    FAILED = "failed"


class Entry(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="entry"):
    """Something that somebody did, or tried."""

    seq: int
    """1, 2, 3 ... over entries and seals, without gaps."""
    at: str
    actor: str
    """The token's name, ``anonymous``, or the user of the command line."""
    token: str | None
    what: str
    subject: str | None
    """The id of an alert, a silence or a token."""
    outcome: Outcome
    detail: str
    previous: str
    """Hash of the line before."""
    hash: str = ""


class Seal(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="seal"):
    """A keyed hash over all that stands before it."""

    seq: int
    at: str
    previous: str
    key_id: str
    """The first digits of the key's own hash: which key sealed it."""
    mac: str
    hash: str = ""


Line = Entry | Seal
L = TypeVar("L", Entry, Seal, Entry | Seal)

_decoder: Final[msgspec.json.Decoder[Line]] = msgspec.json.Decoder(Line)


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Where the log is not as it was written."""

    line: int
    problem: str


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What a walk over the log found."""

    entries: int
    seals: int
    unsealed: int
    """Entries after the last seal: chained, not yet sealed."""
    head: str
    """Hash of the last line: keep it elsewhere, and give it to the next verification."""
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def audit_key(path: Path) -> bytes:
    """
    Return the key in a file, made there where there is none.

    Raises :class:`AuditError` for a file that others may read, or that holds no key.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise AuditError(f"{path} may be read by others, so it is no secret: chmod 600 {path}")
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        return _new_key(path)
    except (OSError, ValueError) as error:
        raise AuditError(f"{path} holds no key: {_KEY_BYTES} bytes in hexadecimal are wanted ({error})") from error
    if len(key) < _KEY_BYTES:
        raise AuditError(f"{path} holds a key of {len(key)} bytes: at least {_KEY_BYTES} are wanted")
    return key


class AuditLog:
    """
    The log in a file, appended to by any number of processes, one at a time.

    An entry is on the disk when :meth:`append` returns.  Raises :class:`AuditError`.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        self.path = path
        self._key = key

    def append(
        self,
        *,
        at: str,
        actor: str,
        what: str,
        token: str | None = None,
        subject: str | None = None,
        outcome: Outcome = Outcome.DONE,
        detail: str = "",
    ) -> Entry:
        """Write an entry, and a seal where one is due; return the entry."""
        with self._opened() as file:
            seq, previous = self._end(file)
            entry = _hashed(
                Entry(
                    seq=seq + 1,
                    at=at,
                    actor=actor,
                    token=token,
                    what=what,
                    subject=subject,
                    outcome=outcome,
                    detail=detail,
                    previous=previous,
                )
            )
            _write(file, entry)
            if entry.seq % SEAL_EVERY == 0:
                _write(file, self._sealed(entry.seq + 1, at, entry.hash))
            os.fsync(file.fileno())
            return entry

    def seal(self, *, at: str) -> None:
        """Seal what stands since the last seal, if anything does."""
        with self._opened() as file:
            seq, previous = self._end(file)
            last = _last_line(file)
            if last is None or isinstance(last, Seal):
                return
            _write(file, self._sealed(seq + 1, at, previous))
            os.fsync(file.fileno())

    def _sealed(self, seq: int, at: str, previous: str) -> Seal:
        seal = Seal(seq=seq, at=at, previous=previous, key_id=key_id(self._key), mac="")
        mac = hmac.new(self._key, _canonical(seal), hashlib.sha256).hexdigest()
        return _hashed(msgspec.structs.replace(seal, mac=mac))

    def _opened(self) -> IO[bytes]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = os.fdopen(os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600), "r+b", buffering=0)
            fcntl.flock(file, fcntl.LOCK_EX)  # Let go when the file is closed.
        except OSError as error:
            raise AuditError(f"the audit log {self.path} cannot be written: {error}") from error
        return file

    def _end(self, file: IO[bytes]) -> tuple[int, str]:
        last = _last_line(file)
        return (0, _BEFORE_FIRST) if last is None else (last.seq, last.hash)


def verify(path: Path, key: bytes, *, head: str | None = None) -> Verification:
    """
    Walk the log and say where it was edited, cut, reordered or added to; raises :class:`AuditError`.

    *head*: the hash of a line that must be there, as an earlier verification gave it; a log cut before it shows.
    """
    findings: list[Finding] = []
    entries = seals = unsealed = 0
    seq, previous, seen = 0, _BEFORE_FIRST, head is None or head == _BEFORE_FIRST
    for number, line in _lines(path):
        if line is None:
            findings.append(Finding(line=number, problem="is no line of an audit log"))
            continue
        findings += [Finding(line=number, problem=problem) for problem in _flaws(line, seq, previous, key)]
        seq, previous, seen = line.seq, line.hash, seen or line.hash == head
        if isinstance(line, Seal):
            seals, unsealed = seals + 1, 0
        else:
            entries, unsealed = entries + 1, unsealed + 1
    if not seen:
        findings.append(Finding(line=seq, problem=f"the line with the hash {head} is not there: the log was cut"))
    return Verification(entries=entries, seals=seals, unsealed=unsealed, head=previous, findings=tuple(findings))


def key_id(key: bytes) -> str:
    """Return a name for *key* that tells nothing of it."""
    return hashlib.sha256(b"key:" + key).hexdigest()[:12]


def _flaws(line: Line, seq: int, previous: str, key: bytes) -> Iterator[str]:
    if line.seq != seq + 1:
        yield f"has number {line.seq} after {seq}: lines were removed, added or put elsewhere"
    if line.previous != previous:
        yield "does not follow the line before it: one of the two was changed, removed or put elsewhere"
    if _hashed(line).hash != line.hash:
        yield "was changed: it does not come to its own hash"
    if isinstance(line, Seal):
        if line.key_id != key_id(key):
            yield f"was sealed with the key {line.key_id}, which is not the one given ({key_id(key)})"
        elif not hmac.compare_digest(
            line.mac,
            hmac.new(key, _canonical(msgspec.structs.replace(line, mac="", hash="")), hashlib.sha256).hexdigest(),
        ):
            yield "is a seal that the key did not make"


def _canonical(line: Line) -> bytes:
    return msgspec.json.encode(line, order="sorted")


def _hashed(line: L) -> L:
    digest = hashlib.sha256(_canonical(msgspec.structs.replace(line, hash=""))).hexdigest()
    return msgspec.structs.replace(line, hash=digest)


def _write(file: IO[bytes], line: Line) -> None:
    file.write(_canonical(line) + b"\n")


def _last_line(file: IO[bytes]) -> Line | None:
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - _TAIL_BYTES))
    lines = file.read().splitlines()
    if not lines:
        return None
    try:
        return _decoder.decode(lines[-1])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise AuditError(
            f"{file.name} ends with what is no line of an audit log: a write was cut off, or somebody changed it; keep "
            "the file as evidence and begin a new one elsewhere"
        ) from error


def _lines(path: Path) -> Iterator[tuple[int, Line | None]]:
    try:
        with path.open("rb") as file:
            for number, text in enumerate(file, start=1):
                try:
                    yield number, _decoder.decode(text)
                except (msgspec.MsgspecError, UnicodeDecodeError):
                    yield number, None
    except OSError as error:
        raise AuditError(f"the audit log {path} cannot be read: {error}") from error


def _new_key(path: Path) -> bytes:
    key = secrets.token_bytes(_KEY_BYTES)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(key.hex() + "\n")
    except OSError as error:
        raise AuditError(f"the audit key {path} cannot be made: {error}") from error
    return key
