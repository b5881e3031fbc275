"""
Pictures of the dashboards from what a Prometheus answers, for readers who have no Grafana at hand.

``python -m deploy.grafana.boards.pictures --prometheus http://127.0.0.1:9090 --minutes 30 docs/dashboards`` draws each
dashboard with every variable at All.  They show what a panel asks and answers, not Grafana's own looks.
"""

import argparse
import json
import re
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

FOLDER: Final = Path(__file__).resolve().parents[1] / "dashboards"
COLUMNS: Final = 24
_WIDTH_IN: Final = 16.0
_ROW_IN: Final = 0.42
_TITLE_IN: Final = 0.6
_BESIDE_IN: Final = 0.6
_BELOW_IN: Final = 0.28
_POINTS: Final = 200
_LEGEND_MOST: Final = 8
_DAY_S: Final = 86_400
_COLOURS: Final = {"green": "#2f9e44", "orange": "#e8590c", "red": "#e03131"}
_SCALES: Final = ((1e9, "G"), (1e6, "M"), (1e3, "k"))

Ask = Callable[[str], list[dict[str, Any]]]


def prometheus(address: str, *, start: float, end: float, product: str) -> Ask:
    """Return what asks the Prometheus at *address* for series between two instants; raises ``OSError``."""
    step = max(1, round((end - start) / _POINTS))
    rate_interval = f"{max(8, 4 * step)}s"

    def ask(expr: str) -> list[dict[str, Any]]:
        text = (
            expr.replace("$__rate_interval", rate_interval).replace("$product", product).replace("$job", "floorwatch.*")
        )
        query = {"query": re.sub(r"\$\{?\w+\}?", ".+", text), "start": start, "end": end, "step": step}
        url = f"{address}/api/v1/query_range?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - the address is the caller's
            found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
        return found

    return ask


def draw(board: dict[str, Any], ask: Ask, minutes: float) -> Figure:
    """Return a picture of *board*, whose graphs go back so many *minutes*."""
    panels = list(_panels(board))
    rows = max(panel["gridPos"].get("y", 0) + panel["gridPos"]["h"] for panel in panels)
    height = _ROW_IN * rows + _TITLE_IN
    figure = Figure(figsize=(_WIDTH_IN, height))
    figure.text(
        0.5, 1 - 0.5 * _TITLE_IN / height, board["title"], fontsize=15, fontweight="bold", ha="center", va="center"
    )
    for panel in panels:
        axes = figure.add_axes(_place(panel["gridPos"], height))
        axes.set_title(panel["title"], fontsize=9, loc="left")
        axes.tick_params(labelsize=7)
        _DRAWN[panel["type"]](axes, panel, ask)
        if panel["type"] in {"timeseries", "heatmap"}:
            axes.set_xlim(-minutes, 0)
    return figure


def _place(place: dict[str, Any], height: float) -> tuple[float, float, float, float]:
    """Return left, bottom, width and height of a panel in its picture, as parts of the whole."""
    column = _WIDTH_IN / COLUMNS
    bottom = height - _TITLE_IN - _ROW_IN * (place.get("y", 0) + place["h"]) + _BELOW_IN
    return (
        (column * place.get("x", 0) + _BESIDE_IN) / _WIDTH_IN,
        bottom / height,
        (column * place["w"] - 1.3 * _BESIDE_IN) / _WIDTH_IN,
        (_ROW_IN * place["h"] - 2 * _BELOW_IN) / height,
    )


def write(address: str, folder: Path, *, minutes: float, product: str) -> list[Path]:
    """Draw every dashboard into *folder* and return the files; raises ``OSError`` where Prometheus does not answer."""
    folder.mkdir(parents=True, exist_ok=True)
    now = time.time()  # noqa: TID251 - a picture is of now
    ask = prometheus(address, start=now - 60 * minutes, end=now, product=product)
    written = []
    for path in sorted(FOLDER.glob("*.json")):
        picture = folder / f"{path.stem}.png"
        draw(json.loads(path.read_text(encoding="utf-8")), ask, minutes).savefig(picture, dpi=60)
        written.append(picture)
    return written


def _panels(board: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (panel for panel in board["panels"] if panel["type"] != "row")


def _lines(axes: Axes, panel: dict[str, Any], ask: Ask) -> None:
    drawn = [(_legend(target["legendFormat"], each["metric"]), each["values"]) for target, each in _series(panel, ask)]
    style = panel["fieldConfig"]["defaults"]
    if style.get("custom", {}).get("stacking", {}).get("mode") == "normal":
        _stack(axes, drawn)
    else:
        for legend, values in drawn:
            axes.plot(_minutes([instant for instant, _ in values]), _numbers(values), label=legend, linewidth=1.2)
    _dress(axes, style)
    if drawn:
        axes.legend(
            fontsize=6,
            ncols=2,
            loc="upper left",
            framealpha=0.6,
            handles=axes.get_legend_handles_labels()[0][:_LEGEND_MOST],
        )


def _stack(axes: Axes, drawn: Sequence[tuple[str, Any]]) -> None:
    instants = sorted({instant for _, values in drawn for instant, _ in values})
    known = [{instant: float(value) for instant, value in values} for _, values in drawn]
    layers = [[each.get(instant, 0.0) for instant in instants] for each in known]
    axes.stackplot(
        _minutes(instants),
        layers,
        labels=[name for name, _ in drawn],
        alpha=0.6,
    )


def _number(axes: Axes, panel: dict[str, Any], ask: Ask) -> None:
    style = panel["fieldConfig"]["defaults"]
    found = [values for _, each in _series(panel, ask) if (values := _numbers(each["values"]))]
    value = found[0][-1] if found else None
    colour = "#868e96" if value is None else _colour(value, style["thresholds"]["steps"])
    if value is not None and "decimals" in style:
        value = round(value, style["decimals"])
    text = "no data" if value is None else shown(value, style["unit"])
    axes.text(0.5, 0.45, text, ha="center", va="center", fontsize=18, color=colour, transform=axes.transAxes)
    axes.set_axis_off()
    axes.set_title(panel["title"], fontsize=9, loc="left")


def _table(axes: Axes, panel: dict[str, Any], ask: Ask) -> None:
    units = {each["matcher"]["options"]: each["properties"][0]["value"] for each in panel["fieldConfig"]["overrides"]}
    titles = panel["transformations"][-1]["options"]["renameByName"]
    columns = [(titles[f"Value #{target['refId']}"], ask(target["expr"])) for target in panel["targets"]]
    label = next(name for name in units if name not in titles.values())
    lines: dict[str, dict[str, str]] = {}
    for title, series in columns:
        for each in series:
            cell = shown(float(each["values"][-1][1]), units[title])
            lines.setdefault(each["metric"].get(label, ""), {})[title] = cell
    cells = [[name, *(line.get(title, "") for title, _ in columns)] for name, line in sorted(lines.items())]
    axes.set_axis_off()
    if cells:
        drawn = axes.table(cells, colLabels=[label, *(title for title, _ in columns)], loc="upper center")
        drawn.auto_set_font_size(value=False)
        drawn.set_fontsize(8)


def _heat(axes: Axes, panel: dict[str, Any], ask: Ask) -> None:
    series = sorted(
        (each for _, each in _series(panel, ask) if each["metric"]["le"] != "+Inf"),
        key=lambda each: float(each["metric"]["le"]),
    )
    if series:
        rows = [_numbers(each["values"]) for each in series]
        least = min(map(len, rows))
        counts = [rows[0][:least]] + [
            [max(0.0, high - low) for low, high in zip(below, above, strict=False)][:least]
            for below, above in pairwise(rows)
        ]
        axes.pcolormesh(
            _minutes([instant for instant, _ in series[0]["values"]])[:least],
            range(len(counts)),
            counts,
            cmap="Oranges",
            shading="nearest",
        )
        axes.set_yticks(range(len(series)), [f"{float(each['metric']['le']):g} s" for each in series], fontsize=6)
        _on_time(axes)


_DRAWN: Final = {"timeseries": _lines, "stat": _number, "table": _table, "heatmap": _heat}


def _series(panel: dict[str, Any], ask: Ask) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [(target, each) for target in panel["targets"] for each in ask(target["expr"])]


def _minutes(instants: Sequence[float]) -> list[float]:
    """Return how many minutes before the end of the picture each of *instants* is, as a number below zero."""
    return [(instant - instants[-1]) / 60 for instant in instants]


def _numbers(values: Sequence[Any]) -> list[float]:
    return [float(value) for _, value in values]


def _legend(form: str, labels: dict[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), form)


def _colour(value: float, steps: Sequence[dict[str, Any]]) -> str:
    reached = [step["color"] for step in steps if step["value"] is None or value >= step["value"]]
    return _COLOURS[reached[-1]]


def _dress(axes: Axes, style: dict[str, Any]) -> None:
    if style.get("custom", {}).get("scaleDistribution", {}).get("type") == "log":
        axes.set_yscale("log")
    if style.get("min") is not None:
        axes.set_ylim(bottom=style["min"])
    if style.get("max") is not None:
        axes.set_ylim(top=style["max"])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: shown(value, style["unit"])))
    axes.grid(alpha=0.25)
    _on_time(axes)


def _on_time(axes: Axes) -> None:
    axes.locator_params(axis="x", nbins=6)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda minutes, _: f"{minutes:g} min" if minutes else "now"))


def shown(value: float, unit: str) -> str:
    """Return *value* as its unit has it."""
    if unit == "percentunit":
        return f"{100 * value:.3g}%"
    if unit == "dateTimeAsIso":
        return datetime.fromtimestamp(value / 1000, tz=UTC).date().isoformat()
    if unit == "s":
        return _duration(value)
    scale, letter = next(((scale, letter) for scale, letter in _SCALES if abs(value) >= scale), (1.0, ""))
    text = f"{value / scale:.3g}{letter}"
    marks = {
        "currencyUSD": f"${text}",
        "masskg": f"{text} kg",
        "cps": f"{text}/s",
        "reqps": f"{text}/s",
        "bytes": f"{text}B",
    }
    return marks.get(unit, text)


def _duration(value: float) -> str:
    if abs(value) >= _DAY_S:
        return f"{value / _DAY_S:.3g} d"
    return f"{value:.3g} s" if abs(value) >= 1 or not value else f"{1000 * value:.3g} ms"


def main() -> None:
    """Draw the dashboards as the command line says."""
    parser = argparse.ArgumentParser(description="Draw the dashboards from what a Prometheus answers.")
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--prometheus", default="http://127.0.0.1:9090", help="its address (default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=30, help="how far back (default: %(default)s)")
    parser.add_argument("--product", default="silicon|metal", help="of the dashboard of one (default: %(default)s)")
    chosen = parser.parse_args()
    write(chosen.prometheus, chosen.folder, minutes=chosen.minutes, product=chosen.product)


if __name__ == "__main__":
    main()
