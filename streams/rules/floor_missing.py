"""
Trade for which a destination that keeps floors has none.

A missing floor is said, not guessed: goods of a catalogued product enter a zone whose schedule holds no
floor for them.  One episode per product and destination, whatever the origins.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from alerts.model import Severity
from streams.cells import Judged, Lane
from streams.episodes import Episode, EpisodePolicy, Verdict
from streams.rules.evidence import Reader, day_text, kg, short, usd
from streams.rules.rule import DayRule, Words
from streams.rules.scope import Scope, ScopeKey
from streams.shapes import Kind


class Unfloored(NamedTuple):
    """What an episode adds up over its days."""

    days: int
    rows: int
    content_mg: int
    value_uusd: int
    origins: frozenset[str]
    reasons: frozenset[str]
    story: tuple[tuple[int, Severity], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorMissing(DayRule):
    """Find products that enter a zone without a floor."""

    name: ClassVar[str] = "floor_missing"
    kind: ClassVar[Kind] = Kind.TRADE
    policy: EpisodePolicy = EpisodePolicy(clear_days=1, expire_days=92)

    def scope_keys(self, lane: Lane, day: int) -> Iterable[ScopeKey]:  # noqa: ARG002 - the protocol's signature
        """Return the product at its destination."""
        return (ScopeKey(self.name, lane.key.product, "", lane.key.destination),)

    def quiet(self, lane: Lane, day: int) -> bool:
        """Return whether every row of the day found a floor, or needs none."""
        return not any(key.judged is Judged.MISSING for key in lane.cells[day].tallies)

    def judge(self, scope: Scope, day: int) -> tuple[Verdict, Any]:
        """Return a breach where any row of the day found no floor."""
        rows = content = value = judged = 0
        origins, reasons = set(), set()
        for lane in scope.lanes:
            cell = lane.cells.get(day)
            for key, tally in cell.tallies.items() if cell else ():
                judged += tally.rows
                if key.judged is Judged.MISSING and tally.rows:
                    rows, content, value = rows + tally.rows, content + tally.content_mg, value + tally.value_uusd
                    origins.add(lane.key.origin)
                    reasons.add(key.detail)
        if rows:
            story = ((day, Severity.INFO),)
            return Verdict.BREACH, Unfloored(1, rows, content, value, frozenset(origins), frozenset(reasons), story)
        return (Verdict.CLEAR if judged else Verdict.EMPTY), None

    def merge(self, held: Unfloored, more: Unfloored) -> Unfloored:
        """Add up two spells."""
        sums = map(int.__add__, held[:4], more[:4])
        return Unfloored._make((*sums, held.origins | more.origins, held.reasons | more.reasons, held.story))

    def words(self, scope: Scope, episode: Episode, reader: Reader) -> Words:  # noqa: ARG002 - the protocol's signature
        """Say how much came in unjudged."""
        found: Unfloored = episode.detail
        product, destination = scope.key.product, scope.key.destination
        return Words(
            f"{short(kg(found.content_mg), 0)} kg of {product} worth {short(usd(found.value_uusd))} USD "
            f"entered {destination} from {day_text(episode.start)} with no floor to judge it by.",
            {
                "method": "no floor of the destination's zones covers product, origin and date",
                "first_day": day_text(episode.start),
                "last_day": day_text(episode.last_breach),
                "days": found.days,
                "records": found.rows,
                "content_kg": kg(found.content_mg),
                "landed_value_usd": usd(found.value_uusd),
                "origins": sorted(found.origins),
                "reasons": sorted(found.reasons),
                "arithmetic": [],
            },
        )
