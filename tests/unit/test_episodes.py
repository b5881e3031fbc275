"""From daily verdicts to episodes: when a breach begins, holds, clears and ends."""

from bisect import bisect_left, bisect_right
from functools import reduce
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.episodes import NEVER, NO_EPISODES, Ending, EpisodePolicy, Track, Verdict, end_of, settle, step

B, C, E = Verdict.BREACH, Verdict.CLEAR, Verdict.EMPTY
ALL_DAYS = 10_000
QUICK = EpisodePolicy(clear_days=7, expire_days=30)


def episodes(verdicts, *, policy=QUICK, sealed=ALL_DAYS):
    """Return the episodes of verdicts by day, each breach day's detail being 1."""
    state = NO_EPISODES
    for day, verdict in sorted(verdicts.items()):
        state = step(state, day, verdict, 1, policy=policy, merge=int.__add__, sealed=sealed)
    return settle(state, sealed, policy=policy)


def told(verdicts, **choices):
    """Return start, end and ending of each episode that opened."""
    return [(each.start, each.closed, each.ending) for each in episodes(verdicts, **choices).opened]


@pytest.mark.parametrize(
    ("clear_on", "closed"),
    [
        pytest.param(16, 17, id="clear-before-the-seventh-day"),
        pytest.param(17, 17, id="clear-on-the-seventh-day"),
        pytest.param(18, 18, id="clear-after-the-seventh-day"),
    ],
)
def test_a_breach_ends_when_it_is_clear_and_the_waiting_is_over(clear_on, closed):
    """A clear day ends a breach no sooner than seven days after the last breach, and on that day at the earliest."""
    assert [(10, closed, Ending.RESOLVED)] == told({10: B, clear_on: C})


@pytest.mark.parametrize(
    ("again", "starts"),
    [
        pytest.param(16, [10], id="before-the-end"),
        pytest.param(17, [10, 17], id="on-the-day-of-the-end"),
        pytest.param(18, [10, 18], id="after-the-end"),
    ],
)
def test_a_breach_before_the_end_goes_on_and_one_from_then_on_is_new(again, starts):
    """The end comes first on its day: a breach on that very day begins another episode."""
    assert starts == [start for start, _, _ in told({10: B, 11: C, again: B})]


@pytest.mark.parametrize(
    ("sealed", "ending"),
    [
        pytest.param(39, None, id="a-day-short"),
        pytest.param(40, Ending.EXPIRED, id="at"),
        pytest.param(41, Ending.EXPIRED, id="a-day-later"),
    ],
)
def test_silence_ends_a_breach_after_its_days(sealed, ending):
    """A breach that nothing follows expires thirty days after its last day, once that day is complete."""
    assert [ending] == [each for _, _, each in told({10: B}, sealed=sealed)]


@pytest.mark.parametrize(
    ("sealed", "closed"),
    [
        pytest.param(16, NEVER, id="not-yet-sealed"),
        pytest.param(17, 17, id="sealed"),
        pytest.param(18, 17, id="long-sealed"),
    ],
)
def test_an_ending_counts_once_its_day_is_complete(sealed, closed):
    """As long as a breach may still come in time, the episode is not over."""
    assert [closed] == [each for _, each, _ in told({10: B, 11: C}, sealed=sealed)]


@pytest.mark.parametrize(
    ("breaches", "opened"),
    [
        pytest.param(2, [], id="one-short"),
        pytest.param(3, [3], id="at"),
        pytest.param(4, [3], id="one-more"),
    ],
)
def test_an_episode_opens_after_as_many_breaches_as_the_rule_asks(breaches, opened):
    """The day of the last breach that was asked for is the day it opened; its start is the first."""
    policy = EpisodePolicy(open_after=3)

    assert opened == [each.opened for each in episodes(dict.fromkeys(range(1, breaches + 1), B), policy=policy).opened]


def test_a_clear_day_starts_the_count_anew():
    """Breaches are consecutive among judged days: one clear day between them and the run begins again."""
    state = episodes({1: B, 2: B, 3: C, 4: B, 5: B}, policy=EpisodePolicy(open_after=3))

    assert ((), 2) == (state.opened, state.longest)


@pytest.mark.parametrize(
    ("breaks", "starts"),
    [pytest.param(False, [1], id="passed-over"), pytest.param(True, [1, 3], id="breaks")],
)
def test_an_empty_day_breaks_a_run_only_where_the_rule_says_so(breaks, starts):
    """A day without trade is no verdict, unless the rule takes it for one."""
    assert starts == [start for start, _, _ in told({1: B, 2: E, 3: B}, policy=EpisodePolicy(empty_breaks=breaks))]


def test_a_breach_after_a_clear_day_takes_it_back():
    """A clear day within the waiting time does not count once goods are in breach again."""
    assert [(10, 25, Ending.RESOLVED)] == told({10: B, 11: C, 15: B, 25: C})


def test_the_details_of_all_breach_days_add_up():
    """What a rule adds up over an episode is that of its breach days, and of no other."""
    (episode,) = episodes({10: B, 11: C, 12: B, 13: E, 14: B}).opened

    assert (3, 3, 14) == (episode.detail, episode.length, episode.last_breach)


def test_a_run_that_never_opened_leaves_no_trace():
    """Its end is no news: nobody was told of its beginning."""
    policy = EpisodePolicy(open_after=3, expire_days=5)

    assert ((), None) == (episodes({1: B}, policy=policy).opened, episodes({1: B}, policy=policy).run)


def test_without_a_limit_a_breach_lasts():
    """A rule without an expiry waits for a clear day as long as it takes."""
    run = episodes({1: B}, policy=EpisodePolicy()).run

    assert (NEVER, None) == end_of(run, EpisodePolicy())


verdicts = st.dictionaries(st.integers(1, 200), st.sampled_from([B, B, C, E]), max_size=60)
policies = st.builds(
    EpisodePolicy,
    open_after=st.integers(1, 3),
    clear_days=st.integers(0, 10),
    expire_days=st.none() | st.integers(1, 40),
    empty_breaks=st.booleans(),
)


@given(verdicts, policies)
def test_episodes_do_not_overlap(verdicts, policy):
    """One ends before or on the day the next begins; each begins and ends with a breach."""
    opened = episodes(verdicts, policy=policy).opened

    assert all(B is verdicts[each.start] is verdicts[each.last_breach] for each in opened)
    assert all(first.closed <= second.start for first, second in pairwise(opened))
    assert all(each.start <= each.last_breach <= (each.closed or ALL_DAYS) for each in opened)


@given(verdicts, policies, st.integers(1, 200))
def test_what_is_sealed_is_not_undone(verdicts, policy, sealed):
    """Days after the sealed ones end no episode, and those that ended by then stay as they are."""
    early = episodes({day: each for day, each in verdicts.items() if day <= sealed}, policy=policy, sealed=sealed)
    late = episodes(verdicts, policy=policy)

    assert early.ended == late.ended[: len(early.ended)]


def add_up(verdicts, policy):
    """Return an advance over *verdicts* for a track."""

    def advance(state, day, sealed):
        return step(state, day, verdicts.get(day, E), 1, policy=policy, merge=int.__add__, sealed=sealed)

    return advance


@given(verdicts, policies, st.data())
def test_a_track_taken_back_anywhere_is_the_fold_of_all_days(verdicts, policy, data):
    """However days come late, change and are sealed, the track is what a fold from the first day gives."""
    track, sealed = Track(NO_EPISODES), 0
    known, days = {}, []
    for day in data.draw(st.permutations(sorted(verdicts))):
        known[day] = verdicts[day]
        days.insert(bisect_left(days, day), day)
        track.rewind(day)
        sealed = max(sealed, data.draw(st.integers(0, 220)))
        kept = track.fold(days, add_up(known, policy), sealed)

        assert reduce(lambda state, each: add_up(known, policy)(state, each, sealed), days, NO_EPISODES) == kept


@pytest.mark.parametrize("day", [pytest.param(day, id=f"day-{day}") for day in (31, 32, 33, 63, 64, 65)])
def test_a_track_is_right_around_its_checkpoints(day):
    """A day that changes is folded anew, where the state after that very day was kept too."""
    amounts = dict.fromkeys(range(1, 101), 1)
    track = Track(0)

    def add(state, each, _):
        return state + amounts[each]

    track.fold(list(amounts), add, ALL_DAYS)
    amounts[day] = 1000
    track.rewind(day)

    assert 1099 == track.fold(list(amounts), add, ALL_DAYS)


def test_a_late_day_costs_no_more_than_the_days_since_the_checkpoint_before_it():
    """A track that is taken back a little folds a little again, whatever the length of its history."""
    folded = []
    days = list(range(1, 1001))
    track = Track(0)

    def count(state, day, _):
        folded.append(day)
        return state + 1

    track.fold(days, count, ALL_DAYS)
    folded.clear()
    track.rewind(950)

    assert 1000 == track.fold(days, count, ALL_DAYS)
    assert 950 - 32 <= folded[0] <= 950
    assert days[bisect_right(days, folded[0]) - 1 :] == folded


def test_days_that_are_not_sealed_are_folded_every_time():
    """Provisional days are judged on top of the kept ones and not kept."""
    folded = []
    track = Track(0)

    def count(state, day, _):
        folded.append(day)
        return state + 1

    track.fold([1, 2, 3, 4], count, 2)
    folded.clear()

    assert (4, [3, 4]) == (track.fold([1, 2, 3, 4], count, 2), folded)
