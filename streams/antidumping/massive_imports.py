"""
Massive imports in a relatively short period: what lets a duty reach back.

    increase = imports of the comparison period / imports of the base period - 1

The base is the period just before, of equal length, and neither is shorter than three months.  Imports are massive
where the increase is at least 15 %: exactly 15 % is.  Where seasons matter, the base is first multiplied by what the
same months came to a year earlier.  Sources: 19 CFR 351.206(h) and (i); WTO Anti-Dumping Agreement, art. 10.6, which
gives no number.
"""

from collections.abc import Sequence
from enum import StrEnum
from fractions import Fraction
from typing import Final, NamedTuple

from streams.antidumping.sales import Exact, percent

MASSIVE_PCT: Final = Fraction(15)
MONTHS_MIN: Final = 3


class MassiveReason(StrEnum):
    """What decided whether imports were massive."""

    THRESHOLD_MET = "threshold_met"
    BELOW_THRESHOLD = "below_threshold"
    ZERO_BASE = "zero_base"
    """Nothing came before, so that there is no percentage: whatever came since is massive."""
    PERIOD_TOO_SHORT = "period_too_short"
    NOT_COMPARABLE = "not_comparable"
    """The periods are not of equal length, or a season is asked for that had no imports."""


class MassiveImports(NamedTuple):
    """What the comparison came to."""

    base_total: Exact
    comparison_total: Exact
    increase_pct: Fraction | None
    massive: bool | None
    """None: no finding."""
    reason: MassiveReason


def massive_imports(
    base: Sequence[Exact],
    comparison: Sequence[Exact],
    *,
    season: Exact | None = 1,
    threshold_pct: Fraction = MASSIVE_PCT,
    months_min: int = MONTHS_MIN,
) -> MassiveImports:
    """
    Compare monthly quantities (or values) before and since.

    *season* is by what the base is multiplied (:func:`seasonal_ratio`); None, a ratio that is not defined, leaves the
    periods incomparable.
    """
    totals = sum(base), sum(comparison)
    if len(base) != len(comparison) or season is None:
        return MassiveImports(*totals, None, None, MassiveReason.NOT_COMPARABLE)
    if len(base) < months_min:
        return MassiveImports(*totals, None, None, MassiveReason.PERIOD_TOO_SHORT)
    return judge_totals(*totals, season=season, threshold_pct=threshold_pct)


def judge_totals(
    base: Exact, comparison: Exact, *, season: Exact = 1, threshold_pct: Fraction = MASSIVE_PCT
) -> MassiveImports:
    """Compare two totals of periods that are known to be long enough and of equal length."""
    expected = base * season
    increase = percent(comparison - expected, expected)
    if increase is None:
        reason = MassiveReason.ZERO_BASE if comparison > 0 else MassiveReason.BELOW_THRESHOLD
        return MassiveImports(base, comparison, None, comparison > 0, reason)
    massive = increase >= threshold_pct
    reason = MassiveReason.THRESHOLD_MET if massive else MassiveReason.BELOW_THRESHOLD
    return MassiveImports(base, comparison, increase, massive, reason)


def seasonal_ratio(base_year_before: Exact, comparison_year_before: Exact) -> Fraction | None:
    """Return what the comparison months came to a year earlier as a multiple of the base months; None without these."""
    return Fraction(comparison_year_before, base_year_before) if base_year_before > 0 else None
