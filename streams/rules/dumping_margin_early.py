"""
An early sign of dumping: the margin of an exporter over the last three months.

The same comparison as that of the full period, over as much of it as tells soonest: three months, of which two had
exports.  A quarter proves nothing in a proceeding, which looks at a year; it says that a full period is on its way to
a margin, or that one which looks well on the whole has gone bad.  It is graded a step lower.

Basis: default; the margin itself and its de minimis threshold as in the WTO Anti-Dumping Agreement, articles 2.4.2
and 5.8.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from streams.rules.bands import Bands
from streams.rules.dumping_margin import DumpingMargin
from streams.rules.settings import threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpingMarginEarly(DumpingMargin):
    """Find exporters that have begun to sell below normal value."""

    name: ClassVar[str] = "dumping_margin_early"
    reach: ClassVar[int] = 2
    window_months: int = threshold(3, "months that are compared")
    months_min: int = threshold(2, "months with exports that it takes")
    bands: Bands = threshold(Bands(Fraction(25), Fraction(60), Fraction(100)), "severity by the margin, per cent")

    @property
    def _signal(self) -> str:
        return f"early: {self.window_months} months, no period of investigation"
