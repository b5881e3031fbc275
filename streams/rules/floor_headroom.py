"""
How far a market price stands above its floor, and whether it is on the way down to it.

An alert opens when a tick comes within ``near`` of a floor, or when its fall over the last
``trend_days`` would carry it there within ``reach_days``; it clears once the price stands more than
``away`` above.  Below the floor the alert stays and grows: a floor that binds is the market's news.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Final, NamedTuple

from alerts.model import Severity
from streams.cells import Judged, Lane, Tally, TallyKey
from streams.episodes import Episode, EpisodePolicy, Verdict
from streams.exact import decimal_text
from streams.reference.levy import severity_band
from streams.rules.evidence import Reader, day_text, line, pct, short, usd
from streams.rules.rule import DayRule, Words, told_on
from streams.rules.scope import Scope, ScopeKey
from streams.rules.settings import threshold
from streams.shapes import Kind

_TICKS_FOR_A_TREND: Final = 3


class Headroom(NamedTuple):
    """A price against its floor, micro-USD for the same content; the lowest of an episode is kept."""

    price_uusd: int
    floor_uusd: int
    day: int
    last_price_uusd: int
    last_floor_uusd: int
    reach_days: int | None
    """Days in which the trend reaches the floor, where that is why the alert opened."""
    floors: frozenset[str]
    """The versions of the floor that the price was near to."""
    story: tuple[tuple[int, Severity], ...]

    @property
    def ratio(self) -> Fraction:
        """Return the headroom as a part of the floor; negative below it."""
        return Fraction(self.price_uusd - self.floor_uusd, self.floor_uusd)


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorHeadroom(DayRule):
    """Find market prices near, under or on the way to their floor."""

    name: ClassVar[str] = "floor_headroom"
    kind: ClassVar[Kind] = Kind.TICK
    steady: ClassVar[bool] = False
    near: Fraction = threshold(Fraction(5, 100), "part of the floor within which a price is near")
    away: Fraction = threshold(Fraction(75, 1000), "part of the floor above it from which a price is clear again")
    reach_days: int = threshold(30, "days within which a falling price would reach the floor")
    trend_days: int = threshold(92, "days that the trend is taken from")
    policy: EpisodePolicy = EpisodePolicy(expire_days=184)

    def scope_keys(self, lane: Lane, day: int) -> Iterable[ScopeKey]:
        """Return the instrument against each floor it was compared with that day."""
        floors = {_floor_id(key) for key in lane.cells[day].tallies if key.judged is Judged.FLOOR}
        return tuple(ScopeKey(self.name, lane.key.product, lane.key.origin, "", floor) for floor in sorted(floors))

    def judge(self, scope: Scope, day: int) -> tuple[Verdict, Any]:
        """Judge the day's price; between ``near`` and ``away`` nothing changes."""
        found = _compared(scope, day)
        if found is None:
            return Verdict.EMPTY, None
        version, tally = found
        price, floor = tally.value_uusd, tally.floor_uusd
        reach = self._reaches(scope, day)
        if price <= floor * (1 + self.near) or reach is not None:
            story = ((day, _severity(price, floor)),)
            return Verdict.BREACH, Headroom(price, floor, day, price, floor, reach, frozenset({version}), story)
        return (Verdict.CLEAR if price > floor * (1 + self.away) else Verdict.EMPTY), None

    def merge(self, held: Headroom, more: Headroom) -> Headroom:
        """Keep the lowest headroom and the latest price."""
        worst = more if more.ratio < held.ratio else held
        return worst._replace(
            last_price_uusd=more.last_price_uusd,
            last_floor_uusd=more.last_floor_uusd,
            reach_days=held.reach_days,
            floors=held.floors | more.floors,
            story=told_on(held.story, more.story),
        )

    def _reaches(self, scope: Scope, day: int) -> int | None:
        """Return in how many days the fall since the window's first tick reaches the floor, if soon enough."""
        days = scope.days
        window = days[bisect_left(days, day - self.trend_days) : bisect_left(days, day) + 1]
        ticks = [(each, found[1]) for each in window if (found := _compared(scope, each))]
        if len(ticks) < _TICKS_FOR_A_TREND:
            return None
        (first_day, first), (_, last) = ticks[0], ticks[-1]
        then, now = Fraction(first.value_uusd, first.rows), Fraction(last.value_uusd, last.rows)
        gap = now - Fraction(last.floor_uusd, last.rows)
        if now >= then or gap <= 0:
            return None
        reach = gap * (day - first_day) / (then - now)
        return int(reach) if reach <= self.reach_days else None

    def words(self, scope: Scope, episode: Episode, reader: Reader) -> Words:
        """Say how close the price came."""
        found: Headroom = episode.detail
        product, instrument = scope.key.product, scope.key.origin
        lowest = pct(found.price_uusd - found.floor_uusd, found.floor_uusd)
        latest = pct(found.last_price_uusd - found.last_floor_uusd, found.last_floor_uusd)
        price, floor = usd(found.price_uusd), usd(found.floor_uusd)
        position = "below" if found.price_uusd < found.floor_uusd else "above"
        trend = f", falling towards it within {found.reach_days} days" if found.reach_days is not None else ""
        return Words(
            f"{instrument} ({product}) came to {short(lowest.lstrip('-') if lowest else None, 1)} % {position} "
            f"the floor {scope.key.floor} on {day_text(found.day)}{trend}.",
            {
                "method": "market price against the floor on the same unit and content",
                "first_day": day_text(episode.start),
                "last_day": day_text(episode.last_breach),
                "lowest_on": day_text(found.day),
                "price_usd_per_kg": price,
                "floor_usd_per_kg": floor,
                "headroom_pct": lowest,
                "latest_headroom_pct": latest,
                "trend_reaches_floor_in_days": found.reach_days,
                "floors": [reader.floor(name, episode.last_breach) for name in sorted(found.floors)],
                "thresholds": {
                    "near_pct": decimal_text(100 * self.near),
                    "away_pct": decimal_text(100 * self.away),
                    "reach_days": self.reach_days,
                },
                "arithmetic": [
                    line("headroom in per cent of the floor", f"({price} - {floor}) / {floor} * 100", lowest, "%")
                ],
            },
        )


def _severity(price: int, floor: int) -> Severity:
    """Return info above the floor; below it the band of the gap, but at least a warning."""
    if price >= floor:
        return Severity.INFO
    band = Severity(severity_band(100 * Fraction(floor - price, floor)))
    return band if band.rank > Severity.INFO.rank else Severity.WARNING


def _floor_id(key: TallyKey) -> str:
    return key.detail.rpartition("@")[0]


def _compared(scope: Scope, day: int) -> tuple[str, Tally] | None:
    """Return the version of the scope's floor that the day's tick was compared with, and the sums of both."""
    for key, tally in scope.lanes[0].cells[day].tallies.items():
        if key.judged is Judged.FLOOR and tally.floor_uusd and _floor_id(key) == scope.key.floor:
            return key.detail, tally
    return None
