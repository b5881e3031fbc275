"""
Month series: what an engine holds of each lane, month by month, as lines that a report can be drawn from.

The sums are the panel's, so a line says of a month what the rules were told of it: kilograms of content, US dollars
as landed, the floor of the same goods and the normal value in force at the month's end.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Final

import msgspec

from streams.cells import Lane
from streams.engine import Engine
from streams.exact import decimal_text, micros_text
from streams.months import last_day, month_of, month_text
from streams.panel import NO_SUMS, Panel, Sums, days_of
from streams.records import Flow
from streams.reference.values import Role
from streams.shapes import Kind

_FLOWS: Final = {Kind.TRADE: str(Flow.IMPORT), Kind.EXPORT: str(Flow.EXPORT)}


class MonthLine(msgspec.Struct, frozen=True, kw_only=True):
    """
    One month of one way of a product, or of one instrument's prices; amounts are decimal text.

    Kilograms are of content as the engine counts them; prices are US dollars for one of those.  Rows whose unit is in
    doubt, and rows that wait for a price, are counted and in no sum.
    """

    kind: str
    """``trade``, or ``tick`` for the month's average of an instrument."""
    product: str
    origin: str
    """Empty for ticks."""
    destination: str
    flow: str
    """``import`` as declared on entry, ``export`` as declared on leaving; empty for ticks."""
    month: str
    """``YYYY-MM``."""
    qty_kg: str | None = None
    value_usd: str | None = None
    usd_per_kg: str | None = None
    floor_usd_per_kg: str | None = None
    """Of the rows that have a floor, weighted by them."""
    normal_value_usd_per_kg: str | None = None
    below_qty_kg: str | None = None
    """What landed below its floor by more than the floor's tolerance."""
    levy_usd: str | None = None
    rows: int = 0
    unpriced_rows: int = 0
    suspect_rows: int = 0
    """Rows whose unit is in doubt."""
    instrument: str | None = None
    """Of ticks."""


def month_series(engine: Engine) -> list[MonthLine]:
    """Return the lines of every market of *engine*, sorted."""
    lines: list[MonthLine] = []
    for market in engine.markets.values():
        panel = Panel(market)
        for lane in market.lanes.values():
            lines += _ticks(panel, lane) if lane.key.kind is Kind.TICK else _goods(panel, lane)
    return sorted_series(lines)


def sorted_series(lines: Iterable[MonthLine]) -> list[MonthLine]:
    """Return *lines* in the order in which they are written."""
    return sorted(lines, key=lambda line: (*msgspec.structs.astuple(line)[:6], line.instrument or ""))


def _goods(panel: Panel, lane: Lane) -> Iterator[MonthLine]:
    for month in _months(lane):
        sums = panel.month(lane, month)
        cells = [lane.cells[day] for day in days_of(lane, month)]
        suspect = sum(cell.total("suspect_rows") for cell in cells)
        if sums == NO_SUMS and not suspect:
            continue
        yield MonthLine(
            kind=str(Kind.TRADE),
            product=lane.key.product,
            origin=lane.key.origin,
            destination=lane.key.destination,
            flow=_FLOWS[lane.key.kind],
            month=month_text(month),
            qty_kg=micros_text(sums.content_mg),
            value_usd=micros_text(sums.value_uusd),
            usd_per_kg=_text(sums.unit_value),
            floor_usd_per_kg=_text(_floor(sums)),
            normal_value_usd_per_kg=_text(_normal_value(panel, lane, month)),
            below_qty_kg=micros_text(sum(cell.total("below_content_mg") for cell in cells)),
            levy_usd=micros_text(sum(cell.total("below_levy_uusd") for cell in cells)),
            rows=sums.rows,
            unpriced_rows=sums.unpriced_rows,
            suspect_rows=suspect,
        )


def _ticks(panel: Panel, lane: Lane) -> Iterator[MonthLine]:
    for month in _months(lane):
        days = days_of(lane, month)
        prices = [price for day in days if (price := panel.price(lane, day)) is not None]
        yield MonthLine(
            kind=str(Kind.TICK),
            product=lane.key.product,
            origin="",
            destination=lane.key.destination,
            flow="",
            month=month_text(month),
            usd_per_kg=_text(sum(prices, Fraction(0)) / len(prices) if prices else None),
            rows=len(prices),
            unpriced_rows=panel.month(lane, month).unpriced_rows,
            instrument=lane.key.origin,
        )


def _months(lane: Lane) -> list[int]:
    return sorted({month_of(day) for day in lane.days})


def _floor(sums: Sums) -> Fraction | None:
    return Fraction(sums.floor_uusd, sums.floored_content_mg) if sums.floored_content_mg else None


def _normal_value(panel: Panel, lane: Lane, month: int) -> Fraction | None:
    """Return the origin's normal value on the month's last day, None where there is none."""
    key = lane.key
    found = panel.value(Role.NORMAL_VALUE, key.product, country=key.origin, day=last_day(month))
    return None if isinstance(found, str) else found.usd_per_kg


def _text(price: Fraction | None) -> str | None:
    return None if price is None else decimal_text(price)
