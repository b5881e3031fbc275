"""
A floor kept on paper, and made up for elsewhere: other goods between the same hands at prices that others do not pay.

Over three months an exporter's goods for one importer land at their floor, and the same exporter sells the same
importer other products of the mineral for 10 % or more above what all others pay for them there, on 20 % or more of the
pair's trade.  A better grade costs more too: what is found is a pair whose invoices should be read together.  The rule
joins products of one mineral only; what is made up for in another mineral, or in money, it does not see.

Basis: benefits granted beside a minimum import price, for which undertakings were withdrawn (solar panels,
Implementing Regulation (EU) 2015/866); the figures are defaults.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, NamedTuple

from streams.antidumping.sales import percent
from streams.cells import Lane
from streams.episodes import EpisodePolicy, Verdict
from streams.exact import decimal_text
from streams.months import month_text
from streams.panel import Panel, Party, Sums, added
from streams.reference.floors import Floor
from streams.rules.bands import Bands
from streams.rules.coverage import COVERAGE_MIN_PCT, UNPRICED, coverage_pct
from streams.rules.evidence import kg, line, short, usd, usd_per_kg
from streams.rules.floor_bands import Banded, Limits, banded, bands_added, floors_met
from streams.rules.period_rule import PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import Finding, ScopeKey
from streams.rules.settings import threshold

_WINDOW = 3
_THRESHOLDS = ("near_pct", "at_floor_min_pct", "premium_min_pct", "share_min_pct", "value_min_usd")


class Dear(NamedTuple):
    """Other goods of a pair, and what all others paid for the same at the destination."""

    product: str
    own: Sums
    others: Sums

    @property
    def premium_pct(self) -> Fraction:
        """How far the pair's unit value lies above that of all others, per cent."""
        own, others = self.own.unit_value or Fraction(0), self.others.unit_value or Fraction(0)
        return percent(own - others, others) or Fraction(0)


class Made(NamedTuple):
    """A pair at its floor, and the goods that it pays dearly for."""

    through: int
    at_floor: Banded
    dear: tuple[Dear, ...]
    pair_value_uusd: int
    """Of all products of the mineral between the two."""
    coverage_pct: Fraction
    floors: tuple[Floor, ...]
    thresholds: tuple[tuple[str, str], ...]

    @property
    def dear_value_uusd(self) -> int:
        """What the pair's dear goods were worth."""
        return sum(each.own.value_uusd for each in self.dear)

    @property
    def share_pct(self) -> Fraction:
        """Their part of the pair's trade, per cent."""
        return Fraction(100 * self.dear_value_uusd, self.pair_value_uusd)

    @property
    def premium_pct(self) -> Fraction:
        """How much dearer they are all together, per cent of what others would have paid."""
        usual = sum((each.own.content_mg * (each.others.unit_value or 0) for each in self.dear), Fraction(0))
        return percent(self.dear_value_uusd - usual, usual) or Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compensation(PeriodRule):
    """Find pairs that keep a floor and pay dearly for other goods."""

    name: ClassVar[str] = "compensation"
    across_products: ClassVar[bool] = True
    reach: ClassVar[int] = _WINDOW - 1
    price_alert: ClassVar[bool] = False
    scale_free: ClassVar[bool] = False
    policy: EpisodePolicy = EpisodePolicy(expire_days=100)
    near_pct: Fraction = threshold(Fraction(1), "how far above the floor goods are still at it, per cent of the floor")
    at_floor_min_pct: Fraction = threshold(Fraction(50), "part of the pair's floored goods that lands there, per cent")
    premium_min_pct: Fraction = threshold(Fraction(10), "how far above the others' price other goods are, per cent")
    share_min_pct: Fraction = threshold(Fraction(20), "their part of the pair's trade, per cent")
    value_min_usd: Fraction = threshold(Fraction(10_000), "value of the pair's trade that makes it worth a look")
    others_min: int = threshold(3, "records of others that a price is compared with")
    coverage_min_pct: Fraction = threshold(COVERAGE_MIN_PCT, "records that are priced, and that name both parties")
    bands: Bands = threshold(
        Bands(Fraction(10), Fraction(25), Fraction(50)), "severity by how much dearer the other goods are, per cent"
    )

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:  # noqa: ARG002 - looks at all
        """Judge every pair of every destination whose goods of some product land at their floor."""
        destinations: dict[str, dict[str, list[Lane]]] = {}
        for each in panel.products():
            for destination, lanes in panel.by_destination(each).items():
                destinations.setdefault(destination, {})[each] = lanes
        for destination, by_product in destinations.items():
            place = _Place(panel, period, by_product)
            for each in by_product:
                yield from _judge(ScopeKey(self.name, each, "", destination), place, self.at(each))

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say which goods are dear, and how much of the pair's trade they are."""
        found: Made = worst.detail
        exporter, _, importer = key.party.partition(">")
        share, premium = decimal_text(found.share_pct), decimal_text(found.premium_pct)
        near, named = decimal_text(found.at_floor.near_pct), ", ".join(each.product for each in found.dear)
        return Words(
            f"{key.product} to {key.destination}, {exporter} to {importer}: in the three months to "
            f"{month_text(found.through)} {short(near, 1)} % landed at the floor, while {named} between the same two "
            f"cost {short(premium, 1)} % more than others paid, on {short(share, 1)} % of their trade.",
            {
                "method": "share of the pair's goods at the floor; unit value of its other goods of the mineral "
                "against that of all others at the destination",
                "exporter": exporter,
                "importer": importer,
                "content_with_floor_kg": kg(found.at_floor.content_mg),
                "content_at_floor_kg": kg(found.at_floor.near_mg),
                "at_floor_pct": near,
                "other_goods": [_facts(each) for each in found.dear],
                "other_goods_value_usd": usd(found.dear_value_uusd),
                "pair_value_usd": usd(found.pair_value_uusd),
                "share_pct": share,
                "premium_pct": premium,
                "coverage_pct": decimal_text(found.coverage_pct),
                "floors": [floor.facts() for floor in found.floors],
                "thresholds": dict(found.thresholds),
                "arithmetic": list(_lines(found)),
            },
        )


class _Place:
    """A destination in one window: who trades what there, worked out when asked for."""

    def __init__(self, panel: Panel, period: int, by_product: Mapping[str, list[Lane]]) -> None:
        self.panel, self.period, self.by_product = panel, period, by_product
        self._pairs: dict[str, dict[Party, Sums]] = {}

    def pairs(self, product: str) -> Mapping[Party, Sums]:
        """Return the sums of a product by exporter and importer."""
        if product not in self._pairs:
            self._pairs[product] = self.panel.parties(self.by_product[product], self.period, _WINDOW)
        return self._pairs[product]

    def at_floor(self, product: str, near_pct: Fraction) -> dict[Party, Banded]:
        """Return what of a product lands at its floor, by exporter and importer, in order."""
        months = range(self.period - _WINDOW + 1, self.period + 1)
        limits = Limits(near_pct, near_pct)
        found = bands_added(
            by_party
            for lane in self.by_product[product]
            for by_party in banded(self.panel, lane, months, limits, seen=months)
        )
        return {pair: found[pair] for pair in sorted(found)}

    def coverage_pct(self) -> Fraction:
        """Return how many records of all products are priced, per cent."""
        lanes = (lane for lanes in self.by_product.values() for lane in lanes)
        return coverage_pct(self.panel.total(lanes, self.period, _WINDOW))

    def floors(self, product: str) -> tuple[Floor, ...]:
        """Return the floors that a product was judged by in the last month that had one."""
        months = range(self.period, self.period - _WINDOW, -1)
        found = (floors_met(self.panel, self.by_product[product], month) for month in months)
        return next(filter(None, found), ())


def _judge(where: ScopeKey, place: _Place, limits: Compensation) -> Iterator[Finding]:
    if len(place.by_product) == 1 or not place.panel.total(place.by_product[where.product], place.period).rows:
        return
    at_floor = place.at_floor(where.product, limits.near_pct)
    if not at_floor:
        return
    lack = _lack(place, at_floor, limits)
    yield Finding(where, Verdict.EMPTY if lack else Verdict.CLEAR, lack=lack)
    for pair, goods in at_floor.items() if not lack else ():
        if all(pair) and goods.near_pct >= limits.at_floor_min_pct:
            yield from _of_pair(where._replace(party=">".join(pair)), pair, goods, place, limits)


def _lack(place: _Place, at_floor: Mapping[Party, Banded], limits: Compensation) -> str:
    if place.coverage_pct() < limits.coverage_min_pct:
        return UNPRICED
    rows = sum(each.rows for each in at_floor.values())
    named = sum(each.rows for pair, each in at_floor.items() if all(pair))
    return "too few records name both their parties" if 100 * named < limits.coverage_min_pct * rows else ""


def _of_pair(key: ScopeKey, pair: Party, goods: Banded, place: _Place, limits: Compensation) -> Iterator[Finding]:
    """Judge what else a pair trades, where it trades anything else."""
    own = {product: place.pairs(product).get(pair, Sums()) for product in place.by_product}
    others = {
        product: added(sums for each, sums in place.pairs(product).items() if each != pair)
        for product in own
        if product != key.product and own[product].content_mg
    }
    if not others:
        return
    compared = {product: sums for product, sums in others.items() if sums.rows >= limits.others_min and sums.value_uusd}
    if not compared:
        yield Finding(key, Verdict.EMPTY, lack="nobody else trades the pair's other goods there to compare prices with")
        return
    goods_of = (Dear(product, own[product], compared[product]) for product in sorted(compared))
    found = Made(
        through=place.period,
        at_floor=goods,
        dear=tuple(each for each in goods_of if each.premium_pct >= limits.premium_min_pct),
        pair_value_uusd=sum(sums.value_uusd for sums in own.values()),
        coverage_pct=place.coverage_pct(),
        floors=place.floors(key.product),
        thresholds=tuple((name, decimal_text(getattr(limits, name))) for name in _THRESHOLDS),
    )
    worth = found.pair_value_uusd >= limits.value_min_usd * 1_000_000
    if worth and found.share_pct >= limits.share_min_pct:
        premium = found.premium_pct
        yield Finding(key, Verdict.BREACH, limits.bands.severity(premium), premium, found)
    else:
        yield Finding(key, Verdict.CLEAR)


def _facts(dear: Dear) -> dict[str, str | int | None]:
    own, others = dear.own, dear.others
    return {
        "product": dear.product,
        "records": own.rows,
        "content_kg": kg(own.content_mg),
        "value_usd": usd(own.value_uusd),
        "unit_value_usd_per_kg": usd_per_kg(own.value_uusd, own.content_mg),
        "others_records": others.rows,
        "others_content_kg": kg(others.content_mg),
        "others_value_usd": usd(others.value_uusd),
        "others_unit_value_usd_per_kg": usd_per_kg(others.value_uusd, others.content_mg),
        "premium_pct": decimal_text(dear.premium_pct),
    }


def _price(sums: Sums) -> str:
    return f"({usd(sums.value_uusd)} / {kg(sums.content_mg)})"


def _lines(found: Made) -> Iterator[dict[str, str]]:
    goods = found.at_floor
    at_floor = f"{kg(goods.near_mg)} / {kg(goods.content_mg)} * 100"
    yield line("share at the floor", at_floor, decimal_text(goods.near_pct), "%")
    for each in found.dear:
        premium = f"{_price(each.own)} / {_price(each.others)} * 100 - 100"
        yield line(f"premium on {each.product}", premium, decimal_text(each.premium_pct), "%")
    usual = " + ".join(f"{kg(each.own.content_mg)} * {_price(each.others)}" for each in found.dear)
    paid = usd(found.dear_value_uusd)
    yield line("premium on all of them", f"{paid} / ({usual}) * 100 - 100", decimal_text(found.premium_pct), "%")
    share = f"{paid} / {usd(found.pair_value_uusd)} * 100"
    yield line("part of the pair's trade", share, decimal_text(found.share_pct), "%")
