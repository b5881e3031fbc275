"""What is said of a metric when it is declared: name, type, labels and how many values each may have."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Final

PREFIX: Final = "floorwatch_"
OTHER: Final = "other"
"""The label value under which counts past a metric's bound are added up."""

SERIES_MOST: Final = 2000
"""How many label sets a metric may have where nothing less is declared."""


class Type(StrEnum):
    """The kinds of metric of the Prometheus data model that are used."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Section(StrEnum):
    """Who exposes a metric, and for whom."""

    BUSINESS = "Prices and alerts"
    PIPELINE = "The pipeline"
    API = "The API and deliveries"
    PROCESS = "The process"


class Overflow(StrEnum):
    """What becomes of label sets past a metric's bound."""

    ADD = "added up as other"
    LEAVE_OUT = "left out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label, what it says and how many values it may have."""

    name: str
    meaning: str
    values: tuple[str, ...] = ()
    """Every value there is, where that is known beforehand."""
    most: int = 0
    """How many there may be at most, where they come with the data."""

    @property
    def bound(self) -> int:
        """How many values there may be."""
        return len(self.values) or self.most


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Metric:
    """One metric as declared; equal to no other."""

    name: str
    """Without the prefix; a counter's ends in ``_total``."""
    type: Type
    help: str
    section: Section
    labels: tuple[Label, ...] = ()
    buckets: tuple[float, ...] = ()
    """Of a histogram: the upper bounds, without the infinite one."""
    overflow: Overflow = Overflow.LEAVE_OUT
    """For gauges; counts are always added up."""
    series_most: int = SERIES_MOST
    optional: bool = False
    """Whether it may be without samples in normal running; the help says when it has some."""

    @property
    def full_name(self) -> str:
        """The name as Prometheus has it."""
        return self.name if self.section is Section.PROCESS else PREFIX + self.name

    @property
    def bound(self) -> int:
        """How many label sets it may have."""
        most = 1
        for label in self.labels:
            most *= label.bound
        return min(most, self.series_most)

    @property
    def known(self) -> tuple[tuple[str, ...], ...]:
        """Return every label set, where all are known beforehand; else none."""
        if not all(label.values for label in self.labels):
            return ()
        return tuple(product(*(label.values for label in self.labels)))
