"""
Mix: how far a unit value moved because other goods were traded, not because goods became dearer or cheaper.

Within a lane goods differ by commodity code and grade.  At a constant mix each kind that was traded in both windows
is compared with itself, weighted by what is traded now:

    change at constant mix = sum of value now / sum of (content now * unit value before) - 1      (a Paasche index)

Kinds that only one of the windows knows cannot be compared; where the others are too few, there is no answer.
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import Final, NamedTuple

from streams.antidumping.sales import percent
from streams.cells import Lane
from streams.panel import MonthRows, Panel

MATCHED_MIN_PCT: Final = Fraction(50)
"""Per cent of the content now that has to be of kinds known before; a default, no source gives it."""


class Kind(NamedTuple):
    """What tells goods of one lane apart."""

    hs_code: str
    grade_pct: str


class Kinds(NamedTuple):
    """The goods of one kind in a window."""

    content_mg: int
    value_uusd: int


class ConstantMix(NamedTuple):
    """A change of the unit value as far as kinds were traded in both windows."""

    kinds: int
    """How many were."""
    content_mg: int
    value_uusd: int
    """Now."""
    value_before: Fraction
    """What the same content would have been worth at the unit values before, micro-USD."""
    matched_pct: Fraction
    """Their part of the content now."""

    @property
    def price_pct(self) -> Fraction:
        """How the unit value changed at constant mix, per cent."""
        return percent(self.value_uusd - self.value_before, self.value_before) or Fraction(0)


def kinds_of(panel: Panel, lanes: Iterable[Lane], through: int, months: int) -> dict[Kind, Kinds]:
    """Return what was traded in a window by kind."""
    found: dict[Kind, Kinds] = {}
    for lane in lanes:
        for month in range(through - months + 1, through + 1):
            if not panel.month(lane, month).rows:
                continue
            by_kind = panel.summary("by_kind", lane, month, lambda rows: _by_kind(panel, rows))
            for kind, (content, value) in by_kind.items():
                held = found.get(kind, Kinds(0, 0))
                found[kind] = Kinds(held.content_mg + content, held.value_uusd + value)
    return dict(sorted(found.items()))


def at_constant_mix(before: dict[Kind, Kinds], now: dict[Kind, Kinds]) -> ConstantMix | None:
    """Return the change between two windows at constant mix; None where too little can be compared."""
    total = sum(each.content_mg for each in now.values())
    both = [kind for kind in now if kind in before and before[kind].content_mg]
    content = sum(now[kind].content_mg for kind in both)
    if not total or 100 * content < MATCHED_MIN_PCT * total:
        return None
    was = sum(
        (Fraction(now[kind].content_mg * before[kind].value_uusd, before[kind].content_mg) for kind in both),
        Fraction(0),
    )
    value = sum(now[kind].value_uusd for kind in both)
    return ConstantMix(len(both), content, value, was, Fraction(100 * content, total))


def _by_kind(panel: Panel, rows: MonthRows) -> dict[Kind, tuple[int, int]]:
    found: dict[Kind, tuple[int, int]] = {}
    for row, content, value in zip(rows.rows, rows.content_mg, rows.value_uusd, strict=True):
        shape = panel.shape(row)
        kind = Kind(shape.hs_code, shape.grade_pct)
        held = found.get(kind, (0, 0))
        found[kind] = (held[0] + content, held[1] + value)
    return found
