"""
Bands above the floor: how much of what a party trades lands just at its floor, and how much a little above it.

A row is at its floor from the floor itself to *near* per cent above it, a little above from there to *next* per cent.
Both are taken on the floor's own delivery basis.  Goods of before there was a floor are measured by the first that
came, so that what was usual before can be told.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import partial
from typing import Final, NamedTuple, TypeVar

from streams.cells import Judged, Lane
from streams.panel import NO_SUMS, MonthRows, Panel, Party, Sums, days_of, grouped
from streams.reference.floors import Floor

K = TypeVar("K", str, Party)

MG_PER_KG: Final = 1_000_000
_FLOORED: Final = (Judged.FLOOR, Judged.AMBIGUOUS)


class Limits(NamedTuple):
    """How far the two bands reach above the floor, per cent of it."""

    near_pct: Fraction
    next_pct: Fraction


class Banded(NamedTuple):
    """Rows that have a floor, by where they lie above it; milligrams of content and micro-USD."""

    rows: int = 0
    content_mg: int = 0
    value_uusd: int = 0
    near_mg: int = 0
    """From the floor to ``near_pct`` above it, both included."""
    next_mg: int = 0
    """From there to ``next_pct`` above it."""

    @property
    def near_pct(self) -> Fraction:
        """The part that lies at the floor, per cent; 0 where there is nothing."""
        return Fraction(100 * self.near_mg, self.content_mg) if self.content_mg else Fraction(0)

    @property
    def next_pct(self) -> Fraction:
        """The part that lies a little above, per cent; 0 where there is nothing."""
        return Fraction(100 * self.next_mg, self.content_mg) if self.content_mg else Fraction(0)


ByRole = tuple[Mapping[str, Banded], Mapping[str, Banded]]
"""By exporter, and by importer."""


def bands_added(several: Iterable[Mapping[K, Banded]]) -> dict[K, Banded]:
    """Return the sums of several months by whatever they are told apart by."""
    found: dict[K, list[int]] = {}
    for each in several:
        for name, sums in each.items():
            held = found.get(name)
            found[name] = list(sums) if held is None else list(map(int.__add__, held, sums))
    return {name: Banded(*sums) for name, sums in found.items()}


def banded(panel: Panel, lane: Lane, months: range, limits: Limits, *, seen: range) -> Iterator[Mapping[Party, Banded]]:
    """
    Yield a lane's months by exporter and importer together.

    *months* are some of *seen*, which are consecutive; the first floor is looked for in them, nothing else is read.
    """
    for month, uusd_per_kg in _measures(panel, lane, months, seen):
        yield _of_month(panel, lane, month, limits, uusd_per_kg)


def banded_by_role(panel: Panel, lane: Lane, months: range, limits: Limits, *, seen: range) -> Iterator[ByRole]:
    """Yield a lane's months by exporter and by importer, as :func:`banded` does by both together."""
    for month, uusd_per_kg in _measures(panel, lane, months, seen):
        name = f"floor bands by role {limits.near_pct} {limits.next_pct} {uusd_per_kg}"
        build = partial(_by_role, panel, lane, month, limits, uusd_per_kg)
        yield panel.kept(name, lane, month, build)


def _measures(panel: Panel, lane: Lane, months: range, seen: range) -> Iterator[tuple[int, int]]:
    """Yield the months with goods, and the floor of rows that have none: micro-USD per kg, 0 to leave them out."""
    begins = next((month for month in seen if panel.month(lane, month).floored_content_mg), None)
    if begins is None:
        return
    first = panel.month(lane, begins)
    uusd_per_kg = first.floor_uusd * MG_PER_KG // first.floored_content_mg
    for month in months:
        if panel.month(lane, month).rows:
            yield month, uusd_per_kg if month < begins else 0


def floors_met(panel: Panel, lanes: Iterable[Lane], month: int) -> tuple[Floor, ...]:
    """Return the floors that a month was judged by, in order of name, each as it was on the last day it was met."""
    met = {
        key.detail: day
        for lane in lanes
        for day in days_of(lane, month)
        for key, tally in lane.cells[day].tallies.items()
        if key.judged in _FLOORED and tally.rows
    }
    periods = (panel.book.floors.period(name, date.fromordinal(met[name])) for name in sorted(met))
    return tuple(floor for floor in periods if floor is not None)


def _by_role(panel: Panel, lane: Lane, month: int, limits: Limits, uusd_per_kg: int) -> ByRole:
    rows = panel.rows(lane, month)
    measured, near, beside = _measured(rows, limits, uusd_per_kg)
    kept = (panel.by_exporter, panel.by_importer)
    exporters, importers = (
        _banded(
            kept[role](lane, month) if measured is rows else grouped(measured, panel.names(measured.rows, role)),
            *(grouped(some, panel.names(some.rows, role)) for some in (near, beside)),
        )
        for role in (0, 1)
    )
    return exporters, importers


def _of_month(panel: Panel, lane: Lane, month: int, limits: Limits, uusd_per_kg: int) -> Mapping[Party, Banded]:
    """Return a month's bands; *uusd_per_kg* is the floor of rows that have none, 0 to leave them out."""
    name = f"floor bands {limits.near_pct} {limits.next_pct} {uusd_per_kg}"
    return panel.summary(name, lane, month, lambda rows: _count(panel, rows, limits, uusd_per_kg))


def _count(panel: Panel, rows: MonthRows, limits: Limits, uusd_per_kg: int) -> Mapping[Party, Banded]:
    return _banded(*(grouped(each, list(map(panel.party, each.rows))) for each in _measured(rows, limits, uusd_per_kg)))


def _measured(rows: MonthRows, limits: Limits, uusd_per_kg: int) -> tuple[MonthRows, MonthRows, MonthRows]:
    """Return the rows that have a floor, those at it and those a little above."""
    if uusd_per_kg or not all(rows.floor_uusd):
        rows = _with_floors(rows, uusd_per_kg)
    near_num, near_den = (1 + limits.near_pct / 100).as_integer_ratio()
    num, den = (1 + max(limits) / 100).as_integer_ratio()
    above = zip(rows.floor_uusd, rows.landed_uusd, strict=True)
    places = [place for place, (floor, landed) in enumerate(above) if landed >= floor and landed * den <= floor * num]
    at = [place for place in places if rows.landed_uusd[place] * near_den <= rows.floor_uusd[place] * near_num]
    return rows, _those(rows, at), _those(rows, sorted({*places}.difference(at)))


def _with_floors(rows: MonthRows, uusd_per_kg: int) -> MonthRows:
    """Return the rows that have a floor, those without measured by *uusd_per_kg* unless it is 0."""
    found = MonthRows([], [], [], [], [])
    for row, content, value, floor, landed in zip(*rows, strict=True):
        if floor or uusd_per_kg:
            measure = (floor, landed) if floor else (content * uusd_per_kg // MG_PER_KG, value)
            for column, figure in zip(found, (row, content, value, *measure), strict=True):
                column.append(figure)
    return found


def _those(rows: MonthRows, places: Sequence[int]) -> MonthRows:
    return MonthRows(*([column[place] for place in places] for column in rows))


def _banded(measured: Mapping[K, Sums], near: Mapping[K, Sums], beside: Mapping[K, Sums]) -> Mapping[K, Banded]:
    """Return the three sums of each name beside each other."""
    return {
        name: Banded(
            sums.rows,
            sums.content_mg,
            sums.value_uusd,
            near.get(name, NO_SUMS).content_mg,
            beside.get(name, NO_SUMS).content_mg,
        )
        for name, sums in measured.items()
    }
