"""Policy files: what an installation mutes, and how it is told what is wrong with its file."""

from pathlib import Path

import pytest

from alerts.action_store import MemoryActionStore
from alerts.model import Severity
from alerts.reading import Reading
from alerts.store import MemoryStore
from alerts.suppression import StormPolicy, SuppressionPolicy, overlay_of
from streams.policy_file import load_policies, read_policies
from streams.reference.schedule_file import ScheduleErrors
from tests.unit.alerts.deeds import AFTER, NOW
from tests.unit.alerts.examples import FIRING

DOCUMENTED = Path(__file__).resolve().parents[2] / "docs" / "subscriptions.md"


def read(text):
    """Return what *text* mutes."""
    return read_policies(text, "policies.toml")


def wrong(text):
    """Return what is wrong with *text*, line by line."""
    with pytest.raises(ScheduleErrors) as caught:
        read(text)
    return [str(error) for error in caught.value.errors]


def test_the_file_of_the_documentation_is_right():
    """What a reader copies is taken as it is."""
    text = DOCUMENTED.read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0]
    policy = read(text)
    assert policy.storm.most == 200
    assert policy.storms["surge"] == StormPolicy(most=20, calm=10)
    assert policy.flaps["floor_breach"].enter == 6
    assert len(policy.inhibitions) == 2
    (silence,) = policy.silences
    assert (silence.id, silence.created_by) == ("policies:known-returns", "policies.toml")


def test_what_a_file_does_not_name_stays_as_it_is():
    """One storm of one rule: the others, inhibition and flapping are as shipped."""
    policy = read('[[storm]]\nrule = "surge"\nmost = 60\n')
    default = SuppressionPolicy()
    assert policy.storms == {"surge": StormPolicy(most=60, calm=50)}
    assert (policy.storm, policy.flap, policy.inhibitions) == (default.storm, default.flap, default.inhibitions)


def test_the_shipped_inhibitions_can_be_left_out():
    """Then there are those of the file alone, or none."""
    assert read("shipped_inhibitions = false\n[[storm]]\nmost = 60\n").inhibitions == ()


def test_an_inhibition_has_severities_and_fields_that_must_be_alike():
    """As written; what is not said is as it is without a file."""
    text = """
[[inhibition]]
source_rule = "dumping_margin"
source_severity = "high"
target_rules = ["surge"]
target_severity = "info"
equal = ["product"]
"""
    found = read(text).inhibitions[-1]
    assert (found.source_severity, found.target_severity, found.equal) == (Severity.HIGH, Severity.INFO, ("product",))


@pytest.mark.parametrize("instant", ['"2025-01-01T00:00:00Z"', "2025-01-01T00:00:00Z", "2025-01-01T01:00:00+01:00"])
def test_a_silence_of_a_file_mutes_what_it_names(instant):
    """For as long as it says; instants are texts, or TOML's own."""
    text = f'[[silence]]\nname = "x"\norigin = "{FIRING.origin}"\nstarts_at = {instant}\n'
    policy = read(f'{text}ends_at = "2025-02-01T00:00:00Z"\nreason = "known"\n')
    for now, silenced in (
        ("2024-12-31T23:59:59Z", ()),
        ("2025-01-01T00:00:00Z", ("policies:x",)),
        ("2025-02-01T00:00:00Z", ()),
    ):
        overlay = overlay_of(FIRING, silences=policy.silences, open_alerts=(), policy=policy, now=now)
        assert overlay.silenced_by == silenced


def test_all_that_is_wrong_is_said_at_once_with_its_line():
    """Misspelt, mistyped, missing, contradictory: nobody has to try ten times."""
    text = """\
[[storm]]
rule = "surg"
most = "many"
[[storm]]
most = 10
calm = 10
[[flap]]
entry = 3
[[inhibition]]
source_rule = "floor_breach"
source_severity = "dire"
[[silence]]
name = "a"
starts_at = "2025-01-01"
reason = ""
[[silense]]
name = "b"
"""
    found = wrong(text)
    assert [each.partition(":")[0] for each in found] == [
        *("line 2", "line 3", "line 4", "line 8", "line 9", "line 9", "line 11", "line 12", "line 14", "line 15"),
        "line 16",
    ]
    said = "\n".join(found)
    for part in (
        "there is no rule 'surg'; did you mean surge?",
        "most: Expected `int`, got `str`",
        "a storm ends below where it begins; was most 10, calm 10",
        "entry is no key of flap; did you mean enter?",
        "inhibition lacks target_rules",
        "Invalid enum value 'dire'",
        "silence lacks ends_at",
        "silense is unknown; did you mean silence?",
    ):
        assert part in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("[[storm]]\n[[storm]]\n", "line 2: there is a storm for all rules already", id="twice"),
        pytest.param(
            '[[silence]]\nname="a"\nstarts_at="2025-01-01T00:00:00Z"\nends_at="2025-02-01T00:00:00Z"\nreason="x"\n',
            "line 1: a silence names what it is for",
            id="silence-of-everything",
        ),
        pytest.param(
            '[[silence]]\nname="a"\norigin="CN"\nstarts_at="2025-02-01T00:00:00Z"\nends_at="2025-02-01T00:00:00Z"\n'
            'reason="x"\n',
            "line 1: a silence ends after it starts",
            id="silence-that-ends-at-once",
        ),
        pytest.param('shipped_inhibitions = "no"\n', "line 1: shipped_inhibitions is true or false", id="no-yes-or-no"),
        pytest.param("[[storm]\n", "line 1: ", id="no-toml"),
        pytest.param("", "line 1: the file is empty", id="empty"),
    ],
)
def test_what_cannot_be_meant_is_refused(text, said):
    """In words, with its line."""
    assert wrong(text)[0].startswith(said)


def test_a_name_is_of_one_silence():
    """Two could not be told apart where they are listed."""
    one = '[[silence]]\nname="a"\norigin="CN"\nstarts_at="2025-01-01T00:00:00Z"\n'
    one += 'ends_at="2025-02-01T00:00:00Z"\nreason="x"\n'
    assert wrong(one + one) == ["line 8: there is a silence 'a' already"]


def test_a_file_of_another_form_or_encoding_is_said_to_be_so(tmp_path):
    """The path and the line."""
    with pytest.raises(ScheduleErrors, match=r"a policy file is TOML"):
        read_policies("", "policies.json")
    path = tmp_path / "policies.toml"
    path.write_bytes(b'[[storm]]\nrule = "\xff"\n')
    with pytest.raises(ScheduleErrors, match=r"line 2: the text is not UTF-8"):
        load_policies(path)


async def test_a_silence_of_a_file_is_listed_beside_those_of_people():
    """Until it ends; whoever asks what is silenced sees both."""
    text = f'[[silence]]\nname="x"\nrule="{FIRING.rule}"\nstarts_at="2025-01-01T00:00:00Z"\n'
    policy = read(f'{text}ends_at="{AFTER}"\nreason="known"\n')
    instants = [NOW, AFTER]
    reading = Reading(MemoryStore(), MemoryActionStore(), policy=policy, now=lambda: instants[0])
    assert [each.id for each in await reading.silences()] == ["policies:x"]
    assert (await reading.overlay(FIRING)).silenced_by == ("policies:x",)
    instants.pop(0)
    assert await reading.silences() == []
