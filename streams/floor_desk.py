"""
The floor question over HTTP: the book that quotes go by, read again now and then, and what of it is confidential.

``alerts`` knows nothing of floors; this is handed to it.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import date
from typing import Any, Final

import msgspec

from alerts.access import CONFIDENTIAL_STATUSES
from alerts.quoting import NoQuoteError, QuoteAnswer, QuoteQuestion, as_answer
from streams import quote as quotes
from streams.normalise import Normaliser
from streams.reference.book import ReferenceBook
from streams.reference.floors import Floor
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
    return isinstance(entry, Floor) and str(entry.status) in CONFIDENTIAL_STATUSES


def _asked(question: QuoteQuestion) -> quotes.Question:
    given: dict[str, Any] = msgspec.structs.asdict(question)
    try:
        day = date.fromisoformat(given.pop("date"))
    except ValueError as error:
        raise NoQuoteError(
            "not_a_day", f"{question.date!r} is no day: write it as 2025-03-31", is_question_wrong=True
        ) from error
    return quotes.Question(day=day, **given)
