"""Measures as rules read them that look around their days: for whom, since when, and what evidence says of them."""

from collections.abc import Iterator
from typing import Any, Final

from streams.months import first_day, month_of
from streams.panel import Panel
from streams.reference.measures import Measure, MeasureKind

HALF_YEAR: Final = 6
"""Months within which what trade does is laid to a measure; a default, no source gives it."""


def first_full_month(measure: Measure) -> int:
    """Return the first month of which the measure holds on every day."""
    day = measure.effective_from.toordinal()
    month = month_of(day)
    return month if first_day(month) == day else month + 1


def announced_month(measure: Measure) -> int:
    """Return the month in which the measure became known, at the latest that of its first day."""
    return month_of(min(measure.announced_at, measure.effective_from).toordinal())


def last_month_before(measure: Measure) -> int:
    """Return the last month of ordinary trade: before it was announced, at most half a year before its first."""
    return max(announced_month(measure), first_full_month(measure) - HALF_YEAR) - 1


def in_its_first_months(panel: Panel, product: str, destination: str, period: int, months: int) -> Iterator[Measure]:
    """Yield the measures on goods at a destination of which *period* is among the first *months* full months."""
    for measure in panel.measures(product, destination):
        begun = period - first_full_month(measure) + 1
        ended = measure.effective_to is not None and measure.effective_to.toordinal() <= first_day(period)
        if 1 <= begun <= months and not ended:
            yield measure


def facts(measure: Measure) -> dict[str, Any]:
    """Return what evidence says of a measure."""
    return {
        "measure": measure.measure_id,
        "kind": str(measure.kind),
        "status": str(measure.status),
        "announced_on": measure.announced_at.isoformat(),
        "effective_from": measure.effective_from.isoformat(),
        "effective_to": None if measure.effective_to is None else measure.effective_to.isoformat(),
        "origins": list(measure.origins),
        "except_origins": list(measure.except_origins),
        "source": measure.source,
    }


def is_first(panel: Panel, product: str, destination: str, floor: Measure) -> bool:
    """Return whether no floor was kept on the goods on the day before it began: a renewed one is no news."""
    eve = floor.effective_from.toordinal() - 1
    return not any(
        each.effective_from.toordinal() <= eve and (each.effective_to is None or eve < each.effective_to.toordinal())
        for each in panel.measures(product, destination)
        if each.kind is MeasureKind.FLOOR
    )
