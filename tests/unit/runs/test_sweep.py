"""Sweeps: each step is what a replay with that floor or threshold comes to."""

from collections import Counter
from fractions import Fraction

import pytest

from streams.assembly import rules_of
from streams.feed_records import ReplayOptions
from streams.feeds.items import FeedError
from streams.replay import load_book
from streams.rules import RULES
from streams.runs.sweep import SweepError, floor_sweep, levels, sweep, task_of, threshold_sweep
from streams.settings import Settings
from tests.unit.runs.run_of import AS_OF, feed_of, floors_of, run_of

ROWS = (
    ("a", "2025-01-05", "CN", 1.5),
    ("b", "2025-01-06", "BR", 2.05),
    ("c", "2025-02-07", "NO", 3),
    ("d", "2025-06-07", "NO", 3),
)
OPTIONS = ReplayOptions(as_of=AS_OF)


@pytest.fixture
def feed(tmp_path):
    """Return a feed of three origins, with goods of another mineral after all of them."""
    path = feed_of(tmp_path / "feed.csv", *ROWS)
    other = "x,customs,2025-12-01,CN,GB,tungsten|metal,10,400,USD,CIF\n"
    path.write_text(path.read_text() + other)
    return [path]


@pytest.fixture
def floors(tmp_path):
    """Return a floor of 2.00."""
    return [floors_of(tmp_path / "floors.toml", "2.00")]


def task(feed, floors, name, *, rules=""):
    """Return the sweep of a floor, or of a threshold where the name has a point."""
    book, settings = load_book(floors), Settings(rules=str(rules))
    swept = threshold_sweep(rules_of(settings).rules, name) if "." in name else floor_sweep(book, name)
    return task_of(feed, options=OPTIONS, settings=settings, book=book, swept=swept)


def test_each_step_is_a_replay_with_that_floor(feed, floors, tmp_path):
    """By rule and severity, of the mineral; days are sealed as far as the whole feed goes."""
    steps = sweep(task(feed, floors, "silicon|metal"), ["1.4", "2.1", "3"], processes=1)

    for step in steps:
        schedule = floors_of(tmp_path / "one.toml", step.level or "2.00")
        run = run_of(tmp_path / f"run{step.level}", feed, [schedule])
        alerts = [alert for alert in run.alerts if alert.product == "silicon|metal"]
        assert Counter(alert.rule for alert in alerts) == Counter(step.by_rule)
        assert Counter(str(alert.severity) for alert in alerts) == +Counter(step.by_severity)


def test_levy_and_ways_follow_the_level(feed, floors):
    """Worked by hand: a thousand kilograms each, at 1.50, 2.05 and 3.00; a price at the level is not below it."""
    steps = sweep(task(feed, floors, "silicon|metal"), ["1.5", "1.6", "2.05", "2.1"], processes=1)

    assert [
        ("", "500", "1000", 1),
        ("1.5", "0", "0", 0),
        ("1.6", "100", "1000", 1),
        ("2.05", "550", "1000", 1),
        ("2.1", "650", "2000", 2),
    ] == [(step.level, step.levy_usd, step.below_kg, step.lanes_below) for step in steps]


def test_any_number_of_processes_comes_to_the_same(feed, floors):
    """In the order of the levels."""
    wanted = levels(Fraction(1), Fraction(3), 5)
    one = sweep(task(feed, floors, "f"), wanted, processes=1)

    assert one == sweep(task(feed, floors, "f"), wanted, processes=2)
    assert ["", "1", "1.5", "2", "2.5", "3"] == [step.level for step in one]


def test_a_feed_that_cannot_be_read_is_said_by_any_number_of_processes(feed, floors):
    """In the words of its reader."""
    swept = task(feed, floors, "silicon|metal")
    feed[0].unlink()

    for processes in (1, 2):
        with pytest.raises(FeedError, match="cannot be read"):
            sweep(swept, ["1.4"], processes=processes)


def test_a_threshold_is_swept_for_its_rule_alone(feed, floors):
    """A breach must last so many days: of the two ways below 2.10 none lasts for two."""
    steps = sweep(task(feed, floors, "floor_breach.open_after"), ["1", "2"], processes=1)

    assert [("", {"floor_breach": 1}), ("1", {"floor_breach": 1}), ("2", {})] == [
        (step.level, step.by_rule) for step in steps
    ]


def test_a_threshold_of_a_fraction_is_swept_from_a_rule_file(feed, floors, tmp_path):
    """What the file sets is what holds now."""
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rule]]\nname = "surge"\nrise_min_pct = 22.5\n')
    swept = task(feed, floors, "surge.rise_min_pct", rules=rules).swept

    assert ("22.5", False) == (swept.now, swept.whole)


@pytest.mark.parametrize(
    ("first", "last", "steps", "whole", "expected"),
    [
        pytest.param(1, 1, 1, False, ["1"], id="one-level"),
        pytest.param(1, 3, 2, False, ["1", "3"], id="both-ends"),
        pytest.param(1, 2, 4, False, ["1", "1.333333", "1.666667", "2"], id="rounded-to-six-decimals"),
        pytest.param(1, 3, 5, True, ["1", "2", "3"], id="whole-numbers-once-each"),
        pytest.param(2, 2, 3, False, ["2"], id="no-range"),
    ],
)
def test_levels_are_evenly_spaced(first, last, steps, whole, expected):
    """Exact fractions between the ends."""
    assert expected == levels(Fraction(first), Fraction(last), steps, whole=whole)


@pytest.mark.parametrize(("first", "last", "steps"), [(1, 3, 0), (1, 3, 1), (3, 1, 2), (1, 3, 10_001)])
def test_levels_that_cannot_be_meant_are_refused(first, last, steps):
    """No step, one for two ends, falling levels, and more steps than anybody looks at."""
    with pytest.raises(SweepError):
        levels(Fraction(first), Fraction(last), steps)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param("surge.rise", "no number 'rise'", id="no-such-setting"),
        pytest.param("surge.bands", "no number 'bands'", id="several-numbers"),
        pytest.param("surges.rise_min_pct", "no rule 'surges'", id="no-such-rule"),
    ],
)
def test_a_threshold_that_is_no_number_is_refused(name, words):
    """With those that there are."""
    with pytest.raises(SweepError, match=words):
        threshold_sweep(RULES, name)


def test_floors_of_several_bases_are_swept_one_by_one(floors):
    """One level cannot be dollars for a kilogram and euros for a tonne."""
    text = floors[0].read_text()
    one = text[text.index("[[floor]]") :]
    other = one.replace('"f"', '"g"').replace('"USD"', '"EUR"').replace('"kg"', '"t"')
    floors[0].write_text(f"{text}hs_codes = ['280469']\n{other}hs_codes = ['280461']\n")
    book = load_book(floors)

    with pytest.raises(SweepError, match="name one by its id, of f, g"):
        floor_sweep(book, "silicon|metal")
    assert ("g",) == floor_sweep(book, "g").floors


def test_a_product_without_a_floor_is_refused(floors):
    """With the products that have one."""
    with pytest.raises(SweepError, match=r"known are silicon\|metal"):
        floor_sweep(load_book(floors), "tungsten|metal")


def test_a_level_of_nothing_is_no_floor(feed, floors):
    """Said before anything is read."""
    with pytest.raises(SweepError, match="above 0"):
        sweep(task(feed, floors, "f"), ["0"], processes=1)
