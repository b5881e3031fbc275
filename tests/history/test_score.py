"""A run over China's exports of graphite, scored against the case in the United States that followed."""

import csv
import gzip
from datetime import date
from pathlib import Path

import pytest

from streams.cli import main
from streams.records import encode_record
from streams.runs.cases import read_cases
from streams.runs.reading import read_run, read_series
from streams.runs.score import score
from tests.history.customs_rows import china_graphite

CASES = Path(__file__).with_name("cases.csv")
NOTICES = "data/federal_register_adcvd/fr_adcvd_notices_2020_2026.csv.gz"
RULE = "surge_with_price_fall"


@pytest.fixture(scope="module")
def run(shared_data, tmp_path_factory):
    """Return the run of the exports, as the command keeps it."""
    folder = tmp_path_factory.mktemp("graphite")
    feed = folder / "feed.jsonl"
    exports = sorted(china_graphite(shared_data), key=lambda each: each.event_date)
    feed.write_bytes(b"".join(encode_record(each) + b"\n" for each in exports))
    with pytest.raises(SystemExit) as ended:
        main(["replay", str(feed), "--direct", "--run", str(folder / "run"), "--as-of", "2026-01-01"])
    assert not ended.value.code
    return folder / "run"


def test_the_surge_with_a_falling_price_was_a_warning_on_both_products(run):
    """Told 140 and 109 days before the petition, more often than chance would; what else it said is counted too."""
    scored = score(read_cases(CASES), read_run(run).alerts, read_series(run), rules=[RULE])
    mark = next(mark for mark in scored.rules if mark.rule == RULE)
    leads = {each.case.product: each.lead_days for each in scored.cases}

    assert (2, 2) == (mark.hits, mark.cases)
    assert {"graphite|natural": 140, "graphite|artificial": 109} == leads
    assert mark.hit_rate > 3 * mark.base_rate
    assert mark.alerts == mark.false + mark.after + len({a.id for each in scored.cases for a in each.warnings})


def test_the_dates_of_the_case_are_those_of_the_notices(shared_data):
    """The initiation as the Federal Register published it, by the numbers that the file names."""
    with gzip.open(shared_data / NOTICES, "rt", newline="", encoding="utf-8") as file:
        published = {row["fr_document_number"]: row for row in csv.DictReader(file)}

    for case in read_cases(CASES):
        numbers = [word for word in case.source.split() if word in published]
        assert 2 == len(numbers)
        assert {case.initiated_on} == {date.fromisoformat(published[each]["publication_date"]) for each in numbers}
