"""
Peers: the goods that a lane's are compared with, so that what happens to all of them is not taken for the lane's.

For goods declared on entry they are the same product from all other origins at the destination; for goods known only
as they left their origin, its goods to all other destinations.
"""

from collections.abc import Sequence

from streams.cells import Lane
from streams.shapes import Kind


def peers_of(lane: Lane, lanes: Sequence[Lane]) -> list[Lane]:
    """Return those of *lanes* whose goods a lane's are compared with."""
    if lane.key.kind is Kind.EXPORT:
        return [each for each in lanes if each is not lane and each.key.origin == lane.key.origin]
    return [each for each in lanes if each is not lane and each.key.destination == lane.key.destination]


def peers_text(lane: Lane) -> str:
    """Say which goods the peers of a lane are."""
    return "other destinations' goods" if lane.key.kind is Kind.EXPORT else "other origins' goods"
