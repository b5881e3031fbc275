"""
The endpoints, how far each has come, and what could not be delivered: one SQLite file that only its owner may read.

A process that is killed leaves a file that is right: a delivery is written down when it has been accepted, before the
next begins.  Between the two it may be killed, and the receiver gets that change again, with the same id.
"""

import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from alerts.cursors import Cursor, parse_cursor
from alerts.delivery.signing import new_secret
from alerts.filters import EVERYTHING, Selection

_BUSY_S: Final = 10.0
_ID_BYTES: Final = 6
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS endpoints (
    id TEXT PRIMARY KEY,
    endpoint BLOB NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    disabled TEXT,
    cursor TEXT,
    failures INTEGER NOT NULL DEFAULT 0,
    due_s REAL NOT NULL DEFAULT 0,
    trouble TEXT,
    delivered INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS dead_letters (
    endpoint TEXT NOT NULL REFERENCES endpoints ON DELETE CASCADE,
    position INTEGER NOT NULL,
    change TEXT NOT NULL,
    at TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    trouble TEXT NOT NULL,
    wanted INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (endpoint, position)
) STRICT;
"""


class EndpointError(ValueError):
    """Raised for an endpoint that is none, or a file that cannot be used; says what to do."""


class Kind(StrEnum):
    """How an endpoint is delivered to."""

    WEBHOOK = "webhook"
    NOTIFY = "notify"
    """By Apprise: mail, chat and the like."""


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """A key that deliveries are signed with."""

    key: str
    retires_at: str | None = None
    """Until when it is used beside a newer one."""


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where to deliver, and what."""

    id: str
    kind: Kind
    url: str
    wanted: Selection = EVERYTHING
    only_news: bool = False
    """Only what interrupts somebody: what is silenced, acknowledged, inhibited or no news is left out."""
    heartbeats: bool = False
    """Whether it is sent synthetic heartbeats too."""
    floors: bool = False
    """Whether it may see confidential floors."""
    secrets: tuple[Secret, ...] = ()
    created_at: str
    description: str = ""

    def keys(self, now: str) -> list[str]:
        """Return the keys that sign at *now*, the newest first."""
        return [each.key for each in self.secrets if each.retires_at is None or now < each.retires_at]


class EndpointState(NamedTuple):
    """How an endpoint stands."""

    endpoint: Endpoint
    version: int
    """Counts what people changed."""
    disabled: str | None
    """Why nothing is delivered; None while it is."""
    cursor: Cursor | None
    """The last change that was delivered, or left out; None: it has not begun."""
    failures: int
    """Of the change after the cursor, so far."""
    due_s: float
    """When that is tried again, seconds of the Unix epoch."""
    trouble: str | None
    """How the last attempt failed."""
    delivered: int
    dead: int
    """Dead letters."""


class DeadLetter(NamedTuple):
    """A change that an endpoint did not get."""

    offset: int
    change_id: str
    at: str
    attempts: int
    trouble: str
    wanted: int
    """1 where it is to be tried once more, else 0."""


class EndpointBook:
    """The file; one process delivers by it, any number may look at it and change it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            self._db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
            for each in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", "PRAGMA foreign_keys=ON"):
                self._db.execute(each)
            self._db.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise EndpointError(f"{path} cannot be used for endpoints: {error}") from error

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    # -- what people do ------------------------------------------------------------------------------------------

    def add(
        self, url: str, *, created_at: str, kind: Kind = Kind.WEBHOOK, after: Cursor | None, **more: Any
    ) -> Endpoint:
        """Add an endpoint, with a secret of its own, and return it; *more* are its other fields."""
        signed = (Secret(key=new_secret()),) if kind is Kind.WEBHOOK else ()
        made = Endpoint(
            id=secrets.token_hex(_ID_BYTES), kind=kind, url=url, created_at=created_at, secrets=signed, **more
        )
        with self._writing() as db:
            cursor = None if after is None else str(after)
            db.execute("INSERT INTO endpoints (id, endpoint, cursor) VALUES (?, ?, ?)", (made.id, _json(made), cursor))
        return made

    def remove(self, endpoint_id: str) -> Endpoint:
        """Remove an endpoint, its dead letters too, and return it."""
        found = self.state(endpoint_id).endpoint
        with self._writing() as db:
            db.execute("DELETE FROM endpoints WHERE id = ?", (endpoint_id,))
        return found

    def rotate(self, endpoint_id: str, *, retires_at: str) -> Endpoint:
        """Give an endpoint a new secret; the ones it has sign beside it until *retires_at*."""
        held = self.state(endpoint_id).endpoint
        old = tuple(Secret(key=each.key, retires_at=each.retires_at or retires_at) for each in held.secrets)
        return self._replace(msgspec.structs.replace(held, secrets=(Secret(key=new_secret()), *old)))

    def enable(self, endpoint_id: str) -> None:
        """Deliver again, from where it stopped, at once."""
        self.state(endpoint_id)
        self._set(endpoint_id, "disabled = NULL, failures = 0, due_s = 0, version = version + 1")

    def replay_from(self, endpoint_id: str, cursor: Cursor) -> None:
        """Deliver again everything past *cursor*, with the same ids."""
        self.state(endpoint_id)
        self._set(endpoint_id, "cursor = ?, failures = 0, due_s = 0, version = version + 1", str(cursor))

    def replay_dead(self, endpoint_id: str, change_id: str | None = None) -> int:
        """Have dead letters tried once more, all or one; return how many."""
        self.state(endpoint_id)
        with self._writing() as db:
            found = db.execute(
                "UPDATE dead_letters SET wanted = 1 WHERE endpoint = ? AND (? IS NULL OR change = ?)",
                (endpoint_id, change_id, change_id),
            )
            db.execute("UPDATE endpoints SET version = version + 1 WHERE id = ?", (endpoint_id,))
            return found.rowcount

    # -- what there is -------------------------------------------------------------------------------------------

    def states(self) -> Sequence[EndpointState]:
        """Return every endpoint, the first added first."""
        return [_state(row) for row in self._db.execute(f"{_SELECT} ORDER BY rowid")]

    def state(self, endpoint_id: str) -> EndpointState:
        """Return one endpoint; raises :class:`EndpointError` where there is none of that id."""
        with closing(self._db.execute(f"{_SELECT} WHERE id = ?", (endpoint_id,))) as found:
            row = found.fetchone()
        if row is None:
            raise EndpointError(f"there is no endpoint {endpoint_id!r}: floorwatch webhooks list shows those there are")
        return _state(row)

    def versions(self) -> dict[str, int]:
        """Return the endpoints that are delivered to, and how often each was changed."""
        return dict(self._db.execute("SELECT id, version FROM endpoints WHERE disabled IS NULL"))

    def dead_letters(self, endpoint_id: str) -> Sequence[DeadLetter]:
        """Return what an endpoint did not get, in order."""
        rows = self._db.execute(
            "SELECT position, change, at, attempts, trouble, wanted FROM dead_letters WHERE endpoint = ? "
            "ORDER BY position",
            (endpoint_id,),
        )
        return [DeadLetter(*row) for row in rows]

    # -- what couriers do ----------------------------------------------------------------------------------------

    def move(self, endpoint_id: str, cursor: Cursor, *, delivered: int = 0) -> None:
        """Write down that everything up to *cursor* was delivered or left out."""
        change = "cursor = ?, failures = 0, due_s = 0, delivered = delivered + ?"
        if delivered:
            change += ", trouble = NULL"
        self._set(endpoint_id, change, str(cursor), delivered)

    def failed(self, endpoint_id: str, *, failures: int, due_s: float, trouble: str) -> None:
        """Write down that an attempt failed and when the next one is due."""
        self._set(endpoint_id, "failures = ?, due_s = ?, trouble = ?", failures, due_s, trouble)

    def disable(self, endpoint_id: str, why: str) -> None:
        """Deliver nothing more until somebody enables it; it goes on where it stopped."""
        self._set(endpoint_id, "disabled = ?, trouble = ?", why, why)

    def bury(self, endpoint_id: str, letter: DeadLetter) -> None:
        """Keep a change that could not be delivered; one that is kept already is not wanted any more."""
        with self._writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO dead_letters (endpoint, position, change, at, attempts, trouble, wanted) "
                "VALUES (?, ?, ?, ?, ?, ?, 0)",
                (endpoint_id, letter.offset, letter.change_id, letter.at, letter.attempts, letter.trouble),
            )

    def raised(self, endpoint_id: str, offset: int) -> None:
        """Forget a dead letter that was delivered after all."""
        with self._writing() as db:
            db.execute("DELETE FROM dead_letters WHERE endpoint = ? AND position = ?", (endpoint_id, offset))

    # -- the file ------------------------------------------------------------------------------------------------

    def _replace(self, endpoint: Endpoint) -> Endpoint:
        self._set(endpoint.id, "endpoint = ?, version = version + 1", _json(endpoint))
        return endpoint

    def _set(self, endpoint_id: str, change: str, *values: object) -> None:
        with self._writing() as db:
            db.execute(f"UPDATE endpoints SET {change} WHERE id = ?", (*values, endpoint_id))  # noqa: S608 - ours

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._db
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


_SELECT: Final = (
    "SELECT endpoint, version, disabled, cursor, failures, due_s, trouble, delivered, "
    "(SELECT count(*) FROM dead_letters WHERE endpoint = endpoints.id) FROM endpoints"
)


def _state(row: tuple[Any, ...]) -> EndpointState:
    endpoint, version, disabled, cursor, *rest = row
    return EndpointState(
        msgspec.json.decode(endpoint, type=Endpoint),
        version,
        disabled,
        None if cursor is None else parse_cursor(cursor),
        *rest,
    )


def _json(endpoint: Endpoint) -> bytes:
    return msgspec.json.encode(endpoint)
