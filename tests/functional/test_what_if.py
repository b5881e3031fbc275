"""Runs on the command line: what if, diff and its three exit statuses, and a replay that is paused."""

import csv
import json
import os
import signal
import subprocess
import sys
from functools import partial

import pytest

from streams.runs.kept_records import read_kept
from tests.archives import END, archive_of
from tests.command_line import command
from tests.sales import sale
from tests.unit.runs.run_of import feed_of, floors_of

ROWS = (("low", "2025-01-05", "CN", 1.5), ("between", "2025-01-06", "BR", 2.05), ("high", "2025-02-07", "NO", 3))


@pytest.fixture
def floorwatch(capsys):
    """Return a function that runs the command line: status, stdout, stderr."""
    return partial(command, capsys)


@pytest.fixture
def feed(tmp_path):
    """Return a feed of three origins."""
    return feed_of(tmp_path / "feed.csv", *ROWS)


@pytest.fixture
def floors(tmp_path):
    """Return two schedules, between whose floors one origin lies."""
    return [floors_of(tmp_path / f"{name}.toml", value) for name, value in (("low", "2.00"), ("high", "2.10"))]


def test_two_runs_are_kept_and_compared(floorwatch, feed, floors, tmp_path):
    """Exit 1, and the differences for a machine: what was added names the record that made it."""
    for schedule in floors:
        floorwatch("replay", feed, "--direct", "--floors", schedule, "--run", tmp_path / schedule.stem)
    status, out, _ = floorwatch("replay", "diff", tmp_path / "low", tmp_path / "high", "--json")
    said = json.loads(out)
    added = [each for each in said["differences"] if each["kind"] == "added" and each["rule"] == "floor_breach"]

    assert (1, False) == (status, said["same"])
    assert ["BR"] == [each["origin"] for each in added]
    assert "between" == added[0]["first_record"]["record"]


def test_what_a_comparison_found_is_in_the_report_where_it_was_kept(floorwatch, feed, floors, tmp_path):
    """A report reads the folders alone: it names the records that diff --keep left there, else what finds them."""
    for schedule in floors:
        floorwatch("replay", feed, "--direct", "--floors", schedule, "--run", tmp_path / schedule.stem)
    page = tmp_path / "page.html"
    pages = []
    for keep in ((), ("--keep",)):
        assert floorwatch("replay", "diff", tmp_path / "low", tmp_path / "high", *keep)[0] == 1
        floorwatch("report", tmp_path / "high", "--html", page, "--against", tmp_path / "low")
        pages.append(page.read_text())

    assert "floorwatch replay diff low high --keep" in pages[0]
    assert "First record: <code>between</code> of 2025-01-06, feed.csv, line 3" not in pages[0]
    assert "First record: <code>between</code> of 2025-01-06, feed.csv, line 3" in pages[1]


def test_two_runs_that_are_the_same_end_with_0(floorwatch, feed, floors, tmp_path):
    """And say so."""
    for name in ("one", "other"):
        floorwatch("replay", feed, "--direct", "--floors", floors[0], "--run", tmp_path / name)
    status, out, _ = floorwatch("replay", "diff", tmp_path / "one", tmp_path / "other")

    assert 0 == status
    assert "have the same" in out


def test_what_cannot_be_compared_ends_with_2(floorwatch, tmp_path):
    """An absent run, and a file that holds no alerts."""
    (tmp_path / "alerts.jsonl").write_text("no alert\n")

    assert [2, 2] == [
        floorwatch("replay", "diff", tmp_path / name, tmp_path / "alerts.jsonl")[0] for name in ("none", "alerts.jsonl")
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [(None, "is not there"), ("[[rule", "its rule file was changed since")],
    ids=["gone", "spoilt"],
)
def test_what_an_alert_names_is_not_told_as_the_record_that_was_found(floorwatch, feed, floors, tmp_path, text, words):
    """Where the runs cannot be judged again, that is said, with the file that is not what it was."""
    rules = tmp_path / "shipped.toml"
    rules.write_text('[[rule]]\nname = "floor_breach"\nenabled = true\n')
    for schedule in floors:
        made = tmp_path / schedule.stem
        floorwatch("replay", feed, "--direct", "--floors", schedule, "--rules", rules, "--run", made)
        # A rule file is read once in a process: another path is one that was changed since.
        manifest = (made / "manifest.json").read_text()
        (made / "manifest.json").write_text(manifest.replace("shipped.toml", "later.toml"))
    if text is not None:
        (tmp_path / "later.toml").write_text(text)
    status, out, err = floorwatch("replay", "diff", tmp_path / "low", tmp_path / "high")

    assert words in err
    assert 1 == status
    assert "not found; the alert names between on 2025-01-06" in " ".join(out.split())


def test_two_rule_files_ask_what_if(floorwatch, feed, floors, tmp_path):
    """Both runs in the folder, named after the files; a rule that is taken out loses its alerts and no other does."""
    rules = tmp_path / "without.toml"
    rules.write_text('[[rule]]\nname = "floor_breach"\nenabled = false\n')
    arguments = ("--rules", "shipped", "--rules", rules, "--floors", floors[0])
    status, out, _ = floorwatch("replay", feed, "--direct", *arguments, "--run", tmp_path / "both", "--json")
    differences = json.loads(out)["differences"]

    assert 1 == status
    assert {("removed", "floor_breach")} == {(each["kind"], each["rule"]) for each in differences}
    assert {"shipped", "without"} == {path.name for path in (tmp_path / "both").iterdir()}
    assert len(list(read_kept(tmp_path / "both" / "without"))) == 1


def test_other_floors_ask_what_if_without_keeping_anything(floorwatch, feed, floors, tmp_path):
    """The two runs live as long as their comparison."""
    before = set(tmp_path.iterdir())
    status, out, _ = floorwatch("replay", feed, "--direct", "--floors", floors[0], "--against", floors[1])

    assert 1 == status
    assert "1 added" in " ".join(out.split())
    assert before == set(tmp_path.iterdir())

    as_json = floorwatch("replay", feed, "--direct", "--floors", floors[0], "--against", floors[1], "--json")[1]
    assert [None, None] == [json.loads(as_json)[side]["path"] for side in ("before", "after")]


@pytest.mark.parametrize(
    "more",
    [
        pytest.param(("--direct", "--rules", "shipped", "--rules", "shipped", "--rules", "shipped"), id="three"),
        pytest.param(("--direct", "--rules", "no-such-file"), id="no-file"),
        pytest.param(("--direct", "--rules", "shipped", "--rules", "shipped", "--out", "x"), id="one-file-for-two"),
        pytest.param(("--direct", "--origins", "CN,BR"), id="a-list-where-a-pattern-goes"),
    ],
)
def test_what_cannot_be_meant_is_not_understood(floorwatch, feed, more):
    """Exit 2 and what to do."""
    assert 2 == floorwatch("replay", feed, *more)[0]


def test_a_replay_of_some_origins_takes_only_those(floorwatch, feed, tmp_path):
    """As the manifest says."""
    floorwatch("replay", feed, "--direct", "--origins", "C?", "--products", "silicon|*", "--run", tmp_path / "run")
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())

    assert 1 == manifest["summary"]["records"]
    assert (["C?"], ["silicon|*"]) == (manifest["options"]["origins"], manifest["options"]["products"])


def test_runs_that_read_their_feed_in_other_ways_say_so(floorwatch, feed, floors, tmp_path):
    """Before the differences, which may have come of that."""
    for name, more in (("whole", ()), ("part", ("--origins", "CN", "--declare", "sort=yes"))):
        floorwatch("replay", feed, "--direct", "--floors", floors[0], *more, "--run", tmp_path / name)

    said = floorwatch("replay", "diff", tmp_path / "whole", tmp_path / "part")[2]
    assert "whole took its feed as it is\npart took its feed --origins CN --declare sort=yes" in said
    assert "took its feed" not in floorwatch("replay", "diff", tmp_path / "part", tmp_path / "part")[2]


def test_a_run_of_a_log_says_which_part_of_it_was_taken(floorwatch, floors, tmp_path):
    """The time and the goods; and such runs are compared by their alerts alone, which is said."""
    archive = archive_of(tmp_path / "archive", [sale(0, "1.5"), sale(2, "1.8", id="brazil", origin="BR"), END])
    part = ("--origins", "CN", "--from", "2025-06-01", "--to", "2025-06-01T00:00:01Z")
    for name, schedule in zip(("one", "other"), floors, strict=True):
        made = floorwatch("replay", archive, "--direct", "--floors", schedule, *part, "--run", tmp_path / name)
        assert 0 == made[0]
    options = json.loads((tmp_path / "one" / "manifest.json").read_text())["options"]
    status, said, why = floorwatch("replay", "diff", tmp_path / "one", tmp_path / "other", "--json")

    assert ("2025-06-01T00:00:00.000Z", "2025-06-01T00:00:01.000Z") == (options["log_from"], options["log_until"])
    assert ["CN"] == options["origins"]
    assert (1, "") == (status, why)
    assert {"CN"} == {each["origin"] for each in json.loads(said)["differences"]}
    assert "was made from the record of a log" in json.loads(said)["first_records"]


def test_a_part_without_a_record_is_said(floorwatch, feed, floors):
    """Goods that nobody trades are asked for by mistake; time that ends before it begins is not understood."""
    replay = ("replay", feed, "--direct", "--floors", floors[0])
    status, _, said = floorwatch(*replay, "--origins", "XX")

    assert (0, True) == (status, "no record is of the goods and days that were asked for" in said)
    assert "no record" not in floorwatch(*replay, "--origins", "CN")[2]
    assert 2 == floorwatch(*replay, "--from", "2025-02-01", "--to", "2025-01-31")[0]
    assert 0 == floorwatch(*replay, "--from", "2025-01-05", "--to", "2025-01-05")[0]


def test_a_paused_replay_goes_on_as_if_it_had_not_been(feed, floors, tmp_path):
    """SIGTSTP, as Ctrl-Z sends it, stops the process where it is; SIGCONT lets it end with the same alerts."""
    alerts = []
    for name in ("straight", "paused"):
        out = tmp_path / f"{name}.jsonl"
        command = [sys.executable, "-m", "streams.cli", "replay", str(feed), "--direct", "--floors", str(floors[0])]
        replay = subprocess.Popen([*command, "--out", str(out)], stdout=subprocess.DEVNULL, process_group=0)
        if name == "paused":
            os.killpg(replay.pid, signal.SIGTSTP)
            # Returns once it has stopped, which a process in a group of its own does.
            _, state = os.waitpid(replay.pid, os.WUNTRACED)
            assert os.WIFSTOPPED(state)
            os.killpg(replay.pid, signal.SIGCONT)
        assert 0 == replay.wait()
        alerts.append(out.read_bytes())

    assert alerts[0] == alerts[1] != b""


def test_a_sweep_is_a_table_for_readers_and_machines(floorwatch, feed, floors):
    """The same figures in CSV and in JSON, a line for what holds now before those of the levels."""
    arguments = ("sweep", feed, "--floor", "silicon|metal", "--floors", floors[0], "--from", "1", "--to", "3")
    arguments += ("--steps", 3, "--processes", 1)
    _, as_csv, _ = floorwatch(*arguments, "--csv")
    _, as_json, _ = floorwatch(*arguments, "--json")
    lines = list(csv.DictReader(as_csv.splitlines()))
    steps = json.loads(as_json)["steps"]

    assert ["", "1", "2", "3"] == [line["level"] for line in lines] == [step["level"] for step in steps]
    assert [step["levy_usd"] for step in steps] == [line["levy_usd"] for line in lines]
    assert "2450" == lines[-1]["levy_usd"]
    assert 0 == floorwatch(*arguments)[0]


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("--from", "1", "--to", "2"), id="nothing-to-sweep"),
        pytest.param(("--floor", "tungsten|metal", "--from", "1", "--to", "2"), id="no-such-floor"),
        pytest.param(("--threshold", "surge.rise", "--from", "1", "--to", "2"), id="no-such-threshold"),
        pytest.param(("--floor", "silicon|metal", "--from", "3", "--to", "2"), id="falling"),
        pytest.param(("--floor", "silicon|metal", "--from", "1,5", "--to", "2"), id="no-number"),
        pytest.param(("--floor", "silicon|metal", "--from", "1", "--to", "2", "--steps", "1"), id="two-ends-in-one"),
        pytest.param(("--floor", "silicon|metal", "--from", "1", "--to", "2", "--json", "--csv"), id="two-forms"),
        pytest.param(("kafka://broker:9092", "--floor", "silicon|metal", "--from", "1", "--to", "2"), id="a-log"),
    ],
)
def test_a_sweep_that_cannot_be_meant_is_not_understood(floorwatch, feed, floors, arguments):
    """Exit 2, before anything is read."""
    assert 2 == floorwatch("sweep", feed, "--floors", floors[0], *arguments)[0]


def test_a_sweep_of_goods_that_the_feed_does_not_have_is_warned_of(floorwatch, feed):
    """Zeros at every level look like a finding."""
    level = ("--from", "1", "--to", "1", "--steps", 1, "--processes", 1)
    status, _, said = floorwatch("sweep", feed, "--floor", "gallium|metal", *level)
    warned = "no record of the feed is judged in this sweep (floor of gallium|metal"

    assert (0, True, True) == (status, warned in said, "1 level in" in said)
    assert "no record" not in floorwatch("sweep", feed, "--floor", "silicon|metal", *level)[2]


def test_a_sweep_takes_what_a_replay_takes(floorwatch, feed, floors):
    """Decimal commas that are declared, an order that is not the file's, and a part of its days."""
    head, *rows = feed.read_text().splitlines()
    feed.write_text("\n".join([head, *(row.replace(",1000,", ',"1000,5",') for row in reversed(rows))]) + "\n")
    arguments = ("sweep", feed, "--floor", "silicon|metal", "--floors", floors[1], "--from", "2", "--to", "2.2")
    arguments += ("--steps", 2, "--processes", 1, "--json", "--declare", "sort=yes", "--from-day", "2025-01-06")
    _, with_commas, _ = floorwatch(*arguments, "--declare", "decimal=,")
    _, as_guessed, said = floorwatch(*arguments)

    assert ["1000.5", "0", "1000.5"] == [step["below_kg"] for step in json.loads(with_commas)["steps"]]
    assert {} == json.loads(with_commas)["steps"][0]["refused"]
    assert 2 == sum(json.loads(as_guessed)["steps"][0]["refused"].values())
    assert "warning: refused: 2 not_a_decimal" in said


def test_a_run_is_scored_against_a_file_of_cases(floorwatch, feed, floors, tmp_path):
    """For a machine: the hit, its lead and the rules' rates; for a reader a table."""
    cases = tmp_path / "cases.csv"
    cases.write_text(
        "case,product,origin,destination,petitioned_on,initiated_on,outcome,source\n"
        "silicon,silicon|metal,CN,GB,2025-01-15,,order,test\n"
    )
    floorwatch("replay", feed, "--direct", "--floors", floors[0], "--run", tmp_path / "run")
    status, out, _ = floorwatch("score", tmp_path / "run", "--cases", cases, "--rule", "floor_breach", "--json")
    said = json.loads(out)

    assert 0 == status
    assert (True, True, 10) == tuple(said["cases"][0][name] for name in ("covered", "hit", "lead_days"))
    assert "1" == said["rules"][0]["hit_rate"]
    assert 2 == floorwatch("score", tmp_path / "run", "--cases", cases, "--rule", "no_such_rule")[0]
    assert "1 of 1" in floorwatch("score", tmp_path / "run", "--cases", cases)[1]
    for days in (("--window", 0), ("--lag", -1)):
        status, _, why = floorwatch("score", tmp_path / "run", "--cases", cases, *days)
        assert (2, True) == (status, "--window is 1 day or more" in why)
