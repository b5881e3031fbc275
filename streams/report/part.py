"""What is said under one heading of a case, and what it comes to."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from alerts.arithmetic import Step
from alerts.explain import explain
from alerts.model import Alert


class Verdict(StrEnum):
    """What a heading comes to."""

    SIGNAL = "signal"
    NONE = "none found"
    UNKNOWN = "not known"
    NEGLIGIBLE = "negligible"
    NOT_NEGLIGIBLE = "not negligible"


class Part(NamedTuple):
    """What is said under one heading."""

    heading: str
    basis: str
    verdict: Verdict | None
    """None where the heading asks nothing."""
    words: tuple[str, ...]
    lacks: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    caption: str = ""
    steps: tuple[Step, ...] = ()


def steps_of(alerts: Iterable[Alert], *labels: str) -> tuple[Step, ...]:
    """Return the lines of the alerts' arithmetic whose label is, or begins with, one of *labels*."""
    found = [
        each.step
        for alert in alerts
        for each in explain(alert).steps
        if not each.section and each.step.label.startswith(labels)
    ]
    return tuple(dict.fromkeys(found))[:6]
