"""A lane's day against its floors: the sums that every floor rule starts from."""

from fractions import Fraction
from typing import NamedTuple

from streams.cells import Judged, Lane
from streams.shapes import PROVISIONAL

_FLOORED = (Judged.FLOOR, Judged.AMBIGUOUS)


class FloorDay(NamedTuple):
    """Sums of one lane's day over the rows that have a floor; amounts in micro-USD and milligrams of content."""

    rows: int
    content_mg: int
    value_uusd: int
    floor_uusd: int
    below_rows: int
    below_content_mg: int
    below_value_uusd: int
    below_floor_uusd: int
    levy_uusd: int
    floors: frozenset[str]
    unjudged_rows: int
    """Rows of the day that have no floor or no price, whatever the reason."""
    provisional_below_rows: int
    """Of ``below_rows``, those whose price a final invoice is still to settle."""


def floor_day(lane: Lane, day: int) -> FloorDay:
    """
    Add up a lane's day.

    Where a tariff quota covers part of the day, what lies below counts only for the part out of quota.
    """
    sums = [0] * 9
    floors = set()
    unjudged = provisional = 0
    for key, tally in lane.cells[day].tallies.items():
        if key.judged not in _FLOORED:
            unjudged += tally.rows
            continue
        if tally.rows:
            floors.add(key.detail)
        share = lane.out_of_quota.get((key.detail, day), 1)
        sums[0] += tally.rows
        sums[1] += tally.content_mg
        sums[2] += tally.value_uusd
        sums[3] += tally.floor_uusd
        if tally.below_rows and share:
            sums[4] += tally.below_rows
            provisional += tally.below_rows if PROVISIONAL in key.terms else 0
            sums[5] += _part(tally.below_content_mg, share)
            sums[6] += _part(tally.below_value_uusd, share)
            sums[7] += _part(tally.below_floor_uusd, share)
            sums[8] += _part(tally.below_levy_uusd, share)
    return FloorDay._make((*sums, frozenset(floors), unjudged, provisional))


def nothing_below(lane: Lane, day: int) -> bool:
    """Return whether none of the day's rows lies below a floor; cheaper than the sums."""
    return not any(tally.below_rows for tally in lane.cells[day].tallies.values())


def _part(amount: int, share: Fraction | int) -> int:
    return amount if share == 1 else int(amount * share)
