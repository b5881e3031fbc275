"""
The wire form of reference data: what travels on the compacted topic ``reference``.

A value is one JSON object with a ``type``.  Entries are versioned (``v``) and only ever grow: a new field is
optional with a default, no field changes its meaning, an unknown field is ignored.  The key names what an entry
replaces when it is published again, so that compaction keeps the latest of each.
"""

from typing import Final

import msgspec

from streams.reference.basis import BasisRatio
from streams.reference.capacities import Capacity
from streams.reference.floors import Floor
from streams.reference.fx import FxDaily, FxMonthly
from streams.reference.measures import Measure
from streams.reference.quotas import Quota
from streams.reference.values import ReferenceValue
from streams.reference.zones import Zone

Entry = Floor | Zone | FxDaily | FxMonthly | Quota | BasisRatio | ReferenceValue | Capacity | Measure

_decoder: Final = msgspec.json.Decoder(Entry)
_encoder: Final = msgspec.json.Encoder(order="deterministic")


def key(entry: Entry) -> str:
    """Return the key of *entry* on the topic: of two entries with one key, the later replaces the earlier."""
    match entry:
        case Floor():
            return f"floor/{entry.floor_id}/{entry.version}/{entry.effective_from}"
        case Zone():
            return f"zone/{entry.zone_id}"
        case FxDaily():
            return f"fx-daily/{entry.publisher}/{entry.day}"
        case FxMonthly():
            return f"fx-monthly/{entry.publisher}/{entry.quote}/{entry.month}"
        case Quota():
            return f"quota/{entry.quota_id}/{entry.period_from}/{entry.origin or '*'}"
        case BasisRatio():
            lanes = (entry.product or "*", entry.origin or "*", entry.destination or "*")
            return f"basis-ratio/{'/'.join(lanes)}/{entry.publisher}/{entry.valid_from or '*'}"
        case ReferenceValue():
            whose = f"{entry.publisher}/{entry.valid_from}/{entry.exporter or '*'}"
            return f"reference-value/{entry.role}/{entry.product}/{entry.country}/{whose}"
        case Capacity():
            return f"capacity/{entry.role}/{entry.product}/{entry.country}/{entry.publisher}/{entry.valid_from}"
        case Measure():
            return f"measure/{entry.measure_id}/{entry.effective_from}"


def encode(entry: Entry) -> bytes:
    """Return the wire form of *entry*: one JSON object without a newline, the same bytes for equal entries."""
    return _encoder.encode(entry)


def decode(value: bytes) -> Entry:
    """
    Return the entry in *value*.

    Raises :class:`msgspec.DecodeError` for what is not JSON and :class:`msgspec.ValidationError`, with all that is
    wrong, for an entry that cannot be right.
    """
    entry: Entry = _decoder.decode(value)
    return entry
