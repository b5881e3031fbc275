"""The page of docs/ that lists every metric."""

from collections.abc import Iterator

from alerts.metrics.catalogue import CATALOGUE, metrics_of
from alerts.metrics.declaration import Metric, Section


def page() -> str:
    """Return ``docs/metrics.md``: every metric with its type, labels, bound and meaning."""
    lines = [
        "# Metrics",
        "",
        "Generated from `alerts/metrics/catalogue.py` by `floorwatch metrics --markdown`; do not edit.",
        "",
        "A worker serves `/metrics`, `/healthz` and `/readyz` on 127.0.0.1:9480, the next worker of a machine on 9481",
        "and so on (`FLOORWATCH_METRICS_HOST`, `FLOORWATCH_METRICS_PORT`; port 0 turns it off). Counters begin at 0",
        "with the process. Gauges of prices and alerts are exposed by the worker that owns the mineral and no other,",
        "so `sum` and `max` over workers are right. Series: how many label sets a process exposes at most.",
    ]
    for section in Section:
        lines += ["", f"## {section}", "", "| metric | type | labels | series | meaning |", "|---|---|---|---|---|"]
        lines += [_line(metric) for metric in metrics_of([section])]
    lines += ["", "## Labels", "", "| label | values | meaning |", "|---|---|---|", *_label_lines()]
    return "\n".join(lines) + "\n"


def _line(metric: Metric) -> str:
    labels = ", ".join(f"`{label.name}`" for label in metric.labels)
    return f"| `{metric.full_name}` | {metric.type} | {labels} | {metric.bound} | {_cell(metric.help)} |"


def _label_lines() -> Iterator[str]:
    seen: dict[tuple[str, str, str], None] = {}
    for metric in CATALOGUE:
        for label in metric.labels:
            values = ", ".join(f"`{value}`" for value in label.values) or f"at most {label.most}"
            seen[label.name, values, _cell(label.meaning)] = None
    return (f"| `{name}` | {values} | {meaning} |" for name, values, meaning in sorted(seen))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
