"""The ledger: a partition's state as batches that can be read by themselves."""

import msgspec
import pytest
from msgspec.structs import replace

from streams.ledger import (
    BATCH_VERSION,
    Batch,
    Bookmarks,
    RefusedEntry,
    decode_batch,
    encode_batch,
    restore,
    told_entry,
)
from streams.records import Refusal, Status
from streams.rules import RULES
from streams.shapes import Kind
from tests.outcomes import LiveRun, end_marks, new_engine, outcome, standing
from tests.sales import PLAIN, on, price, sale
from tests.strategies import logged


def batch(engine, bookmarks, told=(), **fields):
    """Return the next batch of *engine*."""
    usual = {
        "v": BATCH_VERSION,
        "seq": 1,
        "offsets": {"trades": 41},
        "markets": bookmarks.entries(engine),
        "told": tuple(map(told_entry, told)),
        "refused": (),
        "end_days": {str(kind): day for kind, day in engine.end_days.items()},
        "counts": {},
    }
    return Batch(**usual | fields)


def stepped(*records):
    """Return an engine that took *records* in one slice, and what it told."""
    engine = new_engine(PLAIN)
    return engine, engine.step([logged(each).value for each in records]).told


def restored(*batches):
    """Return a new engine brought to the state of *batches*, and what it tells."""
    engine = new_engine(PLAIN)
    return engine, restore(engine, [decode_batch(encode_batch(each)) for each in batches])


def test_a_batch_is_what_it_was_once_stored():
    """Every field of a batch survives its stored form, refused records and alert changes among them."""
    engine, told = stepped(sale(0, "2"), sale(1, "2.30", exporter="E1"))
    refused = RefusedEntry("trades", "3:41", Refusal.NOT_JSON, "broken", b"silicon", b"{")
    written = batch(engine, Bookmarks(), told, refused=(refused,), counts={"records": 2})

    assert told
    assert written == decode_batch(encode_batch(written))


def test_what_is_no_batch_is_refused():
    """Bytes that are no batch are never taken for one."""
    with pytest.raises(msgspec.DecodeError):
        decode_batch(b"\x81")


def test_a_restored_engine_holds_what_the_first_one_held():
    """Rows, parties, revisions, watermarks and alerts come back; nothing is left to tell."""
    records = [
        sale(0, "2"),
        sale(1, "2.30", exporter="E1", importer="I1"),
        replace(sale(0, "2"), revision=2, value="2100"),
        replace(sale(9, "2", id="gone"), status=Status.CANCELLED),
        sale(9, "2", id="gone"),
        price(3, "2.25"),
    ]
    engine, told = stepped(*records)
    again, news = restored(batch(engine, Bookmarks(), told))

    assert (outcome(engine), []) == (outcome(again), news)
    assert engine.market("silicon").watermarks.mark() == again.market("silicon").watermarks.mark()


def test_a_batch_holds_only_what_is_new():
    """The rows of a batch are those since the one before; a market to which nothing happened is not in it."""
    engine, bookmarks = new_engine(PLAIN), Bookmarks()
    engine.step([logged(sale(0, "2")).value, logged(sale(0, "2", product="gallium|metal")).value])
    first = bookmarks.entries(engine)
    engine.step([logged(sale(1, "2")).value])
    second = bookmarks.entries(engine)

    assert [["silicon", ["0/2/1000"]], ["gallium", ["0/2/1000"]]] == [[each.mineral, each.ids] for each in first]
    assert [["silicon", ["1/2/1000"]]] == [[each.mineral, each.ids] for each in second]
    assert () == bookmarks.entries(engine)


def test_a_watermark_that_moved_is_in_the_batch_without_a_row():
    """A heartbeat seals days, which a restart must find sealed."""
    engine, bookmarks = new_engine(PLAIN), Bookmarks()
    engine.step([logged(sale(0, "2")).value])
    first = batch(engine, bookmarks)
    for mark in end_marks(on(50)):
        engine.step([mark.value], kind=mark.kind)
    again, _ = restored(first, batch(engine, bookmarks, seq=2))

    assert on(50).toordinal() == again.market("silicon").watermarks.sealed_through
    assert {Kind.TRADE: on(50).toordinal(), Kind.TICK: on(50).toordinal()} == again.end_days


def test_bookmarks_of_a_restored_engine_begin_after_what_was_read():
    """What came from the ledger is not written to it a second time."""
    engine, told = stepped(sale(0, "2"))
    again, _ = restored(batch(engine, Bookmarks(), told))
    bookmarks = Bookmarks()
    bookmarks.read(again)

    assert () == bookmarks.entries(again)


def test_a_batch_read_twice_adds_nothing():
    """Rows are a set: a batch that a crash left behind twice is as one."""
    engine, told = stepped(sale(0, "2"), sale(1, "1"))
    written = batch(engine, Bookmarks(), told)
    again, news = restored(written, written)

    assert (outcome(engine), []) == (outcome(again), news)


def test_numbers_of_shapes_mean_what_their_batch_says():
    """Batches of two engines that numbered shapes and parties otherwise are read by what they name."""
    one, other = sale(0, "2", exporter="E1"), sale(0, "2", id="other", origin="NO", exporter="E2")
    first, _ = stepped(one)
    second, _ = stepped(other)
    both, _ = stepped(one, other)
    again, _ = restored(batch(first, Bookmarks()), batch(second, Bookmarks()))

    assert outcome(both).cells == outcome(again).cells


def test_a_change_keeps_its_number_over_a_restart():
    """The next change of an alert is one more than the last one told, never the same again."""
    live = LiveRun(PLAIN)
    for day, amount in enumerate(("2.10", "1.60", "1.00")):
        live.step(Kind.TRADE, [logged(sale(day, amount)).value])
        live.crash()
    numbers = {change.id: change.seq for change in live.told if change.alert.rule == "floor_breach"}

    assert [1, 2, 3] == sorted(numbers.values())


def test_an_alert_of_a_rule_that_is_no_longer_run_is_left_alone():
    """A rule set may lose a rule between two starts: its alerts are nobody's to revise, and the rest goes on."""
    engine, told = stepped(sale(0, "2"))
    fewer = new_engine(PLAIN, rules=[rule for rule in RULES if rule.name != "floor_breach"])

    assert [] == restore(fewer, [batch(engine, Bookmarks(), told)])
    assert [] == standing(fewer)
