"""
Trade measures: duties, licences and floors as dated events, for what trade does around their days.

A measure becomes known on the day it is announced and bites from the day it is effective.  Traders move between the
two: ahead of it, to another origin, through a third country, into an older stage of the product.  Floors of the floor
book are measures too, and need not be entered twice.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum
from typing import Final

import msgspec

from streams.reference.floor import Floor, FloorStatus, Scope
from streams.reference.floors import FloorBook
from streams.reference.validity import (
    Problem,
    check,
    country_problems,
    decimal_problems,
    holds,
    name_problems,
    period_problems,
    product_problems,
)
from streams.reference.zones import Zones

_WITHOUT_EFFECT: Final = frozenset({FloorStatus.SUSPENDED, FloorStatus.REVOKED})


class MeasureKind(StrEnum):
    """What a measure does."""

    ANTI_DUMPING = "anti_dumping"
    COUNTERVAILING = "countervailing"
    SAFEGUARD = "safeguard"
    FLOOR = "floor"
    EXPORT_LICENCE = "export_licence"
    """Kept by the countries of origin, wherever the goods go."""
    TARIFF = "tariff"


class Measure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="measure", tag_field="type"):
    """
    One period of a measure, from ``effective_from`` to the day before ``effective_to``.

    It is for goods of its ``products`` and ``origins`` that enter one of its ``destinations`` or a member of its zone;
    where it names neither, for goods that go anywhere.  Raises :class:`InvalidEntryError` with all that is wrong.
    """

    measure_id: str
    kind: MeasureKind
    products: tuple[str, ...]
    """Each ``mineral|stage``."""
    announced_at: date
    """The day it became public knowledge."""
    effective_from: date
    effective_to: date | None = None
    status: FloorStatus = FloorStatus.IN_FORCE
    origins: tuple[str, ...] = ()
    """ISO 3166 alpha-2; empty is all."""
    except_origins: tuple[str, ...] = ()
    exporters: tuple[str, ...] = ()
    """The exporters it is for, where it names them; empty is all."""
    destinations: tuple[str, ...] = ()
    zone_id: str | None = None
    rate_pct: str | None = None
    """Ad valorem, in per cent; None where it is of another form or not known here."""
    source: str | None = None
    v: int = 1

    def __post_init__(self) -> None:
        """Refuse what cannot be right."""
        check(f"measure {self.measure_id} from {self.effective_from}", self._problems())

    @property
    def minerals(self) -> frozenset[str]:
        """The minerals of its products."""
        return frozenset(product.partition("|")[0] for product in self.products)

    def is_for(self, origin: str) -> bool:
        """Return whether goods of *origin* are under it."""
        return origin not in self.except_origins and (not self.origins or origin in self.origins)

    def meets(self, destination: str, zones: Zones) -> bool:
        """Return whether goods that enter *destination* are under it, on some day of its period."""
        if not self.destinations and self.zone_id is None:
            return True
        zone = None if self.zone_id is None else zones.get(self.zone_id)
        return destination in self.destinations or (
            zone is not None and zone.had(destination, self.effective_from, self.effective_to)
        )

    def _problems(self) -> Iterator[Problem]:
        yield from name_problems("measure_id", self.measure_id)
        if not self.products:
            yield Problem("products", "is empty: name at least one mineral|stage")
        for product in self.products:
            yield from product_problems("products", product)
        for field in ("origins", "except_origins", "destinations"):
            for country in getattr(self, field):
                yield from country_problems(field, country)
        yield from self._place_problems()
        yield from decimal_problems("rate_pct", self.rate_pct, least=0)
        yield from period_problems(self.effective_from, self.effective_to, ("effective_from", "effective_to"))

    def _place_problems(self) -> Iterator[Problem]:
        if self.kind is MeasureKind.EXPORT_LICENCE:
            if not self.origins:
                yield Problem("origins", "is empty: name the countries that keep the export licence")
        elif not self.destinations and self.zone_id is None:
            yield Problem("destinations", "is empty and so is zone_id: name where it is charged")


class Measures:
    """The measures by id and first day, and those on a product at a destination."""

    def __init__(self) -> None:
        self._measures: dict[tuple[str, date], Measure] = {}
        self._of_product: dict[str, list[Measure]] = {}

    def __iter__(self) -> Iterator[Measure]:
        """Iterate over the measures by id and first day."""
        return (self._measures[key] for key in sorted(self._measures))

    def put(self, measure: Measure) -> Measure | None:
        """Take a measure, in place of the one of the same id and first day; return the one it replaces."""
        before = self._measures.get((measure.measure_id, measure.effective_from))
        self._measures[measure.measure_id, measure.effective_from] = measure
        if before is not None:
            for product in dict.fromkeys(before.products):
                self._of_product[product].remove(before)
        for product in dict.fromkeys(measure.products):
            self._of_product.setdefault(product, []).append(measure)
        return before

    def on(self, product: str, *, destination: str, zones: Zones) -> tuple[Measure, ...]:
        """
        Return the measures on *product* at *destination*, whatever the day and status, by first day and id.

        A zone's measure is one of a country that was a member on some day of it.
        """
        found = (each for each in self._of_product.get(product, ()) if each.meets(destination, zones))
        return tuple(sorted(found, key=_order))


def measures_on(
    measures: Measures, floors: FloorBook, zones: Zones, product: str, destination: str
) -> tuple[Measure, ...]:
    """
    Return the measures on *product* at *destination*, its floors among them, by first day and id, whatever the day.

    Only those of a status that the book applies; a suspended or revoked one is none.  A floor is a measure of kind
    ``floor`` under its ``id@version``, one for each period that was not replaced before it began.
    """
    applied = floors.statuses - _WITHOUT_EFFECT
    of_product = (floor for floor in floors.of_product(product) if floor.status in floors.statuses)
    all_of_them = (*measures.on(product, destination=destination, zones=zones), *_of_floors(of_product, zones))
    found = (each for each in all_of_them if each.status in applied and each.meets(destination, zones))
    return tuple(sorted(found, key=_order))


def _of_floors(floors: Iterable[Floor], zones: Zones) -> Iterator[Measure]:
    """Return the periods of floors, given by id, version and first day, as measures."""
    later: dict[str, date] = {}
    for floor in reversed(list(floors)):
        replaced_from = later.get(floor.floor_id, date.max)
        if floor.effective_from < replaced_from:
            later[floor.floor_id] = floor.effective_from
            if not floor.suspended:
                yield _of_floor(floor, zones, min(floor.effective_to or date.max, replaced_from))


def _of_floor(floor: Floor, zones: Zones, end: date) -> Measure:
    scope, members = floor.applies_to, _members(floor, zones)
    return Measure(
        measure_id=floor.name,
        kind=MeasureKind.FLOOR,
        products=(floor.product,),
        announced_at=floor.announced_at,
        effective_from=floor.effective_from,
        effective_to=None if end == date.max else end,
        status=floor.status,
        origins=members if scope.scope is Scope.MEMBERS else scope.origins,
        except_origins=tuple(sorted({*scope.except_origins, *(members if scope.scope is Scope.NON_MEMBERS else ())})),
        exporters=scope.exporters,
        zone_id=floor.zone_id,
        source=floor.source,
    )


def _members(floor: Floor, zones: Zones) -> tuple[str, ...]:
    """Return the members of a floor's zone on its first day."""
    zone = zones.get(floor.zone_id)
    found = zone.members if zone else ()
    return tuple(
        sorted({each.country for each in found if holds(floor.effective_from, each.valid_from, each.valid_to)})
    )


def _order(measure: Measure) -> tuple[date, str]:
    return measure.effective_from, measure.measure_id
