"""Cells: the sums of one lane's day."""

from hypothesis import given
from hypothesis import strategies as st

from streams.cells import Cell, Judged, Lane, LaneKey, TallyKey
from streams.shapes import Kind

FLOOR = TallyKey(Judged.FLOOR, "si@1")
MISSING = TallyKey(Judged.MISSING, "no floor")


def cell(**sums):
    """Return a cell with one tally of *sums*."""
    found = Cell()
    for name, amount in sums.items():
        setattr(found.tally(FLOOR), name, amount)
    return found


def test_a_cell_without_content_has_no_unit_value():
    """Nothing is divided by nothing: a day of unpriced or cancelled rows has no price level."""
    assert cell(rows=3).unit_value() is None


def test_the_unit_value_counts_what_is_suspect():
    """A row in doubt belongs to the day's price level, so that the level does not depend on which rows are in doubt."""
    suspect = cell(
        value_uusd=6_000_000, content_mg=2_000_000, suspect_value_uusd=2_000_000, suspect_content_mg=2_000_000
    )

    assert suspect.unit_value() == 2_000_000


def test_the_digest_leaves_out_what_adds_up_to_nothing():
    """A cell whose rows were all taken back is like one that never had any."""
    emptied = cell(rows=1, value_uusd=5)
    emptied.tally(FLOOR).rows -= 1
    emptied.tally(FLOOR).value_uusd -= 5
    emptied.tally(MISSING)

    assert emptied.digest() == Cell().digest() == ()


def test_the_digest_does_not_depend_on_which_tally_came_first():
    """Tallies are told in order of what they are about."""
    one, other = Cell(), Cell()
    for found, keys in ((one, (FLOOR, MISSING)), (other, (MISSING, FLOOR))):
        for key in keys:
            found.tally(key).rows = 1

    assert one.digest() == other.digest() != Cell().digest()


def test_emptying_keeps_the_rows():
    """A cell that is judged anew forgets its sums and its worst row, not which rows are its own."""
    found = cell(rows=1)
    found.chain([7], memoryview(bytearray(32)).cast("I"))
    found.worst, found.searched = (1, 2, 7), found.last
    found.empty()

    assert (8, (), None, 0) == (found.last, found.digest(), found.worst, found.searched)


def test_rows_hang_on_one_another():
    """Each row of a cell names the one before it, the cell names the last; rows count from one, for 0 is nobody."""
    found, earlier = cell(), memoryview(bytearray(64)).cast("I")
    found.chain([2, 5], earlier)
    found.chain([9], earlier)

    assert (10, [0, 3, 6]) == (found.last, [earlier[row] for row in (2, 5, 9)])


def test_the_worst_row_is_sought_again_only_where_it_was_taken_back():
    """Another row's correction leaves the worst row as it is."""
    found = cell()
    found.worst, found.searched = (1, 2, 7), 9
    found.forget_worst(6)

    assert (1, 2, 7) == found.worst

    found.forget_worst(7)

    assert (None, 0) == (found.worst, found.searched)


@given(st.lists(st.integers(1, 1000)))
def test_the_days_of_a_lane_are_in_order(days):
    """Whatever the order in which days come, a lane lists each of them once, from first to last."""
    lane = Lane(LaneKey(Kind.TRADE, "silicon|metal", "CN", "GB"))
    cells = [lane.cell(day) for day in days]

    assert sorted(set(days)) == lane.days
    assert cells == [lane.cells[day] for day in days]
