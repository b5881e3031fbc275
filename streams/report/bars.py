"""Pairs of bars: what two runs have of the same things."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from streams.report.charts import GREY, WAYS, Chart, axis, drawable, drawn, layout

_ROW_PX: Final = 38
_LEFT_PX: Final = 250
_MARGINS_PX: Final = 34


def paired_bars(amounts: Sequence[tuple[str, Fraction, Fraction]], before: str, after: str) -> Chart:
    """Return two bars for each name, the first of them on top: what it has in the run *before*, and in that *after*."""
    names = [drawable(name) for name, _, _ in amounts]
    data = [
        {
            "type": "bar",
            "orientation": "h",
            "name": drawable(run),
            "y": names,
            "x": [drawn(amount) for amount in values],
            "marker": {"color": colour},
            "hovertemplate": "%{x:,.0f} USD",
        }
        # Plotly draws the last of a group on top.
        for run, values, colour in (
            (after, [later for _, _, later in amounts], WAYS[0]),
            (before, [earlier for _, earlier, _ in amounts], GREY),
        )
    ]
    made = layout(
        len(names) * _ROW_PX + _MARGINS_PX,
        margin={"l": _LEFT_PX, "r": 20, "t": 6, "b": _MARGINS_PX - 6},
        barmode="group",
        bargap=0.35,
        xaxis=axis(rangemode="tozero", nticks=6, tickprefix="USD "),
        yaxis=axis(autorange="reversed", showgrid=False),
    )
    return {"data": data[::-1], "layout": made}
