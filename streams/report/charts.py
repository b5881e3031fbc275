"""
Charts as plain data for Plotly: what is drawn, and how.

Few colours, each with one meaning: three for the ways of goods that matter most, grey for all others, ink for the
floor and the normal value, a scale from yellow to crimson for alerts alone.  Figures become binary floats here, to be
drawn and for nothing else.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from html import escape
from itertools import pairwise
from typing import Any, Final, TypeAlias

from alerts.model import Severity

Chart: TypeAlias = dict[str, Any]
"""What Plotly is told: ``data`` and ``layout``."""

INK: Final = "#20262d"
QUIET: Final = "#5d6770"
GREY: Final = "#a9b1b8"
FAINT: Final = "#e6e8ea"
WAYS: Final = ("#1a5a96", "#1f9e89", "#7d4fa3")
"""Of the ways of goods that are told apart."""
SYMBOLS: Final = ("circle", "square", "triangle-up")
"""Of the same ways, by which they are told apart without colour."""
SEVERITY: Final = {
    Severity.INFO: "#e3c34a",
    Severity.WARNING: "#e8912d",
    Severity.HIGH: "#d24f2b",
    Severity.CRITICAL: "#8f1838",
}
FONT: Final = '"Helvetica Neue", Helvetica, Arial, "Liberation Sans", sans-serif'
LABEL_PX: Final = 12
_YEAR: Final = 12
_STEPS: Final = (1, 3, 6, _YEAR, 24, 36, 48, 60)
"""Months from one tick to the next."""
_ROOM: Final = 6


def drawn(value: Fraction | None) -> float | None:
    """Return a figure as it is drawn."""
    return None if value is None else round(float(value), 6)


def drawable(text: str) -> str:
    """Return *text* so that Plotly, which reads some markup in labels, shows it as it is."""
    return escape(text, quote=False)


def mid(month: str) -> str:
    """Return the day at which a month's figure is drawn."""
    return f"{month}-15"


def layout(height: int, **more: Any) -> dict[str, Any]:
    """Return what all charts have in common."""
    return {
        "autosize": True,
        "height": height,
        "font": {"family": FONT, "size": LABEL_PX, "color": INK},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "hoverlabel": {"bgcolor": "#ffffff", "bordercolor": GREY, "font": {"color": INK, "size": LABEL_PX}},
        **more,
    }


def axis(**more: Any) -> dict[str, Any]:
    """Return an axis: thin, without a zero line, fixed."""
    return {
        "fixedrange": True,
        "zeroline": False,
        "showline": False,
        "gridcolor": FAINT,
        "ticks": "",
        "tickfont": {"color": QUIET, "size": LABEL_PX},
        **more,
    }


def months_axis(months: Sequence[str], **more: Any) -> dict[str, Any]:
    """Return an axis of time from the first of *months* to the end of the last."""
    return axis(
        type="date",
        range=[f"{months[0]}-01", f"{following(months[-1])}-01"],
        showgrid=False,
        showline=True,
        linecolor=GREY,
        linewidth=1,
        ticks="outside",
        ticklen=4,
        tickcolor=GREY,
        **ticks_of(months),
        **more,
    )


def ticks_of(months: Sequence[str], most: int = 10) -> dict[str, Any]:
    """Return ticks at the beginnings of years, halves or quarters: as many as fit, and no more than *most*."""
    chosen = beginnings(months, most)
    return {"tickmode": "array", "tickvals": [f"{month}-01" for month in chosen], "ticktext": _tick_texts(chosen)}


def beginnings(months: Sequence[str], most: int = 10) -> list[str]:
    """
    Return the first months of the quarters, halves or years of the time, no more than *most*; the first at least.

    Where there is room for few, they are those of years as soon as there are two: a year is a short label.
    """
    every = months_between(months[0], months[-1])
    years_alone = most < _ROOM and len(every) > _YEAR + _YEAR // 2
    for step in _STEPS[_STEPS.index(_YEAR) :] if years_alone else _STEPS:
        chosen = [month for month in every if _index(month) % step == 0]
        if len(chosen) <= most:
            return chosen or every[:1]
    return every[:1]


def following(month: str) -> str:
    """Return the month after *month*."""
    return _month_text(_index(month) + 1)


def note(text: str, **more: Any) -> dict[str, Any]:
    """Return a label without an arrow."""
    return {"text": text, "showarrow": False, "font": {"size": LABEL_PX, "color": INK}, "align": "left", **more}


def price_range(
    values: Iterable[tuple[Fraction, Fraction]], always: Iterable[Fraction] = ()
) -> tuple[Fraction, Fraction]:
    """
    Return the range of an axis of prices that shows *always*, and all of *values* but freaks.

    A value is a price with its volume.  What is more than half as much again as all but the dearest fiftieth of the
    volume is cut off, so that a gram at a thousand times the usual price does not press everything else flat.
    """
    known = sorted(values)
    top = max(always, default=Fraction(0))
    whole = sum((qty for _, qty in known), Fraction(0))
    seen = Fraction(0)
    for price, qty in known:
        if whole and seen > whole * Fraction(49, 50):
            break
        seen += qty
        top = max(top, price)
    top = min(top * Fraction(3, 2), max([top, *(price for price, _ in known)]))
    low = min([price for price, _ in known] + list(always), default=Fraction(0))
    top = top or Fraction(1)
    bottom = low * Fraction(9, 10) if low * 4 > top else Fraction(0)
    return bottom, top + (top - bottom) * Fraction(8, 100)


def spread(places: Sequence[float], least: float) -> list[float]:
    """Return *places* moved apart so that no two are nearer than *least*, their order kept."""
    order = sorted(range(len(places)), key=lambda index: places[index])
    moved = list(places)
    for _ in range(len(places) * 4):
        for lower, upper in pairwise(order):
            lacking = least - (moved[upper] - moved[lower])
            if lacking > 0:
                moved[lower] -= lacking / 2
                moved[upper] += lacking / 2
    return moved


def _tick_texts(months: Sequence[str]) -> list[str]:
    texts, year = [], ""
    for month in months:
        name = _MONTHS[int(month[5:7]) - 1]
        texts.append(month[:4] if name == "Jan" else name if month[:4] == year else f"{name} {month[:4]}")
        year = month[:4]
    return texts


_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def month_name(month: str) -> str:
    """Return ``YYYY-MM`` as ``Mar 2025``."""
    return f"{_MONTHS[int(month[5:7]) - 1]} {month[:4]}"


def months_between(first: str, last: str) -> list[str]:
    """Return every month from *first* to *last*."""
    return [_month_text(index) for index in range(_index(first), _index(last) + 1)]


def _index(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:7]) - 1


def _month_text(index: int) -> str:
    return f"{index // 12:04}-{index % 12 + 1:02}"
