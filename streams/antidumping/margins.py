"""
Margins of dumping: normal value less export price, compared in three ways, with and without zeroing.

A comparison sets a normal value NV against the export price EP of a quantity Q; its amount is ``(NV - EP) x Q``,
negative where the goods were sold above normal value.  A margin in per cent is the sum of amounts over the value of
**all** export sales that were compared, dumped or not (WTO Anti-Dumping Agreement, art. 2.4.2; US - Softwood Lumber V,
DS264).

======================  ======================================  ==================================================
method                  compared                                function
======================  ======================================  ==================================================
A-A                     average NV and average EP of a group    :func:`average_to_average`
T-T                     sale and sale                           :func:`transaction_to_transaction`
A-T                     average NV and each export sale         :func:`average_to_transaction`
mixed                   A-T for a pattern of sales, A-A beyond  :func:`mixed_us`, :func:`wto_ds464`
======================  ======================================  ==================================================

**Zeroing** counts a negative amount as nil.  Both totals are always given; WTO rulings reject zeroing (EC - Bed Linen,
US - Zeroing, US - Washing Machines), US practice zeroes in the A-T leg.

**Edge cases.**  Goods without a normal value, or with one that is not positive, get no margin: they are in neither the
amount nor the denominator, and :attr:`Margin.coverage_pct` says how much of the export value was compared.  Goods whose
quantity or price is not positive (free samples, returns) are no export sales and count nowhere.  Signs are kept; nil is
the least only of the final figure (:attr:`Total.dumping_margin_pct`).

Amounts are in the unit of the values, unit margins in value per unit of quantity, percentages in per cent.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping
from fractions import Fraction
from typing import Final, NamedTuple

from streams.antidumping.matching import nearest_by_date, paired
from streams.antidumping.sales import AverageBy, Exact, Sale, Sales, Unusable, average, percent, unusable_sale

NormalValues = Mapping[Hashable, Exact | None]
"""Normal value per unit of quantity, by averaging group; None or absent where it is not known."""

_NONE: Final[Mapping[Hashable, Exact]] = {}


class PatternError(ValueError):
    """Raised for a pattern that names sales which were not compared; says which."""


class Comparison(NamedTuple):
    """An export quantity set against a normal value."""

    key: Hashable
    """The averaging group (A-A) or the id of the export sale (T-T, A-T)."""
    quantity: Exact
    value: Exact
    """The export value."""
    normal_value: Exact | None
    """Per unit of quantity."""
    home: Hashable = None
    """The id of the home sale that was matched (T-T)."""

    @property
    def unusable(self) -> Unusable | None:
        """Why there is no margin, None where there is one."""
        if self.normal_value is None or self.normal_value <= 0:
            return unusable_sale(self.quantity, self.value) or Unusable.NV_INVALID
        return unusable_sale(self.quantity, self.value)

    @property
    def export_price(self) -> Fraction | None:
        """Export value per unit of quantity."""
        return average(self.value, self.quantity)

    @property
    def amount(self) -> Exact | None:
        """``(NV - EP) x Q``, None where there is no margin."""
        if self.normal_value is None or self.unusable is not None:
            return None
        return self.normal_value * self.quantity - self.value

    @property
    def unit_margin(self) -> Fraction | None:
        """``NV - EP``, None where there is no margin."""
        return None if self.amount is None else average(self.amount, self.quantity)

    @property
    def pct(self) -> Fraction | None:
        """The amount in per cent of the export value, None where there is no margin."""
        return None if self.amount is None else percent(self.amount, self.value)


class Total(NamedTuple):
    """Amounts added up, over the export sales they are a margin of."""

    amount: Exact
    quantity: Exact
    export_value: Exact

    @property
    def margin_pct(self) -> Fraction | None:
        """The amount in per cent of the export value, with its sign; None where nothing was compared."""
        return percent(self.amount, self.export_value)

    @property
    def dumping_margin_pct(self) -> Fraction | None:
        """The margin, at least nil; None where nothing was compared."""
        return None if self.margin_pct is None else max(self.margin_pct, Fraction(0))

    @property
    def unit_margin_avg(self) -> Fraction | None:
        """The amount per unit of quantity: money, not per cent; None where nothing was compared."""
        return average(self.amount, self.quantity)


class Margin(NamedTuple):
    """The outcome of one method of comparison."""

    comparisons: tuple[Comparison, ...]
    no_zeroing: Total
    zeroing: Total
    uncompared_value: Exact
    """Export value that has no usable normal value."""

    @property
    def export_value(self) -> Exact:
        """The value of all export sales compared: the denominator."""
        return self.no_zeroing.export_value

    @property
    def coverage_pct(self) -> Fraction | None:
        """The part of the export value that was compared; None where there is none."""
        return percent(self.export_value, self.export_value + self.uncompared_value)

    @property
    def avg_nv(self) -> Fraction | None:
        """The normal value, averaged by export quantity; None where nothing was compared."""
        return average(self.no_zeroing.amount + self.export_value, self.no_zeroing.quantity)

    @property
    def avg_ep(self) -> Fraction | None:
        """The export price, averaged by quantity; None where nothing was compared."""
        return average(self.export_value, self.no_zeroing.quantity)

    @property
    def simple_average_pct(self) -> Fraction | None:
        """The unweighted mean of the percentages of the comparisons: no margin in law, for showing the difference."""
        found = [each.pct for each in self.comparisons if each.pct is not None]
        return average(sum(found, Fraction(0)), len(found))


class MixedUs(NamedTuple):
    """The mixed method of US practice; see :func:`mixed_us`."""

    at_amount: Exact
    """The positive amounts of the pattern."""
    aa_net: Exact
    """The net amount of the rest, with its sign."""
    total: Total

    @property
    def aa_amount(self) -> Exact:
        """What the rest adds: its net amount, at least nil."""
        return max(self.aa_net, 0)


def average_normal_values(
    home: Mapping[Hashable, Sales], constructed: Mapping[Hashable, Exact] = _NONE
) -> dict[Hashable, Exact | None]:
    """
    Return the normal value of each averaging group: the weighted average price of its home sales.

    A group without home sales has its *constructed* value, if there is one (art. 2.2).
    """
    values: dict[Hashable, Exact | None] = dict(constructed)
    values.update((group, sales.price) for group, sales in home.items() if sales.quantity > 0)
    return values


def average_to_average(export: Mapping[Hashable, Sales], normal_values: NormalValues) -> Margin:
    """
    Compare the weighted average export price of each group with its normal value (art. 2.4.2, first sentence).

    Takes sums alone: no single sale is needed.  Groups without export quantity are passed over.
    """
    return _margin(
        Comparison(group, sales.quantity, sales.value, normal_values.get(group))
        for group, sales in export.items()
        if sales != (0, 0)
    )


def average_to_transaction(
    export: Iterable[Sale], normal_values: NormalValues, average_by: AverageBy = AverageBy.MODEL
) -> Margin:
    """
    Compare each export sale with the normal value of its group (art. 2.4.2, second sentence).

    Without zeroing the total is that of A-A over the same groups: ``sum((NV - p) q) = (NV - EP) Q`` within each.  The
    law asks for a pattern of export prices that differ significantly, and for a reason why A-A and T-T fail.
    """
    return _margin(
        Comparison(sale.id, sale.quantity, sale.value, normal_values.get(sale.group(average_by))) for sale in export
    )


def transaction_to_transaction(
    export: Iterable[Sale], home: Iterable[Sale], pairs: Mapping[Hashable, Hashable] | None = None
) -> Margin:
    """
    Compare each export sale with one home sale (art. 2.4.2, first sentence).

    *pairs* names the home sale of each export sale.  Without it the home sale of the same model nearest in time is
    taken, of two equally near the earlier (of two on one day the smaller id); one home sale may serve several export
    sales ("as nearly as possible the same time", art. 2.4).  An export sale without a home sale has no normal value.
    Raises :class:`streams.antidumping.matching.MatchingError` for pairs that name an unknown sale.
    """
    matches = nearest_by_date(export, home) if pairs is None else paired(export, home, pairs)
    return _margin(
        Comparison(sale.id, sale.quantity, sale.value, other and other.price, other and other.id)
        for sale, other in matches
    )


def mixed_us(compared: Margin, pattern: Collection[Hashable]) -> MixedUs:
    """
    Return the mixed method of US practice: A-T with zeroing for the *pattern*, A-A without for the rest.

    *compared* is the A-T comparison of all sales, *pattern* the ids of those whose prices differ.  Each leg is at least
    nil before they are added, so that the rest cannot offset the pattern (margin programs of the US Department of
    Commerce).  The denominator is the value of all sales.  The net amount of A-A over the rest is the sum of its A-T
    amounts, as :func:`average_to_transaction` says.
    Raises :class:`PatternError`.
    """
    inside, outside = _split(compared, pattern)
    at_amount = sum(max(amount, 0) for amount in inside)
    aa_net = sum(outside)
    return MixedUs(at_amount, aa_net, compared.no_zeroing._replace(amount=at_amount + max(aa_net, 0)))


def wto_ds464(compared: Margin, pattern: Collection[Hashable]) -> Total:
    """
    Return the mixed method as the Appellate Body read it: the *pattern* alone, its negative amounts counted.

    US - Washing Machines (DS464): A-T applies to the sales of the pattern, without zeroing, over the value of all
    sales; the rest is left out of the amount.  Raises :class:`PatternError`.
    """
    inside, _ = _split(compared, pattern)
    return compared.no_zeroing._replace(amount=sum(inside))


def _margin(comparisons: Iterable[Comparison]) -> Margin:
    held = tuple(comparisons)
    usable = [(each.quantity, each.value, amount) for each in held if (amount := each.amount) is not None]
    quantity = sum(each[0] for each in usable)
    value = sum(each[1] for each in usable)
    return Margin(
        held,
        Total(sum(amount for _, _, amount in usable), quantity, value),
        Total(sum(max(amount, 0) for _, _, amount in usable), quantity, value),
        sum(each.value for each in held if each.unusable is Unusable.NV_INVALID),
    )


def _split(compared: Margin, pattern: Collection[Hashable]) -> tuple[list[Exact], list[Exact]]:
    """Return the amounts of the comparisons in *pattern* and of the others."""
    wanted = set(pattern)
    if unknown := wanted - {each.key for each in compared.comparisons}:
        raise PatternError(
            f"the pattern names {', '.join(sorted(map(str, unknown)))}, which no export sale is called: "
            "give the ids of sales that were compared"
        )
    amounts: tuple[list[Exact], list[Exact]] = ([], [])
    for each in compared.comparisons:
        if (amount := each.amount) is not None:
            amounts[each.key not in wanted].append(amount)
    return amounts
