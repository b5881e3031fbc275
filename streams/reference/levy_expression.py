"""
A levy in writing: the arithmetic of :mod:`streams.reference.levy` as one expression over the figures it starts from.

It is what a person needs to work out the charge by hand, and what ``alerts.arithmetic`` recomputes.
"""

from fractions import Fraction

from streams.reference.levy import LevyBand, LevyTerms


def levy_expression(floor_value: str, landed_value: str, quantity: str, terms: LevyTerms) -> str:
    """
    Return the levy on goods that are charged, as arithmetic over decimal text: totals in one currency and a quantity.

    *terms* must count one unit of that quantity and currency; what they let pass is for the caller to know.
    """
    gap = f"{floor_value} - {landed_value}"
    charge = _graduated(floor_value, gap, terms.graduated) if terms.graduated else gap
    caps = []
    if terms.cap_abs is not None:
        caps.append(f"{quantity} * {_text(terms.cap_abs)}")
    if terms.cap_pct is not None:
        caps.append(f"{landed_value} * {_text(terms.cap_pct)} / 100")
    if caps:
        charge = f"min({', '.join([charge, *caps])})"
    share = 1 - terms.in_quota_share
    return f"max(0, {charge})" if share == 1 else f"max(0, {charge}) * {_text(share)}"


def _graduated(floor_value: str, gap: str, bands: tuple[LevyBand, ...]) -> str:
    """Return the charge by steps, each over its own part of the gap in per cent of the floor."""
    pct = f"({gap}) / {floor_value} * 100"
    ends = [_text(band.above_pct) for band in bands[1:]] + ["100"]
    steps = [
        f"max(0, min({pct}, {end}) - {_text(band.above_pct)}) * {_text(band.rate_pct)}"
        for band, end in zip(bands, ends, strict=True)
    ]
    return f"({' + '.join(steps)}) / 10000 * {floor_value}"


def _text(number: Fraction) -> str:
    return str(number) if number.denominator == 1 else f"({number.numerator} / {number.denominator})"
