"""Measuring: plain numbers while the work is done, families of Prometheus when they are asked for."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.core import Metric as Family
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar

from alerts.metrics.catalogue import API, SERIES_LEFT_OUT, metrics_of
from alerts.metrics.declaration import OTHER, Metric, Overflow, Type


class Histogram:
    """Counts by bucket, the sum, and for each bucket the last exemplar."""

    __slots__ = ("bounds", "counts", "exemplars", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total: float = 0
        self.exemplars: dict[int, Exemplar] = {}

    def observe(self, value: float, alert_id: str | None = None) -> None:
        """Count *value*; *alert_id* becomes the exemplar of its bucket."""
        place = bisect_left(self.bounds, value)
        self.counts[place] += 1
        self.total += value
        if alert_id is not None:
            self.exemplars[place] = Exemplar({"alert_id": alert_id}, value)

    def buckets(self) -> list[tuple[str, float] | tuple[str, float, Exemplar]]:
        """Return the cumulated counts as the client library wants them."""
        found: list[tuple[str, float] | tuple[str, float, Exemplar]] = []
        running = 0
        exemplars = dict(self.exemplars)
        for place, count in enumerate(list(self.counts)):
            running += count
            bound = f"{float(self.bounds[place])}" if place < len(self.bounds) else "+Inf"
            exemplar = exemplars.get(place)
            found.append((bound, running) if exemplar is None else (bound, running, exemplar))
        return found


Series = Mapping[tuple[str, ...], float]


class Meter:
    """
    The numbers of some metrics, by label values; plain dictionaries, written by one thread and read by any.

    Label values are given in the order in which the metric declares its labels.
    """

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self.metrics = tuple(metrics)
        self.values: dict[Metric, dict[tuple[str, ...], float]] = {
            metric: dict.fromkeys(metric.known if metric.type is Type.COUNTER else (), 0)
            for metric in self.metrics
            if metric.type is not Type.HISTOGRAM
        }
        self.histograms: dict[Metric, dict[tuple[str, ...], Histogram]] = {
            metric: {labels: Histogram(metric.buckets) for labels in metric.known}
            for metric in self.metrics
            if metric.type is Type.HISTOGRAM
        }

    def add(self, metric: Metric, *labels: str, by: float = 1) -> None:
        """Add *by* to a counter, or to a gauge that is added up."""
        values = self.values[metric]
        values[labels] = values.get(labels, 0) + by

    def set(self, metric: Metric, value: float, *labels: str) -> None:
        """Set a gauge."""
        self.values[metric][labels] = value

    def replace(self, metric: Metric, values: Series) -> None:
        """Set all of a gauge's values; label sets that are not among them are gone."""
        self.values[metric] = dict(values)

    def observe(self, metric: Metric, value: float, *labels: str, alert_id: str | None = None) -> None:
        """Count *value* in a histogram; *alert_id* becomes its bucket's exemplar."""
        self.histograms[metric][labels].observe(value, alert_id)

    def families(self) -> Iterator[Family]:
        """Yield every metric with what is known of it, within its bound."""
        left_out = 0
        for metric in self.metrics:
            if metric is SERIES_LEFT_OUT:
                continue
            if metric.type is Type.HISTOGRAM:
                yield _histogram(metric, self.histograms[metric])
                continue
            values, over = bounded(metric, dict(self.values[metric]))
            left_out += over
            yield _family(metric, values)
        if SERIES_LEFT_OUT in self.metrics:
            yield _family(SERIES_LEFT_OUT, {(): left_out})


def bounded(metric: Metric, values: Series) -> tuple[Series, int]:
    """
    Return *values* within the bound of *metric*, and how many label sets were too many.

    The first in the order of their labels are kept, so that the same ones are kept at every scrape.
    """
    over = len(values) - metric.bound
    if over <= 0:
        return values, 0
    places = sorted(values)
    kept = {labels: values[labels] for labels in places[: metric.bound]}
    if metric.type is Type.COUNTER or metric.overflow is Overflow.ADD:
        for labels in places[metric.bound :]:
            folded = tuple(value if label.values else OTHER for label, value in zip(metric.labels, labels, strict=True))
            kept[folded] = kept.get(folded, 0) + values[labels]
    return kept, over


def _family(metric: Metric, values: Series) -> Family:
    names = [label.name for label in metric.labels]
    kind = CounterMetricFamily if metric.type is Type.COUNTER else GaugeMetricFamily
    family: CounterMetricFamily | GaugeMetricFamily = kind(metric.full_name, metric.help, labels=names)
    for labels, value in sorted(values.items()):
        family.add_metric(labels, value)
    return family


def _histogram(metric: Metric, histograms: Mapping[tuple[str, ...], Histogram]) -> Family:
    family = HistogramMetricFamily(metric.full_name, metric.help, labels=[label.name for label in metric.labels])
    for labels, each in sorted(histograms.items()):
        family.add_metric(labels, each.buckets(), each.total)
    return family


class MeterCollector(Collector):
    """Shows a meter to Prometheus; *refresh* is called first, to bring the gauges up to date."""

    def __init__(self, meter: Meter, refresh: Callable[[], None] = lambda: None) -> None:
        self._meter = meter
        self._refresh = refresh

    def collect(self) -> Iterator[Family]:
        """Yield every metric of the meter."""
        self._refresh()
        yield from self._meter.families()

    def describe(self) -> Iterator[Family]:
        """Yield every metric without values: registering one measures nothing."""
        for metric in self._meter.metrics:
            yield _histogram(metric, {}) if metric.type is Type.HISTOGRAM else _family(metric, {})


def registry_of(meter: Meter, refresh: Callable[[], None] = lambda: None) -> CollectorRegistry:
    """Return a registry of *meter* and of the process it runs in."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(MeterCollector(meter, refresh))
    ProcessCollector(registry=registry)
    return registry


def exposition(registry: CollectorRegistry, accept: str = "") -> tuple[bytes, str]:
    """Return what *registry* shows and its content type, in the format that *accept* (the HTTP header) asks for."""
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


class ApiMetrics(Meter):
    """
    What the API measures.

    ``meter.add(API_CHANGES_SENT, "sse")``, ``meter.set(API_SUBSCRIBERS, 3, "sse")``,
    ``meter.observe(API_DELIVERY, seconds, "sse", alert_id=...)``; ``exposition(registry_of(meter), accept)`` is the
    answer to ``/metrics``.
    """

    def __init__(self) -> None:
        super().__init__(metrics_of(API))
        for metric in self.metrics:
            if metric.type is Type.GAUGE:
                self.replace(metric, dict.fromkeys(metric.known, 0))
