"""
Who may do what: tokens, their scopes, and what is kept from those without the scope for it.

A token is ``fw_<id>_<secret>``, shown once.  Kept are its name and the SHA-256 of the secret: 256 random bits need no
slow hash.  The file of tokens is read again whenever it changes, so a revocation holds from the next request on.

With no token at all, a server on loopback answers reading and public quotes without one; whatever changes
something, and confidential floors, need a token.  A server that listens elsewhere does not start without tokens.
"""

import fcntl
import hashlib
import hmac
import os
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from alerts.actions import Instant, Name
from alerts.model import Alert

_PREFIX: Final = "fw"
_ID_BYTES: Final = 6
_SECRET_BYTES: Final = 32
_TOKEN_LENGTH_MAX: Final = 200

CONFIDENTIAL_STATUSES: Final = frozenset({"contractual"})
"""Statuses of floors that are between parties, and nobody else's business."""
RESTRICTED: Final = "restricted"
"""The visibility of a floor that is confidential whatever its status."""
WITHHELD: Final = "withheld: it stands on a confidential floor, which the scope floors shows"


class Scope(StrEnum):
    """What a token allows; ``admin`` allows everything."""

    READ = "read"
    ACK = "ack"
    """Acknowledge, assign, comment, close and reopen."""
    SILENCE = "silence"
    FLOORS = "floors"
    """See confidential floors, in quotes and in what alerts state of them."""
    ADMIN = "admin"


class AccessError(Exception):
    """Raised where a caller may not do something; says why and what to do."""


class UnauthenticatedError(AccessError):
    """Raised where nobody knows who is calling: no token, an unknown, expired or revoked one."""


class ForbiddenError(AccessError):
    """Raised where the caller is known and lacks a scope."""

    def __init__(self, message: str, scope: Scope) -> None:
        super().__init__(message)
        self.scope = scope


class TokenError(ValueError):
    """Raised for tokens that cannot be made, or a file of them that cannot be used."""


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token as it is kept: nothing of it can be used to call."""

    id: str
    name: Name
    """Whose it is; the actor of what is done with it."""
    scopes: tuple[Scope, ...]
    sha256: str
    created_at: Instant
    expires_at: Instant | None = None
    revoked_at: Instant | None = None


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who is calling, and what they may do."""

    name: str
    token: str | None
    """Its id."""
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        """Return whether the caller has *scope*."""
        return scope in self.scopes or Scope.ADMIN in self.scopes

    def must(self, scope: Scope) -> None:
        """Raise where the caller lacks *scope*: :class:`UnauthenticatedError` where nobody knows who it is."""
        if self.may(scope):
            return
        if self.token is None:
            raise UnauthenticatedError(
                f"this needs a token with the scope {scope}: make one with floorwatch tokens create and send it as "
                "Authorization: Bearer fw_..."
            )
        raise ForbiddenError(
            f"the token of {self.name} has the scopes {', '.join(sorted(self.scopes)) or 'none'}, this needs {scope}: "
            "ask for a token that has it",
            scope,
        )


ANONYMOUS: Final = Caller(name="anonymous", token=None, scopes=frozenset({Scope.READ}))
"""Whoever calls a loopback server that has no tokens."""


class TokenFile:
    """
    Tokens in a JSON file that only its owner may read.

    Several processes may share it: it is replaced whole, under a lock.  Methods raise :class:`TokenError` for a file
    that cannot be read or others may write to.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read_at: tuple[int, int, int] | None = None
        self._tokens: tuple[Token, ...] = ()

    def tokens(self) -> tuple[Token, ...]:
        """Return every token, the revoked too; none where there is no file."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            self._read_at, self._tokens = None, ()
            return ()
        stamp = (found.st_mtime_ns, found.st_ino, found.st_size)
        if stamp != self._read_at:
            if found.st_mode & 0o022:
                raise TokenError(f"{self.path} may be written by others: chmod 600 {self.path}")
            self._tokens, self._read_at = self._load(), stamp
        return self._tokens

    def create(
        self, name: str, scopes: Sequence[Scope], *, created_at: str, expires_at: str | None = None
    ) -> tuple[str, Token]:
        """Make a token; return its text, which is kept nowhere, and what is kept."""
        if not name.strip() or not scopes:
            raise TokenError("a token has a name, which says whose it is, and at least one scope")
        if expires_at is not None and expires_at <= created_at:
            raise TokenError(f"the token would have expired already: {expires_at}")
        token_id, secret = secrets.token_hex(_ID_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
        token = Token(
            id=token_id,
            name=name.strip(),
            scopes=tuple(sorted(set(scopes))),
            sha256=_digest(secret),
            created_at=created_at,
            expires_at=expires_at,
        )
        with self._locked() as tokens:
            self._write((*tokens, token))
        return f"{_PREFIX}_{token_id}_{secret}", token

    def revoke(self, token_id: str, *, at: str) -> Token:
        """Revoke a token and return it; one that was revoked stays as it is.  Raises :class:`TokenError`."""
        with self._locked() as tokens:
            for place, token in enumerate(tokens):
                if token.id == token_id:
                    revoked = token if token.revoked_at else replace(token, revoked_at=at)
                    self._write((*tokens[:place], revoked, *tokens[place + 1 :]))
                    return revoked
        raise TokenError(f"there is no token {token_id!r}: floorwatch tokens list shows those there are")

    def caller(self, text: str | None, *, now: str) -> Caller:
        """
        Return who sends the token *text*; :data:`ANONYMOUS` where none is sent and there are none.

        Raises :class:`UnauthenticatedError`, always in the same words for a token that is not one of these.
        """
        tokens = self.tokens()
        if text is None:
            if not tokens:
                return ANONYMOUS
            raise UnauthenticatedError("this needs a token: send it as Authorization: Bearer fw_...")
        token_id, secret = _parts(text)
        token = next((each for each in tokens if each.id == token_id), None)
        # Compared also where there is no such token, so that an answer's time does not tell which ids there are.
        known = hmac.compare_digest(_digest(secret), token.sha256 if token else _digest(""))
        if token is None or not known:
            raise UnauthenticatedError("the token is none that this server knows: check that it is complete")
        if token.revoked_at is not None:
            raise UnauthenticatedError(f"the token was revoked at {token.revoked_at}: ask for a new one")
        if token.expires_at is not None and token.expires_at <= now:
            raise UnauthenticatedError(f"the token expired at {token.expires_at}: ask for a new one")
        return Caller(name=token.name, token=token.id, scopes=frozenset(token.scopes))

    def holds(self, caller: Caller, *, now: str) -> bool:
        """Return whether *caller*, who was known before, would still be: for connections that stay open."""
        tokens = self.tokens()
        if caller.token is None:
            return not tokens
        token = next((each for each in tokens if each.id == caller.token), None)
        return token is not None and token.revoked_at is None and (token.expires_at is None or now < token.expires_at)

    def _load(self) -> tuple[Token, ...]:
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=tuple[Token, ...])
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise TokenError(f"{self.path} cannot be read as tokens: {error}") from error

    @contextmanager
    def _locked(self) -> Iterator[tuple[Token, ...]]:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self.tokens()

    def _write(self, tokens: tuple[Token, ...]) -> None:
        # A temporary file is its owner's alone from the start.
        descriptor, name = tempfile.mkstemp(dir=self.path.parent, prefix=".tokens-")
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(tokens)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(self.path)


def visible(alert: Alert, caller: Caller) -> Alert:
    """Return *alert* as *caller* may see it: without its figures where they tell a confidential floor."""
    if caller.may(Scope.FLOORS) or not is_confidential(alert):
        return alert
    return replace(
        alert, summary=f"{alert.rule.replace('_', ' ')}: figures {WITHHELD}", evidence={"withheld": WITHHELD}
    )


def is_confidential(alert: Alert) -> bool:
    """Return whether what *alert* states would tell a confidential floor."""
    return names_confidential(alert.evidence)


def names_confidential(value: Any) -> bool:
    """Return whether *value*, a JSON value, has the facts of a confidential floor anywhere in it."""
    if isinstance(value, dict):
        confidential = value.get("status") in CONFIDENTIAL_STATUSES or value.get("visibility") == RESTRICTED
        return confidential or any(map(names_confidential, value.values()))
    return isinstance(value, list) and any(map(names_confidential, value))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _parts(text: str) -> tuple[str, str]:
    prefix, _, rest = text.partition("_")
    token_id, _, secret = rest.partition("_")
    if prefix != _PREFIX or len(text) > _TOKEN_LENGTH_MAX:
        return "", ""
    return token_id, secret
