"""Which records of the ledger's changelog count: what a worker that was cut off wrote does not."""

import pytest

from streams.ledger import Batch, encode_batch
from streams.ledger_log import LedgerError, LedgerRecord, record_key, valid_batches


def record(offset: int, *, meant_for: int, seq: int, writer: str = "a") -> LedgerRecord:
    """Return a batch as it lies at *offset*; the offsets in it say who wrote it."""
    batch = Batch(1, seq, {writer: offset}, (), (), (), {}, {})
    return LedgerRecord(offset, record_key(meant_for, writer), encode_batch(batch))


def seqs(*records: LedgerRecord) -> list[tuple[int, str]]:
    """Return number and writer of the batches that count."""
    return [(batch.seq, next(iter(batch.offsets))) for batch in valid_batches(records)]


def test_batches_where_they_were_meant_to_be_count_in_order() -> None:
    """In whatever order they are read."""
    assert seqs(record(1, meant_for=1, seq=2), record(0, meant_for=0, seq=1)) == [(1, "a"), (2, "a")]


def test_a_batch_behind_a_stranger_s_is_void() -> None:
    """Its writer did not know what came before it; the stranger goes on from where it is."""
    found = seqs(
        record(0, meant_for=0, seq=1),
        record(1, meant_for=1, seq=2, writer="b"),
        record(2, meant_for=1, seq=2),
        record(3, meant_for=3, seq=3, writer="b"),
    )
    assert found == [(1, "a"), (2, "b"), (3, "b")]


def test_a_write_that_the_client_repeated_counts_once() -> None:
    """The broker had it and the answer was lost."""
    assert seqs(record(0, meant_for=0, seq=1), record(1, meant_for=0, seq=1)) == [(1, "a")]


def test_a_repeated_write_counts_after_compaction_has_left_the_later_one() -> None:
    """Compaction keeps the last record of a key, here the one that landed elsewhere."""
    assert seqs(record(1, meant_for=0, seq=1), record(2, meant_for=2, seq=2)) == [(1, "a"), (2, "a")]


def test_a_void_batch_is_void_after_compaction_too() -> None:
    """Keys are the writer's own: a stranger's batch for the same offset is not compacted away by it."""
    before = record(0, meant_for=0, seq=1, writer="b")
    assert before.key != record(1, meant_for=0, seq=1).key
    assert seqs(before, record(1, meant_for=0, seq=1)) == [(1, "b")]


@pytest.mark.parametrize(
    "records",
    [
        pytest.param([record(0, meant_for=0, seq=2)], id="the-first"),
        pytest.param([record(0, meant_for=0, seq=1), record(2, meant_for=2, seq=3)], id="one-between"),
    ],
)
def test_a_missing_batch_is_said(records: list[LedgerRecord]) -> None:
    """State that is read in part would be wrong without a word."""
    with pytest.raises(LedgerError, match="missing"):
        valid_batches(records)
