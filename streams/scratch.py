"""
Scratch: columns too long for memory, in files that nobody else sees.

Each file is mapped, has no name and ends with the process, however that ends.  What was not used for a while is let go
of now and then: its pages stay with the system as long as it has room for them, and are read again when asked for.  So
what a process holds of its own does not grow with what it remembers.

A folder in memory (``tmpfs``) works and saves nothing.
"""

import mmap
import os
import resource
import weakref
from contextlib import suppress
from errno import EMFILE, ENFILE
from pathlib import Path
from tempfile import gettempdir, mkstemp
from typing import Final

from streams.columns import InMemory

_FILED_BYTES: Final = 1 << 20
"""From this size on an extent lies in a file."""
_OPEN_FILES: Final = 65_536
_LET_GO_AFTER_BYTES: Final = 32 << 20
"""How much may be added before pages are let go of."""


class ScratchFolderError(OSError):
    """Raised where the folder is not there, or has no room for what is to be remembered."""


class Scratch:
    """
    Makes extents in files of *folder*, by default the system's folder for temporary files.

    A process whose limit of open files is reached keeps further extents in memory.
    """

    def __init__(self, folder: str | Path = "") -> None:
        self.folder = Path(folder or gettempdir())
        if not self.folder.is_dir():
            raise ScratchFolderError(
                f"{self.folder} is no folder for scratch files: make it, or name another by FLOORWATCH_SCRATCH_DIR",
            )
        self._filed: weakref.WeakSet[_Filed] = weakref.WeakSet()
        self._added_bytes = 0
        _allow_many_files()

    def __call__(self) -> "_Scratched":
        """Return an empty extent."""
        return _Scratched(self)

    def filed(self, nbytes: int) -> "_Filed | None":
        """Return an extent of *nbytes* in a file of its own; None where no more files may be open."""
        try:
            extent = _Filed(self)
            extent.grown(nbytes)
        except OSError as e:
            if e.errno in (EMFILE, ENFILE):
                return None
            raise
        self._filed.add(extent)
        return extent

    def added(self, nbytes: int) -> None:
        """Take note that an extent grew by *nbytes*, and let go of pages when it is time."""
        self._added_bytes += nbytes
        if self._added_bytes >= _LET_GO_AFTER_BYTES:
            self._added_bytes = 0
            for extent in self._filed:
                extent.let_go()


class _Scratched:
    """An extent in memory that moves to a file when it has become long."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._extent: InMemory | _Filed = InMemory()
        self._view = memoryview(b"")

    def grown(self, nbytes: int) -> memoryview:
        """Return at least *nbytes* bytes, those from before in place."""
        if nbytes >= _FILED_BYTES and isinstance(self._extent, InMemory):
            filed = self._scratch.filed(nbytes)
            if filed is not None:
                held = self._view
                filed.grown(nbytes)[: len(held)] = held
                self._extent = filed
        self._view = self._extent.grown(nbytes)
        return self._view


class _Filed:
    """An extent in a file without a name."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._file, name = mkstemp(dir=scratch.folder, prefix="floorwatch-")
        Path(name).unlink()
        weakref.finalize(self, os.close, self._file)
        self._size = 0
        self._map: mmap.mmap | None = None

    def grown(self, nbytes: int) -> memoryview:
        """Return at least *nbytes* bytes; growing copies nothing."""
        if nbytes > self._size:
            size = _in_pages(max(nbytes, self._size + self._size // 8, self._size + _FILED_BYTES))
            self._allocate(size)
            self._map = mmap.mmap(self._file, size)
            self._scratch.added(size - self._size)
            self._size = size
        assert self._map is not None  # noqa: S101 - said to the type checker: a file has a size from its first growth
        return memoryview(self._map)

    def let_go(self) -> None:
        """Give the mapped pages back to the system, which keeps what they hold."""
        if self._map is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)

    def _allocate(self, size: int) -> None:
        """Have the system set the room aside now: a write to a mapped page cannot say that the disk is full."""
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(self._file, self._size, size - self._size)
            else:
                os.truncate(self._file, size)
        except OSError as e:
            raise ScratchFolderError(
                f"no room in {self._scratch.folder} for {size - self._size:,} bytes of what is remembered "
                f"({e.strerror}): free some, or name another folder by FLOORWATCH_SCRATCH_DIR",
            ) from e


def _in_pages(nbytes: int) -> int:
    return -(-nbytes // mmap.PAGESIZE) * mmap.PAGESIZE


def _allow_many_files() -> None:
    """Raise this process's limit of open files as far as it may: a mineral's columns are a dozen files."""
    with suppress(ValueError, OSError):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < _OPEN_FILES:
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, _OPEN_FILES)), hard))
