"""What reference data says does not depend on the order that its entries came in."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.reference.book import ReferenceBook
from streams.reference.capacities import CapacityRole
from streams.reference.floor import FloorStatus
from streams.reference.values import Role, ValueStatus
from streams.reference.wire import decode, encode, key
from streams.reference.zones import Member, Zone
from tests.unit.reference.examples import CAPACITY, FLOOR, MEASURE, VALUE

START = date(2025, 1, 1)
PRODUCT = "silicon|metal"
ZONE = Zone(zone_id="forge", members=(Member(country="GB", valid_from=START + timedelta(days=3)),))
DAYS = st.integers(0, 8).map(lambda days: START + timedelta(days=days))
PUBLISHERS = st.sampled_from(("alpha", "beta"))


def with_end(entry, first, days, fields=("valid_from", "valid_to")):
    """Return the entry from its first day, for so many days or for good."""
    return replace(entry, **{fields[0]: first, fields[1]: first + timedelta(days=days) if days else None})


values = st.builds(
    lambda first, days, publisher, exporter, status: replace(
        with_end(VALUE, first, days), publisher=publisher, exporter=exporter, status=status
    ),
    DAYS,
    st.integers(0, 5),
    PUBLISHERS,
    st.sampled_from((None, "ours", "theirs")),
    st.sampled_from((ValueStatus.PUBLISHED, ValueStatus.WITHDRAWN)),
)
capacities = st.builds(
    lambda first, days, publisher: replace(with_end(CAPACITY, first, days), publisher=publisher),
    DAYS,
    st.integers(0, 5),
    PUBLISHERS,
)
EFFECTIVE = ("effective_from", "effective_to")
measures = st.builds(
    lambda first, days, name, zone_id: replace(
        with_end(MEASURE, first, days, EFFECTIVE), measure_id=name, zone_id=zone_id
    ),
    DAYS,
    st.integers(0, 5),
    st.sampled_from(("m", "n")),
    st.sampled_from((None, "forge")),
)
floors = st.builds(
    lambda first, days, version, status: replace(
        with_end(FLOOR, first, days, EFFECTIVE), version=version, status=status
    ),
    DAYS,
    st.integers(0, 5),
    st.integers(1, 3),
    st.sampled_from((FloorStatus.IN_FORCE, FloorStatus.SUSPENDED, FloorStatus.REVOKED)),
)
entries = st.lists(values | capacities | measures | floors | st.just(ZONE), max_size=12, unique_by=key)


def answers(book):
    """Return all that the book says of one product, day by day."""
    days = [START + timedelta(days=days) for days in range(-1, 15)]
    return (
        [
            book.values.find(Role.NORMAL_VALUE, PRODUCT, country="CN", day=day, exporter=exporter)
            for day in days
            for exporter in (None, "ours")
        ],
        [book.capacities.find(PRODUCT, country="CN", role=CapacityRole.PRODUCTION, day=day) for day in days],
        book.measures_on(PRODUCT, "GB"),
    )


@given(given_entries=entries, dice=st.randoms(use_true_random=False))
def test_the_order_of_entries_changes_no_answer_and_no_digest(given_entries, dice):
    """Entries of different keys commute; the topic has no order across them."""
    shuffled = dice.sample(given_entries, len(given_entries))
    book, other = ReferenceBook(entries=given_entries), ReferenceBook(entries=shuffled)

    assert answers(book) == answers(other)
    assert list(book) == list(other)
    assert book.digest() == other.digest()


@given(given_entries=entries)
def test_a_book_told_twice_or_over_the_wire_says_the_same(given_entries):
    """What compaction has not yet removed, and what a restart reads, change nothing."""
    book = ReferenceBook(entries=given_entries)
    again = ReferenceBook(entries=[decode(encode(entry)) for entry in (*given_entries, *given_entries)])

    assert answers(book) == answers(again)
    assert book.digest() == again.digest()


@given(given_entries=entries, changed=values | capacities)
def test_no_figure_changes_outside_of_what_an_entry_says_it_affects(given_entries, changed):
    """Days it does not name need not be judged again."""
    book = ReferenceBook(entries=given_entries)
    figures, made, _ = answers(book)
    affected = book.apply(changed)
    figures_after, made_after, _ = answers(book)
    days = [START + timedelta(days=days) for days in range(-1, 15)]

    for day, before, after in [
        *zip(days, made, made_after, strict=True),
        *zip(days, figures[::2], figures_after[::2], strict=True),
    ]:
        if before != after:
            assert affected.from_day <= day <= affected.to_day
