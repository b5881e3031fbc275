"""How long a replay takes still: rows counted before it begins, and all that are looked at counted on the way."""

import gzip
from datetime import date

import pytest

from streams.cli.progress import rows_of
from streams.feed_records import Progress, ReplayOptions, read_records
from streams.selection import Selection
from tests.unit.runs.run_of import feed_of

ROWS = (("a", "2025-01-05", "CN", 1.5), ("b", "2025-01-06", "BR", 2), ("c", "2025-01-07", "CN", 2))


def test_rows_are_about_the_lines_of_all_files(tmp_path):
    """A heading more or less is nothing to a bar."""
    files = [feed_of(tmp_path / name, *ROWS) for name in ("one.csv", "other.csv")]

    assert 8 == rows_of(files)


def test_parquet_says_how_many_rows_it_has(tmp_path):
    """Its lines say nothing."""
    parquet = pytest.importorskip("pyarrow.parquet")
    arrow = pytest.importorskip("pyarrow")
    path = tmp_path / "feed.parquet"
    parquet.write_table(arrow.table({"id": ["a", "b", "c"]}), path)

    assert 3 == rows_of([path])


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(gzip.compress(b"a\nb\n"), id="packed"),
        pytest.param(b"PAR1 and nothing of it", id="broken-parquet"),
        pytest.param(None, id="absent"),
    ],
)
def test_where_rows_cannot_be_counted_no_time_is_told(tmp_path, content):
    """The bar then shows what has been done, and what is wrong is said when the file is opened."""
    path = tmp_path / "feed"
    if content is not None:
        path.write_bytes(content)

    assert rows_of([path]) is None


def test_rows_that_are_not_wanted_count_as_read(tmp_path):
    """So that the bar of a replay of one origin comes to its end."""
    progress = Progress()
    options = ReplayOptions(as_of=date(2026, 1, 1), goods=Selection(origins=("BR",)))
    records = list(read_records([feed_of(tmp_path / "feed.csv", *ROWS)], options, progress))

    assert (1, 3) == (len(records), progress.read)
