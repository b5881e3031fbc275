"""
Goods exported below their normal value: the margin of dumping of an exporter over twelve months.

Weighted averages are set against each other month by month (A-A): the normal value in force less the export price,
times the quantity.  Months above the normal value offset those below; the sum is expressed in per cent of the export
value.  A margin of less than 2 % is de minimis and no finding, exactly 2 % is one.  The zeroed figure, which counts
months above the normal value as nil, is told beside it and decides nothing.  Goods without a declared exporter are
taken together as those of the origin.

Basis: WTO Anti-Dumping Agreement, articles 2.4.2 (weighted average against weighted average) and 5.8 (de minimis of
the export price, negligible imports); footnote 4 (a year, at least six months).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, NamedTuple

from streams.antidumping.de_minimis import THRESHOLD_PCT, Proceeding, Reading, cif_duty_pct, is_de_minimis
from streams.antidumping.margins import Margin, average_to_average
from streams.antidumping.negligibility import Country, Negligibility, Pool, negligibility
from streams.antidumping.sales import Sales
from streams.cells import Lane
from streams.episodes import EpisodePolicy, Verdict
from streams.exact import decimal_text
from streams.months import month_text
from streams.panel import Panel, Sums
from streams.reference.values import Role
from streams.rules.bands import Bands
from streams.rules.coverage import COVERAGE_MIN_PCT, UNPRICED, coverage_pct
from streams.rules.evidence import UUSD_PER_USD, kg, line, short
from streams.rules.export_price import Exported, by_exporter, value_at_cif
from streams.rules.figures import Figure, all_facts, conversion, figure_of, term, text_of
from streams.rules.hysteresis import EXIT
from streams.rules.period_rule import PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import Finding, ScopeKey
from streams.rules.settings import threshold


class Dumped(NamedTuple):
    """An exporter's goods against their normal value."""

    goods: tuple[Exported, ...]
    figures: tuple[Figure | None, ...]
    """The normal value of each month, None where there is none."""
    margin: Margin
    records_pct: Fraction
    """The share of the lane's records that are priced, per cent."""
    shares: Negligibility | None
    """Of all origins in the imports of the product; None where too few of those are priced."""
    related_mg: int
    """What related parties declared on the lane, milligrams: left out of the margin."""

    @property
    def pct(self) -> Fraction:
        """The margin in per cent of the export value."""
        return self.margin.no_zeroing.margin_pct or Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpingMargin(PeriodRule):
    """Find exporters that sell below normal value."""

    name: ClassVar[str] = "dumping_margin"
    reach: ClassVar[int] = 11
    scale_free: ClassVar[bool] = False
    policy: EpisodePolicy = EpisodePolicy(expire_days=190)
    window_months: int = threshold(12, "months that are compared", basis="ADA footnote 4: normally a year")
    months_min: int = threshold(6, "months with exports that it takes", basis="ADA footnote 4: never less than six")
    de_minimis_pct: Fraction = threshold(
        THRESHOLD_PCT[Proceeding.INVESTIGATION],
        "margin from which it is dumping, per cent of the export price; at it is",
        basis="ADA 5.8",
    )
    bands: Bands = threshold(Bands(Fraction(2), Fraction(25), Fraction(60)), "severity by the margin, per cent")
    matched_min_pct: Fraction = threshold(Fraction(80), "part of the export value that has a normal value, per cent")
    age_max_months: int = threshold(24, "age from which a normal value without an end is too old, months")
    coverage_min_pct: Fraction = threshold(COVERAGE_MIN_PCT, "share of records with a price, per cent")
    value_min_usd: Fraction = threshold(
        Fraction(10_000), "value of the goods, at their normal value, that makes them worth a look"
    )

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:
        """Judge the exporters of every lane that traded in the month."""
        for lanes in panel.by_destination(product).values():
            for lane in lanes:
                if panel.month(lane, period).content_mg:
                    limits: DumpingMargin = self.at(product, lane.key.origin)
                    yield from limits.judge_lane(panel, lane, lanes, period)

    def judge_lane(self, panel: Panel, lane: Lane, lanes: Sequence[Lane], period: int) -> Iterator[Finding]:
        """Judge the exporters of a lane; what lacks is said once, of the lane."""
        key = ScopeKey(self.name, *lane.key[1:])
        records_pct = coverage_pct(panel.window(lane, period, self.window_months))
        if records_pct < self.coverage_min_pct:
            yield Finding(key, Verdict.EMPTY, lack=UNPRICED)
            return
        if not panel.book.values.has(Role.NORMAL_VALUE, lane.key.product, country=lane.key.origin):
            yield Finding(key, Verdict.EMPTY, lack=f"no normal value of {lane.key.product} in {lane.key.origin}")
            return
        values = panel.book.values
        shares = self._shares(panel, lanes, period)
        at_cif = {
            month: value_at_cif(panel, Role.NORMAL_VALUE, lane, month, age_max_months=self.age_max_months)
            for month in range(period - self.window_months + 1, period + 1)
        }
        by_name = by_exporter(panel, lane, period, self.window_months)
        related_mg = _between_related(panel.window(lane, period, self.window_months), by_name.values())
        lacks: list[str] = []
        said = False
        if not by_name:
            lacks.append("no sales but those between related parties, whose prices are no export prices")
        for exporter, goods in by_name.items():
            if goods[-1].month != period:
                continue
            own = exporter and values.names(Role.NORMAL_VALUE, key.product, country=key.origin, exporter=exporter)
            if not own and len(goods) < self.months_min and any(at_cif[each.month] for each in goods):
                lacks.append(self._too_short)
                continue
            if not own and self._surely_not(goods, at_cif):
                said |= not exporter
                yield Finding(key._replace(party=exporter), Verdict.CLEAR)
                continue
            found = self._compared(panel, lane, exporter, goods)
            if isinstance(found, str):
                lacks.append(found)
            else:
                said |= not exporter
                detail = Dumped(tuple(goods), *found, records_pct, shares, related_mg)
                yield self._graded(key._replace(party=exporter), detail)
        if lacks and not said:
            yield Finding(key, Verdict.EMPTY, lack=min(lacks))

    def _compared(
        self, panel: Panel, lane: Lane, exporter: str, goods: Sequence[Exported]
    ) -> tuple[tuple[Figure | None, ...], Margin] | str:
        """Return the normal values and the margin of an exporter, a text where something lacks."""
        origin = lane.key.origin
        found = [self._normal_value(panel, lane, exporter, each.month) for each in goods]
        figures = tuple(each if isinstance(each, Figure) else None for each in found)
        if not any(figures):
            return next((each for each in reversed(found) if isinstance(each, str)), "")
        if len(goods) < self.months_min:
            return self._too_short
        margin = average_to_average(
            {each.month: Sales(each.sums.content_mg, each.fob_uusd) for each in goods},
            {each.month: figure.usd_per_kg for each, figure in zip(goods, figures, strict=True) if figure},
        )
        if (margin.coverage_pct or Fraction(0)) < self.matched_min_pct:
            return f"no normal value of {lane.key.product} in {origin} for enough of the goods"
        return figures, margin

    @property
    def _too_short(self) -> str:
        return f"fewer than {self.months_min} months of exports within {self.window_months}"

    def _normal_value(self, panel: Panel, lane: Lane, exporter: str, month: int) -> Figure | str | None:
        return figure_of(
            panel,
            Role.NORMAL_VALUE,
            lane,
            month,
            country=lane.key.origin,
            exporter=exporter,
            age_max_months=self.age_max_months,
        )

    def _surely_not(self, goods: Sequence[Exported], at_cif: Mapping[int, int | None]) -> bool:
        """
        Return whether the margin is far below de minimis by whole numbers alone, normal values rounded up.

        Nearly all trade is, and most of the cost of an exact margin is spent on saying so.
        """
        if any(each.freight != goods[0].freight for each in goods):
            return False
        amount = value = 0
        for each in goods:
            normal_value = at_cif[each.month]
            if normal_value is None:
                return False
            amount += normal_value * each.sums.content_mg
            value += each.sums.value_uusd
        amount -= value * UUSD_PER_USD
        return 100 * amount < value * UUSD_PER_USD * self.de_minimis_pct * EXIT

    def _graded(self, key: ScopeKey, found: Dumped) -> Finding:
        total = found.margin.no_zeroing
        if total.amount + total.export_value < self.value_min_usd * UUSD_PER_USD:
            return Finding(key, Verdict.CLEAR)
        if is_de_minimis(found.pct, self.de_minimis_pct, reading=Reading.STRICT):
            over = found.pct < self.de_minimis_pct * EXIT
            return Finding(key, Verdict.CLEAR if over else Verdict.EMPTY)
        return Finding(key, Verdict.BREACH, self.bands.severity(found.pct), found.pct, found)

    def _shares(self, panel: Panel, lanes: Sequence[Lane], period: int) -> Negligibility | None:
        """Return the parts that origins have in the imports; nothing while those are only partly known."""
        sums = {lane.key.origin: panel.window(lane, period, self.window_months) for lane in lanes}
        if coverage_pct(*sums.values()) < self.coverage_min_pct:
            return None
        countries = [Country(origin, each.content_mg) for origin, each in sums.items()]
        return negligibility(countries, total=sum(each.volume for each in countries), pool=Pool.ALL)

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say what the margin comes to, and by which normal value."""
        found: Dumped = worst.detail
        margin = found.margin
        figures = [each for each in found.figures if each is not None]
        normal, export = (decimal_text(each or 0) for each in (margin.avg_nv, margin.avg_ep))
        share = _share(found.shares, key.origin)
        summary = (
            f"{key.product} of {key.party or 'exporters not declared'} from {key.origin} was sold to {key.destination} "
            f"at {short(export, 3)} USD/kg against a normal value of {short(normal, 3)} USD/kg "
            f"({month_text(found.goods[0].month)} to {month_text(found.goods[-1].month)}): a margin of "
            f"{short(decimal_text(found.pct), 2)} % of the export price."
        )
        return Words(
            summary,
            {
                "method": "weighted average normal value against weighted average export price of each month (A-A), "
                "months above normal value offsetting those below; de minimis read strictly: less than the threshold",
                "signal": self._signal,
                "exporter": key.party or None,
                "window_months": self.window_months,
                "thresholds": self.stated(),
                "dumping_margin_pct": decimal_text(found.pct),
                "dumping_margin_zeroed_pct": text_of(margin.zeroing.margin_pct),
                "dumping_margin_of_cif_pct": text_of(cif_duty_pct(margin.no_zeroing.amount, _cif_uusd(found))),
                "normal_value_usd_per_kg": normal,
                "export_price_usd_per_kg": export,
                "normal_value_methods": sorted({str(each.held.value.method) for each in figures}),
                "coverage_pct": decimal_text(found.records_pct),
                "left_out_between_related_parties_kg": kg(found.related_mg),
                "value_with_normal_value_pct": text_of(margin.coverage_pct),
                "share_of_imports_pct": share and share["share_pct"],
                "negligibility": share or "not worked out: too few of all imports are priced",
                "reference_values": all_facts(figures),
                "inputs": [each.facts() for each in found.goods],
                "arithmetic": list(_lines(found)),
            },
        )

    @property
    def _signal(self) -> str:
        return f"full period of {self.window_months} months"


def _between_related(all_goods: Sums, by_name: Iterable[Sequence[Exported]]) -> int:
    """Return the milligrams of a lane's window that are none of an exporter's sales at arm's length."""
    return all_goods.content_mg - sum(each.sums.content_mg for goods in by_name for each in goods)


def _cif_uusd(found: Dumped) -> int:
    """Return the CIF value of the goods that were compared."""
    return sum(
        each.sums.value_uusd for each, figure in zip(found.goods, found.figures, strict=True) if figure is not None
    )


def _share(shares: Negligibility | None, origin: str) -> dict[str, Any] | None:
    """Return what an origin's share says of article 5.8, all origins below 3 % added up."""
    for each in shares.countries if shares else ():
        if each.country == origin and shares:
            return {
                "share_pct": decimal_text(each.share_pct),
                "below_3_pct": each.below_individual,
                "all_below_3_pct_together": decimal_text(shares.collective_pct),
                "negligible": each.negligible,
                "basis": "ADA 5.8: below 3 %, unless those below account for more than 7 % together",
            }
    return None


def _lines(found: Dumped) -> Iterator[dict[str, str]]:
    compared = [(each, figure) for each, figure in zip(found.goods, found.figures, strict=True) if figure is not None]
    values = {figure.held.value: figure for _, figure in compared}
    yield from (conversion(each) for each in values.values())
    amounts = []
    for each, figure in compared:
        content, value = kg(each.sums.content_mg), Fraction(each.fob_uusd) / UUSD_PER_USD
        amount = figure.usd_per_kg * each.sums.content_mg / UUSD_PER_USD - value
        amounts.append((amount, value))
        expression = f"{term(figure.usd_per_kg)} * {content} - {term(value)}"
        yield line(f"normal value less export value, {month_text(each.month)}", expression, decimal_text(amount), "USD")
    whole = " + ".join(term(value) for _, value in amounts)
    total, zeroed = found.margin.no_zeroing.margin_pct, found.margin.zeroing.margin_pct
    netted = " + ".join(term(amount) for amount, _ in amounts)
    positive = " + ".join(term(max(amount, Fraction(0))) for amount, _ in amounts)
    yield line("dumping margin", f"({netted}) / ({whole}) * 100", decimal_text(total or 0), "%")
    yield line("dumping margin, zeroed", f"({positive}) / ({whole}) * 100", decimal_text(zeroed or 0), "%")
