"""
De minimis: margins so small that they count as none, and duties in per cent of the landed value.

A margin is de minimis if it is *less than* 2 % of the export price (WTO Anti-Dumping Agreement, art. 5.8; 19 U.S.C.
1673b(b)(3)), in a US review less than 0.5 % (19 CFR 351.106(c)): exactly at the threshold it is not.  Commerce's own
margin program calls a margin above de minimis only if it is *greater than* the threshold, so that exactly 2 % still is
de minimis.  The two readings differ at one point alone; which one is meant is always said.
"""

from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from streams.antidumping.sales import Exact, percent


class Proceeding(StrEnum):
    """In which proceeding a margin is measured."""

    INVESTIGATION = "investigation"
    REVIEW = "review"


class Reading(StrEnum):
    """On which side the threshold itself falls."""

    STRICT = "strict"
    """De minimis is less than the threshold: the text of the law."""
    INCLUSIVE = "inclusive"
    """De minimis is at most the threshold: Commerce's margin program."""


THRESHOLD_PCT: Final[Mapping[Proceeding, Fraction]] = MappingProxyType(
    {Proceeding.INVESTIGATION: Fraction(2), Proceeding.REVIEW: Fraction(1, 2)}
)
"""In per cent of the export price."""


def is_de_minimis(
    margin_pct: Exact | None, threshold_pct: Exact = THRESHOLD_PCT[Proceeding.INVESTIGATION], *, reading: Reading
) -> bool | None:
    """
    Return whether a margin, in per cent and not rounded, is de minimis; None where there is no margin.

    A negative margin is de minimis: nothing is dumped.
    """
    if margin_pct is None:
        return None
    return margin_pct <= threshold_pct if reading is Reading.INCLUSIVE else margin_pct < threshold_pct


def price_margin_pct(normal_value: Exact, export_price: Exact) -> Fraction | None:
    """
    Return ``(NV - EP) / EP`` in per cent, with its sign.

    None where either is not positive: such prices are excluded, never divided by.
    """
    if normal_value <= 0:
        return None
    return percent(normal_value - export_price, export_price)


def cif_duty_pct(amount: Exact, cif_value: Exact) -> Fraction | None:
    """
    Return the duty that takes up a dumped *amount*, in per cent of the CIF value, duty unpaid.

    ``[amount]+ / CIF``: the amount per unit with a CIF price, or totals of the same sales.  An amount that is not
    positive is no dumping and no duty.  None where the CIF value is not positive.
    """
    return percent(max(amount, 0), cif_value)
