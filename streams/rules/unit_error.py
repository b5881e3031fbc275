"""
A unit value that only a slip of the unit explains.

The record's unit value stands to the product's usual one as one unit stands to another (kg for
tonnes, lb for kg ...), far outside the spread of ordinary prices.  Such a record is a question to the
declarant, not a price: it enters no sum and no other rule until it is corrected.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from alerts.model import Severity
from streams.cells import Lane
from streams.episodes import Episode, EpisodePolicy, Verdict
from streams.rules.evidence import Reader, day_text, kg, usd
from streams.rules.rule import DayRule, Words
from streams.rules.scope import Scope
from streams.shapes import Kind

RECORDS_SHOWN: int = 5


class Suspects(NamedTuple):
    """What an episode adds up over its days."""

    rows: int
    content_mg: int
    value_uusd: int
    days: tuple[int, ...]
    story: tuple[tuple[int, Severity], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitError(DayRule):
    """Find records whose unit is in doubt."""

    name: ClassVar[str] = "unit_error"
    kind: ClassVar[Kind] = Kind.TRADE
    policy: EpisodePolicy = EpisodePolicy(clear_days=7, expire_days=31)

    def quiet(self, lane: Lane, day: int) -> bool:
        """Return whether the day has no suspect."""
        return not any(tally.suspect_rows for tally in lane.cells[day].tallies.values())

    def judge(self, scope: Scope, day: int) -> tuple[Verdict, Any]:
        """Return a breach where the day has a suspect."""
        tallies = scope.lanes[0].cells[day].tallies.values()
        rows = sum(tally.suspect_rows for tally in tallies)
        if rows:
            content = sum(tally.suspect_content_mg for tally in tallies)
            value = sum(tally.suspect_value_uusd for tally in tallies)
            return Verdict.BREACH, Suspects(rows, content, value, (day,), ((day, Severity.WARNING),))
        return (Verdict.CLEAR if any(tally.rows for tally in tallies) else Verdict.EMPTY), None

    def merge(self, held: Suspects, more: Suspects) -> Suspects:
        """Add up two spells, keeping the first days for the evidence."""
        days = (*held.days, *more.days)[:RECORDS_SHOWN]
        return Suspects._make((*map(int.__add__, held[:3], more[:3]), days, held.story))

    def words(self, scope: Scope, episode: Episode, reader: Reader) -> Words:
        """Show the records and what was probably mistaken for what."""
        found: Suspects = episode.detail
        lane = scope.lanes[0]
        records = [record for day in found.days for record in reader.suspects(lane, day, RECORDS_SHOWN)]
        records = records[:RECORDS_SHOWN]
        product, origin, destination = scope.key[1:4]
        slips = sorted({record["slip"] for record in records})
        return Words(
            f"{found.rows} record{'s' if found.rows > 1 else ''} of {product} from {origin} to {destination} from "
            f"{day_text(episode.start)}: the unit value suggests {' or '.join(slips)}; held out of every price test.",
            {
                "method": "unit value against the quartiles of the product's daily unit values over the 92 days before",
                "first_day": day_text(episode.start),
                "last_day": day_text(episode.last_breach),
                "records": found.rows,
                "declared_content_kg": kg(found.content_mg),
                "declared_value_usd": usd(found.value_uusd),
                "suspects": records,
                "arithmetic": [line for record in records for line in record["arithmetic"]],
            },
        )
