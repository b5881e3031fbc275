"""
Which floor a shipment is judged by: the floor book and its rule of resolution.

The floors themselves are :class:`streams.reference.floor.Floor`, named here too for those who only look one up.
"""

from bisect import insort
from collections.abc import Iterator
from datetime import date
from enum import IntEnum, StrEnum
from fractions import Fraction
from typing import Final

import msgspec

from streams.exact import fraction
from streams.reference.content import DRY, GROSS
from streams.reference.floor import (
    APPLIED,
    INCOTERMS,
    AppliesOn,
    AppliesTo,
    Band,
    Floor,
    FloorStatus,
    HsCode,
    Scope,
    Visibility,
)
from streams.reference.levy import Instrument
from streams.reference.units import UNITS
from streams.reference.validity import holds
from streams.reference.zones import Zones

__all__ = [
    "APPLIED",
    "DRY",
    "GROSS",
    "INCOTERMS",
    "AppliesOn",
    "AppliesTo",
    "Band",
    "Floor",
    "FloorBook",
    "FloorQuery",
    "FloorResolution",
    "FloorStatus",
    "HsCode",
    "Instrument",
    "ResolutionKind",
    "Scope",
    "Visibility",
    "hs_level",
]

_ENDED: Final = frozenset({FloorStatus.SUSPENDED, FloorStatus.REVOKED})
"""Statuses that take effect whatever is applied: they end an earlier version."""

_AUTHORITY: Final = {
    FloorStatus.IN_FORCE: 3,
    FloorStatus.SUSPENDED: 3,
    FloorStatus.CONTRACTUAL: 2,
    FloorStatus.ILLUSTRATIVE: 1,
}


class FloorQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What of a shipment selects its floor; ``day`` is the one that its floor applies on."""

    product: str
    destination: str
    origin: str
    day: date
    known_on: date = date.max
    """The last day whose announcements count: by default all, with hindsight."""
    hs_code: str | None = None
    exporter: str | None = None
    grade_pct: Fraction | str | None = None
    regime: str | None = None


class ResolutionKind(StrEnum):
    """What came of looking for a floor."""

    FOUND = "found"
    MISSING = "missing"
    """The destination keeps floors, none of them for these goods on that day."""
    OUT_OF_ZONE = "out_of_zone"
    """The destination is in no zone."""
    SUSPENDED = "suspended"
    EXEMPT = "exempt"
    """A floor is in force for the product, and leaves this shipment out."""
    AMBIGUOUS = "ambiguous"
    """Several floors are equally specific."""


class FloorResolution(msgspec.Struct, frozen=True, kw_only=True):
    """The floor a shipment is judged by, or why there is none."""

    kind: ResolutionKind
    reason: str = ""
    """In words; empty where one floor was found."""
    cause: str = ""
    """
    The reason as it is said of every day like this one: it names no day, and no floor that has not begun or has
    ended, so that it stays the same until what holds on the day itself changes.
    """
    floor: Floor | None = None
    """
    Found: the floor.  Suspended or exempt: the one that would apply.  Ambiguous: the higher one, None where prices
    of several currencies or bases cannot be compared without a rate (convert each of ``candidates``, take the highest).
    """
    candidates: tuple[Floor, ...] = ()
    """All that were equally specific, in order of id."""
    zones: tuple[str, ...] = ()
    """The zones the destination is in on that day."""


class _Miss(IntEnum):
    """Why a floor of the product does not apply, the most telling last."""

    NOT_YET_KNOWN = 1
    NOT_IN_FORCE = 2
    OTHER_GOODS = 3
    GRADE_UNKNOWN = 4


_MISSED: Final = {
    _Miss.NOT_YET_KNOWN: "not announced by then",
    _Miss.NOT_IN_FORCE: "not in force on that day",
    _Miss.OTHER_GOODS: "for another commodity code or grade",
    _Miss.GRADE_UNKNOWN: "bounded by grade, and no grade is declared",
}


class FloorBook:
    """
    Every version of every floor, and the rule that picks the one a shipment is judged by.

    Of the floors of the product whose zone holds the destination on the day, in a version announced by the day of
    knowledge: law goes before contract and contract before illustration, then exporter before origin before zone,
    a longer commodity code before a shorter, a bounded grade before an open one.
    """

    def __init__(self, zones: Zones, statuses: frozenset[FloorStatus] = APPLIED) -> None:
        self._zones = zones
        self._statuses = statuses | _ENDED
        self._series: dict[tuple[str, str], dict[str, list[Floor]]] = {}
        """By mineral and stage, then floor id: its entries, by version and first day."""
        self._product_of: dict[tuple[str, int, date], tuple[str, str]] = {}

    def __iter__(self) -> Iterator[Floor]:
        """Iterate over every entry, by mineral, stage, id, version and first day."""
        for product in sorted(self._series):
            for floor_id in sorted(self._series[product]):
                yield from self._series[product][floor_id]

    def put(self, floor: Floor) -> Floor | None:
        """Take an entry, in place of one of the same id, version and first day; return the one it replaces."""
        before = self._take_out(floor.floor_id, *_order(floor))
        insort(
            self._series.setdefault((floor.mineral, floor.stage), {}).setdefault(floor.floor_id, []), floor, key=_order
        )
        self._product_of[floor.floor_id, *_order(floor)] = floor.mineral, floor.stage
        return before

    def _take_out(self, floor_id: str, version: int, first_day: date) -> Floor | None:
        product = self._product_of.pop((floor_id, version, first_day), None)
        if product is None:
            return None
        series = self._series[product][floor_id]
        place = next(place for place, known in enumerate(series) if _order(known) == (version, first_day))
        before = series.pop(place)
        if not series:
            del self._series[product][floor_id]
        return before

    def has_other(self, floor: Floor) -> bool:
        """Return whether its floor id has entries of another version or first day."""
        series = self._series.get((floor.mineral, floor.stage), {}).get(floor.floor_id, [])
        return any(_order(known) != _order(floor) for known in series)

    def series(self, floor_id: str) -> tuple[Floor, ...]:
        """Return every entry of *floor_id* by version and first day; empty where there is none."""
        found = (self._series[product].get(floor_id, ()) for product in sorted(self._series))
        return tuple(floor for series in found for floor in series)

    def named(self, name: str) -> tuple[Floor, ...]:
        """Return the periods of one version, called ``id@version``; empty where there is none."""
        return tuple(floor for floor in self.series(name.rpartition("@")[0]) if floor.name == name)

    @property
    def statuses(self) -> frozenset[FloorStatus]:
        """Return the statuses that are applied, those that end an earlier version among them."""
        return self._statuses

    def of_product(self, product: str) -> Iterator[Floor]:
        """Iterate over the entries of one product, by id, version and first day."""
        mineral, _, stage = product.partition("|")
        series = self._series.get((mineral, stage), {})
        return (floor for floor_id in sorted(series) for floor in series[floor_id])

    def in_force(self, product: str, *, day: date, known_on: date = date.max) -> tuple[Floor, ...]:
        """
        Return the floors of a product that hold on *day*, one entry of each id, whatever the lane or grade.

        Suspended ones are among them (:attr:`Floor.suspended`), those that ended or were revoked are not.
        """
        mineral, _, stage = product.partition("|")
        series = self._series.get((mineral, stage), {})
        entries = (self._latest(series[floor_id], day, known_on) for floor_id in sorted(series))
        return tuple(floor for floor in entries if floor is not None and _holds(floor, day))

    def period(self, name: str, day: date) -> Floor | None:
        """Return the period of the version called ``id@version`` that holds on *day*, None where none does."""
        begun = [floor for floor in self.named(name) if floor.effective_from <= day]
        return begun[-1] if begun and holds(day, begun[-1].effective_from, begun[-1].effective_to) else None

    def products(self) -> tuple[str, ...]:
        """Return the products that have a floor of any status, in order."""
        return tuple(f"{mineral}|{stage}" for mineral, stage in sorted(self._series))

    def resolve(self, query: FloorQuery) -> FloorResolution:
        """Return the floor that *query* is judged by, or the kind and reason of there being none."""
        zones = self._zones.of(query.destination, query.day)
        if not zones:
            cause = f"{query.destination} is in no zone"
            return FloorResolution(kind=ResolutionKind.OUT_OF_ZONE, reason=f"{cause} on {query.day}", cause=cause)
        mineral, _, stage = query.product.partition("|")
        misses: list[tuple[_Miss, Floor]] = []
        applying: list[Floor] = []
        left_out: list[tuple[Floor, str]] = []
        for series in self._series.get((mineral, stage), {}).values():
            floor = self._applicable(series, query, zones, misses)
            if floor is None:
                continue
            exemption = self._exemption(floor, query)
            if exemption is None:
                applying.append(floor)
            else:
                left_out.append((floor, exemption))
        if applying:
            return self._choose(applying, query, zones)
        if left_out:
            floor, reason = min(left_out, key=lambda each: each[0].floor_id)
            return FloorResolution(kind=ResolutionKind.EXEMPT, reason=reason, cause=reason, floor=floor, zones=zones)
        return _missing(query, zones, misses)

    def _latest(self, series: list[Floor], day: date, known_on: date) -> Floor | None:
        """Return the entry of one floor id that was the last to begin by *day*, of those known and applied."""
        known = (floor for floor in series if floor.status in self._statuses and floor.announced_at <= known_on)
        return next((floor for floor in reversed(list(known)) if floor.effective_from <= day), None)

    def _applicable(
        self, series: list[Floor], query: FloorQuery, zones: tuple[str, ...], misses: list[tuple[_Miss, Floor]]
    ) -> Floor | None:
        """Return the entry of one floor id that holds on the day for these goods, or take note why none does."""
        floor = self._latest(series, query.day, query.known_on)
        if floor is None:
            misses += self._not_begun(series, query, zones)
            return None
        if floor.zone_id not in zones:
            return None
        miss = _mismatch(floor, query)
        if miss is not None:
            misses.append((miss, floor))
            return None
        return floor

    def _not_begun(self, series: list[Floor], query: FloorQuery, zones: tuple[str, ...]) -> list[tuple[_Miss, Floor]]:
        """Return why a floor id of the destination's zones has no entry yet."""
        here = [floor for floor in series if floor.status in self._statuses and floor.zone_id in zones]
        if any(floor.announced_at <= query.known_on for floor in here):
            return [(_Miss.NOT_IN_FORCE, here[0])]
        begun = [floor for floor in here if floor.effective_from <= query.day]
        return [(_Miss.NOT_YET_KNOWN, (begun or here)[0])] if here else []

    def _exemption(self, floor: Floor, query: FloorQuery) -> str | None:
        """Return why the floor leaves the shipment out, None where it applies."""
        scope = floor.applies_to
        member = self._zones.has(floor.zone_id, query.origin, query.day)
        if query.origin in scope.except_origins:
            return f"{floor.name} leaves out the origin {query.origin}"
        if scope.scope == Scope.NON_MEMBERS and member:
            return f"{floor.name} is for non-members and {query.origin} is a member of {floor.zone_id}"
        if scope.scope == Scope.MEMBERS and not member:
            return f"{floor.name} is for members and {query.origin} is not one of {floor.zone_id}"
        if scope.scope == Scope.ORIGINS and query.origin not in scope.origins:
            return f"{floor.name} is for origins {', '.join(scope.origins)}, not {query.origin}"
        if scope.scope == Scope.EXPORTERS and query.exporter not in scope.exporters:
            return f"{floor.name} is for named exporters, not {query.exporter or 'one that is not declared'}"
        if query.regime is not None and query.regime in floor.exemptions:
            return f"{floor.name} leaves out the regime {query.regime}"
        return None

    def _choose(self, applying: list[Floor], query: FloorQuery, zones: tuple[str, ...]) -> FloorResolution:
        best = max(_specificity(floor, query) for floor in applying)
        chosen = sorted(
            (floor for floor in applying if _specificity(floor, query) == best), key=lambda floor: floor.floor_id
        )
        priced = [floor for floor in chosen if not floor.suspended]
        if not priced:
            cause = f"{chosen[0].name} is suspended"
            return FloorResolution(
                kind=ResolutionKind.SUSPENDED,
                reason=f"{cause} on {query.day}",
                cause=cause,
                floor=chosen[0],
                candidates=tuple(chosen),
                zones=zones,
            )
        if len(priced) == 1:
            return FloorResolution(kind=ResolutionKind.FOUND, floor=priced[0], candidates=tuple(priced), zones=zones)
        reason = f"{', '.join(floor.name for floor in priced)} are equally specific: the higher is used"
        return FloorResolution(
            kind=ResolutionKind.AMBIGUOUS,
            reason=reason,
            cause=reason,
            floor=_higher(priced),
            candidates=tuple(priced),
            zones=zones,
        )


def hs_level(floor: Floor, hs_code: str | None) -> int:
    """
    Return how many digits of *hs_code* the floor names: 0 where it names no codes or the code is too short to tell.

    Returns -1 where the floor is for other codes.
    """
    if not floor.hs_codes or hs_code is None:
        return 0
    longest = max((len(each.code) for each in floor.hs_codes if hs_code.startswith(each.code)), default=0)
    if longest or any(each.code.startswith(hs_code) for each in floor.hs_codes):
        return longest
    return -1


def _holds(floor: Floor, day: date) -> bool:
    return floor.status != FloorStatus.REVOKED and holds(day, floor.effective_from, floor.effective_to)


def _mismatch(floor: Floor, query: FloorQuery) -> _Miss | None:
    if not _holds(floor, query.day):
        return _Miss.NOT_IN_FORCE
    if hs_level(floor, query.hs_code) < 0:
        return _Miss.OTHER_GOODS
    if floor.grade_min_pct is None and floor.grade_max_pct is None:
        return None
    grade = _grade(floor, query)
    if grade is None:
        return _Miss.GRADE_UNKNOWN
    above = floor.grade_min_pct is None or grade >= fraction(floor.grade_min_pct)
    below = floor.grade_max_pct is None or grade < fraction(floor.grade_max_pct)
    return None if above and below else _Miss.OTHER_GOODS


def _grade(floor: Floor, query: FloorQuery) -> Fraction | None:
    declared = floor.default_grade_pct if query.grade_pct is None else query.grade_pct
    return fraction(declared) if isinstance(declared, str) else declared


def _specificity(floor: Floor, query: FloorQuery) -> tuple[int, int, int, bool]:
    scope = {Scope.EXPORTERS: 2, Scope.ORIGINS: 1}.get(floor.applies_to.scope, 0)
    graded = floor.grade_min_pct is not None or floor.grade_max_pct is not None
    return _AUTHORITY.get(floor.status, 0), scope, hs_level(floor, query.hs_code), graded


def _higher(floors: list[Floor]) -> Floor | None:
    """Return the floor with the highest price, None where the prices are not of one kind."""
    first = floors[0]
    if any((floor.currency, floor.content_basis) != (first.currency, first.content_basis) for floor in floors):
        return None
    if any((floor.incoterm, floor.vat_pct) != (first.incoterm, first.vat_pct) for floor in floors):
        return None
    return max(floors, key=lambda floor: (fraction(floor.value or "0") / UNITS[floor.unit].kg, floor.floor_id))


def _missing(query: FloorQuery, zones: tuple[str, ...], misses: list[tuple[_Miss, Floor]]) -> FloorResolution:
    what = f"no floor for {query.product} in {', '.join(zones)}"
    lasting = [each for each in misses if each[0] != _Miss.NOT_IN_FORCE and each[1].effective_from <= query.day]
    return FloorResolution(
        kind=ResolutionKind.MISSING,
        reason=f"{what} on {query.day}{_most_telling(misses)}",
        cause=f"{what}{_most_telling(lasting)}",
        zones=zones,
    )


def _most_telling(misses: list[tuple[_Miss, Floor]]) -> str:
    if not misses:
        return ""
    miss, floor = max(misses, key=lambda each: (each[0], each[1].floor_id))
    return f": {floor.name} is {_MISSED[miss]}"


def _order(floor: Floor) -> tuple[int, date]:
    return floor.version, floor.effective_from
