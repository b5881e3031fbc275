"""When a delivery that failed is tried again: later each time, and not all at the same time."""

from collections.abc import Callable, Sequence
from typing import Final

DELAYS_S: Final = (1, 5, 30, 120, 600, 1_800, 7_200, 18_000, 36_000, 86_400)
"""Seconds to wait after each failure in turn; after the last, about 43 hours, the endpoint is disabled."""
REFUSALS_MAX: Final = 3
"""How often a receiver may refuse the same change before it is a dead letter: asking more often changes little."""
RETRY_AFTER_MAX_S: Final = 86_400
_JITTER: Final = 0.2


def delay_s(
    failures: int, *, refused: bool, retry_after_s: float | None, roll: Callable[[], float], delays: Sequence[float]
) -> float | None:
    """
    Return how long to wait after that many failures of one change; None: no more.

    *roll* gives a number from 0 to 1.  A receiver that says how long to wait is given that long, but a day at most.
    """
    if failures > len(delays) or (refused and failures >= REFUSALS_MAX):
        return None
    wait = delays[failures - 1] * (1 - _JITTER + 2 * _JITTER * roll())
    return max(wait, min(retry_after_s or 0, RETRY_AFTER_MAX_S))
