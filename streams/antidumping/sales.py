"""
Sales as the anti-dumping arithmetic takes them: a quantity and what it was worth, net and comparable.

Quantities share one unit and values one currency, whichever they are: integers in micro-units, or fractions.  A price
is a value over a quantity, so that sums lose nothing.  Both sides of a comparison are at the same level, normally
ex-factory (WTO Anti-Dumping Agreement, art. 2.4); how they got there is not decided here.
"""

from collections.abc import Hashable, Iterable
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

Exact = int | Fraction
"""An exact amount.  Two are never divided with ``/``: of two integers that would be a binary float."""


class Unusable(StrEnum):
    """Why goods are given no margin."""

    NV_INVALID = "nv_invalid"
    """The normal value is missing or not positive."""
    EP_INVALID = "ep_invalid"
    """The export price is not positive: free samples, returns."""
    QUANTITY_INVALID = "quantity_invalid"
    """The quantity is not positive; it is never worked out of a price."""


class AverageBy(StrEnum):
    """Over which sales a normal value is averaged."""

    MODEL = "model"
    MODEL_MONTH = "model_month"
    """The sales of a model in one month: contemporaneous averages (19 CFR 351.414)."""


class Sales(NamedTuple):
    """The sums of some sales."""

    quantity: Exact
    value: Exact

    @property
    def price(self) -> Fraction | None:
        """The weighted average price, None where nothing was sold."""
        return average(self.value, self.quantity)


class Sale(NamedTuple):
    """One sale, or what is taken as one."""

    id: Hashable
    quantity: Exact
    value: Exact
    model: Hashable = None
    """What sales are comparable by: product, grade, level of trade."""
    month: Hashable = None
    day: int | None = None
    """Day of sale as an ordinal, for matching sale to sale."""

    @property
    def price(self) -> Fraction | None:
        """Value per unit of quantity, None without a quantity."""
        return average(self.value, self.quantity)

    @property
    def unusable(self) -> Unusable | None:
        """Why the sale has no price that could be compared, None where it has one."""
        return unusable_sale(self.quantity, self.value)

    def group(self, average_by: AverageBy) -> Hashable:
        """Return the averaging group that the sale belongs to."""
        return self.model if average_by is AverageBy.MODEL else (self.model, self.month)


def average(value: Exact, quantity: Exact) -> Fraction | None:
    """Return *value* per unit of *quantity*, None where that is not positive."""
    return Fraction(value, quantity) if quantity > 0 else None


def percent(part: Exact, whole: Exact) -> Fraction | None:
    """Return *part* in per cent of *whole*, None where that is not positive."""
    return Fraction(100 * part, whole) if whole > 0 else None


def unusable_sale(quantity: Exact, value: Exact) -> Unusable | None:
    """Return why a sale of *quantity* for *value* has no price that could be compared, None where it has one."""
    if quantity <= 0:
        return Unusable.QUANTITY_INVALID
    return Unusable.EP_INVALID if value <= 0 else None


def add_up(sales: Iterable[Sale], average_by: AverageBy = AverageBy.MODEL) -> dict[Hashable, Sales]:
    """Return the sums of *sales* by averaging group; sales without a positive quantity and price are left out."""
    sums: dict[Hashable, Sales] = {}
    for sale in sales:
        if sale.unusable is None:
            held = sums.get(group := sale.group(average_by), Sales(0, 0))
            sums[group] = Sales(held.quantity + sale.quantity, held.value + sale.value)
    return sums
