"""The reference book, and what a change of it may change."""

import random
from datetime import date

import pytest
from msgspec.structs import replace

from streams.reference.basis import BasisRatio
from streams.reference.book import NOTHING, Affected, ReferenceBook
from streams.reference.fx import FxDaily, FxMonthly
from streams.reference.quotas import Quota
from streams.reference.schedule_file import SHIPPED, load_shipped
from streams.reference.zones import Member, Zone
from tests.unit.reference.examples import CAPACITY, FLOOR, MEASURE, VALUE

FOR_EVER = date.max
REACHED_FROM = date(2022, 10, 27)
"""400 days before the floor was announced."""
ZONE = Zone(zone_id="forge", members=(Member(country="GB"), Member(country="NO", valid_from=date(2025, 1, 1))))
RATES = FxDaily(day=date(2025, 4, 17), rates={"USD": "1.1360"})
QUOTA = Quota(
    quota_id="q",
    zone_id="eu",
    products=("ferro-silicon|alloy", "silicon|metal"),
    period_from=date(2025, 11, 18),
    period_to=date(2026, 2, 18),
    quantity="10",
)
RATIO = BasisRatio(publisher="OECD", ratio="1.05", product="silicon|metal", valid_to=date(2026, 1, 1))


def minerals(*names):
    """Return a set of minerals."""
    return frozenset(names)


@pytest.mark.parametrize(
    ("entry", "affected"),
    [
        pytest.param(FLOOR, Affected(minerals("silicon"), REACHED_FROM, FOR_EVER), id="floor"),
        pytest.param(
            replace(FLOOR, effective_to=date(2025, 1, 1)),
            Affected(minerals("silicon"), REACHED_FROM, date(2026, 2, 5)),
            id="floor-with-an-end-and-the-days-around-it",
        ),
        pytest.param(ZONE, Affected(None, date.min, FOR_EVER), id="zone"),
        pytest.param(RATES, Affected(None, date(2025, 4, 17), date(2025, 6, 17)), id="daily-rates-and-their-averages"),
        pytest.param(
            FxMonthly(month="2025-03", rates={"EUR": "1.1"}, publisher="customs"),
            Affected(None, date(2025, 3, 1), date(2025, 3, 31)),
            id="monthly-rates",
        ),
        pytest.param(
            QUOTA,
            Affected(minerals("ferro-silicon", "silicon"), date(2025, 11, 18), date(2026, 2, 17)),
            id="quota",
        ),
        pytest.param(RATIO, Affected(minerals("silicon"), date.min, date(2025, 12, 31)), id="ratio"),
        pytest.param(
            BasisRatio(publisher="IMF", ratio="1.06"), Affected(None, date.min, FOR_EVER), id="ratio-for-everything"
        ),
        pytest.param(VALUE, Affected(minerals("silicon"), date(2025, 3, 1), date(2025, 3, 31)), id="reference-value"),
        pytest.param(
            replace(VALUE, valid_to=None),
            Affected(minerals("silicon"), date(2025, 3, 1), FOR_EVER),
            id="reference-value-without-an-end",
        ),
        pytest.param(CAPACITY, Affected(minerals("silicon"), date(2024, 1, 1), date(2024, 12, 31)), id="capacity"),
        pytest.param(
            MEASURE,
            Affected(minerals("ferro-silicon", "silicon"), date(2023, 4, 28), FOR_EVER),
            id="measure-without-an-end-and-400-days-before-it",
        ),
        pytest.param(
            replace(MEASURE, announced_at=date(2025, 1, 1), effective_to=date(2025, 6, 1)),
            Affected(minerals("ferro-silicon", "silicon"), date(2023, 10, 28), date(2026, 7, 6)),
            id="measure-announced-afterwards-and-its-end",
        ),
        pytest.param(
            replace(MEASURE, announced_at=date.min, effective_from=date.max),
            Affected(minerals("ferro-silicon", "silicon"), date.min, FOR_EVER),
            id="measure-at-the-ends-of-time",
        ),
    ],
)
def test_an_entry_says_what_it_may_change_and_the_same_again_changes_nothing(entry, affected):
    """Minerals and days, first and last included."""
    book = ReferenceBook()
    assert book.apply(entry) == affected
    assert book.apply(entry) == NOTHING
    assert not book.apply(entry)


def test_a_corrected_floor_changes_the_days_of_both():
    """What held under the old entry may no longer hold."""
    book = ReferenceBook(entries=[replace(FLOOR, effective_to=date(2024, 7, 1))])
    shorter = replace(FLOOR, effective_to=date(2024, 3, 1), value="3")
    assert book.apply(shorter) == Affected(minerals("silicon"), REACHED_FROM, date(2025, 8, 5))


def test_a_floor_corrected_to_another_mineral_changes_both():
    """It is taken from the one and given to the other."""
    book = ReferenceBook(entries=[FLOOR])
    assert book.apply(replace(FLOOR, mineral="gallium")).minerals == minerals("gallium", "silicon")


def test_a_new_version_changes_its_days_and_all_after_them():
    """Where it ends, the earlier version does not come back."""
    book = ReferenceBook(entries=[FLOOR])
    second = replace(FLOOR, version=2, effective_from=date(2025, 1, 1), effective_to=date(2025, 2, 1))
    assert book.apply(second) == Affected(minerals("silicon"), REACHED_FROM, FOR_EVER)


def test_a_new_member_changes_the_days_of_its_membership_alone():
    """Those who were members stay so."""
    book = ReferenceBook(entries=[ZONE])
    joined = Member(country="JP", valid_from=date(2026, 3, 1), valid_to=date(2026, 4, 1))
    wider = replace(ZONE, members=(*ZONE.members, joined))
    assert book.apply(wider) == Affected(None, date(2026, 3, 1), date(2026, 3, 31))


def test_a_new_member_changes_the_days_around_the_measures_of_its_zone():
    """Whether a measure is one of the member's decides what is read before it, too."""
    book = ReferenceBook(entries=[ZONE, replace(MEASURE, destinations=(), zone_id="forge")])
    wider = replace(ZONE, members=(*ZONE.members, Member(country="JP", valid_from=date(2024, 12, 1))))
    assert book.apply(wider) == Affected(None, date(2023, 4, 28), FOR_EVER)


@pytest.mark.parametrize("entry", [VALUE, CAPACITY], ids=["reference-value", "capacity"])
def test_a_corrected_figure_changes_the_days_of_both(entry):
    """What held under the old entry may no longer hold."""
    book = ReferenceBook(entries=[entry])
    longer = book.apply(replace(entry, valid_to=date(2027, 1, 1)))
    assert longer == Affected(minerals("silicon"), entry.valid_from, date(2026, 12, 31))
    assert book.apply(entry) == longer


def test_a_measure_corrected_to_other_goods_changes_both():
    """It is taken from the one and given to the other."""
    book = ReferenceBook(entries=[MEASURE])
    affected = book.apply(replace(MEASURE, products=("gallium|metal",)))
    assert affected.minerals == minerals("ferro-silicon", "gallium", "silicon")


def test_a_zones_new_name_changes_nothing():
    """Nobody joins or leaves."""
    book = ReferenceBook(entries=[ZONE])
    assert not book.apply(replace(ZONE, name="The zone"))
    assert book.zones.get("forge").name == "The zone"


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        pytest.param(NOTHING, NOTHING, NOTHING, id="nothing"),
        pytest.param(
            NOTHING,
            Affected(minerals("si"), date(2025, 1, 1), date(2025, 1, 2)),
            Affected(minerals("si"), date(2025, 1, 1), date(2025, 1, 2)),
            id="one",
        ),
        pytest.param(
            Affected(minerals("si"), date(2025, 1, 1), date(2025, 1, 2)),
            Affected(minerals("ga"), date(2025, 3, 1), date(2025, 3, 2)),
            Affected(minerals("si", "ga"), date(2025, 1, 1), date(2025, 3, 2)),
            id="two",
        ),
        pytest.param(
            Affected(minerals("si"), date(2025, 1, 1), date(2025, 1, 2)),
            Affected(None, date(2025, 3, 1), date(2025, 3, 2)),
            Affected(None, date(2025, 1, 1), date(2025, 3, 2)),
            id="all-minerals",
        ),
    ],
)
def test_what_is_affected_merges_either_way(one, other, both):
    """The smallest that covers both."""
    assert one.merge(other) == both
    assert other.merge(one) == both


def test_affected_tells_a_mineral_it_touches():
    """All of them where none is named."""
    affected = Affected(minerals("si"), date(2025, 1, 1), date(2025, 1, 2))
    assert affected.touches("si")
    assert not affected.touches("ga")
    assert Affected(None, date(2025, 1, 1), date(2025, 1, 2)).touches("ga")
    assert not NOTHING.touches("si")


def test_the_order_of_entries_of_different_keys_does_not_matter():
    """Two books of the same entries have the same digest and list them in the same order."""
    entries = [entry for name in SHIPPED for entry in load_shipped(name)]
    entries += [RATES, RATIO, VALUE, replace(VALUE, exporter="a"), CAPACITY, MEASURE]
    shuffled = random.Random(4).sample(entries, len(entries))
    one, other = ReferenceBook(entries=entries), ReferenceBook(entries=shuffled)
    assert list(one) == list(other)
    assert one.digest() == other.digest()
    assert len(list(one)) == len(entries)


def test_the_digest_names_the_state_of_the_book():
    """It moves with any change and comes back with it."""
    book = ReferenceBook(entries=[FLOOR])
    before = book.digest()
    book.apply(replace(FLOOR, value="3"))
    assert book.digest() != before
    book.apply(FLOOR)
    assert book.digest() == before
