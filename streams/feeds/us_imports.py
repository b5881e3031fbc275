"""
Imports of the United States as trades: what the Census Bureau's API and the USITC's DataWeb have in common.

Values are customs values: the price paid for export to the United States, without international freight, insurance
and other charges, so free on board.  Where the charges are given (or a CIF value, which less the customs value is
the same) they become the trade's freight: they are one sum, so its insurance is 0.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from streams.feeds.decimals import plain_decimal
from streams.feeds.items import RowError
from streams.feeds.period_totals import PeriodTotal, trade_of_total
from streams.feeds.periods import Period
from streams.records import Refusal, Trade

MASS: Final[Mapping[str, str]] = {
    "kg": "kg", "kgs": "kg", "kilogram": "kg", "kilograms": "kg",
    "t": "t", "ton": "t", "metric ton": "t", "metric tons": "t",
    "g": "g", "gm": "g", "gram": "g", "grams": "g",
}  # fmt: skip
"""Units of quantity that weigh the goods; a content kilogram (``CKG``) weighs what is in them, and is not here."""

HTS_LEVELS: Final = (6, 8, 10)
"""Digits of a commodity code that may tell a product."""

_COUNTS: Final = (("quantity", "unit"), ("quantity2", "unit2"))


def us_trade(
    row: Mapping[str, str], *, source: str, code: str, period: Period, origin: str, split: str, revision: int
) -> Trade:
    """Return the trade in a *row* of ``value``, ``cif``, ``charges``, ``quantity``, ``unit`` and their second ones."""
    quantity, unit = _mass(row)
    value = plain_decimal(row["value"], "customs value")
    charges = _charges(row, value)
    return trade_of_total(
        PeriodTotal(
            source=source,
            identity=(period.name, code, origin, split),
            period=period,
            origin=origin,
            destination="US",
            hs_code=code,
            hs_version=f"HTS{period.last_day.year}",
            quantity=quantity,
            unit=unit,
            value=value,
            currency="USD",
            incoterm="FOB",
            freight=charges,
            insurance=None if charges is None else "0",
        ),
        revision,
    )


def _mass(row: Mapping[str, str]) -> tuple[str, str]:
    """Return the first quantity that weighs the goods, and its unit."""
    for quantity, unit in _COUNTS:
        known = MASS.get(row.get(unit, "").lower())
        if known is not None and row.get(quantity):
            return plain_decimal(row[quantity], "quantity"), known
    if not row.get("quantity", "").strip("0.-"):
        raise RowError(Refusal.MISSING_FIELD, "quantity: none is published for this code, so there is no price")
    found = ", ".join(repr(row[unit][:40]) for _, unit in _COUNTS if row.get(unit))
    raise RowError(Refusal.UNKNOWN_UNIT, f"quantity in {found or 'no unit'} does not weigh the goods")


def _charges(row: Mapping[str, str], value: str) -> str | None:
    """Return freight, insurance and other charges, None where they are not given."""
    if row.get("charges"):
        return plain_decimal(row["charges"], "charges")
    if not row.get("cif"):
        return None
    charges = Decimal(plain_decimal(row["cif"], "CIF value")) - Decimal(value)
    if charges < 0:
        raise RowError(Refusal.OUT_OF_RANGE, f"CIF value {row['cif'][:40]} is below the customs value {value[:40]}")
    return f"{charges:f}"
