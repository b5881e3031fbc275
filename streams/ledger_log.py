"""
The ledger as it lies on the changelog: which of its records count.

Each partition of the changelog has one writer at a time, but Kafka does not see to that: a worker that was
cut off goes on for a while beside the one that took over.  So a batch says, in its key, the offset it was
written for.  One that landed behind a stranger's is void: its writer did not know all that came before it.
The writer finds that out from the broker's answer, before anything is told, and every reader finds the same.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from streams.ledger import Batch, decode_batch


class LedgerError(RuntimeError):
    """Raised when the ledger cannot be gone on with; starting again from what the broker has mends it."""


class VoidBatchError(LedgerError):
    """Raised when a batch landed behind another's: its partition must be read again before it is gone on with."""


class LedgerRecord(NamedTuple):
    """A record of the changelog as it was read."""

    offset: int
    key: bytes
    value: bytes

    @property
    def meant_for(self) -> int:
        """Return the offset that the writer took for the next one."""
        return int(self.key.partition(b"-")[0])


def record_key(meant_for: int, writer: str) -> bytes:
    """Return the key of a batch that *writer* (a name of its own) means for an offset; no other batch has it."""
    return b"%d-%s" % (meant_for, writer.encode())


def is_valid(record: LedgerRecord, before: LedgerRecord | None) -> bool:
    """Return whether *record* counts, where *before* is the one before it on the changelog, if there is any."""
    # The same key twice is one write that the client repeated for want of an answer.
    return before is None or (record.key != before.key and record.meant_for > before.offset)


def valid_batches(records: Iterable[LedgerRecord]) -> list[Batch]:
    """
    Return the batches of one partition that count, in order.

    Raises :class:`LedgerError` where one is missing between them.
    """
    batches: list[Batch] = []
    before: LedgerRecord | None = None
    for record in sorted(records):
        if is_valid(record, before):
            batches.append(decode_batch(record.value))
        before = record
    for earlier, later in pairwise(batches):
        if later.seq != earlier.seq + 1:
            message = f"the ledger has batch {later.seq} after batch {earlier.seq}; those between are missing"
            raise LedgerError(message)
    if batches and batches[0].seq != 1:
        message = f"the ledger begins with batch {batches[0].seq}; those before it are missing"
        raise LedgerError(message)
    return batches
