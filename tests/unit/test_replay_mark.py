"""The mark of a replay: where one that was broken off goes on, and never in the middle of another."""

from dataclasses import replace
from datetime import date

import pytest

from streams.feed_records import ReplayOptions
from streams.feeds.options import FeedOptions
from streams.replay_mark import ReplayMark, ReplayMarkError
from streams.selection import Selection
from streams.settings import Settings

OPTIONS = ReplayOptions(as_of=date(2026, 1, 1), first_day=date(2025, 1, 1), goods=Selection(origins=("CN",)))
SETTINGS = Settings()


@pytest.fixture
def files(tmp_path):
    """Return two feed files."""
    found = [tmp_path / "one.csv", tmp_path / "other.csv"]
    for each in found:
        each.write_text("id")
    return found


def mark_of(files, options=OPTIONS, settings=SETTINGS):
    """Return the mark beside the first file."""
    return ReplayMark(files[0].with_suffix(".replay.json"), files, options, settings)


def test_a_replay_goes_on_where_its_mark_says(files):
    """Until it is forgotten; the day on which it is resumed and its speed are nothing to the order of records."""
    mark_of(files).keep(7)

    assert 7 == mark_of(files, replace(OPTIONS, as_of=date(2026, 1, 2), speed=60.0)).found().records


def test_where_nothing_was_broken_off_there_is_nothing_to_resume(files):
    """It is not begun as if it went on."""
    mark_of(files).keep(7)
    mark_of(files).forget()

    with pytest.raises(ReplayMarkError, match="nothing to resume"):
        mark_of(files).found()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"first_day": None}, "other days", id="days"),
        pytest.param({"goods": Selection()}, "other products and origins", id="goods"),
        pytest.param({"sort": True}, "other declarations", id="order"),
        pytest.param({"feed": FeedOptions(decimal=",")}, "other declarations", id="declared"),
    ],
)
def test_a_mark_of_other_records_is_refused(files, change, words):
    """Its count would skip records that were never written."""
    mark_of(files).keep(7)

    with pytest.raises(ReplayMarkError, match=words):
        mark_of(files, replace(OPTIONS, **change)).found()


def test_a_mark_of_other_files_or_topics_is_refused(files):
    """Another order of files, a file that was edited to the same size, another cluster; it is said what was and is."""
    mark_of(files).keep(7)

    for others, settings in ((files[:1], SETTINGS), (files, Settings(kafka="elsewhere:9092"))):
        with pytest.raises(ReplayMarkError, match=r"now .*begin again, without --resume"):
            mark_of(others, settings=settings).found()
    files[1].write_text("is")
    with pytest.raises(ReplayMarkError, match="a file was changed since"):
        mark_of(files).found()


def test_half_a_mark_is_refused_in_one_line(files):
    """As any file that is not what it should be."""
    files[0].with_suffix(".replay.json").write_text('{"of')

    with pytest.raises(ReplayMarkError, match="no mark of a replay"):
        mark_of(files).found()


def test_where_no_mark_can_be_written_the_replay_goes_on(files, tmp_path):
    """And the mark says why."""
    mark = ReplayMark(tmp_path / "nowhere" / "mark.json", files, OPTIONS, SETTINGS)
    mark.keep(7)

    assert (0, True) == (mark.records, "cannot be written" in mark.lost)
