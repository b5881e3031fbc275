"""What dashboards and rules ask of Prometheus, read from the files that Grafana and Prometheus read."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import promql_parser
import yaml

from alerts.metrics.catalogue import CATALOGUE
from alerts.metrics.declaration import Type

CHECKOUT: Final = Path(__file__).resolve().parents[1]
DASHBOARDS: Final = CHECKOUT / "deploy" / "grafana" / "dashboards"
PROMETHEUS: Final = CHECKOUT / "deploy" / "prometheus"
PRODUCT: Final = "silicon|metal"
"""What is chosen where one product is."""
FOREIGN: Final = {"up": {"job", "instance"}, "ALERTS": {"alertname", "alertstate", "severity", "job", "instance"}}
"""Metrics that Prometheus makes by itself, with the labels that are used of them."""

_VARIABLES: Final = {"$job": "floorwatch.*", "$__rate_interval": "1m", "$__interval": "15s", "$__range": "1h"}


@dataclass(frozen=True)
class Expression:
    """An expression, where it stands, and the group of those one of which must have samples."""

    place: str
    text: str
    panel: str = ""

    def filled_in(self, rate_interval: str = "1m") -> str:
        """Return the expression with every variable at its widest, as Grafana fills in what is chosen at first."""
        text = self.text.replace("$__rate_interval", rate_interval).replace('="$product"', f'="{PRODUCT}"')
        for name, value in _VARIABLES.items():
            text = text.replace(name, value)
        return re.sub(r"\$\{?\w+\}?", ".+", text)

    def selectors(self) -> list[Any]:
        """Return every vector selector in it."""
        found: list[Any] = []

        def visit(node: Any) -> None:
            if isinstance(node, promql_parser.VectorSelector):
                found.append(node)

        promql_parser.walk(promql_parser.parse(self.filled_in()), visit)
        return found


def dashboards() -> dict[str, dict[str, Any]]:
    """Return every dashboard by the name of its file."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(DASHBOARDS.glob("*.json"))}


def panels(board: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the panels of a dashboard, rows left out."""
    for panel in board["panels"]:
        if panel["type"] != "row":
            yield panel
        yield from panel.get("panels", ())


def panel_expressions() -> list[Expression]:
    """Return what the panels ask."""
    return [
        Expression(f"{name}: {panel['title']}, {target['refId']}", target["expr"], f"{name}: {panel['title']}")
        for name, board in dashboards().items()
        for panel in panels(board)
        for target in panel["targets"]
    ]


def annotation_expressions() -> list[Expression]:
    """Return what the lines across the graphs ask."""
    return [
        Expression(f"{name}: {each['name']}", each["expr"])
        for name, board in dashboards().items()
        for each in board["annotations"].get("list", ())
    ]


def rules() -> list[dict[str, Any]]:
    """Return every rule, with its file and group."""
    return [
        rule | {"file": path.name, "group": group["name"]}
        for path in sorted((PROMETHEUS / "rules").glob("*.yml"))
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
    ]


def rule_expressions() -> list[Expression]:
    """Return what the rules ask."""
    return [Expression(rule.get("alert") or rule["record"], rule["expr"]) for rule in rules()]


def exposed() -> dict[str, set[str]]:
    """Return the labels of every metric that the catalogue, the recording rules and Prometheus itself provide."""
    found = {name: set(labels) for name, labels in FOREIGN.items()}
    for metric in CATALOGUE:
        labels = {label.name for label in metric.labels} | {"job", "instance"}
        if metric.type is Type.HISTOGRAM:
            found |= {
                f"{metric.full_name}_bucket": labels | {"le"},
                f"{metric.full_name}_sum": labels,
                f"{metric.full_name}_count": labels,
            }
        else:
            found[metric.full_name] = labels
    for rule in rules():
        if "record" in rule:
            found[rule["record"]] = set(rule["record"].split(":")[0].split("_"))
    return found


def optional_metrics() -> set[str]:
    """Return the metrics that may be without samples in normal running."""
    return {metric.full_name for metric in CATALOGUE if metric.optional}


def known_values() -> dict[tuple[str, str], set[str]]:
    """Return the values of each metric's label, where all are known beforehand."""
    found = {}
    for metric in CATALOGUE:
        for label in metric.labels:
            if label.values:
                for suffix in ("", "_bucket", "_sum", "_count"):
                    found[metric.full_name + suffix, label.name] = set(label.values)
    return found
