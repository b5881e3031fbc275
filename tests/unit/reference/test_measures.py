"""Trade measures, floors among them."""

from datetime import date

import pytest
from msgspec.structs import replace

from streams.reference.book import ReferenceBook
from streams.reference.floor import AppliesTo, FloorStatus, Scope
from streams.reference.measures import MeasureKind
from streams.reference.validity import InvalidEntryError
from streams.reference.zones import Member, Zone
from tests.unit.reference.examples import FLOOR, MEASURE

ZONE = Zone(
    zone_id="forge",
    members=(
        Member(country="GB", valid_to=date(2024, 12, 1)),
        Member(country="NO"),
        Member(country="JP", valid_from=date(2025, 6, 1)),
    ),
)
OF_ZONE = replace(MEASURE, measure_id="z", destinations=(), zone_id="forge", effective_to=date(2025, 6, 1))
LICENCE = replace(MEASURE, measure_id="l", kind=MeasureKind.EXPORT_LICENCE, destinations=())


def on(*entries, destination="GB", product="silicon|metal"):
    """Return the measures on a product at a destination, by id."""
    return [each.measure_id for each in ReferenceBook(entries=entries).measures_on(product, destination)]


def floors_on(*floors, zone=ZONE):
    """Return the floors on silicon in Norway as measures."""
    return ReferenceBook(entries=[zone, *floors]).measures_on("silicon|metal", "NO")


@pytest.mark.parametrize(
    ("measure", "destination", "found"),
    [
        pytest.param(MEASURE, "GB", True, id="at-a-destination-it-names"),
        pytest.param(MEASURE, "NO", False, id="at-another"),
        pytest.param(OF_ZONE, "NO", True, id="of-a-member"),
        pytest.param(OF_ZONE, "SE", False, id="of-none"),
        pytest.param(replace(OF_ZONE, destinations=("SE",)), "SE", True, id="beside-its-zone"),
        pytest.param(replace(OF_ZONE, zone_id="nowhere"), "NO", False, id="of-a-zone-not-known"),
        pytest.param(LICENCE, "BR", True, id="export-licence-wherever-goods-go"),
    ],
)
def test_a_measure_is_met_where_it_is_kept(measure, destination, found):
    """At its destinations and in its zone; one of neither, everywhere."""
    assert bool(on(ZONE, measure, destination=destination)) is found


@pytest.mark.parametrize(
    ("first_day", "found"),
    [
        pytest.param(date(2025, 5, 31), True, id="joins-the-day-before-its-end"),
        pytest.param(date(2025, 6, 1), False, id="joins-at-its-end"),
        pytest.param(date(2025, 6, 2), False, id="joins-after-it"),
    ],
)
def test_a_measure_of_a_zone_is_one_of_who_was_a_member_on_some_day_of_it(first_day, found):
    """From its first day to the day before its end."""
    zone = replace(ZONE, members=(Member(country="JP", valid_from=first_day),))
    assert bool(on(zone, OF_ZONE, destination="JP")) is found


def test_a_member_that_left_before_a_measure_has_nothing_to_do_with_it():
    """The United Kingdom leaves on the day it begins."""
    assert on(ZONE, OF_ZONE, destination="GB") == []
    assert on(ZONE, replace(OF_ZONE, effective_from=date(2024, 11, 30)), destination="GB") == ["z"]


def test_measures_come_by_first_day_whatever_the_day():
    """Past and future ones alike, floors among them."""
    later = replace(MEASURE, measure_id="a", effective_from=date(2030, 1, 1))
    assert on(ZONE, later, MEASURE, FLOOR, LICENCE) == ["si@1", "ad-si", "l", "a"]


def test_each_of_its_products_has_the_measure():
    """And no other product."""
    assert on(MEASURE, product="ferro-silicon|alloy") == ["ad-si"]
    assert on(MEASURE, product="silicon|polysilicon") == []


def test_a_corrected_measure_leaves_the_goods_it_no_longer_names():
    """The same id and first day replace each other."""
    corrected = replace(MEASURE, products=("ferro-silicon|alloy",))
    assert on(MEASURE, corrected) == []
    assert on(MEASURE, corrected, product="ferro-silicon|alloy") == ["ad-si"]


@pytest.mark.parametrize(
    ("status", "found"),
    [
        (FloorStatus.IN_FORCE, True),
        (FloorStatus.ILLUSTRATIVE, True),
        (FloorStatus.PROPOSED, False),
        (FloorStatus.SUSPENDED, False),
        (FloorStatus.REVOKED, False),
    ],
)
def test_only_what_the_book_applies_is_a_measure(status, found):
    """A proposal is none yet, a suspended or revoked one none any more; of floors the same."""
    assert bool(on(replace(MEASURE, status=status))) is found
    assert bool(floors_on(replace(FLOOR, status=status))) is found


def test_a_floor_is_a_measure_of_its_zone():
    """Under its id and version, with what became known when."""
    (found,) = floors_on(replace(FLOOR, effective_to=date(2026, 1, 1)))
    assert (found.measure_id, found.kind, found.products) == ("si@1", MeasureKind.FLOOR, ("silicon|metal",))
    assert (found.announced_at, found.effective_from, found.effective_to) == (
        *(date(2023, 12, 1), date(2024, 1, 1), date(2026, 1, 1)),
    )
    assert (found.origins, found.except_origins, found.zone_id) == ((), (), "forge")


@pytest.mark.parametrize(
    ("scope", "under", "free"),
    [
        pytest.param(AppliesTo(), "CN", "", id="all"),
        pytest.param(AppliesTo(except_origins=("UA",)), "CN", "UA", id="all-but-one"),
        pytest.param(AppliesTo(scope=Scope.ORIGINS, origins=("CN",)), "CN", "RU", id="origins"),
        pytest.param(AppliesTo(scope=Scope.NON_MEMBERS), "CN", "NO", id="non-members"),
        pytest.param(AppliesTo(scope=Scope.MEMBERS), "NO", "CN", id="members"),
        pytest.param(AppliesTo(scope=Scope.NON_MEMBERS), "JP", "GB", id="members-of-its-first-day"),
    ],
)
def test_a_floor_is_for_the_origins_of_its_scope(scope, under, free):
    """Members are those of its first day."""
    (found,) = floors_on(replace(FLOOR, applies_to=scope))
    assert found.is_for(under)
    assert not (free and found.is_for(free))


def test_a_floor_for_exporters_names_them():
    """Whoever reads it as a measure knows it is not for all."""
    (found,) = floors_on(replace(FLOOR, applies_to=AppliesTo(scope=Scope.EXPORTERS, exporters=("a",))))
    assert found.exporters == ("a",)


@pytest.mark.parametrize(
    ("first_day", "periods"),
    [
        pytest.param(date(2023, 12, 31), [("si@2", date(2023, 12, 31), None)], id="begun-before-the-first-did"),
        pytest.param(date(2024, 1, 1), [("si@2", date(2024, 1, 1), None)], id="begun-with-the-first"),
        pytest.param(
            date(2024, 1, 2),
            [("si@1", date(2024, 1, 1), date(2024, 1, 2)), ("si@2", date(2024, 1, 2), None)],
            id="begun-after-the-first",
        ),
    ],
)
def test_a_version_that_never_held_is_no_measure(first_day, periods):
    """One that did ends when the next begins."""
    second = replace(FLOOR, version=2, effective_from=first_day)
    found = floors_on(FLOOR, second)
    assert [(each.measure_id, each.effective_from, each.effective_to) for each in found] == periods


def test_a_suspension_ends_a_floor_and_is_no_measure_itself():
    """Trade is free of it from then on."""
    (found,) = floors_on(FLOOR, replace(FLOOR, version=2, value=None, effective_from=date(2025, 1, 1)))
    assert (found.measure_id, found.effective_to) == ("si@1", date(2025, 1, 1))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        pytest.param({"measure_id": ""}, "measure_id", id="no-name"),
        pytest.param({"products": ()}, "products", id="no-products"),
        pytest.param({"products": ("silicon",)}, "products", id="product"),
        pytest.param({"origins": ("China",)}, "origins", id="origin"),
        pytest.param({"destinations": ("uk",)}, "destinations", id="destination"),
        pytest.param({"destinations": ()}, "destinations", id="charged-nowhere"),
        pytest.param({"kind": MeasureKind.EXPORT_LICENCE, "origins": ()}, "origins", id="licence-of-nobody"),
        pytest.param({"rate_pct": "-1"}, "rate_pct", id="rate-below-nothing"),
        pytest.param({"effective_to": MEASURE.effective_from}, "effective_to", id="empty-period"),
    ],
)
def test_a_measure_that_cannot_be_right_is_refused(fields, field):
    """With the field that is wrong."""
    with pytest.raises(InvalidEntryError) as refused:
        replace(MEASURE, **fields)
    assert [problem.field for problem in refused.value.problems] == [field]
