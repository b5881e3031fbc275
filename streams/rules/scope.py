"""What a rule judges: one scope of a market, with the lanes it looks at and what was said of it."""

from bisect import insort
from fractions import Fraction
from typing import Any, NamedTuple

from alerts.model import Alert, Reason, Severity
from streams.cells import Lane
from streams.episodes import Episode, Track, Verdict


class ScopeKey(NamedTuple):
    """Names a scope; what a rule does not tell apart is empty."""

    rule: str
    product: str
    origin: str = ""
    destination: str = ""
    floor: str = ""
    party: str = ""
    """An exporter, importer or instrument, where the rule tells them apart."""

    def names(self) -> tuple[str, ...]:
        """Return what names the scope among those of its rule."""
        names = self[1:]
        return names if self.party else names[:-1]


class Finding(NamedTuple):
    """What a rule says of one subject in one period."""

    key: ScopeKey
    verdict: Verdict
    severity: Severity = Severity.INFO
    weight: Fraction = Fraction(0)
    """How bad it is, in the rule's own measure: of the periods of an episode the worst is shown."""
    detail: Any = None
    """The figures that the rule's words need; equal where nothing changed."""
    lack: str = ""
    """What is missing to judge by, where the verdict is ``EMPTY`` for that reason: insufficient coverage."""


class Published(NamedTuple):
    """What was last said of an episode."""

    episode: Episode | None
    """None after a restart, until it has been judged again."""
    alert: Alert


class Scope:
    """A scope's lanes, its fold, and the episodes that were published of it by their first day."""

    __slots__ = (
        "days",
        "findings",
        "flush",
        "key",
        "lanes",
        "noisy",
        "own_days",
        "published",
        "reason",
        "reworded",
        "track",
    )

    def __init__(self, key: ScopeKey, initial: object) -> None:
        self.key = key
        self.lanes: list[Lane] = []
        self.days: list[int] = []
        """The days any of its lanes has a cell, sorted; a single lane's own list."""
        self.own_days = False
        self.findings: dict[int, Finding] = {}
        """By the last day of the period, what a rule over periods found."""
        self.track = Track(initial)
        self.published: dict[int, Published] = {}
        self.noisy = False
        """Whether any day ever gave the rule something to find; until then there is nothing to fold."""
        self.flush = False
        """Whether what is new is told at once, because sealed days changed or reference data did."""
        self.reworded = False
        """Whether evidence may have changed where episodes did not: records were corrected or judged anew."""
        self.reason: Reason | None = None
        """Why the scope is judged again, where that was not simply a new record."""

    def watch(self, lane: Lane) -> None:
        """Add *lane* to the scope."""
        if not self.lanes:
            self.days = lane.days
        elif not self.own_days:
            self.days, self.own_days = sorted({*self.days, *lane.days}), True
        self.lanes.append(lane)

    def find(self, day: int, finding: Finding | None) -> None:
        """Take what a rule over periods says of the period that ends on *day*, None where it says nothing any more."""
        if finding is None:
            self.findings.pop(day, None)
        else:
            self.findings[day] = finding
        self.own_days = True
        self.note(day)

    def note(self, day: int) -> None:
        """Take note that one of the lanes changed on *day*."""
        if self.own_days:
            self._insert(day)
        self.track.rewind(day)

    def _insert(self, day: int) -> None:
        if not self.days or day > self.days[-1]:
            self.days.append(day)
        elif day not in self.days:
            insort(self.days, day)
