"""
Pricing: from what was declared to dollars, kilograms of content and a floor, exactly.

Which unit, which delivery terms, which rate, which floor: all of it depends on a record's shape and day only, so
it is worked out once for both, as exact factors that an alert can show.  What is missing is named, never filled in.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final, NamedTuple

from streams.cells import Judged
from streams.exact import MICRO, fraction
from streams.records import Unpriced
from streams.reference.basis import BASIS_OF, WITHOUT_INSURANCE, Basis, BasisMissing
from streams.reference.book import ReferenceBook
from streams.reference.catalogue import Product
from streams.reference.content import DRY, GROSS, ContentUnknownError, share_of
from streams.reference.floors import Floor, FloorQuery, FloorResolution, ResolutionKind
from streams.reference.fx import FxMissing, FxRate
from streams.reference.levy import LevyTerms
from streams.reference.units import UNITS, Unit
from streams.shapes import CARRIED, INSURED, Kind, Shape

_JUDGED: Final = {
    ResolutionKind.FOUND: Judged.FLOOR,
    ResolutionKind.AMBIGUOUS: Judged.AMBIGUOUS,
    ResolutionKind.MISSING: Judged.MISSING,
    ResolutionKind.OUT_OF_ZONE: Judged.OUT_OF_ZONE,
    ResolutionKind.SUSPENDED: Judged.SUSPENDED,
    ResolutionKind.EXEMPT: Judged.EXEMPT,
}


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
        self._to_basis, self._content = Fraction(1), Fraction(1)
        self._taxed = 1 / (1 + _part(shape.vat_pct))
        try:
            self._prepare()
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
        usd = fx * self._taxed * self._to_basis
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
            value_factors=(fx, self._taxed, self._to_basis),
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

    def _prepare(self) -> None:
        match self._shape.kind:
            case Kind.TICK:
                self._prepare_tick()
            case Kind.EXPORT:
                self._prepare_export()
            case _:
                self._prepare_trade()

    def _prepare_export(self) -> None:
        """Bring what was declared on leaving to FOB, the value that customs take there."""
        basis = self._basis()
        to_fob = self._ratio(basis, Basis.FOB)
        if to_fob is None:
            raise self._no_ratio(basis)
        self._judged, self._detail = Judged.EXPORT, "declared on leaving"
        self._to_basis, self._content = to_fob, self._content_kg()

    def _prepare_trade(self) -> None:
        basis = self._basis()
        resolution = self._resolve()
        self._judged = _JUDGED[resolution.kind]
        self._detail = resolution.cause
        floors = resolution.candidates if self._judged in (Judged.FLOOR, Judged.AMBIGUOUS) else ()
        to_cif = self._ratio(basis, Basis.CIF)
        if to_cif is None and not any(self._floor_basis(floor) is basis for floor in floors):
            raise self._no_ratio(basis)
        self._to_basis = Fraction(1) if to_cif is None else to_cif
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
        if grade and own and not declared:
            self._note(f"assay {grade} % {own} taken as usual, none declared")
        try:
            return share_of(self._product, constituent, grade)
        except ContentUnknownError as e:
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
