"""
Differential pricing: whether export prices differ by purchaser, region or period, and whether it matters.

Averages can hide dumping that is aimed at some customers, places or times (WTO Anti-Dumping Agreement, art. 2.4.2,
second sentence; 19 U.S.C. 1677f-1(d)(1)(B)).  Three stages, by the analysis of the US Department of Commerce:

1. **Price test.**  Each group of a product is held against all its other sales, three times: by purchaser, by region,
   by period.  A sale passes if its group passes any of the three.  The default is the *price difference test*: the
   group's weighted average price differs from that of the others by at least 2 % of theirs, up or down.  That
   threshold is a default of this engine: whether Commerce took it up in 2025 could not be confirmed from a source.
   *Legacy*: Cohen's d (:mod:`streams.antidumping.cohens_d`).
2. **Ratio test.**  The part of the **value** of all sales that passes: at most 33 %, A-A stays; between, the mixed
   method is considered; from 66 %, A-T for all sales.
3. **Meaningful difference.**  The alternative is applied if it lifts the margin from de minimis to the threshold or
   above, or, where both are at or above it, by at least 25 % of the A-A margin; else A-A stays.

A-T and the A-T leg of the mixed method are with zeroing, as in US practice (:mod:`streams.antidumping.margins`).

**Edge cases.**  A group with fewer than two sales, fewer than two others, or others of less than 5 % of the quantity
is not tested, nor is a product sold to one group alone: its sales do not pass.  Percentages without a base are None.
"""

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Final, NamedTuple

from streams.antidumping import cohens_d
from streams.antidumping.de_minimis import THRESHOLD_PCT, Proceeding, Reading, is_de_minimis
from streams.antidumping.margins import Margin, NormalValues, average_to_average, average_to_transaction, mixed_us
from streams.antidumping.price_groups import (
    NOTHING,
    PRECONDITIONS,
    Dimension,
    GroupedSale,
    Ineligible,
    Moments,
    Preconditions,
    group_moments,
    ineligible,
)
from streams.antidumping.sales import AverageBy, Exact, add_up, percent


class PriceTest(StrEnum):
    """By which test a group's prices differ."""

    PRICE_DIFFERENCE = "price_difference"
    COHENS_D_LEGACY = "cohens_d_legacy"


LEGAL_STATUS: Final = MappingProxyType(
    {
        PriceTest.PRICE_DIFFERENCE: "default: a percentage of the other sales' average price; the threshold is no law",
        PriceTest.COHENS_D_LEGACY: cohens_d.LEGAL_STATUS,
    }
)
"""What to say of a finding by each test."""


class Method(StrEnum):
    """A method of comparison that the analysis chooses from."""

    AVERAGE_TO_AVERAGE = "A-A"
    MIXED = "mixed"
    AVERAGE_TO_TRANSACTION = "A-T"


class Outcome(StrEnum):
    """What a price test says of a group."""

    DIFFERS = "pass"
    ALIKE = "no_pass"
    NOT_TESTED = "not_tested"


class Thresholds(NamedTuple):
    """The limits of the three stages; percentages in per cent."""

    price_difference_pct: Exact = 2
    cohens_d: Exact = cohens_d.LARGE
    mixed_above_pct: Exact = 33
    """A part of the value above this: the mixed method is considered."""
    transactions_from_pct: Exact = 66
    """A part of the value from this on: A-T for all sales is considered."""
    relative_change_pct: Exact = 25
    de_minimis_pct: Exact = THRESHOLD_PCT[Proceeding.INVESTIGATION]
    de_minimis_reading: Reading = Reading.STRICT


THRESHOLDS: Final = Thresholds()


class GroupResult(NamedTuple):
    """What a price test says of a group, with its reason."""

    outcome: Outcome
    ineligible: Ineligible | None
    difference_pct: Fraction | None
    """The group's average price less that of the others, in per cent of theirs; None where either has none."""


class Ratio(NamedTuple):
    """The part of the sales that passes, and the method it asks to consider."""

    pass_value: Exact
    total_value: Exact
    method_considered: Method

    @property
    def pass_pct(self) -> Fraction | None:
        """The part of the value that passes, in per cent; None where nothing was sold."""
        return percent(self.pass_value, self.total_value)


class Difference(NamedTuple):
    """Whether an alternative margin differs meaningfully from that of A-A."""

    relative_change_pct: Fraction | None
    """In per cent of the A-A margin; None unless both margins are at or above de minimis."""
    crosses_de_minimis: bool
    meaningful: bool


class Analysis(NamedTuple):
    """The three stages, and the margin that they end in."""

    passing: frozenset[Hashable]
    """The ids of the sales that pass."""
    ratio: Ratio
    average_to_average: Margin
    alternative_pct: Fraction | None
    """The dumping margin by the method considered; None where that is A-A, or nothing was compared."""
    difference: Difference
    method_applied: Method
    dumping_margin_pct: Fraction | None
    """By the method applied; None where nothing was compared."""


NO_DIFFERENCE: Final = Difference(None, crosses_de_minimis=False, meaningful=False)


def price_difference_pct(test: Moments, base: Moments) -> Fraction | None:
    """Return the average price of *test* less that of *base*, in per cent of the latter; None where either has none."""
    if test.mean is None or base.mean is None:
        return None
    return percent(test.mean - base.mean, base.mean)


def judge_group(
    test: Moments,
    base: Moments,
    price_test: PriceTest = PriceTest.PRICE_DIFFERENCE,
    *,
    thresholds: Thresholds = THRESHOLDS,
    preconditions: Preconditions = PRECONDITIONS,
) -> GroupResult:
    """Return whether the prices of *test* differ from those of *base*, all other sales of the same product."""
    difference_pct = price_difference_pct(test, base)
    reason = ineligible(test, base, preconditions)
    if reason is not None or difference_pct is None:
        return GroupResult(Outcome.NOT_TESTED, reason, difference_pct)
    if price_test is PriceTest.COHENS_D_LEGACY:
        differs = _effect_is_large(test, base, thresholds.cohens_d)
    else:
        differs = abs(difference_pct) >= thresholds.price_difference_pct
    return GroupResult(Outcome.DIFFERS if differs else Outcome.ALIKE, None, difference_pct)


def passing_sales(
    sales: Sequence[GroupedSale],
    price_test: PriceTest = PriceTest.PRICE_DIFFERENCE,
    *,
    thresholds: Thresholds = THRESHOLDS,
    preconditions: Preconditions = PRECONDITIONS,
) -> frozenset[Hashable]:
    """
    Return the ids of the sales whose group passes by purchaser, by region or by period.

    In each dimension the sales whose group is not known are neither tested nor a base.
    """
    passing: set[Hashable] = set()
    for dimension in Dimension:
        groups = set(_passing_groups(sales, dimension, price_test, thresholds, preconditions))
        passing.update(each.sale.id for each in sales if (each.sale.model, each.group(dimension)) in groups)
    return frozenset(passing)


def ratio_test(pass_value: Exact, total_value: Exact, thresholds: Thresholds = THRESHOLDS) -> Ratio:
    """Return the part of *total_value* that passes and the method to consider; without sales, A-A."""
    scaled = 100 * pass_value
    if total_value > 0 and scaled >= thresholds.transactions_from_pct * total_value:
        return Ratio(pass_value, total_value, Method.AVERAGE_TO_TRANSACTION)
    if total_value > 0 and scaled > thresholds.mixed_above_pct * total_value:
        return Ratio(pass_value, total_value, Method.MIXED)
    return Ratio(pass_value, total_value, Method.AVERAGE_TO_AVERAGE)


def meaningful_difference(
    averages_pct: Exact | None, alternative_pct: Exact | None, thresholds: Thresholds = THRESHOLDS
) -> Difference:
    """
    Return whether the margin *alternative_pct* differs meaningfully from *averages_pct*, that of A-A.

    It does where it crosses the de minimis threshold upwards, or where both are at or above it and the change is at
    least 25 % of the A-A margin (decision memorandum A-533-889).  Nothing follows from a margin that is None.
    """
    if averages_pct is None or alternative_pct is None:
        return NO_DIFFERENCE
    small, alternative_small = (
        is_de_minimis(margin, thresholds.de_minimis_pct, reading=thresholds.de_minimis_reading)
        for margin in (averages_pct, alternative_pct)
    )
    if small or alternative_small:
        crosses = bool(small and not alternative_small)
        return Difference(None, crosses_de_minimis=crosses, meaningful=crosses)
    change_pct = percent(alternative_pct - averages_pct, averages_pct)
    meaningful = change_pct is not None and change_pct >= thresholds.relative_change_pct
    return Difference(change_pct, crosses_de_minimis=False, meaningful=meaningful)


def analyse(
    sales: Sequence[GroupedSale],
    normal_values: NormalValues,
    price_test: PriceTest = PriceTest.PRICE_DIFFERENCE,
    *,
    average_by: AverageBy = AverageBy.MODEL,
    thresholds: Thresholds = THRESHOLDS,
    preconditions: Preconditions = PRECONDITIONS,
) -> Analysis:
    """Take *sales* through the three stages; the margin of A-A is always reported first."""
    passing = passing_sales(sales, price_test, thresholds=thresholds, preconditions=preconditions)
    export = [each.sale for each in sales]
    usable = [sale for sale in export if sale.unusable is None]
    ratio = ratio_test(
        sum(sale.value for sale in usable if sale.id in passing), sum(sale.value for sale in usable), thresholds
    )
    averages = average_to_average(add_up(export, average_by), normal_values)
    averages_pct = averages.no_zeroing.dumping_margin_pct
    transactions = average_to_transaction(export, normal_values, average_by)
    alternative_pct = _alternative_pct(ratio.method_considered, transactions, passing)
    difference = meaningful_difference(averages_pct, alternative_pct, thresholds)
    return Analysis(
        passing,
        ratio,
        averages,
        alternative_pct,
        difference,
        ratio.method_considered if difference.meaningful else Method.AVERAGE_TO_AVERAGE,
        alternative_pct if difference.meaningful else averages_pct,
    )


def _alternative_pct(method: Method, transactions: Margin, passing: Collection[Hashable]) -> Fraction | None:
    match method:
        case Method.AVERAGE_TO_AVERAGE:
            return None
        case Method.MIXED:
            return mixed_us(transactions, passing).total.dumping_margin_pct
        case Method.AVERAGE_TO_TRANSACTION:
            return transactions.zeroing.dumping_margin_pct


def _passing_groups(
    sales: Iterable[GroupedSale],
    dimension: Dimension,
    price_test: PriceTest,
    thresholds: Thresholds,
    preconditions: Preconditions,
) -> Iterator[tuple[Hashable, Hashable]]:
    for model, groups in group_moments(sales, dimension).items():
        total = NOTHING
        for group in groups.values():
            total = total.plus(group)
        for name, group in groups.items():
            result = judge_group(
                group, total.less(group), price_test, thresholds=thresholds, preconditions=preconditions
            )
            if result.outcome is Outcome.DIFFERS:
                yield model, name


def _effect_is_large(test: Moments, base: Moments, threshold: Exact) -> bool:
    mine, theirs = cohens_d.spread(test), cohens_d.spread(base)
    return mine is not None and theirs is not None and cohens_d.cohens_d(mine, theirs).passes(threshold)
