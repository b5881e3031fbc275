"""
Surge: a period's imports against the mean of the periods before it.

    baseline = mean of the k preceding periods            increase = quantity / baseline - 1

A surge is an increase of at least the threshold; exactly at it is one.  With a baseline of zero there is no percentage:
any quantity is a new entry and counts as a surge.  The usual threshold echoes 19 CFR 351.206(h) (15 %); the number of
periods and the least quantity are defaults of the reader's choice.  Feeds "a significant rate of increase" in the sense
of the WTO Anti-Dumping Agreement, art. 3.2 and 3.7.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from streams.antidumping.sales import Exact, percent

SURGE_PCT: Final = Fraction(15)


class Surge(NamedTuple):
    """A period as tested."""

    quantity: Exact
    baseline: Fraction
    increase_pct: Fraction | None
    """None where nothing was imported in the periods before."""
    surge: bool


def judge_surge(
    preceding: Exact, quantity: Exact, *, periods: int, threshold_pct: Fraction = SURGE_PCT, quantity_min: Exact = 0
) -> Surge:
    """
    Compare a period's *quantity* with the sum of the *preceding* ones, of which there are *periods*.

    *quantity_min* holds back increases from one trifle to another; it holds back no new entry.
    """
    baseline = Fraction(preceding, periods)
    increase = percent(quantity - baseline, baseline)
    if increase is None:
        return Surge(quantity, baseline, None, quantity > 0)
    return Surge(quantity, baseline, increase, increase >= threshold_pct and quantity >= quantity_min)


def surges(
    series: Sequence[Exact], *, periods: int, threshold_pct: Fraction = SURGE_PCT, quantity_min: Exact = 0
) -> Iterator[tuple[int, Surge]]:
    """Yield each period that has *periods* before it, by its place in the series."""
    for place in range(periods, len(series)):
        preceding = sum(series[place - periods : place])
        yield (
            place,
            judge_surge(
                preceding, series[place], periods=periods, threshold_pct=threshold_pct, quantity_min=quantity_min
            ),
        )
