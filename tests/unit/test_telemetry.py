"""What a worker notes once a slice, and what its observer makes of it; without a broker."""

import json
import urllib.error
import urllib.request
from types import SimpleNamespace

import pytest
from faust.types import TP

from alerts.metrics.catalogue import (
    ALERT_CHANGES,
    ALERTS_OPENED,
    ALERTS_RESOLVED,
    DEAD_LETTERS,
    END_TO_END,
    EVENT_TO_ALERT,
    LATE_RECORDS,
    RECORDS_READ,
    SINK_CHANGES,
)
from alerts.model import ChangeKind
from alerts.store import Applied, MemoryStore
from streams.agents import build_worker
from streams.metrics_server import MetricsServer, NoFreePortError
from streams.observer import Observer
from streams.records import encode_record
from streams.settings import Settings
from streams.shapes import Kind
from streams.telemetry import ARRIVED, Telemetry, arrival
from streams.worker import Partition
from tests.outcomes import new_engine
from tests.sales import PLAIN, sale
from tests.unit.alerts.examples import FIRING, RESOLVED, change_of

TRADES = TP("trades", 1)


def counted(telemetry, metric):
    """Return a metric's values that are not 0."""
    return {labels: value for labels, value in telemetry.meter.values[metric].items() if value}


def test_what_became_of_a_slices_records_adds_up_to_its_records():
    """Each of them once, whatever it was; what is refused is counted by its reason too."""
    telemetry, engine = Telemetry(), new_engine(PLAIN)
    first = sale(5, "3", id="a")
    values = [first, first, sale(5, "4", id="a"), sale(6, "3", id="b", revision=2), sale(6, "3", id="b")]
    values = [*map(encode_record, values), encode_record(sale(7, "3", id="b", revision=3)), b"{", b"[]"]
    step = engine.step(values)
    telemetry.judged(Kind.TRADE, step, 0.01)

    assert {
        ("trades", "new"): 2,
        ("trades", "duplicate"): 1,
        ("trades", "conflict"): 1,
        ("trades", "stale"): 1,
        ("trades", "supersedes"): 1,
        ("trades", "refused"): 2,
    } == counted(telemetry, RECORDS_READ)
    assert len(values) == sum(counted(telemetry, RECORDS_READ).values())
    letters = counted(telemetry, DEAD_LETTERS)
    assert 1 == letters["trades", "conflicting_duplicate"]
    assert 3 == sum(letters.values())


@pytest.mark.parametrize(
    ("day", "late"),
    [
        pytest.param(15, 1, id="the day before the last sealed"),
        pytest.param(16, 1, id="the last sealed day"),
        pytest.param(17, 0, id="the first day that is not sealed"),
    ],
)
def test_a_record_is_late_whose_day_was_sealed_before_its_slice(day, late):
    """Three days of grace: what is dated the twentieth seals the sixteenth."""
    telemetry, engine = Telemetry(), new_engine(PLAIN)
    telemetry.judged(Kind.TRADE, engine.step([encode_record(sale(20, "3"))]), 0)
    telemetry.judged(Kind.TRADE, engine.step([encode_record(sale(day, "3", id="late"))]), 0)
    assert late == sum(counted(telemetry, LATE_RECORDS).values())


def test_changes_are_counted_by_what_they_did():
    """An opening, an ending and a retraction; each with the time since its slice arrived."""
    telemetry = Telemetry()
    changes = [
        change_of(FIRING),
        change_of(RESOLVED, 2, ChangeKind.RESOLVED),
        change_of(RESOLVED, 3, ChangeKind.RETRACTED),
    ]
    telemetry.told(changes, arrived_ms=0, seconds=0)
    assert {("floor_breach", "high"): 1} == counted(telemetry, ALERTS_OPENED)
    assert {("floor_breach", "high", "resolved"): 1, ("floor_breach", "high", "retracted"): 1} == counted(
        telemetry, ALERTS_RESOLVED
    )
    assert {("opened",): 1, ("resolved",): 1, ("retracted",): 1} == counted(telemetry, ALERT_CHANGES)
    assert 3 == sum(telemetry.meter.histograms[EVENT_TO_ALERT][()].counts)


def test_changes_that_no_record_led_to_tell_nothing_of_the_time_a_record_takes():
    """New reference data, or a restart, told them."""
    telemetry = Telemetry()
    telemetry.told([change_of(FIRING)], arrived_ms=None, seconds=0)
    assert 0 == sum(telemetry.meter.histograms[EVENT_TO_ALERT][()].counts)
    assert {} == arrival(None)


@pytest.mark.parametrize(
    ("applied", "measured"),
    [
        pytest.param(Applied(1, 0), 1, id="news to the store"),
        pytest.param(Applied(0, 1), 0, id="the store had it"),
    ],
)
def test_only_what_is_new_to_the_store_tells_how_long_it_took(applied, measured):
    """A store that is read to again after a restart would look slow."""
    telemetry = Telemetry()
    record = SimpleNamespace(offset=0, headers=list(arrival(0).items()))
    telemetry.stored([record], [change_of(FIRING)], applied, 0)
    assert ((ARRIVED, b"0"),) == tuple(record.headers)
    assert measured == sum(telemetry.meter.histograms[END_TO_END][()].counts)
    assert applied.accepted == telemetry.meter.values[SINK_CHANGES]["accepted",]


@pytest.fixture
async def observer():
    """Return the observer of a worker that owns a partition of the trades, restored, and has no broker."""
    worker = build_worker(Settings(commit_age_seconds=60), MemoryStore())
    worker.telemetry.assignment({TRADES})
    worker.partitions[1] = Partition(1, new_engine(PLAIN))
    return Observer(worker)


async def test_records_wait_from_when_they_were_seen_until_one_becomes_durable(observer, monkeypatch):
    """The age is that of the wait, not of the partition; where none waits it is 0."""
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])

    def age():
        observer._note_waiting({TRADES})
        return observer.condition().commit_ages[1]

    observer._ends = {TRADES: 0}
    assert 0 == age()
    observer._ends = {TRADES: 5}
    assert 0 == age()
    now[0] += 61
    assert 61 == age()
    observer._broker_answers = True
    assert ["records of partition 1 have waited for 61 s and none became durable"] == observer.why_not_live()
    observer.worker.partitions[1].flushed["trades"] = 2
    observer.worker.telemetry.flushed(1)
    now[0] += 7
    assert 7 == age()
    observer.worker.partitions[1].flushed["trades"] = 4
    assert 0 == age()
    assert [] == observer.why_not_live()


async def test_an_offset_without_a_record_is_not_waited_for(observer):
    """The end of a transaction is one: it stays past the last record for good."""
    observer._ends, observer._hollow = {TRADES: 11}, {TRADES: 11}
    observer.worker.partitions[1].flushed["trades"] = 9
    assert {("trades", "1"): 0} == observer._lags()
    observer._ends = {TRADES: 12}
    assert {("trades", "1"): 1} == observer._lags()


async def test_the_lag_of_a_partition_that_is_not_restored_is_not_guessed(observer):
    """Its ledger says how far it is, and has not been read."""
    observer._ends = {TP("trades", 0): 5}
    assert {} == observer._lags()


class Told:
    """What is asked for answers, saying what it is told to."""

    def __init__(self):
        self.reasons = []

    def metrics(self, accept):
        """Return the header that was sent."""
        return accept.encode(), "text/plain"

    def why_not_ready(self):
        """Return the reasons."""
        return self.reasons

    def why_not_live(self):
        """Fail."""
        raise RuntimeError("of the test")


@pytest.fixture
def told():
    """Return what answers are made of."""
    return Told()


@pytest.fixture
def server(told):
    """Return a server that answers for it."""
    with MetricsServer(told, host="127.0.0.1", port=20_480) as running:
        yield running


def answer(server, path, method="GET", **headers):
    """Return the status and the body of an answer."""
    request = urllib.request.Request(server.address + path, headers=headers, method=method)  # noqa: S310 - our own
    try:
        with urllib.request.urlopen(request, timeout=10) as found:  # noqa: S310
            return found.status, found.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_an_answer_says_why_in_json(server, told):
    """200 and no reason, or 503 and all of them."""
    assert (200, {"ready": True, "why": []}) == parsed(answer(server, "/readyz"))
    told.reasons = ["Kafka does not answer", "the store does not answer"]
    assert (503, {"ready": False, "why": told.reasons}) == parsed(answer(server, "/readyz?verbose"))


def parsed(found):
    """Return an answer with its JSON read."""
    return found[0], json.loads(found[1])


def test_a_scrape_gets_the_format_it_asks_for(server):
    """The header reaches whoever writes the exposition; HEAD gets no body."""
    assert (200, b"text/plain;version=0.0.4") == answer(server, "/metrics", Accept="text/plain;version=0.0.4")
    assert (200, b"") == answer(server, "/metrics", method="HEAD")


def test_what_there_is_not_is_answered_by_what_there_is(server):
    """A misspelt path is no mystery."""
    assert (404, {"error": "no /health", "there are": ["/healthz", "/metrics", "/readyz"]}) == parsed(
        answer(server, "/health")
    )


def test_an_answer_that_fails_says_so(server):
    """And the server goes on answering."""
    assert (500, {"error": "of the test"}) == parsed(answer(server, "/healthz"))
    assert 200 == answer(server, "/readyz")[0]


def test_a_server_takes_the_next_free_port_and_says_when_there_is_none(server, told, monkeypatch):
    """One a worker of this machine; past the last of them it says what to do."""
    port = int(server.address.rpartition(":")[2])
    with MetricsServer(told, host="127.0.0.1", port=port) as second:
        assert port < int(second.address.rpartition(":")[2])
    monkeypatch.setattr("streams.metrics_server.PORTS_TRIED", 1)
    with pytest.raises(NoFreePortError, match="set FLOORWATCH_METRICS_PORT, or to 0"):
        MetricsServer(told, host="127.0.0.1", port=port)
