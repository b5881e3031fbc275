"""
From daily verdicts to episodes: when a breach begins, holds, clears and ends.

An episode is a fold over a scope's judged days in event-time order.  It is told each day's verdict
and how far days are sealed, and decides nothing that a record still allowed to arrive could undo:
an ending counts only once its day is sealed.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any, Final, NamedTuple

NEVER: Final = 0


class Verdict(Enum):
    """What one day says of a scope."""

    BREACH = "breach"
    CLEAR = "clear"
    EMPTY = "empty"
    """Nothing to judge by: no trade, or too little of it."""


class Ending(StrEnum):
    """How an episode ended."""

    RESOLVED = "resolved"
    EXPIRED = "expired"
    """No trade came to say that it was over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodePolicy:
    """The hysteresis of a rule: enter fast, leave slowly; all counts are of judged days or calendar days."""

    open_after: int = 1
    """Consecutive breach days before the episode opens."""
    clear_days: int = 0
    """Days since the last breach before a clear day ends the episode."""
    expire_days: int | None = None
    """Days since the last breach after which silence ends the episode."""
    empty_breaks: bool = False
    """Whether an empty day ends a run, or is passed over."""


class Episode(NamedTuple):
    """One run of breaches; days are ordinals, ``NEVER`` where it has not come to that."""

    start: int
    last_breach: int
    length: int
    opened: int = NEVER
    first_clear: int = NEVER
    closed: int = NEVER
    ending: Ending | None = None
    detail: Any = None
    """What the rule adds up over the breach days."""


class Episodes(NamedTuple):
    """The episodes of a scope so far: those that ended, and the run under way if there is one."""

    ended: tuple[Episode, ...] = ()
    run: Episode | None = None
    longest: int = 0
    """The longest run, opened or not."""

    @property
    def opened(self) -> tuple[Episode, ...]:
        """Every episode that opened, in order."""
        if self.run is None or self.run.opened == NEVER:
            return self.ended
        return (*self.ended, self.run)


NO_EPISODES: Final = Episodes()

Merge = Callable[[Any, Any], Any]


def step(
    episodes: Episodes, day: int, verdict: Verdict, detail: object, *, policy: EpisodePolicy, merge: Merge, sealed: int
) -> Episodes:
    """Return *episodes* after one judged day; days come in order, *merge* adds a breach day's detail to the run's."""
    episodes = settle(episodes, min(day, sealed), policy=policy)
    if verdict is Verdict.BREACH:
        return _breach(episodes, day, detail, policy=policy, merge=merge)
    run = episodes.run
    if run is None or (verdict is Verdict.EMPTY and not policy.empty_breaks):
        return episodes
    if run.opened == NEVER:
        return episodes._replace(run=None)
    if run.first_clear == NEVER:
        episodes = episodes._replace(run=run._replace(first_clear=day))
    return settle(episodes, min(day, sealed), policy=policy)


def settle(episodes: Episodes, through: int, *, policy: EpisodePolicy) -> Episodes:
    """Return *episodes* with the run ended if its end falls on or before the day *through*."""
    run = episodes.run
    if run is None:
        return episodes
    closing, ending = end_of(run, policy)
    if closing == NEVER or closing > through:
        return episodes
    if run.opened == NEVER:
        return episodes._replace(run=None)
    return episodes._replace(ended=(*episodes.ended, run._replace(closed=closing, ending=ending)), run=None)


def end_of(run: Episode, policy: EpisodePolicy) -> tuple[int, Ending | None]:
    """Return the day on which *run* ends unless a breach comes before, and how; ``(NEVER, None)`` if it does not."""
    if run.first_clear != NEVER:
        return max(run.first_clear, run.last_breach + policy.clear_days), Ending.RESOLVED
    if policy.expire_days is not None:
        return run.last_breach + policy.expire_days, Ending.EXPIRED
    return NEVER, None


def _breach(episodes: Episodes, day: int, detail: object, *, policy: EpisodePolicy, merge: Merge) -> Episodes:
    run = episodes.run
    if run is None:
        run = Episode(start=day, last_breach=day, length=1, detail=detail)
    else:
        run = run._replace(last_breach=day, length=run.length + 1, first_clear=NEVER, detail=merge(run.detail, detail))
    if run.opened == NEVER and run.length >= policy.open_after:
        run = run._replace(opened=day)
    return episodes._replace(run=run, longest=max(episodes.longest, run.length))


_CHECKPOINT_EVERY: Final = 32

Advance = Callable[[Any, int, int], Any]


class Track:
    """
    A fold over a growing list of days that can be taken back to any of them.

    It keeps the state after every sealed day that was folded, with checkpoints, so that one more day
    costs one step and a late day costs the steps since the checkpoint before it, however long the
    window or the history.
    """

    __slots__ = ("_checkpoints", "_folded", "_initial", "_state", "through")

    def __init__(self, initial: object) -> None:
        self._initial = initial
        self._state = initial
        self.through = NEVER
        self._folded = 0
        self._checkpoints: list[tuple[int, object]] = []

    def rewind(self, day: int) -> None:
        """Forget what was folded from *day* on, because that day changed."""
        if day > self.through:
            return
        while self._checkpoints and self._checkpoints[-1][0] >= day:
            self._checkpoints.pop()
        self.through, self._state = self._checkpoints[-1] if self._checkpoints else (NEVER, self._initial)
        self._folded = 0

    def fold(self, days: Sequence[int], advance: Advance, sealed: int) -> Any:
        """
        Return the state after all *days* (sorted), of which those past *sealed* are provisional.

        ``advance(state, day, sealed)`` is pure; provisional days are folded on top and not kept.
        """
        index = bisect_right(days, self.through)
        last = len(days)
        while index < last and days[index] <= sealed:
            self._keep(days[index], advance(self._state, days[index], sealed))
            index += 1
        state = self._state
        for day in days[index:]:
            state = advance(state, day, sealed)
        return state

    def _keep(self, day: int, state: object) -> None:
        self.through, self._state = day, state
        self._folded += 1
        if self._folded >= _CHECKPOINT_EVERY:
            self._checkpoints.append((day, state))
            self._folded = 0
