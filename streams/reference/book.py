"""
The reference book: all that is known of floors, zones, rates, quotas and bases, as published.

Entries come from the compacted topic ``reference`` or from files, in any order; taking one says which records
may now be judged differently, and taking it again says none.
"""

from collections.abc import Iterable
from datetime import date
from typing import Final, NamedTuple

import msgspec

from streams.exact import fraction
from streams.reference.basis import BasisRatio
from streams.reference.floors import Floor, FloorBook
from streams.reference.fx import CARRY_DAYS, FxTable
from streams.reference.quotas import Quota

LAST_ORDINAL: Final = date.max.toordinal()


class Zone(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="zone", forbid_unknown_fields=True):
    """The members of a trade zone: ISO 3166 alpha-2 codes."""

    zone_id: str
    members: tuple[str, ...]
    name: str | None = None
    note: str | None = None
    v: int = 1


class FxDaily(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="fx-daily", forbid_unknown_fields=True
):
    """The rates published for one day: decimal text, units of each currency for one *base*."""

    day: date
    base: str = "EUR"
    rates: dict[str, str]
    publisher: str
    v: int = 1


class FxMonthly(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="fx-monthly", forbid_unknown_fields=True
):
    """The rates that stand for the calendar month of *month*."""

    month: date
    base: str
    rates: dict[str, str]
    publisher: str
    v: int = 1


Entry = Floor | Zone | FxDaily | FxMonthly | Quota | BasisRatio

_decoder: Final = msgspec.json.Decoder(Entry)
_encoder: Final = msgspec.json.Encoder(order="sorted")

decode_entry = _decoder.decode
"""Decode one value of the topic ``reference``; raises :class:`msgspec.DecodeError` or :class:`msgspec.ValidationError`."""


def encode_entry(entry: Entry) -> bytes:
    """Return the wire form of *entry*."""
    return _encoder.encode(entry)


def entry_key(entry: Entry) -> str:
    """Return the key under which the compacted topic keeps the latest word on what *entry* is about."""
    match entry:
        case Floor():
            return f"floor/{entry.floor_id}/{entry.version}/{entry.effective_from}"
        case Zone():
            return f"zone/{entry.zone_id}"
        case FxDaily():
            return f"fx-daily/{entry.publisher}/{entry.base}/{entry.day}"
        case FxMonthly():
            return f"fx-monthly/{entry.publisher}/{entry.base}/{entry.month:%Y-%m}"
        case Quota():
            return f"quota/{entry.quota_id}/{entry.period_from}"
        case BasisRatio():
            return f"basis-ratio/{entry.product}/{entry.origin}/{entry.destination}"


class Affected(NamedTuple):
    """Which records may be judged differently: of one mineral or of all (empty), between two days (ordinals)."""

    mineral: str
    from_day: int
    to_day: int


class ReferenceBook:
    """Reference data by what it is about; equal entries are taken once."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.floors = FloorBook()
        self.fx = FxTable()
        self._held: dict[str, Entry] = {}
        self._ratios: dict[tuple[str, str, str], BasisRatio] = {}
        self._quotas: dict[str, list[Quota]] = {}
        for entry in entries:
            self.apply(entry)

    def __len__(self) -> int:
        return len(self._held)

    def entries(self) -> list[Entry]:
        """Return every entry held, in order of key."""
        return [self._held[key] for key in sorted(self._held)]

    def apply(self, entry: Entry) -> Affected | None:
        """Take *entry*; return what it may change, None where it was held already."""
        key = entry_key(entry)
        if self._held.get(key) == entry:
            return None
        self._held[key] = entry
        match entry:
            case Floor():
                self.floors.add(entry)
                return Affected(entry.mineral, entry.effective_from.toordinal(), LAST_ORDINAL)
            case Zone():
                self.floors.set_zone(entry.zone_id, frozenset(entry.members))
                return Affected("", 1, LAST_ORDINAL)
            case FxDaily():
                rates = {currency: fraction(text) for currency, text in entry.rates.items()}
                self.fx.set_day(entry.day, entry.base, entry.publisher, rates)
                return Affected("", entry.day.toordinal(), entry.day.toordinal() + CARRY_DAYS)
            case FxMonthly():
                rates = {currency: fraction(text) for currency, text in entry.rates.items()}
                self.fx.set_month(entry.month, entry.base, entry.publisher, rates)
                first = entry.month.replace(day=1).toordinal()
                return Affected("", first, first + 30)
            case Quota():
                held = [quota for quota in self._quotas.get(entry.quota_id, []) if entry_key(quota) != key]
                self._quotas[entry.quota_id] = [*held, entry]
                return Affected(entry.product.partition("|")[0], entry.period_from.toordinal(), LAST_ORDINAL)
            case BasisRatio():
                self._ratios[entry.product, entry.origin, entry.destination] = entry
                return Affected(entry.product.partition("|")[0], 1, LAST_ORDINAL)

    def cif_per_fob(self, product: str, origin: str, destination: str) -> BasisRatio | None:
        """Return the published ratio for a lane, the most specific one; None where none is published."""
        wanted = (
            (product, origin, destination),
            (product, origin, ""),
            (product, "", destination),
            (product, "", ""),
            ("", origin, destination),
            ("", "", destination),
            ("", "", ""),
        )
        return next((self._ratios[key] for key in wanted if key in self._ratios), None)

    def quota(self, quota_id: str, origin: str, day: date) -> Quota | None:
        """Return the quota period that covers goods of *origin* on *day*, the origin's own before the shared one."""
        periods = [
            quota
            for quota in self._quotas.get(quota_id, [])
            if quota.period_from <= day < quota.period_to and (origin in quota.origins or not quota.origins)
        ]
        return max(periods, key=lambda quota: bool(quota.origins), default=None)
