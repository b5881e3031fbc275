"""
A lane that keeps below its floor on average, not by one stray consignment.

Over the last ``window_days`` sealed days the lane's volume-weighted landed price lies below its
volume-weighted floor by more than the tolerance, at least ``records_min`` records have a floor, and at
least ``share_min`` of the volume lies below.  The share echoes the substantial-quantities limb of the
below-cost test (Anti-Dumping Agreement, article 2.2.1, footnote 5); all figures are defaults.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, NamedTuple

from alerts.model import Severity
from streams.cells import Lane
from streams.episodes import Episode, EpisodePolicy, Verdict
from streams.exact import decimal_text
from streams.reference.levy import severity_band
from streams.rules.evidence import Reader, day_text, kg, line, pct, short, usd, usd_per_kg
from streams.rules.floor_day import floor_day, nothing_below
from streams.rules.rule import WindowRule, Words, told_on
from streams.rules.scope import Scope
from streams.rules.settings import threshold
from streams.shapes import Kind


class Window(NamedTuple):
    """A window's sums."""

    rows: int
    content_mg: int
    value_uusd: int
    floor_uusd: int
    below_rows: int
    below_content_mg: int

    @property
    def gap(self) -> Fraction:
        """Return how far the price lies below the floor, as a part of the floor."""
        return Fraction(self.floor_uusd - self.value_uusd, self.floor_uusd)


class Sustained(NamedTuple):
    """The worst window of an episode and how many days were judged in breach."""

    judged_days: int
    worst: Window
    worst_day: int
    story: tuple[tuple[int, Severity], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SustainedBreach(WindowRule):
    """Find lanes whose average price stays below the floor."""

    name: ClassVar[str] = "sustained_breach"
    kind: ClassVar[Kind] = Kind.TRADE
    fields: ClassVar[int] = 6
    window_days: int = threshold(30, "days that are looked at together")
    records_min: int = threshold(3, "records with a floor in the window")
    share_min: Fraction = threshold(
        Fraction(20, 100),
        "part of the volume below",
        basis="default; echoes the below-cost test (Anti-Dumping Agreement, article 2.2.1, footnote 5)",
    )
    tolerance: Fraction = threshold(Fraction(0), "part of the floor that a price may lie below it")
    policy: EpisodePolicy = EpisodePolicy(expire_days=45)
    """Monthly statistics, a month apart, make one episode."""

    def quiet(self, lane: Lane, day: int) -> bool:
        """Return whether nothing of the day lies below."""
        return nothing_below(lane, day)

    def day_sums(self, lane: Lane, day: int) -> tuple[int, ...]:
        """Return the day's sums over rows that have a floor."""
        sums = floor_day(lane, day)
        return Window(
            rows=sums.rows,
            content_mg=sums.content_mg,
            value_uusd=sums.value_uusd,
            floor_uusd=sums.floor_uusd,
            below_rows=sums.below_rows,
            below_content_mg=sums.below_content_mg,
        )

    def judge_window(self, sums: tuple[int, ...], day: int) -> tuple[Verdict, Any]:
        """Return a breach where price, records and share all say so."""
        window = Window(*sums)
        if window.rows < self.records_min or not window.floor_uusd:
            return Verdict.EMPTY, None
        below = below_floor(window.value_uusd, window.floor_uusd, tolerance=self.tolerance)
        if not below or window.below_content_mg < self.share_min * window.content_mg:
            return Verdict.CLEAR, None
        severity = Severity(severity_band(100 * window.gap))
        return Verdict.BREACH, Sustained(1, window, day, ((day, severity),))

    def merge(self, held: Sustained, more: Sustained) -> Sustained:
        """Keep the worse window, the earlier of equals."""
        worst = more if more.worst.gap > held.worst.gap else held
        story = told_on(held.story, more.story)
        return Sustained(held.judged_days + more.judged_days, worst.worst, worst.worst_day, story)

    def words(self, scope: Scope, episode: Episode, reader: Reader) -> Words:  # noqa: ARG002 - the protocol's signature
        """Say what the worst window looked like."""
        found: Sustained = episode.detail
        window = found.worst
        product, origin, destination = scope.key[1:4]
        price, floor = (usd_per_kg(amount, window.content_mg) for amount in (window.value_uusd, window.floor_uusd))
        value, floor_value, content = usd(window.value_uusd), usd(window.floor_uusd), kg(window.content_mg)
        gap = pct(window.floor_uusd - window.value_uusd, window.floor_uusd)
        share = pct(window.below_content_mg, window.content_mg)
        return Words(
            f"{product} from {origin} to {destination} averaged {short(price, 3)} USD/kg over {self.window_days} days "
            f"to {day_text(found.worst_day)}, {short(gap, 1)} % below its floor of {short(floor, 3)} USD/kg; "
            f"{short(share, 0)} % of the volume lay below.",
            {
                "method": f"volume-weighted landed price over {self.window_days} days "
                "against the volume-weighted floor",
                "window_days": self.window_days,
                "first_breach_on": day_text(episode.start),
                "last_breach_on": day_text(episode.last_breach),
                "judged_days_in_breach": found.judged_days,
                "worst_window_ends_on": day_text(found.worst_day),
                "records": window.rows,
                "records_below": window.below_rows,
                "content_kg": content,
                "landed_value_usd": value,
                "floor_value_usd": floor_value,
                "landed_price_usd_per_kg": price,
                "floor_usd_per_kg": floor,
                "gap_pct": gap,
                "below_share_pct": share,
                "thresholds": {
                    "records_min": self.records_min,
                    "below_share_min_pct": decimal_text(100 * self.share_min),
                },
                "arithmetic": [
                    line("volume-weighted price", f"{value} / {content}", price, "USD/kg"),
                    line("volume-weighted floor", f"{floor_value} / {content}", floor, "USD/kg"),
                    line("gap in per cent of the floor", f"({floor_value} - {value}) / {floor_value} * 100", gap, "%"),
                    line("share of the volume below", f"{kg(window.below_content_mg)} / {content} * 100", share, "%"),
                ],
            },
        )


def below_floor(price: Fraction | int, floor: Fraction | int, *, tolerance: Fraction) -> bool:
    """Return whether *price* lies below *floor* by more than *tolerance* (a part of the floor); equal is not below."""
    return price < floor * (1 - tolerance)
