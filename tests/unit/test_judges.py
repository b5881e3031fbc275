"""Judging in several processes: the same as in one, whatever the feed holds."""

from datetime import date, timedelta

import pytest

from bench import feed
from streams.crew import CrewError
from streams.feed_records import ReplayOptions
from streams.judges import Judges
from streams.records import Heartbeat, encode_record
from streams.reference.book import ReferenceBook
from streams.replay import replay_direct
from streams.scratch import ScratchFolderError
from streams.settings import Settings

DAYS = 40
LAST_DAY = feed.FIRST_DAY + timedelta(days=DAYS)


@pytest.fixture
def path(tmp_path):
    """Return a feed of several minerals with all that has no mineral: junk, unknown goods, wrong dates, heartbeats."""
    trades = feed.values(3000, days=DAYS)
    odd = [
        b"{",
        b'{"type":"trade"}',
        trades[0].replace(b"silicon|", b"silicone|"),
        trades[1].replace(b"2025-", b"2225-"),
        trades[2].replace(b'"product":', b'"product" : '),
        encode_record(Heartbeat(event_date=date(2025, 1, 5))),
        trades[3],
    ]
    for place, value in enumerate(odd, 1):
        trades.insert(place * len(trades) // (len(odd) + 1), value)
    path = tmp_path / "feed.jsonl"
    path.write_bytes(b"\n".join(trades) + b"\n")
    return path


def result(path, processes):
    """Return what a replay by so many processes came to, its duration left out."""
    book = ReferenceBook(entries=feed.reference(DAYS))
    found = replay_direct(
        [path], book=book, settings=Settings(), options=ReplayOptions(as_of=LAST_DAY), processes=processes
    )
    return found.alerts, found.records, found.refused, found.outcomes, found.held, found.lacks


def test_any_number_of_processes_comes_to_the_same(path):
    """Alerts byte for byte, and every count."""
    alone = result(path, 1)

    assert result(path, 2) == result(path, 3) == alone
    assert alone[0]
    assert {"not_json", "wrong_type", "date_out_of_range"} <= alone[2].keys()


def test_a_judge_that_dies_is_told():
    """A process that is killed ends the replay with an error, not with fewer alerts."""
    with Judges(2, book=ReferenceBook(), settings=Settings(), as_of=LAST_DAY) as judges:
        judges._crew._processes[0].kill()
        judges._crew._processes[0].join()
        with pytest.raises(CrewError, match="status -9"):
            judges.verdicts()


def test_what_a_judge_cannot_do_is_said_by_who_asked(path, tmp_path):
    """Such as remember more where there is no room: the error is that of a replay in one process."""
    nowhere = Settings(scratch_dir=str(tmp_path / "nowhere"))
    for processes in (1, 2):
        with pytest.raises(ScratchFolderError, match=r"nowhere.*FLOORWATCH_SCRATCH_DIR"):
            replay_direct(
                [path],
                book=ReferenceBook(),
                settings=nowhere,
                options=ReplayOptions(as_of=LAST_DAY),
                processes=processes,
            )
