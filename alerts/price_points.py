"""
Prices over time as alerts state them: what was paid, the floor, the normal value, and what else it was measured by.

A series is made of the alerts of a lane alone, at every change that they went through: nothing is known here that their
evidence does not say.  Prices are USD per kg of content, decimal text.
"""

import calendar
from collections.abc import Iterable, Iterator
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final

import msgspec

from alerts.arithmetic import rounded
from alerts.model import Alert


class PriceRole(StrEnum):
    """What a price is in a comparison."""

    PRICE = "price"
    """Of goods: landed, exported, or of the market."""
    FLOOR = "floor"
    NORMAL_VALUE = "normal_value"
    REFERENCE = "reference"
    """Another price it is measured by: a target price, a unit cost, the price of other origins."""


class PricePoint(msgspec.Struct, frozen=True, kw_only=True):
    """One price on one day."""

    day: str
    """ISO 8601; of a month, its last."""
    role: PriceRole
    label: str
    """What it is, in words; points with the same make a line."""
    usd_per_kg: str
    alert_id: str
    rule: str


_SUFFIX: Final = "_usd_per_kg"
_ROLES: Final = {
    "landed_price": PriceRole.PRICE,
    "export_price": PriceRole.PRICE,
    "unit_value": PriceRole.PRICE,
    "price": PriceRole.PRICE,
    "floor": PriceRole.FLOOR,
    "normal_value": PriceRole.NORMAL_VALUE,
    "target_price": PriceRole.REFERENCE,
    "unit_cost": PriceRole.REFERENCE,
    "domestic_price": PriceRole.REFERENCE,
    "other_origins_price": PriceRole.REFERENCE,
}
"""By the name of a figure, what it is; figures of other names are no prices of the lane."""
_DAYS: Final = ("on", "lowest_on", "worst_window_ends_on", "worst_period_ends_on", "last_breach_on", "last_day")
"""Where evidence says which day its figures are of, the most telling first."""
_VALUES: Final = ("landed_value_usd", "export_value_usd", "cif_value_usd")
"""Of a month's goods, the most telling first."""


def price_points(states: Iterable[Alert]) -> list[PricePoint]:
    """
    Return the prices that *states* tell, in order of day; each is an alert as one of its changes left it.

    Of several prices of one kind on one day that an alert told, the last told counts.
    """
    found: dict[tuple[str, str, str], PricePoint] = {}
    for alert in states:
        for point in _points(alert):
            found[point.alert_id, point.label, point.day] = point
    return sorted(found.values(), key=lambda each: (each.day, each.label, each.alert_id))


def _points(alert: Alert) -> Iterator[PricePoint]:
    evidence = alert.evidence
    day = next((str(evidence[name]) for name in _DAYS if evidence.get(name)), alert.updated_at[:10])
    yield from _figures(alert, evidence, day, "")
    if "floor_usd_per_kg" in evidence:
        # The floor is drawn from where the episode began.
        yield _point(alert, alert.opened_at[:10], PriceRole.FLOOR, "floor", str(evidence["floor_usd_per_kg"]))
    worst = evidence.get("worst_record")
    if isinstance(worst, dict) and worst.get("event_date"):
        yield from _figures(alert, worst, str(worst["event_date"]), " of the lowest record")
    for each in _entries(evidence.get("inputs"), "month"):
        yield from _of_month(alert, each)
    for each in _entries(evidence.get("reference_values"), "usd_per_kg"):
        yield from _reference_value(alert, each)


def _figures(alert: Alert, figures: dict[str, Any], day: str, of: str) -> Iterator[PricePoint]:
    for name, value in figures.items():
        role = _ROLES.get(name.removesuffix(_SUFFIX)) if name.endswith(_SUFFIX) else None
        if role is not None and isinstance(value, str):
            words = name.removesuffix(_SUFFIX).replace("_", " ")
            yield _point(alert, day, role, words + (of if role is PriceRole.PRICE else ""), value)


def _of_month(alert: Alert, goods: dict[str, Any]) -> Iterator[PricePoint]:
    day = _last_of_month(str(goods["month"]))
    if day is None:
        return
    price = goods.get("unit_value_usd_per_kg") or _price_of(goods)
    if price is not None:
        yield _point(alert, day, PriceRole.PRICE, "price of the month", str(price))
    cost = goods.get("unit_cost_usd_per_kg")
    if isinstance(cost, str):
        yield _point(alert, day, PriceRole.REFERENCE, "unit cost", cost)


def _reference_value(alert: Alert, value: dict[str, Any]) -> Iterator[PricePoint]:
    began, role = value.get("valid_from"), str(value.get("role"))
    if isinstance(began, str):
        kind = PriceRole.NORMAL_VALUE if role == PriceRole.NORMAL_VALUE else PriceRole.REFERENCE
        yield _point(alert, began, kind, role.replace("_", " "), str(value["usd_per_kg"]))


def _point(alert: Alert, day: str, role: PriceRole, label: str, usd_per_kg: str) -> PricePoint:
    return PricePoint(day=day, role=role, label=label, usd_per_kg=usd_per_kg, alert_id=alert.id, rule=alert.rule)


def _entries(listed: Any, needed: str) -> Iterator[dict[str, Any]]:
    if isinstance(listed, list):
        yield from (each for each in listed if isinstance(each, dict) and each.get(needed))


def _price_of(goods: dict[str, Any]) -> str | None:
    value = next((goods[name] for name in _VALUES if goods.get(name)), None)
    try:
        return None if value is None else rounded(Fraction(value) / Fraction(goods["content_kg"]))
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None


def _last_of_month(month: str) -> str | None:
    year, _, number = month.partition("-")
    try:
        return f"{month}-{calendar.monthrange(int(year), int(number))[1]:02d}"
    except ValueError:
        return None
