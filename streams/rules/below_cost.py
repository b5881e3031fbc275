"""
Sales below cost to the export market: a fifth or more of what was sold cost more to make.

Each record's price, at FOB as far as freight is known, is set against the unit cost of the efficient producer in the
country of origin in that month.  Where at least 20 % of the quantity of twelve months, with trade in six of them, lies
below, a lane is found.  This is not the test of the law for sales below cost: that one is made on the home market, to
clean a normal value.  Sold below cost abroad is a sign of its own, of capacity that is kept running or of a market
that is to be taken.

Basis: the figures of the home-market test (a fifth of the quantity, six months): WTO Anti-Dumping Agreement, article
2.2.1 with footnotes 4 and 5; 19 U.S.C. 1677b(b).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, NamedTuple

from streams.antidumping.below_cost import EXTENDED_MONTHS_MIN, SUBSTANTIAL_PCT, USUAL_MONTHS, CostSums
from streams.cells import Lane
from streams.episodes import EpisodePolicy, Verdict
from streams.exact import decimal_text
from streams.months import month_text
from streams.panel import MonthRows, Panel
from streams.reference.values import Role
from streams.rules.bands import Bands
from streams.rules.coverage import COVERAGE_MIN_PCT, UNPRICED, coverage_pct
from streams.rules.evidence import MG_PER_KG, UUSD_PER_USD, kg, line, short, usd
from streams.rules.export_price import Freight, freight_of
from streams.rules.figures import Figure, all_facts, conversion, figure_of, term, text_of
from streams.rules.hysteresis import Measure, verdict
from streams.rules.period_rule import PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import Finding, ScopeKey
from streams.rules.settings import threshold


class Sold(NamedTuple):
    """A lane's month at arm's length, row by row against a limit."""

    rows: int
    content_mg: int
    value_uusd: int
    """CIF."""
    below_rows: int
    below_mg: int


class Costed(NamedTuple):
    """A month against its cost."""

    month: int
    sold: Sold
    cost: Figure
    freight: Freight


class BelowCostFound(NamedTuple):
    """What was found of a lane over the window."""

    months: tuple[Costed, ...]
    costed_pct: Fraction
    """The part of the quantity at arm's length whose cost is known."""
    records_pct: Fraction
    """The share of the lane's records that are priced."""

    @property
    def sums(self) -> CostSums:
        """Quantity in milligrams, value at FOB and cost in micro-USD."""
        return CostSums(
            sum(each.sold.content_mg for each in self.months),
            sum(each.sold.below_mg for each in self.months),
            sum((each.sold.value_uusd / each.freight.cif_per_fob for each in self.months), Fraction(0)),
            sum((each.cost.usd_per_kg * each.sold.content_mg for each in self.months), Fraction(0)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BelowCost(PeriodRule):
    """Find lanes on which much was sold below cost."""

    name: ClassVar[str] = "below_cost"
    reach: ClassVar[int] = 11
    scale_free: ClassVar[bool] = False
    policy: EpisodePolicy = EpisodePolicy(expire_days=190)
    window_months: int = threshold(USUAL_MONTHS, "months that are looked at", basis="ADA footnote 4: normally a year")
    months_min: int = threshold(
        EXTENDED_MONTHS_MIN, "months with trade and a known cost", basis="ADA footnote 4: never less than six"
    )
    below_min_pct: Fraction = threshold(
        SUBSTANTIAL_PCT, "part of the quantity below cost, per cent", basis="ADA footnote 5; 19 U.S.C. 1677b(b)(2)(C)"
    )
    bands: Bands = threshold(
        Bands(Fraction(20), Fraction(50), Fraction(80)), "severity by the part of the quantity below cost, per cent"
    )
    costed_min_pct: Fraction = threshold(Fraction(80), "part of the quantity whose cost is known, per cent")
    age_max_months: int = threshold(24, "age from which a cost without an end is too old, months")
    coverage_min_pct: Fraction = threshold(COVERAGE_MIN_PCT, "share of records with a price, per cent")
    value_min_usd: Fraction = threshold(Fraction(10_000), "goods below cost, at their cost, that are worth a look")

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:
        """Judge every lane of the product that traded in the month."""
        for lane in panel.lanes(product):
            if panel.month(lane, period).content_mg:
                limits: BelowCost = self.at(product, lane.key.origin)
                yield limits.judge_lane(panel, lane, period)

    def judge_lane(self, panel: Panel, lane: Lane, period: int) -> Finding:
        """Judge one lane."""
        key = ScopeKey(self.name, *lane.key[1:])
        records_pct = coverage_pct(panel.window(lane, period, self.window_months))
        if records_pct < self.coverage_min_pct:
            return Finding(key, Verdict.EMPTY, lack=UNPRICED)
        if not panel.book.values.has(Role.UNIT_COST, key.product, country=key.origin):
            return Finding(key, Verdict.EMPTY, lack=f"no unit cost of {key.product} in {key.origin}")
        found, lack = self._months(panel, lane, period)
        if lack:
            return Finding(key, Verdict.EMPTY, lack=lack)
        detail = found._replace(records_pct=records_pct)
        sums = detail.sums
        below = sums.below_pct or Fraction(0)
        at_cost = sum((each.cost.usd_per_kg * each.sold.below_mg for each in found.months), Fraction(0))
        if at_cost < self.value_min_usd * UUSD_PER_USD:
            return Finding(key, Verdict.CLEAR)
        said = verdict([Measure(below, self.below_min_pct)])
        if said is not Verdict.BREACH:
            return Finding(key, said)
        return Finding(key, said, self.bands.severity(below), below, detail)

    def _months(self, panel: Panel, lane: Lane, period: int) -> tuple[BelowCostFound, str]:
        """Return the months of the window against their cost, and what lacks to judge by them."""
        months, lacks = [], []
        total = 0
        for month in range(period - self.window_months + 1, period + 1):
            cost = figure_of(
                panel, Role.UNIT_COST, lane, month, country=lane.key.origin, age_max_months=self.age_max_months
            )
            if cost is None:
                continue
            freight = freight_of(panel, lane, month)
            limit = cost.usd_per_kg * freight.cif_per_fob if isinstance(cost, Figure) else Fraction(0)
            sold = _sold(panel, lane, month, limit)
            total += sold.content_mg
            if isinstance(cost, str):
                lacks.append(cost)
            elif sold.content_mg:
                months.append(Costed(month, sold, cost, freight))
        costed = sum(each.sold.content_mg for each in months)
        costed_pct = Fraction(100 * costed, total) if total else Fraction(0)
        return BelowCostFound(tuple(months), costed_pct, Fraction(0)), self._lack(months, costed_pct, lacks)

    def _lack(self, months: list[Costed], costed_pct: Fraction, lacks: list[str]) -> str:
        if not months:
            return lacks[-1] if lacks else "no sales but those between related parties"
        if len(months) < self.months_min:
            return f"fewer than {self.months_min} months of trade with a known cost"
        return lacks[-1] if costed_pct < self.costed_min_pct else ""

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say how much was sold below cost."""
        found: BelowCostFound = worst.detail
        sums = found.sums
        below = decimal_text(sums.below_pct or 0)
        price, cost = text_of(sums.average_price), text_of(sums.average_cost)
        summary = (
            f"Sales below cost to the export market: {short(below, 1)} % of {key.product} from {key.origin} to "
            f"{key.destination} ({month_text(found.months[0].month)} to {month_text(found.months[-1].month)}) was sold "
            f"under its unit cost; the average price was {short(price, 3)} USD/kg, the average cost {short(cost, 3)}."
        )
        return Words(
            summary,
            {
                "method": "each record's export price against the unit cost of its month in the country of origin; "
                "export sales, not the home-market test of the law",
                "label": "sale below cost to the export market",
                "thresholds": self.stated(),
                "below_cost_pct": below,
                "below_cost_kg": kg(int(sums.below_quantity)),
                "export_price_usd_per_kg": price,
                "unit_cost_usd_per_kg": cost,
                "average_below_cost": sums.value < sums.cost,
                "coverage_pct": decimal_text(found.records_pct),
                "quantity_with_cost_pct": decimal_text(found.costed_pct),
                "reference_values": all_facts(each.cost for each in found.months),
                "inputs": [_facts(each) for each in found.months],
                "arithmetic": list(_lines(found)),
            },
        )


def _sold(panel: Panel, lane: Lane, month: int, limit: Fraction) -> Sold:
    """Return a lane's month at arm's length, and what of it cost less than *limit* (USD per kg, CIF)."""
    return panel.summary(f"sold below {limit}", lane, month, lambda rows: _count(panel.unrelated(rows), limit))


def _count(rows: MonthRows, limit: Fraction) -> Sold:
    numerator, denominator = limit.numerator, limit.denominator
    below = [
        content
        for content, value in zip(rows.content_mg, rows.value_uusd, strict=True)
        if value * denominator < numerator * content
    ]
    return Sold(len(rows.rows), sum(rows.content_mg), sum(rows.value_uusd), len(below), sum(below))


def _facts(each: Costed) -> dict[str, str | int]:
    return {
        "month": month_text(each.month),
        "records": each.sold.rows,
        "records_below": each.sold.below_rows,
        "content_kg": kg(each.sold.content_mg),
        "content_below_kg": kg(each.sold.below_mg),
        "cif_value_usd": usd(each.sold.value_uusd),
        "export_price_basis": each.freight.words,
        "unit_cost_usd_per_kg": decimal_text(each.cost.usd_per_kg),
    }


def _lines(found: BelowCostFound) -> Iterator[dict[str, str]]:
    sums = found.sums
    values = {each.cost.held.value: each.cost for each in found.months}
    yield from map(conversion, values.values())
    below = " + ".join(kg(each.sold.below_mg) for each in found.months)
    content = " + ".join(kg(each.sold.content_mg) for each in found.months)
    yield line("part of the quantity below cost", f"({below}) / ({content}) * 100", text_of(sums.below_pct), "%")
    total = term(Fraction(sums.quantity, MG_PER_KG))
    value, cost = (term(Fraction(each) / UUSD_PER_USD) for each in (sums.value, sums.cost))
    yield line("average export price", f"{value} / {total}", text_of(sums.average_price), "USD/kg")
    yield line("average unit cost", f"{cost} / {total}", text_of(sums.average_cost), "USD/kg")
