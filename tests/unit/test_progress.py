"""How long a replay takes still: told by the bytes of its files, packed or not, whatever rows they hold."""

import gzip
from datetime import date

import pytest
from rich.console import Console

from bench.feed_samples import samples
from streams.cli import progress as bars
from streams.cli.progress import bytes_of, feed_progress, paced_progress
from streams.feed_records import Progress, ReplayOptions, read_records
from streams.feeds import FeedOptions, open_feed
from streams.feeds.metering import metered
from streams.records import Flow
from streams.selection import Selection
from tests.unit.runs.run_of import feed_of

ROWS = (("a", "2025-01-05", "CN", 1.5), ("b", "2025-01-06", "BR", 2), ("c", "2025-01-07", "CN", 2))


@pytest.fixture
def terminal(monkeypatch):
    """Return a terminal that the bars are shown on, and that remembers what was."""
    console = Console(force_terminal=True, width=120, record=True, stderr=True)
    monkeypatch.setattr(bars, "err", console)
    return console


@pytest.mark.parametrize("name", samples())
def test_a_file_that_was_read_was_read_to_its_end(tmp_path, name):
    """Of whatever format, packed or not; a format that jumps about in a file reads no more than all of it."""
    sample = samples()[name]
    for content in (sample.content, gzip.compress(sample.content, mtime=0)):
        path = tmp_path / "feed"
        path.write_bytes(content)
        with metered() as meter:
            list(open_feed(path, FeedOptions(flow=sample.flow)))

        assert bytes_of([path]) == meter.bytes_read


def test_rows_that_are_passed_over_are_read_bytes(tmp_path):
    """So that the bar comes to its end where an adapter leaves most of a file out."""
    path = tmp_path / "feed"
    path.write_bytes(samples()["customs-flows"].content)
    options = ReplayOptions(as_of=date(2026, 1, 1), feed=FeedOptions(only=Flow.EXPORT))
    with metered() as meter:
        records = list(read_records([path], options, Progress()))

    assert (1, path.stat().st_size) == (len(records), meter.bytes_read)


def test_what_is_read_twice_counts_once(tmp_path):
    """Files are opened for a look at their head, and again for what is wrong with them."""
    files = [feed_of(tmp_path / name, *ROWS) for name in ("one.csv", "other.csv")]
    with metered() as meter:
        for path in (*files, *files):
            list(open_feed(path))

    assert bytes_of(files) == meter.bytes_read


def test_nobody_counts_where_nobody_asked(tmp_path):
    """A meter ends with what it was asked for."""
    path = feed_of(tmp_path / "feed.csv", *ROWS)
    with metered() as meter:
        pass
    list(open_feed(path))

    assert 0 == meter.bytes_read


def test_the_bar_of_a_packed_feed_comes_to_its_end(tmp_path, terminal):
    """It says how much of the file is read, and how many rows were looked at."""
    path = tmp_path / "feed.gz"
    path.write_bytes(gzip.compress(feed_of(tmp_path / "feed.csv", *ROWS).read_bytes()))
    replayed = Progress(seconds=1)
    with feed_progress([path]) as hear:
        list(read_records([path], ReplayOptions(as_of=date(2026, 1, 1)), replayed))
        hear(replayed)
    last = terminal.export_text().split("replaying")[-1]

    assert "100%" in last
    assert "3 rows" in last


def test_the_bar_of_a_paced_replay_is_told_by_days(tmp_path, terminal):
    """Its file is read at once, and its days come one by one: the last that is wanted is the end."""
    files = [feed_of(tmp_path / "feed.csv", *ROWS)]
    options = ReplayOptions(as_of=date(2026, 1, 1), last_day=date(2025, 1, 6), speed=60.0)
    with paced_progress(files, options) as hear:
        hear(Progress(records=1, day=date(2025, 1, 5), seconds=1))

    assert "1/2 days" in terminal.export_text()


def test_where_a_file_cannot_be_asked_no_time_is_told(tmp_path):
    """What is wrong is said when the file is opened."""
    assert bytes_of([tmp_path / "absent"]) is None


def test_rows_that_are_not_wanted_count_as_read(tmp_path):
    """So that the rate is that of the reading."""
    progress = Progress()
    options = ReplayOptions(as_of=date(2026, 1, 1), goods=Selection(origins=("BR",)))
    records = list(read_records([feed_of(tmp_path / "feed.csv", *ROWS)], options, progress))

    assert (1, 3) == (len(records), progress.read)
