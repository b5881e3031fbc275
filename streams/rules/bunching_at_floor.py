"""
Prices that gather just above the floor, where they did not before: a sign that the price on paper follows the floor.

Over three months the share of a party's volume that lands from the floor to 1 % above it is set against the share
that lands a little higher, up to 5 % above, and against the same party's share in the twelve months before.  Goods
from before there was a floor are measured by the first that came.  An exporter is looked at lane by lane, an importer
over all origins.  Prices can gather at a floor because the market stands there: the share of all other parties is
told beside.

Basis: what was seen under the minimum import price for solar panels (Regulation (EU) 1238/2013) and under trigger
prices; the figures are defaults.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, NamedTuple

from streams.cells import Lane
from streams.episodes import EpisodePolicy, Verdict
from streams.exact import decimal_text
from streams.months import month_text
from streams.panel import Panel
from streams.reference.floors import Floor
from streams.rules.bands import Bands
from streams.rules.coverage import COVERAGE_MIN_PCT, UNPRICED, coverage_pct
from streams.rules.evidence import kg, line, short, usd
from streams.rules.floor_bands import Banded, Limits, banded_by_role, bands_added, floors_met
from streams.rules.hysteresis import Measure, verdict
from streams.rules.period_rule import PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import Finding, ScopeKey
from streams.rules.settings import threshold

_WINDOW = 3
_BEFORE = 12
_ROLES = ("exporter", "importer")
_THRESHOLDS = ("near_pct", "next_pct", "share_min_pct", "times_min", "value_min_usd")

Sums = dict[str, Banded]
"""By party."""


class Bunched(NamedTuple):
    """A party's goods in the window and before, and those of all others in the window."""

    through: int
    before: Banded
    now: Banded
    others: Banded
    floors: tuple[Floor, ...]
    coverage_pct: Fraction
    thresholds: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BunchingAtFloor(PeriodRule):
    """Find parties whose prices gather just above the floor."""

    name: ClassVar[str] = "bunching_at_floor"
    reach: ClassVar[int] = _WINDOW + _BEFORE - 1
    price_alert: ClassVar[bool] = False
    scale_free: ClassVar[bool] = False
    policy: EpisodePolicy = EpisodePolicy(expire_days=100)
    near_pct: Fraction = threshold(Fraction(1), "how far above the floor goods are still at it, per cent of the floor")
    next_pct: Fraction = threshold(Fraction(5), "how far above the floor the goods beside them reach, per cent of it")
    share_min_pct: Fraction = threshold(Fraction(40), "share of the party's volume at the floor, per cent")
    times_min: Fraction = threshold(Fraction(3), "times its share of the twelve months before")
    value_min_usd: Fraction = threshold(Fraction(10_000), "value of the window that makes it worth a look")
    rows_min: int = threshold(5, "records of the party in each window")
    coverage_min_pct: Fraction = threshold(COVERAGE_MIN_PCT, "records that are priced, and that name their parties")
    bands: Bands = threshold(
        Bands(Fraction(40), Fraction(60), Fraction(80)), "severity by the share at the floor, per cent"
    )

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:
        """Judge every exporter of every lane, and every importer of every destination."""
        for destination, lanes in panel.by_destination(product).items():
            for lane in lanes:
                where = ScopeKey(self.name, product, lane.key.origin, destination)
                side = _Side(panel, (lane,), period, 0, self.at(product, lane.key.origin))
                yield from _judge(where, side)
            where = ScopeKey(self.name, product, "", destination)
            yield from _judge(where, _Side(panel, tuple(lanes), period, 1, self.at(product)))

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say how much lies at the floor, and how much did before."""
        found: Bunched = worst.detail
        share, was, beside = map(decimal_text, (found.now.near_pct, found.before.near_pct, found.now.next_pct))
        others = decimal_text(found.others.near_pct) if found.others.content_mg else None
        party = f"importer {key.party[1:]}" if key.party.startswith(">") else f"exporter {key.party}"
        way = f"{key.product} from {key.origin}" if key.origin else key.product
        near = dict(found.thresholds)["near_pct"]
        return Words(
            f"{way} to {key.destination}, {party}: in the three months to {month_text(found.through)} "
            f"{short(share, 1)} % of the volume landed from the floor to {near} % above it, {short(beside, 1)} % "
            f"a little higher; in the twelve months before it was {short(was, 1)} %.",
            {
                "method": "share of the volume that landed just above the floor, three months against the twelve "
                "before; goods without a floor yet by the first that came",
                "party": party,
                "share_at_floor_pct": share,
                "share_next_to_it_pct": beside,
                "share_at_floor_before_pct": was,
                "others_share_at_floor_pct": others,
                "records": found.now.rows,
                "records_before": found.before.rows,
                "content_kg": kg(found.now.content_mg),
                "content_at_floor_kg": kg(found.now.near_mg),
                "content_next_to_it_kg": kg(found.now.next_mg),
                "content_before_kg": kg(found.before.content_mg),
                "content_at_floor_before_kg": kg(found.before.near_mg),
                "value_usd": usd(found.now.value_uusd),
                "coverage_pct": decimal_text(found.coverage_pct),
                "floors": [floor.facts() for floor in found.floors],
                "thresholds": dict(found.thresholds),
                "arithmetic": [
                    _share("share at the floor", found.now.near_mg, found.now.content_mg, share),
                    _share("share a little higher", found.now.next_mg, found.now.content_mg, beside),
                    _share("share at the floor before", found.before.near_mg, found.before.content_mg, was),
                ],
            },
        )


class _Side(NamedTuple):
    """Whose prices are looked at: the exporters or the importers of some lanes."""

    panel: Panel
    lanes: tuple[Lane, ...]
    through: int
    role: int
    """0 for exporters, 1 for importers."""
    limits: BunchingAtFloor

    @property
    def months(self) -> range:
        """The window and the twelve months before."""
        return range(self.through - _WINDOW - _BEFORE + 1, self.through + 1)

    def sums(self, months: range) -> Sums:
        """Return the bands by party of some months."""
        limits = Limits(self.limits.near_pct, self.limits.next_pct)
        return bands_added(
            by_role[self.role]
            for lane in self.lanes
            for by_role in banded_by_role(self.panel, lane, months, limits, seen=self.months)
        )


def _judge(where: ScopeKey, side: _Side) -> Iterator[Finding]:
    limits = side.limits
    total = side.panel.total(side.lanes, side.through, _WINDOW)
    if not total.floored_content_mg:
        return
    now = side.sums(side.months[_BEFORE:])
    lack = _lack(side, coverage_pct(total), now)
    yield Finding(where._replace(party=">" if side.role else ""), Verdict.EMPTY if lack else Verdict.CLEAR, lack=lack)
    if lack:
        return
    likely = [party for party in sorted(now) if party and _worth(limits, now[party])]
    before = side.sums(side.months[:_BEFORE]) if likely else {}
    for party in likely:
        key = where._replace(party=f">{party}" if side.role else party)
        if before.get(party, Banded()).rows < limits.rows_min:
            lack = f"fewer than {limits.rows_min} records of the party in the twelve months before"
            yield Finding(key, Verdict.EMPTY, lack=lack)
        else:
            yield _finding(key, side, party, now, before[party])


def _worth(limits: BunchingAtFloor, now: Banded) -> bool:
    return now.rows >= limits.rows_min and now.value_uusd >= limits.value_min_usd * 1_000_000


def _lack(side: _Side, coverage: Fraction, now: Sums) -> str:
    if coverage < side.limits.coverage_min_pct:
        return UNPRICED
    rows = sum(each.rows for each in now.values())
    named = rows - now.get("", Banded()).rows
    too_few = 100 * named < side.limits.coverage_min_pct * rows
    return f"too few records name their {_ROLES[side.role]}" if too_few else ""


def _finding(key: ScopeKey, side: _Side, party: str, now: Sums, before: Banded) -> Finding:
    share, limits = now[party].near_pct, side.limits
    told = verdict(
        (
            Measure(share, limits.share_min_pct),
            Measure(share, limits.times_min * before.near_pct),
            Measure(share, now[party].next_pct),
        )
    )
    if told is not Verdict.BREACH:
        return Finding(key, told)
    others = bands_added({"": sums} for name, sums in now.items() if name != party).get("", Banded())
    floors = (floors_met(side.panel, side.lanes, month) for month in reversed(side.months))
    found = Bunched(
        through=side.through,
        before=before,
        now=now[party],
        others=others,
        floors=next(filter(None, floors), ()),
        coverage_pct=coverage_pct(side.panel.total(side.lanes, side.through, _WINDOW)),
        thresholds=tuple((name, decimal_text(getattr(limits, name))) for name in _THRESHOLDS),
    )
    return Finding(key, Verdict.BREACH, limits.bands.severity(share), share, found)


def _share(label: str, part: int, whole: int, result: str) -> dict[str, str]:
    return line(label, f"{kg(part)} / {kg(whole)} * 100", result, "%")
