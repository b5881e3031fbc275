"""
Goods landed below the reference floor.

A lane is in breach from the first day on which any of its goods cross the frontier below the floor in
force that day, by more than the floor's tolerance, until it has traded at or above the floor and no
breach came for ``clear_days``.  A price equal to the floor is no breach.  The levy is worked out
record by record; sales above the floor give no credit.  Where the worst price would be none below the
floor at the average exchange rate of 40 working days, that is said.

Basis: the floors themselves; for the European Union's ferro-alloys, Implementing Regulation (EU)
2025/2351, article 1.  Severity follows the bands of the gap in per cent of the floor that the WTO's
special safeguard uses to grade a levy (Agreement on Agriculture, article 5.5); it is one lower on a day on which every
price below is provisional, until the final invoice confirms or takes it back.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, NamedTuple

from alerts.model import Severity
from streams.cells import Lane
from streams.episodes import Episode, EpisodePolicy, Verdict
from streams.reference.levy import severity_band
from streams.rules.evidence import Reader, day_text, kg, line, pct, short, usd, usd_per_kg
from streams.rules.floor_day import FloorDay, floor_day, nothing_below
from streams.rules.rule import DayRule, Words, told_on
from streams.rules.scope import Scope
from streams.shapes import Kind


class Breach(NamedTuple):
    """What an episode adds up over its breach days."""

    days: int
    sums: FloorDay
    worst_day: int
    worst_gap: Fraction
    story: tuple[tuple[int, Severity], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorBreach(DayRule):
    """Find lanes with goods below their floor."""

    name: ClassVar[str] = "floor_breach"
    kind: ClassVar[Kind] = Kind.TRADE
    policy: EpisodePolicy = EpisodePolicy(clear_days=7, expire_days=92)

    def quiet(self, lane: Lane, day: int) -> bool:
        """Return whether nothing of the day lies below."""
        return nothing_below(lane, day)

    def judge(self, scope: Scope, day: int) -> tuple[Verdict, Any]:
        """Return a breach where anything lies below, clear where something has a floor."""
        sums = floor_day(scope.lanes[0], day)
        if sums.below_content_mg and sums.below_floor_uusd:
            gap = Fraction(sums.below_floor_uusd - sums.below_value_uusd, sums.below_floor_uusd)
            return Verdict.BREACH, Breach(1, sums, day, gap, ((day, _severity(sums, gap)),))
        return (Verdict.CLEAR if sums.rows else Verdict.EMPTY), None

    def merge(self, held: Breach, more: Breach) -> Breach:
        """Add up two spells; the worst day is the one with the larger gap, the earlier of equals."""
        amounts = map(int.__add__, held.sums[:9], more.sums[:9])
        rows = map(int.__add__, held.sums[10:], more.sums[10:])
        sums = FloorDay._make((*amounts, held.sums.floors | more.sums.floors, *rows))
        worst = more if more.worst_gap > held.worst_gap else held
        story = told_on(held.story, more.story)
        return Breach(held.days + more.days, sums, worst.worst_day, worst.worst_gap, story)

    def words(self, scope: Scope, episode: Episode, reader: Reader) -> Words:
        """Say how much landed below the floor, by how much, and what the levy comes to."""
        breach: Breach = episode.detail
        sums = breach.sums
        price = usd_per_kg(sums.below_value_uusd, sums.below_content_mg)
        floor = usd_per_kg(sums.below_floor_uusd, sums.below_content_mg)
        gap = pct(sums.below_floor_uusd - sums.below_value_uusd, sums.below_floor_uusd)
        product, origin, destination = scope.key[1:4]
        worst = reader.worst(scope.lanes[0], breach.worst_day)
        summary = (
            f"{product} from {origin} landed in {destination} below the floor on {breach.days} "
            f"day{'s' if breach.days > 1 else ''} from {day_text(episode.start)}: "
            f"{short(kg(sums.below_content_mg), 0)} kg at {short(price, 3)} USD/kg against {short(floor, 3)} USD/kg "
            f"({short(gap, 1)} % below), levy {short(usd(sums.levy_uusd))} USD."
        )
        return Words(
            summary,
            {
                "method": "each record's landed price against the floor in force on its entry date, "
                "on the floor's own basis",
                "first_breach_on": day_text(episode.start),
                "last_breach_on": day_text(episode.last_breach),
                "breach_days": breach.days,
                "records": sums.rows,
                "records_below": sums.below_rows,
                "records_below_provisional": sums.provisional_below_rows,
                "records_unjudged": sums.unjudged_rows,
                "coverage_pct": pct(sums.rows, sums.rows + sums.unjudged_rows),
                "content_below_kg": kg(sums.below_content_mg),
                "landed_value_below_usd": usd(sums.below_value_uusd),
                "floor_value_below_usd": usd(sums.below_floor_uusd),
                "landed_price_usd_per_kg": price,
                "floor_usd_per_kg": floor,
                "gap_pct": gap,
                "levy_usd": usd(sums.levy_uusd),
                "floors": [reader.floor(name, episode.last_breach) for name in sorted(sums.floors)],
                "worst_record": worst,
                "arithmetic": _arithmetic(sums, price, floor, gap),
            }
            | _levy_note(sums)
            | _fx_note(worst),
        )


def _arithmetic(sums: FloorDay, price: str | None, floor_price: str | None, gap: str | None) -> list[dict[str, str]]:
    value, floor, content = usd(sums.below_value_uusd), usd(sums.below_floor_uusd), kg(sums.below_content_mg)
    lines = [
        line("landed price below the floor", f"{value} / {content}", price, "USD/kg"),
        line("floor of the same goods", f"{floor} / {content}", floor_price, "USD/kg"),
        line("gap in per cent of the floor", f"({floor} - {value}) / {floor} * 100", gap, "%"),
    ]
    if _levied_in_full(sums):
        lines.append(line("levy", f"{floor} - {value}", usd(sums.levy_uusd), "USD"))
    return lines


def _levied_in_full(sums: FloorDay) -> bool:
    """Return whether the levies come to the whole gap, so that the sums alone tell them."""
    return sums.levy_uusd == sums.below_floor_uusd - sums.below_value_uusd


def _severity(sums: FloorDay, gap: Fraction) -> Severity:
    """Return the band of the gap, one lower where a final invoice is still to settle every price below."""
    band = Severity(severity_band(100 * gap))
    return band.lowered if sums.provisional_below_rows == sums.below_rows else band


def _fx_note(worst: dict[str, Any] | None) -> dict[str, str]:
    """Return that the worst price lies below the floor by the rate of its day alone, where it does."""
    benchmark = (worst or {}).get("fx_benchmark")
    return {"fx_note": f"the worst record is {benchmark['note']}"} if benchmark else {}


def _levy_note(sums: FloorDay) -> dict[str, str]:
    """Return why there is no line for the levy, where there is none."""
    if _levied_in_full(sums):
        return {}
    if not sums.levy_uusd:
        return {"levy_note": "no levy is charged: the floors are kept by other means, or let these goods pass"}
    return {"levy_note": "the levy is added up record by record as each floor charges it: not the whole gap"}
