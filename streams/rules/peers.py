"""
Peers: the goods that a lane's are compared with, so that what happens to all of them is not taken for the lane's.

For goods declared on entry they are the same product from all other origins at the destination; for goods known only
as they left their origin, its goods to all other destinations.
"""

from collections.abc import Iterable

from streams.cells import Lane
from streams.panel import NO_SUMS, Panel, Sums
from streams.shapes import Kind

Place = tuple[Kind, str]
"""A destination of goods that enter, an origin of goods that leave."""


class Peers:
    """The peers of each of some lanes; what all goods of a place come to is added up once a window."""

    def __init__(self, panel: Panel, lanes: Iterable[Lane]) -> None:
        self._panel = panel
        self._lanes: dict[Place, list[Lane]] = {}
        for lane in lanes:
            for place in {(Kind.TRADE, lane.key.destination), (Kind.EXPORT, lane.key.origin)}:
                self._lanes.setdefault(place, []).append(lane)
        self._totals: dict[tuple[Place, int, int], Sums] = {}

    def sums(self, lane: Lane, through: int, months: int) -> Sums:
        """Return the sums of a lane's peers over the *months* months that end with *through*."""
        place = _place_of(lane)
        total = self._totals.get((place, through, months))
        if total is None:
            total = self._totals[place, through, months] = self._panel.total(self._lanes[place], through, months)
        own = self._panel.window(lane, through, months)
        return Sums(*map(int.__sub__, total, own)) if own is not NO_SUMS else total


def peers_text(lane: Lane) -> str:
    """Say which goods the peers of a lane are."""
    return "other destinations' goods" if lane.key.kind is Kind.EXPORT else "other origins' goods"


def _place_of(lane: Lane) -> Place:
    return (Kind.EXPORT, lane.key.origin) if lane.key.kind is Kind.EXPORT else (Kind.TRADE, lane.key.destination)
