"""When a delivery is tried again."""

import pytest

from alerts.delivery.schedule import DELAYS_S, REFUSALS_MAX, delay_s


def delay(failures, *, refused=False, retry_after_s=None, roll=0.5):
    """Return the delay after that many failures."""
    return delay_s(failures, refused=refused, retry_after_s=retry_after_s, roll=lambda: roll, delays=DELAYS_S)


def test_each_wait_is_longer_than_the_one_before():
    """From a second to a day."""
    waits = [delay(each) for each in range(1, len(DELAYS_S) + 1)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (1, 86_400)


@pytest.mark.parametrize(("failures", "ends"), [(9, False), (10, False), (11, True)], ids=["before", "last", "after"])
def test_after_the_last_wait_it_is_given_up(failures, ends):
    """A change is tried once more than there are waits."""
    assert (delay(failures) is None) is ends


@pytest.mark.parametrize(("failures", "ends"), [(1, False), (2, False), (3, True)])
def test_a_receiver_that_refuses_is_asked_three_times(failures, ends):
    """It will most likely refuse again, and what comes after must not wait for it."""
    assert REFUSALS_MAX == 3
    assert (delay(failures, refused=True) is None) is ends


@pytest.mark.parametrize(("roll", "wait_s"), [(0, 24), (0.5, 30), (1, 36)])
def test_waits_are_spread_by_a_fifth(roll, wait_s):
    """So that what failed together does not come back together."""
    assert delay(3, roll=roll) == pytest.approx(wait_s)


@pytest.mark.parametrize(
    ("asked_s", "wait_s"), [(None, 1), (0, 1), (90, 90), (10**9, 86_400)], ids=["nothing", "none", "more", "too-much"]
)
def test_a_receiver_that_says_when_is_given_that_long(asked_s, wait_s):
    """A day at most, and never less than the schedule."""
    assert delay(1, retry_after_s=asked_s) == wait_s
