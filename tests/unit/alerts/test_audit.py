"""The audit log: whatever is done to it afterwards shows."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.audit import SEAL_EVERY, AuditError, AuditLog, Outcome, audit_key, verify
from tests.unit.alerts.deeds import NOW

KEY = bytes(range(32))


def entries(log, count):
    """Write *count* entries."""
    for number in range(count):
        log.append(at=NOW, actor="maria", what="ack", subject=f"alert-{number}", token="t1")


@pytest.fixture
def log(tmp_path):
    """Return a log of five entries and a seal."""
    made = AuditLog(tmp_path / "audit.jsonl", KEY)
    entries(made, 5)
    made.seal(at=NOW)
    return made


def test_a_log_as_it_was_written_holds(log):
    """Every line follows the one before, and the seal is the key's."""
    found = verify(log.path, KEY)
    assert (found.entries, found.seals, found.unsealed, found.holds) == (5, 1, 0, True)
    assert found.head == json.loads(log.path.read_bytes().splitlines()[-1])["hash"]


def test_a_log_goes_on_where_it_ended(log):
    """Another process appends to the same chain; what it adds is unsealed until it is sealed."""
    entries(AuditLog(log.path, KEY), 2)
    found = verify(log.path, KEY)
    assert (found.entries, found.unsealed, found.holds) == (7, 2, True)


def test_writers_take_turns(tmp_path):
    """Several at once make one chain."""
    log = AuditLog(tmp_path / "audit.jsonl", KEY)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: entries(AuditLog(log.path, KEY), 10), range(4)))
    assert (verify(log.path, KEY).entries, verify(log.path, KEY).holds) == (40, True)


def test_seals_come_by_themselves(tmp_path):
    """After so many lines there is one, whoever wrote them."""
    log = AuditLog(tmp_path / "audit.jsonl", KEY)
    entries(log, SEAL_EVERY)
    assert (verify(log.path, KEY).seals, verify(log.path, KEY).unsealed) == (1, 0)
    log.seal(at=NOW)
    assert verify(log.path, KEY).seals == 1


def lines_of(log):
    """Return the lines."""
    return log.path.read_bytes().splitlines(keepends=True)


@pytest.mark.parametrize(
    ("tamper", "problem"),
    [
        pytest.param(lambda lines: [lines[0].replace(b"maria", b"mario"), *lines[1:]], "own hash", id="edited"),
        pytest.param(lambda lines: [lines[0], *lines[2:]], "removed", id="deleted"),
        pytest.param(lambda lines: lines[1:], "removed", id="first-deleted"),
        pytest.param(lambda lines: [lines[1], lines[0], *lines[2:]], "elsewhere", id="reordered"),
        pytest.param(lambda lines: [lines[0], *lines], "elsewhere", id="inserted"),
        pytest.param(lambda lines: [*lines[:3], b"{}\n", *lines[3:]], "is no line", id="rubbish"),
        pytest.param(
            lambda lines: [*lines[:-1], lines[-1].replace(b'"mac":"', b'"mac":"0')], "did not make", id="seal"
        ),
    ],
)
def test_what_was_done_to_the_log_shows(log, tamper, problem):
    """It says on which line, and what may have happened."""
    log.path.write_bytes(b"".join(tamper(lines_of(log))))
    found = verify(log.path, KEY)
    assert not found.holds
    assert any(problem in each.problem for each in found.findings)


def test_a_log_cut_at_the_end_shows_by_its_head(log):
    """A chain cannot miss its own end: the head must be kept elsewhere."""
    head = verify(log.path, KEY).head
    log.path.write_bytes(b"".join(lines_of(log)[:3]))
    assert verify(log.path, KEY).holds
    found = verify(log.path, KEY, head=head)
    assert "was cut" in found.findings[0].problem


def test_a_head_of_an_earlier_time_is_still_there(log):
    """What was added since does not matter."""
    head = verify(log.path, KEY).head
    entries(log, 3)
    assert verify(log.path, KEY, head=head).holds


def test_a_chain_made_with_another_key_does_not_hold(tmp_path):
    """Whoever writes it all anew lacks the key."""
    forged = AuditLog(tmp_path / "audit.jsonl", b"x" * 32)
    entries(forged, 2)
    forged.seal(at=NOW)
    assert "which is not the one given" in verify(forged.path, KEY).findings[0].problem


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(data=st.data())
def test_no_byte_can_be_changed_unseen(log, data):
    """Whatever byte of whatever line becomes whatever other."""
    content = bytearray(b"".join(lines_of(log)))
    kept = bytes(content)
    place = data.draw(st.integers(0, len(content) - 2))
    content[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != content[place]))
    log.path.write_bytes(bytes(content))
    try:
        assert not verify(log.path, KEY, head=json.loads(kept.splitlines()[-1])["hash"]).holds
    finally:
        log.path.write_bytes(kept)


def test_a_log_that_ends_in_rubbish_takes_nothing_more(log):
    """It is evidence, not something to write after."""
    with log.path.open("ab") as file:
        file.write(b"half a li")
    with pytest.raises(AuditError, match="keep the file as evidence"):
        log.append(at=NOW, actor="maria", what="ack")


def test_an_attempt_that_was_denied_is_an_entry_too(log):
    """What came of it is said."""
    assert log.append(at=NOW, actor="anonymous", what="close", outcome=Outcome.DENIED).outcome is Outcome.DENIED


def test_a_key_is_made_where_there_is_none(tmp_path):
    """It is random, its owner's alone, and the same from then on."""
    path = tmp_path / "state" / "audit.key"
    key = audit_key(path)
    assert (len(key), audit_key(path), path.stat().st_mode & 0o077) == (32, key, 0)


@pytest.mark.parametrize("content", ["", "zz", "00" * 31], ids=["empty", "not-hexadecimal", "short"])
def test_what_is_no_key_is_refused(tmp_path, content):
    """A weak seal is no seal."""
    path = tmp_path / "audit.key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(AuditError, match="32"):
        audit_key(path)


def test_a_key_that_others_may_read_is_refused(tmp_path):
    """It says how to mend it."""
    path = tmp_path / "audit.key"
    audit_key(path)
    path.chmod(0o644)
    with pytest.raises(AuditError, match="chmod 600"):
        audit_key(path)


def test_a_log_that_is_not_there_is_said_to_be_missing(tmp_path):
    """An empty answer would be taken for a clean log."""
    with pytest.raises(AuditError, match="cannot be read"):
        verify(tmp_path / "none.jsonl", KEY)
