"""
The floor question over HTTP: the book that quotes go by, read again now and then, and what of it is confidential.

``alerts`` knows nothing of floors; this is handed to it.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final

import msgspec

from alerts.access import names_confidential
from alerts.floor_board import StandingFloor
from alerts.quoting import NoQuoteError, QuoteAnswer, QuoteQuestion, as_answer
from streams import quote as quotes
from streams.normalise import Normaliser
from streams.reference.book import ReferenceBook
from streams.reference.floors import Floor, Scope
from streams.reference.wire import Entry
from streams.routing import RefusedError

log: Final = logging.getLogger(__name__)

REFRESH_S: Final = 60.0


class FloorDesk:
    """
    Answers floor questions by the book that *load* reads, in a thread, at most every ``REFRESH_S`` seconds.

    A book that cannot be read again goes on being used; the first one must be there.
    """

    def __init__(self, load: Callable[[], ReferenceBook], *, hindsight: bool = False) -> None:
        self._load = load
        self._hindsight = hindsight
        self._reading = asyncio.Lock()
        self._take(load())

    async def __call__(self, question: QuoteQuestion, *, confidential: bool) -> QuoteAnswer:
        """Answer *question*, with the confidential floors or as if they were not; raises :class:`NoQuoteError`."""
        await self._refresh()
        try:
            return as_answer(quotes.quote(_asked(question), self._all if confidential else self._public).as_json())
        except RefusedError as error:
            raise NoQuoteError(str(error.reason), str(error), is_question_wrong=True) from error
        except quotes.NoQuoteError as error:
            raise NoQuoteError(str(error.reason), str(error)) from error
        except ValueError as error:
            raise NoQuoteError("not_a_decimal", str(error), is_question_wrong=True) from error

    async def floors(self, day: str, *, confidential: bool) -> Sequence[StandingFloor]:
        """
        Return the floors that hold on *day*, without the confidential ones or with them, by product and id.

        Raises :class:`alerts.quoting.NoQuoteError` where *day* is none.
        """
        await self._refresh()
        on = _day(day)
        book = (self._all if confidential else self._public).book.floors
        return [_standing(floor) for product in book.products() for floor in book.in_force(product, day=on)]

    async def _refresh(self) -> None:
        async with self._reading:
            if time.monotonic() - self._read_at < REFRESH_S:
                return
            try:
                book = await asyncio.to_thread(self._load)
            except Exception as error:  # noqa: BLE001 - whatever it is, the book at hand is still good
                log.warning("reference data cannot be read again, the last is still used: %s", error)
                book = self._all.book
            # A new normaliser also forgets what it worked out for the questions so far.
            self._take(book)

    def _take(self, book: ReferenceBook) -> None:
        public = ReferenceBook(entries=[each for each in book if not _is_confidential(each)])
        self._all = Normaliser(book, hindsight=self._hindsight)
        self._public = Normaliser(public, hindsight=self._hindsight)
        self._read_at = time.monotonic()


def _is_confidential(entry: Entry) -> bool:
    """Return whether *entry* is a floor that an alert would be confidential for."""
    return isinstance(entry, Floor) and names_confidential(entry.facts())


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is no day: write it as 2025-03-31"
        raise NoQuoteError("not_a_day", message, is_question_wrong=True) from error


def _asked(question: QuoteQuestion) -> quotes.Question:
    given: dict[str, Any] = msgspec.structs.asdict(question)
    day = _day(given.pop("date"))
    return quotes.Question(day=day, **given)


def _standing(floor: Floor) -> StandingFloor:
    return StandingFloor(
        floor=floor.name,
        product=floor.product,
        zone=floor.zone_id,
        status="suspended" if floor.suspended else str(floor.status),
        instrument=str(floor.instrument),
        value=floor.value,
        currency=floor.currency,
        unit=floor.unit,
        content_basis=floor.content_basis,
        incoterm=floor.incoterm,
        scope=_scope(floor),
        effective_from=floor.effective_from.isoformat(),
        effective_to=floor.effective_to.isoformat() if floor.effective_to else None,
        authority=floor.issuing_authority,
        legal_basis=floor.legal_basis,
        source=floor.source,
        confidential=_is_confidential(floor),
    )


def _scope(floor: Floor) -> str:
    """Return whose goods *floor* is for, in words."""
    scope = floor.applies_to
    named = {
        Scope.ALL: "all origins",
        Scope.MEMBERS: f"members of {floor.zone_id}",
        Scope.NON_MEMBERS: f"all but members of {floor.zone_id}",
        Scope.ORIGINS: f"from {', '.join(scope.origins)}",
        Scope.EXPORTERS: f"{len(scope.exporters)} named exporters",
    }[scope.scope]
    return f"{named}, but not {', '.join(scope.except_origins)}" if scope.except_origins else named
