"""
The page: its parts in order, its style, its script, its charts, in one file that asks nobody for anything.

Its content security policy lets two scripts run, by their hashes, and nothing be loaded: what stands in a run, whoever
wrote it, is text in the page and can be nothing else.
"""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec

from streams.report.case_section import case_section
from streams.report.cases import cases_of
from streams.report.comparison import comparison
from streams.report.elements import Content, Element, element, markup
from streams.report.episode_section import episodes
from streams.report.figure_sections import Figures, at_a_glance, drawn_markets, in_time
from streams.report.markets import markets_of
from streams.report.material import Material
from streams.report.sections import SIGNAL, coverage, header, method
from streams.runs.errors import RunError

_encoder: Final = msgspec.json.Encoder(order="sorted")


def write_report(run: Material, path: Path, *, against: Material | None = None) -> None:
    """Write the report of *run* to *path*; raises :class:`RunError` where Plotly is not installed, and ``OSError``."""
    path.write_text(report(run, against=against), encoding="utf-8", newline="\n")


def report(run: Material, *, against: Material | None = None) -> str:
    """Return the report of *run*, beside another run where one is given; the same bytes for the same runs."""
    markets = markets_of(run.series, run.alerts)
    drawn = drawn_markets(markets)
    cases = cases_of(markets)
    leading = cases[0].alerts[0] if cases else None
    figures = Figures()
    parts = [
        at_a_glance(markets, figures),
        in_time(markets, figures),
        comparison(run, against, figures) if against is not None else None,
        case_section(cases, drawn),
        episodes(run.alerts, markets, drawn),
        coverage(run, markets),
        method(run),
    ]
    title = f"Floorwatch report: {run.name}"
    body = [
        header(run, markets, leading),
        element("main", _contents(parts, against), parts, element("footer", f"{SIGNAL}. Run {run.name}.")),
    ]
    return _document(title, body, figures)


def _contents(parts: Sequence[Content], against: Material | None) -> Element:
    named = [
        ("glance", "At a glance", parts[0] is not None),
        ("timelines", "Price, floor, normal value", True),
        ("comparison", f"Compared with {against.name}" if against else "", against is not None),
        ("cases", "Evidence by case", True),
        ("episodes", "Episodes", True),
        ("coverage", "Coverage", True),
        ("method", "Method and versions", True),
    ]
    links = [element("li", element("a", title, href=f"#{anchor}")) for anchor, title, there in named if there]
    return element("nav", element("ul", links), aria_label="Contents")


def _document(title: str, body: Content, figures: Figures) -> str:
    scripts = [_plotly(), _asset("draw.js")] if figures.charts else []
    # Within a script element, only "<" could end it; as an escape it is the same JSON.
    charts = _encoder.encode(figures.charts).decode().replace("<", "\\u003c")
    return "".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
            markup(element("meta", http_equiv="Content-Security-Policy", content=_policy(scripts))),
            '\n<meta name="viewport" content="width=device-width, initial-scale=1">',
            '\n<meta name="referrer" content="no-referrer">\n',
            markup(element("title", title)),
            f"\n<style>\n{_asset('style.css')}</style>\n</head>\n<body>\n",
            markup(body),
            '\n<noscript><p class="caution">The charts need JavaScript; their figures are in tables.</p></noscript>\n',
            f'<script type="application/json" id="charts">{charts}</script>\n',
            *(f"<script>{script}</script>\n" for script in scripts),
            "</body>\n</html>\n",
        ]
    )


def _policy(scripts: Sequence[str]) -> str:
    hashes = " ".join(f"'sha256-{_hash(script)}'" for script in scripts) or "'none'"
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


@cache
def _plotly() -> str:
    """Return the charting library as the installed package carries it; nothing of the package is imported."""
    found = find_spec("plotly")
    places = found.submodule_search_locations or () if found is not None else ()
    for place in places:
        script = Path(place) / "package_data" / "plotly.min.js"
        if script.is_file():
            # A browser reads CRLF as LF before it works out a script's hash.
            return script.read_text(encoding="utf-8").replace("\r\n", "\n")
    raise RunError("a report needs plotly for its charts: pip install 'floorwatch[report]'")
