"""
A survey of markets: prices, floors, headroom and shares as they stand, for the metrics.

Figures are drawn here, never judged by: they are divided into binary floats.  A survey looks at one day a lane, its
latest, so that it costs as much on the first day as after years.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from alerts.metrics.catalogue import (
    ALERTS_OPEN,
    BENCHMARK_AGE,
    CONCENTRATION,
    CONCENTRATION_INDEX,
    DUMPING_MARGIN,
    FLOOR_PRICE,
    HEADROOM,
    IMPORT_CONTENT,
    IMPORT_DAY,
    IMPORT_FLOOR,
    IMPORT_RECORDS,
    IMPORT_VALUE,
    LEVY_DUE,
    MARKET_PRICE,
    NORMAL_VALUE,
    STATE_BYTES,
    STATE_CELLS,
    STATE_EPISODES,
    STATE_ROWS,
    UNIT_VALUE,
    UNSEALED,
    WATERMARK,
    WATERMARK_LAG,
)
from alerts.metrics.declaration import Metric
from alerts.model import Alert
from streams.cells import Cell, Judged, Lane
from streams.market import Market
from streams.shapes import Kind
from streams.watermark import NO_DAY

DAY_S: Final = 86_400
_UNIX_EPOCH: Final = date(1970, 1, 1).toordinal()
_MICRO: Final = 1_000_000
_FLOORED: Final = (Judged.FLOOR, Judged.AMBIGUOUS)

Found = dict[Metric, dict[tuple[str, ...], float]]

SURVEYED: Final = (
    ALERTS_OPEN,
    BENCHMARK_AGE,
    CONCENTRATION,
    CONCENTRATION_INDEX,
    DUMPING_MARGIN,
    FLOOR_PRICE,
    HEADROOM,
    IMPORT_CONTENT,
    IMPORT_DAY,
    IMPORT_FLOOR,
    IMPORT_RECORDS,
    IMPORT_VALUE,
    LEVY_DUE,
    MARKET_PRICE,
    NORMAL_VALUE,
    STATE_BYTES,
    STATE_CELLS,
    STATE_EPISODES,
    STATE_ROWS,
    UNIT_VALUE,
    UNSEALED,
    WATERMARK,
    WATERMARK_LAG,
)
"""The metrics that a survey finds; all of them anew each time."""


def survey(markets: Iterable[Market], open_alerts: Iterable[Alert], *, now: float) -> Found:
    """Return what *markets* and *open_alerts* show at *now* (seconds since 1970)."""
    found: Found = {metric: {} for metric in SURVEYED}
    for market in markets:
        _watermarks(found, market, now)
        _sizes(found, market)
        _imports(found, market)
        _prices(found, market)
    for alert in open_alerts:
        _alert(found, alert)
    return found


def _watermarks(found: Found, market: Market, now: float) -> None:
    sealed, latest = market.watermarks.sealed_through, _latest(market)
    if sealed > NO_DAY:
        end = (sealed + 1 - _UNIX_EPOCH) * DAY_S
        found[WATERMARK][market.mineral,] = end
        found[WATERMARK_LAG][market.mineral,] = now - end
        found[UNSEALED][market.mineral,] = max(0, latest - sealed) * DAY_S


def _latest(market: Market) -> int:
    return max((day for latest in market.watermarks.sources.values() for day in latest.values()), default=NO_DAY)


def _sizes(found: Found, market: Market) -> None:
    sizes = market.sizes()
    found[STATE_ROWS][market.mineral,] = sizes.rows
    found[STATE_CELLS][market.mineral,] = sizes.cells
    found[STATE_EPISODES][market.mineral,] = sizes.episodes
    found[STATE_BYTES][market.mineral,] = sizes.nbytes


def _imports(found: Found, market: Market) -> None:
    """Add up each origin's latest day, and the floors that the latest goods were judged by."""
    latest: dict[tuple[str, str], tuple[int, list[Cell]]] = {}
    for lane in market.lanes.values():
        if lane.key.kind is Kind.TRADE and lane.days:
            place = (lane.key.product, lane.key.origin)
            day, cells = latest.get(place, (NO_DAY, []))
            if lane.days[-1] > day:
                latest[place] = (lane.days[-1], [lane.cells[lane.days[-1]]])
            elif lane.days[-1] == day:
                cells.append(lane.cells[day])
    floors: dict[tuple[str, str], tuple[int, int, int]] = {}
    for (product, origin), (day, cells) in latest.items():
        _origin(found, product, origin, cells)
        _floors(floors, product, day, cells)
        seen = (day - _UNIX_EPOCH) * DAY_S
        found[IMPORT_DAY][product,] = max(seen, found[IMPORT_DAY].get((product,), seen))
    for place, (_, floor, content) in floors.items():
        found[FLOOR_PRICE][place] = floor / content


def _origin(found: Found, product: str, origin: str, cells: list[Cell]) -> None:
    value = content = floor = floored = 0
    for cell in cells:
        for key, tally in cell.tallies.items():
            place = (product, str(key.judged))
            found[IMPORT_RECORDS][place] = found[IMPORT_RECORDS].get(place, 0) + tally.rows + tally.suspect_rows
            found[IMPORT_VALUE][place] = found[IMPORT_VALUE].get(place, 0) + tally.value_uusd / _MICRO
            value += tally.value_uusd
            content += tally.content_mg
            if key.judged in _FLOORED:
                floor += tally.floor_uusd
                floored += tally.content_mg
    if content:
        found[UNIT_VALUE][product, origin] = value / content
        found[IMPORT_CONTENT][product, origin] = content / _MICRO
    if floored and floor:
        found[IMPORT_FLOOR][product, origin] = floor / floored


def _floors(floors: dict[tuple[str, str], tuple[int, int, int]], product: str, day: int, cells: Iterable[Cell]) -> None:
    """Add what *cells* of *day* were judged by; of a floor, only the latest day counts."""
    for cell in cells:
        for key, tally in cell.tallies.items():
            if key.judged is Judged.FLOOR and tally.content_mg and tally.floor_uusd:
                place = (product, _floor_id(key.detail))
                last, floor, content = floors.get(place, (NO_DAY, 0, 0))
                if day > last:
                    floors[place] = (day, tally.floor_uusd, tally.content_mg)
                elif day == last:
                    floors[place] = (day, floor + tally.floor_uusd, content + tally.content_mg)


def _prices(found: Found, market: Market) -> None:
    """Compare each instrument's latest price with its floors."""
    latest = _latest(market)
    for lane in market.lanes.values():
        if lane.key.kind is Kind.TICK and lane.days:
            _price(found, lane, latest)


def _price(found: Found, lane: Lane, latest: int) -> None:
    product, instrument, day = lane.key.product, lane.key.origin, lane.days[-1]
    found[BENCHMARK_AGE][product, instrument] = max(0, latest - day) * DAY_S
    for key, tally in lane.cells[day].tallies.items():
        if not tally.content_mg:
            continue
        price = tally.value_uusd / tally.content_mg
        if key.judged is not Judged.FLOOR or not tally.floor_uusd:
            found[MARKET_PRICE].setdefault((product, instrument), price)
            continue
        floor = _floor_id(key.detail)
        found[MARKET_PRICE][product, instrument] = price
        found[FLOOR_PRICE].setdefault((product, floor), tally.floor_uusd / tally.content_mg)
        found[HEADROOM][product, instrument, floor] = (tally.value_uusd - tally.floor_uusd) / tally.floor_uusd


def _floor_id(name: str) -> str:
    """Return the id of the floor called ``id@version``."""
    return name.rpartition("@")[0]


def _alert(found: Found, alert: Alert) -> None:
    evidence, product, origin = alert.evidence, alert.product, alert.origin or ""
    _add(found[ALERTS_OPEN], 1, alert.rule, str(alert.severity), product)
    if alert.rule == "floor_breach" and (levy := _figure(evidence, "levy_usd")) is not None:
        _add(found[LEVY_DUE], levy, product, origin)
    if (margin := _figure(evidence, "dumping_margin_pct")) is not None:
        _keep_largest(found[DUMPING_MARGIN], margin / 100, alert.rule, product, origin)
    if (normal := _figure(evidence, "normal_value_usd_per_kg")) is not None:
        found[NORMAL_VALUE][product, origin] = normal
    if (share := _figure(evidence, "top_share_pct")) is not None:
        _keep_largest(found[CONCENTRATION], share / 100, alert.rule, product, alert.destination or "")
    if (index := _figure(evidence, "hhi")) is not None:
        _keep_largest(found[CONCENTRATION_INDEX], index, alert.rule, product, alert.destination or "")


def _figure(evidence: Mapping[str, Any], name: str) -> float | None:
    """Return the decimal text called *name* of an alert's evidence, to be drawn; None where it has none."""
    text = evidence.get(name)
    if not isinstance(text, str):
        return None
    try:
        return float(text)
    except ValueError:
        return None


def _add(values: dict[tuple[str, ...], float], value: float, *labels: str) -> None:
    values[labels] = values.get(labels, 0) + value


def _keep_largest(values: dict[tuple[str, ...], float], value: float, *labels: str) -> None:
    values[labels] = max(value, values.get(labels, value))
