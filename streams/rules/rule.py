"""
What every rule is: settings, a pure fold over days, and words for what it found.

A rule never sees a clock, a broker or another rule.  It reads cells through its scope and answers with
episodes; the market turns the difference between what it says now and what was published into alert
changes.
"""

from bisect import bisect_left
from collections.abc import Iterable
from typing import Any, ClassVar, NamedTuple, Protocol

from alerts.model import Severity
from streams.cells import Lane
from streams.episodes import NEVER, NO_EPISODES, Episode, EpisodePolicy, Episodes, Verdict, end_of, settle, step
from streams.rules.evidence import Reader
from streams.rules.scope import Scope, ScopeKey
from streams.rules.settings import Configurable
from streams.shapes import Kind


class Words(NamedTuple):
    """What a rule says of an episode."""

    summary: str
    evidence: dict[str, Any]


class Rule(Protocol):
    """The contract of a rule; ``tests/property`` holds every registered rule to it."""

    name: ClassVar[str]
    kind: ClassVar[Kind]
    """Which lanes it watches: of trades or of ticks."""
    immediate: ClassVar[bool]
    """Whether it judges days at once, or only once they are sealed."""
    steady: ClassVar[bool]
    """Whether a lane's scopes are the same on all of its days."""
    initial: ClassVar[object]

    @property
    def policy(self) -> EpisodePolicy:
        """When its episodes open and end."""

    def at(self, product: str, origin: str = "") -> "Rule":
        """Return the rule as it is set for goods of *product* from *origin*."""

    def scope_keys(self, lane: Lane, day: int) -> Iterable[ScopeKey]:
        """Return the scopes that *day* (ordinal) of *lane* belongs to; a lane stays in a scope it once belonged to."""

    def quiet(self, lane: Lane, day: int) -> bool:
        """Return whether the day of *lane* alone can neither begin nor end anything; cheap, may err towards False."""

    def advance(self, scope: Scope, state: Any, day: int, sealed: int) -> Any:
        """Return the fold's state after *day*."""

    def settle(self, scope: Scope, state: Any, sealed: int) -> Any:
        """Return the state with all that the passing of sealed days alone decides."""

    def due(self, scope: Scope, state: Any) -> int:
        """Return the next day whose sealing alone may change the state, or ``NEVER``."""

    def episodes(self, state: Any) -> tuple[Episode, ...]:
        """Return the episodes that opened."""

    def severity(self, episode: Episode) -> Severity:
        """Return how serious *episode* is at its worst."""

    def story(self, episode: Episode) -> tuple[tuple[int, Severity], ...]:
        """Return the days on which the episode's severity rose, from its first."""

    def words(self, scope: Scope, episode: Episode, reader: Reader) -> Words:
        """Return the summary and the evidence of *episode*."""


class Told(NamedTuple):
    """The part of a breach day's detail that every rule keeps: when it got worse."""

    story: tuple[tuple[int, Severity], ...]


def told_on(story: tuple[tuple[int, Severity], ...], more: tuple[tuple[int, Severity], ...]) -> Any:
    """Return *story* continued by the entries of *more* that are worse than all before."""
    for entry in more:
        if not story or entry[1].rank > story[-1][1].rank:
            story = (*story, entry)
    return story


class DayRule(Configurable):
    """A rule that judges each day by that day's cells alone; its state is the episodes."""

    name: ClassVar[str]
    initial: ClassVar[object] = NO_EPISODES
    price_alert: ClassVar[bool] = True
    """Whether only low prices are found: then prices that are all higher by one factor open nothing."""
    scale_free: ClassVar[bool] = True
    """Whether ten times the goods are judged alike: no amount of its own decides."""
    immediate: ClassVar[bool] = True
    steady: ClassVar[bool] = True
    policy: EpisodePolicy

    def scope_keys(self, lane: Lane, day: int) -> Iterable[ScopeKey]:  # noqa: ARG002 - the protocol's signature
        """Return the lane itself as the one scope."""
        return (ScopeKey(self.name, lane.key.product, lane.key.origin, lane.key.destination),)

    def quiet(self, lane: Lane, day: int) -> bool:  # noqa: ARG002 - the protocol's signature
        """Return False: every day may matter."""
        return False

    def judge(self, scope: Scope, day: int) -> tuple[Verdict, Any]:
        """Return what *day* says of the scope, and the detail of a breach."""
        raise NotImplementedError

    def merge(self, held: Any, more: Any) -> Any:
        """Return the detail of two breach spells together, *more* being the later."""
        raise NotImplementedError

    def advance(self, scope: Scope, state: Episodes, day: int, sealed: int) -> Episodes:
        """Judge *day* and add it to the episodes."""
        verdict, detail = self.judge(scope, day)
        return step(state, day, verdict, detail, policy=self.policy, merge=self.merge, sealed=sealed)

    def settle(self, scope: Scope, state: Episodes, sealed: int) -> Episodes:  # noqa: ARG002 - the protocol's signature
        """End what the passing of sealed days ends."""
        return settle(state, sealed, policy=self.policy)

    def due(self, scope: Scope, state: Episodes) -> int:  # noqa: ARG002 - the protocol's signature
        """Return the day on which the run under way ends by itself."""
        return end_of(state.run, self.policy)[0] if state.run else NEVER

    def episodes(self, state: Episodes) -> tuple[Episode, ...]:
        """Return the episodes that opened."""
        return state.opened

    def severity(self, episode: Episode) -> Severity:
        """Return the last entry of the story: the worst so far."""
        return self.story(episode)[-1][1]

    def story(self, episode: Episode) -> tuple[tuple[int, Severity], ...]:
        """Return the story that the detail carries."""
        story: tuple[tuple[int, Severity], ...] = episode.detail.story
        return story


class WindowState(NamedTuple):
    """A sliding window's sums, the first day still inside it, and the episodes so far."""

    sums: tuple[int, ...]
    oldest: int
    """First day in the window, ``NEVER`` when it is empty."""
    newest: int
    episodes: Episodes


class WindowRule(DayRule):
    """
    A rule that judges a lane over the last ``window_days`` days each time a day enters or leaves the window.

    The window's sums are part of the state: a day is added once and taken out once, so the cost of a
    day does not depend on the window's length.
    """

    initial: ClassVar[object] = None
    immediate: ClassVar[bool] = False
    window_days: int
    fields: ClassVar[int]

    def day_sums(self, lane: Lane, day: int) -> tuple[int, ...]:
        """Return what *day* adds to the window."""
        raise NotImplementedError

    def judge_window(self, sums: tuple[int, ...], day: int) -> tuple[Verdict, Any]:
        """Return what the window ending on *day* says."""
        raise NotImplementedError

    def start(self) -> WindowState:
        """Return the state before any day."""
        return WindowState((0,) * self.fields, NEVER, NEVER, NO_EPISODES)

    def advance(self, scope: Scope, state: Any, day: int, sealed: int) -> Any:
        """Let leave what leaves before *day* or on it, let *day* enter, and judge."""
        added = self.day_sums(scope.lanes[0], day) if day <= sealed else ()
        if not any(added):
            return state
        state = self._leave(scope, state or self.start(), day - 1, sealed)
        state = self._drop(scope, state, day)
        sums = tuple(map(int.__add__, state.sums, added))
        state = state._replace(sums=sums, newest=day, oldest=state.oldest or day)
        return self._judge(state, day, sealed)

    def settle(self, scope: Scope, state: Any, sealed: int) -> Any:
        """Let leave all that sealed days let leave, and end what they end."""
        state = self._leave(scope, state or self.start(), sealed, sealed)
        return state._replace(episodes=settle(state.episodes, sealed, policy=self.policy))

    def due(self, scope: Scope, state: Any) -> int:
        """Return the day on which the oldest day leaves the window, or the run ends, whichever is first."""
        days = [day for day in (super().due(scope, state.episodes), self._leaves(state)) if day != NEVER]
        return min(days, default=NEVER)

    def episodes(self, state: Any) -> tuple[Episode, ...]:
        """Return the episodes that opened."""
        opened: tuple[Episode, ...] = state.episodes.opened
        return opened

    def _leaves(self, state: WindowState) -> int:
        return state.oldest + self.window_days if state.oldest != NEVER else NEVER

    def _leave(self, scope: Scope, state: WindowState, through: int, sealed: int) -> WindowState:
        while state.oldest != NEVER and (day := self._leaves(state)) <= through:
            state = self._judge(self._drop(scope, state, day), day, sealed)
        return state

    def _drop(self, scope: Scope, state: WindowState, day: int) -> WindowState:
        """Take out of the sums the days that are no longer inside the window on *day*."""
        lane = scope.lanes[0]
        while state.oldest != NEVER and state.oldest + self.window_days <= day:
            sums = tuple(map(int.__sub__, state.sums, self.day_sums(lane, state.oldest)))
            state = state._replace(sums=sums, oldest=self._next_day(lane, state.oldest, state.newest))
        return state

    def _judge(self, state: WindowState, day: int, sealed: int) -> WindowState:
        verdict, detail = self.judge_window(state.sums, day)
        episodes = step(state.episodes, day, verdict, detail, policy=self.policy, merge=self.merge, sealed=sealed)
        return state._replace(episodes=episodes)

    def _next_day(self, lane: Lane, after: int, newest: int) -> int:
        """Return the first day later than *after* that the window took in with something on it, or ``NEVER``."""
        days = lane.days
        for index in range(bisect_left(days, after + 1), len(days)):
            if days[index] > newest:
                break
            if any(self.day_sums(lane, days[index])):
                return days[index]
        return NEVER
