"""The topic ``alerts`` as it is read: changes of alerts, and between them heartbeats, which are none."""

from collections.abc import Iterable
from typing import Any

from alerts.heartbeat import Beat, decode_beat, is_beat
from alerts.model import AlertChange, decode_change


def decode_told(record: Any) -> AlertChange | Beat:
    """Return what a record of the topic says; raises as :func:`alerts.model.decode_change` does."""
    return decode_beat(record.value) if is_beat(record) else decode_change(record.value)


def changes_of(records: Iterable[Any]) -> list[tuple[int, AlertChange]]:
    """Return the changes in *records* of the topic with their offsets."""
    return [(each.offset, decode_change(each.value)) for each in records if not is_beat(each)]
