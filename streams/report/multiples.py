"""Small multiples: a panel for each way of a market's goods, and one for each market, on axes they share."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import log10
from typing import Any, Final

from alerts.model import Alert
from streams.report.charts import (
    FAINT,
    GREY,
    INK,
    LABEL_PX,
    QUIET,
    SEVERITY,
    WAYS,
    Chart,
    axis,
    drawable,
    drawn,
    following,
    layout,
    mid,
    months_between,
    note,
    price_range,
    ticks_of,
)
from streams.report.episodes import ended_on, opened_on
from streams.report.figures import percent
from streams.report.markets import DATA_RULES, Market, Partner, Side, merged, representative, severity_order
from streams.report.places import goods_title

COLUMNS: Final = 4
_MARKET_COLUMNS: Final = 3
_SIDES: Final = {Side.IMPORT: "into {}", Side.EXPORT: "out of {}", Side.QUOTE: "quote"}
PANELS_MOST: Final = 20
_PANEL_PX: Final = 96
_LOW_PANEL_PX: Final = 80
_GAP_PX: Final = 40
_TOP_PX: Final = 30
_BOTTOM_PX: Final = 28
_LEFT_PX: Final = 50
_RIGHT_PX: Final = 8
_BETWEEN: Final = 0.02
"""Part of the width between two columns."""
_FEW: Final = 36
"""Months from which the label of the first would run into that of the panel beside it."""
_PER_CENT: Final = " %"
_HUNDRED: Final = Fraction(100)
_DOUBLINGS: Final = (10, 25, 50, 100, 200, 400, 800, 1600, 3200)

Points = list[tuple[str, Fraction | None]]


@dataclass(frozen=True)
class Panel:
    """One panel: its heading, its line, what is drawn behind it, and the alerts at its foot."""

    title: str
    aside: str
    points: Points
    behind: Points
    floor: Points
    alerts: tuple[Alert, ...]


def by_partner(market: Market) -> Chart:
    """Return a panel for each partner of a market, the largest first, against all others in grey."""
    chosen = panels_of(market)
    values = [(each.price, each.qty_kg) for p in chosen for each in p.representative if each.price is not None]
    floors = [each.floor for each in market.total if each.floor is not None]
    return _grid(
        [_partner_panel(market, each) for each in chosen],
        [each.month for each in market.total],
        _plain(price_range(values, floors)),
        COLUMNS,
        _PANEL_PX,
    )


def panels_of(market: Market) -> list[Partner]:
    """Return the partners that get a panel: those with alerts and the largest, from 0.5 % of the volume, by volume."""
    with_alerts = [
        each for each in market.partners if any(alert.rule not in DATA_RULES for alert in market.alerts_of(each.code))
    ]
    others = [each for each in market.partners if each not in with_alerts and each.qty_kg * 200 >= market.qty_kg > 0]
    chosen = [*with_alerts, *others][:PANELS_MOST]
    return [each for each in market.partners if each in chosen]


def by_market(markets: Sequence[Market]) -> Chart:
    """Return a panel for each market, its price in per cent of its floor, or of its own mean where it has none."""
    panels = [_market_panel(each) for each in markets]
    months = sorted({month for each in panels for month, _ in each.points})
    values = [(value, Fraction(1)) for each in panels for _, value in each.points if value is not None]
    low, high = price_range(values, [_HUNDRED])
    if high > 3 * _HUNDRED:
        scale = _ratios((min(value for value, _ in values), high))
    else:
        scale = _plain((low, high), suffix=_PER_CENT)
    return _grid(panels, months, scale, _MARKET_COLUMNS, _LOW_PANEL_PX)


def has_floor(market: Market) -> bool:
    """Return whether any month of a market has a floor."""
    return any(each.floor is not None for each in market.total)


def _partner_panel(market: Market, partner: Partner) -> Panel:
    rest = merged(each.months for each in market.partners if each is not partner)
    share = percent(_HUNDRED * partner.qty_kg / market.qty_kg, 1) if market.qty_kg else ""
    return Panel(
        title=partner.name,
        aside=share,
        points=[(each.month, each.price) for each in partner.representative],
        behind=[(each.month, each.price) for each in representative(rest)],
        floor=[(each.month, each.floor) for each in market.total],
        alerts=tuple(market.alerts_of(partner.code)),
    )


def _market_panel(market: Market) -> Panel:
    known = [each.price for each in market.total if each.price is not None]
    mean = sum(known, Fraction(0)) / len(known) if known else Fraction(1)
    floored = has_floor(market)
    points: Points = []
    for each in market.total:
        base = each.floor if floored else mean
        points.append((each.month, _HUNDRED * each.price / base if each.price is not None and base else None))
    return Panel(
        title=goods_title(market.key.product),
        aside=_SIDES[market.key.side].format(market.key.country),
        points=points,
        behind=[],
        floor=[(each.month, _HUNDRED) for each in market.total] if floored else [],
        alerts=market.alerts,
    )


def _grid(
    panels: Sequence[Panel],
    months: Sequence[str],
    scale: dict[str, Any],
    most_columns: int,
    panel_px: int,
) -> Chart:
    """Return the panels in rows, their figures on one *scale*."""
    every = months_between(min(months), max(months))
    columns = min(most_columns, max(2, len(panels)))
    rows = -(-len(panels) // columns)
    inner_px = rows * panel_px + (rows - 1) * _GAP_PX
    made = layout(
        inner_px + _TOP_PX + _BOTTOM_PX,
        margin={"l": _LEFT_PX, "r": _RIGHT_PX, "t": _TOP_PX, "b": _BOTTOM_PX},
        annotations=[],
        shapes=[],
    )
    data: list[dict[str, Any]] = []
    for place, panel in enumerate(panels):
        row, column = divmod(place, columns)
        below = place + columns >= len(panels)
        top = inner_px - row * (panel_px + _GAP_PX)
        place_text = "" if place == 0 else str(place + 1)
        width = (1 - _BETWEEN * (columns - 1)) / columns
        left = column * (width + _BETWEEN)
        made[f"xaxis{place_text}"] = _x_axis(every, [left, left + width], f"y{place_text}", labelled=below)
        made[f"yaxis{place_text}"] = axis(
            domain=[round((top - panel_px) / inner_px, 5), round(top / inner_px, 5)],
            anchor=f"x{place_text}",
            showticklabels=column == 0,
            **scale,
            **({} if place == 0 else {"matches": "y"}),
        )
        made["annotations"] += _heading(panel, left, width, top / inner_px)
        made["shapes"] += _feet(panel, place_text, every)
        data += _traces(panel, place_text)
    return {"data": data, "layout": made}


def _plain(limits: tuple[Fraction, Fraction], suffix: str = "") -> dict[str, Any]:
    """Return an axis whose figures stand before a *suffix*."""
    return {"range": [drawn(each) for each in limits], "nticks": 6, "ticksuffix": suffix}


def _ratios(limits: tuple[Fraction, Fraction]) -> dict[str, Any]:
    """Return an axis of per cent on which each doubling is as long as any other."""
    low, high = (log10(each) for each in limits)
    ticks = [tick for tick in _DOUBLINGS if limits[0] <= tick <= limits[1]]
    return {
        "type": "log",
        "range": [round(low - 0.1, 4), round(high, 4)],
        "tickvals": ticks,
        "ticktext": [f"{each:,}{_PER_CENT}" for each in ticks],
    }


def _x_axis(months: Sequence[str], domain: Sequence[float], anchor: str, *, labelled: bool) -> dict[str, Any]:
    return axis(
        type="date",
        domain=[round(each, 5) for each in domain],
        anchor=anchor,
        range=[f"{months[0]}-01", f"{following(months[-1])}-01"],
        showgrid=False,
        showline=True,
        linecolor=FAINT if not labelled else GREY,
        showticklabels=labelled,
        tickangle=0,
        hoverformat="%b %Y",
        **ticks_of(months[1:] if len(months) > _FEW else months, most=4),
    )


def _heading(panel: Panel, left: float, width: float, top: float) -> Iterator[dict[str, Any]]:
    at = {"xref": "paper", "yref": "paper", "y": round(top, 5), "yanchor": "bottom", "yshift": 4}
    yield note(f"<b>{drawable(panel.title)}</b>", x=round(left, 5), xanchor="left", **at)
    if panel.aside:
        small = {"size": LABEL_PX - 1, "color": QUIET}
        yield note(drawable(panel.aside), x=round(left + width, 5), xanchor="right", **at, font=small)


def _feet(panel: Panel, place: str, months: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield a bar at the foot of the panel for each alert, the most serious on top."""
    last = f"{following(months[-1])}-01"
    for alert in sorted(panel.alerts, key=severity_order, reverse=True):
        yield {
            "type": "rect",
            "xref": f"x{place}",
            "yref": f"y{place} domain",
            "x0": opened_on(alert),
            "x1": max(ended_on(alert) or last, f"{following(opened_on(alert)[:7])}-14"),
            "y0": 0,
            "y1": 0.07,
            "line": {"width": 0},
            "fillcolor": SEVERITY[alert.severity],
        }


def _traces(panel: Panel, place: str) -> Iterator[dict[str, Any]]:
    for points, style, mode in (
        (panel.behind, {"color": GREY, "width": 1}, "lines"),
        (panel.floor, {"color": INK, "width": 1.2, "dash": "dash", "shape": "hvh"}, "lines"),
        (panel.points, {"color": WAYS[0], "width": 1.8}, "lines+markers"),
    ):
        if not points:
            continue
        own = mode != "lines"
        by_month = dict(points)
        months = months_between(min(by_month), max(by_month))
        yield {
            "type": "scatter",
            "mode": mode,
            "x": [mid(month) for month in months],
            "y": [drawn(by_month.get(month)) for month in months],
            "line": style,
            "marker": {"size": 3, "color": style["color"]},
            "connectgaps": False,
            "xaxis": f"x{place}",
            "yaxis": f"y{place}",
            "hoverinfo": "x+y" if own else "skip",
        }
