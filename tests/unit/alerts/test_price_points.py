"""The prices over time that alerts tell."""

import pytest
from msgspec.structs import replace

from alerts.price_points import PriceRole, price_points
from tests.unit.alerts.examples import FIRING


def told(**evidence):
    """Return the points of an alert with this evidence, as (day, role, label, price)."""
    points = price_points([replace(FIRING, evidence=evidence)])
    return [(each.day, each.role, each.label, each.usd_per_kg) for each in points]


def test_figures_are_of_the_day_that_the_evidence_names():
    """The price of the worst window, the floor from where the episode began."""
    assert told(landed_price_usd_per_kg="1.5", floor_usd_per_kg="2.2", worst_window_ends_on="2025-03-03") == [
        ("2025-03-01", PriceRole.FLOOR, "floor", "2.2"),
        ("2025-03-03", PriceRole.FLOOR, "floor", "2.2"),
        ("2025-03-03", PriceRole.PRICE, "landed price", "1.5"),
    ]


def test_months_are_priced_by_what_they_state_or_by_value_over_content():
    """Each on its last day; a month without goods has no price."""
    months = [
        {"month": "2024-02", "cif_value_usd": "10", "content_kg": "3"},
        {"month": "2024-03", "unit_value_usd_per_kg": "4", "cif_value_usd": "10", "content_kg": "3"},
        {"month": "2024-04", "cif_value_usd": "0", "content_kg": "0"},
        {"months": "2024-01 to 2024-03", "unit_value_usd_per_kg": "5"},
    ]
    assert told(inputs=months) == [
        ("2024-02-29", PriceRole.PRICE, "price of the month", "3.333333"),
        ("2024-03-31", PriceRole.PRICE, "price of the month", "4"),
    ]


def test_a_normal_value_is_one_and_another_reference_is_another():
    """By the role that the reference value states."""
    values = [
        {"role": "normal_value", "valid_from": "2025-01-01", "usd_per_kg": "3"},
        {"role": "target_price", "valid_from": "2025-01-01", "usd_per_kg": "2.5"},
    ]
    assert [each[1:] for each in told(reference_values=values)] == [
        (PriceRole.NORMAL_VALUE, "normal value", "3"),
        (PriceRole.REFERENCE, "target price", "2.5"),
    ]


def test_of_one_day_the_last_told_counts():
    """A correction replaces what was told before."""
    states = [replace(FIRING, evidence={"landed_price_usd_per_kg": price, "on": "2025-03-03"}) for price in ("1", "2")]
    assert [each.usd_per_kg for each in price_points(states)] == ["2"]


@pytest.mark.parametrize(
    "evidence",
    [
        {},
        {"withheld": "no"},
        {"population": {"median_usd_per_kg": "1"}},
        {"landed_price_usd_per_kg": None},
        {"inputs": ["x", {"month": "soon", "cif_value_usd": "1", "content_kg": "1"}], "worst_record": "x"},
    ],
)
def test_what_is_no_price_of_the_lane_is_left_out(evidence):
    """Whatever the evidence looks like."""
    assert told(**evidence) == []
