"""Readiness and liveness: what is said, and what is no reason for a restart."""

from dataclasses import replace

import pytest

from streams.health import Condition, not_live, not_ready

FINE = Condition(
    reference_read=True,
    assigned=frozenset({0, 1}),
    unassigned_for=0,
    restored=frozenset({0, 1}),
    restoring=None,
    flows=True,
    broker_answers=True,
    topics_missing=(),
    sinks=True,
    sink_up=True,
)


def test_a_worker_that_has_all_it_needs_is_ready_and_live():
    """And nothing is said."""
    assert [] == not_ready(FINE)
    assert [] == not_live(FINE, patience_s=120)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"broker_answers": None}, "Kafka has not been asked yet", id="first moment"),
        pytest.param({"broker_answers": False}, "Kafka does not answer", id="broker away"),
        pytest.param({"topics_missing": ("trades", "alerts")}, "topics are missing: trades, alerts", id="no topics"),
        pytest.param({"reference_read": False}, "the topic reference has not been read", id="no reference"),
        pytest.param({"assigned": None}, "no partitions are assigned", id="rebalance"),
        pytest.param({"restored": frozenset({0})}, "recovering: the state of partitions 1 is", id="recovering"),
        pytest.param({"flows": False}, "records do not flow yet", id="stopped"),
        pytest.param({"sink_up": None}, "the sink has not started", id="sink not started"),
        pytest.param({"sink_up": False}, "the store does not answer", id="store away"),
    ],
)
def test_a_worker_is_not_ready_and_says_why(change, said):
    """One reason for one thing that is not right, and none of these is mended by a restart."""
    (reason,) = not_ready(replace(FINE, **change))
    assert reason.startswith(said)
    assert [] == not_live(replace(FINE, **change), patience_s=120)


@pytest.mark.parametrize("up", [None, False])
def test_a_worker_that_sinks_nothing_needs_no_store(up):
    """Another worker has the partition of the topic alerts."""
    assert [] == not_ready(replace(FINE, sinks=False, sink_up=up))


def test_a_worker_to_spare_is_ready():
    """There are more workers than partitions: it waits for one to leave."""
    assert [] == not_ready(replace(FINE, assigned=frozenset(), restored=frozenset(), flows=False, sinks=False))


@pytest.mark.parametrize(
    ("age", "live"),
    [
        pytest.param(119.9, True, id="below"),
        pytest.param(120, True, id="at"),
        pytest.param(120.1, False, id="above"),
    ],
)
@pytest.mark.parametrize(
    "stuck",
    [
        pytest.param(lambda age: {"commit_ages": {0: 0, 1: age}}, id="records wait"),
        pytest.param(lambda age: {"silent_for": age}, id="the loop is silent"),
        pytest.param(lambda age: {"assigned": None, "unassigned_for": age}, id="the group stands still"),
    ],
)
def test_a_worker_that_stands_still_for_longer_than_its_patience_is_not_live(stuck, age, live):
    """A restart resumes from the ledger."""
    assert live == (not_live(replace(FINE, **stuck(age)), patience_s=120) == [])


@pytest.mark.parametrize(
    "excuse",
    [
        pytest.param({"broker_answers": False}, id="broker away"),
        pytest.param({"restoring": 1}, id="working out its state"),
    ],
)
def test_what_a_restart_does_not_mend_is_no_reason_for_one(excuse):
    """It would only cost a recovery more."""
    waiting = replace(FINE, commit_ages={1: 1000}, **excuse)
    assert [] == not_live(waiting, patience_s=120)
