"""
Sales below cost in the home market, which may be left out of the normal value.

A sale is below cost where its price is under its unit cost of production; at cost it is not.  Such sales are
disregarded only where they were made

- within an extended period: normally a year, never less than six months,
- in substantial quantities: at least 20 % of the quantity, or an average price under the average cost, and
- at prices that do not recover the cost: a price above the weighted average cost of the period recovers it.

The rest makes the normal value; where nothing is left it has to be constructed.  Sources: WTO Anti-Dumping Agreement,
art. 2.2.1 with footnotes 3 to 5; 19 U.S.C. 1677b(b).  The EU puts the second test the other way round: all sales are
used where more than 80 % were profitable and the average price is not under the average cost.  At 80 % as at 20 %
the sales are substantial: the two readings never differ, whatever the sales.

Prices of *imports* under the cost of production are another thing than this test, which is on home-market sales only.
Quantities share a unit, values and costs a currency: integers in micro-units or fractions.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from fractions import Fraction
from typing import Final, NamedTuple

from streams.antidumping.sales import Exact, average, percent

SUBSTANTIAL_PCT: Final = Fraction(20)
"""Of the quantity: that much below cost is substantial."""

PROFITABLE_PCT: Final = Fraction(80)
"""Of the quantity: more than that at cost or above and the rest is not substantial."""

EXTENDED_MONTHS_MIN: Final = 6
USUAL_MONTHS: Final = 12


class Practice(StrEnum):
    """Whose words the test for substantial quantities is put in."""

    ADA = "ADA"
    EU = "EU"


class CostedSale(NamedTuple):
    """A sale, or sales taken as one, with what the goods cost to make."""

    id: str
    quantity: Exact
    value: Exact
    cost: Exact | None
    """Of the whole quantity; None where it is not known."""

    @property
    def tested(self) -> bool:
        """Whether price and cost can be compared: quantity and cost are positive."""
        return self.quantity > 0 and self.cost is not None and self.cost > 0

    @property
    def below_cost(self) -> bool:
        """Whether the price is under the cost; equal is not."""
        return self.cost is not None and self.value < self.cost


class CostSums(NamedTuple):
    """Sums over sales whose cost is known."""

    quantity: Exact
    below_quantity: Exact
    value: Exact
    cost: Exact

    @property
    def below_pct(self) -> Fraction | None:
        """The part of the quantity that was sold below cost, in per cent; None without sales."""
        return percent(self.below_quantity, self.quantity)

    @property
    def average_price(self) -> Fraction | None:
        """The weighted average price, None without sales."""
        return average(self.value, self.quantity)

    @property
    def average_cost(self) -> Fraction | None:
        """The weighted average unit cost, None without sales."""
        return average(self.cost, self.quantity)


class BelowCost(NamedTuple):
    """What the test came to."""

    sums: CostSums
    substantial: bool | None
    """None where there is no sale to test."""
    retained: tuple[CostedSale, ...]
    disregarded: tuple[CostedSale, ...]
    untested: tuple[CostedSale, ...]
    """Sales without a quantity or a cost, which are neither kept nor dropped."""

    @property
    def normal_value(self) -> Fraction | None:
        """The weighted average price of what is retained; None where nothing is."""
        return average(sum(sale.value for sale in self.retained), sum(sale.quantity for sale in self.retained))

    @property
    def use_constructed_value(self) -> bool:
        """Whether no sale is left to take a normal value from."""
        return not self.retained


def below_cost_test(
    sales: Iterable[CostedSale], *, practice: Practice = Practice.ADA, period_months: int = USUAL_MONTHS
) -> BelowCost:
    """Return which sales the normal value is taken from; nothing is disregarded in less than six months."""
    sales = tuple(sales)
    tested = [sale for sale in sales if sale.tested]
    sums = cost_sums(tested)
    found = substantial(sums, practice=practice)
    extended = period_months >= EXTENDED_MONTHS_MIN

    def disregard(sale: CostedSale) -> bool:
        return bool(found) and extended and sale.below_cost and not recovers(sale, sums)

    retained = tuple(sale for sale in tested if not disregard(sale))
    disregarded = tuple(filter(disregard, tested))
    return BelowCost(sums, found, retained, disregarded, tuple(sale for sale in sales if not sale.tested))


def cost_sums(sales: Sequence[CostedSale]) -> CostSums:
    """Return the sums that the test is made on; every sale must have a cost."""
    return CostSums(
        sum(sale.quantity for sale in sales),
        sum(sale.quantity for sale in sales if sale.below_cost),
        sum(sale.value for sale in sales),
        sum(sale.cost for sale in sales if sale.cost is not None),
    )


def substantial(sums: CostSums, *, practice: Practice = Practice.ADA) -> bool | None:
    """Return whether sales below cost were made in substantial quantities; None where nothing was sold."""
    share = sums.below_pct
    if share is None:
        return None
    if practice is Practice.EU:
        return not (100 - share > PROFITABLE_PCT and sums.value >= sums.cost)
    return share >= SUBSTANTIAL_PCT or sums.value < sums.cost


def recovers(sale: CostedSale, sums: CostSums) -> bool:
    """Return whether the price lies above the average cost of the period (footnote 5 to art. 2.2.1); equal does not."""
    return sale.value * sums.quantity > sums.cost * sale.quantity
