"""What people have done about an alert, worked out of the alert as it stands and of their actions."""

import pytest
from msgspec.structs import replace

from alerts.actions import ActionError, AlertMatch, decode_action, encode_action, in_order, kind_of
from alerts.lifecycle import (
    NOTHING_DONE,
    FlapPolicy,
    Undone,
    WorkflowState,
    flapping,
    is_ending,
    is_news,
    previous_of,
    subject_of,
    workflow_of,
)
from alerts.model import ChangeKind, Severity, State
from tests.unit.alerts import deeds
from tests.unit.alerts.deeds import AFTER, BEFORE, NOW, acknowledged, assigned, closed, commented, reopened
from tests.unit.alerts.examples import FIRING, RESOLVED

CRITICAL = replace(FIRING, severity=Severity.CRITICAL)
WARNING = replace(FIRING, severity=Severity.WARNING)


def test_an_alert_nobody_touched_is_open():
    """No action, no workflow to speak of."""
    assert workflow_of(FIRING, [], now=NOW) == NOTHING_DONE


@pytest.mark.parametrize(
    ("actions", "state"),
    [
        pytest.param([acknowledged(FIRING)], WorkflowState.ACKNOWLEDGED, id="acknowledged"),
        pytest.param([assigned(FIRING)], WorkflowState.ASSIGNED, id="assigned"),
        pytest.param([assigned(FIRING, 0), assigned(FIRING, 1, assignee=None)], WorkflowState.OPEN, id="unassigned"),
        pytest.param([acknowledged(FIRING), assigned(FIRING, 1)], WorkflowState.ASSIGNED, id="both"),
        pytest.param([commented(FIRING)], WorkflowState.OPEN, id="a-comment-changes-no-state"),
        pytest.param([closed(FIRING)], WorkflowState.CLOSED, id="closed"),
        pytest.param([closed(FIRING), assigned(FIRING, 1)], WorkflowState.CLOSED, id="assigned-when-closed"),
        pytest.param([closed(FIRING), reopened(FIRING, 1)], WorkflowState.OPEN, id="reopened"),
        pytest.param([acknowledged(FIRING), deeds.unacknowledged(FIRING, 1)], WorkflowState.OPEN, id="taken-back"),
        pytest.param([acknowledged(RESOLVED)], WorkflowState.ACKNOWLEDGED, id="acknowledged-when-over"),
    ],
)
def test_the_workflow_is_what_the_last_actions_say(actions, state):
    """Closed before assigned before acknowledged before open."""
    assert workflow_of(FIRING, actions, now=NOW).state is state


@pytest.mark.parametrize(
    ("alert", "state", "undone"),
    [
        pytest.param(WARNING, WorkflowState.ACKNOWLEDGED, None, id="less-serious"),
        pytest.param(FIRING, WorkflowState.ACKNOWLEDGED, None, id="as-serious"),
        pytest.param(CRITICAL, WorkflowState.OPEN, Undone.SEVERITY_RAISED, id="more-serious"),
    ],
)
def test_a_rise_in_severity_clears_an_acknowledgement(alert, state, undone):
    """Whoever acknowledged it had not seen how serious it would become."""
    found = workflow_of(alert, [acknowledged(FIRING)], now=NOW)
    assert (found.state, found.undone) == (state, undone)


def test_a_rise_in_severity_leaves_the_assignee():
    """It is still theirs, and it is news to them."""
    found = workflow_of(CRITICAL, [acknowledged(FIRING), assigned(FIRING, 1)], now=NOW)
    assert (found.state, found.assignee, found.quiet) == (WorkflowState.ASSIGNED, "li", False)


def test_a_rise_in_severity_undoes_a_closing():
    """What was decided was decided of something less serious."""
    assert workflow_of(CRITICAL, [closed(FIRING)], now=NOW).undone is Undone.SEVERITY_RAISED


def test_an_acknowledgement_of_the_new_severity_stands():
    """Acknowledging again is all that it takes."""
    found = workflow_of(CRITICAL, [acknowledged(FIRING), acknowledged(CRITICAL, 1)], now=NOW)
    assert (found.state, found.undone) == (WorkflowState.ACKNOWLEDGED, None)


def test_an_alert_that_ends_stays_closed():
    """Resolving is no reason to look again."""
    assert workflow_of(RESOLVED, [closed(FIRING)], now=NOW).state is WorkflowState.CLOSED


def test_an_alert_that_comes_back_is_open_again():
    """It was closed because it was over, and a late record says that it is not."""
    found = workflow_of(FIRING, [closed(RESOLVED)], now=NOW)
    assert (found.state, found.undone) == (WorkflowState.OPEN, Undone.CAME_BACK)


@pytest.mark.parametrize(
    ("until", "state"),
    [
        pytest.param(BEFORE, WorkflowState.OPEN, id="past"),
        pytest.param(NOW, WorkflowState.OPEN, id="now"),
        pytest.param(AFTER, WorkflowState.ACKNOWLEDGED, id="to-come"),
    ],
)
def test_an_acknowledgement_lapses_at_its_end(until, state):
    """From that instant on nobody deals with it."""
    assert workflow_of(FIRING, [acknowledged(FIRING, until=until)], now=NOW).state is state


def test_comments_notes_and_reasons_are_kept_in_order():
    """Whatever somebody wrote, wherever, is part of the story, exactly as written."""
    actions = [acknowledged(FIRING, 0, note="Mine."), commented(FIRING, 1, comment="<b>1</b>"), closed(FIRING, 2)]
    found = workflow_of(FIRING, actions, now=NOW)
    assert [each.text for each in found.comments] == ["Mine.", "<b>1</b>", "Tonnes, not kilograms."]


def test_actions_on_other_alerts_do_nothing():
    """An alert is its own."""
    assert workflow_of(replace(FIRING, id="f" * 20), [closed(FIRING)], now=NOW) == NOTHING_DONE


def test_an_action_told_twice_counts_once():
    """The first place on the topic is its place, also where the copy comes after what followed it."""
    again = acknowledged(FIRING, 0)._replace(offset=9)
    log = [acknowledged(FIRING, 0), deeds.unacknowledged(FIRING, 1), again]
    assert workflow_of(FIRING, log, now=NOW) == workflow_of(FIRING, log[:2], now=NOW)
    assert len(in_order(log)) == 2


@pytest.mark.parametrize(
    "recorded", [acknowledged(FIRING), assigned(FIRING), commented(FIRING), closed(FIRING), deeds.silenced(origin="CN")]
)
def test_an_action_comes_back_as_it_was_written(recorded):
    """The topic keeps it for good; its kind and version are in its JSON."""
    data = encode_action(recorded.action)
    assert decode_action(data) == recorded.action
    assert f'"kind":"{kind_of(recorded.action)}"'.encode() in data
    assert b'"v":1' in data


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{}", id="no-kind"),
        pytest.param(b'{"kind":"exploded","id":"1","at":"2025-04-01T12:00:00Z","actor":"x"}', id="unknown-kind"),
        pytest.param(encode_action(commented(FIRING).action).replace(b'"v":1', b'"v":2'), id="later-version"),
        pytest.param(encode_action(commented(FIRING).action).replace(b"12:00:00Z", b"12:00"), id="no-instant"),
        pytest.param(b"\xff", id="not-utf-8"),
    ],
)
def test_what_is_no_action_is_refused(data):
    """A reader says so instead of guessing."""
    with pytest.raises(ActionError):
        decode_action(data)


@pytest.mark.parametrize(
    ("match", "matches"),
    [
        pytest.param({}, False, id="empty-takes-none"),
        pytest.param({"mineral": "silicon"}, True, id="mineral"),
        pytest.param({"stage": "oxide"}, False, id="other-stage"),
        pytest.param({"product": "silicon|metal", "origin": "CN"}, True, id="two"),
        pytest.param({"product": "silicon|metal", "origin": "NO"}, False, id="one-of-two"),
        pytest.param({"alert_id": FIRING.id}, True, id="id"),
        pytest.param({"zone": "illustrative", "rule": "floor_breach", "destination": "GB"}, True, id="three"),
    ],
)
def test_a_match_takes_what_all_its_fields_say(match, matches):
    """One that says nothing takes nothing: it would mute all there ever is."""
    assert AlertMatch(**match).matches(FIRING) is matches


def test_the_next_breach_names_the_episode_before():
    """A breach after the end is a new episode, linked to the last of the same subject that stands."""
    first = RESOLVED
    second = replace(FIRING, id="2" * 20, opened_at="2025-04-10T00:00:00Z")
    third = replace(FIRING, id="3" * 20, opened_at="2025-05-10T00:00:00Z")
    elsewhere = replace(second, id="4" * 20, origin="NO")
    retracted = replace(second, id="5" * 20, opened_at="2025-05-01T00:00:00Z", state=State.RETRACTED)
    known = [first, second, third, elsewhere, retracted]
    assert [previous_of(each, known) for each in (first, second, third)] == [None, first.id, second.id]


def test_severity_and_figures_do_not_change_the_subject():
    """What an alert is about is what its rule judges, not what it found."""
    assert subject_of(FIRING) == subject_of(replace(CRITICAL, evidence={}, id="9" * 20, rule_set="other"))
    assert subject_of(FIRING) != subject_of(replace(FIRING, evidence={"exporter": "ACME"}))


@pytest.mark.parametrize("kind", list(ChangeKind))
def test_every_ending_is_news(kind):
    """Whoever was told of an alert is told of its end."""
    assert is_news(kind) or not is_ending(kind)
    assert is_ending(kind) is (kind in {ChangeKind.RESOLVED, ChangeKind.EXPIRED, ChangeKind.RETRACTED})


POLICY = FlapPolicy(enter=3, leave=1, window_days=10)


@pytest.mark.parametrize(
    ("days", "through", "flaps"),
    [
        pytest.param([1, 2], 2, False, id="two-of-three"),
        pytest.param([1, 2, 3], 3, True, id="third"),
        pytest.param([1, 2, 11], 11, False, id="first-has-left-the-window"),
        pytest.param([1, 2, 10], 10, True, id="first-is-still-in-the-window"),
        pytest.param([1, 2, 3], 11, True, id="two-left-hold-it"),
        pytest.param([1, 2, 3], 12, False, id="one-left-ends-it"),
        pytest.param([1, 2, 3, 20, 21], 21, False, id="again-below-enter"),
        pytest.param([3, 1, 2], 3, True, id="in-any-order"),
        pytest.param([1, 2, 30], 3, False, id="what-is-to-come-does-not-count"),
        pytest.param([], 5, False, id="none"),
    ],
)
def test_a_subject_flaps_by_its_openings(days, through, flaps):
    """It flaps from the number to enter until the number to leave, which is lower."""
    assert flapping(days, through, POLICY) is flaps


@pytest.mark.parametrize(
    "settings", [{"enter": 2, "leave": 2}, {"leave": -1}, {"window_days": 0}], ids=["no-gap", "negative", "no-window"]
)
def test_a_flap_policy_that_would_itself_flap_is_refused(settings):
    """Leaving must need fewer openings than entering."""
    with pytest.raises(ValueError, match="leaves below where it enters"):
        FlapPolicy(**settings)
