"""What a worker tells Prometheus and whoever asks how it stands, while it judges a real feed."""

import json
import socket
import time
import urllib.error
import urllib.request
from collections import Counter

import pytest
from kafka import KafkaProducer
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain

from alerts.metrics.catalogue import CATALOGUE, WORKER, metrics_of
from alerts.metrics.declaration import Section
from alerts.model import OPEN_STATES, ChangeKind
from tests import feeds
from tests.live import LiveRun

PATIENCE_S = 90.0
OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def free_port():
    """Return a port that nothing listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def fetch(port, path, accept=""):
    """Return the status and the text of an answer, (0, why) where there is none."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Accept": accept})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - the address is our own
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def until(reached, run):
    """Return what *reached* returns once that is something; the run's workers are kept going meanwhile."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := reached()):
        assert time.monotonic() < deadline, run.logs()
        time.sleep(0.1)
    return found


def settled_scrape(port, run, accept=""):
    """Return the text of a scrape once the worker is ready and has asked how long the log is."""
    until(lambda: fetch(port, "/readyz")[0] == 200, run)
    return until(
        lambda: text if "\nfloorwatch_consumer_lag_records{" in (text := fetch(port, "/metrics", accept)[1]) else "",
        run,
    )


def values(families, name):
    """Return the samples called *name* by their label values in order of label."""
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
        if sample.name == name
    }


@pytest.fixture
def run(kafka, redis_url, fresh_topics, tmp_path):
    """Return a live run with reference data and no worker yet."""
    with LiveRun(broker=kafka, redis_url=redis_url, prefix=fresh_topics, folder=tmp_path) as live:
        yield live


def test_figures_agree_with_the_ledger_and_the_alerts(run):
    """Counted once a slice or looked up at the scrape: what is shown is what was judged, told and stored."""
    feed, port = feeds.contrary(1500), free_port()
    run.publish_reference(feed.entries)
    run.publish(feed.log)
    run.publish_mark(feed.end_mark)
    run.start(environ={"FLOORWATCH_METRICS_PORT": str(port)})
    run.settled()
    families = list(plain(settled_scrape(port, run)))

    counts = Counter()
    for batches in run.ledger.batches().values():
        counts.update(batches[-1].counts)
    records = values(families, "floorwatch_records_total")
    assert counts["records"] == sum(records.values())
    for outcome in ("supersedes", "duplicate", "stale", "conflict"):
        assert counts[outcome] == sum(number for (found, _), number in records.items() if found == outcome), outcome
    refused = {name: number for name, number in counts.items() if name.startswith("refused:")}
    letters = values(families, "floorwatch_dead_letters_total")
    assert refused == {f"refused:{reason}": number for reason, number in by(letters, 0).items() if number}

    changes = {change.id: change for change in run.changes()}.values()
    assert Counter(change.kind for change in changes) == {
        ChangeKind(kind): number
        for (kind,), number in values(families, "floorwatch_alert_changes_total").items()
        if number
    }
    last = {change.alert_id: change.alert for change in sorted(changes, key=lambda each: each.seq)}
    open_now = Counter(alert.rule for alert in last.values() if alert.state in OPEN_STATES)
    assert open_now == by(values(families, "floorwatch_alerts_open"), 1)
    assert len(changes) == sum(values(families, "floorwatch_event_to_alert_seconds_count").values())
    assert len(changes) == sum(values(families, "floorwatch_sink_changes_total").values())
    assert len(changes) == sum(values(families, "floorwatch_end_to_end_seconds_count").values())
    assert {1.0} == set(values(families, "floorwatch_sink_up").values())
    assert {0.0} == set(values(families, "floorwatch_consumer_lag_records").values())
    assert {0.0} == set(values(families, "floorwatch_commit_age_seconds").values())


def by(samples, place):
    """Return samples added up by one of their label values."""
    found = Counter()
    for labels, value in samples.items():
        found[labels[place]] += value
    return found


def test_what_is_exposed_is_what_is_declared(run):
    """Every family is in the catalogue and in its sections, and the other way round; openings carry an alert's id."""
    feed, port = feeds.shipped(), free_port()
    run.publish_reference(feed.entries)
    run.publish(feed.log)
    run.publish_mark(feed.end_mark)
    run.start(environ={"FLOORWATCH_METRICS_PORT": str(port)})
    run.settled()
    families = list(openmetrics(settled_scrape(port, run, OPENMETRICS)))

    wanted = {metric.full_name.removesuffix("_total") for metric in metrics_of({*WORKER, Section.PROCESS})}
    assert wanted == {family.name for family in families}
    declared = {metric.full_name.removesuffix("_total"): metric for metric in CATALOGUE}
    for family in families:
        metric = declared[family.name]
        assert family.type == metric.type
        assert metric.optional or family.samples, f"{family.name} has no samples after a feed"
        for sample in family.samples:
            assert {label.name for label in metric.labels} == sample.labels.keys() - {"le"}
    exemplars = {
        sample.exemplar.labels["alert_id"] for family in families for sample in family.samples if sample.exemplar
    }
    assert exemplars
    assert exemplars <= {change.alert_id for change in run.changes()}


def test_a_worker_is_not_ready_before_it_has_its_partitions_and_live_all_the_while(run):
    """From the first answer on: not ready with the reason, then ready; a restart would have helped at no time."""
    feed, port = feeds.benchmark(500), free_port()
    run.publish_reference(feed.entries)
    run.publish(feed.log)
    run.start(environ={"FLOORWATCH_METRICS_PORT": str(port)})
    said = []

    def ready():
        status, body = fetch(port, "/readyz")
        if status:
            said.append((status, json.loads(body)))
            assert 200 == fetch(port, "/healthz")[0]
        return status == 200

    until(ready, run)
    reasons = {reason for status, body in said if status == 503 for reason in body["why"]}
    assert {"ready": True, "why": []} == said[-1][1]
    assert any(reason.startswith("no partitions are assigned") for reason in reasons), reasons


def test_a_worker_is_not_ready_while_its_store_is_away(run, redis_server):
    """It goes on judging, and a restart would not bring the store back: live, not ready, and it says why."""
    feed, port = feeds.benchmark(500), free_port()
    run.publish_reference(feed.entries)
    run.start(environ={"FLOORWATCH_METRICS_PORT": str(port)})
    until(lambda: fetch(port, "/readyz")[0] == 200, run)
    redis_server.stop()
    try:
        run.publish(feed.log)
        status, body = until(lambda: answer if (answer := fetch(port, "/readyz"))[0] != 200 else None, run)
        assert 503 == status
        assert {"ready": False, "why": ["the store does not answer; alerts wait in Kafka"]} == json.loads(body)
        assert 200 == fetch(port, "/healthz")[0]
    finally:
        redis_server.start()
    until(lambda: fetch(port, "/readyz")[0] == 200, run)


def test_the_next_worker_of_a_machine_listens_on_the_next_port(run):
    """So that every worker can be started in the same way."""
    port = free_port()
    run.publish_reference(feeds.benchmark(1).entries)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        run.start(environ={"FLOORWATCH_METRICS_PORT": str(port)})
        assert 200 == until(lambda: fetch(port + 1, "/healthz")[0], run)


@pytest.mark.apache
def test_the_end_of_a_transaction_is_no_record_that_waits(run, apache_kafka):
    """The log's last offset stays past the last record for good: that is neither lag nor a reason for a restart."""
    feed, port = feeds.benchmark(200), free_port()
    run.publish_reference(feed.entries)
    producer = KafkaProducer(bootstrap_servers=apache_kafka.bootstrap, transactional_id=run.names.trades)
    producer.init_transactions()
    producer.begin_transaction()
    for each in feed.log:
        producer.send(run.names.trades, key=each.mineral.encode(), value=each.value)
    producer.commit_transaction()
    producer.close()
    run.start(environ={"FLOORWATCH_METRICS_PORT": str(port), "FLOORWATCH_COMMIT_AGE_SECONDS": "6"})

    def figures(name):
        return values(list(plain(fetch(port, "/metrics")[1])), name)

    until(lambda: fetch(port, "/readyz")[0] == 200, run)
    until(lambda: sum(figures("floorwatch_records_total").values()) == 200, run)
    until(lambda: 0 < sum(figures("floorwatch_consumer_lag_records").values()), run)
    until(lambda: {0.0} == set(figures("floorwatch_consumer_lag_records").values()), run)
    assert {0.0} == set(figures("floorwatch_commit_age_seconds").values())
    assert 200 == fetch(port, "/healthz")[0]
