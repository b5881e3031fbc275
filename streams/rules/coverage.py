"""Coverage: how much of what was declared could be priced, so that no conclusion is drawn from a part of it."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from streams.panel import Sums, added

COVERAGE_MIN_PCT: Final = Fraction(80)
"""Per cent of the records of a window; a default, no source gives it."""

UNPRICED: Final = "too many records whose price is not known: their rate, assay or delivery basis is missing"


def coverage_pct(*sums: Sums) -> Fraction:
    """Return the share of records that are priced, per cent; 100 where there is none at all."""
    total = added(sums)
    rows = total.rows + total.unpriced_rows
    return Fraction(100 * total.rows, rows) if rows else Fraction(100)


def least_coverage_pct(windows: Iterable[Sums]) -> Fraction:
    """Return the coverage of the worst covered of several windows: each of them has to hold by itself."""
    return min(map(coverage_pct, windows), default=Fraction(100))
