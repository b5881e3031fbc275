"""
Streams of declarations: out of order, repeated, corrected, in conflict; and all rules together.

Each event is one record and one step of the engine.  Figures "after each message" are read between the steps, the
rest from what the market holds at the end.  An event's place in the list is when it was ingested, so that of two
contents of one version the first is kept.

``ingest_date``, of an event or of all, is the day it was logged.  The floor may be a ``schedule`` in every topic.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any, Final, NamedTuple

from streams.conformance.border import Arrival, Border, Crossing
from streams.conformance.case import Inputs, Outputs
from streams.conformance.entries import ALWAYS, DESTINATION, ORIGIN, PRODUCT, floor, monthly_rates, schedule
from streams.engine import EngineSettings
from streams.episodes import Verdict
from streams.memory import Outcome
from streams.records import Refusal, Status, Trade
from streams.reference.floors import FloorQuery
from streams.reference.units import mass_kg
from streams.reference.wire import Entry
from streams.rules.sustained_breach import SustainedBreach

_STATUS: Final = {"declare": Status.LODGED, "amend": Status.AMENDED, "cancel": Status.CANCELLED}
_STARTED: Final = datetime(2025, 1, 1, tzinfo=UTC)
_ON_AVERAGE: Final = SustainedBreach(records_min=1, share_min=Fraction(0))
"""The engine's judgement of a window's average price, without the conditions that make an alert of it."""


class State(NamedTuple):
    """What the window holds after a message."""

    qty: Fraction
    value: Fraction
    levy: Fraction
    breach: bool

    @property
    def wa_price(self) -> Fraction | None:
        """The weighted average price, None where there is no quantity."""
        return self.value / self.qty if self.qty else None


class Told(NamedTuple):
    """One event, what the engine did with it, and the state after it."""

    record_id: str
    arrival: Arrival
    state: State


def run_events(inputs: Inputs) -> Outputs:
    """Run events whose prices and quantities are of one unit."""
    return _run(inputs, unit=inputs.get("unit", "kg"))


def run_combined(inputs: Inputs) -> Outputs:
    """Run events of any currency, unit and delivery terms against a schedule in USD per tonne."""
    return _run(inputs, unit="t")


def declaration(event: Mapping[str, Any], position: int, *, unit: str = "kg") -> Trade:
    """Return the trade record of an event."""
    return Trade(
        id=event["record_id"],
        source="case",
        event_date=date.fromisoformat(event["event_date"]),
        origin=event.get("origin", ORIGIN),
        destination=DESTINATION,
        product=PRODUCT,
        quantity=event.get("qty"),
        unit=event.get("qty_unit", unit),
        price=event.get("price"),
        price_unit=event.get("unit"),
        currency=event.get("currency", "USD"),
        incoterm=event.get("basis", "CIF"),
        exporter=event.get("exporter"),
        importer=event.get("importer"),
        revision=event.get("version", 1),
        status=_STATUS[event.get("op", "declare")],
        freight=event.get("freight"),
        insurance=event.get("insurance"),
        ingested_at=_STARTED + timedelta(seconds=position),
    )


def _run(inputs: Inputs, unit: str) -> Outputs:
    border = Border(_entries(inputs, unit), settings=_settings(inputs))
    window = _window(inputs)
    story = []
    for position, event in enumerate(inputs["events"]):
        arrival = border.declare(declaration(event, position, unit=unit), logged_on=_logged_on(event, inputs))
        story.append(Told(event["record_id"], arrival, _state(border, window, unit)))
    end = _state(border, window, unit)
    crossings = [crossing for crossing in border.crossings() if window(crossing.day)]
    records = {crossing.record_id: _record(crossing, border, unit) for crossing in crossings}
    outputs = _arrived(story) | _running(story) | _held(crossings) | _totals(end) | {"records": records}
    outputs["suspected"] = [pair for ids in border.market.twins() for pair in combinations(ids, 2)]
    border.reconcile()
    return outputs


def _entries(inputs: Inputs, unit: str) -> list[Entry]:
    entries: list[Entry] = list(monthly_rates(inputs.get("fx_usd", {})))
    if "schedule" in inputs:
        entries += schedule(inputs["schedule"], unit=unit)
    elif "floor" in inputs:
        entries.append(floor(inputs["floor"], ALWAYS, unit=unit))
    return entries


def _settings(inputs: Inputs) -> EngineSettings:
    lateness = inputs.get("allowed_lateness_days")
    return EngineSettings(allowed_lateness_days=lateness, future_skew_days=inputs.get("max_future_skew_days") or 0)


def _window(inputs: Inputs) -> Callable[[date], bool]:
    if inputs.get("window") is None:
        return lambda _: True
    first, last = map(date.fromisoformat, inputs["window"])
    return lambda day: first <= day <= last


def _logged_on(event: Mapping[str, Any], inputs: Inputs) -> date | None:
    """Return the day on which the event entered the log, None where that limits no date."""
    day = event.get("ingest_date", inputs.get("ingest_date"))
    return None if day is None or inputs.get("max_future_skew_days") is None else date.fromisoformat(day)


def _state(border: Border, window: Callable[[date], bool], unit: str) -> State:
    inside = [crossing for crossing in border.crossings() if window(crossing.day)]
    sums = [sums[: _ON_AVERAGE.fields] for day, sums in border.days() if window(day)]
    totals = tuple(map(sum, zip(*sums, strict=True))) or (0,) * _ON_AVERAGE.fields
    verdict, _ = _ON_AVERAGE.judge_window(totals, 0)
    return State(
        qty=sum((crossing.content_kg for crossing in inside), Fraction(0)) / mass_kg(unit),
        value=sum((crossing.value_usd for crossing in inside), Fraction(0)),
        levy=sum((crossing.levy_usd for crossing in inside), Fraction(0)),
        breach=verdict is Verdict.BREACH,
    )


def _arrived(story: Sequence[Told]) -> dict[str, Any]:
    """Return what became of each message as it came in."""

    def ids(which: Callable[[Arrival], bool]) -> list[str]:
        return [told.record_id for told in story if which(told.arrival)]

    return {
        "accepted": ids(lambda arrival: arrival.accepted),
        "late_accepted": ids(lambda arrival: arrival.accepted and arrival.late),
        "too_late": ids(lambda arrival: arrival.refusal is Refusal.TOO_LATE),
        "quarantined": ids(lambda arrival: arrival.refusal is Refusal.FUTURE_DATE),
        "conflicts": list(dict.fromkeys(ids(lambda arrival: arrival.outcome is Outcome.CONFLICT))),
        "duplicates_ignored": len(ids(lambda arrival: arrival.outcome is Outcome.DUPLICATE)),
        "stale_ignored": len(ids(lambda arrival: arrival.outcome is Outcome.STALE)),
    }


def _running(story: Sequence[Told]) -> dict[str, Any]:
    """Return how the state moved from message to message."""
    levies = [Fraction(0), *(told.state.levy for told in story)]
    running = [
        {
            "after": told.record_id,
            "qty": told.state.qty,
            "value": told.state.value,
            "wa_price": told.state.wa_price,
            "breach": told.state.breach,
            "levy_total": told.state.levy,
        }
        for told in story
    ]
    return {
        "running": running,
        "levy_deltas": [after - before for before, after in pairwise(levies)],
        "breach_first_seen_after": next((told.record_id for told in story if told.state.breach), None),
    }


def _held(crossings: Sequence[Crossing]) -> dict[str, Any]:
    """Return the records that count in the end."""
    ids = [crossing.record_id for crossing in crossings]
    return {
        "active": ids,
        "counted": ids,
        "breaching": [crossing.record_id for crossing in crossings if crossing.below],
        "unpriced": [crossing.record_id for crossing in crossings if crossing.unpriced],
    }


def _record(crossing: Crossing, border: Border, unit: str) -> dict[str, Any]:
    if crossing.unpriced is not None:
        # There is a floor; what is missing is a price to compare with it.
        floor_price = _floor_on(border, crossing.day)
        return {f"cif_usd_{unit}": None, "floor": floor_price, "levy": None, "unpriced": str(crossing.unpriced)}
    quantity = crossing.content_kg / mass_kg(unit)
    return {
        f"cif_usd_{unit}": crossing.value_usd / quantity,
        "floor": None if crossing.floor_usd is None else crossing.floor_usd / quantity,
        "levy": crossing.levy_usd,
    }


def _floor_on(border: Border, day: date) -> Fraction | None:
    query = FloorQuery(product=PRODUCT, destination=DESTINATION, origin=ORIGIN, day=day, known_on=day)
    found = border.book.floors.resolve(query).floor
    return found.price if found else None


def _totals(end: State) -> dict[str, Any]:
    return {
        "qty": end.qty,
        "value": end.value,
        "window_qty": end.qty,
        "window_value": end.value,
        "wa_price": end.wa_price,
        "breach": end.breach,
        "levy_total": end.levy,
    }
