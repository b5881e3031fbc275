"""Alerts and their changes: ids, order of severities, canonical JSON, what a change is called."""

import json
from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from alerts.model import (
    NOTICE,
    OPEN_STATES,
    Alert,
    AlertChange,
    ChangeKind,
    Reason,
    Severity,
    State,
    alert_id,
    classify,
    decode_alert,
    decode_change,
    encode_alert,
    encode_change,
    standing,
    usual_reason,
)
from tests.unit.alerts.examples import FIRING, RESOLVED, change_of

DAY = date(2025, 3, 1)


def test_an_alert_id_is_twenty_digits_that_never_change():
    """The id is part of the contract with subscribers: the same rule, scope and day give the same id for ever."""
    assert alert_id("floor_breach", ("silicon|metal", "CN", "GB"), DAY) == "63b01b7da66a508f8bc3"


@pytest.mark.parametrize(
    ("rule", "scope", "day"),
    [
        pytest.param("floor_breach", ("silicon|metal", "C", "NGB"), DAY, id="letters-moved-between-parts"),
        pytest.param("floor_breach", ("silicon|metal", "CN", "GB", ""), DAY, id="an-empty-part-more"),
        pytest.param("floor_breach", ("silicon|metal", "GB", "CN"), DAY, id="other-order"),
        pytest.param("floor_missing", ("silicon|metal", "CN", "GB"), DAY, id="other-rule"),
        pytest.param("floor_breach", ("silicon|metal", "CN", "GB"), date(2025, 3, 2), id="other-day"),
    ],
)
def test_another_episode_has_another_id(rule, scope, day):
    """Rule, each part of the scope and the day all count, and no part runs into the next."""
    assert alert_id(rule, scope, day) != alert_id("floor_breach", ("silicon|metal", "CN", "GB"), DAY)


@given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
def test_scopes_that_differ_have_ids_that_differ(scope, other):
    """Whatever the parts contain, two scopes share an id only if they are equal."""
    assert (alert_id("r", scope, DAY) == alert_id("r", other, DAY)) == (scope == other)


def test_severities_are_ordered_by_seriousness():
    """The order is info, warning, high, critical; by spelling it would be critical, high, info, warning."""
    assert sorted(Severity, reverse=True) == [Severity.CRITICAL, Severity.HIGH, Severity.WARNING, Severity.INFO]
    assert Severity.INFO < Severity.WARNING <= Severity.WARNING
    assert Severity.CRITICAL > Severity.HIGH >= Severity.HIGH
    assert max(Severity.WARNING, Severity.INFO) is Severity.WARNING
    assert [severity.rank for severity in Severity] == [0, 1, 2, 3]


def test_a_severity_compares_with_its_text_and_with_no_other():
    """Text read from a file or a query compares like the member it names."""
    assert Severity.INFO < "high"
    with pytest.raises(ValueError, match="severe"):
        assert Severity.INFO < "severe"


def test_an_alert_says_that_it_is_a_signal():
    """Every alert carries the notice, without being told to."""
    assert FIRING.notice == NOTICE == "signal, not a determination"


def test_the_fields_of_an_alert_are_the_published_ones():
    """Others script against the JSON: fields are added, never renamed or taken away."""
    assert list(Alert.__struct_fields__) == [
        "id",
        "rule",
        "rule_set",
        "severity",
        "state",
        "product",
        "origin",
        "destination",
        "zone",
        "opened_at",
        "updated_at",
        "resolved_at",
        "summary",
        "evidence",
        "revision",
        "notice",
    ]


def test_an_alert_is_written_with_sorted_keys_and_no_spaces():
    """Equal alerts are equal bytes, whatever order their evidence was put together in."""
    turned = replace(FIRING, evidence=dict(reversed(FIRING.evidence.items())))
    text = encode_alert(FIRING)
    assert text == encode_alert(turned)
    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def test_an_alert_is_read_back_as_it_was():
    """Nothing is lost between an alert and its JSON."""
    assert decode_alert(encode_alert(RESOLVED)) == RESOLVED


def test_a_change_is_written_as_version_one_was():
    """The bytes of version 1 stay readable: this line is one."""
    line = (
        b'{"alert":{"destination":null,"evidence":{},"id":"a1","notice":"signal, not a determination","opened_at":'
        b'"2025-03-01T00:00:00Z","origin":"CN","product":"silicon|metal","resolved_at":null,"revision":1,"rule":'
        b'"floor_breach","rule_set":"5a1e","severity":"info","state":"firing","summary":"Below.","updated_at":'
        b'"2025-03-01T00:00:00Z","zone":null},"alert_id":"a1","at":"2025-03-01T00:00:00Z","id":"a1:1","kind":"opened",'
        b'"reason":"first_breach","seq":1,"v":1}'
    )
    change = decode_change(line)
    assert change.kind is ChangeKind.OPENED
    assert change.reason is Reason.FIRST_BREACH
    assert encode_change(change) == line


def test_a_field_of_a_later_version_is_passed_over():
    """Versions add fields; a reader of this one leaves aside what it does not know."""
    later = json.loads(encode_change(change_of(FIRING))) | {"v": 2, "tenant": "x"}
    assert decode_change(json.dumps(later)) == replace(change_of(FIRING), v=2)


@pytest.mark.parametrize("missing", ["state", "evidence", "origin"])
def test_an_alert_without_a_field_is_refused(missing):
    """A field may be null where the contract says so, never absent."""
    partial = {key: value for key, value in json.loads(encode_alert(FIRING)).items() if key != missing}
    with pytest.raises(msgspec.ValidationError, match=missing):
        decode_alert(json.dumps(partial))


def test_the_states_in_which_an_alert_is_open():
    """Pending, firing and recovering are open; an ending of any kind is not."""
    assert {State.PENDING, State.FIRING, State.RECOVERING} == OPEN_STATES


WORSE = replace(FIRING, severity=Severity.CRITICAL)
RECOVERING = replace(FIRING, state=State.RECOVERING)
EXPIRED = replace(RESOLVED, state=State.EXPIRED)
RETRACTED = replace(FIRING, state=State.RETRACTED)


@pytest.mark.parametrize(
    ("previous", "current", "kind"),
    [
        pytest.param(None, None, None, id="nothing-before-or-after"),
        pytest.param(None, FIRING, ChangeKind.OPENED, id="first-told"),
        pytest.param(None, RESOLVED, ChangeKind.OPENED, id="first-told-when-it-is-over"),
        pytest.param(FIRING, FIRING, None, id="the-same"),
        pytest.param(FIRING, replace(FIRING, summary="More."), ChangeKind.UPDATED, id="other-figures"),
        pytest.param(FIRING, RECOVERING, ChangeKind.UPDATED, id="recovering"),
        pytest.param(FIRING, WORSE, ChangeKind.SEVERITY_RAISED, id="worse"),
        pytest.param(RECOVERING, WORSE, ChangeKind.SEVERITY_RAISED, id="worse-while-recovering"),
        pytest.param(WORSE, FIRING, ChangeKind.SEVERITY_LOWERED, id="less-bad"),
        pytest.param(FIRING, RESOLVED, ChangeKind.RESOLVED, id="over"),
        pytest.param(FIRING, replace(RESOLVED, severity=Severity.INFO), ChangeKind.RESOLVED, id="over-and-less-bad"),
        pytest.param(FIRING, EXPIRED, ChangeKind.EXPIRED, id="silence"),
        pytest.param(EXPIRED, RESOLVED, ChangeKind.RESOLVED, id="a-late-record-says-that-it-was-over"),
        pytest.param(RESOLVED, EXPIRED, ChangeKind.EXPIRED, id="the-record-that-ended-it-was-cancelled"),
        pytest.param(
            RESOLVED, replace(RESOLVED, severity=Severity.INFO), ChangeKind.SEVERITY_LOWERED, id="revised-after"
        ),
        pytest.param(RESOLVED, FIRING, ChangeKind.REOPENED, id="not-over-after-all"),
        pytest.param(RESOLVED, WORSE, ChangeKind.REOPENED, id="not-over-and-worse"),
        pytest.param(FIRING, None, ChangeKind.RETRACTED, id="gone"),
        pytest.param(RESOLVED, RETRACTED, ChangeKind.RETRACTED, id="taken-back"),
        pytest.param(None, RETRACTED, None, id="taken-back-before-it-was-told"),
        pytest.param(RETRACTED, None, None, id="gone-already"),
        pytest.param(RETRACTED, RETRACTED, None, id="taken-back-already"),
        pytest.param(RETRACTED, FIRING, ChangeKind.OPENED, id="stands-again"),
    ],
)
def test_a_change_is_called_by_what_it_did(previous, current, kind):
    """An ending or its undoing comes before a severity, a severity before other figures."""
    assert classify(previous, current) is kind


def test_every_kind_has_a_usual_reason():
    """A change always says why."""
    assert {kind: usual_reason(kind) for kind in ChangeKind}[ChangeKind.EXPIRED] is Reason.NO_TRADE


def test_what_stands_is_sorted_and_without_what_was_retracted():
    """The outcome of a run: every alert not taken back, by id."""
    first, second = replace(FIRING, id="a"), replace(RESOLVED, id="b")
    assert standing([second, replace(RETRACTED, id="c"), first]) == [first, second]


def test_a_change_knows_its_place():
    """Id and seq say the same."""
    change = change_of(FIRING, seq=7)
    assert (change.id, change.v) == (f"{FIRING.id}:7", 1)
    assert list(AlertChange.__struct_fields__) == ["id", "alert_id", "seq", "kind", "reason", "at", "alert", "v"]
