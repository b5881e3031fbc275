"""Capacities and production."""

from datetime import date
from fractions import Fraction

import pytest
from msgspec.structs import replace

from streams.reference.capacities import Capacities, CapacityRole
from streams.reference.catalogue import load_catalogue
from streams.reference.validity import InvalidEntryError
from tests.unit.reference.examples import CAPACITY


def known(*figures):
    """Return the figures as they are looked up."""
    found = Capacities()
    for figure in figures:
        found.put(figure)
    return found


def find(figures, *, day=date(2024, 6, 1), country="CN", role=CapacityRole.PRODUCTION):
    """Return what is made of silicon."""
    return figures.find("silicon|metal", country=country, role=role, day=day)


@pytest.mark.parametrize(
    ("day", "holds"),
    [
        pytest.param(date(2023, 12, 31), False, id="the-day-before"),
        pytest.param(date(2024, 1, 1), True, id="first-day"),
        pytest.param(date(2024, 12, 31), True, id="the-day-before-its-end"),
        pytest.param(date(2025, 1, 1), False, id="its-end"),
    ],
)
def test_a_figure_holds_from_its_first_day_to_the_day_before_its_end(day, holds):
    """Periods are half-open."""
    assert (find(known(CAPACITY), day=day) == CAPACITY) is holds


def test_the_latest_figure_goes_first_then_the_first_publisher():
    """A revision does not take another publisher's place."""
    later = replace(CAPACITY, valid_from=date(2024, 3, 1), publisher="zeta")
    figures = known(CAPACITY, replace(CAPACITY, publisher="agency"), later)
    assert find(figures) == later
    assert find(figures, day=date(2024, 2, 1)).publisher == "agency"


def test_what_is_made_and_what_could_be_made_are_two_figures():
    """And each country has its own."""
    figures = known(CAPACITY, replace(CAPACITY, role=CapacityRole.CAPACITY, quantity="1500"))
    assert find(figures, role=CapacityRole.CAPACITY).quantity == "1500"
    assert find(figures).quantity == "1000"
    assert find(figures, country="NO") is None


@pytest.mark.parametrize(
    ("product", "fields", "kg"),
    [
        pytest.param("silicon|metal", {}, 1_000_000, id="goods"),
        pytest.param("silicon|metal", {"quantity": "0"}, 0, id="nothing-is-made"),
        pytest.param("silicon|metal", {"content_basis": "Si"}, Fraction(1_000_000 * 1000, 985), id="content-as-goods"),
        pytest.param("tungsten|concentrate", {"content_basis": "WO3"}, 1_000_000, id="content"),
        pytest.param("tungsten|concentrate", {}, 650_000, id="goods-as-content"),
        pytest.param("tungsten|concentrate", {"grade_pct": "50"}, 500_000, id="goods-as-assayed-content"),
    ],
)
def test_a_figure_is_brought_to_what_cells_count(product, fields, kg):
    """Kilograms a year of the goods, or of the constituent they are quoted by."""
    figure = replace(CAPACITY, product=product, **fields)
    assert figure.content_kg_per_year(load_catalogue().product(product)) == kg


@pytest.mark.parametrize(
    ("product", "fields", "missing"),
    [
        pytest.param("silicon|metal", {"quantity": None}, "the quantity is not known", id="quantity"),
        pytest.param("cobalt|ore", {}, "no assay declared, none usual for cobalt|ore", id="assay"),
    ],
)
def test_what_is_missing_is_said(product, fields, missing):
    """In words, instead of a figure."""
    assert missing in replace(CAPACITY, product=product, **fields).content_kg_per_year(
        load_catalogue().product(product)
    )


def test_a_publisher_replaces_its_own_figure():
    """And gets back what it replaced."""
    figures = known(CAPACITY)
    assert figures.put(replace(CAPACITY, quantity="1100")) == CAPACITY
    assert [figure.quantity for figure in figures] == ["1100"]


def test_everything_wrong_with_a_figure_is_said_at_once():
    """Not the first of it."""
    with pytest.raises(InvalidEntryError) as refused:
        replace(
            CAPACITY,
            product="si",
            country="cn",
            quantity="-1",
            unit="bag",
            grade_pct="101",
            publisher="",
            valid_to=date(2024, 1, 1),
        )
    assert {problem.field for problem in refused.value.problems} == {
        *("product", "country", "quantity", "unit", "grade_pct", "publisher", "valid_to"),
    }
