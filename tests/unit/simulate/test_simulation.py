"""Simulated feeds: the same from the same seed, readable, accepted, and labelled truly."""

import json
from datetime import date

import pytest

from streams.feed_records import Progress, ReplayOptions, read_records
from streams.feeds import open_feed
from streams.normalise import Normaliser
from streams.records import Flow, PriceTick, Status
from streams.reference.book import ReferenceBook
from streams.reference.catalogue import load_catalogue
from streams.reference.schedule_file import read_schedule
from streams.simulate.labels import read_labels
from streams.simulate.patterns import PATTERNS
from streams.simulate.planting import patterns_named, planted_world
from streams.simulate.simulation import simulate
from streams.simulate.writing import Format

ANY_DAY = date(2030, 1, 1)
FILES = ("trades", "ticks")


def made(folder, **given):
    """Return a small simulation: three months of two minerals without a pattern."""
    return simulate(folder, **{"seed": 1, "months": 3, "honest": 2} | given)


def records_of(folder, file_format="jsonl"):
    """Return the records of a simulation's files."""
    paths = [folder / f"{name}.{file_format}" for name in FILES]
    return [record for record, _, _ in read_records(paths, ReplayOptions(as_of=ANY_DAY), Progress())]


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """Return the folder of a simulation with every pattern in it."""
    folder = tmp_path_factory.mktemp("full")
    simulate(folder, seed=3, months=30, patterns=patterns_named(["all"]), honest=1)
    return folder


@pytest.mark.parametrize("file_format", list(Format))
@pytest.mark.parametrize("rows", [pytest.param(None, id="trade"), pytest.param(2000, id="volume")])
def test_the_same_seed_gives_the_same_bytes(tmp_path, file_format, rows):
    """Every file of two runs is equal byte for byte, whatever the form."""
    for name in ("one", "two"):
        made(tmp_path / name, file_format=file_format, rows=rows)

    one, two = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two
    assert {"labels.jsonl", "manifest.json", "reference.jsonl", f"trades.{file_format}"} < set(one)


def test_another_seed_gives_another_feed(tmp_path):
    """Two seeds have no record in common."""
    for seed in (1, 2):
        made(tmp_path / str(seed), seed=seed)

    one, two = (set((tmp_path / str(seed) / "trades.jsonl").read_bytes().splitlines()) for seed in (1, 2))
    assert not one & two


def test_a_pattern_leaves_the_other_minerals_as_they_are():
    """What is drawn for one mineral takes nothing from the dice of another."""
    bare = planted_world(5, 12, ("floor_breach",), honest=3)
    more = planted_world(5, 12, ("floor_breach",), honest=4)

    assert [ground.main.month_kg for ground in bare.grounds] == [ground.main.month_kg for ground in more.grounds[:4]]


@pytest.mark.parametrize("file_format", [Format.CSV, Format.PARQUET])
@pytest.mark.parametrize("rows", [pytest.param(None, id="trade"), pytest.param(500, id="volume")])
def test_every_form_holds_the_same_records(tmp_path, file_format, rows):
    """Read back, the records of a table are those of the JSON lines."""
    made(tmp_path / "lines", rows=rows)
    made(tmp_path / "table", rows=rows, file_format=file_format)

    def content(record):
        amounts = ("quantity", "value", "price", "freight", "insurance")
        return {
            name: None if (text := getattr(record, name, None)) is None else round(100 * float(text))
            for name in amounts
        } | {name: getattr(record, name, None) for name in ("id", "instrument", "product", "event_date", "revision")}

    lines, table = records_of(tmp_path / "lines"), records_of(tmp_path / "table", file_format)
    assert list(map(content, lines)) == list(map(content, table))


def test_the_manifest_says_what_is_there(tmp_path):
    """It names each file with its rows and its hash, and the days of the feed."""
    written = made(tmp_path, months=4)

    manifest = json.loads((tmp_path / "manifest.json").read_bytes())
    assert written.as_json() == manifest
    assert ("2023-01-01", "2023-04-30") == (manifest["first_day"], manifest["last_day"])
    assert len(records_of(tmp_path)) == sum(manifest["files"][f"{name}.jsonl"]["rows"] for name in FILES)


def test_volume_is_as_many_rows_as_were_asked_for(tmp_path):
    """Plain rows are in order of date over all months, each with an id of its own."""
    made(tmp_path, rows=3001)

    trades = [item.record for item in open_feed(tmp_path / "trades.jsonl")]
    assert 3001 == len(trades) == len({trade.id for trade in trades})
    days = [trade.event_date for trade in trades]
    assert days == sorted(days)
    assert (date(2023, 1, 1), date(2023, 3, 31)) == (days[0], days[-1])


def test_honest_trade_has_the_mishaps_of_paperwork(tmp_path):
    """There are amendments, cancellations, repetitions, records out of order, and what the other side declares."""
    made(tmp_path, months=12, honest=4)

    trades = [item.record for item in open_feed(tmp_path / "trades.jsonl")]
    states = {trade.status for trade in trades}
    assert {Status.LODGED, Status.AMENDED, Status.CANCELLED} == states
    assert len(trades) > len({(trade.id, trade.revision) for trade in trades})
    days = [trade.event_date for trade in trades]
    assert days != sorted(days)
    assert {Flow.IMPORT, Flow.EXPORT} == {trade.flow for trade in trades}
    assert {"USD", "EUR", "CNY"} == {trade.currency for trade in trades}


def test_nothing_is_made_that_a_reader_would_refuse(full):
    """Each record routes and its amounts are read; the dead letters of a simulation are none."""
    normaliser = Normaliser(ReferenceBook())
    records = records_of(full)

    for record in records:
        route = normaliser.route(record)
        if record.status is not Status.CANCELLED:
            assert all(amount > 0 for amount in route.amounts(record))
    assert len(records) > 50_000


def test_the_reference_data_is_a_schedule_file(tmp_path):
    """It is read as any other, without an error, whatever the patterns did to it."""
    patterns = patterns_named(["floor_missing", "floor_misalignment", "structuring", "quota_cliff", "grade_shift"])
    simulate(tmp_path, seed=2, months=15, patterns=patterns, honest=0)

    assert read_schedule((tmp_path / "reference.jsonl").read_text(), "reference.jsonl")


def test_every_pattern_leaves_a_label_that_fits_the_feed(full):
    """A label names a rule, goods, countries and parties that are in the feed, and days within it."""
    records = [record for record in records_of(full) if not isinstance(record, PriceTick)]
    labels = read_labels(full / "labels.jsonl")

    assert set(PATTERNS) == {label.rule for label in labels}
    catalogue = load_catalogue()
    for label in labels:
        own = [record for record in records if record.product == label.product]
        assert catalogue.product(label.product)
        assert date(2023, 1, 1) <= label.first_day <= label.last_day <= date(2025, 6, 30)
        assert label.origin in {"", *(record.origin for record in own)}
        assert label.destination in {"", *(record.destination for record in own)}
        assert set(label.side_effects) <= set(PATTERNS)
        assert label.note


@pytest.mark.parametrize(
    ("names", "found"),
    [
        pytest.param(["surge"], ("surge",), id="one"),
        pytest.param(["surge", "below_cost"], ("below_cost", "surge"), id="in-order"),
        pytest.param(["all"], tuple(PATTERNS), id="all"),
        pytest.param([], (), id="none"),
    ],
)
def test_patterns_are_named_by_their_rules(names, found):
    """All of them, some or none."""
    assert found == patterns_named(names)


def test_an_unknown_pattern_is_told_with_those_that_there_are():
    """Whoever misspells a name reads the right ones."""
    with pytest.raises(ValueError, match=r"no pattern is called surje; there are all, below_cost"):
        patterns_named(["surje"])


@pytest.mark.parametrize(
    ("months", "pattern", "words"),
    [
        pytest.param(2, None, "2 months are too few", id="feed"),
        pytest.param(20, "massive_imports", "massive_imports needs 23 months at least, there are 20", id="pattern"),
        pytest.param(11, "quota_cliff", "quota_cliff needs 12 months at least, there are 11", id="quarters"),
    ],
)
def test_too_few_months_are_told(months, pattern, words):
    """A pattern that is measured against a year needs that year."""
    with pytest.raises(ValueError, match=words):
        planted_world(1, months, (pattern,) if pattern else (), honest=1)


def test_an_honest_feed_has_no_label(tmp_path):
    """Where nothing was injected nothing is labelled."""
    assert not made(tmp_path).labels
