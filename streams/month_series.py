"""
Month series: what an engine holds of each lane, month by month, as lines that a report can be drawn from.

The sums are the panel's, so a line says of a month what the rules were told of it: kilograms of content, US dollars
as landed, the floor of the same goods and the normal value in force at the month's end.  What holds is told of
months without such goods too: of prices that are only quoted, of goods whose rows have no price, of goods declared on
leaving.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction
from typing import Final

import msgspec

from streams.cells import Judged, Lane
from streams.engine import Engine
from streams.exact import decimal_text, micros_text
from streams.months import last_day, month_of, month_text
from streams.panel import NO_SUMS, Panel, Sums, days_of
from streams.records import Flow
from streams.reference.values import Role
from streams.shapes import Kind

_FLOWS: Final = {Kind.TRADE: str(Flow.IMPORT), Kind.EXPORT: str(Flow.EXPORT)}


class FloorInForce(msgspec.Struct, frozen=True, kw_only=True):
    """The floor that holds on a month's last day, whether or not any goods were judged by it."""

    name: str
    """``id@version``."""
    usd_per_kg: str
    """For a kilogram of content, as the line counts it: of goods sold CIF, of quotes as they are quoted."""
    status: str
    """What it is by law: ``in_force``, ``illustrative``, ``contractual`` ..."""
    visibility: str = "public"
    """Who may know of it."""


class CountryValue(msgspec.Struct, frozen=True, kw_only=True):
    """The normal value of one country on a month's last day."""

    country: str
    usd_per_kg: str


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
    floor_in_force: FloorInForce | None = None
    """Of goods, of their usual grade at the destination; of ticks, the highest that the last of them is set against."""
    normal_values: tuple[CountryValue, ...] = ()
    """Of ticks, which come from no country: those of every country that has one, by country."""


def month_series(engine: Engine) -> list[MonthLine]:
    """Return the lines of every market of *engine*, sorted."""
    lines: list[MonthLine] = []
    for market in engine.markets.values():
        panel = Panel(market)
        countries = _valued(panel)
        for lane in market.lanes.values():
            if lane.key.kind is Kind.TICK:
                lines += _ticks(panel, lane, countries.get(lane.key.product, ()))
            else:
                lines += _goods(panel, lane)
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
            normal_value_usd_per_kg=_text(_normal_value(panel, lane.key.product, lane.key.origin, month)),
            below_qty_kg=micros_text(sum(cell.total("below_content_mg") for cell in cells)),
            levy_usd=micros_text(sum(cell.total("below_levy_uusd") for cell in cells)),
            rows=sums.rows,
            unpriced_rows=sums.unpriced_rows,
            suspect_rows=suspect,
            floor_in_force=_floor_on_goods(panel, lane, last_day(month)),
        )


def _ticks(panel: Panel, lane: Lane, countries: Iterable[str]) -> Iterator[MonthLine]:
    for month in _months(lane):
        priced = [(day, price) for day in days_of(lane, month) if (price := panel.price(lane, day)) is not None]
        prices = [price for _, price in priced]
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
            floor_in_force=_floor_on_quotes(panel, lane, *priced[-1]) if priced else None,
            normal_values=tuple(_normal_values(panel, lane.key.product, countries, month)),
        )


def _months(lane: Lane) -> list[int]:
    return sorted({month_of(day) for day in lane.days})


def _floor(sums: Sums) -> Fraction | None:
    return Fraction(sums.floor_uusd, sums.floored_content_mg) if sums.floored_content_mg else None


def _floor_on_goods(panel: Panel, lane: Lane, day: int) -> FloorInForce | None:
    """Return the floor that goods of a lane would meet on *day*, None where there is none."""
    key = lane.key
    found = panel.floor_at(key.product, origin=key.origin, destination=key.destination, day=day)
    return None if found.usd_per_kg is None else _in_force(panel, found.detail, found.usd_per_kg, day)


def _floor_on_quotes(panel: Panel, lane: Lane, day: int, price: Fraction) -> FloorInForce | None:
    """Return the highest floor that the quote of *day*, *price*, was set against; None where there was none."""
    # A floor may count another content than the quote: what the quote is to it is the same in both.
    against = [
        (price * tally.floor_uusd / tally.value_uusd, key.detail)
        for key, tally in lane.cells[day].tallies.items()
        if key.judged is Judged.FLOOR and tally.floor_uusd and tally.value_uusd
    ]
    if not against:
        return None
    highest, name = max(against)
    return _in_force(panel, name, highest, day)


def _in_force(panel: Panel, name: str, usd_per_kg: Fraction, day: int) -> FloorInForce | None:
    floor = panel.book.floors.period(name, date.fromordinal(day))
    if floor is None:
        return None
    return FloorInForce(
        name=name,
        usd_per_kg=decimal_text(usd_per_kg),
        status=str(floor.status),
        visibility=str(floor.visibility),
    )


def _valued(panel: Panel) -> dict[str, list[str]]:
    """Return the countries that have normal values of each product, in order."""
    found: dict[str, set[str]] = {}
    for value in panel.book.values:
        if value.role is Role.NORMAL_VALUE:
            found.setdefault(value.product, set()).add(value.country)
    return {product: sorted(countries) for product, countries in found.items()}


def _normal_values(panel: Panel, product: str, countries: Iterable[str], month: int) -> Iterator[CountryValue]:
    for country in countries:
        if (value := _normal_value(panel, product, country, month)) is not None:
            yield CountryValue(country=country, usd_per_kg=decimal_text(value))


def _normal_value(panel: Panel, product: str, country: str, month: int) -> Fraction | None:
    """Return a country's normal value on the month's last day, None where there is none."""
    found = panel.value(Role.NORMAL_VALUE, product, country=country, day=last_day(month))
    return None if isinstance(found, str) else found.usd_per_kg


def _text(price: Fraction | None) -> str | None:
    return None if price is None else decimal_text(price)
