"""Columns of machine integers, wherever their bytes lie."""

import errno
import os
import resource
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.columns import Column, InMemory
from streams.memory import NOT_INGESTED, RowMemory
from streams.scratch import Scratch, ScratchFolderError

MEBIBYTE = 1 << 20
OPEN_FILES = Path("/proc/self/fd")
linux = pytest.mark.skipif(not OPEN_FILES.exists(), reason="which files are open is read from /proc")
PLACES = [pytest.param(lambda: InMemory, id="memory"), pytest.param(Scratch, id="files")]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("code", ["B", "I", "Q", "q"])
@given(st.lists(st.lists(st.integers(0, 255), max_size=200), max_size=20))
def test_a_column_holds_what_was_written_however_it_grew(place, code, runs):
    """Runs of numbers lie end to end, and what is reserved behind them is zero."""
    column, written = Column(code, place()()), []
    for run in runs:
        column.reserve(len(written) + len(run))
        column.write(len(written), run)
        written += run

    assert written == column.view[: len(written)].tolist()
    assert not any(column.view[len(written) :])


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("nbytes", [MEBIBYTE - 1, MEBIBYTE, MEBIBYTE + 1, 9 * MEBIBYTE])
def test_growing_keeps_what_was_there(place, nbytes):
    """Below the size at which an extent moves to a file, at it, above it and as it grows there."""
    extent = place()()
    extent.grown(100)[:3] = b"abc"
    extent.grown(nbytes)[nbytes - 1] = 7
    grown = extent.grown(2 * nbytes)

    assert (b"abc", 7, 0) == (bytes(grown[:3]), grown[nbytes - 1], grown[2 * nbytes - 1])


@linux
def test_long_columns_lie_in_files_without_a_name(tmp_path):
    """The folder is used, and nothing is seen in it: whatever ends the process, nothing is left behind."""
    before = _open_files_in(tmp_path)
    column = Column("q", Scratch(tmp_path)())
    column.reserve(MEBIBYTE)

    assert (0, 1, []) == (before, _open_files_in(tmp_path), list(tmp_path.iterdir()))

    del column

    assert _open_files_in(tmp_path) == 0


def test_what_was_let_go_of_is_read_again():
    """Pages are given back as files grow; the numbers in them stay."""
    scratch = Scratch()
    column = Column("q", scratch())
    column.reserve(MEBIBYTE)
    column.write(0, range(MEBIBYTE))
    for rows in range(2 * MEBIBYTE, 20 * MEBIBYTE, MEBIBYTE):
        column.reserve(rows)

    assert range(MEBIBYTE) == range(column.view[0], column.view[MEBIBYTE - 1] + 1)
    assert column.view[:MEBIBYTE].tolist() == list(range(MEBIBYTE))


def test_a_full_folder_is_said_before_anything_is_written(monkeypatch, tmp_path):
    """The system is asked for room when a file grows; what it refuses names the folder and what to do."""
    full = OSError(errno.ENOSPC, "No space left on device")
    extent = Scratch(tmp_path)()
    extent.grown(MEBIBYTE)[:1] = b"x"
    with monkeypatch.context() as patched:
        patched.setattr(os, "posix_fallocate", _raise(full))
        with pytest.raises(ScratchFolderError, match=rf"no room in {tmp_path} for .* FLOORWATCH_SCRATCH_DIR"):
            extent.grown(4 * MEBIBYTE)

    assert bytes(extent.grown(2 * MEBIBYTE)[:1]) == b"x"


def test_a_folder_that_is_not_there_is_said_at_once():
    """A misspelt folder is known before a record is read."""
    with pytest.raises(ScratchFolderError, match=r"nowhere is no folder for scratch files: .* FLOORWATCH_SCRATCH_DIR"):
        Scratch(Path(tempfile.gettempdir(), "nowhere"))


@linux
def test_where_no_more_files_may_be_open_columns_stay_in_memory():
    """A process at its limit remembers all the same."""
    scratch = Scratch()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(list(OPEN_FILES.iterdir())) - 1, hard))
    try:
        extent = scratch()
        extent.grown(MEBIBYTE)[:3] = b"abc"
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert bytes(extent.grown(2 * MEBIBYTE)[:3]) == b"abc"


def test_rows_in_files_are_rows_in_memory():
    """A mineral's rows are found, corrected and told apart the same wherever they lie."""
    memories = [RowMemory(tuple, extents) for extents in (InMemory, Scratch())]
    for memory in memories:
        for number in range(200_000):
            memory.append_new(f"R-{number}", 1, 1, number % 7, 738_000 + number % 31, number, 10**9, NOT_INGESTED)
        memory.settle()
        memory.keep(memory.row(memory.find("R-4711"))._replace(revision=2, value=-1))

    in_memory, in_files = memories
    for number in (0, 1, 4711, 131_072, 199_999):
        assert in_memory.row(in_memory.find(f"R-{number}")) == in_files.row(in_files.find(f"R-{number}"))
    assert (in_files.find("R-200000"), in_files.replaced[4711], in_files.nbytes()) == (-1, 1, in_memory.nbytes())


def _open_files_in(folder):
    links = {str(each.readlink()) for each in OPEN_FILES.iterdir() if each.is_symlink()}
    return sum(link.startswith(str(folder)) for link in links)


def _raise(error):
    def refuse(*_):
        raise error

    return refuse
