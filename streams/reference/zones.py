"""Zones: which countries keep a floor together, and since when."""

from collections.abc import Iterator
from datetime import date

import msgspec

from streams.reference.validity import (
    Problem,
    check,
    country_problems,
    holds,
    overlap,
    period_problems,
)


class Member(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A country's membership of a zone: from ``valid_from`` to the day before ``valid_to``, open where absent."""

    country: str
    """ISO 3166 alpha-2; ``EU`` for a reporter that speaks for the Union as a whole."""
    valid_from: date | None = None
    valid_to: date | None = None


class Zone(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="zone", tag_field="type"):
    """A zone and its members.  A later entry of the same ``zone_id`` replaces the whole list."""

    zone_id: str
    members: tuple[Member, ...]
    name: str | None = None
    source: str | None = None
    v: int = 1

    def __post_init__(self) -> None:
        """Refuse what cannot be right."""
        check(f"zone {self.zone_id}", self._problems())

    def _problems(self) -> Iterator[Problem]:
        if not self.zone_id:
            yield Problem("zone_id", "is empty")
        for member in self.members:
            yield from country_problems("members", member.country)
            yield from period_problems(member.valid_from, member.valid_to, ("valid_from", "valid_to"))

    def had(self, country: str, start: date | None, end: date | None) -> bool:
        """Return whether *country* is a member on some day of a half-open period; None is open."""
        return any(
            member.country == country and overlap(member.valid_from, member.valid_to, start, end)
            for member in self.members
        )

    def has(self, country: str, day: date) -> bool:
        """Return whether *country* is a member on *day*."""
        return any(
            member.country == country and holds(day, member.valid_from, member.valid_to) for member in self.members
        )


class Zones:
    """The zones by id."""

    def __init__(self) -> None:
        self._zones: dict[str, Zone] = {}

    def __iter__(self) -> Iterator[Zone]:
        """Iterate over the zones in order of id."""
        return iter(sorted(self._zones.values(), key=lambda zone: zone.zone_id))

    def put(self, zone: Zone) -> Zone | None:
        """Take a zone, in place of one with the same id; return the one it replaces."""
        before = self._zones.get(zone.zone_id)
        self._zones[zone.zone_id] = zone
        return before

    def get(self, zone_id: str) -> Zone | None:
        """Return the zone called *zone_id*, None where there is none."""
        return self._zones.get(zone_id)

    def has(self, zone_id: str, country: str, day: date) -> bool:
        """Return whether *country* is a member of *zone_id* on *day*; of an unknown zone nobody is."""
        zone = self._zones.get(zone_id)
        return zone is not None and zone.has(country, day)

    def of(self, country: str, day: date) -> tuple[str, ...]:
        """Return the ids of the zones *country* is a member of on *day*, in order."""
        return tuple(zone.zone_id for zone in self if zone.has(country, day))
