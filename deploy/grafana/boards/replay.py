"""Replay: how far a feed has come, how fast, and what came of it."""

from typing import Final

from deploy.grafana.boards.board import Board, Row
from deploy.grafana.boards.panels import WARN, Query, graph, number
from deploy.grafana.boards.promql import or_none, or_zero

_OWN: Final = 'job=~"$job", instance=~"$instance"'
_RATE: Final = "$__rate_interval"
_JUDGED: Final = f"sum(floorwatch_records_total{{{_OWN}}})"
_SPEED: Final = f"sum(rate(floorwatch_records_total{{{_OWN}}}[{_RATE}]))"
_WAITING: Final = f'sum(floorwatch_consumer_lag_records{{{_OWN}, topic!="alerts"}})'

_NOW: Final = Row(
    title="Progress",
    panels=[
        number("Records judged", "Records judged since the workers started.", "short", _JUDGED),
        number("Records a second", "Records judged each second, all workers together.", "cps", _SPEED),
        number(
            "Judged of what is written",
            "Part of the records written so far that is judged. A paced replay writes as it goes: this says whether "
            "the workers keep up with it, not how much of the feed is left.",
            "percentunit",
            f"{_JUDGED} / clamp_min({_JUDGED} + {_WAITING}, 1)",
        ),
        number(
            "Time to catch up",
            "Records waiting by records judged each second; 0 where none waits.",
            "s",
            f"{_WAITING} / clamp_min({_SPEED}, 1)",
        ),
        number(
            "Last sealed day",
            "The day (event time) up to which the mineral that is furthest has been judged for good.",
            "dateTimeAsIso",
            f"1000 * max(floorwatch_watermark_timestamp_seconds{{{_OWN}}})",
        ),
        number(
            "Alerts opened",
            "Alerts opened or reopened since the workers started.",
            "none",
            f'sum(floorwatch_alert_changes_total{{{_OWN}, kind=~"opened|reopened"}})',
        ),
    ],
)

_HOW: Final = Row(
    title="How it goes",
    panels=[
        graph(
            "Records judged and waiting",
            "What is judged, and what is written and waits.",
            "short",
            Query(expr=_JUDGED, legend="judged"),
            Query(expr=_WAITING, legend="waiting"),
            stacked=True,
        ),
        graph(
            "Event days sealed each second",
            "How fast event time passes, by mineral, over the minute before: 1 is a day of the feed each second.",
            "none",
            Query(
                expr=f"max by (mineral) (deriv(floorwatch_watermark_timestamp_seconds{{{_OWN}}}[1m])) / 86400",
                legend="{{mineral}}",
            ),
            least=None,
        ),
        graph(
            "Last sealed day by mineral",
            "The day (event time) up to which each mineral has been judged for good.",
            "dateTimeAsIso",
            Query(
                expr=f"1000 * max by (mineral) (floorwatch_watermark_timestamp_seconds{{{_OWN}}})", legend="{{mineral}}"
            ),
            least=None,
        ),
        graph(
            "How old the feed is",
            "From the end of the last sealed day to now, by mineral.",
            "s",
            Query(expr=f"max by (mineral) (floorwatch_watermark_lag_seconds{{{_OWN}}})", legend="{{mineral}}"),
        ),
    ],
)

_RESULT: Final = Row(
    title="What came of it",
    panels=[
        graph(
            "Alert changes",
            "Alert changes since the workers started, by what they did.",
            "none",
            Query(expr=f"sum by (kind) (floorwatch_alert_changes_total{{{_OWN}}})", legend="{{kind}}"),
        ),
        graph(
            "Alerts opened by rule",
            "Alerts opened or reopened since the workers started, by rule.",
            "none",
            Query(expr=or_none(f"sum by (rule) (floorwatch_alerts_opened_total{{{_OWN}}})", "rule"), legend="{{rule}}"),
            stacked=True,
        ),
        graph(
            "Repeated and refused",
            "Records since the workers started that were not new: duplicates, earlier revisions, conflicts, "
            "refusals. A replay of what was replayed before is all duplicates, and changes no alert.",
            "none",
            Query(expr=f'sum by (outcome) (floorwatch_records_total{{{_OWN}, outcome!="new"}})', legend="{{outcome}}"),
        ),
        graph(
            "State",
            "Rows, lane-days and episodes remembered.",
            "short",
            Query(expr=f"sum(floorwatch_state_rows{{{_OWN}}})", legend="rows"),
            Query(expr=f"sum(floorwatch_state_cells{{{_OWN}}})", legend="lane-days"),
            Query(expr=f"sum(floorwatch_state_episodes{{{_OWN}}})", legend="episodes"),
        ),
        number(
            "Alerts written to Redis",
            "Alert changes accepted by Redis since the workers started.",
            "none",
            or_zero(f'sum(floorwatch_sink_changes_total{{{_OWN}, outcome="accepted"}})'),
            width=2,
        ),
        number(
            "Dead letters",
            "Records refused since the workers started.",
            "none",
            f'sum(floorwatch_records_total{{{_OWN}, outcome="refused"}})',
            steps=[(1, WARN)],
            width=2,
        ),
    ],
)

BOARD: Final = Board(
    name="replay",
    title="Floorwatch / Replay",
    description="How far a replayed feed has come, how fast, and what came of it.",
    rows=[_NOW, _HOW, _RESULT],
    span="now-30m",
)
