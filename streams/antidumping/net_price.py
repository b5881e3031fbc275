"""
Net prices: what is left of a price once it stands at the factory gate, so that two can be compared.

    net          = (gross - deductions) * rate of exchange + additions after conversion
    credit cost  = price * annual interest rate * days until payment / 365

Deductions are what the price pays for beyond the goods: discounts, rebates, freight, insurance, handling, export tax,
credit, commission, packing of its own market.  Additions are in the currency after conversion, such as the packing for
export.  A fair comparison is made at the same level of trade, normally ex-factory, with due allowance for differences
in conditions and terms of sale, taxation, quantities and physical characteristics (WTO Anti-Dumping Agreement,
art. 2.4).  A net price may come out zero or negative; it is no price that could be compared then.
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from streams.antidumping.sales import Exact

YEAR_DAYS: Final = 365
"""Days of a year of interest."""

_WHOLE: Final = 100


def net_price(
    gross: Exact, deductions: Iterable[Exact] = (), *, rate: Exact = 1, additions: Iterable[Exact] = ()
) -> Fraction:
    """Return the price at the factory gate; *rate* is the price's currency in that of the comparison."""
    return Fraction((gross - sum(deductions)) * rate + sum(additions))


def credit_cost(price: Exact, *, annual_pct: Exact, days: int, year_days: int = YEAR_DAYS) -> Fraction:
    """
    Return the interest that *days* of credit cost on *price*, at *annual_pct* per cent a year.

    Negative *days* are a payment in advance, which costs the buyer instead.
    """
    return Fraction(price * annual_pct * days, _WHOLE * year_days)


def constructed_export_price(resale: Exact, *, post_import_costs: Iterable[Exact], profit: Exact) -> Fraction:
    """
    Return the export price worked out of the first resale to an independent buyer.

    For a sale to a related importer, whose price says nothing: the resale less all costs between importation and
    resale, duties and taxes among them, and less profit (WTO Anti-Dumping Agreement, art. 2.3 and 2.4).
    """
    return Fraction(resale - sum(post_import_costs) - profit)
