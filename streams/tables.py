"""The ledger's home: a Faust table whose changelog is the state, and which keeps nothing of it in memory."""

import asyncio
import secrets
from collections.abc import Callable, Iterable
from typing import Any, cast

import faust
from faust.stores import base
from faust.tables.table import Table
from faust.types import TP

from streams.ledger import Batch, encode_batch
from streams.ledger_log import LedgerError, LedgerRecord, record_key, valid_batches


class LedgerStore(base.Store[Any, Any]):
    """
    A Faust store that only holds what recovery reads, until a partition's owner takes it.

    Faust's memory store would keep every batch for good, next to the engine that was made of it.
    """

    def __post_init__(self) -> None:
        self.records: dict[int, dict[int, LedgerRecord]] = {}
        """By partition and offset."""

    def apply_changelog_batch(
        self,
        batch: Iterable[Any],
        to_key: Callable[[Any], Any],  # noqa: ARG002 - Faust's signature
        to_value: Callable[[Any], Any],  # noqa: ARG002 - Faust's signature
    ) -> None:
        """Take changelog records, any of them any number of times."""
        for event in batch:
            message = event.message
            record = LedgerRecord(message.offset, message.key, message.value)
            self.records.setdefault(message.partition, {})[message.offset] = record

    def persisted_offset(self, tp: TP) -> int | None:
        """Return None: nothing outlives the process but the changelog."""

    def reset_state(self) -> None:
        """Forget all."""
        self.records.clear()

    async def backup_partition(
        self,
        tp: Any,
        flush: bool = True,  # noqa: FBT001, FBT002 - Faust's signature
        purge: bool = False,  # noqa: FBT001, FBT002
        keep: int = 1,
    ) -> None:
        """Do nothing: the changelog is the backup."""

    def restore_backup(
        self,
        tp: Any,
        latest: bool = True,  # noqa: FBT001, FBT002 - Faust's signature
        backup_id: int = 0,
    ) -> None:
        """Do nothing: the changelog is the backup."""


class Ledger(Table[Any, Any]):
    """The table of batches; its changelog has as many partitions as the source topics."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.recovered: set[int] = set()
        """The partitions whose records are all here, or were taken."""
        self.recovery_ended = asyncio.Event()
        self._generation: int | None = None
        """The assignment whose recovery is awaited, None where partitions were given up since the last."""
        self._batches: dict[int, list[Batch]] = {}
        """By partition read and not taken."""
        self._offsets: dict[int, dict[str, int]] = {}
        self._ends: dict[int, int] = {}
        """By partition read: the offset that its next record will have."""
        self._writer = secrets.token_hex(8)

    @property
    def _recovery(self) -> Any:
        tables: Any = self.app.tables
        return tables.recovery

    @property
    def _held(self) -> LedgerStore:
        return cast("LedgerStore", self.data)

    def _new_store(self) -> LedgerStore:
        return LedgerStore("memory://", self.app, self, key_type=bytes, value_type=bytes)

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        """Have recovery read every assigned partition from its beginning: another may have owned it in between."""
        self.forget()
        self._generation = generation_id
        offsets = self._recovery.active_offsets
        for tp in assigned:
            if tp.topic == self.changelog_topic.get_topic_name():
                offsets.pop(tp, None)
        await super().on_rebalance(assigned, revoked, newly_assigned, generation_id)

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Let the owner take the partitions, unless another rebalance has overtaken the recovery."""
        await super().on_recovery_completed(active_tps, standby_tps)
        if self._overtaken():
            return
        self.recovered = {tp.partition for tp in active_tps}
        self.recovery_ended.set()

    def _overtaken(self) -> bool:
        # Faust lets a recovery go on to its end while the next assignment is made, and says only then that it is done.
        recovery = self._recovery
        return bool(self._generation != recovery._generation_id or recovery.signal_recovery_start.is_set())  # noqa: SLF001

    def forget(self) -> None:
        """Forget every partition until recovery has read it again."""
        self._generation = None
        self.recovered.clear()
        self.recovery_ended.clear()
        self._batches.clear()
        self._offsets.clear()
        self._ends.clear()
        self.data.reset_state()

    def take(self, partition: int) -> list[Batch]:
        """Return the batches of a recovered *partition* in order and forget them; raises :class:`LedgerError`."""
        self._read(partition)
        return self._batches.pop(partition)

    def offsets(self, partition: int) -> dict[str, int]:
        """Return how far the batches of a recovered *partition* have read, by topic, whether they were taken or not."""
        self._read(partition)
        return self._offsets[partition]

    def _read(self, partition: int) -> None:
        if partition in self._ends:
            return
        records = self._held.records.pop(partition, {})
        batches = valid_batches(records.values())
        self._batches[partition] = batches
        self._offsets[partition] = batches[-1].offsets if batches else {}
        self._ends[partition] = max(records, default=-1) + 1

    async def write(self, partition: int, batch: Batch) -> None:
        """
        Write *batch* and return once the broker has it as the next of its partition.

        Raises :class:`LedgerError` where it has not: another writer was faster, and the batch is void.
        """
        end = self._ends[partition]
        sent = await self.changelog_topic.send(
            key=record_key(end, self._writer),
            value=encode_batch(batch),
            partition=partition,
            key_serializer="raw",
            value_serializer="raw",
        )
        offset = (await sent).offset
        if offset != end:
            message = f"a batch for offset {end} of ledger partition {partition} landed at {offset}: another wrote too"
            raise LedgerError(message)
        self._ends[partition] = end + 1


def new_ledger(app: faust.App, partitions: int) -> Ledger:
    """Declare the ledger of *app*."""
    ledger = Ledger(app, name="state", key_type=bytes, value_type=bytes, partitions=partitions)
    app.tables.add(ledger)
    return ledger
