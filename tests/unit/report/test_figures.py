"""Figures for people: rounded for the eye, in units that fit."""

from fractions import Fraction

import pytest

from streams.report import figures
from streams.report.figures import NONE, unit_of, with_unit


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        pytest.param(figures.usd("19119329.39"), "USD 19.12 m", id="millions"),
        pytest.param(figures.usd("999999.4"), "USD 999,999", id="below-a-million"),
        pytest.param(figures.usd(1_000_000), "USD 1.00 m", id="a-million"),
        pytest.param(figures.usd(None), NONE, id="no-amount"),
        pytest.param(figures.tonnes(3_902_844_000), "3.90 Mt", id="megatonnes"),
        pytest.param(figures.tonnes("45262045"), "45,262 t", id="tonnes"),
        pytest.param(figures.tonnes(99_940), "99.9 t", id="below-a-hundred-tonnes"),
        pytest.param(figures.tonnes(1), "0.001 t", id="a-kilogram"),
        pytest.param(figures.price("2.2"), "2.200", id="price"),
        pytest.param(figures.price(Fraction(27382, 100)), "273.82", id="dear"),
        pytest.param(figures.percent("19.200644"), "19.2 %", id="per-cent"),
        pytest.param(figures.percent(Fraction(-1, 3), 2), "-0.33 %", id="negative"),
        pytest.param(figures.counted(1, "lane"), "1 lane", id="one"),
        pytest.param(figures.counted(1200, "lane"), "1,200 lanes", id="many"),
        pytest.param(figures.listed(["a", "b", "c"]), "a, b and c", id="list"),
        pytest.param(figures.listed([]), "", id="empty-list"),
    ],
)
def test_a_figure_is_shown_as_finely_as_its_size_asks_for(shown, expected):
    """What is exact is in the run's files."""
    assert expected == shown


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        pytest.param("floor_usd_per_kg", "2.20", ("floor", "2.20 USD/kg"), id="price"),
        pytest.param("content below kg", "45262045", ("content below", "45,262,045 kg"), id="mass"),
        pytest.param("squeeze_pp", "-1234.5", ("squeeze", "-1,234.5 points"), id="negative"),
        pytest.param("hs_code", "28046900", ("hs code", "28046900"), id="no-unit-no-grouping"),
        pytest.param("gap_pct", "not known", ("gap", "not known"), id="words"),
    ],
)
def test_a_figure_has_its_unit_behind_it_and_not_in_its_name(name, text, shown):
    """Not a digit of it is changed; a code is no figure."""
    words, unit = unit_of(name)

    assert (words, with_unit(text, unit)) == shown
