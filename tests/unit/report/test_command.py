"""``floorwatch report``: a run folder in, a page out."""

import pytest

from streams.cli import main
from tests.unit.runs.run_of import feed_of, floors_of, run_of


@pytest.fixture
def folder(tmp_path):
    """Return a run of two records."""
    feed = feed_of(tmp_path / "feed.csv", ("a", "2025-01-05", "CN", 1), ("b", "2025-02-05", "CN", 3))
    run_of(tmp_path / "run", [feed], [floors_of(tmp_path / "floors.toml", "2.00")])
    return tmp_path / "run"


def test_it_writes_the_page_and_says_where(folder, tmp_path, capsys):
    """Beside another run where one is named."""
    with pytest.raises(SystemExit) as ended:
        main(["report", str(folder), "--html", str(tmp_path / "page.html"), "--against", str(folder)])

    assert ended.value.code == 0
    assert "1 alert of run run" in capsys.readouterr().out
    assert "Compared with run" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_a_folder_that_is_no_run_is_named(tmp_path, capsys):
    """In one line, with what to do."""
    with pytest.raises(SystemExit) as ended:
        main(["report", str(tmp_path), "--html", str(tmp_path / "page.html")])

    assert ended.value.code == 1
    assert "is no run: it has no manifest.json" in capsys.readouterr().err.replace("\n", " ")
