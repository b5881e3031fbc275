"""
Imports that land below what the destination's own industry sells at, or, where that is not known, below all others.

The goods of an origin are taken over three months, at CIF with the duties known paid, and set against the domestic
price of the destination, month by month.  Where no domestic price is known, the average of the same goods from the
other origins stands in for it, commodity code by commodity code: a proxy.  Another quality looks to it like another
price, so it is held to higher thresholds and to signs that a price was cut: the gap is wider than over the twelve
months before, while the lane's own price did not rise and its share of the imports did not fall.

Basis: WTO Anti-Dumping Agreement, article 3.2 (price undercutting as a price effect); Regulation (EU) 2016/1036,
article 3(3).  No law sets a figure: the thresholds are defaults.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Final, NamedTuple

from streams.antidumping.negligibility import INDIVIDUAL_PCT
from streams.antidumping.price_gap import ImportedType, PriceGap
from streams.antidumping.sales import average, percent
from streams.antidumping.undercutting import undercutting
from streams.cells import Lane, LaneKey
from streams.episodes import EpisodePolicy, Verdict
from streams.exact import decimal_text
from streams.months import MONTHS_A_YEAR, month_text
from streams.panel import MonthRows, Panel
from streams.reference.values import Role
from streams.rules.bands import Bands
from streams.rules.coverage import COVERAGE_MIN_PCT, UNPRICED, coverage_pct
from streams.rules.evidence import MG_PER_KG, UUSD_PER_USD, kg, line, short
from streams.rules.figures import Figure, all_facts, conversion, figure_of, term, text_of
from streams.rules.hysteresis import Measure, verdict
from streams.rules.landed import Landed, duty_facts, landed, month_facts
from streams.rules.period_rule import PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import Finding, ScopeKey
from streams.rules.settings import threshold

_LONGEST: Final = 3


class Priced(NamedTuple):
    """The window of a lane against domestic prices."""

    goods: tuple[Landed, ...]
    figures: tuple[Figure | None, ...]
    """The domestic price of each month, None where there was none."""
    landed_uusd: Fraction
    """Of the months with a domestic price, duty paid; so for the next."""
    measure_uusd: Fraction
    gap: PriceGap


class OfCode(NamedTuple):
    """Goods of one commodity code in the window: milligrams, and micro-USD with duty paid."""

    code: str
    content_mg: int
    landed_uusd: Fraction
    others_mg: int
    others_uusd: Fraction

    @property
    def measure_uusd(self) -> Fraction | None:
        """What the same quantity cost from the other origins, None where they sent none."""
        price = average(self.others_uusd, self.others_mg)
        return None if price is None else price * self.content_mg

    @property
    def as_type(self) -> ImportedType:
        """The goods as a type of its own, compared like with like."""
        return ImportedType(self.code, self.content_mg, self.landed_uusd, self.measure_uusd)


class Proxied(NamedTuple):
    """The window of a lane against the other origins."""

    goods: tuple[Landed, ...]
    codes: tuple[OfCode, ...]
    origins: tuple[str, ...]
    """The other origins."""
    gap: PriceGap
    before: "Before"


class Before(NamedTuple):
    """The same lane over the twelve months before the window."""

    gap_pct: Fraction | None
    """To the other origins, None where nothing could be compared."""
    unit_value: Fraction | None
    """USD per kg, CIF."""
    share_pct: Fraction | None
    """Of the imports of the product."""


Bag = dict[str, tuple[int, Fraction]]
"""By commodity code, milligrams and micro-USD with duty paid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undercutting(PeriodRule):
    """Find lanes that land below the domestic price, or below the other origins."""

    name: ClassVar[str] = "undercutting"
    reach: ClassVar[int] = MONTHS_A_YEAR + _LONGEST - 1
    policy: EpisodePolicy = EpisodePolicy(expire_days=190)
    price_alert: ClassVar[bool] = False
    """Other origins are a measure that rises with all prices, and a value with them."""
    scale_free: ClassVar[bool] = False
    window_months: int = threshold(3, "months whose goods are averaged, 1 to 3")
    bands: Bands = threshold(
        Bands(Fraction(5), Fraction(15), Fraction(40)), "severity by the gap in per cent of the domestic price"
    )
    proxy_bands: Bands = threshold(
        Bands(Fraction(15), Fraction(30), Fraction(50)), "the same against the other origins, in per cent of theirs"
    )
    proxy_gap_max_pct: Fraction = threshold(
        Fraction(60), "gap to the other origins beyond which the goods are taken as unlike, per cent of their price"
    )
    proxy_widened_min_pp: Fraction = threshold(
        Fraction(5), "points by which that gap is wider than over the twelve months before"
    )
    proxy_months_min: int = threshold(6, "months with trade of the twelve before")
    proxy_origins_min: int = threshold(2, "other origins that make an average")
    proxy_share_min_pct: Fraction = threshold(Fraction(5), "volume of the other origins, per cent of all imports")
    share_min_pct: Fraction = threshold(
        INDIVIDUAL_PCT,
        "volume of the origin, per cent of all imports of the product",
        basis="ADA 5.8: below 3 % imports are negligible",
    )
    matched_min_pct: Fraction = threshold(Fraction(80), "goods that a domestic price or other origins' goods match")
    coverage_min_pct: Fraction = threshold(COVERAGE_MIN_PCT, "share of records with a price, per cent")
    value_min_usd: Fraction = threshold(
        Fraction(10_000), "value of the goods, at the price they are measured by, that makes them worth a look"
    )
    post_import_pct: Fraction = threshold(Fraction(0), "costs after importation, per cent of the CIF value")

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:
        """Judge every lane of the product that traded in the month."""
        for lanes in panel.by_destination(product).values():
            market = _Market(panel, lanes, period, self)
            for lane in lanes:
                if landed(panel, lane, period) is not None:
                    yield self.at(product, lane.key.origin).judge_lane(market, lane)

    def judge_lane(self, market: "_Market", lane: Lane) -> Finding:
        """Judge one lane against its market, by domestic prices where there is one."""
        key = ScopeKey(self.name, *lane.key[1:])
        sums = market.panel.window(lane, *market.now)
        if coverage_pct(sums) < self.coverage_min_pct:
            return Finding(key, Verdict.EMPTY, lack=UNPRICED)
        share = percent(sums.content_mg, market.content_mg)
        if share is None or share < self.share_min_pct:
            return Finding(key, Verdict.CLEAR)
        goods = market.goods(lane, market.now)
        figures = tuple(
            found if isinstance(found, Figure) else None
            for each in goods
            for found in [figure_of(market.panel, Role.DOMESTIC_PRICE, lane, each.month, country=lane.key.destination)]
        )
        if any(figures):
            return self._by_domestic_price(key, goods, figures)
        return self._by_other_origins(key, market, lane, goods)

    def _by_domestic_price(self, key: ScopeKey, goods: Sequence[Landed], figures: Sequence[Figure | None]) -> Finding:
        types = [
            ImportedType(
                month_text(each.month),
                each.content_mg,
                each.duty_paid_uusd(self.post_import_pct),
                None if figure is None else figure.usd_per_kg * each.content_mg,
            )
            for each, figure in zip(goods, figures, strict=True)
        ]
        gap = undercutting(types)
        matched = [each for each in types if each.matched]
        value = sum((Fraction(each.landed) for each in matched), Fraction(0))
        measured = value + sum((each.gap for each in matched), Fraction(0))
        found = Priced(tuple(goods), tuple(figures), value, measured, gap)
        lack = f"no domestic price of {key.product} in {key.destination} for enough of the months"
        return self._graded(key, found, bands=self.bands, measured_uusd=measured, lack=lack)

    def _by_other_origins(self, key: ScopeKey, market: "_Market", lane: Lane, goods: Sequence[Landed]) -> Finding:
        codes, origins = market.by_code(lane, market.now), market.other_origins(lane)
        no_price = f"no domestic price of {key.product} in {key.destination}"
        others_mg = sum(each.others_mg for each in codes)
        if len(origins) < self.proxy_origins_min or 100 * others_mg < self.proxy_share_min_pct * market.content_mg:
            return Finding(key, Verdict.EMPTY, lack=f"{no_price}, and too few like goods of other origins")
        gap = undercutting(each.as_type for each in codes)
        measured = sum((each.measure_uusd or Fraction(0) for each in codes), Fraction(0))
        found = Proxied(tuple(goods), codes, origins, gap, market.before(lane))
        lack = f"{no_price}, and too few like goods of other origins"
        finding = self._graded(key, found, bands=self.proxy_bands, measured_uusd=measured, lack=lack)
        if finding.verdict is not Verdict.BREACH:
            return finding
        if finding.weight > self.proxy_gap_max_pct:
            return Finding(key, Verdict.EMPTY, lack=f"{no_price}, and the goods of other origins are unlike")
        if market.months_before(lane) < self.proxy_months_min:
            lack = f"{no_price}, and fewer than {self.proxy_months_min} months of trade in the year before"
            return Finding(key, Verdict.EMPTY, lack=lack)
        return finding if self._was_cut(market, lane, finding) else Finding(key, Verdict.EMPTY)

    def _was_cut(self, market: "_Market", lane: Lane, finding: Finding) -> bool:
        """Return whether the gap is the lane's own doing: wider, at no higher price, and for no smaller share."""
        before: Before = finding.detail.before
        sums = market.panel.window(lane, *market.now)
        share = percent(sums.content_mg, market.content_mg)
        if before.gap_pct is None or before.unit_value is None or before.share_pct is None:
            return False
        if sums.unit_value is None or share is None:
            return False
        widened = finding.weight - max(before.gap_pct, Fraction(0)) >= self.proxy_widened_min_pp
        return widened and sums.unit_value <= before.unit_value and share >= before.share_pct

    def _graded(
        self, key: ScopeKey, found: Priced | Proxied, *, bands: Bands, measured_uusd: Fraction, lack: str
    ) -> Finding:
        gap = found.gap
        if gap.weighted_pct is None or gap.matched_pct is None or gap.matched_pct < self.matched_min_pct:
            return Finding(key, Verdict.EMPTY, lack=lack)
        if measured_uusd < self.value_min_usd * UUSD_PER_USD:
            return Finding(key, Verdict.CLEAR)
        said = verdict([Measure(gap.weighted_pct, bands.warning)])
        if said is not Verdict.BREACH:
            return Finding(key, said)
        return Finding(key, Verdict.BREACH, bands.severity(gap.weighted_pct), gap.weighted_pct, found)

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say by how much the goods undercut, and what."""
        words = _of_priced(worst.detail) if isinstance(worst.detail, Priced) else _of_proxied(worst.detail)
        goods: tuple[Landed, ...] = worst.detail.goods
        gap = decimal_text(worst.detail.gap.weighted_pct)
        months = f"{month_text(goods[0].month)} to {month_text(goods[-1].month)}"
        summary = (
            f"{key.product} from {key.origin} landed in {key.destination} at "
            f"{short(words.evidence['landed_price_usd_per_kg'], 3)} USD/kg duty paid from {months}, "
            f"{short(gap, 1)} % below {words.summary}."
        )
        shared = {
            "window_months": self.window_months,
            "thresholds": self.stated(),
            "undercutting_pct": gap,
            "undercutting_where_below_pct": decimal_text(worst.detail.gap.weighted_pct_zeroed),
            "coverage_pct": decimal_text(worst.detail.gap.matched_pct),
            "inputs": [month_facts(each, self.post_import_pct) for each in goods],
        }
        return Words(summary, shared | duty_facts(goods) | words.evidence)


class _Window(NamedTuple):
    """So many months that end with one."""

    through: int
    months: int


class _Market:
    """The lanes of a product to one destination, and their goods by commodity code, added up once."""

    def __init__(self, panel: Panel, lanes: Sequence[Lane], period: int, rule: Undercutting) -> None:
        self.panel, self.lanes, self.period, self.rule = panel, lanes, period, rule
        self.now = _Window(period, rule.window_months)
        self.content_mg = panel.total(lanes, *self.now).content_mg
        self._year = _Window(period - rule.window_months, MONTHS_A_YEAR)
        self._bags: dict[tuple[LaneKey, _Window], Bag] = {}
        self._totals: dict[_Window, Bag] = {}

    def goods(self, lane: Lane, window: _Window) -> list[Landed]:
        """Return the months of a window that had trade."""
        months = range(window.through - window.months + 1, window.through + 1)
        return [found for month in months if (found := landed(self.panel, lane, month)) is not None]

    def other_origins(self, lane: Lane) -> tuple[str, ...]:
        """Return the other origins with trade in the window."""
        return tuple(each.key.origin for each in self.lanes if each is not lane and self._bag(each, self.now))

    def by_code(self, lane: Lane, window: _Window) -> tuple[OfCode, ...]:
        """Return the lane's goods by commodity code, beside the same of the other origins."""
        total, own = self._total(window), self._bag(lane, window)
        return tuple(
            OfCode(code, *own[code], total[code][0] - own[code][0], total[code][1] - own[code][1])
            for code in sorted(own)
        )

    def months_before(self, lane: Lane) -> int:
        """Return how many of the twelve months before the window had trade."""
        return len(self.goods(lane, self._year))

    def before(self, lane: Lane) -> Before:
        """Return how the lane stood over the twelve months before the window."""
        sums = self.panel.window(lane, *self._year)
        gap = undercutting(each.as_type for each in self.by_code(lane, self._year))
        share = percent(sums.content_mg, self.panel.total(self.lanes, *self._year).content_mg)
        return Before(gap.weighted_pct, sums.unit_value, share)

    def _bag(self, lane: Lane, window: _Window) -> Bag:
        if (lane.key, window) not in self._bags:
            months = self.goods(lane, window)
            self._bags[lane.key, window] = _added(self._month_bag(lane, each) for each in months)
        return self._bags[lane.key, window]

    def _total(self, window: _Window) -> Bag:
        if window not in self._totals:
            self._totals[window] = _added(self._bag(lane, window) for lane in self.lanes)
        return self._totals[window]

    def _month_bag(self, lane: Lane, goods: Landed) -> Bag:
        panel = self.panel
        factor = 1 + (goods.duty.pct + self.rule.post_import_pct) / 100
        codes = panel.summary("by code", lane, goods.month, lambda rows: _by_code(panel, rows))
        return {code: (content, value * factor) for code, (content, value) in codes.items()}


def _by_code(panel: Panel, rows: MonthRows) -> Mapping[str, tuple[int, int]]:
    sums: dict[str, tuple[int, int]] = {}
    for row, content, value in zip(rows.rows, rows.content_mg, rows.value_uusd, strict=True):
        code = panel.shape(row).hs_code
        held = sums.get(code, (0, 0))
        sums[code] = held[0] + content, held[1] + value
    return sums


def _added(bags: Iterable[Bag]) -> Bag:
    total: Bag = {}
    for bag in bags:
        for code, (content, value) in bag.items():
            held = total.get(code, (0, Fraction(0)))
            total[code] = held[0] + content, held[1] + value
    return total


def _of_priced(found: Priced) -> Words:
    """Return the domestic price in words, and what was measured by it."""
    matched = [(each, figure) for each, figure in zip(found.goods, found.figures, strict=True) if figure is not None]
    content = Fraction(sum(each.content_mg for each, _ in matched), MG_PER_KG)
    landed_usd, measure_usd = found.landed_uusd / UUSD_PER_USD, found.measure_uusd / UUSD_PER_USD
    price = decimal_text(measure_usd / content)
    return Words(
        f"the domestic price of {short(price, 3)} USD/kg",
        {
            "method": "volume-weighted duty-paid price of the window against the domestic price of each month, in per "
            "cent of the domestic price",
            "measured_by": "domestic price",
            "reference_values": all_facts(figure for _, figure in matched),
            "landed_price_usd_per_kg": decimal_text(landed_usd / content),
            "domestic_price_usd_per_kg": price,
            "arithmetic": [
                *(conversion(figure) for _, figure in matched),
                line(
                    "the goods at the domestic price",
                    " + ".join(f"{term(figure.usd_per_kg)} * {kg(each.content_mg)}" for each, figure in matched),
                    decimal_text(measure_usd),
                    "USD",
                ),
                *_gap_lines(landed_usd, measure_usd, content, found.gap),
            ],
        },
    )


def _of_proxied(found: Proxied) -> Words:
    """Return the other origins in words, and what was measured by them."""
    matched = [each for each in found.codes if each.measure_uusd]
    content = Fraction(sum(each.content_mg for each in matched), MG_PER_KG)
    landed_usd = sum((each.landed_uusd for each in matched), Fraction(0)) / UUSD_PER_USD
    measure_usd = sum((each.measure_uusd or Fraction(0) for each in matched), Fraction(0)) / UUSD_PER_USD
    price = decimal_text(measure_usd / content)
    before = found.before
    return Words(
        f"the {short(price, 3)} USD/kg of {len(found.origins)} other origins: a proxy for the domestic price, which is "
        "not known",
        {
            "method": "proxy: volume-weighted duty-paid price of the window against that of the same commodity codes "
            "from all other origins, in per cent of theirs; another quality looks the same as another price",
            "measured_by": "other origins (proxy)",
            "other_origins": list(found.origins),
            "landed_price_usd_per_kg": decimal_text(landed_usd / content),
            "other_origins_price_usd_per_kg": price,
            "twelve_months_before": {
                "undercutting_pct": text_of(before.gap_pct),
                "unit_value_usd_per_kg": text_of(before.unit_value),
                "share_of_volume_pct": text_of(before.share_pct),
            },
            "codes": [_code_facts(each) for each in found.codes],
            "arithmetic": [
                *(
                    line(
                        f"goods of code {each.code or 'not declared'} at the price of the other origins",
                        f"{term(each.others_uusd / UUSD_PER_USD)} / {kg(each.others_mg)} * {kg(each.content_mg)}",
                        decimal_text((each.measure_uusd or Fraction(0)) / UUSD_PER_USD),
                        "USD",
                    )
                    for each in matched
                ),
                *_gap_lines(landed_usd, measure_usd, content, found.gap),
            ],
        },
    )


def _gap_lines(
    landed_usd: Fraction, measure_usd: Fraction, content_kg: Fraction, gap: PriceGap
) -> list[dict[str, str]]:
    value, measure, content = term(landed_usd), term(measure_usd), term(content_kg)
    return [
        line("landed price, duty paid", f"{value} / {content}", decimal_text(landed_usd / content_kg), "USD/kg"),
        line("price it is measured by", f"{measure} / {content}", decimal_text(measure_usd / content_kg), "USD/kg"),
        line("undercutting", f"({measure} - {value}) / {measure} * 100", decimal_text(gap.weighted_pct or 0), "%"),
    ]


def _code_facts(each: OfCode) -> dict[str, str | None]:
    return {
        "hs_code": each.code or None,
        "content_kg": kg(each.content_mg),
        "landed_value_usd": decimal_text(each.landed_uusd / UUSD_PER_USD),
        "other_origins_content_kg": kg(each.others_mg),
        "other_origins_landed_value_usd": decimal_text(each.others_uusd / UUSD_PER_USD),
    }
