"""Division of exact amounts, and what is said where there is nothing to divide by."""

from fractions import Fraction
from typing import TypeAlias

Exact: TypeAlias = int | Fraction
"""
An exact amount: micro-USD and milligrams of the stream as ``int``, figures of a worked case as ``Fraction``.

Two of them are never divided with ``/``: for two integers that would be a binary float.
"""


def quotient(dividend: Exact, divisor: Exact) -> Fraction | None:
    """
    Return *dividend* / *divisor*, exactly; None where the divisor is not positive.

    Divisors of this package are prices, values and quantities.  One that is zero or negative is no base for a
    percentage or an average: the answer is undefined, never 0.
    """
    return Fraction(dividend, divisor) if divisor > 0 else None


def change(before: Exact, after: Exact) -> Fraction | None:
    """Return by which part of *before* the amount changed, ``after / before - 1``; None without a positive base."""
    return quotient(after - before, before)
