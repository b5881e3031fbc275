"""
A newcomer that at once takes a notable part of a market: a shell set up to ship, or to buy, what others no longer may.

An exporter or importer that appears in none of the mineral's declarations of the two years before, and that within two
months accounts for more than 3 % of a product's imports at a destination.  Newcomers are ordinary too, and a firm that
changed its name looks like one: what is found is whom to look at.  The rule knows a party within one mineral only.

Basis: shell importers as OLAF describes them in undervaluation cases; the figures are defaults.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, NamedTuple

from streams.cells import Lane
from streams.episodes import EpisodePolicy, Verdict
from streams.exact import decimal_text
from streams.months import month_text
from streams.panel import Panel, Sums, added
from streams.rules.bands import Bands
from streams.rules.coverage import COVERAGE_MIN_PCT, UNPRICED, coverage_pct
from streams.rules.evidence import day_text, kg, line, short, usd, usd_per_kg
from streams.rules.period_rule import PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import Finding, ScopeKey
from streams.rules.settings import threshold

_WINDOW = 2
_HISTORY = 24
_ROLES = ("exporter", "importer")
_RECORDS_MAX = 20


class Newcomer(NamedTuple):
    """A party's first goods, and the market that they are a part of."""

    through: int
    own: Sums
    market: Sums
    history_months: int
    """Months with trade of the two years before."""
    first_day: int
    origins: tuple[str, ...]
    records: tuple[str, ...]
    coverage_pct: Fraction
    thresholds: tuple[tuple[str, str], ...]

    @property
    def share_pct(self) -> Fraction:
        """The party's part of the market's content, per cent."""
        return Fraction(100 * self.own.content_mg, self.market.content_mg)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewShipper(PeriodRule):
    """Find newcomers that take a notable part of a market."""

    name: ClassVar[str] = "new_shipper"
    across_products: ClassVar[bool] = True
    reach: ClassVar[int] = _WINDOW + _HISTORY - 1
    price_alert: ClassVar[bool] = False
    scale_free: ClassVar[bool] = False
    policy: EpisodePolicy = EpisodePolicy(expire_days=100)
    share_pct: Fraction = threshold(Fraction(3), "part of the imports that has to be exceeded, per cent")
    value_min_usd: Fraction = threshold(Fraction(10_000), "value of the newcomer's goods that makes it worth a look")
    rows_min: int = threshold(10, "records of the market in the window: in a thin one every share is large")
    months_min: int = threshold(6, "months with trade of the two years before, to know who was there")
    coverage_min_pct: Fraction = threshold(COVERAGE_MIN_PCT, "records that are priced, and that name their parties")
    bands: Bands = threshold(
        Bands(Fraction(10), Fraction(25), Fraction(50)), "severity by the part of the imports, per cent"
    )

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:  # noqa: ARG002 - looks at all
        """Judge the exporters and importers of every product at every destination."""
        for each in panel.products():
            for destination, lanes in panel.by_destination(each).items():
                if panel.total(lanes, period).content_mg:
                    where = ScopeKey(self.name, each, "", destination)
                    for role in (0, 1):
                        yield from _judge(where, _Market(panel, tuple(lanes), period, role, self.at(each)))

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say who came, and how much of the market it has."""
        found: Newcomer = worst.detail
        share = decimal_text(found.share_pct)
        party = f"importer {key.party[1:]}" if key.party.startswith(">") else f"exporter {key.party}"
        own, market = kg(found.own.content_mg), kg(found.market.content_mg)
        return Words(
            f"{key.product} to {key.destination}: {party}, first seen on {day_text(found.first_day)}, took "
            f"{short(share, 1)} % of the imports of the two months to {month_text(found.through)}.",
            {
                "method": "first seen among the mineral's declarations of two years; part of the content imported in "
                "two months",
                "party": party,
                "first_seen_on": day_text(found.first_day),
                "months_with_trade_before": found.history_months,
                "origins": list(found.origins),
                "content_kg": own,
                "value_usd": usd(found.own.value_uusd),
                "unit_value_usd_per_kg": usd_per_kg(found.own.value_uusd, found.own.content_mg),
                "market_content_kg": market,
                "market_value_usd": usd(found.market.value_uusd),
                "market_unit_value_usd_per_kg": usd_per_kg(found.market.value_uusd, found.market.content_mg),
                "share_pct": share,
                "coverage_pct": decimal_text(found.coverage_pct),
                "records": list(found.records),
                "thresholds": dict(found.thresholds),
                "arithmetic": [line("part of the imports", f"{own} / {market} * 100", share, "%")],
            },
        )


class _Market(NamedTuple):
    """A product's imports at a destination over the window, by exporter or by importer."""

    panel: Panel
    lanes: tuple[Lane, ...]
    through: int
    role: int
    limits: NewShipper

    @property
    def before(self) -> range:
        """The two years before the window."""
        return range(self.through - _WINDOW - _HISTORY + 1, self.through - _WINDOW + 1)

    @property
    def now(self) -> range:
        """The window."""
        return range(self.through - _WINDOW + 1, self.through + 1)

    def by_name(self, lane: Lane, month: int) -> Mapping[str, Sums]:
        """Return the sums of a lane's month by exporter, or by importer."""
        if not self.panel.month(lane, month).rows:
            return {}
        return (self.panel.by_importer if self.role else self.panel.by_exporter)(lane, month)

    def sums(self) -> dict[str, Sums]:
        """Return the window's sums by party, in order."""
        found: dict[str, list[Sums]] = {}
        for lane in self.lanes:
            for month in self.now:
                for name, sums in self.by_name(lane, month).items():
                    found.setdefault(name, []).append(sums)
        return {party: added(found[party]) for party in sorted(found)}

    def months_before(self) -> int:
        """Return in how many months before the window there was trade."""
        return sum(any(self.panel.month(lane, month).rows for lane in self.lanes) for month in self.before)

    def knew(self, party: str) -> bool:
        """Return whether *party* is named in any declaration of the mineral before the window, its latest first."""
        if self._named(party, self.lanes):
            return True
        others = [lane for name in self.panel.products() for lane in self.panel.lanes(name) if lane not in self.lanes]
        return self._named(party, others)

    def _named(self, party: str, lanes: Sequence[Lane]) -> bool:
        return any(party in self.by_name(lane, month) for month in reversed(self.before) for lane in lanes)

    def names_before_pct(self) -> Fraction:
        """Return how many of the records before the window name their party, per cent."""
        months = [self.by_name(lane, month) for lane in self.lanes for month in self.before]
        rows = sum(sums.rows for by_name in months for sums in by_name.values())
        named = rows - sum(by_name[""].rows for by_name in months if "" in by_name)
        return Fraction(100 * named, rows) if rows else Fraction(0)


def _judge(where: ScopeKey, market: _Market) -> Iterator[Finding]:
    limits, total = market.limits, market.panel.total(market.lanes, market.through, _WINDOW)
    if total.rows < limits.rows_min:
        return
    sums = market.sums()
    lack = _lack(market, total, sums)
    yield Finding(where._replace(party=">" if market.role else ""), Verdict.EMPTY if lack else Verdict.CLEAR, lack=lack)
    if lack:
        return
    for party, own in sums.items():
        if party and _worth(limits, own, total) and not market.knew(party):
            key = where._replace(party=f">{party}" if market.role else party)
            if market.names_before_pct() < limits.coverage_min_pct:
                lack = f"too few records of the two years before name their {_ROLES[market.role]}"
                yield Finding(key, Verdict.EMPTY, lack=lack)
            else:
                found = _newcomer(market, party, own, total)
                severity = limits.bands.severity(found.share_pct)
                yield Finding(key, Verdict.BREACH, severity, found.share_pct, found)


def _worth(limits: NewShipper, own: Sums, total: Sums) -> bool:
    return (
        100 * own.content_mg > limits.share_pct * total.content_mg
        and own.value_uusd >= limits.value_min_usd * 1_000_000
    )


def _lack(market: _Market, total: Sums, sums: dict[str, Sums]) -> str:
    limits = market.limits
    if market.months_before() < limits.months_min:
        return f"fewer than {limits.months_min} months of trade in the two years before"
    if coverage_pct(total) < limits.coverage_min_pct:
        return UNPRICED
    rows = sum(each.rows for each in sums.values())
    named = rows - (sums[""].rows if "" in sums else 0)
    too_few = 100 * named < limits.coverage_min_pct * rows
    return f"too few records name their {_ROLES[market.role]}" if too_few else ""


def _newcomer(market: _Market, party: str, own: Sums, total: Sums) -> Newcomer:
    panel, limits = market.panel, market.limits
    rows = [
        (panel.row_day(row), panel.record_id(row), lane.key.origin)
        for lane in market.lanes
        for month in market.now
        if panel.month(lane, month).rows
        for row in panel.rows(lane, month).rows
        if panel.party(row)[market.role] == party
    ]
    return Newcomer(
        through=market.through,
        own=own,
        market=total,
        history_months=market.months_before(),
        first_day=min(rows)[0],
        origins=tuple(sorted({origin for _, _, origin in rows})),
        records=tuple(sorted(record for _, record, _ in rows)[:_RECORDS_MAX]),
        coverage_pct=coverage_pct(total),
        thresholds=(
            ("share_pct", decimal_text(limits.share_pct)),
            ("value_min_usd", decimal_text(limits.value_min_usd)),
        ),
    )
