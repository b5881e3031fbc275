"""
Judging periods: each once when it is sealed, and again when something within its reach changed.

What it keeps can be worked out again from the panel alone; what it hands out is the difference to what it said before.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from streams.cells import Lane
from streams.episodes import NEVER, Verdict
from streams.months import month_of
from streams.panel import Panel
from streams.rules.period_rule import Cadence, PeriodRule
from streams.rules.scope import Finding, ScopeKey

_TURN_MONTHS: Final = 6
"""How long the panel keeps what nobody asks for, twice as long at most: some rules look back only now and then."""
_ALL: Final = ""
"""Stands for the products of a rule that looks across them."""


class Changed(NamedTuple):
    """A subject of which a period says something else than before."""

    key: ScopeKey
    day: int
    finding: Finding | None
    """None where nothing is said any more."""
    again: bool
    """Whether the period had been judged before."""


class Lack(NamedTuple):
    """What a rule could not judge, and why: its coverage is insufficient."""

    rule: str
    product: str
    origin: str
    destination: str
    party: str
    missing: str


class _Due(NamedTuple):
    """One judgement to make: a period of a product, or of all of them."""

    ends_on: int
    product: str
    period: int


class PeriodJudge:
    """The findings of one mineral's period rules."""

    def __init__(self, panel: Panel, rules: Iterable[PeriodRule]) -> None:
        self._panel = panel
        self._rules: dict[tuple[Cadence, bool], list[PeriodRule]] = {}
        for rule in rules:
            self._rules.setdefault((rule.cadence, rule.across_products), []).append(rule)
        self._periods: dict[tuple[Cadence, str], list[int]] = {}
        """The periods in which a product has anything, sorted."""
        self._changed: dict[tuple[Cadence, str], set[int]] = {}
        """Those that were not judged since they changed."""
        self._next = NEVER
        """The first day on which one of them ends."""
        self._turn_in = NEVER
        """The month in which the panel lets go of what nobody asked for."""
        self._findings: dict[tuple[str, str], dict[int, dict[ScopeKey, Finding]]] = {}

    def note(self, lane: Lane, day: int) -> None:
        """Take note that *day* of *lane* changed."""
        self._panel.note(lane, day)
        for cadence, across in self._rules:
            product = _ALL if across else lane.key.product
            period = cadence.period_of(day)
            changed = self._changed.setdefault((cadence, product), set())
            if period in changed:
                continue
            changed.add(period)
            ends_on = cadence.ends_on(period)
            self._next = min(self._next, ends_on) if self._next else ends_on
            periods = self._periods.setdefault((cadence, product), [])
            place = bisect_left(periods, period)
            if place == len(periods) or periods[place] != period:
                periods.insert(place, period)

    def judge(self, sealed: int) -> Iterator[Changed]:
        """Judge every period that is sealed and not judged, and return what is said differently now."""
        if not self._next or sealed < self._next:
            return
        for (cadence, across), rules in self._rules.items():
            for rule in rules:
                for due in self._due(cadence, across=across, reach=rule.farthest, sealed=sealed):
                    yield from self._judge(rule, due)
        self._settle(sealed)
        self._panel.forget_rows()
        if month_of(sealed) >= self._turn_in:
            self._turn_in = month_of(sealed) + _TURN_MONTHS
            self._panel.turn()

    def lacks(self) -> list[Lack]:
        """Return what could not be judged in the last period of each subject, in order."""
        found = {}
        for by_period in self._findings.values():
            for _, findings in sorted(by_period.items()):
                found.update(findings)
        return sorted(
            Lack(key.rule, key.product, key.origin, key.destination, key.party, finding.lack)
            for key, finding in found.items()
            if finding.verdict is Verdict.EMPTY and finding.lack
        )

    def _breached(self, rule: PeriodRule, due: _Due) -> frozenset[ScopeKey]:
        """Return the subjects that were in breach in the periods before that *rule* remembers."""
        by_period = self._findings[rule.name, due.product]
        return frozenset(
            finding.key
            for period in range(due.period - rule.remembers, due.period)
            for finding in by_period.get(period, {}).values()
            if finding.verdict is Verdict.BREACH
        )

    def _due(self, cadence: Cadence, *, across: bool, reach: int, sealed: int) -> list[_Due]:
        """Return the sealed periods that changed, and those within reach of them."""
        due = []
        for (of, product), changed in self._changed.items():
            if of is not cadence or (product == _ALL) is not across:
                continue
            periods = self._periods[cadence, product]
            reached: set[int] = set()
            for period in changed:
                reached.update(periods[bisect_left(periods, period) : bisect_right(periods, period + reach)])
            due += [_Due(cadence.ends_on(period), product, period) for period in reached]
        return sorted(each for each in due if each.ends_on <= sealed)

    def _settle(self, sealed: int) -> None:
        """Keep in mind only what was not sealed yet."""
        for (cadence, _), changed in self._changed.items():
            changed -= {period for period in changed if cadence.ends_on(period) <= sealed}
        waiting = (cadence.ends_on(period) for (cadence, _), changed in self._changed.items() for period in changed)
        self._next = min(waiting, default=NEVER)

    def _judge(self, rule: PeriodRule, due: _Due) -> Iterator[Changed]:
        by_period = self._findings.setdefault((rule.name, due.product), {})
        before = by_period.get(due.period)
        # A period whose records were all taken back says nothing, as if they had never come.
        stands = self._panel.stands(due.product, rule.cadence.begins_on(due.period), due.ends_on)
        found = rule.judge_after(self._panel, due.period, due.product, self._breached(rule, due)) if stands else ()
        after = {finding.key: finding for finding in found}
        by_period[due.period] = after
        held = before or {}
        for key in sorted({*held, *after}):
            if held.get(key) != after.get(key):
                yield Changed(key, due.ends_on, after.get(key), again=before is not None)
