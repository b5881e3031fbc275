"""The files that replays and what reads their runs are given: none is written over, and each is called what it is."""

import json
import shutil

import pytest

from tests.archives import END, archive_of
from tests.command_line import command
from tests.sales import sale
from tests.unit.runs.run_of import feed_of, floors_of

NOBODY = "127.0.0.1:1"
ROWS = (("low", "2025-01-05", "CN", 1.5), ("between", "2025-01-06", "BR", 2.05), ("high", "2025-02-07", "NO", 3))


@pytest.fixture
def floorwatch(capsys):
    """Return a function that runs the command line: status, stdout, stderr in one line."""

    def run(*arguments):
        status, out, err = command(capsys, *arguments)
        return status, out, " ".join(err.replace("│", " ").split())

    return run


@pytest.fixture
def feed(tmp_path):
    """Return a feed of three origins."""
    return feed_of(tmp_path / "feed.csv", *ROWS)


@pytest.fixture
def floors(tmp_path):
    """Return a schedule of one floor."""
    return floors_of(tmp_path / "floors.toml", "2.00")


@pytest.fixture
def run(floorwatch, feed, floors, tmp_path):
    """Return a run."""
    folder = tmp_path / "run"
    assert floorwatch("replay", feed, "--direct", "--floors", floors, "--run", folder)[0] == 0
    return folder


@pytest.mark.parametrize("name", ["feed.csv", "floors.toml", "link.csv"])
@pytest.mark.parametrize("option", ["--out", "--run"])
def test_what_a_replay_reads_is_not_written_over(floorwatch, feed, floors, tmp_path, option, name):
    """By whatever name it goes: refused before anything is read, the file as it was."""
    (tmp_path / "link.csv").symlink_to(feed)
    before = (tmp_path / name).read_bytes()
    status, _, err = floorwatch("replay", feed, "--direct", "--floors", floors, option, tmp_path / name)

    assert (2, before) == (status, (tmp_path / name).read_bytes())
    assert "which is read" in err


def test_nothing_is_written_into_an_archive_that_is_replayed(floorwatch, tmp_path):
    """Its manifest names its files."""
    archive_of(tmp_path / "archive", [sale(0, "1.5"), END])
    status, _, err = floorwatch(
        "replay", tmp_path / "archive", "--direct", "--out", tmp_path / "archive" / "manifest.json"
    )

    assert status == 2
    assert "which is read" in err


def test_alerts_are_written_beside_the_feed_and_over_those_of_before(floorwatch, feed, floors, tmp_path):
    """A file of alerts that nothing reads is written anew."""
    for _ in range(2):
        assert floorwatch("replay", feed, "--direct", "--floors", floors, "--out", tmp_path / "alerts.jsonl")[0] == 0
    assert (tmp_path / "alerts.jsonl").stat().st_size


def test_a_run_in_the_place_of_a_feed_is_called_a_run(floorwatch, run):
    """Said with what reads it."""
    status, _, err = floorwatch("replay", run, "--direct")

    assert status == 2
    assert "no feed: replay diff, score and report read it" in err


def test_kafka_without_a_broker_is_told_how_it_is_written(floorwatch):
    """Not as a file that is not there."""
    status, _, err = floorwatch("replay", "kafka://", "--direct")

    assert status == 2
    assert "kafka://HOST:PORT" in err


def test_the_folder_of_a_what_if_names_its_runs(floorwatch, run, tmp_path):
    """Where one of them was meant."""
    what_if = tmp_path / "wi"
    for name in ("shipped", "stricter"):
        shutil.copytree(run, what_if / name)
    for status, arguments in (
        (1, ("report", what_if, "--html", tmp_path / "page.html")),
        (2, ("replay", "diff", what_if, run)),
    ):
        ended, _, err = floorwatch(*arguments)

        assert ended == status
        assert f"name one, {what_if / 'shipped'}, {what_if / 'stricter'}" in err


@pytest.mark.parametrize("name", ["feed.csv", "floors.toml", "run/manifest.json", "run/alerts.jsonl"])
def test_a_report_is_not_written_over_what_its_run_is_or_was_made_from(floorwatch, run, tmp_path, name):
    """Neither over the run nor over the feed."""
    before = (tmp_path / name).read_bytes()
    status, _, err = floorwatch("report", run, "--html", tmp_path / name)

    assert (2, before) == (status, (tmp_path / name).read_bytes())
    assert "which is read" in err


def test_a_report_beside_its_run_is_written_anew(floorwatch, run):
    """The page of before is nothing that is read."""
    for _ in range(2):
        assert floorwatch("report", run, "--html", run / "page.html")[0] == 0


def test_an_alert_is_explained_from_the_folder_of_its_run(floorwatch, run, tmp_path):
    """As from the file in it; and where a folder is no run, that is said."""
    alert = json.loads((run / "alerts.jsonl").read_text().splitlines()[0])["id"]

    assert floorwatch("explain", alert, "--file", run) == floorwatch("explain", alert, "--file", run / "alerts.jsonl")
    assert "is no run" in floorwatch("explain", alert, "--file", tmp_path)[2]


def test_history_among_what_is_live_is_warned_of(floorwatch, feed):
    """Before a record is sent, with what keeps it apart."""
    _, out, err = floorwatch("replay", feed, "--kafka", NOBODY, "--patience", "0")

    assert out == ""
    assert "--namespace RUN keeps a replay apart from people" in err
