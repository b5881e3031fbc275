"""
Imports that land below the price the destination's industry would need: its cost and a reasonable profit.

The goods of an origin are taken over three months, at CIF with the duties known paid, and set against the target
price of the destination, month by month.  Any gap is underselling; it is expressed in per cent of the CIF value, as
the duty would be that removes it: under the lesser duty rule the lesser of this and the dumping margin.

Basis: Regulation (EU) 2016/1036, articles 7(2c), 7(2d) and 9(4) (target price, injury margin); WTO Anti-Dumping
Agreement, article 9.1 (lesser duty).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, NamedTuple

from streams.antidumping.negligibility import INDIVIDUAL_PCT
from streams.antidumping.price_gap import ImportedType, PriceGap
from streams.antidumping.sales import percent
from streams.antidumping.underselling import underselling
from streams.cells import Lane
from streams.episodes import EpisodePolicy, Verdict
from streams.exact import decimal_text
from streams.months import month_text
from streams.panel import Panel
from streams.reference.values import Role
from streams.rules.bands import Bands
from streams.rules.coverage import COVERAGE_MIN_PCT, UNPRICED, coverage_pct
from streams.rules.evidence import MG_PER_KG, UUSD_PER_USD, kg, line, short
from streams.rules.figures import Figure, all_facts, conversion, figure_of, term, text_of
from streams.rules.landed import Landed, duty_facts, landed, month_facts
from streams.rules.period_rule import PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import Finding, ScopeKey
from streams.rules.settings import threshold

_LONGEST = 3


class Undersold(NamedTuple):
    """A lane's window against target prices."""

    goods: tuple[Landed, ...]
    """The months that have a target price."""
    figures: tuple[Figure, ...]
    gap: PriceGap
    records_pct: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Underselling(PeriodRule):
    """Find lanes that land below the target price."""

    name: ClassVar[str] = "underselling"
    reach: ClassVar[int] = _LONGEST - 1
    scale_free: ClassVar[bool] = False
    policy: EpisodePolicy = EpisodePolicy(expire_days=190)
    window_months: int = threshold(_LONGEST, "months whose goods are averaged, 1 to 3")
    above_pct: Fraction = threshold(
        Fraction(0), "gap above which it is underselling, per cent of the CIF value", basis="EU 2016/1036, article 9(4)"
    )
    bands: Bands = threshold(Bands(Fraction(5), Fraction(15), Fraction(40)), "severity by the gap, per cent of CIF")
    share_min_pct: Fraction = threshold(
        INDIVIDUAL_PCT,
        "volume of the origin, per cent of all imports of the product",
        basis="ADA 5.8: below 3 % imports are negligible",
    )
    matched_min_pct: Fraction = threshold(Fraction(80), "goods in months with a target price, per cent")
    coverage_min_pct: Fraction = threshold(COVERAGE_MIN_PCT, "share of records with a price, per cent")
    value_min_usd: Fraction = threshold(Fraction(10_000), "goods at the target price that are worth a look")
    post_import_pct: Fraction = threshold(Fraction(0), "costs after importation, per cent of the CIF value")

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:
        """Judge every lane of the product that traded in the month."""
        for lanes in panel.by_destination(product).values():
            total = panel.total(lanes, period, self.window_months).content_mg
            for lane in lanes:
                if landed(panel, lane, period) is not None:
                    limits: Underselling = self.at(product, lane.key.origin)
                    yield limits.judge_lane(panel, lane, period, total)

    def judge_lane(self, panel: Panel, lane: Lane, period: int, total_mg: int) -> Finding:
        """Judge one lane of a market that took in *total_mg* in the window."""
        key = ScopeKey(self.name, *lane.key[1:])
        sums = panel.window(lane, period, self.window_months)
        records_pct = coverage_pct(sums)
        if records_pct < self.coverage_min_pct:
            return Finding(key, Verdict.EMPTY, lack=UNPRICED)
        if (percent(sums.content_mg, total_mg) or Fraction(0)) < self.share_min_pct:
            return Finding(key, Verdict.CLEAR)
        months = range(period - self.window_months + 1, period + 1)
        goods = [each for month in months if (each := landed(panel, lane, month)) is not None]
        figures = [figure_of(panel, Role.TARGET_PRICE, lane, each.month, country=key.destination) for each in goods]
        matched = [(each, figure) for each, figure in zip(goods, figures, strict=True) if isinstance(figure, Figure)]
        gap = underselling(self._types(goods, figures))
        if gap.weighted_pct is None or gap.matched_pct is None or gap.matched_pct < self.matched_min_pct:
            return Finding(key, Verdict.EMPTY, lack=next(each for each in figures if isinstance(each, str)))
        found = Undersold(tuple(each for each, _ in matched), tuple(figure for _, figure in matched), gap, records_pct)
        if gap.weighted_pct <= self.above_pct or _target_uusd(found) < self.value_min_usd * UUSD_PER_USD:
            return Finding(key, Verdict.CLEAR)
        return Finding(key, Verdict.BREACH, self.bands.severity(gap.weighted_pct), gap.weighted_pct, found)

    def _types(self, goods: Sequence[Landed], figures: Sequence[Figure | str | None]) -> Iterator[ImportedType]:
        for each, figure in zip(goods, figures, strict=True):
            value = each.duty_paid_uusd(self.post_import_pct)
            target = figure.usd_per_kg * each.content_mg if isinstance(figure, Figure) else None
            yield ImportedType(month_text(each.month), each.content_mg, value, target, each.cif_uusd)

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say by how much the goods land below the target price."""
        found: Undersold = worst.detail
        content = Fraction(sum(each.content_mg for each in found.goods), MG_PER_KG)
        landed_usd = (
            sum((each.duty_paid_uusd(self.post_import_pct) for each in found.goods), Fraction(0)) / UUSD_PER_USD
        )
        cif_usd = Fraction(sum(each.cif_uusd for each in found.goods), UUSD_PER_USD)
        target_usd = _target_uusd(found) / UUSD_PER_USD
        gap = decimal_text(found.gap.weighted_pct or 0)
        price, target = decimal_text(landed_usd / content), decimal_text(target_usd / content)
        summary = (
            f"{key.product} from {key.origin} landed in {key.destination} at {short(price, 3)} USD/kg duty paid from "
            f"{month_text(found.goods[0].month)} to {month_text(found.goods[-1].month)}, below the target price of "
            f"{short(target, 3)} USD/kg: an injury margin of {short(gap, 1)} % of the CIF value."
        )
        at_target = (
            f"{term(figure.usd_per_kg)} * {kg(each.content_mg)}"
            for each, figure in zip(found.goods, found.figures, strict=True)
        )
        return Words(
            summary,
            {
                "method": "volume-weighted duty-paid price of the window against the target price of each month, in "
                "per cent of the CIF value",
                "thresholds": self.stated(),
                "window_months": self.window_months,
                "underselling_pct": gap,
                "underselling_where_below_pct": text_of(found.gap.weighted_pct_zeroed),
                "landed_price_usd_per_kg": price,
                "target_price_usd_per_kg": target,
                "coverage_pct": decimal_text(found.records_pct),
                "goods_with_target_price_pct": text_of(found.gap.matched_pct),
                "reference_values": all_facts(found.figures),
                "inputs": [month_facts(each, self.post_import_pct) for each in found.goods],
                **duty_facts(found.goods),
                "arithmetic": [
                    *map(conversion, found.figures),
                    line("the goods at the target price", " + ".join(at_target), decimal_text(target_usd), "USD"),
                    line("landed price, duty paid", f"{term(landed_usd)} / {term(content)}", price, "USD/kg"),
                    line(
                        "underselling, in per cent of the CIF value",
                        f"({term(target_usd)} - {term(landed_usd)}) / {term(cif_usd)} * 100",
                        gap,
                        "%",
                    ),
                ],
            },
        )


def _target_uusd(found: Undersold) -> Fraction:
    """Return the goods at the target price."""
    return sum(
        (figure.usd_per_kg * each.content_mg for each, figure in zip(found.goods, found.figures, strict=True)),
        Fraction(0),
    )
