"""
A rule that judges whole periods: a month, or a day, once it is sealed, by what the panel holds of it and before.

For every subject that it can say something of, it answers with a finding: a breach, clear, or too little to judge
by and what is lacking.  Findings fold into episodes as the days of every other rule do.
"""

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple

from alerts.model import Severity
from streams.episodes import Episode, EpisodePolicy, Verdict
from streams.months import first_day, last_day, month_of
from streams.panel import Panel
from streams.rules.evidence import Reader, day_text
from streams.rules.rule import DayRule, Words, told_on
from streams.rules.scope import Finding, Scope, ScopeKey
from streams.shapes import Kind


class Cadence(StrEnum):
    """How long a period is."""

    DAY = "day"
    MONTH = "month"

    def period_of(self, day: int) -> int:
        """Return the period that *day* (ordinal) falls in: itself, or the number of its month."""
        return day if self is Cadence.DAY else month_of(day)

    def begins_on(self, period: int) -> int:
        """Return the first day (ordinal) of *period*."""
        return period if self is Cadence.DAY else first_day(period)

    def ends_on(self, period: int) -> int:
        """Return the last day (ordinal) of *period*: the day that its findings are of."""
        return period if self is Cadence.DAY else last_day(period)


class Spell(NamedTuple):
    """What an episode keeps of its breach periods."""

    periods: int
    worst: Finding
    worst_day: int
    story: tuple[tuple[int, Severity], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodRule(DayRule):
    """The contract of a rule over periods, and what all of them share."""

    kind: ClassVar[Kind] = Kind.TRADE
    cadence: ClassVar[Cadence] = Cadence.MONTH
    across_products: ClassVar[bool] = False
    """Whether one judgement looks at all products of the mineral, or at one product at a time."""
    reach: ClassVar[int]
    """How many periods after a changed one may be judged differently: the longest window as shipped, less one."""
    remembers: ClassVar[int] = 0
    """How many periods before the one that is judged :meth:`judge_after` is told the breaches of."""
    policy: EpisodePolicy = EpisodePolicy(expire_days=70)

    @property
    def farthest(self) -> int:
        """Return the reach as the rule is set: no less than the longest ``window_months`` for any goods, less one."""
        reach = max(self.reach, self.most("window_months") - 1) if hasattr(self, "window_months") else self.reach
        return reach + self.remembers

    @abstractmethod
    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:
        """
        Return what *period* says of every subject that can be judged or lacks something, one finding each.

        *product* is the product to judge; empty where the rule looks across products.
        """

    def judge_after(
        self,
        panel: Panel,
        period: int,
        product: str,
        breached: frozenset[ScopeKey],  # noqa: ARG002 - for rules that have too many subjects to call each one clear
    ) -> Iterable[Finding]:
        """Judge *period* as :meth:`judge_period` does, knowing which subjects were in breach shortly before."""
        return self.judge_period(panel, period, product)

    @abstractmethod
    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Return a sentence on the worst period, and its figures, method and arithmetic as evidence."""

    def judge(self, scope: Scope, day: int) -> tuple[Verdict, Any]:
        """Return what was found of the scope in the period that ends on *day*."""
        finding = scope.findings.get(day)
        if finding is None:
            return Verdict.EMPTY, None
        if finding.verdict is not Verdict.BREACH:
            return finding.verdict, None
        return Verdict.BREACH, Spell(1, finding, day, ((day, finding.severity),))

    def merge(self, held: Spell, more: Spell) -> Spell:
        """Count the periods; the worst is the heavier, the earlier of equals."""
        worst = more if more.worst.weight > held.worst.weight else held
        story = told_on(held.story, more.story)
        return Spell(held.periods + more.periods, worst.worst, worst.worst_day, story)

    def words(self, scope: Scope, episode: Episode, reader: Reader) -> Words:  # noqa: ARG002 - the protocol's signature
        """Tell the worst period, and since when and how often it was like that."""
        spell: Spell = episode.detail
        summary, evidence = self.tell(scope.key, spell.worst)
        dates = {
            "first_breach_on": day_text(episode.start),
            "last_breach_on": day_text(episode.last_breach),
            "periods_in_breach": spell.periods,
            "period": str(self.cadence),
            "worst_period_ends_on": day_text(spell.worst_day),
        }
        return Words(summary, dates | evidence)
