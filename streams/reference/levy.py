"""
The levy on goods landed below a floor, exactly.

A variable levy is the floor less the landed price, none where the price is equal or higher (Implementing
Regulation (EU) 2025/2351, art. 1(3)).  Landed value and floor value are totals in one currency, on the floor's
own basis: without the levy itself and without value added tax.
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final, NamedTuple

ZERO: Final = Fraction(0)


class Instrument(StrEnum):
    """By what means a floor is kept."""

    VARIABLE_LEVY = "variable_levy"
    TRQ_THRESHOLD = "trq_threshold"
    """A variable levy outside a tariff quota."""
    PROHIBITION = "prohibition"
    """Imports below are refused and cannot be cured by paying (minimum import price)."""
    GUARANTEE = "guarantee"
    """A security is asked for until the price is proven (estimated price)."""
    UNDERTAKING = "undertaking"
    """Exporters have undertaken not to sell below; a breach brings the duty back."""
    TRIGGER_INVESTIGATION = "trigger_investigation"
    """A price below starts an investigation (trigger price)."""
    CFD = "cfd"
    """A contract pays the producer the difference; nothing happens at the border."""


LEVYING: Final = frozenset({Instrument.VARIABLE_LEVY, Instrument.TRQ_THRESHOLD})


class LevyKind(StrEnum):
    """What came of comparing a landed value with its floor."""

    NOT_BELOW = "not_below"
    """Equal or higher: no breach."""
    WITHIN_TOLERANCE = "within_tolerance"
    MEMBER_EXEMPT = "member_exempt"
    BELOW_MINIMUM = "below_minimum"
    """A lot or value too small to be charged."""
    IN_QUOTA = "in_quota"
    LEVIED = "levied"
    GRADUATED = "graduated"
    CAPPED = "capped"
    PROHIBITED = "prohibited"
    GUARANTEE = "guarantee"
    UNDERTAKING = "undertaking"
    INVESTIGATION = "investigation"
    CONTRACT = "contract"
    INVALID = "invalid"
    """A landed or floor value that is not positive: no price, no percentage, nothing to judge."""


_WITHOUT_LEVY: Final = {
    Instrument.PROHIBITION: LevyKind.PROHIBITED,
    Instrument.GUARANTEE: LevyKind.GUARANTEE,
    Instrument.UNDERTAKING: LevyKind.UNDERTAKING,
    Instrument.TRIGGER_INVESTIGATION: LevyKind.INVESTIGATION,
    Instrument.CFD: LevyKind.CONTRACT,
}


class LevyBand(NamedTuple):
    """One step of a graduated table: of the part of the gap above *above_pct* of the floor, *rate_pct* is charged."""

    above_pct: Fraction
    rate_pct: Fraction


SPECIAL_SAFEGUARD: Final = (
    LevyBand(Fraction(10), Fraction(30)),
    LevyBand(Fraction(40), Fraction(50)),
    LevyBand(Fraction(60), Fraction(70)),
    LevyBand(Fraction(75), Fraction(90)),
)
"""The price-based special safeguard of the WTO Agreement on Agriculture, art. 5.5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevyTerms:
    """
    How a floor charges one shipment.  Percentages are in per cent.

    Caps and minima are in the currency of the totals and in the unit of the quantity given to :func:`assess`.
    """

    instrument: Instrument = Instrument.VARIABLE_LEVY
    tolerance_pct: Fraction = ZERO
    """A gap of up to this part of the floor is let pass."""
    cap_abs: Fraction | None = None
    """The most that is charged on one unit of quantity."""
    cap_pct: Fraction | None = None
    """The most that is charged, of the landed value (a bound tariff, for instance)."""
    graduated: tuple[LevyBand, ...] = ()
    """Empty: the whole gap is charged."""
    member_exempt: bool = False
    in_quota_share: Fraction = ZERO
    """The part of the quantity that enters within a tariff quota, 0 to 1."""
    min_lot: Fraction | None = None
    """Smaller quantities are not charged."""
    de_minimis_value: Fraction | None = None
    """Smaller landed values are not charged."""

    @property
    def plain(self) -> bool:
        """Whether the levy is the whole gap, wherever the gap exceeds the tolerance."""
        return (
            self == LevyTerms(instrument=self.instrument, tolerance_pct=self.tolerance_pct)
            and self.instrument in LEVYING
        )


class Levy(NamedTuple):
    """The outcome of :func:`assess`, on the totals it was given."""

    gap: Fraction
    """Floor less landed value: negative above the floor."""
    gap_pct: Fraction | None
    """The gap in per cent of the floor; None where the floor is not positive."""
    levy: Fraction
    ad_valorem_equivalent: Fraction | None
    """The levy as a part of the landed value; None where that is not positive."""
    kind: LevyKind

    @property
    def breach(self) -> bool:
        """Whether goods were landed below the floor by more than the tolerance."""
        return self.kind not in (LevyKind.NOT_BELOW, LevyKind.WITHIN_TOLERANCE, LevyKind.INVALID)


def assess(floor_value: Fraction, landed_value: Fraction, quantity: Fraction, terms: LevyTerms) -> Levy:
    """
    Compare a landed value with its floor value and return gap, levy and the kind of outcome.

    Never divides by a value that is not positive: such a shipment is ``invalid``, with no levy.
    """
    gap = floor_value - landed_value
    gap_pct = 100 * gap / floor_value if floor_value > 0 else None
    if landed_value <= 0 or gap_pct is None:
        return Levy(gap, gap_pct, ZERO, None, LevyKind.INVALID)
    levy, kind = _charge(floor_value, landed_value, quantity, terms)
    return Levy(gap, gap_pct, levy, levy / landed_value, kind)


def severity_band(gap_pct: Fraction) -> str:
    """
    Return how severe a gap of *gap_pct* per cent of the floor is: info, warning, high or critical.

    Bands of the WTO special safeguard: below 10, from 10, from 40 to 60 inclusive, above 60.
    """
    for limit, name in ((10, "info"), (40, "warning")):
        if gap_pct < limit:
            return name
    return "high" if gap_pct <= 60 else "critical"  # noqa: PLR2004


def _charge(floor: Fraction, landed: Fraction, quantity: Fraction, terms: LevyTerms) -> tuple[Fraction, LevyKind]:
    if (kind := _let_pass(floor, landed, quantity, terms)) is not None:
        return ZERO, kind
    levy = _graduated(floor, landed, terms.graduated) if terms.graduated else floor - landed
    caps = [levy]
    if terms.cap_abs is not None:
        caps.append(terms.cap_abs * quantity)
    if terms.cap_pct is not None:
        caps.append(terms.cap_pct * landed / 100)
    charged = min(caps)
    kind = LevyKind.CAPPED if charged < levy else LevyKind.GRADUATED if terms.graduated else LevyKind.LEVIED
    return charged * (1 - terms.in_quota_share), kind


def _let_pass(floor: Fraction, landed: Fraction, quantity: Fraction, terms: LevyTerms) -> LevyKind | None:
    """Return why nothing is charged, None where something is."""
    gap = floor - landed
    if gap <= 0:
        return LevyKind.NOT_BELOW
    if 100 * gap <= terms.tolerance_pct * floor:
        return LevyKind.WITHIN_TOLERANCE
    if terms.member_exempt:
        return LevyKind.MEMBER_EXEMPT
    if terms.min_lot is not None and quantity < terms.min_lot:
        return LevyKind.BELOW_MINIMUM
    if terms.de_minimis_value is not None and landed < terms.de_minimis_value:
        return LevyKind.BELOW_MINIMUM
    if terms.in_quota_share >= 1:
        return LevyKind.IN_QUOTA
    return _WITHOUT_LEVY.get(terms.instrument)


def _graduated(floor: Fraction, landed: Fraction, bands: tuple[LevyBand, ...]) -> Fraction:
    gap_pct = 100 * (floor - landed) / floor
    ends = [band.above_pct for band in bands[1:]] + [Fraction(100)]
    charged_pct = sum(
        (
            max(ZERO, min(gap_pct, end) - band.above_pct) * band.rate_pct / 100
            for band, end in zip(bands, ends, strict=True)
        ),
        ZERO,
    )
    return charged_pct * floor / 100
