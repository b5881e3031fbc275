"""The panel: which of a way's two declarations it answers with."""

from msgspec.structs import replace

from streams.records import Flow
from streams.rules.surge import Surge
from streams.shapes import Kind
from tests.unit.rules.market_of import FIRST, found, judged, monthly


def kinds(records, through, months):
    """Return from which side the ways of silicon metal are read over some months."""
    engine = judged(Surge(), records)
    panel = engine.market("silicon")._periods._panel
    return [lane.key.kind for lane in panel.flows("silicon|metal", FIRST + through, months)]


def left(records):
    """Return goods as their origin declares them on leaving."""
    return [replace(each, id=f"X{each.id}", flow=Flow.EXPORT, incoterm="FOB", source="origin") for each in records]


def test_a_way_is_read_as_declared_on_entry_where_it_was():
    """On leaving only in windows without an entry."""
    records = [*left(monthly([10] * 12)), *monthly([10] * 3, start=9)]

    assert [Kind.TRADE] == kinds(records, through=11, months=6)
    assert [Kind.EXPORT] == kinds(records, through=8, months=6)
    assert [] == kinds(records, through=30, months=6)


def test_an_entry_that_comes_later_changes_nothing_of_before():
    """Whether the entries of the last months are known or not, the months before them are told the same."""
    goods = monthly([10] * 15 + [60] * 3 + [10] * 30)
    before = left(goods)
    alone = found(Surge(), before)
    joined = found(Surge(), [*before, *monthly([10] * 3, start=45)])

    assert alone[0].opened_at == joined[0].opened_at
    assert alone[0].summary == joined[0].summary


def test_what_a_window_left_behind_is_made_again_when_it_is_asked_for():
    """What is made of a month is kept while it is asked for, and let go of when nobody did between two turns."""
    engine = judged(Surge(), monthly([10] * 3))
    panel = engine.market("silicon")._periods._panel
    (lane,) = panel.lanes("silicon|metal")
    made = []

    def rows_of(month):
        return panel.summary("a test's", lane, FIRST + month, lambda rows: made.append(month) or len(rows.rows))

    for asked in ((0, 1), (1,), (), (0, 1)):
        panel.turn()
        assert [1] * len(asked) == [rows_of(month) for month in asked]

    assert [0, 1, 0, 1] == made

    panel.turn()
    rows_of(1)

    assert [0, 1, 0, 1] == made
