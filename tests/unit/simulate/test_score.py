"""Scoring by hand-made cases: what is a hit, what is false, and what is neither."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from alerts.model import Alert, Severity, State
from streams.rules import RULES
from streams.simulate.labels import Label, read_labels, write_labels
from streams.simulate.score import WINDOWS, RuleScore, score

FIRST, LAST = date(2024, 3, 1), date(2024, 4, 30)
WINDOW = {"surge": 30, "undercutting": 30, "dumping_margin": 30}


def label(rule="surge", **given):
    """Return a pattern of silicon from China to Germany in March and April."""
    usual = {
        "product": "silicon|metal",
        "origin": "CN",
        "destination": "DE",
        "first_day": FIRST,
        "last_day": LAST,
    }
    return Label(rule=rule, **usual | given)


def alert(rule="surge", opened=FIRST, resolved=None, **given):
    """Return an alert on the same goods and way."""
    usual = {"product": "silicon|metal", "origin": "CN", "destination": "DE", "evidence": {}}
    return Alert(
        id=f"{rule}-{opened}",
        rule=rule,
        rule_set="",
        severity=Severity.WARNING,
        state=State.FIRING,
        zone=None,
        opened_at=f"{opened}T00:00:00Z",
        updated_at=f"{resolved or opened}T00:00:00Z",
        resolved_at=f"{resolved}T00:00:00Z" if resolved else None,
        summary="",
        revision=1,
        **usual | given,
    )


def marks(labels, alerts, rule="surge"):
    """Return hits, and true, due and false alerts of a rule."""
    found = score(labels, alerts, WINDOW).rules[rule]
    return found.hits, found.true, found.due, found.false


def days(count):
    """Return a number of days."""
    return timedelta(days=count)


@pytest.mark.parametrize(
    ("opened", "hits"),
    [
        pytest.param(FIRST - days(1), 0, id="day-before"),
        pytest.param(FIRST, 1, id="first-day"),
        pytest.param(LAST + days(30), 1, id="last-of-window"),
        pytest.param(LAST + days(31), 0, id="day-after"),
    ],
)
def test_a_hit_opens_within_the_pattern_or_the_window_after_it(opened, hits):
    """The first day counts, and so does the last of the rule's window."""
    assert hits == marks([label()], [alert(opened=opened)])[0]


@pytest.mark.parametrize(
    ("resolved", "expected"),
    [
        pytest.param(FIRST - days(1), (0, 0, 0, 1), id="over-before"),
        pytest.param(FIRST, (0, 1, 0, 0), id="reaches-it"),
    ],
)
def test_an_alert_from_before_is_no_hit_but_true_where_it_reaches_the_pattern(resolved, expected):
    """It was open already, so it found nothing new; yet it is not wrong while the pattern lasts."""
    assert expected == marks([label()], [alert(opened=FIRST - days(40), resolved=resolved)])


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"origin": "NO"}, id="origin"),
        pytest.param({"destination": "US"}, id="destination"),
        pytest.param({"product": "silicon|polysilicon"}, id="product"),
        pytest.param({"evidence": {"exporter": "someone-else"}}, id="party"),
    ],
)
def test_an_alert_on_another_way_is_false(other):
    """Goods, origin, destination and party have to be the label's, where the alert tells them apart."""
    assert marks([label(party="x>y")], [alert(**other)]) == (0, 0, 0, 1)


@pytest.mark.parametrize(
    "coarse",
    [
        pytest.param({"origin": None}, id="origin"),
        pytest.param({"destination": None}, id="destination"),
        pytest.param({"evidence": {"exporter": "x"}}, id="exporter"),
        pytest.param({"evidence": {"importer": "y"}}, id="importer"),
        pytest.param({"evidence": {"party": "exporter x"}}, id="told-with-its-role"),
        pytest.param({"evidence": {"exporter": None}}, id="no-party"),
    ],
)
def test_what_a_rule_does_not_tell_apart_fits_any_label(coarse):
    """An alert without an origin is of all origins; a pair is met by either of the two."""
    assert marks([label(party="x>y")], [alert(**coarse)]) == (1, 1, 0, 0)


def test_what_a_label_leaves_open_fits_any_alert():
    """A label of all origins is hit on any, and every such alert is true."""
    alerts = [alert(origin=origin) for origin in ("CN", "NO", "BR")]

    assert marks([label(origin="")], alerts) == (1, 3, 0, 0)


@pytest.mark.parametrize(
    ("product", "expected"),
    [
        pytest.param("silicon|metal", (0, 0, 1, 0), id="same-product"),
        pytest.param("silicon|polysilicon", (0, 0, 1, 0), id="same-mineral"),
        pytest.param("indium|metal", (0, 0, 0, 1), id="elsewhere"),
    ],
)
def test_a_side_effect_is_due_on_the_same_mineral_alone(product, expected):
    """What another pattern rightly causes is neither true nor false."""
    labels = [label("undercutting", side_effects=("surge",))]

    assert expected == marks(labels, [alert(product=product, origin="BR")])


def test_what_is_due_is_left_out_of_the_precision():
    """Of three alerts one is true, one due and one false: a half is right."""
    labels = [label(), label("undercutting", product="indium|metal", side_effects=("surge",))]
    alerts = [alert(), alert(product="indium|metal"), alert(product="tin|metal")]

    found = score(labels, alerts, WINDOW).rules["surge"]

    assert (Fraction(1), Fraction(1, 2)) == (found.recall, found.precision)


def test_the_days_to_detect_are_to_the_first_alert():
    """A second alert on the same pattern changes nothing."""
    found = score([label()], [alert(opened=FIRST + days(9)), alert(opened=FIRST + days(4))], WINDOW)

    assert [4] == found.rules["surge"].days
    assert 4 == found.rules["surge"].median_days


def test_a_rule_that_never_spoke_is_scored_too():
    """Its label is missed and told, and of no alerts there is no precision."""
    found = score([label()], [], WINDOW)

    mark = found.rules["surge"]
    assert (Fraction(0), None, None) == (mark.recall, mark.precision, mark.median_days)
    assert [label()] == found.missed


def test_scores_add_up():
    """Those of two feeds are those of one that holds both."""
    total = RuleScore("surge", labels=1, hits=1, alerts=2, true=1, due=0, days=[3])
    total.add(RuleScore("surge", labels=2, hits=1, alerts=3, true=1, due=1, days=[8]))

    assert (3, 2, 5, 2, 1, 2) == (total.labels, total.hits, total.alerts, total.true, total.due, total.false)
    assert (Fraction(2, 3), Fraction(1, 2), 5) == (total.recall, total.precision, total.median_days)


def test_every_rule_has_a_window():
    """A month at least, and no longer than a year."""
    assert {rule.name for rule in RULES} == set(WINDOWS)
    assert all(31 <= window <= 366 for window in WINDOWS.values())


def test_labels_are_read_as_they_were_written(tmp_path):
    """What is empty is left out of the file and comes back empty."""
    path = tmp_path / "labels.jsonl"
    labels = [label(party="x>y", side_effects=("undercutting",), note="half as much again"), label(origin="")]

    write_labels(path, labels)

    assert labels == read_labels(path)
    assert b'"origin"' not in path.read_bytes().splitlines()[1]
