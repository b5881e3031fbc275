"""Rows remembered by record id."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.memory import NOT_INGESTED, Outcome, Row, RowMemory


def memory():
    """Return a memory in which two rows agree where day, value and quantity do."""
    return RowMemory(lambda row: (row.day, row.value, row.quantity))


def row(record_id="A", revision=1, *, value=10, ingested=NOT_INGESTED):
    """Return a row that is told from others by id, revision, value and the time it was ingested."""
    return Row(record_id, revision, shape=1, party=0, day=7, value=value, quantity=5, ingested=ingested)


@pytest.mark.parametrize(
    ("revision", "outcome", "standing"),
    [
        pytest.param(4, Outcome.STALE, 5, id="lower"),
        pytest.param(5, Outcome.DUPLICATE, 5, id="the-one-held"),
        pytest.param(6, Outcome.SUPERSEDES, 6, id="higher"),
    ],
)
def test_the_highest_revision_stands(revision, outcome, standing):
    """A lower revision is stale, the same again a duplicate, a higher one takes the place of the one held."""
    kept = memory()
    kept.keep(row(revision=5))

    assert outcome is kept.keep(row(revision=revision)).outcome
    assert standing == kept.revision[kept.find("A")]


@pytest.mark.parametrize(
    ("ingested", "outcome", "standing"),
    [
        pytest.param(99, Outcome.SUPERSEDES, 20, id="before"),
        pytest.param(100, Outcome.CONFLICT, 10, id="at-the-same-time-the-smaller-content"),
        pytest.param(101, Outcome.CONFLICT, 10, id="after"),
        pytest.param(NOT_INGESTED, Outcome.CONFLICT, 10, id="not-said-when"),
    ],
)
def test_of_two_contents_the_one_ingested_first_stands(ingested, outcome, standing):
    """One revision with two contents is a conflict, and which of them stands does not depend on which came first."""
    kept = memory()
    kept.keep(row(value=10, ingested=100))

    assert outcome is kept.keep(row(value=20, ingested=ingested)).outcome
    assert standing == kept.value[kept.find("A")]


def test_a_duplicate_ingested_earlier_moves_the_time_of_the_one_held():
    """What decides between contents is when each was ingested first, so the earliest time is the one to keep."""
    kept = memory()
    kept.keep(row(value=20, ingested=100))
    kept.keep(row(value=20, ingested=50))

    assert Outcome.CONFLICT is kept.keep(row(value=10, ingested=60)).outcome


rows = st.builds(
    row,
    st.sampled_from(["A", "B", "C"]),
    st.integers(1, 3),
    value=st.integers(1, 3),
    ingested=st.sampled_from([1, 2, NOT_INGESTED]),
)


@given(st.lists(rows, max_size=12), st.randoms(use_true_random=False))
def test_what_stands_does_not_depend_on_the_order(offered, dice):
    """For each id the same row stands, whatever came first, in between and again."""
    shuffled = [*offered, *offered[:3]]
    dice.shuffle(shuffled)

    assert _standing(offered) == _standing(shuffled)


def _standing(offered):
    kept = memory()
    for each in offered:
        kept.keep(each)
    return {each.record_id: kept.row(kept.find(each.record_id)) for each in offered}


@given(st.lists(rows, max_size=12))
def test_one_row_of_each_id_is_not_replaced(offered):
    """A row that no longer counts is marked, and the ones not marked are those found by their ids."""
    kept = memory()
    for each in offered:
        kept.keep(each)
    counting = {place for place in range(len(kept)) if not kept.replaced[place]}

    assert counting == {kept.find(each.record_id) for each in offered}


@pytest.mark.parametrize("count", [pytest.param(count, id=str(count)) for count in (159, 160, 161, 5000)])
def test_every_id_is_found_again_as_the_memory_grows(count):
    """The index doubles when it is five eighths full: no id is lost before, at and after that."""
    kept = memory()
    ids = [f"GB26-{number:07d}-é" for number in range(count)]
    for record_id in ids:
        kept.keep(row(record_id))

    assert (ids, list(range(count))) == (kept.ids_between(0, count), [kept.find(record_id) for record_id in ids])
    assert kept.find("another") == -1


def test_ids_that_begin_alike_are_told_apart():
    """Ids lie end to end in one text; where one ends and the next begins is kept beside them."""
    kept = memory()
    for record_id in ("A", "AA", "", "é", "A"):
        kept.keep(row(record_id))

    assert ["A", "AA", "", "é"] == kept.ids_between(0, len(kept))


def test_a_staged_row_is_known_before_it_is_settled():
    """A record that comes twice in one slice is known the second time, though its row is not in the columns yet."""
    kept = memory()

    assert [0, -1, 1] == [kept.append_new(*row("A")), kept.append_new(*row("A")), kept.append_new(*row("B"))]
    assert len(kept) == 2

    kept.settle()

    assert ["A", "B"] == kept.ids_between(0, len(kept))


def test_a_row_comes_back_as_it_was_kept():
    """Every field of a row is kept exactly, at the ends of its range too."""
    kept = memory()
    extremes = Row("X", 2**32 - 1, 2**32 - 1, 2**32 - 1, 3_000_000, 2**63 - 1, 2**63 - 1, -(2**62))
    kept.keep(extremes)

    assert extremes == kept.row(kept.find("X"))
    assert kept.nbytes() > 0
