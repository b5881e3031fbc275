"""A floor in a few words, for the unit tests of the rules that look at one."""

from typing import Any, Final

from msgspec.structs import replace

from streams.reference.floors import Floor
from streams.reference.wire import Entry
from streams.reference.zones import Member, Zone
from tests.strategies import SILICON, ZONE, usual_floor
from tests.unit.rules.market_of import day_in

MEMBERS: Final = ("GB", "DE")


def floor(usd_per_kg: str = "2", *, begins: int = -24, **fields: Any) -> Floor:
    """Return a floor of silicon metal from the first day of month *begins* on."""
    first = day_in(begins, 1)
    usual = {"value": usd_per_kg, "effective_from": first, "announced_at": first}
    return replace(usual_floor(SILICON), **usual | fields)


def zone(*members: str, zone_id: str = ZONE) -> Zone:
    """Return a zone, of the United Kingdom and Germany unless told otherwise."""
    return Zone(zone_id=zone_id, members=tuple(Member(country=each) for each in members or MEMBERS))


def floored(usd_per_kg: str = "2", *, begins: int = -24, **fields: Any) -> tuple[Entry, ...]:
    """Return a zone of the United Kingdom and Germany with a floor of silicon metal."""
    return zone(), floor(usd_per_kg, begins=begins, **fields)
