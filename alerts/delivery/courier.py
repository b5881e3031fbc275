"""Couriers: one task an endpoint, one delivery at a time, from where the endpoint's cursor is."""

import asyncio
import fcntl
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final, TextIO, TypeVar

import msgspec
from msgspec.structs import replace

from alerts.access import Caller, Scope, visible
from alerts.clock import utc_now, utc_seconds
from alerts.cursors import START, Cursor
from alerts.delivery.endpoints import DeadLetter, Endpoint, EndpointBook, Kind
from alerts.delivery.interruptions import Interruptions
from alerts.delivery.schedule import DELAYS_S, delay_s
from alerts.delivery.sending import Attempt, Outcome, Parcel, Sender
from alerts.envelope import encode_event, gap_event
from alerts.filters import EVERYTHING
from alerts.hints import HintKind
from alerts.hub import Batch, Frame, Gap, Hub
from alerts.metrics.catalogue import (
    API_CHANGES_SENT,
    API_CURSOR_LAG,
    API_DELIVERY,
    API_GAPS,
    API_SUBSCRIBERS,
    API_WEBHOOK_ATTEMPTS,
    API_WEBHOOK_OLDEST,
    API_WEBHOOK_PENDING,
)
from alerts.metrics.meter import ApiMetrics
from alerts.store import Recorded, StoreError

T = TypeVar("T")

log: Final = logging.getLogger(__name__)

LOOK_S: Final = 1.0
"""How often the file is looked at for what people changed, and the lock for whether it is free."""
STORE_RETRY_S: Final = 0.5
TRANSPORT: Final = "webhook"
_DICE: Final = 1 << 30


def plain_event(_: Frame, event: bytes) -> bytes:
    """Return a change as the JSON of its event."""
    return event


class DisabledError(Exception):
    """Raised where an endpoint gets nothing more until somebody enables it."""


class Courier:
    """Delivers to one endpoint for as long as :meth:`run` runs."""

    def __init__(
        self,
        endpoint: Endpoint,
        book: EndpointBook,
        hub: Hub,
        sender: Sender,
        metrics: ApiMetrics,
        *,
        interruptions: Interruptions,
        delays: Sequence[float] = DELAYS_S,
    ) -> None:
        self.delivered = START
        """How far it has come."""
        self.waiting_since_s: float | None = None
        """Since when a change waits for being delivered, on the hub's clock."""
        self._endpoint = endpoint
        self._book = book
        self._hub = hub
        self._sender = sender
        self._metrics = metrics
        self._interruptions = interruptions
        self._delays = delays
        scopes = {Scope.READ, Scope.FLOORS} if endpoint.floors else {Scope.READ}
        self._hinted = hub.hints.last
        self._caller = Caller(name=endpoint.id, token=None, scopes=frozenset(scopes))

    async def run(self) -> None:
        """Deliver until cancelled, or until the endpoint is disabled."""
        await self._hub.started()
        endpoint_id = self._endpoint.id
        held = self._book.state(endpoint_id).cursor
        # What decides by the history has to see all of it.
        wanted = EVERYTHING if self._endpoint.only_news else self._endpoint.wanted
        subscription = self._hub.subscribe(held, wanted, transport=TRANSPORT)
        self.delivered = subscription.cursor
        if held is None:
            self._book.move(endpoint_id, self.delivered)
        if self._endpoint.only_news:
            await self._patiently(lambda: self._interruptions.begin(self.delivered))
        with subscription:
            try:
                await self._patiently(self._raise_dead)
                while True:
                    match await self._patiently(subscription.take):
                        case Gap() as gap:
                            await self._gap(gap)
                        case Batch() as batch:
                            await self._batch(batch)
                    if self._endpoint.heartbeats:
                        await self._beat()
            except DisabledError as why:
                log.warning("endpoint %s gets nothing more: %s", endpoint_id, why)
                self._book.disable(endpoint_id, str(why))

    async def _batch(self, batch: Batch) -> None:
        for frame in batch.frames:
            sent = 0
            if await self._is_wanted(frame):
                self.waiting_since_s = self._hub.clock()
                sent = int(await self._deliver(self._parcel(frame)))
                self.waiting_since_s = None
                self._measure(frame, sent)
            self._come_to(frame.cursor, sent)
        if batch.cursor != self.delivered:
            self._come_to(batch.cursor, 0)

    async def _is_wanted(self, frame: Frame) -> bool:
        if not self._endpoint.only_news:
            return True
        notification = await self._patiently(lambda: self._interruptions.of(frame.recorded))
        return notification.sent and self._endpoint.wanted.matches(frame.recorded.change.alert)

    async def _deliver(self, parcel: Parcel) -> bool:
        """Try until it is delivered or, refused, a dead letter; return which.  Raises :class:`DisabledError`."""
        failures = self._book.state(self._endpoint.id).failures
        while True:
            await self._until_due()
            attempt = await self._try(parcel)
            if attempt.outcome is Outcome.DELIVERED:
                return True
            if attempt.outcome is Outcome.GONE:
                raise DisabledError(attempt.detail)
            failures += 1
            refused = attempt.outcome is Outcome.REFUSED
            wait_s = delay_s(
                failures, refused=refused, retry_after_s=attempt.retry_after_s, roll=_roll, delays=self._delays
            )
            if wait_s is None and refused:
                self._bury(parcel, failures, attempt.detail)
                return False
            if wait_s is None:
                # Nothing was accepted for days: nor will the next change be.  It stays the next one.
                raise DisabledError(f"{attempt.detail}, {failures} times in a row")
            due_s = utc_seconds() + wait_s
            self._book.failed(self._endpoint.id, failures=failures, due_s=due_s, trouble=attempt.detail)

    async def _try(self, parcel: Parcel) -> Attempt:
        attempt = await self._sender.send(self._endpoint, parcel)
        self._metrics.add(API_WEBHOOK_ATTEMPTS, attempt.outcome)
        return attempt

    async def _until_due(self) -> None:
        wait_s = self._book.state(self._endpoint.id).due_s - utc_seconds()
        if wait_s > 0:
            await asyncio.sleep(wait_s)

    def _measure(self, frame: Frame, sent: int) -> None:
        if sent:
            self._metrics.add(API_CHANGES_SENT, TRANSPORT)
            self._metrics.observe(API_DELIVERY, self._hub.clock() - frame.read_s, TRANSPORT)

    def _bury(self, parcel: Parcel, attempts: int, trouble: str) -> None:
        self._metrics.add(API_WEBHOOK_ATTEMPTS, "dead")
        log.warning("%s is a dead letter of endpoint %s: %s", parcel.id, self._endpoint.id, trouble)
        if parcel.recorded is not None:
            letter = DeadLetter(parcel.recorded.offset, parcel.id, utc_now(), attempts, trouble, wanted=0)
            self._book.bury(self._endpoint.id, letter)

    async def _beat(self) -> None:
        """Send the heartbeats that came through meanwhile, each once: one that is not taken is followed by another."""
        found = self._hub.hints.after(self._hinted)
        self._hinted = found[-1].number if found else self._hinted
        for each in found:
            if each.kind is HintKind.HEARTBEAT:
                event_id = str(msgspec.json.decode(each.event)["id"])
                await self._try(Parcel(event_id, each.event, None))

    async def _raise_dead(self) -> None:
        """Try once more what somebody asked for among the dead letters."""
        for letter in self._book.dead_letters(self._endpoint.id):
            if not letter.wanted:
                continue
            found = await self._hub.store.read(letter.offset - 1, 1)
            if not found or found[0].change.id != letter.change_id:
                self._book.bury(self._endpoint.id, letter._replace(trouble="it is no longer kept"))
                continue
            attempt = await self._try(self._parcel(self._hub.frame(found[0])))
            if attempt.outcome is Outcome.DELIVERED:
                self._book.raised(self._endpoint.id, letter.offset)
            else:
                tried = letter._replace(attempts=letter.attempts + 1, trouble=attempt.detail)
                self._book.bury(self._endpoint.id, tried)

    async def _gap(self, gap: Gap) -> None:
        """Tell the receiver that it missed changes; what follows begins with the first that is kept."""
        self._metrics.add(API_GAPS, TRANSPORT)
        log.warning("endpoint %s missed changes after %s: %s", self._endpoint.id, gap.requested, gap.reason)
        told = gap_event(
            self._hub.namespace, requested=str(gap.requested), reason=gap.reason, first=gap.first, at=utc_now()
        )
        await self._deliver(Parcel(told.id, encode_event(told), None))

    def _parcel(self, frame: Frame) -> Parcel:
        change = frame.recorded.change
        seen = replace(change, alert=visible(change.alert, self._caller))
        return Parcel(change.id, frame.encoded(plain_event, self._caller), Recorded(frame.offset, seen))

    def _come_to(self, cursor: Cursor, sent: int) -> None:
        self.delivered = cursor
        self._book.move(self._endpoint.id, cursor, delivered=sent)

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask the store until it answers."""
        while True:
            try:
                return await ask()
            except StoreError:
                await asyncio.sleep(STORE_RETRY_S)


class Couriers:
    """
    A courier for every endpoint in the file, as the file changes.

    Of the processes that share a file one delivers, and the next takes over when it ends: the lock is the system's, so
    it also ends with a process that is killed.
    """

    def __init__(
        self,
        book: EndpointBook,
        hub: Hub,
        senders: Mapping[Kind, Sender],
        metrics: ApiMetrics,
        *,
        interruptions: Callable[[], Interruptions],
        delays: Sequence[float] = DELAYS_S,
    ) -> None:
        self._book = book
        self._hub = hub
        self._senders = senders
        self._metrics = metrics
        self._interruptions = interruptions
        self._delays = delays
        self._running: dict[str, tuple[int, Courier, asyncio.Task[None]]] = {}

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with self._alone():
            try:
                while True:
                    self._look()
                    await asyncio.sleep(LOOK_S)
            finally:
                await self._end(list(self._running))
                await asyncio.gather(*(each.aclose() for each in self._senders.values()))

    def refresh(self) -> None:
        """Bring the gauges up to date."""
        couriers = [courier for _, courier, _ in self._running.values()]
        end, now = self._hub.position.offset, self._hub.clock()
        waits = [now - each.waiting_since_s for each in couriers if each.waiting_since_s is not None]
        self._metrics.set(API_SUBSCRIBERS, len(couriers), TRANSPORT)
        self._metrics.set(API_CURSOR_LAG, max((end - each.delivered.offset for each in couriers), default=0), TRANSPORT)
        self._metrics.set(API_WEBHOOK_PENDING, sum(max(0, end - each.delivered.offset) for each in couriers))
        self._metrics.set(API_WEBHOOK_OLDEST, max(waits, default=0))

    def _look(self) -> None:
        versions = self._book.versions()
        for endpoint_id, (version, _, task) in list(self._running.items()):
            if task.done() or versions.get(endpoint_id) != version:
                task.cancel()
                del self._running[endpoint_id]
                if task.done() and not task.cancelled() and task.exception() is not None:
                    log.error(
                        "the courier of endpoint %s failed and starts again", endpoint_id, exc_info=task.exception()
                    )
        for endpoint_id in versions.keys() - self._running.keys():
            state = self._book.state(endpoint_id)
            courier = Courier(
                state.endpoint,
                self._book,
                self._hub,
                self._senders[state.endpoint.kind],
                self._metrics,
                interruptions=self._interruptions(),
                delays=self._delays,
            )
            self._running[endpoint_id] = state.version, courier, asyncio.create_task(courier.run())

    async def _end(self, endpoint_ids: Sequence[str]) -> None:
        tasks = [self._running.pop(each)[2] for each in endpoint_ids]
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        with self._book.path.with_suffix(".lock").open("w") as lock:
            while not _locked(lock):  # noqa: ASYNC110 - another process has it
                await asyncio.sleep(LOOK_S)
            yield


def _locked(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _roll() -> float:
    return secrets.randbelow(_DICE) / _DICE
