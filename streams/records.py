"""
The wire: what travels on the topics ``trades`` and ``price-ticks``.

A value on either topic is one JSON object with a ``type``: a trade, a price tick or a heartbeat.
Records are versioned (``v``) and only ever grow: a new field is optional with a default, no field
changes its meaning, an unknown field is ignored.  ``tests/unit/test_records.py`` keeps golden bytes
of every version.

Money, prices, quantities and percentages are decimal *text* (``"1184.50"``): a JSON number would
pass through a binary float in many producers.  Dates are calendar days in ISO 8601 form.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, final

import msgspec

WIRE_VERSION: Final = 1

ANY_SOURCE: Final = "*"
"""A heartbeat's source when it speaks for every source of its partition."""


Name = Annotated[str, msgspec.Meta(min_length=1)]
"""Text that names something: never empty."""

Revision = Annotated[int, msgspec.Meta(ge=0, lt=2**32)]


class Status(StrEnum):
    """What a declaration's revision says of it."""

    LODGED = "lodged"
    AMENDED = "amended"
    CANCELLED = "cancelled"


class Flow(StrEnum):
    """On which side of its way goods were declared."""

    IMPORT = "import"
    EXPORT = "export"
    """Declared on leaving ``origin``: set beside what ``destination`` declares, never added to it."""


@final
class Trade(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="trade", tag_field="type"):
    """
    One line of a customs declaration: goods of one product, origin and price.

    ``id`` names the line for good; a correction carries the same id and a higher ``revision``.
    ``event_date`` is the day the declaration was accepted: the only date that selects floor, rate
    and window.  ``value`` is the invoice total; where only a unit price is known, ``price`` stands
    for one ``price_unit`` (default: ``unit``) of ``price_of`` (default: the product itself).
    """

    id: Name
    source: Name
    event_date: date
    origin: str
    destination: str
    product: str | None = None
    """``mineral|stage``; where absent it is read from ``hs_code``, if that identifies one."""
    quantity: str | None = None
    unit: str = "kg"
    value: str | None = None
    price: str | None = None
    price_unit: str | None = None
    price_of: str | None = None
    currency: str | None = None
    incoterm: str | None = None
    exporter: str | None = None
    importer: str | None = None
    hs_code: str | None = None
    hs_version: str | None = None
    revision: Revision = 1
    status: Status = Status.LODGED
    grade_pct: str | None = None
    """Content of the product's own constituent in the dry product, per cent by mass."""
    moisture_pct: str | None = None
    vat_pct: str | None = None
    """The rate of value added tax that ``value`` or ``price`` includes; absent when it includes none."""
    freight: str | None = None
    """In the terms of the price it goes with: a total beside ``value``, per ``price_unit`` beside ``price``."""
    insurance: str | None = None
    regime: str | None = None
    """Customs procedure, for exemptions (``returned-goods``, ``inward-processing`` ...)."""
    provisional: bool = False
    related_party: bool = False
    consignment_country: str | None = None
    producer: str | None = None
    place: str | None = None
    description: str | None = None
    quota_id: str | None = None
    contract_date: date | None = None
    sale_date: date | None = None
    ship_date: date | None = None
    flow: Flow = Flow.IMPORT
    ingested_at: datetime | None = None
    """When the record entered the log's first producer; judges future dates and orders conflicts."""
    v: int = WIRE_VERSION


@final
class PriceTick(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="price-tick", tag_field="type"
):
    """
    One assessment of a market price: ``instrument`` of ``publisher`` on ``event_date``.

    An instrument has one price a day; a correction of it carries a higher ``revision``.
    """

    instrument: Name
    source: Name
    """The publisher: the party whose watermark these ticks move."""
    event_date: date
    product: str
    price: str | None = None
    currency: str | None = None
    unit: str = "kg"
    price_of: str | None = None
    low: str | None = None
    high: str | None = None
    incoterm: str | None = None
    place: str | None = None
    vat_pct: str | None = None
    grade_pct: str | None = None
    contributors: int | None = None
    revision: Revision = 1
    status: Status = Status.LODGED
    published_at: datetime | None = None
    ingested_at: datetime | None = None
    licence: str | None = None
    v: int = WIRE_VERSION


@final
class Heartbeat(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="heartbeat", tag_field="type"):
    """
    A source's word that its records before ``event_date`` have all been written to this partition.

    ``source`` may be ``*``: every source seen in the partition.  ``end`` closes a bounded replay: with one on
    both source topics every day up to ``event_date``, itself included, is sealed, whatever the grace.
    """

    event_date: date
    source: str = ANY_SOURCE
    end: bool = False
    probe: str | None = None
    """When this was written (ISO 8601 UTC) to see how long it takes to come through to subscribers; moves nothing."""
    v: int = WIRE_VERSION


Record = Trade | PriceTick | Heartbeat

_decoder: Final = msgspec.json.Decoder(Record)
_encoder: Final = msgspec.json.Encoder()

decode_record = _decoder.decode
"""Decode one value; raises :class:`msgspec.DecodeError` (not JSON) or :class:`msgspec.ValidationError`."""

decode_lines = _decoder.decode_lines
"""Decode many values joined by newlines in one call; raises as :func:`decode_record` does."""


def decoded(value: bytes) -> Record | None:
    """Return the record in *value*, None where it is none: for whoever leaves it to a judge to say why."""
    try:
        record: Record = decode_record(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return record


def encode_record(record: Record) -> bytes:
    """Return the wire form of *record*: one JSON object without a newline."""
    return _encoder.encode(record)


def mineral_of(product: str) -> str:
    """Return the mineral of ``mineral|stage``: the Kafka key that brings its stages and origins together."""
    return product.partition("|")[0]


class Refusal(StrEnum):
    """Why a record went to ``dead-letters`` or is held back; each a label of a metric."""

    NOT_JSON = "not_json"
    WRONG_TYPE = "wrong_type"
    MISSING_FIELD = "missing_field"
    NOT_A_DECIMAL = "not_a_decimal"
    OUT_OF_RANGE = "out_of_range"
    QUANTITY_NOT_POSITIVE = "quantity_not_positive"
    VALUE_NOT_POSITIVE = "value_not_positive"
    UNKNOWN_PRODUCT = "unknown_product"
    AMBIGUOUS_PRODUCT = "ambiguous_product"
    UNKNOWN_UNIT = "unknown_unit"
    UNKNOWN_INCOTERM = "unknown_incoterm"
    DATE_OUT_OF_RANGE = "date_out_of_range"
    FUTURE_DATE = "future_date"
    TOO_LATE = "too_late"
    CONFLICTING_DUPLICATE = "conflicting_duplicate"


class Unpriced(StrEnum):
    """Why an accepted record cannot be priced yet: held, counted, and judged when the missing thing arrives."""

    FX_RATE_MISSING = "fx_rate_missing"
    BASIS_UNKNOWN = "basis_unknown"
    GRADE_MISSING = "grade_missing"


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A refused record: its bytes as they came, and why it cannot be right."""

    reason: Refusal
    detail: str
    """What was found and what to do."""
    value: bytes
    key: bytes | None = None
