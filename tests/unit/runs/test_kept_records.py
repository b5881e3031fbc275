"""First records kept with a run: what a comparison found once, a report can name without judging again."""

import pytest

from streams.runs.compare import compare
from streams.runs.errors import RunError
from streams.runs.first_record import first_records
from streams.runs.kept_records import keep_records, read_kept
from streams.runs.reading import read_run
from tests.unit.runs.run_of import feed_of, floors_of, run_of


@pytest.fixture
def pair(tmp_path):
    """Return two runs of one feed, of which the second has a floor that two records are below."""
    feed = feed_of(tmp_path / "feed.csv", ("a", "2025-01-10", "CN", 2.5), ("b", "2025-02-10", "CN", 1.5))
    return [
        run_of(tmp_path / name, [feed], [floors_of(tmp_path / f"{name}.toml", floor)])
        for name, floor in (("low", "1"), ("high", "2"))
    ]


def kept_of(low, high):
    """Compare and keep."""
    found = compare(low.alerts, high.alerts)
    records, _ = first_records(low, high, found)
    return keep_records(high, low, found, records), found, records


def test_what_is_kept_is_read_back_by_alert(pair):
    """Each record under the ids of its alert, with the name of its file and no path of a machine."""
    path, found, records = kept_of(*pair)
    (kept,) = read_kept(pair[1].path)

    assert [(each.alerts, each.record, each.line) for each in kept.records] == [
        (difference.ids, record.record, record.line) for difference, record in zip(found, records, strict=True)
    ]
    assert [each.file for each in kept.records] == ["feed.csv"] * len(found)
    assert "b" in {each.record for each in kept.records}
    assert str(path.parent.parent.parent) not in path.read_text()


def test_keeping_does_not_make_the_run_another(pair):
    """Its digests are those of its own files, and it is read as before."""
    before = read_run(pair[1].path)
    kept_of(*pair)

    assert read_run(pair[1].path) == before


def test_what_was_kept_of_a_run_that_stood_there_before_is_passed_over(pair):
    """It is about another run, though in a folder of the same name."""
    kept_of(*pair)
    manifest = pair[1].path / "manifest.json"
    manifest.write_bytes(manifest.read_bytes() + b"\n")

    assert list(read_kept(pair[1].path)) == []


def test_a_bare_file_of_alerts_has_nowhere_to_keep_anything(pair):
    """Nor is it known what it was made from."""
    bare = read_run(pair[0].path / "alerts.jsonl")
    with pytest.raises(RunError, match="a file of alerts"):
        keep_records(pair[1], bare, [], [])


def test_what_no_comparison_wrote_is_refused(pair):
    """The file is named, and what to do."""
    path, *_ = kept_of(*pair)
    path.write_text("{}")
    with pytest.raises(RunError, match="remove it"):
        list(read_kept(pair[1].path))
