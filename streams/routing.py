"""
Routing: what of a record decides where it goes and how its amounts are read.

Records that look alike share a route.  One that cannot be right is refused here, with what was found and what to do.
"""

from dataclasses import dataclass
from fractions import Fraction
from operator import attrgetter
from typing import Final

from streams.exact import MICRO, NotADecimalError, decimal_text, fraction, micros, micros_text, round_half_up
from streams.records import Flow, PriceTick, Refusal, Status, Trade
from streams.reference.basis import WITHOUT_INSURANCE
from streams.reference.catalogue import Catalogue, Product
from streams.reference.floors import INCOTERMS
from streams.reference.stoichiometry import StoichiometryError, equivalent
from streams.reference.units import UNITS, Unit
from streams.shapes import CARRIED, INSURED, PROVISIONAL, RELATED, WITHOUT_FREIGHT, Kind, Shape

_PERCENT_PLACES: Final = 12
_WHOLE: Final = 100
_LIMIT: Final = 2**63

ONE_UNIT: Final = MICRO
"""A tick's quantity: one of its unit."""


class RefusedError(Exception):
    """Raised for a record that cannot be right; says what was found and what to do."""

    def __init__(self, reason: Refusal, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


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
    "flow",
    "provisional",
    "related_party",
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
        tick.place,
        None if tick.contributors is None else str(tick.contributors),
    )


def trade_route(record: Trade, catalogue: Catalogue) -> Route:
    """Return the route of trades like *record*; raises :class:`RefusedError` where none can be right."""
    product = _product(record, catalogue)
    unit = _unit(record.unit)
    _given(record, "origin", "destination")
    incoterm = _incoterm(record.incoterm)
    export = record.flow is Flow.EXPORT
    added = () if export else _added_to(incoterm, record)
    built = (CARRIED if "freight" in added else "") + (INSURED if "insurance" in added else "")
    shape = Shape(
        kind=Kind.EXPORT if export else Kind.TRADE,
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
        terms=_terms(record),
    )
    return Route(product.mineral, shape, _per_price(record, product, unit), added)


def tick_route(record: PriceTick, catalogue: Catalogue) -> Route:
    """Return the route of ticks like *record*; raises :class:`RefusedError` where none can be right."""
    product = catalogue.product(record.product)
    if product is None:
        raise _unknown_product(record.product, catalogue)
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
        place=record.place or "",
        contributors="" if record.contributors is None else str(record.contributors),
    )
    return Route(product.mineral, shape)


def _product(record: Trade, catalogue: Catalogue) -> Product:
    if record.product is not None:
        product = catalogue.product(record.product)
        if product is None:
            raise _unknown_product(record.product, catalogue)
        return product
    if record.hs_code is None:
        raise RefusedError(Refusal.MISSING_FIELD, "neither product nor hs_code is given; declare one of them")
    match = catalogue.match_hs(record.hs_code, record.hs_version)
    if match.product is None:
        reason = Refusal.AMBIGUOUS_PRODUCT if match.candidates else Refusal.UNKNOWN_PRODUCT
        raise RefusedError(reason, f"{match.reason}; declare the product")
    return match.product


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
    return 1 - fraction(_percentage("moisture_pct", record.moisture_pct) or "0") / _WHOLE


def _terms(record: Trade) -> str:
    """Return what keeps the price from being taken as it stands, empty for an ordinary one."""
    return " ".join(
        [PROVISIONAL] * record.provisional + [RELATED] * record.related_party,
    )


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
