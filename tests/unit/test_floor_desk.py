"""The floor question as the API asks it: public floors for all, confidential ones for those who may."""

import pytest
from msgspec.structs import replace

from alerts.quoting import NoQuoteError, QuoteQuestion
from streams import floor_desk
from streams.floor_desk import FloorDesk
from streams.reference.book import ReferenceBook
from streams.reference.floor import Floor, FloorStatus, Visibility
from streams.replay import DEFAULT_SCHEDULES, load_book

QUESTION = QuoteQuestion(
    product="silicon|metal",
    origin="CN",
    destination="GB",
    date="2025-12-31",
    price="1.52",
    currency="USD",
    unit="kg",
    incoterm="CIF",
)


@pytest.fixture(scope="module")
def shipped():
    """Return the shipped book."""
    return load_book(DEFAULT_SCHEDULES)


def with_every_floor(book, **fields):
    """Return *book* with every floor changed."""
    return ReferenceBook(entries=[replace(each, **fields) if isinstance(each, Floor) else each for each in book])


async def test_a_question_is_answered_as_the_command_line_answers_it(shipped):
    """The floor, the gap and the arithmetic."""
    answer = await FloorDesk(lambda: shipped)(QUESTION, confidential=False)
    assert (answer.breach, answer.zone, answer.status) == (True, "forge", "illustrative")
    assert answer.steps


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"status": FloorStatus.CONTRACTUAL}, id="between-parties"),
        pytest.param({"visibility": Visibility.RESTRICTED}, id="restricted"),
    ],
)
async def test_a_confidential_floor_is_as_if_it_were_not(shipped, fields):
    """Who may not see it hears what they would hear where there is none; who may is answered."""
    desk = FloorDesk(lambda: with_every_floor(shipped, **fields))
    assert (await desk(QUESTION, confidential=True)).breach
    assert [each.confidential for each in await desk.floors(QUESTION.date, confidential=True)]
    assert [] == list(await desk.floors(QUESTION.date, confidential=False))
    with pytest.raises(NoQuoteError, match="no floor") as raised:
        await desk(QUESTION, confidential=False)
    assert (raised.value.reason, "contractual" in str(raised.value)) == ("floor_missing", False)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"price": "cheap"}, "not_a_decimal"),
        ({"date": "someday"}, "not_a_day"),
        ({"date": "2025-02-31"}, "not_a_day"),
        ({"product": "gold|bar"}, "unknown_product"),
        ({"unit": "stone"}, "unknown_unit"),
        ({"currency": "ZZZ"}, None),
        ({"quantity": "-1"}, None),
        ({"price": "9" * 40}, None),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(shipped, wrong, reason):
    """With the reason, never with a fault."""
    with pytest.raises(NoQuoteError) as raised:
        await FloorDesk(lambda: shipped)(replace(QUESTION, **wrong), confidential=False)
    assert reason in (None, raised.value.reason)


async def test_the_book_is_read_again_now_and_then(shipped, monkeypatch):
    """A floor that was published is quoted without a restart; a book that cannot be read leaves the last in use."""
    books = [ReferenceBook(), shipped]
    desk = FloorDesk(lambda: books.pop(0))
    with pytest.raises(NoQuoteError):
        await desk(QUESTION, confidential=False)
    monkeypatch.setattr(floor_desk, "REFRESH_S", -1.0)
    assert (await desk(QUESTION, confidential=False)).breach
    assert (await desk(QUESTION, confidential=False)).breach
