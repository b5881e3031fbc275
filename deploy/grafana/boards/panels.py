"""The kinds of panel that the dashboards are made of, each set up once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from grafana_foundation_sdk.builders import common, dashboard, heatmap, prometheus, stat, table, timeseries
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    LegendDisplayMode,
    LegendPlacement,
    ScaleDistribution,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    DataTransformerConfig,
    DynamicConfigValue,
    Threshold,
    ThresholdsMode,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

Panel = timeseries.Panel | stat.Panel | table.Panel | heatmap.Panel

SOURCE: Final = DataSourceRef(type_val="prometheus", uid="${datasource}")
GOOD: Final = "green"
WARN: Final = "orange"
BAD: Final = "red"

_HEIGHT: Final = 8
_WIDTH: Final = 24
_SMALL_HEIGHT: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """An expression and what its series are called."""

    expr: str
    legend: str
    exemplars: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table: what it is of each product, in which unit."""

    title: str
    expr: str
    unit: str


def graph(
    title: str,
    description: str,
    unit: str,
    *queries: Query,
    width: int = 2,
    stacked: bool = False,
    axis: str = "",
    least: float | None = 0,
    most: float | None = None,
    logarithmic: bool = False,
) -> timeseries.Panel:
    """Return lines over time, *width* graphs to a row; the axis goes from *least* to *most*, None: as the lines do."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .unit(unit)
        .height(_HEIGHT)
        .span(_WIDTH // width)
        .axis_label(axis)
        .line_width(2)
        .fill_opacity(30 if stacked else 5)
        .tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
        .legend(
            common.VizLegendOptions()
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
            .show_legend(show_legend=True)
        )
    )
    if least is not None:
        panel.min(least)
    if most is not None:
        panel.max(most)
    if logarithmic:
        panel.scale_distribution(common.ScaleDistributionConfig().type(ScaleDistribution.LOG).log(10))
    if stacked:
        panel.stacking(common.StackingConfig().mode(StackingMode.NORMAL))
    for place, query in enumerate(queries):
        panel.with_target(_target(query, place))
    return panel


def number(
    title: str,
    description: str,
    unit: str,
    expr: str,
    *,
    legend: str = "",
    steps: Sequence[tuple[float, str]] = (),
    width: int = 6,
    decimals: int | None = None,
) -> stat.Panel:
    """Return one large number; *steps* are the values from which it has another colour than green."""
    panel = (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .unit(unit)
        .height(_SMALL_HEIGHT)
        .span(_WIDTH // width)
        .graph_mode(BigValueGraphMode.AREA)
        .color_mode(BigValueColorMode.VALUE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .thresholds(_thresholds(steps))
        .with_target(_target(Query(expr=expr, legend=legend or title), 0))
    )
    return panel if decimals is None else panel.decimals(decimals)


def by_label(title: str, description: str, label: str, columns: Sequence[Column], *, link: str) -> table.Panel:
    """Return a table with a line for each value of *label*, which leads to *link*."""
    panel = (table.Panel().title(title).description(description).datasource(SOURCE).height(_HEIGHT).span(_WIDTH)).unit(
        "short"
    )
    names: dict[str, str] = {}
    for place, column in enumerate(columns):
        panel.with_target(_target(Query(expr=column.expr, legend=column.title), place, as_table=True))
        names[f"Value #{_ref(place)}"] = column.title
        panel.override_by_name(column.title, [DynamicConfigValue("unit", column.unit)])
    to = [{"title": "Look closer", "url": link}]
    panel.override_by_name(label, [DynamicConfigValue("links", to), DynamicConfigValue("custom.width", 260)])
    return (
        panel.with_transformation(DataTransformerConfig(id_val="merge", options={}))
        .with_transformation(_organised(names))
        .sort_by([common.TableSortByFieldState().display_name(columns[0].title).desc(desc=True)])
    )


def heat(title: str, description: str, unit: str, query: Query, *, width: int = 2) -> heatmap.Panel:
    """Return the buckets of a histogram over time, the darker the more."""
    target = _target(query, 0).format(PromQueryFormat.HEATMAP)
    return (
        heatmap.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .unit(unit)
        .height(_HEIGHT)
        .span(_WIDTH // width)
        .calculate(calculate=False)
        .with_target(target)
    )


def _target(query: Query, place: int, *, as_table: bool = False) -> prometheus.Dataquery:
    target = prometheus.Dataquery().expr(query.expr).ref_id(_ref(place)).datasource(SOURCE)
    if as_table:
        return target.instant().format(PromQueryFormat.TABLE)
    return target.range().legend_format(query.legend).exemplar(exemplar=query.exemplars)


def _ref(place: int) -> str:
    return chr(ord("A") + place)


def _thresholds(steps: Sequence[tuple[float, str]]) -> dashboard.ThresholdsConfig:
    colours = [Threshold(value=None, color=GOOD), *(Threshold(value=value, color=colour) for value, colour in steps)]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(colours)


def _organised(names: dict[str, str]) -> DataTransformerConfig:
    options: dict[str, Any] = {"excludeByName": {"Time": True}, "renameByName": names}
    return DataTransformerConfig(id_val="organize", options=options)
