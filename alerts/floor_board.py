"""The floors of a day beside what alerts say of them: how close the market has come, and who is below."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol

import msgspec

from alerts.model import OPEN_STATES, Alert, Severity, State

HEADROOM_RULE: Final = "floor_headroom"


class StandingFloor(msgspec.Struct, frozen=True, kw_only=True):
    """One floor that holds on a day; ``value`` is decimal text in ``currency`` per ``unit`` of ``content_basis``."""

    floor: str
    """Its id and version, ``id@version``."""
    product: str
    zone: str
    status: str
    """In force, illustrative, contractual, suspended ..."""
    instrument: str
    value: str | None
    """None: it is suspended."""
    currency: str
    unit: str
    content_basis: str
    incoterm: str
    scope: str
    """Whose goods it is for, in words."""
    effective_from: str
    effective_to: str | None
    authority: str | None
    legal_basis: str | None
    source: str | None
    confidential: bool
    """Whether it is shown to the scope ``floors`` alone."""


class FloorLister(Protocol):
    """What knows the floors; handed in by whoever starts the server."""

    async def __call__(self, day: str, *, confidential: bool) -> Sequence[StandingFloor]:
        """
        Return the floors that hold on *day* (ISO 8601), without the confidential ones or with them.

        Raises :class:`alerts.quoting.NoQuoteError` where *day* is none.
        """


async def no_floors(day: str, *, confidential: bool) -> Sequence[StandingFloor]:  # noqa: ARG001
    """Know no floors."""
    return ()


class Headroom(msgspec.Struct, frozen=True, kw_only=True):
    """How far the market price stood above a floor when that was last told."""

    alert_id: str
    state: State
    instrument: str | None
    """Whose price it is, as ``worldbank:nickel``."""
    headroom_pct: str
    lowest_pct: str
    lowest_on: str | None
    on: str
    """The day it was last judged."""


class FloorLine(msgspec.Struct, frozen=True, kw_only=True):
    """A floor and what alerts say of it."""

    floor: StandingFloor
    headroom: Headroom | None
    """None: no alert has said how close the market is, because it is far or because nobody quotes it."""
    open_alerts: int
    """How many open alerts rest on it."""
    worst: Severity | None
    """Of those."""
    worst_gap_pct: str | None
    """The largest gap below it, in per cent of the floor, of those that state one."""


class FloorBoard(msgspec.Struct, frozen=True, kw_only=True):
    """The floors that hold on a day, by product and id."""

    day: str
    floors: tuple[FloorLine, ...]
    withheld: bool
    """Whether there may be confidential floors that the caller is not shown."""


def floor_lines(floors: Iterable[StandingFloor], alerts: Sequence[Alert]) -> tuple[FloorLine, ...]:
    """Return *floors* by product and name, with what *alerts* say of each."""
    by_floor: dict[str, list[Alert]] = {}
    for alert in alerts:
        for name in _named(alert.evidence):
            by_floor.setdefault(name, []).append(alert)
    ordered = sorted(floors, key=lambda each: (each.product, each.floor))
    return tuple(_line(each, by_floor.get(each.floor, [])) for each in ordered)


def _line(floor: StandingFloor, alerts: Sequence[Alert]) -> FloorLine:
    near = [each for each in alerts if each.rule == HEADROOM_RULE]
    below = [each for each in alerts if each.rule != HEADROOM_RULE and each.state in OPEN_STATES]
    gaps = [str(each.evidence["gap_pct"]) for each in below if each.evidence.get("gap_pct")]
    return FloorLine(
        floor=floor,
        headroom=_headroom(max(near, key=lambda each: (each.updated_at, each.opened_at, each.id))) if near else None,
        open_alerts=len(below),
        worst=max((each.severity for each in below), key=lambda each: each.rank, default=None),
        worst_gap_pct=max(gaps, key=_magnitude, default=None),
    )


def _headroom(alert: Alert) -> Headroom:
    evidence = alert.evidence
    lowest = str(evidence.get("headroom_pct", ""))
    return Headroom(
        alert_id=alert.id,
        state=alert.state,
        instrument=alert.origin,
        headroom_pct=str(evidence.get("latest_headroom_pct") or lowest),
        lowest_pct=lowest,
        lowest_on=evidence.get("lowest_on"),
        on=alert.updated_at[:10],
    )


def _named(evidence: dict[str, Any]) -> set[str]:
    listed = evidence.get("floors")
    if not isinstance(listed, list):
        return set()
    return {str(each["floor"]) for each in listed if isinstance(each, dict) and each.get("floor")}


def _magnitude(decimal: str) -> tuple[int, str]:
    """Return what orders non-negative decimal text by size."""
    whole, _, part = decimal.partition(".")
    return int(whole or "0"), part
