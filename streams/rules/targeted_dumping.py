"""
Dumping that averages hide: an exporter whose low prices are aimed at some buyers, places or times.

At the end of a quarter the sales of four quarters are put into groups, by purchaser, by destination and by quarter,
and each group is held against all others: it differs where its average price is 2 % or more off theirs.  Where more
than a third of the value differs, the margin is worked out sale by sale for those sales (for all of them from two
thirds on), and that is found where it differs meaningfully from the margin of the averages: it crosses 2 %, or is
larger by a quarter.  The margin of the averages is always told first.

Basis: WTO Anti-Dumping Agreement, article 2.4.2, second sentence; 19 U.S.C. 1677f-1(d)(1)(B); the ratio test (33 % and
66 %) and the meaningful difference (25 %) are those of the differential pricing analysis of the US Department of
Commerce.  The 2 % of the price difference test are a default.  Cohen's d is told as a legacy figure with its legal
status, and decides nothing.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Final, NamedTuple

from streams.antidumping.differential_pricing import (
    LEGAL_STATUS,
    Analysis,
    Method,
    Outcome,
    PriceTest,
    Thresholds,
    analyse,
    judge_group,
    ratio_test,
)
from streams.antidumping.margins import average_to_transaction, mixed_us
from streams.antidumping.price_groups import NOTHING, Dimension, GroupedSale, Moments
from streams.antidumping.sales import AverageBy, Exact, Sale, percent
from streams.cells import Lane
from streams.episodes import EpisodePolicy, Verdict
from streams.exact import decimal_text
from streams.months import MONTHS_A_YEAR, month_text
from streams.panel import MonthRows, Panel, Party
from streams.reference.values import Role
from streams.rules.bands import Bands
from streams.rules.coverage import COVERAGE_MIN_PCT, UNPRICED, coverage_pct
from streams.rules.evidence import UUSD_PER_USD, line, short
from streams.rules.export_price import freight_of, value_at_cif
from streams.rules.figures import Figure, all_facts, figure_of, last_day_of_trade, term, text_of
from streams.rules.period_rule import PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import Finding, ScopeKey
from streams.rules.settings import threshold
from streams.shapes import RELATED

_QUARTER: Final = 3
_RECORDS_MAX: Final = 20

_Groups = tuple[str, str, int]
"""Purchaser, destination and quarter of some sales."""


class Group(NamedTuple):
    """A group whose price was held against all others."""

    dimension: str
    group: str
    sales: int
    difference_pct: Fraction | None
    outcome: str


class Targeted(NamedTuple):
    """What was found of an exporter over four quarters."""

    through: int
    sales: int
    groups: tuple[Group, ...]
    pass_uusd: Fraction
    """The value of the sales that differ."""
    total_uusd: Fraction
    averages_amount: Fraction
    """Of the averages, net; micro-USD."""
    averages_pct: Fraction
    alternative: str
    at_amount: Fraction
    """What the sales compared one by one add, their negative amounts counted as nil."""
    aa_net: Fraction
    """The net amount of the others."""
    alternative_pct: Fraction
    difference_pct: Fraction | None
    crosses_de_minimis: bool
    legacy_pass_pct: Fraction | None
    legacy_method: str
    legacy_margin_pct: Fraction | None
    figures: tuple[Figure, ...]
    records: tuple[str, ...]
    """Ids of the sales that differ, in order, not more than twenty."""
    with_value_pct: Fraction
    records_pct: Fraction


class _Row(NamedTuple):
    """A sale at arm's length."""

    row: int
    content_mg: int
    fob_uusd: Exact
    month: int
    destination: str
    importer: str


class _Sales(NamedTuple):
    """The sales of an exporter one by one."""

    grouped: list[GroupedSale]
    normal_values: Mapping[Hashable, Fraction | None]
    figures: list[Figure]
    lack: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetedDumping(PeriodRule):
    """Find exporters whose averages hide dumping."""

    name: ClassVar[str] = "targeted_dumping"
    reach: ClassVar[int] = MONTHS_A_YEAR - 1
    price_alert: ClassVar[bool] = False
    """Where all prices rise the margin of the averages may sink below de minimis, and that of single sales not."""
    scale_free: ClassVar[bool] = False
    policy: EpisodePolicy = EpisodePolicy(expire_days=190)
    price_difference_pct: Fraction = threshold(Fraction(2), "difference of a group's price from all others, per cent")
    mixed_above_pct: Fraction = threshold(
        Fraction(33), "part of the value above which single sales are looked at, per cent", basis="US ratio test"
    )
    transactions_from_pct: Fraction = threshold(
        Fraction(66), "part of the value from which all sales are, per cent", basis="US ratio test"
    )
    relative_change_pct: Fraction = threshold(
        Fraction(25), "change of the margin that is meaningful, per cent of that of the averages", basis="A-533-889"
    )
    de_minimis_pct: Fraction = threshold(Fraction(2), "margin from which it is dumping, per cent", basis="ADA 5.8")
    sales_min: int = threshold(30, "sales of four quarters that it takes")
    groups_min: int = threshold(2, "groups in some dimension that it takes")
    known_min_pct: Fraction = threshold(
        Fraction(80), "part of the value whose purchaser, and whose normal value, is known, per cent"
    )
    age_max_months: int = threshold(24, "age from which a normal value without an end is too old, months")
    coverage_min_pct: Fraction = threshold(COVERAGE_MIN_PCT, "share of records with a price, per cent")
    value_min_usd: Fraction = threshold(Fraction(10_000), "value of the sales that makes them worth a look")
    bands: Bands = threshold(Bands(Fraction(2), Fraction(25), Fraction(60)), "severity by the margin, per cent")

    @property
    def limits(self) -> Thresholds:
        """The limits of the three stages."""
        return Thresholds(
            price_difference_pct=self.price_difference_pct,
            mixed_above_pct=self.mixed_above_pct,
            transactions_from_pct=self.transactions_from_pct,
            relative_change_pct=self.relative_change_pct,
            de_minimis_pct=self.de_minimis_pct,
        )

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:
        """Judge the exporters of every origin, in months that end a quarter."""
        if period % _QUARTER != _QUARTER - 1:
            return
        lanes = panel.lanes(product)
        for origin in sorted({lane.key.origin for lane in lanes}):
            own = [lane for lane in lanes if lane.key.origin == origin]
            if panel.total(own, period).content_mg:
                limits: TargetedDumping = self.at(product, origin)
                yield from limits.judge_origin(panel, own, period, ScopeKey(self.name, product, origin))

    def judge_origin(self, panel: Panel, lanes: Sequence[Lane], period: int, key: ScopeKey) -> Iterator[Finding]:
        """Judge the exporters of an origin; what lacks is said once, of the origin."""
        records_pct = coverage_pct(panel.total(lanes, period, MONTHS_A_YEAR))
        if records_pct < self.coverage_min_pct:
            yield Finding(key, Verdict.EMPTY, lack=UNPRICED)
            return
        if not panel.book.values.has(Role.NORMAL_VALUE, key.product, country=key.origin):
            yield Finding(key, Verdict.EMPTY, lack=f"no normal value of {key.product} in {key.origin}")
            return
        lacks: set[str] = set()
        said = False
        window = _Window(panel, lanes, period)
        for exporter, cells in sorted(window.cells().items()):
            found = self._judge(window, key._replace(party=exporter), cells)
            if isinstance(found, str):
                lacks.add(found)
            else:
                said |= not exporter
                detail = found.detail and found.detail._replace(records_pct=records_pct)
                yield found._replace(detail=detail)
        if lacks and not said:
            yield Finding(key, Verdict.EMPTY, lack=min(lacks))

    def _judge(self, window: "_Window", key: ScopeKey, cells: Mapping[_Groups, Moments]) -> Finding | str:
        lack = self._lack(cells)
        if lack:
            return lack
        if window.surely_not(key.party, self):
            return Finding(key, Verdict.CLEAR)
        groups = list(self._groups(cells))
        differ = {(each.dimension, each.group) for each in groups if each.outcome == Outcome.DIFFERS}
        total = sum(each.value for each in cells.values())
        passing = sum(each.value for at, each in cells.items() if _names(at) & differ)
        if ratio_test(passing, total, self.limits).method_considered is Method.AVERAGE_TO_AVERAGE:
            return Finding(key, Verdict.CLEAR)
        sales = window.sales(key.party, self.age_max_months)
        if sales.lack:
            return sales.lack
        found = analyse(sales.grouped, sales.normal_values, average_by=AverageBy.MODEL_MONTH, thresholds=self.limits)
        with_value = found.average_to_average.coverage_pct or Fraction(0)
        if with_value < self.known_min_pct:
            return f"no normal value of {key.product} in {key.origin} for enough of the sales"
        if found.method_applied is Method.AVERAGE_TO_AVERAGE or found.dumping_margin_pct is None:
            return Finding(key, Verdict.CLEAR)
        margin = found.dumping_margin_pct
        detail = _detail(window, sales, found, groups, self.limits)
        return Finding(key, Verdict.BREACH, self.bands.severity(margin), margin, detail)

    def _lack(self, cells: Mapping[_Groups, Moments]) -> str:
        total = sum(each.value for each in cells.values())
        declared = sum(each.value for at, each in cells.items() if at[0])
        if sum(each.n for each in cells.values()) < self.sales_min or total < self.value_min_usd * UUSD_PER_USD:
            return f"fewer than {self.sales_min} sales in four quarters"
        if 100 * declared < self.known_min_pct * total:
            return "the purchasers of too much of the value are not declared"
        if max(len({at[place] for at in cells}) for place in range(3)) < self.groups_min:
            return f"fewer than {self.groups_min} purchasers, destinations and quarters"
        return ""

    def _groups(self, cells: Mapping[_Groups, Moments]) -> Iterator[Group]:
        """Yield what the price difference test says of each group."""
        for place, dimension in enumerate((Dimension.PURCHASER, Dimension.REGION, Dimension.PERIOD)):
            sums: dict[str, Moments] = {}
            for at, each in cells.items():
                if (name := _shown(at[place])) != "":
                    sums[name] = sums.get(name, NOTHING).plus(each)
            total = NOTHING
            for each in sums.values():
                total = total.plus(each)
            for name in sorted(sums):
                result = judge_group(sums[name], total.less(sums[name]), thresholds=self.limits)
                yield Group(str(dimension), name, sums[name].n, result.difference_pct, str(result.outcome))

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say what the averages say and what the single sales do."""
        found: Targeted = worst.detail
        averages, alternative = decimal_text(found.averages_pct), decimal_text(found.alternative_pct)
        ratio = text_of(percent(found.pass_uusd, found.total_uusd))
        summary = (
            f"{key.product} of {key.party or 'exporters not declared'} from {key.origin}: the averages of four "
            f"quarters to {month_text(found.through)} come to a margin of {short(averages, 2)} %, single sales to "
            f"{short(alternative, 2)} % ({found.alternative}); {short(ratio, 1)} % of the value was sold at "
            f"prices that differ by buyer, place or time."
        )
        return Words(
            summary,
            {
                "method": "price difference test by purchaser, destination and quarter; ratio test; meaningful "
                "difference between the margin of the averages (A-A) and that of single sales, zeroed as in US "
                "practice",
                "legal_status": LEGAL_STATUS[PriceTest.PRICE_DIFFERENCE],
                "thresholds": self.stated(),
                "exporter": key.party or None,
                "dumping_margin_averages_pct": averages,
                "dumping_margin_pct": alternative,
                "method_applied": found.alternative,
                "value_that_differs_pct": ratio,
                "relative_change_pct": text_of(found.difference_pct),
                "crosses_de_minimis": found.crosses_de_minimis,
                "sales": found.sales,
                "groups": [each._asdict() | {"difference_pct": text_of(each.difference_pct)} for each in found.groups],
                "record_ids": list(found.records),
                "value_with_normal_value_pct": decimal_text(found.with_value_pct),
                "coverage_pct": decimal_text(found.records_pct),
                "reference_values": all_facts(found.figures),
                "legacy": {
                    "test": str(PriceTest.COHENS_D_LEGACY),
                    "legal_status": LEGAL_STATUS[PriceTest.COHENS_D_LEGACY],
                    "value_that_differs_pct": text_of(found.legacy_pass_pct),
                    "method_applied": found.legacy_method,
                    "dumping_margin_pct": text_of(found.legacy_margin_pct),
                },
                "arithmetic": list(_lines(found, averages, alternative, ratio)),
            },
        )


class _Window:
    """The sales of an origin's lanes in the four quarters that end with a month, at arm's length."""

    def __init__(self, panel: Panel, lanes: Sequence[Lane], period: int) -> None:
        self.panel, self.period = panel, period
        self._months = [
            (lane, month)
            for lane in lanes
            for month in range(period - MONTHS_A_YEAR + 1, period + 1)
            if last_day_of_trade(panel, lane, month) is not None
        ]
        self._rows: dict[str, list[_Row]] | None = None
        self._below: dict[str, tuple[int | None, int]] | None = None

    def cells(self) -> dict[str, dict[_Groups, Moments]]:
        """Return the sales added up by exporter and by what groups are made of, without squares."""
        found: dict[str, dict[_Groups, Moments]] = {}
        for lane, month in self._months:
            freight = freight_of(self.panel, lane, month)
            for (exporter, importer), (count, content, uusd) in self._pairs(lane, month).items():
                at = importer, lane.key.destination, month // _QUARTER
                cells = found.setdefault(exporter, {})
                cells[at] = cells.get(at, NOTHING).plus(Moments(count, content, freight.off(uusd), 0))
        return found

    def _pairs(self, lane: Lane, month: int) -> Mapping[Party, Sequence[int]]:
        """Return number, content and CIF value of a month's sales at arm's length by exporter and importer."""
        panel = self.panel
        return panel.summary("pairs at arm's length", lane, month, lambda rows: _pairs(panel, rows))

    def surely_not(self, exporter: str, limits: TargetedDumping) -> bool:
        """
        Return whether no method comes to a margin, by whole numbers alone.

        None adds more than all the amounts by which single sales lie below their normal value.  Lanes and months whose
        freight is taken off differently are left to the exact way.
        """
        if len({freight_of(self.panel, lane, month) for lane, month in self._months}) > 1:
            return False
        key = self._months[0][0].key
        own = exporter and self.panel.book.values.names(
            Role.NORMAL_VALUE, key.product, country=key.origin, exporter=exporter
        )
        if self._below is None:
            self._below = self._add_up(limits.age_max_months)
        below, value = self._below.get(exporter, (None, 0))
        return not own and below is not None and 100 * below < limits.de_minimis_pct * value

    def _add_up(self, age_max_months: int) -> dict[str, tuple[int | None, int]]:
        """Return by how much sales lie below everybody's normal value and what they are worth, by exporter."""
        found: dict[str, tuple[int | None, int]] = {}
        for lane, month in self._months:
            limit = value_at_cif(self.panel, Role.NORMAL_VALUE, lane, month, age_max_months=age_max_months)
            for exporter, (below, value) in self._month_below(lane, month, limit or 0).items():
                held = found.get(exporter, (0, 0))
                added = None if limit is None or held[0] is None else held[0] + below
                found[exporter] = added, held[1] + value
        return found

    def _month_below(self, lane: Lane, month: int, limit: int) -> Mapping[str, tuple[int, int]]:
        panel = self.panel
        return panel.summary(f"sales below {limit}", lane, month, lambda rows: _below(panel, rows, limit))

    def sales(self, exporter: str, age_max_months: int) -> _Sales:
        """Return the sales of an exporter one by one, with the normal value of their month and destination."""
        if self._rows is None:
            self._rows = self._read()
        grouped = [
            GroupedSale(
                Sale(each.row, each.content_mg, each.fob_uusd, month=(each.month, each.destination)),
                each.importer or None,
                each.destination,
                each.month // _QUARTER,
            )
            for each in self._rows.get(exporter, ())
        ]
        values: dict[Hashable, Fraction | None] = {}
        figures, lack = [], ""
        for lane, month in self._months:
            value = figure_of(
                self.panel,
                Role.NORMAL_VALUE,
                lane,
                month,
                country=lane.key.origin,
                exporter=exporter,
                age_max_months=age_max_months,
            )
            if isinstance(value, Figure):
                figures.append(value)
                values[None, (month, lane.key.destination)] = value.usd_per_kg
            elif value is not None:
                lack = value
        return _Sales(grouped, values, figures, "" if figures else lack)

    def _read(self) -> dict[str, list[_Row]]:
        found: dict[str, list[_Row]] = {}
        for lane, month in self._months:
            freight = freight_of(self.panel, lane, month)
            rows = self.panel.rows(lane, month)
            for row, content, uusd in zip(rows.rows, rows.content_mg, rows.value_uusd, strict=True):
                if RELATED not in self.panel.shape(row).terms:
                    exporter, importer = self.panel.party(row)
                    each = _Row(row, content, freight.off(uusd), month, lane.key.destination, importer)
                    found.setdefault(exporter, []).append(each)
        return found


def _below(panel: Panel, rows: MonthRows, limit: int) -> dict[str, tuple[int, int]]:
    """Return by exporter how far sales at arm's length lie below *limit*, and their value, 10^-12 USD."""
    found: dict[str, tuple[int, int]] = {}
    for row, content, value in zip(rows.rows, rows.content_mg, rows.value_uusd, strict=True):
        if RELATED not in panel.shape(row).terms:
            exporter = panel.party(row)[0]
            below, worth = found.get(exporter, (0, 0))
            scaled = value * UUSD_PER_USD
            found[exporter] = below + max(limit * content - scaled, 0), worth + scaled
    return found


def _pairs(panel: Panel, rows: MonthRows) -> dict[Party, list[int]]:
    found: dict[Party, list[int]] = {}
    for row, content, value in zip(rows.rows, rows.content_mg, rows.value_uusd, strict=True):
        if RELATED not in panel.shape(row).terms:
            sums = found.setdefault(panel.party(row), [0, 0, 0])
            sums[0] += 1
            sums[1] += content
            sums[2] += value
    return found


def _detail(window: _Window, sales: _Sales, found: Analysis, groups: Sequence[Group], limits: Thresholds) -> Targeted:
    legacy = analyse(
        sales.grouped,
        sales.normal_values,
        PriceTest.COHENS_D_LEGACY,
        average_by=AverageBy.MODEL_MONTH,
        thresholds=limits,
    )
    transactions = average_to_transaction(
        [each.sale for each in sales.grouped], sales.normal_values, AverageBy.MODEL_MONTH
    )
    compared = {each.key for each in transactions.comparisons}
    pattern = found.passing & compared if found.method_applied is Method.MIXED else compared
    mixed = mixed_us(transactions, pattern)
    averages = found.average_to_average.no_zeroing
    ids = sorted(window.panel.record_id(row) for row in found.passing if isinstance(row, int))
    return Targeted(
        window.period,
        len(sales.grouped),
        tuple(groups),
        Fraction(found.ratio.pass_value),
        Fraction(found.ratio.total_value),
        Fraction(averages.amount),
        averages.dumping_margin_pct or Fraction(0),
        str(found.method_applied),
        Fraction(mixed.at_amount),
        Fraction(mixed.aa_net),
        found.alternative_pct or Fraction(0),
        found.difference.relative_change_pct,
        found.difference.crosses_de_minimis,
        legacy.ratio.pass_pct,
        str(legacy.method_applied),
        legacy.dumping_margin_pct,
        tuple(sales.figures),
        tuple(ids[:_RECORDS_MAX]),
        found.average_to_average.coverage_pct or Fraction(0),
        Fraction(0),
    )


def _names(at: _Groups) -> set[tuple[str, str]]:
    """Return the groups that a cell is part of."""
    return {
        (str(dimension), _shown(each))
        for dimension, each in zip((Dimension.PURCHASER, Dimension.REGION, Dimension.PERIOD), at, strict=True)
    }


def _shown(name: object) -> str:
    """Return the name of a group; a quarter by its year and number."""
    return f"{name // 4} Q{name % 4 + 1}" if isinstance(name, int) else str(name)


def _lines(found: Targeted, averages: str, alternative: str, ratio: str | None) -> Iterator[dict[str, str]]:
    passing, total = (term(each / UUSD_PER_USD) for each in (found.pass_uusd, found.total_uusd))
    value = term(_compared_uusd(found) / UUSD_PER_USD)
    amounts = [term(each / UUSD_PER_USD) for each in (found.averages_amount, found.at_amount, found.aa_net)]
    yield line("part of the value that differs", f"{passing} / {total} * 100", ratio, "%")
    yield line("margin of the averages", f"max(0, {amounts[0]}) / {value} * 100", averages, "%")
    yield line("margin of single sales", f"({amounts[1]} + max(0, {amounts[2]})) / {value} * 100", alternative, "%")


def _compared_uusd(found: Targeted) -> Fraction:
    """Return the export value that has a normal value."""
    return found.total_uusd * found.with_value_pct / 100
