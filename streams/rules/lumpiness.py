"""Lumpiness: whether a lane has a usual volume at all, or a few consignments of any size now and then."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from streams.antidumping.z_score import Level, level
from streams.cells import Lane
from streams.exact import decimal_text
from streams.panel import Panel
from streams.rules.evidence import kg, line
from streams.rules.move import Window

LUMPINESS_MAX: Final = Fraction(3, 4)
"""Standard deviation of months as a part of their mean; a default, no source gives it."""

LUMPY: Final = "its months differ too much among themselves to have a usual volume"


def usual_level(panel: Panel, lane: Lane, through: int, months: int) -> Level:
    """Return the level of a lane's *months* months that end with *through*, content in milligrams."""
    return level(months_mg(panel, lane, through, months))


def months_mg(panel: Panel, lane: Lane, through: int, months: int) -> tuple[int, ...]:
    """Return the content of a lane's *months* months that end with *through*, in order."""
    return tuple(panel.month(lane, month).content_mg for month in range(through - months + 1, through + 1))


def z_line(now: Window, before: Window, each_mg: Sequence[int]) -> dict[str, str]:
    """Return the arithmetic of the square of z: recent months against the months before, whose content is *each_mg*."""
    z_squared = level(each_mg).z_squared(Fraction(now.sums.content_mg, now.months), now.months)
    recent, mean = now.monthly_kg, before.monthly_kg
    squares = " + ".join(f"({kg(each)} - {mean}) * ({kg(each)} - {mean})" for each in each_mg)
    return line(
        "square of z",
        f"({recent} - {mean}) * ({recent} - {mean}) * {now.months} / (({squares}) / {len(each_mg)})",
        None if z_squared is None else decimal_text(z_squared),
        "",
    )
