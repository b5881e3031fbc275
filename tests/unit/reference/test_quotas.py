"""Tariff quotas."""

from datetime import date
from fractions import Fraction

import pytest

from streams.reference.quotas import Quota, Quotas, out_of_quota_share
from streams.reference.validity import InvalidEntryError


def quota(**fields):
    """Return a quarter of a ferro-silicon quota."""
    usual = {
        "quota_id": "fesi",
        "zone_id": "eu",
        "products": ("ferro-silicon|alloy",),
        "period_from": date(2025, 11, 18),
        "period_to": date(2026, 2, 18),
        "quantity": "1000",
    }
    return Quota(**{**usual, **fields})


@pytest.mark.parametrize(
    ("used", "day", "share"),
    [
        pytest.param(0, 100, "0", id="plenty-left"),
        pytest.param(900, 100, "0", id="used-up-exactly"),
        pytest.param(900, 200, "1/2", id="runs-out-today"),
        pytest.param(900, 101, "1/101", id="one-too-many"),
        pytest.param(1000, 50, "1", id="used-up-before"),
        pytest.param(1200, 50, "1", id="overdrawn-before"),
        pytest.param(900, 0, "0", id="nothing-today"),
    ],
)
def test_the_day_a_quota_runs_out_is_shared_in_proportion(used, day, share):
    """What is left is spread over all of the day's declarations."""
    assert out_of_quota_share(Fraction(used), Fraction(day), Fraction(1000)) == Fraction(share)


@pytest.mark.parametrize(
    ("day", "found"),
    [
        pytest.param(date(2025, 11, 17), False, id="the-day-before"),
        pytest.param(date(2025, 11, 18), True, id="first-day"),
        pytest.param(date(2026, 2, 17), True, id="last-day"),
        pytest.param(date(2026, 2, 18), False, id="the-day-after"),
    ],
)
def test_a_period_ends_the_day_before_the_next_begins(day, found):
    """Periods are half-open."""
    quotas = Quotas()
    quotas.put(quota())
    assert (quotas.find("fesi", day=day, origin="NO") is not None) is found


def test_an_origins_own_quota_goes_before_the_one_for_all():
    """Norway draws on its own, others on what is left for all."""
    quotas = Quotas()
    quotas.put(quota())
    quotas.put(quota(origin="NO", quantity="400"))
    day = date(2025, 12, 1)
    assert quotas.find("fesi", day=day, origin="NO").quantity_kg == 400_000
    assert quotas.find("fesi", day=day, origin="CN").quantity_kg == 1_000_000


def test_a_quantity_that_is_not_known_is_none():
    """A quota is known to exist before its figure is."""
    assert quota(quantity=None).quantity_kg is None


@pytest.mark.parametrize(
    "fields",
    [
        {"quantity": "-1"},
        {"quantity": "many"},
        {"unit": "tons"},
        {"origin": "China"},
        {"products": ("FeSi",)},
        {"period_to": date(2025, 11, 18)},
    ],
)
def test_a_quota_that_cannot_be_right_is_refused(fields):
    """A negative or unreadable quantity, an unknown unit, country or product, an empty period."""
    with pytest.raises(InvalidEntryError, match=next(iter(fields))):
        quota(**fields)
