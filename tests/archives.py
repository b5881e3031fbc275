"""An archive of a few trades, for tests that read one."""

from datetime import UTC, datetime
from pathlib import Path

from streams.archive.line import Logged
from streams.archive.manifest import Manifest, PartitionEntry, TopicEntry, write_manifest
from streams.archive.segment import Segment
from streams.records import Heartbeat, Trade, encode_record
from tests.sales import on

END = Heartbeat(event_date=on(40), end=True)
LOGGED_MS = int(datetime(2025, 6, 1, tzinfo=UTC).timestamp() * 1000)


def archive_of(folder: Path, *partitions: list[Trade | Heartbeat | bytes]) -> Path:
    """Write an archive of a topic of trades, and one of ticks with nothing but end marks, with these partitions."""
    topics = []
    for role in ("trades", "price-ticks"):
        entries = []
        for number, records in enumerate(partitions):
            segment = Segment(folder, role, number, 0)
            for offset, record in enumerate(records if role == "trades" else [END]):
                value = record if isinstance(record, bytes) else encode_record(record)
                segment.add(Logged(offset, LOGGED_MS + offset, b"key", value))
            entries.append(PartitionEntry(partition=number, segments=[segment.close()], records=len(records)))
        topics.append(TopicEntry(name=role, role=role, partitions=entries))
    write_manifest(Manifest(code_version="1", source="here", complete=True, topics=topics), folder)
    return folder
