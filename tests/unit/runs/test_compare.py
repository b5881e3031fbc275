"""Two runs side by side: what one has alone, what changed, and the record that made the difference."""

import json
from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from streams.runs.compare import ADDED, CHANGED, REMOVED, compare
from streams.runs.first_record import first_records
from streams.runs.reading import Run
from streams.simulate.planting import patterns_named
from streams.simulate.simulation import simulate
from tests.unit.runs.run_of import feed_of, floors_of, run_of

ROWS = (
    ("far-below", "2025-01-05", "CN", 1.5),
    ("between", "2025-01-06", "BR", 2.05),
    ("above", "2025-01-07", "NO", 3),
    ("recovered", "2025-02-20", "CN", 2.5),
    ("last", "2025-03-20", "NO", 3),
)


@pytest.fixture
def feed(tmp_path):
    """Return a feed in which one way lies far below, one between two floors and one above."""
    return [feed_of(tmp_path / "feed.csv", *ROWS)]


def judged(tmp_path, name, feed, floor, **choices):
    """Return the run of a feed by one floor."""
    return run_of(tmp_path / name, feed, [floors_of(tmp_path / f"{name}.toml", floor)], **choices)


def breaches(found):
    """Return the differences of one rule by origin."""
    return {each.alert.origin: each for each in found if each.alert.rule == "floor_breach"}


def test_a_run_is_the_same_as_itself(tmp_path, feed):
    """Nothing differs, and no record made a difference."""
    run = judged(tmp_path, "run", feed, "2.00")

    assert [] == compare(run.alerts, run.alerts)
    assert ([], "") == first_records(run, run, [])


def test_another_rule_set_alone_is_no_difference(tmp_path, feed):
    """Every alert carries its digest; what they say is the same."""
    run = judged(tmp_path, "run", feed, "2.00")

    assert [] == compare(run.alerts, [replace(each, rule_set="000000000000") for each in run.alerts])


def test_a_higher_floor_adds_and_changes_what_lies_below_it(tmp_path, feed):
    """The way between the two floors is new, the one far below pays more, the one above stays out of it."""
    before, after = judged(tmp_path, "low", feed, "2.00"), judged(tmp_path, "high", feed, "2.10")
    found = breaches(compare(before.alerts, after.alerts))

    assert {"BR": ADDED, "CN": CHANGED} == {origin: each.kind for origin, each in found.items()}
    assert ("levy, USD", "500", "600") in found["CN"].changes
    assert ("floor_usd_per_kg", "2", "2.1") in found["CN"].changes


def test_the_other_way_round_it_is_removed(tmp_path, feed):
    """Added and removed change places, and so do the values."""
    before, after = judged(tmp_path, "high", feed, "2.10"), judged(tmp_path, "low", feed, "2.00")
    found = breaches(compare(before.alerts, after.alerts))

    assert {"BR": REMOVED, "CN": CHANGED} == {origin: each.kind for origin, each in found.items()}
    assert ("levy, USD", "600", "500") in found["CN"].changes


def test_what_weighs_most_is_said_first(tmp_path, feed):
    """Condition, severity and levy before the figures of the evidence."""
    before, after = judged(tmp_path, "low", feed, "1.51"), judged(tmp_path, "high", feed, "3.00")

    changed = [each.what for each in breaches(compare(before.alerts, after.alerts))["CN"].changes]

    assert ["condition", "severity", "levy, USD"] == changed[:3]


def test_an_episode_that_begins_earlier_is_one_that_changed(tmp_path):
    """Its id is another, since the first day is part of it; it is told as one alert all the same."""
    feed = [feed_of(tmp_path / "feed.csv", ("a", "2025-01-05", "CN", 2.05), ("b", "2025-01-06", "CN", 1.5))]
    before, after = judged(tmp_path, "low", feed, "2.00"), judged(tmp_path, "high", feed, "2.10")
    found = breaches(compare(before.alerts, after.alerts))

    assert ["CN"] == list(found)
    assert CHANGED == found["CN"].kind
    assert found["CN"].before.id != found["CN"].after.id
    assert ("from", "2025-01-06T00:00:00Z", "2025-01-05T00:00:00Z") in found["CN"].changes


def test_the_record_that_made_each_difference_is_found(tmp_path, feed):
    """With it the two runs differ in the alert, without it they do not; file and line are those of the feed."""
    before, after = judged(tmp_path, "low", feed, "2.00"), judged(tmp_path, "high", feed, "2.10")
    found = compare(before.alerts, after.alerts)
    records, why = first_records(before, after, found)
    by_origin = {
        each.alert.origin: record
        for each, record in zip(found, records, strict=True)
        if each.alert.rule == "floor_breach"
    }

    assert not why
    assert ("replayed", "between", "2025-01-06", str(feed[0]), 3) == by_origin["BR"]
    assert ("far-below", 2) == (by_origin["CN"].record, by_origin["CN"].line)


def test_the_record_is_found_in_a_feed_longer_than_one_pass_can_tell(tmp_path):
    """Two thousand declarations above both floors, and one between them near the end."""
    days = [date(2024, 1, 1) + timedelta(days=place // 4) for place in range(2000)]
    rows = [(f"r{place}", day, ("CN", "BR", "NO", "MY")[place % 4], 3) for place, day in enumerate(days)]
    rows[1707] = ("planted", rows[1707][1], "MY", 2.05)
    feed = [feed_of(tmp_path / "feed.csv", *rows)]
    before, after = judged(tmp_path, "low", feed, "2.00"), judged(tmp_path, "high", feed, "2.10")
    found = [each for each in compare(before.alerts, after.alerts) if each.alert.rule == "floor_breach"]
    records, why = first_records(before, after, found)

    assert ([ADDED], "") == ([each.kind for each in found], why)
    assert ("replayed", "planted", 1709) == (records[0].how, records[0].record, records[0].line)


def test_of_two_feeds_it_is_the_first_record_that_only_one_has(tmp_path, feed):
    """Of the alert's own way, in order of date."""
    more = [feed_of(tmp_path / "more.csv", *ROWS, ("extra", "2025-03-01", "BR", 1.5))]
    before, after = judged(tmp_path, "less", feed, "2.00"), judged(tmp_path, "more", more, "2.00")
    found = compare(before.alerts, after.alerts)
    records, _ = first_records(before, after, found)

    assert {"BR"} == breaches(found).keys()
    assert {("only in more", "extra")} == {(record.how, record.record) for record in records}


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(lambda feed, _: feed.unlink(), "is not there", id="the-feed-is-gone"),
        pytest.param(lambda _, floors: floors.write_text(""), "changed since", id="the-floors-are-others"),
    ],
)
def test_without_what_they_were_made_from_the_alerts_are_asked(tmp_path, feed, spoil, words):
    """The worst record is what an alert names; that it is only that is said."""
    before, after = judged(tmp_path, "low", feed, "2.00"), judged(tmp_path, "high", feed, "2.10")
    spoil(feed[0], tmp_path / "high.toml")
    found = compare(before.alerts, after.alerts)
    records, why = first_records(before, after, found)

    assert words in why
    assert ("told", "between") in {(record.how, record.record) for record in records}


def test_files_of_alerts_are_compared_without_their_feed(tmp_path, feed):
    """As replay --out writes them."""
    before, after = judged(tmp_path, "low", feed, "2.00"), judged(tmp_path, "high", feed, "2.10")
    found = compare(before.alerts, after.alerts)

    records, why = first_records(Run(tmp_path, before.alerts, None), after, found)

    assert {"told"} == {record.how for record in records}
    assert "does not say what it was made from" in why


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """Return a simulated feed with goods below floors and rises of volume in it."""
    folder = tmp_path_factory.mktemp("sim")
    return simulate(folder, seed=5, months=30, honest=1, patterns=patterns_named(["floor_breach", "surge"]))


@pytest.fixture(scope="module")
def before(simulated, tmp_path_factory):
    """Return its run as shipped."""
    return of_simulated(simulated, tmp_path_factory.mktemp("before") / "run")


def of_simulated(simulated, folder, *, rules="", floors=None):
    """Return the run of the simulated feed."""
    files = [simulated.trades.path, simulated.ticks.path]
    return run_of(folder, files, [floors or simulated.reference.path], rules=rules)


def test_a_changed_threshold_changes_its_rule_and_nothing_else(simulated, before, tmp_path):
    """A growth that no trade reaches: every surge is gone, and each rests on a record of its own goods."""
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rule]]\nname = "surge"\nrise_min_pct = 100000\n')
    after = of_simulated(simulated, tmp_path / "run", rules=rules)
    found = compare(before.alerts, after.alerts)
    records, why = first_records(before, after, found)

    surges = {each.id for each in before.alerts if each.rule == "surge"}
    assert surges
    assert {(REMOVED, name) for name in surges} == {(each.kind, each.alert.id) for each in found}
    assert not why
    assert {"replayed"} == {record.how for record in records}


def test_a_changed_floor_changes_what_rests_on_it_and_nothing_else(simulated, before, tmp_path):
    """A floor that nothing can be below: its breach is gone, all that differs is of its product."""
    label = next(label for label in simulated.labels if label.rule == "floor_breach")
    entries = simulated.reference.path.read_text().splitlines()
    floors = tmp_path / "reference.jsonl"
    floors.write_text("\n".join(lowered(entry, label.product) for entry in entries) + "\n")
    after = of_simulated(simulated, tmp_path / "run", floors=floors)
    found = compare(before.alerts, after.alerts)
    planted = [each for each in found if each.alert.rule == "floor_breach" and each.alert.origin == label.origin]

    assert {label.product} == {each.alert.product for each in found}
    assert REMOVED in {each.kind for each in planted}
    assert [] == [each for each in after.alerts if each.rule == "floor_breach" and each.product == label.product]


def lowered(entry, product):
    """Return the line of a floor of *product* with next to no value, any other line as it is."""
    held = json.loads(entry)
    if held["type"] == "floor" and f"{held['mineral']}|{held['stage']}" == product:
        held["value"] = "0.000001"
    return json.dumps(held)
