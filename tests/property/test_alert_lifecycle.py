"""
The life cycle as a state machine: whatever records and people do in whatever order, these things hold.

The machine plays the engine (episodes that open, worsen, are corrected, end, come back and are retracted) and the
people (who acknowledge, assign, comment, close, reopen and silence), and keeps both logs.
"""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from alerts.actions import RecordedAction, decode_action, encode_action
from alerts.lifecycle import WorkflowState, is_ending, previous_of, subject_of, workflow_of
from alerts.model import OPEN_STATES, Alert, AlertChange, ChangeKind, Severity, State, classify, encode_alert
from alerts.suppression import (
    StormGuard,
    StormPolicy,
    SuppressionPolicy,
    notification_of,
    overlay_of,
    silences_of,
)
from tests.unit.alerts import deeds
from tests.unit.alerts.deeds import NOW
from tests.unit.alerts.examples import FIRING, change_of

ORIGINS = ("CN", "NO")
POLICY = SuppressionPolicy(storm=StormPolicy(most=2, calm=1))
ENDED = (State.RESOLVED, State.EXPIRED)


class LifeCycle(RuleBasedStateMachine):
    """Both logs, and the alerts as the engine sees them."""

    alerts = Bundle("alerts")

    @initialize()
    def begin(self) -> None:
        """Start with nothing."""
        self.standing: dict[str, Alert] = {}
        self.changes: list[AlertChange] = []
        self.actions: list[RecordedAction] = []
        self.seqs: dict[str, int] = {}
        self.day = 0

    # -- the records ------------------------------------------------------------------------------------------

    @rule(target=alerts, origin=st.sampled_from(ORIGINS), severity=st.sampled_from(Severity))
    def breach(self, origin, severity):
        """Begin an episode where none is open; one that is open goes on."""
        going = [each for each in self.standing.values() if each.origin == origin and each.state in OPEN_STATES]
        if going:
            return going[0].id
        self.day += 1
        opened_at = f"2025-{1 + self.day // 28:02d}-{1 + self.day % 28:02d}T00:00:00Z"
        opened = replace(FIRING, id=f"{self.day:020d}", origin=origin, severity=severity, opened_at=opened_at)
        self._become(opened)
        return opened.id

    @rule(alert_id=alerts, severity=st.sampled_from(Severity))
    def judge_again(self, alert_id, severity):
        """Severity rises, or a correction lowers it."""
        alert = self.standing[alert_id]
        if alert.state is not State.RETRACTED:
            self._become(replace(alert, severity=severity))

    @rule(alert_id=alerts, state=st.sampled_from([*ENDED, State.RECOVERING]))
    def leave(self, alert_id, state):
        """Let an episode recover or end."""
        alert = self.standing[alert_id]
        if alert.state in OPEN_STATES:
            self._become(replace(alert, state=state, resolved_at=alert.updated_at if state in ENDED else None))

    @rule(alert_id=alerts)
    def come_back(self, alert_id):
        """Undo an ending, as a late record does, unless the next episode has begun."""
        alert = self.standing[alert_id]
        same = [each for each in self.standing.values() if subject_of(each) == subject_of(alert)]
        if alert.state in ENDED and all(each.opened_at <= alert.opened_at for each in same):
            self._become(replace(alert, state=State.FIRING, resolved_at=None))

    @rule(alert_id=alerts)
    def retract(self, alert_id):
        """Take an episode back, as a correction does."""
        self._become(replace(self.standing[alert_id], state=State.RETRACTED))

    def _become(self, alert: Alert) -> None:
        kind = classify(self.standing.get(alert.id), alert)
        self.standing[alert.id] = alert
        if kind is not None:
            self.seqs[alert.id] = self.seqs.get(alert.id, 0) + 1
            self.changes.append(change_of(alert, self.seqs[alert.id], kind))

    # -- the people -------------------------------------------------------------------------------------------

    @rule(
        alert_id=alerts,
        deed=st.sampled_from(
            [
                deeds.acknowledged,
                deeds.unacknowledged,
                deeds.assigned,
                deeds.commented,
                deeds.closed,
                deeds.reopened,
            ]
        ),
    )
    def act(self, alert_id, deed):
        """Somebody does something about an alert as it is now."""
        self.actions.append(deed(self.standing[alert_id], len(self.actions)))

    @rule(origin=st.sampled_from(ORIGINS))
    def silence(self, origin):
        """Somebody silences a lane."""
        self.actions.append(deeds.silenced(len(self.actions), origin=origin))

    # -- what holds -------------------------------------------------------------------------------------------

    @invariant()
    def one_episode_is_open_at_a_time(self):
        """Check that a scope has one story under way."""
        open_subjects = [subject_of(each) for each in self.standing.values() if each.state in OPEN_STATES]
        assert len(open_subjects) == len(set(open_subjects))

    @invariant()
    def every_episode_but_the_first_names_one_that_ended_before_it_opened(self):
        """Episodes of a subject are a chain."""
        episodes = [each for each in self.standing.values() if each.state is not State.RETRACTED]
        for each in episodes:
            last = previous_of(each, self.standing.values())
            assert last is None or self.standing[last].opened_at < each.opened_at
            assert (last is None) is not any(
                other.opened_at < each.opened_at and subject_of(other) == subject_of(each) for other in episodes
            )

    @invariant()
    def an_ending_follows_an_opening(self):
        """Nobody hears of the end of what never began, and changes are numbered without gaps."""
        begun: set[str] = set()
        seqs: dict[str, int] = {}
        for change in self.changes:
            assert change.seq == seqs.get(change.alert_id, 0) + 1
            seqs[change.alert_id] = change.seq
            assert change.alert_id in begun or change.kind is ChangeKind.OPENED
            begun.add(change.alert_id)

    @invariant()
    def an_acknowledgement_never_outlives_a_rise_in_severity(self):
        """Check that it stands only while the alert is no more serious than its actor saw it."""
        for alert in self.standing.values():
            found = workflow_of(alert, self.actions, now=NOW)
            if found.quiet:
                mine = [each.action for each in self.actions if getattr(each.action, "alert_id", None) == alert.id]
                assert any(alert.severity <= each.severity for each in mine)
            if found.state is WorkflowState.CLOSED:
                assert found.disposition is not None
                assert found.comments

    @invariant()
    def how_the_two_logs_interleaved_does_not_matter(self):
        """Check that actions read late, twice, or back from their topic come to the same."""
        again = [RecordedAction(at, decode_action(encode_action(action))) for at, action in self.actions]
        for alert in self.standing.values():
            once = workflow_of(alert, self.actions, now=NOW)
            assert once == workflow_of(alert, [*reversed(again), *again], now=NOW)

    @precondition(lambda self: self.changes)
    @invariant()
    def what_is_muted_is_still_recorded(self):
        """Check that a notification changes no record, and that an ending is always sent."""
        guard, known = StormGuard(POLICY), list(self.standing.values())
        before = [encode_alert(change.alert) for change in self.changes]
        for change in self.changes:
            overlay = overlay_of(
                change.alert, silences=silences_of(self.actions), open_alerts=known, policy=POLICY, now=NOW
            )
            found = notification_of(
                change,
                workflow=workflow_of(change.alert, self.actions, now=NOW),
                overlay=overlay,
                storm=guard.take(change),
                is_flapping=True,
            )
            assert found.sent is is_ending(change.kind)
        assert before == [encode_alert(change.alert) for change in self.changes]

    @invariant()
    def the_last_change_of_each_alert_is_the_alert(self):
        """Folding the log gives what stands: nothing is known that was not told."""
        assert {change.alert_id: change.alert for change in self.changes} == self.standing


TestLifeCycle = LifeCycle.TestCase
TestLifeCycle.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
