"""
Floors that change: which one holds on a record's date, and what is restated when a schedule is.

``schedule_versions`` is a list of ``published`` (a day) and ``schedule``; ``as_of`` a day or a list of them.  The last
as-of day gives the figures, ``as_of`` in the outputs those of each day.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from streams.conformance.arrivals import declaration
from streams.conformance.border import Border, Crossing
from streams.conformance.case import Inputs, Outputs
from streams.conformance.entries import schedule, versions
from streams.rules.sustained_breach import below_floor

_NONE = Fraction(0)


def run_schedule(inputs: Inputs) -> Outputs:
    """Run transactions against a schedule, or against the versions of one as they were known."""
    if "schedule_versions" not in inputs:
        return _figures(_crossings(Border(schedule(inputs["schedule"])), inputs["transactions"], inputs))
    known = inputs["as_of"] if isinstance(inputs["as_of"], list) else [inputs["as_of"]]
    days = [date.fromisoformat(day) for day in known]
    views = [_as_of(inputs, day) for day in days]
    first = {crossing.record_id: crossing.levy_usd for crossing in views[0]}
    restated = sum((each.levy_usd - first[each.record_id] for each in views[-1] if each.record_id in first), _NONE)
    figures = [{"as_of": day.isoformat()} | _figures(view) for day, view in zip(days, views, strict=True)]
    return _figures(views[-1]) | {"as_of": figures, "restated": restated}


def _as_of(inputs: Inputs, day: date) -> list[Crossing]:
    """Return the records dated by *day*, judged by the version last published by then."""
    border = Border(versions(inputs["schedule_versions"], day), hindsight=True)
    return _crossings(border, [each for each in inputs["transactions"] if each["date"] <= day.isoformat()], inputs)


def _crossings(border: Border, transactions: Sequence[Mapping[str, Any]], inputs: Inputs) -> list[Crossing]:
    for position, transaction in enumerate(transactions):
        event = {**transaction, "record_id": transaction["id"], "event_date": transaction["date"]}
        border.declare(declaration(event, position))
    crossings = border.crossings()
    border.reconcile()
    first, last = map(date.fromisoformat, inputs.get("window") or (date.min.isoformat(), date.max.isoformat()))
    return [crossing for crossing in crossings if first <= crossing.day <= last]


def _figures(crossings: Sequence[Crossing]) -> dict[str, Any]:
    floored = [crossing for crossing in crossings if crossing.floor_usd is not None]
    quantity = sum((crossing.content_kg for crossing in floored), _NONE)
    landed = sum((crossing.value_usd for crossing in floored), _NONE)
    floor = sum((crossing.floor_usd or _NONE for crossing in floored), _NONE)
    return {
        "records": [_record(crossing) for crossing in crossings],
        "levy_total": sum((crossing.levy_usd for crossing in crossings), _NONE),
        "breaching": [crossing.record_id for crossing in crossings if crossing.below],
        "wa_price": landed / quantity if quantity else None,
        "vw_floor": floor / quantity if quantity else None,
        "netted_shortfall": max(floor - landed, _NONE),
        "window_breach_netted": below_floor(landed, floor, tolerance=_NONE) if quantity else None,
    }


def _record(crossing: Crossing) -> dict[str, Any]:
    floor = None if crossing.floor_usd is None else crossing.floor_usd / crossing.content_kg
    return {
        "id": crossing.record_id,
        "floor": floor,
        "price": crossing.value_usd / crossing.content_kg,
        "levy": crossing.levy_usd,
        "breach": crossing.below,
    }
