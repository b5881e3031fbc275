"""Lumpiness: whether a lane has a usual volume at all, or a few consignments of any size now and then."""

from fractions import Fraction
from typing import Final

from streams.antidumping.z_score import Level, level
from streams.cells import Lane
from streams.panel import Panel

LUMPINESS_MAX: Final = Fraction(3, 4)
"""Standard deviation of months as a part of their mean; a default, no source gives it."""

LUMPY: Final = "its months differ too much among themselves to have a usual volume"


def usual_level(panel: Panel, lane: Lane, through: int, months: int) -> Level:
    """Return the level of a lane's *months* months that end with *through*, content in milligrams."""
    return level(months_mg(panel, lane, through, months))


def months_mg(panel: Panel, lane: Lane, through: int, months: int) -> tuple[int, ...]:
    """Return the content of a lane's *months* months that end with *through*, in order."""
    return tuple(panel.month(lane, month).content_mg for month in range(through - months + 1, through + 1))
