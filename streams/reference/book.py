"""
The reference book: all that records are judged by, and what a change of it may change.

Entries are applied one by one, in the order of their topic; the last of a key counts.  Each says which minerals
and days it touches, so that the engine judges those again and no others.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from hashlib import sha256
from typing import Final, NamedTuple

from streams.reference.basis import BasisRatio, BasisRatios
from streams.reference.capacities import Capacities, Capacity
from streams.reference.floors import APPLIED, Floor, FloorBook, FloorStatus
from streams.reference.fx import BENCHMARK_DAYS, MAX_CARRY_DAYS, FxDaily, FxMonthly, FxRates
from streams.reference.measures import Measure, Measures, measures_on
from streams.reference.quotas import Quota, Quotas
from streams.reference.values import ReferenceValue, ReferenceValues
from streams.reference.wire import Entry, encode, key
from streams.reference.zones import Member, Zone, Zones

_DAY: Final = timedelta(days=1)
ALL_MINERALS: Final = None
EVENT_REACH_DAYS: Final = 400
"""How far rules look before a measure is announced and after it is effective, in days."""


class Affected(NamedTuple):
    """The minerals and days, first and last included, whose records may be judged differently."""

    minerals: frozenset[str] | None
    """None: all of them."""
    from_day: date
    to_day: date

    def __bool__(self) -> bool:
        """Whether anything is affected at all."""
        return self.minerals != frozenset() and self.from_day <= self.to_day

    def touches(self, mineral: str) -> bool:
        """Return whether records of *mineral* are affected."""
        return bool(self) and (self.minerals is None or mineral in self.minerals)

    def merge(self, other: "Affected") -> "Affected":
        """Return the smallest one that covers both."""
        if not self or not other:
            return self or other
        minerals = None if self.minerals is None or other.minerals is None else self.minerals | other.minerals
        return Affected(minerals, min(self.from_day, other.from_day), max(self.to_day, other.to_day))


NOTHING: Final = Affected(frozenset(), date.max, date.min)


class ReferenceBook:
    """All reference data, kept from the entries of one topic or file."""

    def __init__(
        self,
        *,
        statuses: frozenset[FloorStatus] = APPLIED,
        max_carry_days: int = MAX_CARRY_DAYS,
        entries: Iterable[Entry] = (),
    ) -> None:
        self.zones = Zones()
        self.floors = FloorBook(self.zones, statuses)
        self.fx = FxRates(max_carry_days)
        self.quotas = Quotas()
        self.ratios = BasisRatios()
        self.values = ReferenceValues()
        self.capacities = Capacities()
        self.measures = Measures()
        for entry in entries:
            self.apply(entry)

    def __iter__(self) -> Iterator[Entry]:
        """Iterate over the entries that count, in an order that does not depend on how they came."""
        parts = (self.zones, self.floors, self.fx, self.quotas, self.ratios)
        for part in (*parts, self.values, self.capacities, self.measures):
            yield from part

    def apply(self, entry: Entry) -> Affected:
        """Take one entry and return what it may change: nothing where an equal one was there."""
        match entry:
            case Floor():
                return self._apply_floor(entry)
            case Zone():
                return self._apply_zone(entry)
            case FxDaily() | FxMonthly():
                return self._apply_rates(entry)
            case Quota():
                return _quota_change(self.quotas.put(entry), entry)
            case BasisRatio():
                return _ratio_change(self.ratios.put(entry), entry)
            case ReferenceValue():
                return _figure_change(self.values.put(entry), entry)
            case Capacity():
                return _figure_change(self.capacities.put(entry), entry)
            case Measure():
                return _measure_change(self.measures.put(entry), entry)

    def measures_on(self, product: str, destination: str) -> tuple[Measure, ...]:
        """Return every measure on *product* at *destination*, floors among them, in order of their first day."""
        return measures_on(self.measures, self.floors, self.zones, product, destination)

    def digest(self) -> str:
        """Return 16 hexadecimal digits that name this state of the book: equal books, equal digits."""
        state = sha256()
        for entry in self:
            state.update(key(entry).encode() + b"\n" + encode(entry) + b"\n")
        return state.hexdigest()[:16]

    def _apply_zone(self, zone: Zone) -> Affected:
        affected = _zone_change(self.zones.put(zone), zone)
        if affected:
            # Whom a measure of the zone is for decides what is read around its days too.
            for each in (*self.floors, *self.measures):
                if each.zone_id == zone.zone_id:
                    affected = affected.merge(_reach(each))
        return affected

    def _apply_floor(self, floor: Floor) -> Affected:
        alone = not self.floors.has_other(floor)
        before = self.floors.put(floor)
        if before == floor:
            return NOTHING
        affected = NOTHING
        for each in (before, floor):
            if each is not None:
                # A version replaces earlier ones for good, so a floor's end matters only while it has no other entry.
                last = each.effective_to - _DAY if alone and each.effective_to else date.max
                held = Affected(frozenset({each.mineral}), each.effective_from, last)
                affected = affected.merge(held).merge(_reach(each))
        return affected

    def _apply_rates(self, entry: FxDaily | FxMonthly) -> Affected:
        if self.fx.put(entry) == entry:
            return NOTHING
        if isinstance(entry, FxMonthly):
            return Affected(ALL_MINERALS, *entry.days())
        # Evidence holds a rate against the average of those before it.
        reach = max(self.fx.max_carry_days, BENCHMARK_DAYS - 1)
        return Affected(ALL_MINERALS, entry.day, entry.day + reach * _DAY)


def _zone_change(before: Zone | None, zone: Zone) -> Affected:
    members: set[Member] = set(zone.members)
    members ^= set(before.members if before else ())
    affected = NOTHING
    for member in members:
        last = member.valid_to - _DAY if member.valid_to else date.max
        affected = affected.merge(Affected(ALL_MINERALS, member.valid_from or date.min, last))
    return affected


def _quota_change(before: Quota | None, quota: Quota) -> Affected:
    if before == quota:
        return NOTHING
    affected = NOTHING
    for each in (before, quota):
        if each is not None:
            minerals = frozenset(product.partition("|")[0] for product in each.products)
            affected = affected.merge(Affected(minerals, each.period_from, each.period_to - _DAY))
    return affected


def _ratio_change(before: BasisRatio | None, ratio: BasisRatio) -> Affected:
    if before == ratio:
        return NOTHING
    affected = NOTHING
    for each in (before, ratio):
        if each is not None:
            minerals = None if each.product is None else frozenset({each.product.partition("|")[0]})
            last = each.valid_to - _DAY if each.valid_to else date.max
            affected = affected.merge(Affected(minerals, each.valid_from or date.min, last))
    return affected


def _figure_change(before: ReferenceValue | Capacity | None, figure: ReferenceValue | Capacity) -> Affected:
    if before == figure:
        return NOTHING
    affected = NOTHING
    for each in (before, figure):
        if each is not None:
            last = each.valid_to - _DAY if each.valid_to else date.max
            affected = affected.merge(Affected(frozenset({each.product.partition("|")[0]}), each.valid_from, last))
    return affected


def _measure_change(before: Measure | None, measure: Measure) -> Affected:
    if before == measure:
        return NOTHING
    affected = NOTHING
    for each in (before, measure):
        if each is not None:
            # A duty is part of what goods cost for as long as it is charged, however long after it began.
            last = each.effective_to - _DAY if each.effective_to else date.max
            affected = affected.merge(_reach(each)).merge(Affected(each.minerals, each.effective_from, last))
    return affected


def _reach(measure: Measure | Floor) -> Affected:
    """Return the days that a rule on the events of a measure may look at; a floor is one too."""
    minerals = frozenset({measure.mineral}) if isinstance(measure, Floor) else measure.minerals
    first = min(measure.announced_at, measure.effective_from)
    last = measure.effective_to or measure.effective_from
    return Affected(minerals, _moved(first, -EVENT_REACH_DAYS), _moved(last, EVENT_REACH_DAYS))


def _moved(day: date, days: int) -> date:
    """Return the day so many days on, not beyond the first and last there are."""
    return date.fromordinal(min(max(day.toordinal() + days, date.min.toordinal()), date.max.toordinal()))
