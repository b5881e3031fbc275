"""A dashboard as data, and its JSON."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from deploy.grafana.boards.panels import SOURCE, Panel

TAG: Final = "floorwatch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A variable whose values are a label's."""

    name: str
    label: str
    query: str
    everything: str = ".+"
    """What All stands for; empty: one is chosen at a time, at first the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """An annotation: a line where an expression has samples."""

    name: str
    expr: str
    title: str
    text: str
    colour: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Panels that answer one question, under its heading."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One dashboard: its panels, what can be chosen, what is marked."""

    name: str
    """Of its file; its uid is ``floorwatch-<name>``."""
    title: str
    description: str
    rows: Sequence[Row]
    choices: Sequence[Choice] = ()
    marks: Sequence[Mark] = ()
    span: str = "now-6h"

    @property
    def uid(self) -> str:
        """Its id in links; the same for good."""
        return f"{TAG}-{self.name}"


JOB: Final = Choice(
    name="job",
    label="Job",
    query='label_values({__name__=~"floorwatch_ready|floorwatch_api_store_up"}, job)',
    everything="floorwatch.*",
)
INSTANCE: Final = Choice(name="instance", label="Instance", query='label_values(up{job=~"$job"}, instance)')


def as_json(board: Board, boards: Sequence[Board]) -> str:
    """Return the file of *board*, with links to the other *boards*."""
    builder = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .description(board.description)
        .tags([TAG])
        .readonly()
        .refresh("10s")
        .time(board.span, "now")
        .timezone("utc")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .with_variable(dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"))
    )
    for choice in (JOB, INSTANCE, *board.choices):
        builder.with_variable(_variable(choice))
    for mark in board.marks:
        builder.annotation(_annotation(mark))
    for other in boards:
        if other is not board:
            builder.link(_link(other))
    for row in board.rows:
        builder.with_row(dashboard.Row(row.title))
        for panel in row.panels:
            builder.with_panel(panel)
    tree: dict[str, Any] = json.loads(JSONEncoder().encode(builder.build()))
    _formatted(tree, board.marks)
    return json.dumps(tree, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _variable(choice: Choice) -> dashboard.QueryVariable:
    variable = (
        dashboard.QueryVariable(choice.name)
        .label(choice.label)
        .datasource(SOURCE)
        .query(choice.query)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
    )
    if not choice.everything:
        return variable
    return (
        variable.multi(multi=True)
        .include_all(include_all=True)
        .all_value(choice.everything)
        .current(VariableOption(text="All", value="$__all"))
    )


def _annotation(mark: Mark) -> dashboard.AnnotationQuery:
    return (
        dashboard.AnnotationQuery()
        .name(mark.name)
        .datasource(SOURCE)
        .enable(enable=True)
        .icon_color(mark.colour)
        .expr(mark.expr)
    )


def _formatted(tree: dict[str, Any], marks: Sequence[Mark]) -> None:
    """Say what each annotation says: the builders know nothing of Prometheus' part of one."""
    for made, mark in zip(tree["annotations"].get("list", ()), marks, strict=True):
        made |= {"titleFormat": mark.title, "textFormat": mark.text, "step": "10s"}


def _link(other: Board) -> dashboard.DashboardLink:
    return (
        dashboard.DashboardLink(other.title)
        .type(DashboardLinkType.LINK)
        .url(f"/d/{other.uid}")
        .keep_time(keep_time=True)
        .include_vars(include_vars=True)
    )
