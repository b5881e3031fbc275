"""
Synthetic heartbeats: records that travel the whole way of an alert, from the source to subscribers, and are none.

A source writes a probe to each partition of trades; the worker that judges the partition writes it on to the topic
``alerts``, in order with the changes; the sink puts it into the store, from where subscribers hear of it.  It has no
place among alerts: it is in no list, and takes no number of a cursor.
"""

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec

from alerts.actions import Instant

KEY: Final = b"heartbeat"
"""Of a heartbeat on the topic ``alerts``, where a change has the id of its alert."""
VERSION: Final = 1


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """One heartbeat, as it arrives."""

    partition: Annotated[int, msgspec.Meta(ge=0)]
    """Of trades: each partition has a path of its own."""
    sent_at: Instant
    """When the source wrote it, by the source's clock."""
    v: int = VERSION

    @property
    def sent_s(self) -> int:
        """When it was written, in seconds of the Unix epoch."""
        return int(datetime.fromisoformat(self.sent_at).timestamp())


_decoder: Final = msgspec.json.Decoder(Beat)


def encode_beat(beat: Beat) -> bytes:
    """Return the JSON of *beat*."""
    return msgspec.json.encode(beat)


def decode_beat(data: bytes | str) -> Beat:
    """Return the heartbeat in *data*; raises :class:`msgspec.DecodeError` or :class:`msgspec.ValidationError`."""
    return _decoder.decode(data)


def is_beat(record: Any) -> bool:
    """Return whether a record of the topic ``alerts`` is a heartbeat and no change."""
    return bool(record.key == KEY)
