"""The parts of the page that show charts: the markets at a glance, each market in time, its partners side by side."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from streams.report.charts import SEVERITY, Chart, month_name
from streams.report.elements import Content, Element, element, table
from streams.report.figures import NONE, counted, listed, percent, price, tonnes
from streams.report.markets import Market, Side
from streams.report.multiples import by_market, by_partner, has_floor, panels_of
from streams.report.places import place_name
from streams.report.timeline import ROWS_MOST, VALUES_MOST, barred, cut_off, timeline, told_apart

MARKETS_MOST: Final = 12
"""Markets that get charts of their own; the others are in the panels at the beginning."""
GLANCE_MOST: Final = 20
_QUOTES_MOST: Final = 3
_FLOORS_NAMED: Final = 3


class Figures:
    """The charts of a page by name, as they are handed to the script that draws them."""

    def __init__(self) -> None:
        self.charts: dict[str, Chart] = {}

    def figure(self, name: str, label: str, chart: Chart, caption: Content, *, legend: Content = None) -> Element:
        """Return the place of a chart; *label* tells those who cannot see it what it shows."""
        self.charts[name] = chart
        height = f"height:{chart['layout']['height']}px"
        place = element("div", data_chart=name, role="img", aria_label=label, style=height)
        return element(
            "figure",
            legend,
            element("div", place, class_="canvas"),
            element("figcaption", caption),
        )


def drawn_markets(markets: Sequence[Market]) -> list[Market]:
    """Return the markets with charts of their own: goods, then quotes that an alert, a floor or a value is about."""
    goods = [each for each in markets if each.key.side is not Side.QUOTE and len(each.total) > 1]
    quotes = [
        each
        for each in markets
        if each.key.side is Side.QUOTE and len(each.total) > 1 and (each.alerts or each.floors or each.quoted_values)
    ]
    return [*goods[: MARKETS_MOST - _QUOTES_MOST], *quotes[:_QUOTES_MOST]]


def at_a_glance(markets: Sequence[Market], figures: Figures) -> Element | None:
    """Return a panel for each market, on one scale where floors make one."""
    shown = [each for each in markets if len(each.total) > 1][:GLANCE_MOST]
    floored, others = ([each for each in shown if has_floor(each) is wanted] for wanted in (True, False))
    if len(shown) == 1 or not shown:
        return None
    parts: list[Content] = [element("h2", "Markets at a glance", id="glance")]
    if floored:
        label = f"Prices of {counted(len(floored), 'market')} in per cent of their floors, month by month."
        caption = (
            "Price of each market in per cent of its floor: below 100 goods land below it. Coloured bars are alerts."
        )
        parts.append(figures.figure("glance-floor", label, by_market(floored), caption, legend=legend()))
    if others:
        label = f"Prices of {counted(len(others), 'market')} in per cent of their own averages, month by month."
        caption = "Price of each market without a floor in per cent of its own average. Coloured bars are alerts."
        parts.append(
            figures.figure(
                "glance-own", label, by_market(others), caption, legend=None if floored else legend(floor=False)
            )
        )
    if len(shown) < len(markets):
        parts.append(
            element("p", f"{counted(len(markets) - len(shown), 'market')} with less to tell are left out here.")
        )
    return element("section", parts, aria_labelledby="glance")


def in_time(markets: Sequence[Market], figures: Figures) -> Element:
    """Return the charts of each market that has any."""
    shown = drawn_markets(markets)
    left_out = [each for each in markets if each not in shown and each.key.side is not Side.QUOTE]
    parts: list[Content] = [element("h2", "Price against floor and normal value", id="timelines")]
    parts += [_market(each, figures) for each in shown]
    if left_out:
        parts.append(element("p", f"{counted(len(left_out), 'market')} of goods have no chart of their own."))
    if not shown:
        parts.append(element("p", "No market has figures of two months: there is nothing to draw.", class_="lack"))
    return element("section", parts, aria_labelledby="timelines")


def legend(*, floor: bool = True, normal_value: bool = False, alerts: bool = True) -> Element:
    """Return what the colours and lines mean, of the lines those that are drawn."""
    lines = [("dash", "floor")] * floor + [("dot", "normal value")] * normal_value
    graded = list(SEVERITY.items()) if alerts else []
    return element(
        "ul",
        [element("li", element("i", class_=style), name) for style, name in lines],
        [element("li", element("i", style=f"background:{colour}"), f"alert, {name}") for name, colour in graded],
        class_="legend",
    )


def _market(market: Market, figures: Figures) -> Element:
    heading = f"{market.anchor}-title"
    return element(
        "section",
        element("h3", market.title, id=heading),
        element("p", _facts(market), class_="facts"),
        figures.figure(
            market.anchor,
            f"{market.title}: price, floor, normal value and alerts by month. {_facts(market)}",
            timeline(market),
            [f"Chart {market.number}. ", *_timeline_caption(market)],
            legend=legend(
                floor=has_floor(market),
                normal_value=has_normal_value(market),
                alerts=bool(market.alerts),
            ),
        ),
        _partners(market, figures),
        _monthly(market),
        id=market.anchor,
        aria_labelledby=heading,
    )


def _facts(market: Market) -> str:
    months = market.total
    prices = [each.price for each in months if each.price is not None]
    span = f"{month_name(months[0].month)} to {month_name(months[-1].month)}"
    moved = f"; {price(prices[0])} USD/kg at first, {price(prices[-1])} at last" if prices else ""
    traded = (
        f"{tonnes(market.qty_kg)} by {counted(len(market.partners), market.partner_word)}, " if market.qty_kg else ""
    )
    return f"{traded}{span}{moved}; {counted(len(market.alerts), 'alert')}."


def _timeline_caption(market: Market) -> Iterator[str]:
    if market.key.side is Side.QUOTE:
        yield "Quoted price by month. "
    else:
        apart = ", ".join(each.name for each in told_apart(market))
        yield "Average unit value by month, per kilogram of content; months with hardly any goods are left out. "
        if apart and len(market.partners) > 1:
            yield f"Drawn apart: {apart}, where the alerts that matter most are; all others are the grey line. "
    yield from _limits_caption(market)
    if cut_off(market):
        yield "Some prices of small lots lie above the chart. "
    if len(market.alerts) > ROWS_MOST:
        drawn = len(barred(market))
        yield f"Of {len(market.alerts)} alerts the {drawn} most serious are drawn; all are in the table of episodes. "


def _limits_caption(market: Market) -> Iterator[str]:
    """Yield what the dashed and the dotted lines are, or that the reference data of the run have nothing to draw."""
    if has_floor(market):
        yield f"Dashed: the floor of the goods{_floor_names(market)}. "
    elif market.key.side is Side.EXPORT:
        yield "Floors hold where goods enter: none is drawn for goods declared on leaving. "
    elif market.floors:
        yield f"A floor is in force{_floor_names(market)}; none of these goods fell under it. "
    else:
        yield "No floor of these goods is known to this run. "
    if has_normal_value(market):
        yield f"Dotted: the normal value, {_whose(market)}. "
    else:
        yield "No normal value is known to this run. "


def _floor_names(market: Market) -> str:
    names = list(dict.fromkeys(f"{each.name}, {each.status.replace('_', ' ')}" for each in market.floors))
    named = "; ".join(names[:_FLOORS_NAMED])
    more = f" and {len(names) - _FLOORS_NAMED} more" if len(names) > _FLOORS_NAMED else ""
    highest = ", the highest of its product" if market.key.side is Side.QUOTE else ""
    return f"{highest} ({named}{more})" if named else ""


def has_normal_value(market: Market) -> bool:
    """Return whether any month of a market has a normal value."""
    return bool(market.quoted_values) or any(each.normal_value is not None for each in market.total)


def _whose(market: Market) -> str:
    """Return whose normal value is drawn."""
    if market.key.side is Side.QUOTE:
        countries = [place_name(country) for country, _ in market.quoted_values]
        more = f"; {len(countries) - VALUES_MOST} more are not drawn" if len(countries) > VALUES_MOST else ""
        return f"of {listed(countries[:VALUES_MOST])}{more}"
    if market.key.side is Side.EXPORT:
        return f"of {place_name(market.key.country)}"
    own = next((each for each in told_apart(market) if any(month.normal_value for month in each.months)), None)
    return "the mean of all origins'" if own is None else f"of {own.name}"


def _partners(market: Market, figures: Figures) -> Element | None:
    panels = panels_of(market)
    if market.key.side is Side.QUOTE or len(panels) <= 1:
        return None
    word = market.partner_word
    left = len(market.partners) - len(panels)
    caption = (
        f"Each {word} in blue with its share of the volume, all others together in grey, on the same scales; "
        "prices in USD/kg, cut off where one is far above all others. Coloured bars at the foot are its alerts."
        + (
            f" {counted(left, word)} more, without alerts or smaller, {'is' if left == 1 else 'are'} not drawn."
            if left
            else ""
        )
    )
    return figures.figure(
        f"{market.anchor}-partners",
        f"{market.title}: prices of {counted(len(panels), word)} side by side.",
        by_partner(market),
        caption,
    )


def _monthly(market: Market) -> Element:
    rows: list[tuple[Any, ...]] = [
        (
            month_name(each.month),
            tonnes(each.qty_kg) if each.qty_kg else NONE,
            price(each.price),
            price(each.floor),
            price(each.normal_value),
            percent(100 * (each.floor - each.price) / each.floor) if each.floor and each.price is not None else NONE,
        )
        for each in market.total
    ]
    figures = ("Volume", "Price, USD/kg", "Floor", "Normal value", "Below floor by")
    return element(
        "details",
        element("summary", "The figures by month"),
        table(
            f"{market.title}, all {market.partner_word}s together",
            ["Month", *((name, "num") for name in figures)],
            rows,
        ),
    )
