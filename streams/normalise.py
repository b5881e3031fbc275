"""
Normalising: from what was declared to dollars, kilograms of content and a floor, exactly.

Which product, which unit, which delivery terms, which rate, which floor: all of it depends on a record's shape and
day only, so it is worked out once for both, as exact factors, with the steps kept in words (the conversion
trail).  What is missing is named, never filled in.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from operator import attrgetter
from typing import Final, NamedTuple

from streams.cells import Judged
from streams.exact import MICRO, NotADecimalError, decimal_text, fraction, micros, micros_text, round_half_up
from streams.records import PriceTick, Refusal, Status, Trade, Unpriced
from streams.reference.basis import BASIS_OF, WITHOUT_INSURANCE, Basis, BasisMissing
from streams.reference.book import ReferenceBook
from streams.reference.catalogue import Catalogue, Product, load_catalogue
from streams.reference.floors import DRY, GROSS, INCOTERMS, Floor, FloorQuery, FloorResolution, ResolutionKind
from streams.reference.fx import FxMissing, FxRate
from streams.reference.levy import LevyTerms
from streams.reference.quotas import Quota
from streams.reference.stoichiometry import StoichiometryError, equivalent
from streams.reference.units import UNITS, Unit
from streams.shapes import Kind, Shape

USD: Final = "USD"
CARRIED: Final = "+freight"
"""Appended to a shape's incoterm where declared freight was added to the value: that is CFR, not insured yet."""
INSURED: Final = "+insurance"
"""Appended where declared insurance was added, and with it all that the incoterm leaves out of a CIF value."""

WITHOUT_FREIGHT: Final = frozenset({"FCA", "FAS", "FOB"})
"""
Incoterms that pay neither freight nor insurance: what is declared of them is added.  EXW is none of them: what it
leaves out besides, carriage to the port and clearance for export, no record declares.
"""

_PERCENT_PLACES: Final = 12
_WHOLE: Final = 100
_LIMIT: Final = 2**63

ONE_UNIT: Final = MICRO
"""A tick's quantity: one of its unit."""

_JUDGED: Final = {
    ResolutionKind.FOUND: Judged.FLOOR,
    ResolutionKind.AMBIGUOUS: Judged.AMBIGUOUS,
    ResolutionKind.MISSING: Judged.MISSING,
    ResolutionKind.OUT_OF_ZONE: Judged.OUT_OF_ZONE,
    ResolutionKind.SUSPENDED: Judged.SUSPENDED,
    ResolutionKind.EXEMPT: Judged.EXEMPT,
}


class RefusedError(Exception):
    """Raised for a record that cannot be right; says what was found and what to do."""

    def __init__(self, reason: Refusal, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class UnpricedError(Exception):
    """Raised where something is missing that a price needs; the record waits for it."""

    def __init__(self, reason: Unpriced, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorTerms:
    """A floor as it applies to one shape and day."""

    floor: Floor
    floor_usd: Fraction
    """The floor of one declared unit of quantity, USD."""
    landed_usd: Fraction
    """One unit of the declared currency on the floor's own basis, USD."""
    landed_ratio: Fraction
    """``landed_usd`` over the USD value that cells add up."""
    tolerance: Fraction
    """As a part of the floor."""
    levy: LevyTerms
    plain: bool
    """Whether the levy on a breach is simply the gap."""
    least_value_usd: Fraction
    """Landed value (micro-USD) under which the floor lets goods pass: its de minimis."""
    least_quantity: Fraction
    """Quantity (declared micro-units) under which the floor lets goods pass: its smallest lot."""
    factors: tuple[Fraction, ...]
    """What the declared quantity is multiplied by to give the floor's value: units, price, rate."""


class Judgement(NamedTuple):
    """One tally that rows of a shape and day are posted to."""

    judged: Judged
    detail: str
    usd: Fraction
    """One unit of the declared currency, USD."""
    content_kg: Fraction
    """One declared unit of quantity, kg of content."""
    terms: FloorTerms | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pricing:
    """All that a shape and day decide about a row."""

    judgements: tuple[Judgement, ...]
    unpriced: Unpriced | None = None
    value_factors: tuple[Fraction, ...] = ()
    """What the declared value is multiplied by to give the landed value in USD: rate, tax, basis."""
    notes: tuple[str, ...] = ()
    """What was estimated or taken as usual."""


def factor_text(*factors: Fraction) -> str:
    """Return factors as exact arithmetic to append to an amount; ones are left out."""
    text = ""
    for factor in factors:
        text += f" * {factor.numerator}" if factor.numerator != 1 else ""
        text += f" / {factor.denominator}" if factor.denominator != 1 else ""
    return text


@dataclass(frozen=True, slots=True)
class Route:
    """Where records that look alike go, and how to read their amounts."""

    mineral: str
    shape: Shape
    value_per_price: Fraction | None = None
    """Declared units of price in one declared unit of quantity, where records give a unit price."""
    added: tuple[str, ...] = ()
    """What is added to the value: ``freight``, ``insurance``, where the incoterm leaves them out and they are given."""

    def amounts(self, record: Trade | PriceTick) -> tuple[int, int]:
        """Return value and quantity in micro-units; raises :class:`RefusedError` or NotADecimalError."""
        if type(record) is PriceTick:
            return _positive(_tick_price(record), Refusal.VALUE_NOT_POSITIVE, "price"), ONE_UNIT
        if record.quantity is None:
            raise RefusedError(Refusal.MISSING_FIELD, "quantity is missing; declare it with its unit")
        quantity = micros(record.quantity)
        if quantity <= 0:
            raise RefusedError(Refusal.QUANTITY_NOT_POSITIVE, f"quantity must be positive, was {record.quantity}")
        if record.value is not None:
            value = _sold(micros(record.value))
        elif record.price is not None and self.value_per_price is not None:
            value = _sold(micros(record.price))
        else:
            raise RefusedError(Refusal.MISSING_FIELD, "neither value nor price is given; declare one of them")
        if self.added:
            value = _positive(
                value + self._added(record), Refusal.VALUE_NOT_POSITIVE, "value with freight and insurance"
            )
        if record.value is None and self.value_per_price is not None:
            value = round_half_up(value * self.value_per_price * quantity / MICRO)
            value = _positive(value, Refusal.VALUE_NOT_POSITIVE, "value")
        if value >= _LIMIT:
            raise RefusedError(Refusal.OUT_OF_RANGE, f"a value of {micros_text(value)} is too large to be one")
        return value, quantity

    def _added(self, record: Trade) -> int:
        """Return freight and insurance, in micro-units of what they are added to: the value, or the unit price."""
        return sum(micros(getattr(record, name)) for name in self.added)


trade_key: Final = attrgetter(
    "product",
    "hs_code",
    "origin",
    "destination",
    "currency",
    "unit",
    "incoterm",
    "grade_pct",
    "moisture_pct",
    "vat_pct",
    "regime",
    "price_unit",
    "price_of",
    "hs_version",
)
"""What of a trade decides its route, together with whether freight and insurance are given."""


def tick_key(tick: PriceTick) -> tuple[str | None, ...]:
    """Return what of a tick decides its route."""
    return (
        tick.instrument,
        tick.product,
        tick.currency,
        tick.unit,
        tick.price_of,
        tick.vat_pct,
        tick.incoterm,
        tick.grade_pct,
    )


class Normaliser:
    """Routes records and prices shapes by a reference book; the same book and settings price the same."""

    def __init__(self, book: ReferenceBook, *, catalogue: Catalogue | None = None, hindsight: bool = False) -> None:
        self.book = book
        self.catalogue = catalogue or load_catalogue()
        self.hindsight = hindsight
        self._rates: dict[tuple[str, int], FxRate | FxMissing] = {}
        self._standings: dict[tuple[Shape, str, int], Standing] = {}
        self._turns: dict[str, list[int]] = {}
        self._exporters: dict[str, frozenset[str]] = {}

    def route(self, record: Trade | PriceTick) -> Route:
        """Return the route of records like *record*; raises :class:`RefusedError` where none can be right."""
        if type(record) is PriceTick:
            return self._tick_route(record)
        return self._trade_route(record)

    def pricing(self, shape: Shape, day: int, exporter: str = "") -> Pricing:
        """Return how rows of *shape* are judged on *day* (ordinal); *exporter* where a floor names it."""
        standing = self._standing(shape, day, exporter)
        rates = tuple(self._rate(currency, day) for currency in standing.currencies)
        # A rate is told apart by what it is worth: days that share it share the pricing.
        worth = tuple(rate.rate if isinstance(rate, FxRate) else rate.reason for rate in rates)
        pricing = standing.by_rates.get(worth)
        if pricing is None:
            pricing = standing.by_rates[worth] = standing.price(rates)
        return pricing

    def rate_notes(self, shape: Shape, day: int) -> list[str]:
        """Return the rates that a shape's pricing of *day* rests on, in words."""
        rates = ((currency, self._rate(currency, day)) for currency in self._standing(shape, day).currencies)
        return [
            f"{currency}/USD of {rate.rate_date}, {rate.publisher}"
            for currency, rate in rates
            if currency != USD and isinstance(rate, FxRate)
        ]

    def named_exporters(self, product: str) -> frozenset[str]:
        """Return the exporters that a floor of *product* names: their rows are priced apart."""
        named = self._exporters.get(product)
        if named is None:
            floors = self.book.floors.of_product(product)
            named = frozenset(exporter for floor in floors for exporter in floor.applies_to.exporters)
            self._exporters[product] = named
        return named

    def quota(self, floor_name: str, origin: str, day: int) -> Quota | None:
        """Return the tariff quota period that goods of *origin* under a floor ``id@version`` draw on."""
        on = date.fromordinal(day)
        floor = self.book.floors.period(floor_name, on)
        if floor is None or floor.quota_id is None:
            return None
        return self.book.quotas.find(floor.quota_id, day=on, origin=origin)

    def forget(self) -> None:
        """Work everything out anew: the book has changed."""
        self._rates.clear()
        self._standings.clear()
        self._turns.clear()
        self._exporters.clear()

    def _standing(self, shape: Shape, day: int, exporter: str = "") -> "Standing":
        turns = self._turns.get(shape.product)
        if turns is None:
            turns = self._turns[shape.product] = turning_days(self.book, shape.product)
        key = (shape, exporter, bisect_right(turns, day))
        standing = self._standings.get(key)
        if standing is None:
            standing = self._standings[key] = self._new_standing(shape, day, exporter)
        return standing

    def _new_standing(self, shape: Shape, day: int, exporter: str) -> "Standing":
        product = self.catalogue.product(shape.product)
        if product is None:
            message = f"shape of {shape.product}, which the catalogue does not have"
            raise ValueError(message)
        on = date.fromordinal(day)
        known_on = date.max if self.hindsight else on
        return Standing(self.book, product, shape, on, known_on=known_on, exporter=exporter)

    def _rate(self, currency: str, day: int) -> FxRate | FxMissing:
        rate = self._rates.get((currency, day))
        if rate is None:
            rate = self._rates[currency, day] = self.book.fx.rate(currency, USD, date.fromordinal(day))
        return rate

    def _trade_route(self, record: Trade) -> Route:
        product = self._product(record)
        unit = _unit(record.unit)
        _given(record, "origin", "destination")
        incoterm = _incoterm(record.incoterm)
        added = _added_to(incoterm, record)
        built = (CARRIED if "freight" in added else "") + (INSURED if "insurance" in added else "")
        shape = Shape(
            kind=Kind.TRADE,
            product=product.name,
            origin=record.origin,
            destination=record.destination,
            currency=record.currency or "",
            unit=record.unit,
            price_of="",
            incoterm=incoterm + built,
            grade_pct=_percentage("grade_pct", record.grade_pct),
            moisture_pct=_percentage("moisture_pct", record.moisture_pct),
            vat_pct=_percentage("vat_pct", record.vat_pct),
            hs_code=record.hs_code or "",
            regime=record.regime or "",
        )
        return Route(product.mineral, shape, _per_price(record, product, unit), added)

    def _tick_route(self, record: PriceTick) -> Route:
        product = self.catalogue.product(record.product)
        if product is None:
            raise _unknown_product(record.product, self.catalogue)
        _unit(record.unit)
        _given(record, "instrument")
        shape = Shape(
            kind=Kind.TICK,
            product=product.name,
            origin=record.instrument,
            destination="",
            currency=record.currency or "",
            unit=record.unit,
            price_of=record.price_of or "",
            incoterm=_incoterm(record.incoterm),
            grade_pct=_percentage("grade_pct", record.grade_pct),
            moisture_pct="",
            vat_pct=_percentage("vat_pct", record.vat_pct),
            hs_code="",
            regime="",
        )
        return Route(product.mineral, shape)

    def _product(self, record: Trade) -> Product:
        if record.product is not None:
            product = self.catalogue.product(record.product)
            if product is None:
                raise _unknown_product(record.product, self.catalogue)
            return product
        if record.hs_code is None:
            raise RefusedError(Refusal.MISSING_FIELD, "neither product nor hs_code is given; declare one of them")
        match = self.catalogue.match_hs(record.hs_code, record.hs_version)
        if match.product is None:
            reason = Refusal.AMBIGUOUS_PRODUCT if match.candidates else Refusal.UNKNOWN_PRODUCT
            raise RefusedError(reason, f"{match.reason}; declare the product")
        return match.product


class Candidate(NamedTuple):
    """A floor that a shape is judged by, before its currency is converted."""

    floor: Floor
    net: Fraction
    """Its price without tax, in its currency."""
    units: Fraction
    """How many of its units are in one declared unit of quantity."""
    to_floor: Fraction
    """By what a declared price is multiplied to stand on the floor's basis."""


class Standing:
    """
    How a shape stands between two turning days: all of its pricing but the rates.

    What is missing is kept as an :class:`UnpricedError` and said whatever the rates.
    """

    def __init__(
        self, book: ReferenceBook, product: Product, shape: Shape, day: date, *, known_on: date, exporter: str
    ) -> None:
        self.by_rates: dict[tuple[Fraction | str, ...], Pricing] = {}
        self._book, self._product, self._shape, self._day, self._known_on = book, product, shape, day, known_on
        self._exporter = exporter
        self._notes: list[str] = []
        self._missing: UnpricedError | None = None
        self._candidates: list[Candidate] = []
        self._judged, self._detail = Judged.MISSING, "no floor for the product"
        self._to_cif, self._content = Fraction(1), Fraction(1)
        self._taxed = 1 / (1 + _part(shape.vat_pct))
        try:
            self._prepare_tick() if shape.kind is Kind.TICK else self._prepare_trade()
        except UnpricedError as e:
            self._missing = e
        floors = {each.floor.currency for each in self._candidates}
        self.currencies = (shape.currency, *sorted(floors))

    def price(self, rates: tuple[FxRate | FxMissing, ...]) -> Pricing:
        """Return the pricing at *rates*, one for each of ``currencies``."""
        try:
            if self._missing is not None:
                raise self._missing
            usd_of = dict(zip(self.currencies, map(_known, rates), strict=True))
        except UnpricedError as e:
            none = Judgement(Judged.UNPRICED, e.reason, Fraction(0), Fraction(0), None)
            return Pricing(judgements=(none,), unpriced=e.reason, notes=(e.detail,))
        fx = usd_of[self._shape.currency]
        if self._shape.kind is Kind.TICK:
            return self._price_tick(fx * self._taxed, usd_of)
        return self._price_trade(fx, usd_of)

    def _price_trade(self, fx: Fraction, usd_of: dict[str, Fraction]) -> Pricing:
        usd = fx * self._taxed * self._to_cif
        terms = None
        if self._candidates:
            priced = [
                (each.units * each.net * usd_of[each.floor.currency], each.floor.name, each)
                for each in self._candidates
            ]
            floor_usd, _, best = max(priced, key=lambda each: each[:2])
            factors = (best.units, best.net, usd_of[best.floor.currency])
            landed_usd = fx * self._taxed * best.to_floor
            terms = self._terms(best, floor_usd=floor_usd, landed_usd=landed_usd, usd=usd, factors=factors)
        detail = terms.floor.name if terms else self._detail
        return Pricing(
            judgements=(Judgement(self._judged, detail, usd, self._content, terms),),
            value_factors=(fx, self._taxed, self._to_cif),
            notes=tuple(self._notes),
        )

    def _price_tick(self, usd: Fraction, usd_of: dict[str, Fraction]) -> Pricing:
        judgements = []
        for each in self._candidates:
            kg = UNITS[each.floor.unit].kg
            per_kg = usd / (each.units * kg)
            factors = (1 / kg, each.net, usd_of[each.floor.currency])
            floor_usd = each.net * usd_of[each.floor.currency] / kg
            terms = self._terms(each, floor_usd=floor_usd, landed_usd=per_kg, usd=per_kg, factors=factors)
            judgements.append(Judgement(Judged.FLOOR, each.floor.name, per_kg, Fraction(1), terms))
        if not judgements:
            judgements = [Judgement(Judged.MISSING, self._detail, usd, Fraction(1), None)]
        return Pricing(judgements=tuple(judgements), value_factors=(usd,), notes=tuple(self._notes))

    def _prepare_trade(self) -> None:
        basis = self._basis()
        resolution = self._resolve()
        self._judged = _JUDGED[resolution.kind]
        self._detail = resolution.cause
        floors = resolution.candidates if self._judged in (Judged.FLOOR, Judged.AMBIGUOUS) else ()
        to_cif = self._ratio(basis, Basis.CIF)
        if to_cif is None and not any(self._floor_basis(floor) is basis for floor in floors):
            raise self._no_ratio(basis)
        self._to_cif = Fraction(1) if to_cif is None else to_cif
        self._content = self._content_kg()
        for floor in floors:
            to_floor = self._ratio(basis, self._floor_basis(floor))
            if to_floor is None:
                raise self._no_ratio(basis)
            self._candidates.append(Candidate(floor, _net(floor), self._in_floor_units(floor), to_floor))
        if len(floors) > 1:
            self._notes.append(resolution.reason)

    def _prepare_tick(self) -> None:
        in_force = self._book.floors.in_force(self._product.name, day=self._day, known_on=self._known_on)
        for floor in in_force:
            if floor.suspended:
                continue
            try:
                units = self._in_floor_units(floor, priced_of=self._shape.price_of)
            except UnpricedError as e:
                self._notes.append(f"not compared with {floor.name}: {e.detail}")
            else:
                self._candidates.append(Candidate(floor, _net(floor), units, Fraction(1)))

    def _basis(self) -> Basis:
        incoterm = self._shape.incoterm
        if incoterm.endswith(INSURED):
            return Basis.CIF
        if not incoterm:
            raise UnpricedError(Unpriced.BASIS_UNKNOWN, "no incoterm is declared")
        if incoterm in WITHOUT_INSURANCE or incoterm.endswith(CARRIED):
            raise UnpricedError(
                Unpriced.BASIS_UNKNOWN,
                f"{incoterm} lacks the insurance; declare it, 0 where the goods travelled without any",
            )
        return BASIS_OF[incoterm]

    def _floor_basis(self, floor: Floor) -> Basis:
        return BASIS_OF.get(floor.incoterm, Basis.CIF)

    def _ratio(self, basis: Basis, to: Basis) -> Fraction | None:
        """Return by what a price on *basis* is multiplied to stand on *to*; None where nothing published says it."""
        if basis is to:
            return Fraction(1)
        if {basis, to} != {Basis.FOB, Basis.CIF}:
            return None
        shape = self._shape
        found = self._book.ratios.find(shape.product, origin=shape.origin, destination=shape.destination, day=self._day)
        if isinstance(found, BasisMissing):
            return None
        self._note(f"CIF/FOB {found.ratio} of {found.publisher}: estimated")
        return found.cif_per_fob if basis is Basis.FOB else 1 / found.cif_per_fob

    def _no_ratio(self, basis: Basis) -> UnpricedError:
        lane = f"{self._shape.product} from {self._shape.origin} to {self._shape.destination}"
        if basis is Basis.EXW:
            return UnpricedError(
                Unpriced.BASIS_UNKNOWN,
                f"EXW price of {lane}: it leaves out the carriage to the port and the clearance; declare it FOB or CIF",
            )
        return UnpricedError(
            Unpriced.BASIS_UNKNOWN,
            f"{basis} price of {lane} without freight, and no published CIF/FOB ratio; declare freight and insurance",
        )

    def _resolve(self) -> FloorResolution:
        shape = self._shape
        return self._book.floors.resolve(
            FloorQuery(
                product=shape.product,
                destination=shape.destination,
                origin=shape.origin,
                exporter=self._exporter or None,
                day=self._day,
                known_on=self._known_on,
                hs_code=shape.hs_code or None,
                grade_pct=shape.grade_pct or None,
                regime=shape.regime or None,
            )
        )

    def _in_floor_units(self, floor: Floor, *, priced_of: str = "") -> Fraction:
        """Return how many of the floor's units are in one declared unit, both counted on the floor's content basis."""
        unit = UNITS[self._shape.unit]
        if unit.of_content or priced_of:
            own = priced_of or self._own_constituent()
            if floor.content_basis == own:
                return unit.kg / UNITS[floor.unit].kg
            goods = unit.kg / self._share_of(own, floor)
        else:
            goods = self._dry_kg(unit, wet_matters=floor.content_basis != GROSS)
        if floor.content_basis in (GROSS, DRY):
            return goods / UNITS[floor.unit].kg
        return goods * self._share_of(floor.content_basis, floor) / UNITS[floor.unit].kg

    def _own_constituent(self) -> str:
        own = self._product.quote.of or self._product.constituent
        if own is None:
            raise UnpricedError(
                Unpriced.GRADE_MISSING, f"{self._product.name} has no constituent to count in {self._shape.unit}"
            )
        return own

    def _content_kg(self) -> Fraction:
        """Return the content of one declared unit: of the constituent that the trade counts, else the goods."""
        unit = UNITS[self._shape.unit]
        if unit.of_content:
            return unit.kg
        goods = self._dry_kg(unit, wet_matters=False)
        return goods if self._product.quote.of is None else goods * self._share_of(self._product.quote.of, None)

    def _dry_kg(self, unit: Unit, *, wet_matters: bool) -> Fraction:
        if unit.dry is not False:
            return unit.kg
        if not self._shape.moisture_pct:
            if not wet_matters:
                return unit.kg
            raise UnpricedError(Unpriced.GRADE_MISSING, f"{unit.name} without its moisture")
        return unit.kg * (1 - _part(self._shape.moisture_pct))

    def _share_of(self, constituent: str, floor: Floor | None) -> Fraction:
        """Return the kg of *constituent* in a dry kg of goods: by assay as declared, the floor's or the usual one."""
        declared = self._shape.grade_pct
        grade = declared or (floor.default_grade_pct if floor else None) or self._product.typical_grade_pct
        own = self._product.constituent
        if not grade or own is None:
            raise UnpricedError(Unpriced.GRADE_MISSING, f"no assay declared, none usual for {self._product.name}")
        if not declared:
            self._note(f"assay {grade} % {own} taken as usual, none declared")
        try:
            return fraction(grade) / 100 * equivalent(own, constituent)
        except StoichiometryError as e:
            raise UnpricedError(Unpriced.GRADE_MISSING, str(e)) from e

    def _terms(
        self,
        candidate: Candidate,
        *,
        floor_usd: Fraction,
        landed_usd: Fraction,
        usd: Fraction,
        factors: tuple[Fraction, ...],
    ) -> FloorTerms:
        """Return how *candidate* applies; the last of *factors* is what one unit of its currency is worth, USD."""
        floor = candidate.floor
        member = self._book.zones.has(floor.zone_id, self._shape.origin, self._day)
        levy = floor.levy_terms(per_unit=candidate.units, rate=factors[-1], scale=MICRO, member_origin=member)
        return FloorTerms(
            floor=floor,
            floor_usd=floor_usd,
            landed_usd=landed_usd,
            landed_ratio=landed_usd / usd,
            tolerance=levy.tolerance_pct / 100,
            levy=levy,
            plain=levy.plain,
            least_value_usd=levy.de_minimis_value or Fraction(0),
            least_quantity=levy.min_lot or Fraction(0),
            factors=factors,
        )

    def _note(self, text: str) -> None:
        if text not in self._notes:
            self._notes.append(text)


def turning_days(book: ReferenceBook, product: str) -> list[int]:
    """Return the days (ordinals) on which what applies to *product* may change, rates aside."""
    days: set[date | None] = set()
    for floor in book.floors.of_product(product):
        days |= {floor.effective_from, floor.effective_to, floor.announced_at}
    for zone in book.zones:
        days |= {day for member in zone.members for day in (member.valid_from, member.valid_to)}
    for ratio in book.ratios:
        days |= {ratio.valid_from, ratio.valid_to}
    return sorted(day.toordinal() for day in days if day is not None)


def _known(rate: FxRate | FxMissing) -> Fraction:
    if isinstance(rate, FxMissing):
        raise UnpricedError(Unpriced.FX_RATE_MISSING, rate.reason)
    return rate.rate


def _net(floor: Floor) -> Fraction:
    """Return a floor's price without the tax it includes."""
    price = floor.price or Fraction(0)
    return price / (1 + _part(floor.vat_pct or "")) if floor.tax_inclusive else price


def _part(percentage: str) -> Fraction:
    return fraction(percentage) / 100 if percentage else Fraction(0)


def _per_price(record: Trade, product: Product, unit: Unit) -> Fraction | None:
    """Return how many units of price one declared unit of quantity holds."""
    if record.price is None:
        return None
    price_unit = _unit(record.price_unit or record.unit)
    own = record.price_of or ("" if not price_unit.of_content else product.quote.of or product.constituent or "")
    held = unit.kg / price_unit.kg
    if unit.of_content:
        return held
    if not own:
        return held * _dry_part(record, unit, price_unit) / _dry_part(record, price_unit, unit)
    grade = record.grade_pct or product.typical_grade_pct
    if not grade or product.constituent is None:
        raise RefusedError(Refusal.MISSING_FIELD, f"price is per {price_unit.name} of {own}, which needs grade_pct")
    try:
        share = fraction(grade) / 100 * equivalent(product.constituent, own)
    except StoichiometryError as e:
        raise RefusedError(Refusal.UNKNOWN_UNIT, f"price is per {price_unit.name} of {own[:60]}: {e}") from e
    return held * share * _dry_part(record, unit, price_unit)


def _dry_part(record: Trade, wet: Unit, other: Unit) -> Fraction:
    """Return the dry part of a mass in *wet* that is counted in *other*: one where that is no change of matter."""
    counts_dry = other.dry is True or other.of_content or record.price_of
    if wet.dry is not False or not counts_dry:
        return Fraction(1)
    if not record.moisture_pct:
        raise RefusedError(
            Refusal.MISSING_FIELD,
            f"{wet.name} are weighed wet, {other.name} count what is dry: they need moisture_pct, which is missing",
        )
    return 1 - _part(_percentage("moisture_pct", record.moisture_pct))


def _added_to(incoterm: str, record: Trade) -> tuple[str, ...]:
    """Return what the record declares of the way to the frontier that its incoterm leaves out; freight comes first."""
    insurance = ("insurance",) if record.insurance is not None else ()
    if incoterm in WITHOUT_INSURANCE:
        return insurance
    return ("freight", *insurance) if incoterm in WITHOUT_FREIGHT and record.freight is not None else ()


def _sold(amount: int) -> int:
    if amount <= 0:
        raise RefusedError(
            Refusal.VALUE_NOT_POSITIVE, "value must be positive; what is not sold (samples, returns) is not a price"
        )
    return amount


def _tick_price(tick: PriceTick) -> int:
    if tick.price is not None:
        return micros(tick.price)
    if tick.low is not None and tick.high is not None:
        return (micros(tick.low) + micros(tick.high)) // 2
    raise RefusedError(Refusal.MISSING_FIELD, "price is missing, and low and high are not both given")


def _positive(amount: int, reason: Refusal, name: str) -> int:
    if amount <= 0:
        raise RefusedError(reason, f"{name} must be positive, was {micros_text(amount)}")
    return amount


def _given(record: Trade | PriceTick, *names: str) -> None:
    """Refuse a record that lacks one of the fields *names*, or its currency unless it takes a record back."""
    for name in names:
        if not getattr(record, name):
            raise RefusedError(Refusal.MISSING_FIELD, f"{name} is empty")
    if record.status is not Status.CANCELLED and not record.currency:
        raise RefusedError(Refusal.MISSING_FIELD, "currency is missing; it is never taken for granted")


def _unit(name: str) -> Unit:
    unit = UNITS.get(name)
    if unit is None:
        raise RefusedError(Refusal.UNKNOWN_UNIT, f"unit {name!r} is not known; known are {', '.join(UNITS)}")
    return unit


def _incoterm(name: str | None) -> str:
    if name and name not in INCOTERMS:
        raise RefusedError(
            Refusal.UNKNOWN_INCOTERM, f"incoterm {name!r} is not known; known are {', '.join(INCOTERMS)}"
        )
    return name or ""


def _percentage(name: str, text: str | None) -> str:
    if text is None or text == "":
        return ""
    try:
        value = fraction(text)
    except NotADecimalError as e:
        raise RefusedError(Refusal.NOT_A_DECIMAL, f"{name}: {e}") from e
    shown = decimal_text(value, _PERCENT_PLACES)
    nothing = name == "grade_pct" and fraction(shown) == 0
    everything = name == "moisture_pct" and fraction(shown) == _WHOLE
    if not 0 <= value <= _WHOLE or nothing or everything:
        raise RefusedError(Refusal.OUT_OF_RANGE, f"{name} cannot be {text[:60]} per cent")
    return shown


def _unknown_product(name: str, catalogue: Catalogue) -> RefusedError:
    near = catalogue.closest(name)
    hint = f"did you mean {' or '.join(near)}?" if near else "a product is written mineral|stage, such as silicon|metal"
    return RefusedError(Refusal.UNKNOWN_PRODUCT, f"product {name[:60]!r} is not in the catalogue; {hint}")
