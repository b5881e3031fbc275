"""
A group of sales and all other sales of the same product: what a test of price differences compares.

Groups are those of the differential pricing analysis of the US Department of Commerce: the sales of one purchaser, of
one region, or of one period (quarter).  A group is its sums alone, so the other sales are the product's total less the
group, and nothing is added up twice.
"""

from collections.abc import Hashable, Iterable, Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Final, NamedTuple

from streams.antidumping.sales import Exact, Sale, average, percent


class Dimension(StrEnum):
    """By what sales are grouped."""

    PURCHASER = "purchaser"
    REGION = "region"
    PERIOD = "period"


class GroupedSale(NamedTuple):
    """A sale and the groups it belongs to; a dimension that is not known is None and tests nothing."""

    sale: Sale
    purchaser: Hashable = None
    region: Hashable = None
    period: Hashable = None

    def group(self, dimension: Dimension) -> Hashable:
        """Return the group of the sale in *dimension*, None where it is not known."""
        match dimension:
            case Dimension.PURCHASER:
                return self.purchaser
            case Dimension.REGION:
                return self.region
            case Dimension.PERIOD:
                return self.period


class Moments(NamedTuple):
    """The sums of a group of sales up to the second moment of its prices, weighted by quantity."""

    n: int
    """How many sales."""
    quantity: Exact
    value: Exact
    square: Exact
    """``sum(q p^2)``, which is ``sum(value^2 / q)``; needed for variances alone."""

    @property
    def mean(self) -> Fraction | None:
        """The weighted average price, None where nothing was sold."""
        return average(self.value, self.quantity)

    @property
    def variance(self) -> Fraction | None:
        """The variance of the population: over the sum of weights, not less one; None where nothing was sold."""
        if (mean := self.mean) is None:
            return None
        return Fraction(self.square, self.quantity) - mean * mean

    def plus(self, other: "Moments") -> "Moments":
        """Return both groups as one."""
        return Moments(
            self.n + other.n,
            self.quantity + other.quantity,
            self.value + other.value,
            self.square + other.square,
        )

    def less(self, other: "Moments") -> "Moments":
        """Return what is left without *other*, a part of this group."""
        return Moments(
            self.n - other.n,
            self.quantity - other.quantity,
            self.value - other.value,
            self.square - other.square,
        )


NOTHING: Final = Moments(0, 0, 0, 0)


class Ineligible(StrEnum):
    """Why a group is not tested."""

    TEST_OBS = "test_obs"
    """The group has too few sales."""
    BASE_OBS = "base_obs"
    """There are too few other sales."""
    BASE_SHARE = "base_share"
    """The other sales are too small a part of the quantity."""


class Preconditions(NamedTuple):
    """What a group must have to be tested, by Commerce's margin program."""

    test_sales_min: int = 2
    base_sales_min: int = 2
    base_share_min_pct: Exact = 5
    """Of the quantity of the group and the other sales together; equal is enough."""


PRECONDITIONS: Final = Preconditions()


def moments(sales: Iterable[Sale]) -> Moments:
    """Return the sums of *sales*; those without a positive quantity and price are left out."""
    total = NOTHING
    for sale in sales:
        if sale.unusable is None:
            total = total.plus(moments_of(sale))
    return total


def moments_of(sale: Sale) -> Moments:
    """Return the sums of a single sale, whose quantity must be positive."""
    return Moments(1, sale.quantity, sale.value, Fraction(sale.value * sale.value, sale.quantity))


def base_share_pct(test: Moments, base: Moments) -> Fraction | None:
    """Return the part that *base* has in the quantity of both, in per cent; None where nothing was sold."""
    return percent(base.quantity, test.quantity + base.quantity)


def ineligible(test: Moments, base: Moments, preconditions: Preconditions = PRECONDITIONS) -> Ineligible | None:
    """Return the first precondition that *test* and *base* fail, None where they may be compared."""
    if test.n < preconditions.test_sales_min:
        return Ineligible.TEST_OBS
    if base.n < preconditions.base_sales_min:
        return Ineligible.BASE_OBS
    share_pct = base_share_pct(test, base)
    if share_pct is None or share_pct < preconditions.base_share_min_pct:
        return Ineligible.BASE_SHARE
    return None


def group_moments(sales: Iterable[GroupedSale], dimension: Dimension) -> Mapping[Hashable, Mapping[Hashable, Moments]]:
    """Return the sums of each group in *dimension*, by model; sales whose group is not known are left out."""
    sums: dict[Hashable, dict[Hashable, Moments]] = {}
    for each in sales:
        group = each.group(dimension)
        if group is not None and each.sale.unusable is None:
            groups = sums.setdefault(each.sale.model, {})
            groups[group] = groups.get(group, NOTHING).plus(moments_of(each.sale))
    return sums
