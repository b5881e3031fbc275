"""The ledger's home: a Faust table whose changelog is the state, and which keeps nothing of it in memory."""

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterable
from typing import Any, Final, cast

import faust
from aiokafka.errors import KafkaError
from faust.stores import base
from faust.tables.manager import TableManager
from faust.tables.recovery import RebalanceAgain, Recovery, ServiceStopped
from faust.tables.table import Table
from faust.types import TP

from streams.ledger import Batch, encode_batch
from streams.ledger_log import LedgerRecord, VoidBatchError, record_key, valid_batches
from streams.log_follower import read_whole
from streams.settings import Settings

log: Final = logging.getLogger(__name__)

READ_RETRY_SECONDS: Final = 1.0


class LedgerStore(base.Store[Any, Any]):
    """
    A Faust store that keeps nothing.

    Faust's memory store would keep every batch for good, next to the engine that was made of it.
    """

    def apply_changelog_batch(
        self,
        batch: Iterable[Any],
        to_key: Callable[[Any], Any],
        to_value: Callable[[Any], Any],
    ) -> None:
        """Do nothing: the ledger reads its changelog itself."""

    def persisted_offset(self, tp: TP) -> int | None:
        """Return None: nothing outlives the process but the changelog."""

    def reset_state(self) -> None:
        """Do nothing: there is none."""

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

    settings: Settings

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.recovered: set[int] = set()
        """The partitions of this assignment that were read whole."""
        self.recovery_ended = asyncio.Event()
        self.records_read = 0
        """How many records were read since the start: it moves while a long ledger is read."""
        self._generation: int | None = None
        """The assignment whose recovery is awaited, None where partitions were given up since the last."""
        self._forgotten = 0
        """How often all was forgotten."""
        self._records: dict[int, list[LedgerRecord]] = {}
        """By partition read and not looked into."""
        self._batches: dict[int, list[Batch]] = {}
        """By partition looked into and not taken."""
        self._offsets: dict[int, dict[str, int]] = {}
        self._ends: dict[int, int] = {}
        """By partition read: the offset that its next record will have."""
        self._writer = secrets.token_hex(8)

    def _new_store(self) -> LedgerStore:
        return LedgerStore("memory://", self.app, self, key_type=bytes, value_type=bytes)

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        """Have every assigned partition read from its beginning: another may have owned it in between."""
        self.forget()
        self._generation = generation_id
        await super().on_rebalance(assigned, revoked, newly_assigned, generation_id)

    async def read(self, tps: Iterable[TP]) -> None:
        """Read those of the partitions that are not read, unless a rebalance overtakes it; wait for the broker."""
        wanted, forgotten = {tp.partition for tp in tps} - self._ends.keys(), self._forgotten
        found = await self._read_whole(wanted)
        if self._forgotten != forgotten:
            return
        for number, records in found.items():
            self._records[number] = records
            self._ends[number] = records[-1].offset + 1 if records else 0

    async def _read_whole(self, numbers: Iterable[int]) -> dict[int, list[LedgerRecord]]:
        topic = self.changelog_topic.get_topic_name()
        while True:
            try:
                runs = await read_whole(self.settings, topic, numbers, self._hear)
            except KafkaError as e:
                log.warning("the ledger cannot be read: %s; trying again in %.0f s", e, READ_RETRY_SECONDS)
                await asyncio.sleep(READ_RETRY_SECONDS)
            else:
                return {
                    number: [LedgerRecord(each.offset, each.key, each.value) for each in run]
                    for number, run in runs.items()
                }

    def _hear(self, records: int) -> None:
        self.records_read += records

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Let the owner take the partitions, unless another rebalance has overtaken the recovery."""
        await super().on_recovery_completed(active_tps, standby_tps)
        if self._overtaken():
            return
        self.recovered = {tp.partition for tp in active_tps} & self._ends.keys()
        self.recovery_ended.set()

    def _overtaken(self) -> bool:
        # Faust lets a recovery go on to its end while the next assignment is made, and says only then that it is done.
        tables: Any = self.app.tables
        recovery = tables.recovery
        return bool(self._generation != recovery._generation_id or recovery.signal_recovery_start.is_set())  # noqa: SLF001

    def forget(self) -> None:
        """Forget every partition until it has been read again."""
        self._generation = None
        self._forgotten += 1
        self.recovered.clear()
        self.recovery_ended.clear()
        self._records.clear()
        self._batches.clear()
        self._offsets.clear()
        self._ends.clear()

    def take(self, partition: int) -> list[Batch]:
        """
        Return the batches of a recovered *partition* in order and forget them.

        Raises :class:`streams.ledger_log.LedgerError`.
        """
        self._look_into(partition)
        return self._batches.pop(partition)

    def offsets(self, partition: int) -> dict[str, int] | None:
        """
        Return how far the batches of *partition* have read, by topic, whether they were taken or not.

        None where the partition was not read, or was given up.  Raises
        :class:`streams.ledger_log.LedgerError`.
        """
        if partition not in self._ends:
            return None
        self._look_into(partition)
        return self._offsets[partition]

    def _look_into(self, partition: int) -> None:
        if partition not in self._records:
            return
        batches = valid_batches(self._records.pop(partition))
        self._batches[partition] = batches
        self._offsets[partition] = batches[-1].offsets if batches else {}

    async def write(self, partition: int, batch: Batch) -> None:
        """
        Write *batch* and return once the broker has it as the next of its partition.

        Raises :class:`VoidBatchError` where it has not: another writer was faster, or the client wrote it twice.
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
            raise VoidBatchError(message)
        self._ends[partition] = end + 1


class LedgerRecovery(Recovery):
    """
    Faust's recovery after a rebalance, but for the reading: that is the ledger's own.

    Faust reads changelogs by the consumer of the group and notes how far it has come.  Where a rebalance follows
    another at once, a record that is still in hand from the first moves that note after it was set back for the second,
    and all before it is taken as read.  The ledger reads each partition whole, by a consumer that nothing else moves.
    """

    def need_recovery(self) -> bool:
        """Return False: there is nothing that Faust should read."""
        return False

    async def _build_highwaters(self, *_: Any) -> None:
        """Do nothing: nothing is compared with them."""

    async def _build_offsets(self, *_: Any) -> None:
        """Do nothing: no reading starts there."""

    async def _seek_offsets(self, *_: Any) -> None:
        """Do nothing: Faust's consumer stays paused on changelogs."""

    async def on_recovery_completed(self, generation_id: int = 0) -> None:
        """Have the ledger read what was assigned, then put the source partitions in their place and let them flow."""
        for table in self.tables.values():
            await cast("Ledger", table).read(self.actives_for_table[table])
        await super().on_recovery_completed(generation_id)

    async def _wait(self, coro: Any, timeout: Any = None) -> None:  # noqa: ASYNC109 - Faust's signature
        """Wait as Faust does, but begin again where *timeout* is over: Faust would take that for the worker's end."""
        try:
            await super()._wait(coro, timeout)
        except ServiceStopped:
            if self.should_stop:
                raise
            log.warning("a step of recovery took longer than %s s; beginning again", timeout)
            self.signal_recovery_start.set()
            raise RebalanceAgain from None


class LedgerTables(TableManager):
    """Faust's manager of tables, with the ledger's recovery."""

    @property
    def recovery(self) -> LedgerRecovery:
        """Return the recovery service, made when it is first asked for."""
        if self._recovery is None:
            self._recovery = LedgerRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return cast("LedgerRecovery", self._recovery)


def new_ledger(app: faust.App, settings: Settings) -> Ledger:
    """Declare the ledger of *app*."""
    ledger = Ledger(app, name="state", key_type=bytes, value_type=bytes, partitions=settings.partitions)
    ledger.settings = settings
    app.tables.add(ledger)
    return ledger
