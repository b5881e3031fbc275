"""Events as CloudEvents: the SDK reads them, and a copy is the same event."""

import json

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent as JudgesEvent
from msgspec.structs import replace

from alerts.envelope import SEVERITY_NUMBERS, action_event, change_event, encode_event
from alerts.model import ChangeKind, Severity
from alerts.store import Recorded
from tests.unit.alerts.deeds import NOW, acknowledged, silenced
from tests.unit.alerts.examples import FIRING, RESOLVED, change_of

CHANGE = Recorded(41, change_of(RESOLVED, 2, ChangeKind.RESOLVED))


@pytest.mark.parametrize(
    ("event", "kind", "subject"),
    [
        pytest.param(change_event(CHANGE, "fw"), "org.floorwatch.alert.resolved.v1", FIRING.id, id="change"),
        pytest.param(
            action_event(acknowledged(FIRING, 3), "fw"), "org.floorwatch.action.acknowledged.v1", FIRING.id, id="action"
        ),
        pytest.param(
            action_event(silenced(4, origin="CN"), "fw"), "org.floorwatch.action.silenced.v1", "action-4", id="silence"
        ),
    ],
)
def test_the_sdk_reads_our_events(event, kind, subject):
    """Required attributes, extensions and data come out as they went in."""
    read = JSONFormat().read(JudgesEvent, encode_event(event))
    assert (read.get_type(), read.get_subject(), read.get_id()) == (kind, subject, event.id)
    assert read.get_specversion() == "1.0"
    assert read.get_extension("sequence") == event.sequence
    assert read.get_data() == json.loads(encode_event(event))["data"]


def test_the_time_of_a_change_is_event_time_and_of_an_action_the_servers():
    """Records and people have a clock each."""
    assert change_event(CHANGE, "fw").time == RESOLVED.updated_at
    assert action_event(acknowledged(FIRING), "fw").time == NOW


def test_a_copy_of_an_event_is_the_same_event():
    """A store made again, or a change told twice, sends the same source and id: it is dropped by whoever had it."""
    first, again = (change_event(CHANGE, "fw") for _ in range(2))
    assert encode_event(first) == encode_event(again)


def test_changes_and_actions_never_share_an_id_and_a_source():
    """They are numbered by two topics."""
    assert change_event(CHANGE, "fw").source == "/floorwatch/fw/alerts"
    assert action_event(acknowledged(FIRING), "a b/ü").source == "/floorwatch/a-b--/actions"


def test_sequences_sort_as_text():
    """They are offsets, and text is what CloudEvents has."""
    sequences = [change_event(replace_offset(offset), "fw").sequence for offset in (2, 10, 10**12)]
    assert sequences == sorted(sequences)


def replace_offset(offset):
    """Return the change at another offset."""
    return CHANGE._replace(offset=offset)


@pytest.mark.parametrize("severity", list(Severity))
def test_severity_is_a_word_and_a_number(severity):
    """The number is on the scale of log records, and rises with the word."""
    event = change_event(Recorded(0, change_of(replace(FIRING, severity=severity))), "fw")
    assert (event.severitytext, event.severitynumber) == (severity, SEVERITY_NUMBERS[severity])
    assert [*SEVERITY_NUMBERS.values()] == sorted(SEVERITY_NUMBERS.values())


def test_episodes_of_a_subject_have_a_correlation():
    """A subscriber finds the story by it."""
    other = change_of(replace(FIRING, id="9" * 20, opened_at="2025-07-01T00:00:00Z"))
    assert change_event(CHANGE, "fw").correlationid == change_event(Recorded(50, other), "fw").correlationid
