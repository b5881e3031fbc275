"""Reference values and duties in a few words, for the unit tests of the rules that measure by them."""

from datetime import date
from typing import Any

from streams.reference.floor import FloorStatus
from streams.reference.measures import Measure, MeasureKind
from streams.reference.values import Method, ReferenceValue, Role
from tests.unit.rules.market_of import PRODUCT


def figure(role: Role, usd_per_kg: str, *, country: str, **fields: Any) -> ReferenceValue:
    """Return a value of silicon metal in US dollars per kilogram, that holds from 2022 on."""
    usual: dict[str, Any] = {
        "role": role,
        "product": PRODUCT,
        "country": country,
        "value": usd_per_kg,
        "currency": "USD",
        "unit": "kg",
        "valid_from": date(2022, 1, 1),
        "publisher": "bulletin",
        "method": Method.HOME if role is Role.NORMAL_VALUE else None,
    }
    return ReferenceValue(**usual | fields)


def domestic_price(usd_per_kg: str, **fields: Any) -> ReferenceValue:
    """Return what the industry of the United Kingdom sells at."""
    return figure(Role.DOMESTIC_PRICE, usd_per_kg, **{"country": "GB"} | fields)


def target_price(usd_per_kg: str, **fields: Any) -> ReferenceValue:
    """Return what the industry of the United Kingdom would need."""
    return figure(Role.TARGET_PRICE, usd_per_kg, **{"country": "GB"} | fields)


def normal_value(usd_per_kg: str, **fields: Any) -> ReferenceValue:
    """Return what silicon costs at home in China."""
    return figure(Role.NORMAL_VALUE, usd_per_kg, **{"country": "CN"} | fields)


def unit_cost(usd_per_kg: str, **fields: Any) -> ReferenceValue:
    """Return what the efficient producer in China spends on a kilogram."""
    return figure(Role.UNIT_COST, usd_per_kg, **{"country": "CN"} | fields)


def duty(rate_pct: str | None, **fields: Any) -> Measure:
    """Return an anti-dumping duty of the United Kingdom on silicon metal from China."""
    usual: dict[str, Any] = {
        "measure_id": "AD1",
        "kind": MeasureKind.ANTI_DUMPING,
        "products": (PRODUCT,),
        "announced_at": date(2022, 1, 1),
        "effective_from": date(2022, 1, 1),
        "status": FloorStatus.IN_FORCE,
        "origins": ("CN",),
        "destinations": ("GB",),
        "rate_pct": rate_pct,
    }
    return Measure(**usual | fields)
