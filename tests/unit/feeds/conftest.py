"""Fixtures for tests of feeds: files made of bytes, read to lists."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from streams.feeds import FeedOptions, FeedRecord, Rejected, open_feed


@pytest.fixture
def feed_file(tmp_path):
    """Return a function that writes bytes or text to a file whose name tells nothing of its format."""

    def write(content: bytes | str, name: str = "feed.dat") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def read(feed_file):
    """Return a function that reads bytes or text as a feed: its items."""

    def items(content: bytes | str, **options):
        return list(open_feed(feed_file(content), FeedOptions(**options)))

    return items


@pytest.fixture
def records(read):
    """Return a function that reads bytes or text as a feed of sound rows: its records."""

    def sound(content: bytes | str, **options):
        items = read(content, **options)
        assert [] == [item for item in items if not isinstance(item, FeedRecord)]
        return [item.record for item in items]

    return sound


@pytest.fixture
def rejected(read):
    """Return a function that reads bytes or text as a feed: its rejected rows."""

    def bad(content: bytes | str, **options):
        return [item for item in read(content, **options) if isinstance(item, Rejected)]

    return bad


@pytest.fixture
def trade_flows(shared_data):
    """Return the folder of compiled customs rows."""
    return _folder(shared_data, "crm_trade_flows")


@pytest.fixture
def pink_sheet(shared_data):
    """Return the folder of the World Bank's prices."""
    return _folder(shared_data, "worldbank_pinksheet")


@pytest.fixture
def ecb_fx(shared_data):
    """Return the folder of the ECB's rates."""
    return _folder(shared_data, "ecb_fx")


def _folder(shared_data: Path, name: str) -> Path:
    folder = shared_data / "data" / name
    if not folder.is_dir():
        pytest.skip(f"needs {name}, which is not in the folder `shared`")
    return folder


@pytest.fixture
def zipped():
    """Return a function that makes the bytes of a zip archive of files by name."""

    def archive(**files: bytes) -> bytes:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
            for name, content in files.items():
                target.writestr(name, content)
        return packed.getvalue()

    return archive


@pytest.fixture
def gzipped():
    """Return a function that packs bytes."""
    return lambda content: gzip.compress(content, mtime=0)
