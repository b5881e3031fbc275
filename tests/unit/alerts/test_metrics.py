"""What is measured: declared once, within bounds, shown as Prometheus wants it."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain

from alerts.metrics.catalogue import (
    API,
    API_DELIVERY,
    API_SUBSCRIBERS,
    CATALOGUE,
    EVENT_TO_ALERT,
    RECORDS_READ,
    SERIES_LEFT_OUT,
    WORKER,
    metrics_of,
)
from alerts.metrics.declaration import OTHER, SERIES_MOST, Label, Metric, Overflow, Section, Type
from alerts.metrics.meter import ApiMetrics, Histogram, Meter, bounded, exposition, registry_of
from alerts.metrics.page import page

ROOT = Path(__file__).resolve().parents[3]
OPENMETRICS = "application/openmetrics-text; version=1.0.0"
FORBIDDEN = {"alert", "alert_id", "id", "user", "token", "path", "offset", "exporter", "importer", "party"}


def own_metrics():
    """Return the metrics that are this project's own."""
    return [metric for metric in CATALOGUE if metric.section is not Section.PROCESS]


@pytest.mark.parametrize("metric", CATALOGUE, ids=lambda metric: metric.full_name)
def test_a_metric_is_named_as_the_field_does(metric):
    """Snake case; counters end in ``_total`` and nothing else does; the help is a sentence."""
    assert re.fullmatch(r"[a-z][a-z0-9_]*", metric.full_name)
    assert (metric.type is Type.COUNTER) == metric.full_name.endswith("_total")
    assert metric.help.endswith(".")
    assert bool(metric.buckets) == (metric.type is Type.HISTOGRAM)
    assert list(metric.buckets) == sorted(set(metric.buckets))


@pytest.mark.parametrize("metric", own_metrics(), ids=lambda metric: metric.full_name)
def test_a_metric_has_bounded_labels_that_name_nobody(metric):
    """No ids, no people, no offsets; and never more label sets than a Prometheus can bear."""
    assert all(label.bound > 0 for label in metric.labels)
    assert not {label.name for label in metric.labels} & FORBIDDEN
    assert metric.bound <= SERIES_MOST
    # A label is no part of the name of its metric.
    assert not any(f"by_{label.name}" in metric.name for label in metric.labels)


def test_names_are_given_once():
    """Two declarations of one name would be two truths."""
    names = [metric.full_name for metric in CATALOGUE]
    assert len(names) == len(set(names))


def test_the_page_is_what_the_catalogue_says():
    """To mend it: ``floorwatch metrics --markdown > docs/metrics.md``."""
    assert page() == (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("metric", CATALOGUE, ids=lambda metric: metric.full_name)
def test_every_metric_is_on_the_page(metric):
    """With its labels."""
    line = next(line for line in page().splitlines() if line.startswith(f"| `{metric.full_name}` |"))
    assert all(f"`{label.name}`" in line for label in metric.labels)


@pytest.mark.parametrize("sections", [pytest.param(WORKER, id="worker"), pytest.param(API, id="api")])
def test_what_is_exposed_is_what_is_declared(sections):
    """A family for every metric of the sections and of the process, and no other."""
    meter = Meter(metrics_of(sections))
    families = list(openmetrics(exposition(registry_of(meter), OPENMETRICS)[0].decode()))
    wanted = {metric.full_name.removesuffix("_total"): metric for metric in metrics_of({*sections, Section.PROCESS})}
    assert wanted.keys() == {family.name for family in families}
    assert all(wanted[family.name].type == family.type for family in families)


def test_counters_whose_labels_are_known_begin_at_nothing():
    """Otherwise the first of a kind would be no increase."""
    meter = Meter(metrics_of(WORKER))
    assert dict.fromkeys(RECORDS_READ.known, 0) == meter.values[RECORDS_READ]
    assert 12 == len(RECORDS_READ.known)


LANE = Label(name="lane", meaning="of the test", most=2)
SIDE = Label(name="side", meaning="of the test", values=("buy", "sell"))


def made(kind, overflow=Overflow.LEAVE_OUT, labels=(LANE,)):
    """Return a metric that may have two lanes."""
    return Metric(name="made", type=kind, help="Made.", section=Section.BUSINESS, labels=labels, overflow=overflow)


@pytest.mark.parametrize(
    ("lanes", "shown", "over"),
    [
        pytest.param("a", {("a",): 1}, 0, id="one-below-the-bound"),
        pytest.param("ab", {("a",): 1, ("b",): 1}, 0, id="at-the-bound"),
        pytest.param("abc", {("a",): 1, ("b",): 1, (OTHER,): 1}, 1, id="one-past-the-bound"),
        pytest.param("dcba", {("a",): 1, ("b",): 1, (OTHER,): 2}, 2, id="two-past-it-in-any-order"),
    ],
)
def test_counts_past_the_bound_are_added_up_as_other(lanes, shown, over):
    """Nothing is lost from a sum, and the same lanes are shown at every scrape."""
    counts = {(lane,): 1 for lane in lanes}
    assert (shown, over) == bounded(made(Type.COUNTER), counts)
    assert (shown, over) == bounded(made(Type.GAUGE, Overflow.ADD), counts)


def test_labels_whose_values_are_known_are_kept_when_counts_are_added_up():
    """A severity stays a severity."""
    metric = made(Type.COUNTER, labels=(LANE, SIDE))
    counts = {(lane, side): 1 for lane in "abc" for side in ("buy", "sell")}
    shown, over = bounded(metric, counts)
    assert 2 == over
    assert {(OTHER, "buy"): 1, (OTHER, "sell"): 1} == {labels: shown[labels] for labels in shown if OTHER in labels}


def test_prices_past_the_bound_are_left_out_and_counted():
    """The sum of two prices is none."""
    metric = made(Type.GAUGE)
    assert ({("a",): 1, ("b",): 1}, 1) == bounded(metric, {(lane,): 1 for lane in "abc"})

    meter = Meter((metric, SERIES_LEFT_OUT))
    meter.replace(metric, {(lane,): 1 for lane in "abc"})
    text = exposition(registry_of(meter))[0].decode()
    assert "floorwatch_series_left_out 1.0" in text


@pytest.mark.parametrize(
    ("value", "counts"),
    [
        pytest.param(0.99, [1, 0, 0], id="below-a-bound"),
        pytest.param(1, [1, 0, 0], id="at-it"),
        pytest.param(1.01, [0, 1, 0], id="above-it"),
        pytest.param(2.01, [0, 0, 1], id="above-all"),
    ],
)
def test_a_bucket_takes_what_is_at_most_its_bound(value, counts):
    """As Prometheus means ``le``."""
    histogram = Histogram((1, 2))
    histogram.observe(value)
    assert counts == histogram.counts
    assert value == histogram.total


def test_a_latency_carries_the_alert_as_an_exemplar_not_as_a_label():
    """In OpenMetrics, which has them; the older format stays readable."""
    meter = Meter(metrics_of(WORKER))
    meter.observe(EVENT_TO_ALERT, 0.03, alert_id="4f2a91c03d7e5b68a1f0")
    registry = registry_of(meter)
    found = {
        sample.labels["le"]: sample.exemplar
        for family in openmetrics(exposition(registry, OPENMETRICS)[0].decode())
        for sample in family.samples
        if sample.name == "floorwatch_event_to_alert_seconds_bucket"
    }
    assert {"alert_id": "4f2a91c03d7e5b68a1f0"} == found["0.05"].labels
    assert not any(exemplar for bound, exemplar in found.items() if bound != "0.05")
    text, content_type = exposition(registry)
    assert b"alert_id" not in text
    assert content_type.startswith("text/plain")
    assert list(plain(text.decode()))


def test_the_api_fills_its_own_section():
    """With no more than values and labels in the order of their declaration."""
    meter = ApiMetrics()
    meter.set(API_SUBSCRIBERS, 3, "sse")
    meter.observe(API_DELIVERY, 0.002, "sse", alert_id="4f2a91c03d7e5b68a1f0")
    text = exposition(registry_of(meter))[0].decode()
    assert 'floorwatch_api_subscribers{transport="sse"} 3.0' in text
    assert 'floorwatch_api_subscribers{transport="webhook"} 0.0' in text
    assert 'floorwatch_api_delivery_seconds_bucket{le="0.005",transport="sse"} 1.0' in text


def test_promtool_finds_nothing_to_say():
    """Names, units, types and help are as the maintainers of Prometheus want them."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("needs promtool: it comes with Prometheus (Debian: package prometheus)")
    meter = Meter(metrics_of(WORKER | API))
    for metric, histograms in meter.histograms.items():
        for labels in histograms:
            meter.observe(metric, 1, *labels)
    for metric in meter.values:
        meter.set(metric, 1, *(label.values[0] if label.values else "x" for label in metric.labels))
    text = exposition(registry_of(meter))[0]
    checked = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, check=False)
    assert (0, b"", b"") == (checked.returncode, checked.stdout, checked.stderr)
