"""Several files merged by date: one record a file looked ahead at, and what is not in order said or sorted."""

import tracemalloc
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.feed_order import Placed, in_order, watched
from streams.feed_records import Progress, ReplayOptions, read_records
from streams.records import PriceTick, Trade

FIRST = date(2025, 1, 1)
HEADER = "id,source,event_date,origin,destination,product,quantity,value,currency\n"
AS_OF = date(2026, 1, 1)


def trade(number: int, day: int) -> Trade:
    """Return a trade of the day so many days after the first."""
    return Trade(
        id=f"t{number}", source="s", event_date=FIRST + timedelta(days=day), origin="CN", destination="GB",
        product="silicon|metal", quantity="1", value="2", currency="USD",
    )  # fmt: skip


def placed(days: list[int]) -> list[Placed]:
    """Return records of one file, a line each."""
    return [Placed(trade(line, day), Path("feed"), line) for line, day in enumerate(days, 2)]


@pytest.fixture
def written(tmp_path):
    """Return a function that writes a feed of trades on the days given: its path."""

    def write(name: str, days: list[int]) -> Path:
        path = tmp_path / name
        rows = (
            f"{name}-{line},s,{FIRST + timedelta(days=day)},CN,GB,silicon|metal,1,2,USD\n"
            for line, day in enumerate(days, 2)
        )
        path.write_text(HEADER + "".join(rows))
        return path

    return write


@given(days=st.lists(st.integers(0, 9)), held=st.integers(1, 7))
def test_a_file_is_put_in_order_whatever_fits_in_memory(days, held):
    """By date, those of a day as they stood; nothing is lost or doubled on its way through temporary files."""
    found = list(in_order(placed(days), held))

    assert sorted(placed(days), key=lambda each: (each.record.event_date, each.line)) == found


@given(days=st.lists(st.integers(0, 9)))
def test_what_is_not_in_order_is_counted_as_it_passes(days):
    """Each record dated before one above it."""
    disorder: Counter[str] = Counter()
    found = list(watched(placed(days), disorder))

    assert placed(days) == found
    assert sum(day < max(days[:at], default=0) for at, day in enumerate(days)) == sum(disorder.values())


def test_ticks_go_through_temporary_files_as_trades_do():
    """Both are records of a feed."""
    ticks = [PriceTick(instrument="i", source="s", event_date=FIRST - timedelta(days=n), product="p") for n in range(5)]
    found = in_order([Placed(tick, Path("feed"), line) for line, tick in enumerate(ticks)], 2)

    assert ticks[::-1] == [each.record for each in found]


def test_files_are_merged_by_date(written):
    """Of one day, those of the file named first come first."""
    files = [written("a", [0, 2, 2, 5]), written("b", [1, 2, 4])]
    found = list(read_records(files, ReplayOptions(as_of=AS_OF), Progress()))

    assert ["a-2", "b-2", "a-3", "a-4", "b-3", "b-4", "a-5"] == [record.id for record, _, _ in found]
    assert [2, 2, 3, 4, 3, 4, 5] == [line for _, _, line in found]


def test_one_record_a_file_is_looked_ahead_at(written):
    """Each file is read as far as it is needed, and one record further."""
    files = [written("early", list(range(50))), written("late", list(range(100, 150)))]
    progress = Progress()
    records = read_records(files, ReplayOptions(as_of=AS_OF), progress)
    read = [next(records)[0].id for _ in range(3)]

    assert ["early-2", "early-3", "early-4"] == read


def test_a_file_that_is_not_in_order_is_said(written):
    """It is read all the same; how many records come late is counted by file."""
    good, bad = written("good", [0, 3]), written("bad", [4, 1, 2, 5])
    progress = Progress()
    found = [record.id for record, _, _ in read_records([good, bad], ReplayOptions(as_of=AS_OF), progress)]

    assert 6 == len(found)
    assert {str(bad): 2} == progress.disorder


def test_a_file_that_is_not_in_order_is_sorted_where_that_is_asked_for(written):
    """Then nothing comes late."""
    good, bad = written("good", [0, 3]), written("bad", [4, 1, 2, 5])
    progress = Progress()
    found = list(read_records([good, bad], ReplayOptions(as_of=AS_OF, sort=True), progress))

    assert [0, 1, 2, 3, 4, 5] == [(record.event_date - FIRST).days for record, _, _ in found]
    assert {} == progress.disorder


def test_a_file_larger_than_what_is_held_is_sorted_in_constant_memory():
    """Ten times as many records as are held; the peak is theirs alone."""
    count, held = 30_000, 3_000
    days = (number * 7919 % 997 for number in range(count))
    records = (Placed(trade(line, day), Path("feed"), line) for line, day in enumerate(days))
    tracemalloc.start()
    try:
        latest, found = FIRST, 0
        for each in in_order(records, held):
            assert latest <= each.record.event_date
            latest = each.record.event_date
            found += 1
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert count == found
    assert peak < held * 4_000, f"held {peak} bytes at the peak"
