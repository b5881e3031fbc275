"""
Value added tax in a domestic quote, where the exporter gets back only part of it.

    comparable = price with VAT / (1 + v) * (1 + v - r)      v: rate of VAT, r: rate of the export rebate

What is not refunded on export stays a cost of the exported goods and so of the price they are compared with: allowance
is made for differences in taxation (WTO Anti-Dumping Agreement, art. 2.4).  With a full rebate (r = v) the tax is
stripped off, without one (r = 0) the quote stands as it is.  Chinese quotes include 13 %; which rebate a product has
depends on the product and the day of export (natural graphite and rare earth ores: none).  The US practice behind it,
"irrecoverable VAT", is litigated: results are to be labelled.
"""

from fractions import Fraction
from typing import Final

from streams.antidumping.sales import Exact

CHINA_VAT_PCT: Final = Fraction(13)
"""On minerals and metals, since April 2019."""


def comparable_price(price: Exact, *, vat_pct: Exact, rebate_pct: Exact) -> Fraction:
    """
    Return a price with VAT as it compares with an export price, in the same currency and unit.

    Raises :class:`ValueError` for a rebate below zero or above the tax.
    """
    if not 0 <= rebate_pct <= vat_pct:
        raise ValueError(f"an export rebate must lie between 0 and the VAT of {vat_pct} %, was {rebate_pct} %")
    return Fraction(price * (100 + vat_pct - rebate_pct), 100 + vat_pct)
