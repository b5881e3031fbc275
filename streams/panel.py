"""
The panel: what period rules read of one mineral, month by month and day by day.

It adds cells up to months once and keeps the sums until a day of theirs changes, so that a window of any length
costs a subtraction.  Single rows and sums by party are read only where a rule asks for them, once a month and lane.
Everything it answers is a function of the rows, the reference data and nothing else; where rows come in a list,
their order says nothing.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Final, NamedTuple, Protocol, TypeVar, cast

from streams.cells import Cell, Judged, Lane, LaneKey
from streams.exact import MICRO
from streams.memory import RowMemory
from streams.months import first_day, last_day, month_of
from streams.normalise import USD, Normaliser
from streams.posting import Posting
from streams.pricing import FloorTerms
from streams.quota_use import QuotaUse, QuotaUses
from streams.reference.book import ReferenceBook
from streams.reference.capacities import CapacityRole
from streams.reference.catalogue import Product
from streams.reference.content import GROSS, ContentUnknownError, content_kg
from streams.reference.measures import Measure
from streams.reference.units import UNITS
from streams.reference.values import ComparableValue, Role, converted
from streams.shapes import RELATED, TOMBSTONE, Interned, Kind, Shape

T = TypeVar("T")
Name = TypeVar("Name", str, tuple[str, str])

Party = tuple[str, str]
"""Exporter and importer, empty where not declared."""


class Sums(NamedTuple):
    """Sums over rows: micro-USD landed (CIF) and milligrams of content, rows in doubt about their unit left out."""

    rows: int = 0
    content_mg: int = 0
    value_uusd: int = 0
    floored_content_mg: int = 0
    """Of the rows that have a floor; so for the next two."""
    floored_value_uusd: int = 0
    floor_uusd: int = 0
    unpriced_rows: int = 0
    """Rows whose price is not known: in none of the other sums."""

    @property
    def unit_value(self) -> Fraction | None:
        """Return the unit value in USD per kg of content, None where there is no quantity."""
        return Fraction(self.value_uusd, self.content_mg) if self.content_mg else None


NO_SUMS = Sums()


def added(sums: Iterable[Sums]) -> Sums:
    """Return the sum of *sums*."""
    some = [each for each in sums if each is not NO_SUMS]
    if len(some) <= 1:
        return some[0] if some else NO_SUMS
    return Sums(*map(sum, zip(*some, strict=True)))


class MonthRows(NamedTuple):
    """A lane's month row by row, in columns; the priced rows whose unit is not in doubt."""

    rows: list[int]
    """Numbers in the market's memory."""
    content_mg: list[int]
    value_uusd: list[int]
    floor_uusd: list[int]
    """The floor's value of the same goods, 0 where the row has none."""
    landed_uusd: list[int]
    """What the goods were worth on the floor's own basis, to be compared with it; 0 where the row has none."""


class Columns(NamedTuple):
    """What is told of some rows, one number a row; equal numbers are equal shapes and parties."""

    shapes: list[int]
    parties: list[int]
    """0 where none is declared."""
    days: list[int]


class Lots(NamedTuple):
    """A lane's day row by row as far as rows look alike, in columns; the priced rows whose unit is not in doubt."""

    rows: list[int]
    """Numbers in the market's memory."""
    value_uusd: list[int]
    content_mg: list[int]
    quantity: list[int]
    """Declared micro-units."""
    landed_uusd: list[int]
    floor_uusd: list[int]
    terms: FloorTerms | None
    """How a floor applies to all of them, None where none does."""


class Tick(NamedTuple):
    """An assessment as it is compared with goods."""

    usd_per_kg: Fraction
    """Without tax, for a kilogram of content as trades of the product count it."""
    contributors: int | None
    """How many trades, bids or offers it rests on, where that is told."""
    shape: Shape
    """What was declared with it: currency, delivery terms, tax, place."""


class FloorAt(NamedTuple):
    """The floor that goods of an origin would meet at a destination on a day."""

    judged: Judged
    detail: str
    """Its ``id@version``, or why there is none."""
    usd_per_kg: Fraction | None
    """For a kilogram of content; None where there is none, or it cannot be converted."""


_NO_SHAPE: Final = TOMBSTONE
"""A shape in which nothing is declared."""


class Rows(Protocol):
    """What of a market the panel reads."""

    memory: RowMemory
    shapes: Interned[Shape]
    parties: Interned[Party]
    normaliser: Normaliser
    quotas: QuotaUses

    def row_posting(self, row: int) -> Posting:
        """Return where a remembered row is posted."""


class _LaneMonths:
    """A lane's month sums, and their running totals from its first month."""

    __slots__ = ("first", "running", "sums")

    def __init__(self) -> None:
        self.sums: dict[int, Sums] = {}
        self.first = 0
        self.running: list[Sums] = []
        """Totals through ``first``, ``first + 1`` ...; cut off where a month changed."""


class _Kept:
    """
    What was made of lanes' months or days, by place and name, for as long as it is asked for.

    What nobody asked for between two turns is let go of, and made again should anybody ask: a window moves on, and what
    it read stays behind.
    """

    __slots__ = ("_before", "_now")

    def __init__(self) -> None:
        self._now: dict[tuple[LaneKey, int], dict[str, Any]] = {}
        self._before: dict[tuple[LaneKey, int], dict[str, Any]] = {}

    def get(self, place: tuple[LaneKey, int], name: str, build: Callable[[], T]) -> T:
        """Return what is kept of *place* under *name*, what *build* makes where nothing is."""
        kept = self._now.get(place)
        if kept is None:
            kept = self._now[place] = {}
        if name not in kept:
            before = self._before.get(place, kept)
            kept[name] = before.pop(name) if name in before else build()
        return cast("T", kept[name])

    def drop(self, place: tuple[LaneKey, int]) -> None:
        """Let go of all that is kept of *place*, because it changed."""
        self._now.pop(place, None)
        self._before.pop(place, None)

    def turn(self) -> None:
        """Let go of what was not asked for since the last turn."""
        self._before, self._now = self._now, {}


class Panel:
    """Lanes of one mineral by what they have in common, their sums by month and by party."""

    def __init__(self, market: Rows) -> None:
        self._market = market
        self._lanes: dict[Kind, dict[str, dict[LaneKey, Lane]]] = {}
        self._months: dict[LaneKey, _LaneMonths] = {}
        self._summaries = _Kept()
        self._rows: dict[tuple[LaneKey, int], MonthRows] = {}
        self._day_summaries = _Kept()
        self._shared: dict[tuple[Any, ...], Any] = {}

    # -- kept up to date by the judge ------------------------------------------------------------------------

    def note(self, lane: Lane, day: int) -> None:
        """Take note that *day* of *lane* changed."""
        key = lane.key
        self._lanes.setdefault(key.kind, {}).setdefault(key.product, {})[key] = lane
        month = month_of(day)
        self._summaries.drop((key, month))
        self._rows.pop((key, month), None)
        self._day_summaries.drop((key, day))
        self._shared.clear()
        months = self._months.get(key)
        if months is not None:
            months.sums.pop(month, None)
            del months.running[max(0, month - months.first) :]
            if month < months.first:
                months.running.clear()

    def forget_rows(self) -> None:
        """Let go of what is kept for the judging under way alone: the single rows that were read are many."""
        self._rows.clear()
        self._shared.clear()

    def turn(self) -> None:
        """Let go of what nobody asked for since the last turn."""
        self._summaries.turn()
        self._day_summaries.turn()

    # -- what there is ---------------------------------------------------------------------------------------

    @property
    def book(self) -> ReferenceBook:
        """The reference data."""
        return self._market.normaliser.book

    def product(self, name: str) -> Product | None:
        """Return the catalogue's product called *name*."""
        return self._market.normaliser.catalogue.product(name)

    def products(self, kind: Kind = Kind.TRADE) -> list[str]:
        """Return the products that have lanes of *kind*, in order."""
        return sorted(self._lanes.get(kind, ()))

    def lanes(
        self, product: str, *, kind: Kind = Kind.TRADE, origin: str | None = None, destination: str | None = None
    ) -> list[Lane]:
        """Return the lanes of *product*, in order of key; of ticks, an origin is an instrument."""
        lanes = self._lanes.get(kind, {}).get(product, {})
        return [
            lanes[key]
            for key in sorted(lanes)
            if (origin is None or key.origin == origin) and (destination is None or key.destination == destination)
        ]

    def by_destination(self, product: str, *, kind: Kind = Kind.TRADE) -> dict[str, list[Lane]]:
        """Return the lanes of *product* by destination, both in order."""
        found: dict[str, list[Lane]] = {}
        for lane in self.lanes(product, kind=kind):
            found.setdefault(lane.key.destination, []).append(lane)
        return dict(sorted(found.items()))

    def flows(self, product: str, through: int, months: int) -> list[Lane]:
        """
        Return a lane for each way that *product* takes: as declared on entry, on leaving where that lacks.

        Which of the two it is goes by the *months* months that end with *through*, so that what comes later, or is
        taken back, changes no answer of before.
        """
        ways: dict[tuple[str, ...], Lane] = {}
        for kind in (Kind.EXPORT, Kind.TRADE):
            for key, lane in self._lanes.get(kind, {}).get(product, {}).items():
                sums = self.window(lane, through, months)
                if sums.rows or sums.unpriced_rows:
                    ways[key[1:]] = lane
        return [ways[way] for way in sorted(ways)]

    def stands(self, product: str, first: int, last: int) -> bool:
        """Return whether any record from *first* to *last* (ordinals) stands, of *product* or, where empty, of any."""
        return any(
            any(tally.rows for tally in lane.cells[day].tallies.values())
            for by_product in self._lanes.values()
            for name in ((product,) if product else by_product)
            for lane in by_product.get(name, {}).values()
            for day in _days_between(lane, first, last)
        )

    # -- sums ------------------------------------------------------------------------------------------------

    def month(self, lane: Lane, month: int) -> Sums:
        """Return the sums of a lane's month."""
        months = self._months.get(lane.key)
        if months is None:
            months = self._months[lane.key] = _LaneMonths()
        sums = months.sums.get(month)
        if sums is None:
            sums = months.sums[month] = added(_cell_sums(lane.cells[day]) for day in days_of(lane, month))
        return sums

    def window(self, lane: Lane, through: int, months: int) -> Sums:
        """Return the sums of the *months* months that end with the month *through*, at a cost that is theirs alone."""
        before, after = self._running(lane, through - months), self._running(lane, through)
        return Sums(*map(int.__sub__, after, before)) if before is not NO_SUMS else after

    def total(self, lanes: Iterable[Lane], through: int, months: int = 1) -> Sums:
        """Return the sums of several lanes' windows."""
        return added(self.window(lane, through, months) for lane in lanes)

    def day(self, lane: Lane, day: int) -> Sums:
        """Return the sums of a lane's day."""
        cell = lane.cells.get(day)
        return NO_SUMS if cell is None else _cell_sums(cell)

    def price(self, lane: Lane, day: int) -> Fraction | None:
        """Return what a tick lane's instrument cost on *day*, USD per kg; None where it was not assessed or priced."""
        tick = self.tick(lane, day)
        return None if tick is None else tick.usd_per_kg

    def tick(self, lane: Lane, day: int) -> Tick | None:
        """Return a tick lane's assessment of *day*; None where there is none, or it cannot be compared with goods."""
        if day not in lane.cells:
            return None
        return self._day_summaries.get((lane.key, day), "tick", lambda: self._read_tick(lane.cells[day]))

    def below_mg(self, lane: Lane, day: int) -> int:
        """Return the milligrams of content that a lane's day landed below their floor by more than its tolerance."""
        cell = lane.cells.get(day)
        return 0 if cell is None else cell.total("below_content_mg")

    def first_month(self, lane: Lane) -> int:
        """Return the month of a lane's first day."""
        return month_of(lane.days[0])

    # -- rows and parties ------------------------------------------------------------------------------------

    def summary(self, name: str, lane: Lane, month: int, build: Callable[[MonthRows], T]) -> T:
        """Return what *build* makes of a lane's month row by row; kept under *name* until the month changes."""
        return self._summaries.get((lane.key, month), name, lambda: build(self.rows(lane, month)))

    def kept(self, name: str, lane: Lane, month: int, build: Callable[[], T]) -> T:
        """
        Return what *build* makes of a lane's month without reading its rows; kept under *name* until the month changes.

        Of the reference data it may depend on what holds on days on which the lane has trade in that month: a change
        to those makes the month change.
        """
        return self._summaries.get((lane.key, month), name, build)

    def shared(self, name: tuple[Any, ...], build: Callable[[], T]) -> T:
        """Return what *build* makes of several lanes; kept under *name*, for whichever rule asks, until any changes."""
        if name not in self._shared:
            self._shared[name] = build()
        return cast("T", self._shared[name])

    def day_summary(self, name: str, lane: Lane, day: int, build: Callable[[Iterable[Lots]], T]) -> T:
        """Return what *build* makes of a lane's day row by row; kept under *name* until the day changes."""
        return self._day_summaries.get(
            (lane.key, day), name, lambda: build(self._lots(lane.cells[day]) if day in lane.cells else ())
        )

    def by_party(self, lane: Lane, month: int) -> Mapping[Party, Sums]:
        """Return the sums of a lane's month by exporter and importer as declared."""
        return self.summary("by_party", lane, month, self._by_party)

    def by_exporter(self, lane: Lane, month: int) -> Mapping[str, Sums]:
        """Return the sums of a lane's month by exporter, whoever imported; empty where none was declared."""
        return self.summary("by_exporter", lane, month, lambda rows: self._by_name(rows, 0))

    def by_importer(self, lane: Lane, month: int) -> Mapping[str, Sums]:
        """Return the sums of a lane's month by importer, whoever exported; empty where none was declared."""
        return self.summary("by_importer", lane, month, lambda rows: self._by_name(rows, 1))

    def arms_length(self, lane: Lane, month: int) -> Mapping[str, Sums]:
        """Return :meth:`by_exporter` without what related parties declared: their prices are no export prices."""
        return self.summary("arms_length", lane, month, lambda rows: self._arms_length(lane, month, rows))

    def parties(self, lanes: Iterable[Lane], through: int, months: int = 1) -> dict[Party, Sums]:
        """Return the sums of several lanes' windows by exporter and importer, in order."""
        found: dict[Party, list[Sums]] = {}
        for lane in lanes:
            for month in _months_of(lane, through - months + 1, through):
                for party, sums in self.by_party(lane, month).items():
                    found.setdefault(party, []).append(sums)
        return {party: added(found[party]) for party in sorted(found)}

    def rows(self, lane: Lane, month: int) -> MonthRows:
        """Return a lane's month row by row."""
        rows = self._rows.get((lane.key, month))
        if rows is None:
            rows = self._rows[lane.key, month] = self._read_rows(lane, month)
        return rows

    def unrelated(self, rows: MonthRows) -> MonthRows:
        """Return *rows* without those of related parties: *rows* itself where there are none."""
        shape_of = self._market.memory.shape
        shapes = {shape_of[row] for row in rows.rows}
        related = {shape for shape in shapes if RELATED in self.shape_numbered(shape).terms}
        if not related:
            return rows
        kept = [each for each in zip(*rows, strict=True) if shape_of[each[0]] not in related]
        return MonthRows(*map(list, zip(*kept, strict=True))) if kept else MonthRows([], [], [], [], [])

    def columns(self, rows: Sequence[int]) -> Columns:
        """Return what is told of *rows* by number: shapes, parties and days."""
        memory = self._market.memory
        shape, party, day = memory.shape, memory.party, memory.day
        return Columns([shape[row] for row in rows], [party[row] for row in rows], [day[row] for row in rows])

    def names(self, rows: Sequence[int], role: int) -> list[str]:
        """Return the exporters (*role* 0) or importers (1) of *rows*."""
        party_of, keys = self._market.memory.party, self._market.parties.keys
        return [keys[party_of[row]][role] for row in rows]

    def shape_numbered(self, number: int) -> Shape:
        """Return the shape that :meth:`columns` calls *number*."""
        return self._market.shapes.keys[number]

    def party_numbered(self, number: int) -> Party:
        """Return the parties that :meth:`columns` calls *number*; 0 is nobody."""
        return self._market.parties.keys[number]

    def party(self, row: int) -> Party:
        """Return the exporter and importer of a row."""
        return self._market.parties.keys[self._market.memory.party[row]]

    def record_id(self, row: int) -> str:
        """Return the id of a row's record."""
        return self._market.memory.record_id(row)

    def row_day(self, row: int) -> int:
        """Return the day (ordinal) of a row."""
        return self._market.memory.day[row]

    def shape(self, row: int) -> Shape:
        """Return what a row's record shares with others: commodity code, currency, grade ..."""
        return self._market.shapes.keys[self._market.memory.shape[row]]

    # -- reference data --------------------------------------------------------------------------------------

    def value(self, role: Role, product: str, *, country: str, exporter: str = "", day: int) -> ComparableValue | str:
        """Return what the reference data have for a role on *day* in USD per kg of content; a text says what lacks."""
        on = date.fromordinal(day)
        value = self.book.values.find(role, product, country=country, exporter=exporter or None, day=on)
        if value is None:
            of = f" by {exporter}" if exporter else ""
            return f"no {role.replace('_', ' ')} of {product} in {country}{of} on {on}"
        catalogued = self.product(product)
        if catalogued is None:
            return f"{product} is not in the catalogue"
        return converted(value, product=catalogued, fx=self.book.fx, day=on)

    def measures(self, product: str, destination: str) -> tuple[Measure, ...]:
        """Return every measure on *product* at *destination*, floors among them, in order of their first day."""
        return self.book.measures_on(product, destination)

    def capacity_kg_per_year(self, product: str, *, country: str, role: CapacityRole, day: int) -> Fraction | str:
        """Return what a country makes, or can make, of *product* in a year, kg of content; a text says what lacks."""
        capacity = self.book.capacities.find(product, country=country, role=role, day=date.fromordinal(day))
        catalogued = self.product(product)
        if capacity is None or catalogued is None:
            return f"no {role} of {product} in {country} on {date.fromordinal(day)}"
        return capacity.content_kg_per_year(catalogued)

    @property
    def quotas(self) -> Iterable[QuotaUse]:
        """The tariff quota periods that the mineral's goods drew on, by id, first day and origin."""
        return self._market.quotas

    def floor_at(self, product: str, *, origin: str, destination: str, day: int, grade_pct: str = "") -> FloorAt:
        """Return the floor that goods of a grade (empty: the usual) would meet on *day*, sold CIF in US dollars."""
        fields = {"currency": USD, "unit": "kg", "incoterm": "CIF", "product": product, "grade_pct": grade_pct}
        shape = _NO_SHAPE._replace(kind=Kind.TRADE, origin=origin, destination=destination, **fields)
        judgement = self._market.normaliser.pricing(shape, day).judgements[0]
        if judgement.terms is None or not judgement.content_kg:
            return FloorAt(judgement.judged, judgement.detail, None)
        return FloorAt(judgement.judged, judgement.detail, judgement.terms.floor_usd / judgement.content_kg)

    # -- zones -----------------------------------------------------------------------------------------------

    def zones(self, country: str, day: int) -> tuple[str, ...]:
        """Return the zones that *country* is a member of on *day*."""
        return self.book.zones.of(country, date.fromordinal(day))

    # -- within ----------------------------------------------------------------------------------------------

    def _running(self, lane: Lane, month: int) -> Sums:
        """Return the sums of a lane through *month*."""
        if not lane.days:
            return NO_SUMS
        first, last = month_of(lane.days[0]), month_of(lane.days[-1])
        month = min(month, last)
        if month < first:
            return NO_SUMS
        self.month(lane, month)
        months = self._months[lane.key]
        if months.first != first:
            months.first, months.running = first, []
        running = months.running
        while len(running) <= month - first:
            upto = running[-1] if running else NO_SUMS
            running.append(added((upto, self.month(lane, first + len(running)))))
        return running[month - first]

    def _arms_length(self, lane: Lane, month: int, rows: MonthRows) -> Mapping[str, Sums]:
        kept = self.unrelated(rows)
        return self.by_exporter(lane, month) if kept is rows else self._by_name(kept, 0)

    def _by_party(self, rows: MonthRows) -> dict[Party, Sums]:
        party_of, keys = self._market.memory.party, self._market.parties.keys
        return grouped(rows, [keys[party_of[row]] for row in rows.rows])

    def _by_name(self, rows: MonthRows, role: int) -> dict[str, Sums]:
        return grouped(rows, self.names(rows.rows, role))

    def _read_rows(self, lane: Lane, month: int) -> MonthRows:
        found = MonthRows([], [], [], [], [])
        for day in days_of(lane, month):
            for posting, rows in self._by_posting(lane.cells[day]):
                self._append(found, posting, rows)
        return found

    def _by_posting(self, cell: Cell) -> Iterator[tuple[Posting, list[int]]]:
        """Return a cell's rows that count by where they are posted."""
        replaced, shapes = self._market.memory.replaced, self._market.memory.shape
        by_shape: dict[int, list[int]] = {}
        for row in self._market.memory.chained(cell.last):
            if not replaced[row]:
                by_shape.setdefault(shapes[row], []).append(row)
        for rows in by_shape.values():
            posting = self._market.row_posting(rows[0])
            if posting.own is None and posting.pricing.unpriced is None:
                yield posting, rows
            elif posting.pricing.unpriced is None:
                yield from ((self._market.row_posting(row), [row]) for row in rows)

    def _lots(self, cell: Cell) -> Iterator[Lots]:
        return (self._lot(posting, rows) for posting, rows in self._by_posting(cell))

    def _lot(self, posting: Posting, rows: list[int]) -> Lots:
        memory = self._market.memory
        values, quantities = [memory.value[row] for row in rows], [memory.quantity[row] for row in rows]
        if posting.may_slip(values, quantities):
            slips = map(posting.slip, values, quantities)
            rows = [row for row, slip in zip(rows, slips, strict=True) if not slip]
            values, quantities = [memory.value[row] for row in rows], [memory.quantity[row] for row in rows]
        against = posting.first
        value_uusd, content_mg = against.scaled(values, quantities)
        landed, floors = against.landed(values), against.floors(quantities)
        return Lots(rows, value_uusd, content_mg, quantities, landed, floors, against.terms)

    def _append(self, found: MonthRows, posting: Posting, rows: list[int]) -> None:
        lots = self._lot(posting, rows)
        found.rows.extend(lots.rows)
        found.value_uusd.extend(lots.value_uusd)
        found.content_mg.extend(lots.content_mg)
        found.floor_uusd.extend(lots.floor_uusd)
        found.landed_uusd.extend(lots.landed_uusd)

    def _read_tick(self, cell: Cell) -> Tick | None:
        memory = self._market.memory
        for row in memory.chained(cell.last):
            if memory.replaced[row]:
                continue
            shape, pricing = self.shape(row), self._market.row_posting(row).pricing
            per_unit = self._content_kg(shape)
            if pricing.unpriced is None and per_unit:
                usd = Fraction(memory.value[row], MICRO) * pricing.value_factors[0]
                return Tick(usd / per_unit, int(shape.contributors) if shape.contributors else None, shape)
        return None

    def _content_kg(self, shape: Shape) -> Fraction | None:
        """Return the kilograms of content in one unit that a tick prices; None where that cannot be told."""
        product = self.product(shape.product)
        if product is None:
            return None
        basis = shape.price_of or (product.quote.of if UNITS[shape.unit].of_content else None) or GROSS
        try:
            return content_kg(product, unit=shape.unit, content_basis=basis, grade_pct=shape.grade_pct or None)
        except ContentUnknownError:
            return None


def grouped(rows: MonthRows, names: Sequence[Name]) -> dict[Name, Sums]:
    """Return the sums of rows by *names*, one a row."""
    found: dict[Name, list[int]] = {}
    for name, content, value, floor in zip(names, rows.content_mg, rows.value_uusd, rows.floor_uusd, strict=True):
        sums = found.get(name)
        if sums is None:
            sums = found[name] = [0] * 6
        sums[0] += 1
        sums[1] += content
        sums[2] += value
        if floor:
            sums[3] += content
            sums[4] += value
            sums[5] += floor
    return {name: Sums(*sums) for name, sums in found.items()}


def days_of(lane: Lane, month: int) -> list[int]:
    """Return the days of a lane's month that have a cell."""
    return _days_between(lane, first_day(month), last_day(month))


def _days_between(lane: Lane, first: int, last: int) -> list[int]:
    days = lane.days
    return days[bisect_left(days, first) : bisect_right(days, last)]


def _months_of(lane: Lane, first: int, last: int) -> range:
    """Return the months from *first* to *last* in which the lane can have a day."""
    if not lane.days:
        return range(0)
    return range(max(first, month_of(lane.days[0])), min(last, month_of(lane.days[-1])) + 1)


_FLOORED = (Judged.FLOOR, Judged.AMBIGUOUS)


def _cell_sums(cell: Cell) -> Sums:
    rows = content = value = floored_content = floored_value = floor = unpriced = 0
    for key, tally in cell.tallies.items():
        if key.judged is Judged.UNPRICED:
            unpriced += tally.rows
            continue
        rows += tally.rows
        content += tally.content_mg
        value += tally.value_uusd
        if key.judged in _FLOORED:
            floored_content += tally.content_mg
            floored_value += tally.value_uusd
            floor += tally.floor_uusd
    return Sums(rows, content, value, floored_content, floored_value, floor, unpriced)
