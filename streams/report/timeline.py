"""
The timeline of a market: price against floor and normal value, the volume, and under them each alert as a bar.

Ways of goods that alerts are about are drawn apart, the most serious three; all others are one grey line.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, NamedTuple

from alerts.model import Alert
from streams.report.charts import (
    FAINT,
    GREY,
    INK,
    LABEL_PX,
    QUIET,
    SEVERITY,
    SYMBOLS,
    WAYS,
    Chart,
    axis,
    beginnings,
    drawable,
    drawn,
    following,
    layout,
    mid,
    month_name,
    months_axis,
    months_between,
    note,
    price_range,
    spread,
)
from streams.report.episodes import depth_of, ended_on, lane_of, opened_on, rule_name
from streams.report.figures import price, tonnes
from streams.report.markets import Market, Month, Partner, Side, attention, is_small, merged, representative

ROWS_MOST: Final = 12
"""Alerts that get a bar; the others are in the table."""
VALUES_MOST: Final = 3
"""Countries whose normal values are drawn on quotes."""
_PRICE_PX: Final = 250
_VOLUME_PX: Final = 80
_ROW_PX: Final = 24
_GAP_PX: Final = 30
_TOP_PX: Final = 26
_BOTTOM_PX: Final = 30
_RIGHT_LEAST_PX: Final = 128
_RIGHT_MOST_PX: Final = 240
_CHARACTER_PX: Final = 7
"""A little more than one of a label takes on average."""
_LEFT_PX: Final = 58
_LABEL_LEAST_PX: Final = 15
_A_PAIR: Final = 2
_ROOMY: Final = 36
"""Months up to which the marks of a line do not run into each other on paper."""
_LATE: Final = Fraction(11, 20)
"""Part of the time after which a bar's words stand before its end, for they would not fit behind its beginning."""


@dataclass(frozen=True)
class Line:
    """One line of prices, and its colour."""

    name: str
    months: tuple[Month, ...]
    colour: str
    symbol: str = "circle"
    partner: Partner | None = None

    @property
    def prices(self) -> list[Fraction]:
        """The prices that there are, in order of month."""
        return [each.price for each in self.months if each.price is not None]


class Limit(NamedTuple):
    """A figure that prices are set against, month by month."""

    name: str
    values: list[tuple[str, Fraction | None]]
    dash: str

    @property
    def known(self) -> list[Fraction]:
        """The values that there are, in order of month."""
        return [value for _, value in self.values if value is not None]


def timeline(market: Market) -> Chart:
    """Return the chart of a market."""
    return _Timeline(market).chart()


def told_apart(market: Market) -> list[Partner]:
    """Return the partners that are drawn apart: those whose alerts deserve most attention."""
    with_alerts = [each for each in market.partners if market.alerts_of(each.code)]
    if market.key.side is Side.QUOTE or len(market.partners) == 1:
        return list(market.partners[: len(WAYS)])
    ranked = sorted(
        with_alerts,
        key=lambda each: (is_small(each, market), attention(market.alerts_of(each.code)), -each.qty_kg, each.code),
    )
    return ranked[: len(WAYS)]


def barred(market: Market) -> list[Alert]:
    """Return the alerts that get a bar, those of one partner together."""
    chosen = list(market.alerts[:ROWS_MOST])
    order = {each.code: place for place, each in enumerate(told_apart(market))}
    return sorted(
        chosen,
        key=lambda alert: (
            order.get(market.partner_of(alert) or "", len(order)),
            lane_of(alert),
            alert.opened_at,
            alert.id,
        ),
    )


def cut_off(market: Market) -> bool:
    """Return whether some price lies beyond the chart."""
    timeline = _Timeline(market)
    return any(each > timeline.range[1] for line in timeline.lines for each in line.prices)


class _Timeline:
    def __init__(self, market: Market) -> None:
        self.market = market
        months = [each.month for each in market.total]
        self.months = months_between(months[0], months[-1])
        self.lines = list(_lines(market))
        self.bars = barred(market)
        self.limits = [each for each in _limits(market) if each.known]
        self.has_volume = any(each.qty_kg for each in market.total)
        self.range = self._range()
        parts = [_PRICE_PX, _VOLUME_PX if self.has_volume else 0, len(self.bars) * _ROW_PX]
        self.parts_px = [part for part in parts if part]
        self.inner_px = sum(self.parts_px) + _GAP_PX * (len(self.parts_px) - 1)

    def chart(self) -> Chart:
        data: list[dict[str, Any]] = [*self._prices(), *self._limits()]
        if self.has_volume:
            data += self._volumes()
        data += self._bar_marks()
        return {"data": data, "layout": self._layout()}

    def _range(self) -> tuple[Fraction, Fraction]:
        values = [
            (each.price, each.qty_kg or Fraction(1))
            for line in self.lines
            for each in line.months
            if each.price is not None
        ]
        return price_range(values, [value for limit in self.limits for value in limit.known])

    def _layout(self) -> dict[str, Any]:
        domains = self._domains()
        made = layout(
            self.inner_px + _TOP_PX + _BOTTOM_PX,
            margin={"l": _LEFT_PX, "r": self._right_px(), "t": _TOP_PX, "b": _BOTTOM_PX},
            hovermode="x",
            barmode="stack",
            xaxis=months_axis(self.months, anchor="free", position=0, hoverformat="%b %Y"),
            yaxis=axis(domain=domains[0], range=[drawn(each) for each in self.range], nticks=6),
            annotations=[*self._headings(domains), *self._labels(), *self._bar_words()],
            shapes=[*self._verticals(), *self._bar_shapes()],
        )
        if self.has_volume:
            made["yaxis2"] = axis(domain=domains[1], nticks=3, rangemode="tozero", tickformat=",~f")
        if self.bars:
            made["yaxis3"] = axis(domain=domains[-1], range=[len(self.bars), 0], visible=False)
        return made

    def _domains(self) -> list[list[float]]:
        """Return where each part stands, from the top down, in parts of the height."""
        found, top = [], self.inner_px
        for part in self.parts_px:
            found.append([round((top - part) / self.inner_px, 5), round(top / self.inner_px, 5)])
            top -= part + _GAP_PX
        return found

    def _verticals(self) -> Iterator[dict[str, Any]]:
        """Yield a faint line through all parts at each tick."""
        for month in beginnings(self.months):
            day = f"{month}-01"
            line = {"color": FAINT, "width": 1}
            yield {
                "type": "line",
                "xref": "x",
                "yref": "paper",
                "x0": day,
                "x1": day,
                "y0": 0,
                "y1": 1,
                "line": line,
                "layer": "below",
            }

    # -- prices ----------------------------------------------------------------------------------------------

    def _prices(self) -> Iterator[dict[str, Any]]:
        for line in self.lines:
            points = {each.month: each for each in line.months}
            first, last = line.months[0].month, line.months[-1].month
            months = months_between(first, last)
            size = 6 if line.partner and len(self.months) <= _ROOMY else 4
            yield {
                "type": "scatter",
                "mode": "lines+markers",
                "name": drawable(line.name),
                "x": [mid(each) for each in months],
                "y": [drawn(points[each].price) if each in points else None for each in months],
                "customdata": [tonnes(points[each].qty_kg) if each in points else "" for each in months],
                "line": {"color": line.colour, "width": 2 if line.partner else 1.5},
                "marker": {"size": size, "color": line.colour, "symbol": line.symbol},
                "connectgaps": False,
                "hovertemplate": "%{y:,.3f} USD/kg" + (" (%{customdata})" if self.has_volume else ""),
            }

    def _limits(self) -> Iterator[dict[str, Any]]:
        for limit in self.limits:
            by_month = dict(limit.values)
            yield {
                "type": "scatter",
                "mode": "lines",
                "name": drawable(limit.name),
                "x": [mid(each) for each in self.months],
                "y": [drawn(by_month.get(each)) for each in self.months],
                "line": {"color": INK, "width": 1.6, "dash": limit.dash, "shape": "hvh"},
                "connectgaps": True,
                "hovertemplate": "%{y:,.3f} USD/kg",
            }

    def _ends(self) -> list[tuple[str, str, Fraction]]:
        """Return what stands at the end of each line: name, colour and height."""
        ends = [(line.name, line.colour, line.prices[-1]) for line in self.lines if line.prices]
        return ends + [(f"{limit.name} {price(limit.known[-1])}", INK, limit.known[-1]) for limit in self.limits]

    def _right_px(self) -> int:
        """Return the room for the names at the ends: as wide as the longest, up to a limit."""
        longest = max((len(name) for name, _, _ in self._ends()), default=0)
        return min(max(_RIGHT_LEAST_PX, longest * _CHARACTER_PX), _RIGHT_MOST_PX)

    def _labels(self) -> Iterator[dict[str, Any]]:
        """Yield the names of the lines at their ends, moved apart where they would meet."""
        ends = self._ends()
        low, high = self.range
        heights = [float((min(max(end, low), high) - low) / (high - low)) * _PRICE_PX for _, _, end in ends]
        for (name, colour, _), at in zip(ends, spread(heights, _LABEL_LEAST_PX), strict=True):
            yield note(
                drawable(name),
                xref="paper",
                x=1,
                xanchor="left",
                xshift=6,
                yref="paper",
                y=round((self.inner_px - _PRICE_PX + at) / self.inner_px, 5),
                yanchor="middle",
                font={"size": LABEL_PX, "color": QUIET if colour == GREY else colour},
            )

    def _headings(self, domains: Sequence[Sequence[float]]) -> Iterator[dict[str, Any]]:
        names = ["Price, USD/kg"] + (["Volume, tonnes a month"] if self.has_volume else [])
        names += ["Alerts"] if self.bars else []
        for name, domain in zip(names, domains, strict=True):
            yield note(
                f"<b>{name}</b>",
                xref="paper",
                x=0,
                xanchor="left",
                xshift=-_LEFT_PX,
                yref="paper",
                y=domain[1],
                yanchor="bottom",
                yshift=4,
                font={"size": LABEL_PX, "color": QUIET},
            )

    # -- volumes ---------------------------------------------------------------------------------------------

    def _volumes(self) -> Iterator[dict[str, Any]]:
        for line in self.lines:
            if not any(each.qty_kg for each in line.months):
                continue
            yield {
                "type": "bar",
                "name": drawable(line.name),
                "x": [mid(each.month) for each in line.months],
                "y": [drawn(each.qty_kg / 1000) for each in line.months],
                "marker": {"color": line.colour, "line": {"width": 0}},
                "width": 22 * 86_400_000,
                "yaxis": "y2",
                "hovertemplate": "%{y:,.0f} t",
            }

    # -- alerts ----------------------------------------------------------------------------------------------

    def _bar_shapes(self) -> list[dict[str, Any]]:
        last = f"{following(self.months[-1])}-01"
        return [
            {
                "type": "rect",
                "xref": "x",
                "yref": "y3",
                "x0": opened_on(alert),
                "x1": max(ended_on(alert) or last, _least_end(opened_on(alert))),
                "y0": place + 0.68,
                "y1": place + 0.94,
                "line": {"width": 0},
                "fillcolor": SEVERITY[alert.severity],
            }
            for place, alert in enumerate(self.bars)
        ]

    def _bar_marks(self) -> Iterator[dict[str, Any]]:
        """Yield what a reader may point at: the beginning of each bar; and the same on the line it is about."""
        if not self.bars:
            return
        yield {
            "type": "scatter",
            "mode": "markers",
            "x": [opened_on(alert) for alert in self.bars],
            "y": [place + 0.81 for place in range(len(self.bars))],
            "yaxis": "y3",
            "marker": {"symbol": "diamond", "size": 9, "color": [SEVERITY[alert.severity] for alert in self.bars]},
            "text": [drawable(depth_of(alert)) for alert in self.bars],
            "hovertemplate": "%{text}<extra></extra>",
        }
        marks = [mark for alert in self.bars if (mark := self._on_line(alert)) is not None]
        yield {
            "type": "scatter",
            "mode": "markers",
            "x": [mid(each.month) for each, _ in marks],
            "y": [drawn(each.price) for each, _ in marks],
            "marker": {
                "symbol": "diamond",
                "size": 10,
                "color": [SEVERITY[alert.severity] for _, alert in marks],
                "line": {"color": "#ffffff", "width": 1.5},
            },
            "text": [drawable(f"{alert.severity}: {rule_name(alert.rule)}") for _, alert in marks],
            "hovertemplate": "%{text}<extra></extra>",
        }

    def _on_line(self, alert: Alert) -> tuple[Month, Alert] | None:
        """Return the month of the line that an alert opened on."""
        partner = self.market.partner_of(alert)
        for line in self.lines:
            if line.partner is not None and line.partner.code == partner:
                for each in line.months:
                    if each.month == alert.opened_at[:7] and each.price is not None:
                        return each, alert
        return None

    def _bar_words(self) -> Iterator[dict[str, Any]]:
        late_from = self.months[int(len(self.months) * _LATE)]
        for place, alert in enumerate(self.bars):
            late = alert.opened_at[:7] >= late_from
            end = ended_on(alert) or f"{following(self.months[-1])}-01"
            yield note(
                f"<b>{drawable(rule_name(alert.rule))}</b>, {drawable(self._where(alert))}",
                xref="x",
                x=end if late else opened_on(alert),
                xanchor="right" if late else "left",
                yref="y3",
                y=place + 0.34,
                yanchor="middle",
                font={"size": 11, "color": self._colour(alert)},
            )

    def _where(self, alert: Alert) -> str:
        partner = self.market.partner_of(alert)
        named = next((each.name for each in self.market.partners if each.code == partner), lane_of(alert))
        until = ended_on(alert)
        period = month_name(opened_on(alert)[:7]) + (f" to {month_name(until[:7])}" if until else ", still open")
        return f"{named}, {period}"

    def _colour(self, alert: Alert) -> str:
        partner = self.market.partner_of(alert)
        return next((each.colour for each in self.lines if each.partner and each.partner.code == partner), QUIET)


def _lines(market: Market) -> Iterator[Line]:
    apart = told_apart(market)
    rest = [each for each in market.partners if each not in apart]
    if rest and market.key.side is not Side.QUOTE:
        months = representative(merged(each.months for each in rest))
        yield Line(_others_name(market, rest, among=bool(apart)), months, GREY)
    for partner, colour, symbol in zip(apart, WAYS, SYMBOLS, strict=False):
        yield Line(partner.name, partner.representative, colour, symbol, partner)


def _others_name(market: Market, rest: Sequence[Partner], *, among: bool) -> str:
    if len(rest) == 1:
        return rest[0].name
    of_all = "both" if len(rest) == _A_PAIR else f"all {len(rest)}"
    return f"{len(rest)} other {market.partner_word}s" if among else f"{of_all} {market.partner_word}s"


def _values_of(market: Market) -> Sequence[Month]:
    """Return the months whose normal value is drawn: of the first partner that has any, for each has its own."""
    for partner in told_apart(market):
        if any(each.normal_value is not None for each in partner.months):
            return partner.months
    return market.total


def _limits(market: Market) -> Iterator[Limit]:
    yield Limit("floor", [(each.month, each.floor) for each in market.total], "dash")
    yield Limit("normal value", [(each.month, each.normal_value) for each in _values_of(market)], "dot")
    for country, values in market.quoted_values[:VALUES_MOST]:
        yield Limit(f"value {country}", list(values), "dot")


def _least_end(day: str) -> str:
    """Return the end of the shortest bar that is seen: half a month."""
    return f"{day[:7]}-28" if day[8:] < "14" else f"{following(day[:7])}-12"
