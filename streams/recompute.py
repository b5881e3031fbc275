"""
Working an alert out again from the log: the records and reference data that Kafka holds, through the same engine.

An alert is a function of them; where what comes out is not what was told, one of the two has changed since.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from msgspec import to_builtins

from alerts.model import Alert
from streams.assembly import new_engine
from streams.broker import Waiting, broker_security, wait_unheard
from streams.log_reader import log_reader, partitions_of, read_to_end
from streams.normalise import Normaliser
from streams.records import mineral_of
from streams.reference.book import ReferenceBook
from streams.settings import Settings
from streams.shapes import Kind
from streams.topics import TopicNames


class Recomputation(NamedTuple):
    """What the log has to say of an alert."""

    records: int
    """Values read that concern its mineral."""
    alert: Alert | None
    """The alert as it comes out now, None where it does not stand."""


def recompute(
    alert: Alert,
    *,
    book: ReferenceBook,
    settings: Settings,
    patience_s: float,
    on_wait: Callable[[Waiting], None] = wait_unheard,
) -> Recomputation:
    """
    Return what the log that workers of *settings* read comes to for the alert's mineral, by the reference *book*.

    Raises what :func:`streams.log_reader.log_reader` raises.
    """
    names = TopicNames(settings.topic_prefix)
    normaliser = Normaliser(book, hindsight=settings.hindsight)
    mineral = mineral_of(alert.product).encode()
    engines: dict[int, Any] = {}
    records = 0
    security = broker_security(settings)
    with log_reader(settings.kafka, security, patience_s=patience_s, on_wait=on_wait) as consumer:
        for topic, kind in ((names.trades, Kind.TRADE), (names.ticks, Kind.TICK)):
            for run in read_to_end(consumer, partitions_of(consumer, topic)):
                values = [record.value or b"" for record in run if record.key in (mineral, None)]
                if values:
                    engine = engines.setdefault(run[0].partition, new_engine(settings, normaliser))
                    records += engine.step(values, kind=kind, logged_on=_day(run[-1])).records
    found = [each for engine in engines.values() for each in engine.alerts() if each.id == alert.id]
    return Recomputation(records, found[0] if found else None)


def differences(told: Alert, recomputed: Alert) -> list[str]:
    """Return where two versions of an alert differ, one line each: the path, what was told, what comes out now."""
    return list(_differences("", to_builtins(told), to_builtins(recomputed)))


def _differences(path: str, told: Any, recomputed: Any) -> Iterable[str]:
    if isinstance(told, dict) and isinstance(recomputed, dict):
        for name in sorted({*told, *recomputed}):
            yield from _differences(f"{path}.{name}".lstrip("."), told.get(name), recomputed.get(name))
    elif isinstance(told, list) and isinstance(recomputed, list) and len(told) == len(recomputed):
        for place, (ours, theirs) in enumerate(zip(told, recomputed, strict=True)):
            yield from _differences(f"{path}[{place}]", ours, theirs)
    elif told != recomputed:
        yield f"{path}: told {told}, comes to {recomputed}"


def _day(record: Any) -> int:
    return datetime.fromtimestamp(record.timestamp / 1000, tz=UTC).date().toordinal()
