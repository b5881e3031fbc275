"""
Where alerts are kept for readers: the port, and the store in memory.

A store is a copy of the topic ``alerts``, which is the truth.  It is given changes with their offsets, any
of them any number of times, and ends in the same content: a change counts once, and the store remembers
how far it has read.  A store that was emptied is filled again from the topic, with the same offsets, so
that a reader's cursor stays good.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from alerts.filters import Selection
from alerts.heartbeat import Beat
from alerts.lifecycle import subject_id
from alerts.model import OPEN_STATES, Alert, AlertChange, encode_alert, standing

NOTHING_READ: Final = -1
"""The offset before the first."""
SCAN_MAX: Final = 5_000
"""Alerts that are looked at for one page: a narrow filter over a long history takes several pages, some empty."""


class StoreError(Exception):
    """Base of what a store raises; the message says what was tried, what was found and what to do."""


class StoreUnavailableError(StoreError):
    """Raised when the store does not answer, or cannot take writes now.  Nothing is lost: ask again later."""


class StoreAuthError(StoreError):
    """Raised when the store refuses the user, the password or the command.  Asking again changes nothing."""


class StoreBehindError(StoreError):
    """
    Raised when a store lacks changes that its writer took as stored: it was emptied, or an older copy came back.

    To do: read the topic again from the one after :attr:`last_offset` (from the beginning where that is None).
    """

    def __init__(self, last_offset: int | None, after: int) -> None:
        self.last_offset = last_offset
        self.after = after
        held = "holds no change at all" if last_offset is None else f"holds changes up to offset {last_offset}"
        super().__init__(f"the store {held}, not up to {after}: apply the changes in between first")


class Applied(NamedTuple):
    """What became of the changes handed over."""

    accepted: int
    duplicates: int


class Recorded(NamedTuple):
    """A change as the store holds it."""

    offset: int
    """Its place on the topic ``alerts``: a reader's cursor."""
    change: AlertChange


class Place(NamedTuple):
    """Where an alert stands in every listing; alerts come in falling order of it, and it never changes."""

    opened_s: int
    id: str


class Page(NamedTuple):
    """Some of the alerts wanted, and where the next page begins."""

    alerts: "tuple[Alert, ...]"
    after: Place | None
    """None: there are no more."""


class AlertFilter(Selection, frozen=True, kw_only=True):
    """Which alerts are wanted of a store, and how many."""

    limit: int | None = None
    """At most so many, the last opened first; raises :class:`ValueError` below 0."""

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 0:
            raise ValueError(f"a limit may be 0 or more, was {self.limit}")


EVERY_ALERT: Final = AlertFilter()


class AlertStore(Protocol):
    """
    What every store does; ``tests/functional/test_stores.py`` holds each of them to it.

    Every method may raise :class:`StoreUnavailableError` and :class:`StoreAuthError`.
    """

    async def apply(self, changes: Sequence[tuple[int, AlertChange]], *, after: int | None = None) -> Applied:
        """
        Take in *changes* with their offsets, in the order of the topic.

        A change is a duplicate if its offset was read before, or if the alert has had its ``seq``; the store
        still remembers having read it.  With *after*, raises :class:`StoreBehindError` and takes in nothing unless
        the store has read that offset: so a writer notices a store that lost what it had been given.
        """

    async def get(self, alert_id: str) -> Alert | None:
        """Return an alert, None where there is none of that id."""

    async def list(self, wanted: AlertFilter = EVERY_ALERT) -> Sequence[Alert]:
        """Return the alerts wanted, the last opened first, of one instant by id downwards; the retracted too."""

    async def page(self, wanted: AlertFilter, *, after: Place | None = None, limit: int) -> Page:
        """
        Return at most *limit* of the alerts wanted that come after a place, in the order of :meth:`list`.

        What opens meanwhile shifts nothing: no alert is on two pages, or on none.  A page may be short, even empty,
        and not the last one (``SCAN_MAX``).
        """

    async def episodes(self, subject: str) -> Sequence[Alert]:
        """Return every alert of a subject (:func:`alerts.lifecycle.subject_id`), the first opened first."""

    async def open_ids(self, wanted: AlertFilter = EVERY_ALERT) -> Sequence[str]:
        """Return the ids of the open alerts wanted, sorted."""

    async def history(self, alert_id: str) -> Sequence[Recorded]:
        """Return every change of an alert, in order."""

    async def read(self, after: int | None = None, limit: int | None = None) -> Sequence[Recorded]:
        """Return at most *limit* changes of all alerts, in order, past the offset *after* or from the first."""

    async def wait(self, after: int | None, seconds: float) -> None:
        """Return once there is a change past the offset *after*, or after that many seconds: less than five."""

    async def last_offset(self) -> int | None:
        """Return the last offset read, None where nothing was."""

    async def beat(self, beats: "Sequence[Beat]") -> None:
        """Take in heartbeats: of each partition the last is kept."""

    async def beats(self) -> "Sequence[Beat]":
        """Return the last heartbeat of each partition."""

    async def clear(self) -> None:
        """Forget everything, all at once."""

    async def digest(self) -> str:
        """Return :func:`digest_of` the alerts held."""

    async def aclose(self) -> None:
        """Let go of connections; the content stays where it is kept."""


def digest_of(alerts: Iterable[Alert]) -> str:
    """
    Return the SHA-256 of the standing alerts, one canonical JSON object a line, sorted by id.

    Two runs that found the same have the same; so has the file that ``floorwatch replay --out`` writes.
    """
    found = hashlib.sha256()
    for alert in standing(alerts):
        found.update(encode_alert(alert) + b"\n")
    return found.hexdigest()


def last_opened_first(alerts: Iterable[Alert], limit: int | None = None) -> list[Alert]:
    """Return at most *limit* of *alerts* in the order in which every store lists them."""
    return sorted(alerts, key=lambda alert: (opened_s(alert), alert.id), reverse=True)[:limit]


def place_of(alert: Alert) -> Place:
    """Return where *alert* stands in every listing."""
    return Place(opened_s(alert), alert.id)


def page_of(alerts: Iterable[Alert], after: Place | None, limit: int) -> Page:
    """Return the page of *alerts*, which are all there are, that comes after a place."""
    left = [each for each in last_opened_first(alerts) if after is None or place_of(each) < after]
    return Page(tuple(left[:limit]), place_of(left[limit - 1]) if len(left) > limit else None)


def opened_s(alert: Alert) -> int:
    """Return when *alert* opened, in seconds of the Unix epoch; event time."""
    return int(datetime.fromisoformat(alert.opened_at).timestamp())


class MemoryStore:
    """A store that lives as long as its process."""

    def __init__(self) -> None:
        self._alerts: dict[str, Alert] = {}
        self._seqs: dict[str, int] = {}
        self._stream: list[Recorded] = []
        self._read = NOTHING_READ
        self._beats: dict[int, Beat] = {}
        self._grown = asyncio.Event()

    async def apply(self, changes: Sequence[tuple[int, AlertChange]], *, after: int | None = None) -> Applied:
        """Take in *changes*: see :meth:`AlertStore.apply`."""
        if changes and after is not None and self._read < after:
            raise StoreBehindError(await self.last_offset(), after)
        accepted = sum(self._take(Recorded(*change)) for change in changes)
        self._grown.set()
        return Applied(accepted, len(changes) - accepted)

    async def get(self, alert_id: str) -> Alert | None:
        """Return an alert, None where there is none of that id."""
        return self._alerts.get(alert_id)

    async def list(self, wanted: AlertFilter = EVERY_ALERT) -> Sequence[Alert]:
        """Return the alerts wanted, the last opened first."""
        return last_opened_first(filter(wanted.matches, self._alerts.values()), wanted.limit)

    async def page(self, wanted: AlertFilter, *, after: Place | None = None, limit: int) -> Page:
        """Return the alerts wanted that come after a place: see :meth:`AlertStore.page`."""
        return page_of(filter(wanted.matches, self._alerts.values()), after, limit)

    async def episodes(self, subject: str) -> Sequence[Alert]:
        """Return every alert of a subject, the first opened first."""
        return [each for each in reversed(last_opened_first(self._alerts.values())) if subject_id(each) == subject]

    async def open_ids(self, wanted: AlertFilter = EVERY_ALERT) -> Sequence[str]:
        """Return the ids of the open alerts wanted, sorted."""
        found = (alert for alert in self._alerts.values() if alert.state in OPEN_STATES and wanted.matches(alert))
        return sorted(alert.id for alert in last_opened_first(found, wanted.limit))

    async def history(self, alert_id: str) -> Sequence[Recorded]:
        """Return every change of an alert, in order."""
        return [recorded for recorded in self._stream if recorded.change.alert_id == alert_id]

    async def read(self, after: int | None = None, limit: int | None = None) -> Sequence[Recorded]:
        """Return at most *limit* changes past the offset *after*."""
        start = NOTHING_READ if after is None else after
        return [recorded for recorded in self._stream if recorded.offset > start][:limit]

    async def wait(self, after: int | None, seconds: float) -> None:
        """Return once there is a change past *after*, or in time: see :meth:`AlertStore.wait`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self._stream or self._stream[-1].offset <= (NOTHING_READ if after is None else after):
                    self._grown.clear()
                    await self._grown.wait()

    async def last_offset(self) -> int | None:
        """Return the last offset read, None where nothing was."""
        return None if self._read == NOTHING_READ else self._read

    async def beat(self, beats: Sequence[Beat]) -> None:
        """Take in heartbeats."""
        self._beats |= {each.partition: each for each in beats}

    async def beats(self) -> Sequence[Beat]:
        """Return the last heartbeat of each partition."""
        return list(self._beats.values())

    async def clear(self) -> None:
        """Forget everything."""
        self._alerts.clear()
        self._beats.clear()
        self._seqs.clear()
        self._stream.clear()
        self._read = NOTHING_READ

    async def digest(self) -> str:
        """Return :func:`digest_of` the alerts held."""
        return digest_of(self._alerts.values())

    async def aclose(self) -> None:
        """Do nothing: there is nothing to let go of."""

    def _take(self, recorded: Recorded) -> bool:
        """Take in one change and return whether it was new."""
        if recorded.offset <= self._read:
            return False
        self._read = recorded.offset
        change = recorded.change
        if change.seq <= self._seqs.get(change.alert_id, 0):
            return False
        self._alerts[change.alert_id], self._seqs[change.alert_id] = change.alert, change.seq
        self._stream.append(recorded)
        return True
