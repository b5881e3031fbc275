"""What a report says, read from its page as a browser would: elements, tables, links, scripts, charts."""

import json
from html.parser import HTMLParser
from typing import Any

from alerts.model import Alert, Severity, State
from streams.month_series import MonthLine
from streams.report.material import Material
from streams.runs.manifest import Manifest, RuleSet, RunOptions
from tests.unit.runs.run_of import AS_OF

QUOTE = {"kind": "tick", "origin": "", "destination": "", "flow": "", "instrument": "lme:x", "qty_kg": None}
"""What makes a line one of quotes."""
VOID = {"br", "col", "hr", "img", "input", "link", "meta"}


class PageRead(HTMLParser):
    """A page taken apart."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.tables: list[dict[str, Any]] = []
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.nested: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.nested.append(tag)
        if tag == "table":
            self.tables.append({"caption": "", "rows": []})
        elif tag == "tr":
            self.tables[-1]["rows"].append([])
        elif tag in ("td", "th"):
            self.tables[-1]["rows"][-1].append("")
        elif tag == "script":
            self.scripts.append("")
        elif tag == "style":
            self.styles.append("")

    def handle_endtag(self, tag: str) -> None:
        """Note that an element ends, which has to be the one that is open."""
        assert self.nested.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note text where it stands."""
        if "script" in self.nested:
            self.scripts[-1] += data
        elif "style" in self.nested:
            self.styles[-1] += data
        else:
            self.texts.append(data)
            if "caption" in self.nested:
                self.tables[-1]["caption"] += data
            elif "td" in self.nested or "th" in self.nested:
                self.tables[-1]["rows"][-1][-1] += data

    @property
    def text(self) -> str:
        """All that is read."""
        return " ".join("".join(self.texts).split())

    @property
    def charts(self) -> dict[str, Any]:
        """What Plotly is told, by chart."""
        charts: dict[str, Any] = json.loads(self.scripts[0])
        return charts

    def table(self, caption: str) -> list[list[str]]:
        """Return the rows of the only table whose caption begins with *caption*, without the head."""
        (found,) = (each["rows"][1:] for each in self.tables if each["caption"].startswith(caption))
        return found

    def attributes(self, name: str) -> list[str]:
        """Return the values of an attribute wherever it stands."""
        return [given[name] or "" for _, given in self.elements if name in given]


def line(month: str, origin: str = "CN", **fields: Any) -> MonthLine:
    """Return a month of silicon metal into GB: a tonne at 2 USD/kg where *fields* say nothing else."""
    usual: dict[str, Any] = {
        "kind": "trade",
        "product": "silicon|metal",
        "origin": origin,
        "destination": "GB",
        "flow": "import",
        "month": month,
        "qty_kg": "1000",
        "value_usd": "2000",
        "usd_per_kg": "2",
        "rows": 1,
    }
    return MonthLine(**usual | fields)


def alert(number: int = 1, **fields: Any) -> Alert:
    """Return a breach of silicon metal from CN to GB where *fields* say nothing else."""
    usual: dict[str, Any] = {
        "id": f"{number:020}",
        "rule": "floor_breach",
        "rule_set": "abc",
        "severity": Severity.WARNING,
        "state": State.FIRING,
        "product": "silicon|metal",
        "origin": "CN",
        "destination": "GB",
        "zone": "z",
        "opened_at": "2025-02-10T00:00:00Z",
        "updated_at": "2025-03-10T00:00:00Z",
        "resolved_at": None,
        "summary": "It landed below its floor.",
        "evidence": {},
        "revision": 1,
    }
    return Alert(**usual | fields)


def material(*lines: MonthLine, alerts: tuple[Alert, ...] = (), run: str = "test", **summary: Any) -> Material:
    """Return a run of these lines and alerts."""
    manifest = Manifest(
        run=run,
        made_at="2026-01-01T12:00:00Z",
        code_version="1.2.3",
        way="direct",
        inputs=(),
        rules=RuleSet(path=None, digest="abc"),
        options=RunOptions(as_of=AS_OF),
        summary={"records": len(lines), **summary},
    )
    return Material(manifest, alerts, lines)
