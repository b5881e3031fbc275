"""
The levy question: the floor for these goods on that day, and what would be charged at this price.

A quote goes the way of a declaration: the same normaliser, the same pricing, the same levy.  There is no second
formula; what is added here is the arithmetic in words, each line of which can be recomputed.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final

from alerts.model import NOTICE
from streams.cells import Judged
from streams.exact import MICRO, decimal_text, micros_text
from streams.normalise import Normaliser
from streams.pricing import FloorTerms, Pricing, factor_text
from streams.records import Trade, Unpriced
from streams.reference.floors import FloorStatus
from streams.reference.levy import Instrument, Levy, assess, severity_band
from streams.reference.levy_expression import levy_expression


class NoQuoteError(Exception):
    """Raised where the question has no answer; says what is missing and what to do."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        """``floor_missing``, ``out_of_zone``, ``suspended``, ``exempt``, or what the price needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Goods at a price, about to be declared."""

    product: str
    origin: str
    destination: str
    day: date
    price: str
    currency: str = "USD"
    unit: str = "kg"
    incoterm: str = "CIF"
    price_of: str | None = None
    grade_pct: str | None = None
    moisture_pct: str | None = None
    hs_code: str | None = None
    exporter: str | None = None
    regime: str | None = None
    quantity: str | None = None
    """None: one unit."""

    def as_trade(self) -> Trade:
        """Return the declaration that this would be."""
        return Trade(
            id="quote",
            source="quote",
            event_date=self.day,
            origin=self.origin,
            destination=self.destination,
            product=self.product,
            quantity=self.quantity or "1",
            unit=self.unit,
            price=self.price,
            price_of=self.price_of,
            currency=self.currency,
            incoterm=self.incoterm,
            grade_pct=self.grade_pct,
            moisture_pct=self.moisture_pct,
            hs_code=self.hs_code,
            exporter=self.exporter,
            regime=self.regime,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The answer; amounts are of ``quantity`` declared units, in USD."""

    question: Question
    terms: FloorTerms
    pricing: Pricing
    judged: Judged
    levy: Levy
    value: int
    """Micro-units of the declared currency."""
    quantity: int
    """Micro-units of the declared unit."""
    rates: tuple[str, ...]

    @property
    def severity(self) -> str | None:
        """How serious the gap is, None where there is no breach."""
        gap = self.levy.gap_pct
        return severity_band(gap) if self.levy.breach and gap is not None else None

    def as_json(self) -> dict[str, Any]:
        """Return the quote as JSON values: amounts and percentages as decimal text, the unit in the name."""
        question, levy, floor = self.question, self.levy, self.terms.floor
        units = Fraction(self.quantity, MICRO)
        return {
            "product": question.product,
            "origin": question.origin,
            "destination": question.destination,
            "date": question.day.isoformat(),
            "price": question.price,
            "currency": question.currency,
            "unit": question.unit,
            "incoterm": question.incoterm,
            "quantity": micros_text(self.quantity),
            "zone": floor.zone_id,
            "status": str(floor.status),
            "floor": floor.facts(),
            "on_floor_basis": self._on_floor_basis(),
            "outcome": str(levy.kind),
            "breach": levy.breach,
            "severity": self.severity,
            "floor_usd_per_unit": decimal_text(self.floor_usd / units),
            "landed_usd_per_unit": decimal_text(self.landed_usd / units),
            "gap_usd_per_unit": decimal_text(levy.gap / MICRO / units),
            "gap_pct": None if levy.gap_pct is None else decimal_text(levy.gap_pct),
            "levy_usd_per_unit": decimal_text(levy.levy / MICRO / units),
            "levy_usd": decimal_text(levy.levy / MICRO),
            "ad_valorem_pct": None
            if levy.ad_valorem_equivalent is None
            else decimal_text(100 * levy.ad_valorem_equivalent),
            "steps": self.steps(),
            "notes": self.notes(),
            "notice": NOTICE,
        }

    @property
    def floor_usd(self) -> Fraction:
        """What the goods would cost at the floor, USD."""
        return self.terms.floor_usd * self.quantity / MICRO

    @property
    def landed_usd(self) -> Fraction:
        """What the goods cost on the floor's own basis, USD."""
        return self.terms.landed_usd * self.value / MICRO

    def notes(self) -> list[str]:
        """Return what was estimated, assumed or is to be kept in mind."""
        floor = self.terms.floor
        notes = [*self.rates, *self.pricing.notes]
        if floor.status is FloorStatus.ILLUSTRATIVE:
            notes.append("the floor is illustrative: no authority has issued it")
        elif floor.status is not FloorStatus.IN_FORCE:
            notes.append(f"the floor is {floor.status}, not law at the border")
        if floor.instrument is Instrument.TRQ_THRESHOLD:
            notes.append("the levy is that outside the tariff quota; within it none is charged")
        if floor.min_lot is not None and self.question.quantity is None:
            notes.append(f"the floor charges lots from {floor.min_lot} {floor.unit} on: give the quantity")
        return notes

    def steps(self) -> list[dict[str, str]]:
        """Return the arithmetic from what was declared to the levy, line by line."""
        landed, floor = self._landed_expression(), self._floor_expression()
        landed_text = _exact(self.landed_usd, landed)
        floor_text = _exact(self.floor_usd, floor)
        gap = f"{floor_text} - {landed_text}"
        unit, units = self.question.unit, micros_text(self.quantity)
        levy = levy_expression(floor_text, landed_text, units, self.terms.levy) if self.levy.levy else "0"
        lines = [
            _line("landed value on the floor's basis", landed, self.landed_usd, "USD"),
            _line("floor value of the same goods", floor, self.floor_usd, "USD"),
            _line("gap", gap, self.levy.gap / MICRO, "USD"),
            _line("gap in per cent of the floor", f"({gap}) / {floor_text} * 100", self.levy.gap_pct, "%"),
            _line(f"levy ({self.levy.kind.replace('_', ' ')})", levy, self.levy.levy / MICRO, "USD"),
        ]
        if self.quantity != MICRO:
            per_unit = self.levy.levy / self.quantity
            lines.append(_line(f"levy per {unit}", f"({levy}) / {units}", per_unit, f"USD/{unit}"))
        equivalent = self.levy.ad_valorem_equivalent
        if equivalent is not None:
            lines.append(_line("ad valorem equivalent", f"({levy}) / {landed_text} * 100", 100 * equivalent, "%"))
        return lines

    def _landed_expression(self) -> str:
        fx, taxed, to_cif = self.pricing.value_factors
        to_floor = to_cif * self.terms.landed_ratio
        return micros_text(self.value) + factor_text(fx, taxed, to_floor)

    def _floor_expression(self) -> str:
        return micros_text(self.quantity) + factor_text(*self.terms.factors)

    def _on_floor_basis(self) -> dict[str, str]:
        """Return price, floor, gap and levy in the floor's own currency and unit."""
        floor = self.terms.floor
        units, net, rate = self.terms.factors
        per = rate * units * self.quantity / MICRO
        return {
            "currency": floor.currency,
            "unit": floor.unit,
            "content_basis": floor.content_basis,
            "incoterm": floor.incoterm,
            "floor_price": decimal_text(net),
            "landed_price": decimal_text(self.landed_usd / per),
            "gap": decimal_text(self.levy.gap / MICRO / per),
            "levy": decimal_text(self.levy.levy / MICRO / per),
        }


def quote(question: Question, normaliser: Normaliser) -> Quote:
    """
    Return the answer to *question* by the normaliser's reference book.

    Raises :class:`streams.routing.RefusedError` for goods that cannot be right, :class:`NoQuoteError` where no
    floor holds or something is missing that the price needs.
    """
    trade = question.as_trade()
    route = normaliser.route(trade)
    value, quantity = route.amounts(trade)
    pricing = normaliser.pricing(route.shape, question.day.toordinal())
    judgement = pricing.judgements[0]
    if judgement.terms is None:
        raise _no_quote(judgement.judged, judgement.detail, pricing, question)
    terms = judgement.terms
    return Quote(
        question=question,
        terms=terms,
        pricing=pricing,
        judged=judgement.judged,
        # As a row is judged, before anything is rounded: micro-units times USD per unit.
        levy=assess(quantity * terms.floor_usd, value * terms.landed_usd, Fraction(quantity), terms.levy),
        value=value,
        quantity=quantity,
        rates=tuple(normaliser.rate_notes(route.shape, question.day.toordinal())),
    )


_ADVICE: Final = {
    Unpriced.FX_RATE_MISSING: "give a file of rates (--fx), or publish one (floorwatch fx publish)",
    Unpriced.BASIS_UNKNOWN: "quote the price on the floor's own delivery terms",
    Unpriced.GRADE_MISSING: "give the assay (--grade)",
}


def _no_quote(judged: Judged, detail: str, pricing: Pricing, question: Question) -> NoQuoteError:
    if pricing.unpriced is not None:
        return NoQuoteError(str(pricing.unpriced), f"{pricing.notes[0]}; {_ADVICE[pricing.unpriced]}")
    where = f"{question.product} from {question.origin} to {question.destination} on {question.day}"
    reason = "floor_missing" if judged is Judged.MISSING else str(judged)
    return NoQuoteError(reason, f"no floor to quote for {where}: {detail}")


def _exact(value: Fraction, expression: str) -> str:
    """Return *value* as decimal text where that is all of it, else the expression it came from."""
    text = decimal_text(value)
    return text if Fraction(text) == value else f"({expression})"


def _line(label: str, expression: str, result: Fraction | None, unit: str) -> dict[str, str]:
    text = "" if result is None else decimal_text(result)
    return {"label": label, "expression": expression, "result": text, "unit": unit}
