"""Rows whose fields carry the names of the wire: what the project's own CSV and Parquet have in common."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from streams.feeds.form import NOT_READ
from streams.feeds.items import RowError
from streams.records import PriceTick, Refusal, Trade

TYPE: Final = "type"
TYPES: Final[Mapping[str, type[Trade] | type[PriceTick]]] = {"trade": Trade, "price-tick": PriceTick}

REQUIRED: Final = {
    Trade: ("id", "source", "event_date", "origin", "destination"),
    PriceTick: ("instrument", "source", "event_date", "product"),
}
FIELDS: Final = frozenset((TYPE, *Trade.__struct_fields__, *PriceTick.__struct_fields__))

DECIMALS: Final = frozenset(
    {
        "quantity",
        "value",
        "price",
        "low",
        "high",
        "freight",
        "insurance",
        "grade_pct",
        "moisture_pct",
        "vat_pct",
    }
)
"""The fields that are decimal text on the wire."""

PLAIN: Final = frozenset(
    {
        *DECIMALS,
        *("id", "source", "origin", "destination", "product", "unit", "price_unit", "price_of", "currency", "incoterm"),
        *("exporter", "importer", "hs_code", "hs_version", "regime", "consignment_country", "producer", "place"),
        *("description", "quota_id"),
    }
)
"""The fields of a trade that are any text: a table of these and a day makes values of the wire without a record."""

DAY: Final = "event_date"
EDITION: Final = "hs_version"
EDITION_FORM: Final = re.compile(r"([A-Za-z]{0,4}[0-9]{4})?", re.ASCII)
"""Nomenclature and year, or the year alone."""

_AT: Final = re.compile(r" - at `\$\.(\w+)`$")
_NO_FIELD: Final = re.compile(r"Object missing required field `(\w+)`")


def missing_columns(columns: frozenset[str]) -> tuple[str, ...]:
    """
    Return which columns a table lacks before any of its rows could be a record.

    With a ``type`` column a table that has all that one of the types needs will do.
    """
    wanted = REQUIRED.values() if TYPE in columns else (REQUIRED[Trade],)
    lacking = [tuple(name for name in names if name not in columns) for names in wanted]
    return min(lacking, key=len)


def own_meaning(column: str) -> str:
    """Return what a column of the project's own form is read as."""
    if column not in FIELDS:
        return NOT_READ
    return f"{column}, decimal text" if column in DECIMALS else column


def record_of(values: Mapping[str, Any]) -> Trade | PriceTick:
    """
    Return the record that a row's non-empty fields make.

    Raises :class:`RowError`, naming field and found value.
    """
    name = values.get(TYPE, "trade")
    kind = TYPES.get(name)
    if kind is None:
        raise RowError(Refusal.WRONG_TYPE, f"type: expected {' or '.join(TYPES)}, found {name!r}")
    edition = values.get(EDITION)
    if isinstance(edition, str) and not EDITION_FORM.fullmatch(edition):
        detail = (
            f"{EDITION}: expected nomenclature and year such as HS2022, found {edition[:40]!r}: is the row cut short?"
        )
        raise RowError(Refusal.WRONG_TYPE, detail)
    try:
        return msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as e:
        raise _row_error(str(e), values) from e


def _row_error(message: str, values: Mapping[str, Any]) -> RowError:
    if (missing := _NO_FIELD.match(message)) is not None:
        return RowError(Refusal.MISSING_FIELD, f"{missing[1]} is empty")
    at = _AT.search(message)
    if at is None:
        return RowError(Refusal.WRONG_TYPE, message)
    complaint = message[: at.start()]
    if "encoded date" in complaint:
        complaint = "expected a day such as 2025-03-31"
    return RowError(Refusal.WRONG_TYPE, f"{at[1]}: {complaint}, found {str(values.get(at[1]))[:40]!r}")
