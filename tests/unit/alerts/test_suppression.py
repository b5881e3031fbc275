"""What mutes a notification, and what nothing mutes."""

import pytest
from msgspec.structs import replace

from alerts.actions import RecordedAction, SilenceEnded
from alerts.lifecycle import NOTHING_DONE, workflow_of
from alerts.model import ChangeKind, Severity, State
from alerts.suppression import (
    Mute,
    Overlay,
    StormGuard,
    StormNews,
    StormPolicy,
    SuppressionPolicy,
    notification_of,
    overlay_of,
    silences_of,
)
from tests.unit.alerts.deeds import AFTER, BEFORE, NOW, acknowledged, silenced
from tests.unit.alerts.examples import FIRING, RESOLVED, change_of

POLICY = SuppressionPolicy()
CALM = StormNews(muted=False)
HEADROOM = replace(FIRING, id="a" * 20, rule="floor_headroom", severity=Severity.WARNING)
CRITICAL = replace(FIRING, severity=Severity.CRITICAL)


def overlay(alert, *, log=(), open_alerts=(), now=NOW):
    """Return what lies over *alert*."""
    return overlay_of(alert, silences=silences_of(log), open_alerts=open_alerts, policy=POLICY, now=now)


def notified(change, **found):
    """Return the notification where nothing but what is *found* is the matter."""
    calm = {"workflow": NOTHING_DONE, "overlay": Overlay(), "storm": CALM, "is_flapping": False}
    return notification_of(change, **(calm | found))


@pytest.mark.parametrize(
    ("ends_at", "silenced_by"),
    [
        pytest.param(BEFORE, (), id="over"),
        pytest.param(NOW, (), id="over-now"),
        pytest.param(AFTER, ("action-0",), id="still"),
    ],
)
def test_a_silence_holds_to_just_before_its_end(ends_at, silenced_by):
    """At its end it no longer mutes."""
    assert overlay(FIRING, log=[silenced(origin="CN", ends_at=ends_at)]).silenced_by == silenced_by


def test_a_silence_is_for_what_it_matches():
    """Another lane is not silenced."""
    assert overlay(replace(FIRING, origin="NO"), log=[silenced(origin="CN")]) == Overlay()


def test_a_silence_that_was_ended_by_hand_is_gone():
    """Ending it is an action like any other; who made it and who ended it stays on the topic."""
    ended = RecordedAction(1, SilenceEnded(id="x", at=NOW, actor="li", silence_id="action-0"))
    assert silences_of([ended, silenced(0, origin="CN")]) == []


@pytest.mark.parametrize(
    ("source", "target", "inhibits"),
    [
        pytest.param(CRITICAL, HEADROOM, True, id="same-goods"),
        pytest.param(FIRING, HEADROOM, False, id="source-not-serious-enough"),
        pytest.param(replace(CRITICAL, state=State.RECOVERING), HEADROOM, True, id="source-recovering"),
        pytest.param(replace(CRITICAL, state=State.RESOLVED), HEADROOM, False, id="source-over"),
        pytest.param(CRITICAL, replace(HEADROOM, severity=Severity.HIGH), False, id="target-too-serious"),
        pytest.param(CRITICAL, replace(HEADROOM, origin="NO"), False, id="other-lane"),
        pytest.param(replace(CRITICAL, origin=None), replace(HEADROOM, origin=None), False, id="both-without-origin"),
        pytest.param(CRITICAL, replace(HEADROOM, rule="unit_error"), False, id="other-rule"),
        pytest.param(CRITICAL, CRITICAL, False, id="itself"),
    ],
)
def test_a_serious_alert_inhibits_lesser_ones_of_the_same_goods(source, target, inhibits):
    """What must be equal must also be there."""
    assert bool(overlay(target, open_alerts=[source]).inhibited_by) is inhibits


@pytest.mark.parametrize(
    ("found", "mute"),
    [
        pytest.param({"workflow": workflow_of(FIRING, [acknowledged(FIRING)], now=NOW)}, Mute.ACKNOWLEDGED, id="ack"),
        pytest.param({"overlay": Overlay(silenced_by=("s",))}, Mute.SILENCED, id="silence"),
        pytest.param({"overlay": Overlay(inhibited_by=("a",))}, Mute.INHIBITED, id="inhibition"),
        pytest.param({"storm": StormNews(muted=True)}, Mute.STORM, id="storm"),
        pytest.param({"is_flapping": True}, Mute.FLAPPING, id="flapping"),
    ],
)
@pytest.mark.parametrize("kind", list(ChangeKind))
def test_whatever_mutes_an_opening_never_mutes_an_ending(found, mute, kind):
    """It says why, and whoever heard of an alert hears that it is over."""
    ending = kind in {ChangeKind.RESOLVED, ChangeKind.EXPIRED, ChangeKind.RETRACTED}
    notification = notified(change_of(FIRING, kind=kind), **found)
    assert notification.sent is ending
    assert (mute in notification.muted_by) is not ending


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        (ChangeKind.OPENED, True),
        (ChangeKind.UPDATED, False),
        (ChangeKind.SEVERITY_RAISED, True),
        (ChangeKind.SEVERITY_LOWERED, False),
        (ChangeKind.REOPENED, True),
    ],
)
def test_notifications_go_by_meaning(kind, sent):
    """More of the same interrupts nobody."""
    assert notified(change_of(FIRING, kind=kind)).sent is sent


def opening(number, **fields):
    """Return the opening of the alert of that number."""
    return change_of(replace(FIRING, id=f"{number:020d}", **fields))


def ending(number):
    """Return its end."""
    return change_of(replace(RESOLVED, id=f"{number:020d}"), 2, ChangeKind.RESOLVED)


def test_openings_past_the_most_are_a_storm():
    """The first past it begins the storm; it and those that follow are mute; those told before go on being told."""
    guard = StormGuard(SuppressionPolicy(storm=StormPolicy(most=2, calm=1)))
    news = [guard.take(opening(number)) for number in range(4)]
    assert [each.muted for each in news] == [False, False, True, True]
    assert [each.begins for each in news] == [False, False, True, False]
    assert not guard.take(change_of(replace(FIRING, id=f"{0:020d}"), 2, ChangeKind.SEVERITY_RAISED)).muted
    assert guard.take(change_of(replace(FIRING, id=f"{3:020d}"), 2, ChangeKind.SEVERITY_RAISED)).muted


def test_a_storm_ends_when_it_is_calm():
    """It takes fewer open alerts to end it than it took to begin."""
    guard = StormGuard(SuppressionPolicy(storm=StormPolicy(most=2, calm=1)))
    for number in range(3):
        guard.take(opening(number))
    assert [guard.take(ending(number)).ends for number in range(3)] == [False, True, False]
    assert not guard.take(opening(7)).muted


def test_a_storm_is_one_rules_own():
    """Other rules go on being told, with a most of their own where they have one."""
    guard = StormGuard(
        SuppressionPolicy(storm=StormPolicy(most=1, calm=0), storms={"unit_error": StormPolicy(most=2, calm=0)})
    )
    assert [guard.take(opening(number)).muted for number in range(2)] == [False, True]
    assert [guard.take(opening(10 + number, rule="unit_error")).muted for number in range(3)] == [False, False, True]


@pytest.mark.parametrize("most", [0, 1])
def test_a_storm_policy_that_would_flap_is_refused(most):
    """It must end below where it begins."""
    with pytest.raises(ValueError, match="ends below where it begins"):
        StormPolicy(most=most, calm=1)
