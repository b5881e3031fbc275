"""
Feed files as streams of bytes: what packs them is found by content and undone on the way.

Nothing is read whole: a stream is as long as the file and costs a buffer.  Formats that need to jump about
(workbooks, Parquet) are unpacked to a temporary file where they come packed.
"""

import gzip
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, Final, cast

from streams.feeds.head import Head, workbook_head
from streams.feeds.items import FeedError
from streams.feeds.metering import open_metered
from streams.feeds.options import FeedOptions

HEAD_BYTES: Final = 1 << 16
_BUFFER: Final = 1 << 18
_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_WORKBOOK: Final = "xl/workbook.xml"
_LAYERS_MAX: Final = 3
"""A zip in a gzip occurs; more layers are a trap or a mistake."""

_UNPACKABLE: Final = (KeyError, NotImplementedError, RuntimeError, ValueError, struct.error)
"""What the standard library raises besides, opening an archive that is damaged, encrypted or packed in another way."""

_DAMAGED: Final = (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile)


class Source:
    """One feed file, to be opened as often as needed; raises :class:`FeedError` where it cannot be."""

    def __init__(self, path: Path, options: FeedOptions) -> None:
        self.path = path
        self.options = options
        self.is_archive = False
        """Whether one of an archive's files is read; known once the head is."""

    @cached_property
    def head(self) -> Head:
        """What the file begins with, unpacked: enough to tell its format."""
        with self.open() as stream:
            data = stream.read(HEAD_BYTES)
            sheets, words = self._workbook_head(stream) if data.startswith(_ZIP) else ((), "")
        head = Head(data, sheets=sheets, words=words, declared_delimiter=self.options.delimiter)
        if head.is_empty:
            message = f"{self.path} is empty"
            raise FeedError(message)
        if head.is_utf16:
            message = f"{self.path} is UTF-16 text: save it as UTF-8"
            raise FeedError(message)
        return head

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """
        Open the unpacked content from its start; damage met on the way is a :class:`FeedError`.

        Whatever is wrong with the content names the file: whoever reads several has to know of which it is said.
        """
        try:
            with ExitStack() as layers:
                file = layers.enter_context(open_metered(self.path, _BUFFER))
                yield self._unpacked(file, layers)
        except FeedError as e:
            if str(self.path) in str(e):
                raise
            message = f"{self.path}: {e}"
            raise FeedError(message) from e
        except _DAMAGED as e:
            message = f"{self.path}: the packed data ends early or is damaged ({e}); fetch the file again"
            raise FeedError(message) from e
        except OSError as e:
            message = f"{self.path} cannot be read: {e.strerror or e}"
            raise FeedError(message) from e

    def _workbook_head(self, stream: BinaryIO) -> tuple[tuple[str, ...], str]:
        try:
            return workbook_head(stream)
        except _UNPACKABLE as e:
            message = f"{self.path}: the workbook is damaged or encrypted ({e}); fetch the file again"
            raise FeedError(message) from e

    def _unpacked(self, file: BinaryIO, layers: ExitStack) -> BinaryIO:
        try:
            stream, self.is_archive = _unpacked(file, self.options.member, layers)
        except _UNPACKABLE as e:
            message = (
                f"{self.path}: the archive is damaged or encrypted ({e}); fetch the file again, or unpack it first"
            )
            raise FeedError(message) from e
        return stream

    @contextmanager
    def open_seekable(self) -> Iterator[BinaryIO]:
        """Open the unpacked content for a format that jumps about in it."""
        with self.open() as stream, ExitStack() as layers:
            yield _spooled(stream, layers) if isinstance(stream, gzip.GzipFile | zipfile.ZipExtFile) else stream


def _unpacked(file: BinaryIO, member: str | None, layers: ExitStack) -> tuple[BinaryIO, bool]:
    """Return the content, and whether it was one of an archive's files."""
    stream, archived = file, False
    for _ in range(_LAYERS_MAX):
        magic = _peek(stream)
        if magic.startswith(_GZIP):
            stream = layers.enter_context(gzip.GzipFile(fileobj=stream, mode="rb"))  # type: ignore[assignment]
        elif magic.startswith(_ZIP):
            if stream is not file:
                stream = _spooled(stream, layers)
            archive = layers.enter_context(zipfile.ZipFile(stream))
            if _WORKBOOK in archive.namelist():
                stream.seek(0)
                return stream, archived
            stream = layers.enter_context(archive.open(_member(archive, member)))  # type: ignore[assignment]
            archived = True
        else:
            return stream, archived
    message = f"the file is packed more than {_LAYERS_MAX - 1} times; unpack it first"
    raise FeedError(message)


def _peek(stream: BinaryIO) -> bytes:
    # Buffered files, gzip and zip streams all can; their common type does not say so.
    return cast("bytes", stream.peek(4)[:4])  # type: ignore[attr-defined]


def _spooled(stream: BinaryIO, layers: ExitStack) -> BinaryIO:
    copy = cast("BinaryIO", layers.enter_context(TemporaryFile()))  # noqa: SIM115 - its layer closes it
    shutil.copyfileobj(stream, copy, _BUFFER)
    copy.seek(0)
    return copy


def _member(archive: zipfile.ZipFile, wanted: str | None) -> str:
    """Return the name of the one file of an archive, or of the one wanted."""
    names = [name for name in archive.namelist() if not name.endswith("/") and "__MACOSX/" not in name]
    if wanted is None and len(names) == 1:
        return names[0]
    if wanted is not None and wanted in names:
        return wanted
    asked = "--declare member=NAME says which" if wanted is None else f"{wanted!r} is not among them"
    message = f"the archive holds {len(names)} files ({', '.join(sorted(names)[:10])}): {asked}"
    raise FeedError(message)
