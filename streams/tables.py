"""The ledger's home: a Faust table whose changelog is the state, and which keeps nothing of it in memory."""

from collections.abc import Callable, Iterable
from typing import Any

import faust
from faust.stores import base
from faust.tables.table import Table
from faust.types import TP

from streams.ledger import Batch, decode_batch, encode_batch


class LedgerStore(base.Store):
    """
    A Faust store that only holds what recovery reads, until a partition's owner takes it.

    Faust's memory store would keep every batch for good, next to the engine that was made of it.
    """

    def __post_init__(self) -> None:
        self.batches: dict[int, dict[bytes, bytes]] = {}

    def apply_changelog_batch(
        self, batch: Iterable[Any], to_key: Callable[[Any], Any], to_value: Callable[[Any], Any]
    ) -> None:
        """Take changelog records: the latest value of each key, nothing for a tombstone."""
        for event in batch:
            held = self.batches.setdefault(event.message.partition, {})
            if event.message.value is None:
                held.pop(event.message.key, None)
            else:
                held[event.message.key] = event.message.value

    def persisted_offset(self, tp: TP) -> int | None:
        """Return None: nothing outlives the process but the changelog."""

    def reset_state(self) -> None:
        """Forget all."""
        self.batches.clear()

    async def backup_partition(self, tp: Any, flush: bool = True, purge: bool = False, keep: int = 1) -> None:
        """Do nothing: the changelog is the backup."""

    def restore_backup(self, tp: Any, latest: bool = True, backup_id: int = 0) -> None:
        """Do nothing: the changelog is the backup."""


class Ledger(Table):
    """The table of batches; its changelog has as many partitions as the source topics."""

    def _new_store(self) -> LedgerStore:
        return LedgerStore("memory://", self.app, self, key_type=bytes, value_type=bytes)

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        """Have recovery read every assigned partition from its beginning: between two assignments another may have owned it."""
        self.data.reset_state()
        offsets = self.app.tables.recovery.active_offsets
        for tp in assigned:
            if tp.topic == self.changelog_topic.get_topic_name():
                offsets.pop(tp, None)
        await super().on_rebalance(assigned, revoked, newly_assigned, generation_id)

    def take(self, partition: int) -> list[Batch]:
        """Return the batches of *partition* in order and forget them."""
        held = self.data.batches.pop(partition, {})
        return [decode_batch(held[key]) for key in sorted(held, key=int)]

    def offsets(self, partition: int) -> dict[str, int]:
        """Return how far the batches of *partition* have read, by topic, without taking them."""
        held = self.data.batches.get(partition, {})
        return decode_batch(held[max(held, key=int)]).offsets if held else {}

    async def write(self, partition: int, batch: Batch) -> None:
        """Write *batch* and return once the broker has it."""
        topic = self.changelog_topic
        sent = await topic.send(
            key=b"%d" % batch.seq,
            value=encode_batch(batch),
            partition=partition,
            key_serializer="raw",
            value_serializer="raw",
        )
        await sent


def new_ledger(app: faust.App, partitions: int) -> Ledger:
    """Declare the ledger of *app*."""
    ledger = Ledger(app, name="state", key_type=bytes, value_type=bytes, partitions=partitions)
    app.tables.add(ledger)
    return ledger
