"""
Floors that do not meet inside a zone: goods come in through the member whose floor is the lower one, or who has none.

On the month's last day of trade the floor that goods of an origin would meet is worked out for every member of a zone.
Where a member's lies more than 5 % under the highest, or a member has none, and a tenth or more of the origin's
arrivals of three months went through it at prices that the highest floor would have stopped, the member is told.  It
says nothing of the trader, who may enter goods where he likes: it tells the members where their floors leak.
Exemptions that a floor states are no misalignment.

Basis: common floors keep only where they are common (trigger prices and minimum import prices were avoided by entry
elsewhere); the figures are defaults.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import ClassVar, NamedTuple

from streams.cells import Judged, Lane
from streams.episodes import EpisodePolicy, Verdict
from streams.exact import decimal_text
from streams.months import month_text
from streams.panel import FloorAt, Panel, Sums, days_of
from streams.reference.floors import Floor
from streams.reference.zones import Zone
from streams.rules.bands import SAFEGUARD, Bands
from streams.rules.coverage import COVERAGE_MIN_PCT, UNPRICED, coverage_pct
from streams.rules.evidence import day_text, kg, line, short, usd, usd_per_kg
from streams.rules.figures import term
from streams.rules.period_rule import PeriodRule
from streams.rules.rule import Words
from streams.rules.scope import Finding, ScopeKey
from streams.rules.settings import threshold

_WINDOW = 3
_BEFORE = 12
_NONE = frozenset({Judged.MISSING, Judged.SUSPENDED})


class MemberFloor(NamedTuple):
    """What goods of an origin would meet at a member of the zone."""

    country: str
    floor: str
    """Its ``id@version``, or why there is none."""
    usd_per_kg: Fraction
    """For a kilogram of content; 0 where there is none."""


class Leak(NamedTuple):
    """A member's floor, the highest of the zone, and what came in."""

    zone: str
    on: int
    through: int
    own: MemberFloor
    highest: MemberFloor
    members: tuple[MemberFloor, ...]
    floors: tuple[Floor, ...]
    goods: Sums
    zone_content_mg: int
    """What all members took in of the origin in the window."""
    share_before_pct: Fraction | None
    """The member's part of it in the twelve months before; None where there was nothing."""
    thresholds: tuple[tuple[str, str], ...]

    @property
    def gap_pct(self) -> Fraction:
        """How far the floor lies under the highest, per cent of that."""
        return 100 * (self.highest.usd_per_kg - self.own.usd_per_kg) / self.highest.usd_per_kg

    @property
    def share_pct(self) -> Fraction:
        """The member's part of what the zone took in of the origin, per cent."""
        return Fraction(100 * self.goods.content_mg, self.zone_content_mg) if self.zone_content_mg else Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorMisalignment(PeriodRule):
    """Find members of a zone whose floor is lower than the others', and through whom goods come in."""

    name: ClassVar[str] = "floor_misalignment"
    reach: ClassVar[int] = _WINDOW + _BEFORE - 1
    price_alert: ClassVar[bool] = False
    scale_free: ClassVar[bool] = False
    policy: EpisodePolicy = EpisodePolicy(expire_days=100)
    gap_pct: Fraction = threshold(Fraction(5), "how far under the highest floor a floor may lie, per cent of that")
    share_min_pct: Fraction = threshold(Fraction(10), "part of the zone's arrivals of the origin, per cent")
    value_min_usd: Fraction = threshold(Fraction(10_000), "value of three months that makes it worth a look")
    coverage_min_pct: Fraction = threshold(COVERAGE_MIN_PCT, "records that are priced, per cent")
    bands: Bands = threshold(
        SAFEGUARD,
        "severity by the gap between the floors, per cent",
        basis="Agreement on Agriculture, article 5.5, whose bands grade a levy by the gap",
    )

    def judge_period(self, panel: Panel, period: int, product: str) -> Iterable[Finding]:
        """Judge every member of every zone by each origin that comes in through it."""
        lanes = panel.lanes(product)
        on = max((day for lane in lanes if (day := _last_day(lane, period))), default=0)
        found: dict[ScopeKey, Finding] = {}
        for zone in panel.book.zones if on else ():
            for origin in sorted({lane.key.origin for lane in lanes}):
                inward = [
                    lane
                    for lane in lanes
                    if lane.key.origin == origin != lane.key.destination
                    and zone.has(lane.key.destination, date.fromordinal(on))
                ]
                for finding in _judge(self.at(product, origin), panel, zone, inward, (period, on)):
                    held = found.get(finding.key)
                    if held is None or _rank(finding) > _rank(held):
                        found[finding.key] = finding
        return found.values()

    def tell(self, key: ScopeKey, worst: Finding) -> Words:
        """Say whose floor lies lower, and how much came in through it."""
        found: Leak = worst.detail
        own, highest, goods = found.own, found.highest, found.goods
        gap, share = decimal_text(found.gap_pct), decimal_text(found.share_pct)
        lower = f"a floor {short(gap, 1)} % under that of {highest.country}" if own.usd_per_kg else "no floor"
        return Words(
            f"{key.product} from {key.origin}: {key.destination} keeps {lower}, and in the three months to "
            f"{month_text(found.through)} took in {short(share, 1)} % of what zone {found.zone} did, at "
            f"{short(usd_per_kg(goods.value_uusd, goods.content_mg), 3)} USD/kg.",
            {
                "method": "the floor that goods of the origin, of a usual grade and sold CIF, would meet at each "
                "member on the month's last day of trade",
                "zone": found.zone,
                "on": day_text(found.on),
                "floor_usd_per_kg": decimal_text(own.usd_per_kg) if own.usd_per_kg else None,
                "highest_floor_usd_per_kg": decimal_text(highest.usd_per_kg),
                "highest_floor_of": highest.country,
                "gap_pct": gap,
                "members": [
                    {
                        "country": each.country,
                        "floor": each.floor,
                        "usd_per_kg": decimal_text(each.usd_per_kg) if each.usd_per_kg else None,
                    }
                    for each in found.members
                ],
                "content_kg": kg(goods.content_mg),
                "value_usd": usd(goods.value_uusd),
                "unit_value_usd_per_kg": usd_per_kg(goods.value_uusd, goods.content_mg),
                "zone_content_kg": kg(found.zone_content_mg),
                "share_pct": share,
                "share_before_pct": None if found.share_before_pct is None else decimal_text(found.share_before_pct),
                "coverage_pct": decimal_text(coverage_pct(goods)),
                "floors": [floor.facts() for floor in found.floors],
                "thresholds": dict(found.thresholds),
                "arithmetic": [
                    line(
                        "gap between the floors",
                        f"({term(highest.usd_per_kg)} - {term(own.usd_per_kg)}) / {term(highest.usd_per_kg)} * 100",
                        gap,
                        "%",
                    ),
                    line(
                        "unit value of the arrivals",
                        f"{usd(goods.value_uusd)} / {kg(goods.content_mg)}",
                        usd_per_kg(goods.value_uusd, goods.content_mg),
                        "USD/kg",
                    ),
                    line(
                        "part of the zone's arrivals",
                        f"{kg(goods.content_mg)} / {kg(found.zone_content_mg)} * 100",
                        share,
                        "%",
                    ),
                ],
            },
        )


_RANKS = (Verdict.EMPTY, Verdict.CLEAR, Verdict.BREACH)


def _rank(finding: Finding) -> tuple[int, Fraction]:
    """Return how much a finding tells, for a member of several zones."""
    return _RANKS.index(finding.verdict), finding.weight


def _last_day(lane: Lane, month: int) -> int | None:
    """Return the last day of a lane's month with any goods."""
    days = reversed(days_of(lane, month))
    return next((day for day in days if lane.cells[day].total("rows")), None)


def _judge(
    limits: FloorMisalignment, panel: Panel, zone: Zone, inward: Sequence[Lane], when: tuple[int, int]
) -> Iterator[Finding]:
    """Judge the members of a zone by the goods of one origin; *when* is the month and its last day of trade."""
    period, on = when
    windows = {lane.key: panel.window(lane, period, _WINDOW) for lane in inward}
    if not any(sums.rows or sums.unpriced_rows for sums in windows.values()):
        return
    met = _met(panel, zone, inward[0], on)
    floors = {country: _member_floor(country, at) for country, at in met.items() if _comparable(at)}
    highest = max(floors.values(), key=lambda each: (each.usd_per_kg, each.country), default=None)
    for lane in inward:
        key, goods = ScopeKey(limits.name, *lane.key[1:]), windows[lane.key]
        if not goods.rows and not goods.unpriced_rows:
            continue
        at = met[lane.key.destination]
        own = floors.get(lane.key.destination)
        if at.judged is Judged.UNPRICED:
            yield Finding(key, Verdict.EMPTY, lack=f"the floor cannot be had in US dollars: {at.detail}")
        elif coverage_pct(goods) < limits.coverage_min_pct:
            yield Finding(key, Verdict.EMPTY, lack=UNPRICED)
        elif own is not None and highest is not None and highest.usd_per_kg:
            found = Leak(
                zone=zone.zone_id,
                on=on,
                through=period,
                own=own,
                highest=highest,
                members=tuple(floors[country] for country in sorted(floors)),
                floors=_floors(panel, floors.values(), on),
                goods=goods,
                zone_content_mg=sum(sums.content_mg for sums in windows.values()),
                share_before_pct=_share_before(panel, lane, inward, period),
                thresholds=tuple((name, decimal_text(getattr(limits, name))) for name in _THRESHOLDS),
            )
            yield _finding(limits, key, found)


_THRESHOLDS = ("gap_pct", "share_min_pct", "value_min_usd")


def _finding(limits: FloorMisalignment, key: ScopeKey, found: Leak) -> Finding:
    goods, gap = found.goods, found.gap_pct
    price = Fraction(goods.value_uusd, goods.content_mg) if goods.content_mg else Fraction(0)
    leaks = (
        gap > limits.gap_pct
        and found.share_pct >= limits.share_min_pct
        and goods.value_uusd >= limits.value_min_usd * 1_000_000
        and price < found.highest.usd_per_kg
    )
    if not leaks:
        return Finding(key, Verdict.CLEAR)
    return Finding(key, Verdict.BREACH, limits.bands.severity(gap), gap, found)


def _met(panel: Panel, zone: Zone, lane: Lane, on: int) -> Mapping[str, FloorAt]:
    """Return what goods of a lane's product and origin would meet at each member of a zone, in order."""
    day, (_, product, origin, _) = date.fromordinal(on), lane.key
    countries = sorted({member.country for member in zone.members if zone.has(member.country, day)} - {origin})
    return {each: panel.floor_at(product, origin=origin, destination=each, day=on) for each in countries}


def _comparable(at: FloorAt) -> bool:
    """Return whether there is a price to compare, or none where there could be one."""
    return at.usd_per_kg is not None or at.judged in _NONE


def _member_floor(country: str, at: FloorAt) -> MemberFloor:
    return MemberFloor(country, at.detail, at.usd_per_kg or Fraction(0))


def _floors(panel: Panel, members: Iterable[MemberFloor], on: int) -> tuple[Floor, ...]:
    """Return the floors that the members keep, in order of name."""
    names = sorted({each.floor for each in members if each.usd_per_kg})
    periods = (panel.book.floors.period(name, date.fromordinal(on)) for name in names)
    return tuple(floor for floor in periods if floor is not None)


def _share_before(panel: Panel, lane: Lane, inward: Iterable[Lane], period: int) -> Fraction | None:
    whole = panel.total(inward, period - _WINDOW, _BEFORE).content_mg
    return Fraction(100 * panel.window(lane, period - _WINDOW, _BEFORE).content_mg, whole) if whole else None
