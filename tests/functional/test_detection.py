"""A simulated feed through the engine and back to its labels, as ``python -m bench.detection`` does it fifty times."""

import json
from datetime import date

import pytest

from alerts.model import decode_alert
from streams.cli import main
from streams.simulate.labels import read_labels
from streams.simulate.score import score

PATTERNS = ("floor_breach", "sustained_breach", "floor_missing", "structuring", "benchmark_integrity")


def run(*arguments):
    """Run the command line in this process; it has to succeed."""
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    assert not ended.value.code


def test_what_was_put_there_is_found(tmp_path, capsys):
    """Ten months with five patterns: each is found, none of its records is refused, and honest trade is left alone."""
    run("simulate", "--seed", 11, "--months", 10, "--patterns", ",".join(PATTERNS), "--out", tmp_path, "--json")
    manifest = json.loads(capsys.readouterr().out.splitlines()[-1])
    files = [tmp_path / "trades.jsonl", tmp_path / "ticks.jsonl"]
    alerts = tmp_path / "alerts.jsonl"
    floors = ("--floors", tmp_path / "reference.jsonl")
    run("replay", *files, "--direct", *floors, "--as-of", date(2024, 12, 31), "--out", alerts, "--json")
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])

    found = score(read_labels(tmp_path / "labels.jsonl"), map(decode_alert, alerts.read_bytes().splitlines()))

    assert sorted(PATTERNS) == sorted(manifest["patterns"])
    assert {} == summary["dead_letters"]
    assert not found.missed
    honest = {each.alert.rule for each in found.verdicts if each.kind == "false"}
    assert not honest & set(PATTERNS)


def test_a_pattern_that_is_not_there_is_told(tmp_path, capsys):
    """The command ends with status 2 and the names that there are."""
    with pytest.raises(SystemExit) as ended:
        main(["simulate", "--patterns", "surje", "--out", str(tmp_path)])

    assert 2 == ended.value.code
    assert "no pattern is called surje" in " ".join(capsys.readouterr().err.split())
