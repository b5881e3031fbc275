"""How far sources have come, and which days that completes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.shapes import Kind
from streams.watermark import NO_DAY, Watermarks

GRACE_DAYS = 3


def watermarks(**trades):
    """Return watermarks with a grace of three days and sources of trades that have come so far."""
    found = Watermarks(GRACE_DAYS)
    for source, day in trades.items():
        found.vouch(Kind.TRADE, source, day)
    return found


@pytest.mark.parametrize(
    ("day", "sealed"),
    [
        pytest.param(103, 99, id="within-the-grace"),
        pytest.param(104, 100, id="past-the-grace"),
        pytest.param(105, 101, id="a-day-more"),
    ],
)
def test_a_day_is_sealed_when_its_source_has_left_it_behind_by_more_than_the_grace(day, sealed):
    """With a grace of three days, the day 100 is complete once the source has come to the day 104."""
    found = watermarks(customs=day)
    found.seal()

    assert sealed == found.sealed_through


def test_the_slowest_source_decides():
    """A day is complete when every source has passed it, those of the other topic too."""
    found = watermarks(customs=200, port=150)
    found.vouch(Kind.TICK, "bulletin", 120)
    found.seal()

    assert 120 - GRACE_DAYS - 1 == found.sealed_through


def test_without_a_source_no_day_is_complete():
    """Where nothing has been read, nothing is sealed."""
    found = watermarks()

    assert (False, NO_DAY) == (found.seal(), found.sealed_through)


def test_a_star_speaks_for_the_sources_that_are_known():
    """A heartbeat for every source moves those seen on its topic, and makes none up."""
    found = watermarks(customs=100, port=90)
    found.vouch(Kind.TRADE, "*", 95)
    found.vouch(Kind.TICK, "*", 80)

    assert ({"customs": 100, "port": 95}, {}) == (found.sources[Kind.TRADE], found.sources[Kind.TICK])


@given(st.lists(st.tuples(st.sampled_from(["customs", "port", "*"]), st.integers(1, 300)), max_size=20))
def test_no_watermark_moves_back(beats):
    """Neither a source nor what is sealed ever goes back, whatever is vouched for."""
    found = watermarks(customs=1)
    for source, day in beats:
        before = dict(found.sources[Kind.TRADE]), found.sealed_through
        found.vouch(Kind.TRADE, source, day)
        moved = found.seal()

        assert all(found.sources[Kind.TRADE][name] >= latest for name, latest in before[0].items())
        assert (found.sealed_through > before[1]) == moved
        assert found.sealed_through >= before[1]


@pytest.mark.parametrize(
    ("day", "news", "sealed"),
    [
        pytest.param(95, False, 96, id="before-what-is-sealed"),
        pytest.param(96, False, 96, id="at-it"),
        pytest.param(97, True, 97, id="after-it"),
    ],
)
def test_an_end_seals_its_day_without_grace(day, news, sealed):
    """An end mark completes its own day; it never opens what is sealed."""
    found = watermarks(customs=100)
    found.seal()

    assert (news, sealed) == (found.end(day), found.sealed_through)


def test_the_mark_tells_whether_anything_moved():
    """The marks of two watermarks are equal where nothing of them differs, in whatever order they came about."""
    one, other = watermarks(customs=100, port=90), watermarks(port=90, customs=100)
    before = one.mark()
    one.seal()

    assert before == other.mark() != one.mark()
