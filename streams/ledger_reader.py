"""
Following the workers' ledger from outside: how far they have come, what they counted, what they told.

The ledger says when everything that was written is judged, which neither a committed offset (it comes later) nor a
quiet topic (it may only be slow) does.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

from kafka import TopicPartition

from alerts.model import Alert, AlertChange, standing
from streams.alert_topic import changes_of
from streams.broker import BrokerError, broker_security
from streams.ledger import Batch, decode_batch
from streams.ledger_log import LedgerRecord, is_valid
from streams.log_reader import log_ends, log_reader, partitions_of
from streams.settings import Settings
from streams.topics import TopicNames, state_changelog

REFUSED: Final = "refused:"
"""What the names of refusals begin with among a batch's counts."""
_POLL_S: Final = 0.1


class LedgerReader:
    """Reads a changelog of batches as it grows, by a consumer of its own."""

    def __init__(self, consumer: Any, changelog: str) -> None:
        self.told: set[str] = set()
        """The ids of all alert changes."""
        self._consumer = consumer
        self._last: dict[int, Batch] = {}
        self._before: dict[int, LedgerRecord] = {}
        partitions = partitions_of(consumer, changelog)
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)

    def poll(self, timeout_s: float) -> bool:
        """Take in what came, waiting at most *timeout_s* for it; return whether anything did."""
        runs = self._consumer.poll(timeout_ms=int(timeout_s * 1000))
        for partition, run in runs.items():
            for record in run:
                if record.value is not None:
                    self._take(partition.partition, LedgerRecord(record.offset, record.key, record.value))
        return bool(runs)

    def behind(self, ends: Mapping[TopicPartition, int]) -> int:
        """Return how many records before *ends* (offsets after the last, by source partition) are not judged yet."""
        return sum(max(0, end - 1 - self._read(partition)) for partition, end in ends.items())

    def counts(self) -> Counter[str]:
        """Return the running totals of all partitions."""
        total: Counter[str] = Counter()
        for batch in self._last.values():
            total.update(batch.counts)
        return total

    def refused(self) -> dict[str, int]:
        """Return how many records were refused, by reason."""
        counts = self.counts()
        return {name.removeprefix(REFUSED): counts[name] for name in sorted(counts) if name.startswith(REFUSED)}

    def _take(self, partition: int, record: LedgerRecord) -> None:
        """Take in a batch, unless it is void: see :mod:`streams.ledger_log`."""
        before = self._before.get(partition)
        self._before[partition] = record
        if not is_valid(record, before):
            return
        batch = decode_batch(record.value)
        self._last[partition] = batch
        self.told.update(each.change.id for each in batch.told)

    def _read(self, partition: TopicPartition) -> int:
        batch = self._last.get(partition.partition)
        return -1 if batch is None else batch.offsets.get(partition.topic, -1)


def await_judged(
    settings: Settings,
    *,
    hear: Callable[[LedgerReader, int], None] = lambda _reader, _behind: None,
    patience_s: float = 60.0,
) -> LedgerReader:
    """
    Return once the workers have judged all that the source topics hold now, and told what it led to.

    *hear* is given the reader and how many records are left, as they move.  Raises
    :class:`streams.broker.BrokerError` where nothing moves for *patience_s* seconds: then no worker runs.
    """
    names = TopicNames(settings.topic_prefix)
    with log_reader(settings.kafka, broker_security(settings)) as consumer:
        sources = [each for topic in (names.trades, names.ticks) for each in partitions_of(consumer, topic)]
        ends = log_ends(consumer, sources)
        reader = LedgerReader(consumer, state_changelog(settings.app_id))
        moved = time.monotonic()
        while behind := reader.behind(ends):
            if reader.poll(_POLL_S):
                moved = time.monotonic()
                hear(reader, reader.behind(ends))
            elif time.monotonic() - moved > patience_s:
                message = (
                    f"{behind} records are not judged and nothing has moved for {patience_s:g} s: is a worker running?"
                )
                raise BrokerError(message)
        return reader


def told_alerts(settings: Settings, told: AbstractSet[str]) -> list[Alert]:
    """Return the alerts that stand after the changes *told* (ids), read from the topic ``alerts``; sorted by id."""
    last: dict[str, AlertChange] = {}
    missing = set(told)
    with log_reader(settings.kafka, broker_security(settings)) as consumer:
        partitions = partitions_of(consumer, TopicNames(settings.topic_prefix).alerts)
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        while missing:
            for run in consumer.poll(timeout_ms=int(_POLL_S * 1000)).values():
                for _, change in changes_of(run):
                    missing.discard(change.id)
                    if change.alert_id not in last or last[change.alert_id].seq <= change.seq:
                        last[change.alert_id] = change
    return standing(change.alert for change in last.values())
