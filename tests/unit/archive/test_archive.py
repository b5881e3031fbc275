"""An archive on its own, without a broker: lines, segments, and what verification finds."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.archive.line import ArchiveError, Logged, decode_line, encode_line
from streams.archive.manifest import (
    Manifest,
    PartitionEntry,
    TopicEntry,
    instant_ms,
    instant_text,
    read_manifest,
    write_manifest,
)
from streams.archive.reading import read_runs, read_segment, verify
from streams.archive.segment import Segment

SOME_BYTES = st.none() | st.binary(max_size=40) | st.text(max_size=20).map(str.encode)


@given(
    st.builds(
        Logged,
        offset=st.integers(0, 2**62),
        timestamp_ms=st.integers(0, 2**41),
        key=SOME_BYTES,
        value=SOME_BYTES,
        headers=st.lists(st.tuples(st.text(max_size=8), SOME_BYTES), max_size=3).map(tuple),
    )
)
def test_a_record_comes_back_byte_for_byte(record: Logged):
    """Text or not, empty or a tombstone: what a line says is what the topic had."""
    line = encode_line(record)
    assert line.count(b"\n") == 1
    assert decode_line(line) == record


def test_a_value_is_readable_where_it_is_text():
    """A value in UTF-8 is in the line as it is, for jq and grep; other bytes are base64."""
    said = json.loads(encode_line(Logged(7, 1, None, '{"é":1}'.encode(), (("raw", b"\xff"),))))
    assert said["value"] == '{"é":1}'
    assert said["headers"] == [{"name": "raw", "value_base64": "/w=="}]
    assert "key" not in said


@pytest.mark.parametrize("milliseconds", [0, 1_795_536_731_721, 1_795_536_732_000])
def test_instants_keep_their_milliseconds(milliseconds: int):
    """What the manifest says of a time is that time."""
    assert instant_ms(instant_text(milliseconds)) == milliseconds


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Return an archive of one partition in two segments."""
    entry = PartitionEntry(partition=0, next_offset=12)
    for first in (3, 8):
        segment = Segment(tmp_path, "trades", 0, first)
        for offset in range(first, first + 4):
            segment.add(Logged(offset, 1000 * offset, b"silicon", b"{}"))
        entry.segments.append(segment.close())
        entry.records += 4
    topics = [TopicEntry(name="trades", role="trades", partitions=[entry])]
    write_manifest(Manifest(code_version="1", source="here", complete=True, topics=topics), tmp_path)
    return tmp_path


def test_an_archive_as_it_was_written_is_whole(archive: Path):
    """Verification finds nothing, and reading gives every record in the order of its offset."""
    manifest, flaws = verify(archive)
    assert flaws == []
    (partition,) = manifest.topics[0].partitions
    assert [each.offset for run in read_runs(archive, partition) for each in run] == [3, 4, 5, 6, 8, 9, 10, 11]


def test_a_part_of_an_archive_is_read_by_the_time_of_the_log(archive: Path):
    """From the first instant on, and before the second."""
    (partition,) = read_manifest(archive).topics[0].partitions
    runs = read_runs(archive, partition, first_ms=5000, until_ms=9000)
    assert [each.offset for run in runs for each in run] == [5, 6, 8]


def test_the_same_records_are_the_same_file(archive: Path, tmp_path_factory: pytest.TempPathFactory):
    """A segment holds nothing of when and where it was written: two recordings can be compared by their hashes."""
    segment = Segment(tmp_path_factory.mktemp("again"), "trades", 0, 3)
    for offset in range(3, 7):
        segment.add(Logged(offset, 1000 * offset, b"silicon", b"{}"))
    assert segment.close() == read_manifest(archive).topics[0].partitions[0].segments[0]


def _flip(archive: Path) -> None:
    path = archive / "trades/0/00000000000000000003.jsonl.gz"
    content = bytearray(path.read_bytes())
    content[-9] ^= 1
    path.write_bytes(content)


def _lose(archive: Path) -> None:
    (archive / "trades/0/00000000000000000008.jsonl.gz").unlink()


def _repack(archive: Path) -> None:
    path = archive / "trades/0/00000000000000000008.jsonl.gz"
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    path.write_bytes(gzip.compress(b"".join(lines[:2])))


def _add(archive: Path) -> None:
    (archive / "trades/0/00000000000000000099.jsonl.gz").write_bytes(gzip.compress(b""))


def _interrupt(archive: Path) -> None:
    manifest = read_manifest(archive)
    manifest.complete = False
    write_manifest(manifest, archive)


def _miscount(archive: Path) -> None:
    manifest = read_manifest(archive)
    manifest.topics[0].partitions[0].records += 1
    write_manifest(manifest, archive)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        pytest.param(_flip, "it was changed", id="a-bit-turned"),
        pytest.param(_lose, "is not there", id="a-file-lost"),
        pytest.param(_add, "the manifest does not name it", id="a-file-added"),
        pytest.param(_interrupt, "was interrupted", id="interrupted"),
        pytest.param(_miscount, "the manifest says 9 records", id="counted-wrong"),
    ],
)
def test_an_archive_that_was_harmed_is_not_whole(archive: Path, harm, said: str):
    """Each harm is found and named once."""
    harm(archive)
    (flaw,) = verify(archive)[1]
    assert said in flaw.detail


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(None, "is no archive", id="absent"),
        pytest.param("{", "cannot be read", id="not-json"),
        pytest.param('{"archive": 1}', "cannot be read", id="of-a-run"),
        pytest.param('{"archive": 99, "code_version": "9", "source": "x"}', "upgrade", id="of-a-later-version"),
    ],
)
def test_a_folder_without_a_manifest_of_ours_is_no_archive(tmp_path: Path, content: str | None, said: str):
    """It is said what is wrong with it."""
    if content is not None:
        (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(ArchiveError, match=said):
        read_manifest(tmp_path)


@pytest.mark.parametrize("harm", [pytest.param(_flip, id="a-bit-turned"), pytest.param(_repack, id="packed-again")])
def test_what_was_not_recorded_is_not_read(archive: Path, harm):
    """A segment that is not what the manifest says is refused by its name, before any record of it is given out."""
    harm(archive)
    (partition,) = read_manifest(archive).topics[0].partitions
    changed = partition.segments[0 if harm is _flip else 1]
    with pytest.raises(ArchiveError, match="was changed") as refused:
        next(read_segment(archive, changed))
    assert changed.file in str(refused.value)
    with pytest.raises(ArchiveError, match="was changed"):
        list(read_runs(archive, partition))


def test_a_segment_that_is_away_is_said(archive: Path):
    """With the name of the file that should be there."""
    _lose(archive)
    (partition,) = read_manifest(archive).topics[0].partitions
    with pytest.raises(ArchiveError, match=r"08\.jsonl\.gz cannot be read"):
        list(read_runs(archive, partition))
