"""The columns of the project's own form, as its documentation and README say them."""

import re
from pathlib import Path

from streams.feeds.wire_rows import FIELDS

CHECKOUT = Path(__file__).resolve().parents[3]


def test_each_column_there_is_stands_in_the_documentation_once():
    """And none besides."""
    text = (CHECKOUT / "docs/feeds.md").read_text(encoding="utf-8")
    section = text.partition("## The project's own form\n")[2].partition("\n## ")[0]
    firsts = [line.split(" | ")[0] for line in section.splitlines() if line.startswith("| `")]
    named = [name for cell in firsts for name in re.findall("`([a-z_]+)`", cell)]

    assert sorted(FIELDS) == sorted(named)


def test_the_feed_that_readme_shows_is_one(records):
    """With its unit and without."""
    text = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    [shown] = re.findall(r"```\n(id,source,.*?)```", text, re.DOTALL)
    [record] = records(shown)
    [without] = records(shown.replace("unit,", "").replace("kg,", ""))

    assert record == without
