"""Pipeline health: whether records get through, in time and whole, and what the workers are busy with."""

from typing import Final

from deploy.grafana.boards.board import Board, Mark, Row
from deploy.grafana.boards.panels import BAD, WARN, Query, graph, heat, number
from deploy.grafana.boards.promql import mean, or_none, quantile, share_of

_OWN: Final = 'job=~"$job", instance=~"$instance"'
_RATE: Final = "$__rate_interval"


def _quantiles(metric: str) -> list[Query]:
    return [
        Query(expr=quantile(share, metric, _OWN), legend=legend, exemplars=legend == "p99")
        for share, legend in (("0.5", "p50"), ("0.95", "p95"), ("0.99", "p99"))
    ]


_NOW: Final = Row(
    title="Now",
    panels=[
        number(
            "Workers ready",
            "Workers that read their partitions and have restored them.",
            "none",
            f"sum(floorwatch_ready{{{_OWN}}})",
        ),
        number(
            "Workers not live",
            "Workers that stand still: records wait and none becomes durable.",
            "none",
            f"count(floorwatch_live{{{_OWN}}}) - sum(floorwatch_live{{{_OWN}}})",
            steps=[(1, BAD)],
        ),
        number(
            "Partitions held",
            "Partitions of the source topics whose state a worker holds.",
            "none",
            f"sum(floorwatch_partitions_assigned{{{_OWN}}})",
        ),
        number(
            "Records waiting",
            "Records in the log past the last one whose effects are durable, all topics.",
            "short",
            f"sum(floorwatch_consumer_lag_records{{{_OWN}}})",
            steps=[(10_000, WARN), (100_000, BAD)],
        ),
        number(
            "Longest wait",
            "How long records of the slowest partition have waited without any becoming durable.",
            "s",
            f"max(floorwatch_commit_age_seconds{{{_OWN}}})",
            steps=[(10, WARN), (60, BAD)],
        ),
        number(
            "System alerts firing",
            "Alerts about the system itself; docs/runbooks says what to do about each.",
            "none",
            'count(ALERTS{alertname=~"Floorwatch.+", alertstate="firing"}) or vector(0)',
            steps=[(1, BAD)],
        ),
    ],
)

_RECORDS: Final = Row(
    title="Records: rate, errors, lag",
    panels=[
        graph(
            "Records by outcome",
            "Records judged each second, by what became of them; heartbeats are left out.",
            "cps",
            Query(
                expr=f"sum by (topic, outcome) (rate(floorwatch_records_total{{{_OWN}}}[{_RATE}]))",
                legend="{{topic}}: {{outcome}}",
            ),
            stacked=True,
        ),
        graph(
            "Refused and late",
            "Part of the records that could not be right, and part that came after their day was sealed.",
            "percentunit",
            Query(
                expr=share_of(
                    f'sum by (topic) (rate(floorwatch_records_total{{{_OWN}, outcome="refused"}}[{_RATE}]))',
                    f"sum by (topic) (rate(floorwatch_records_total{{{_OWN}}}[{_RATE}]))",
                ),
                legend="{{topic}}: refused",
            ),
            Query(
                expr=share_of(
                    f"sum by (topic) (rate(floorwatch_late_records_total{{{_OWN}}}[{_RATE}]))",
                    f"sum by (topic) (rate(floorwatch_records_total{{{_OWN}}}[{_RATE}]))",
                ),
                legend="{{topic}}: late",
            ),
        ),
        graph(
            "Dead letters by reason",
            "Records refused since the workers started, by reason; each is on the topic dead-letters.",
            "none",
            Query(
                expr=or_none(f"sum by (reason) (floorwatch_dead_letters_total{{{_OWN}}})", "reason"),
                legend="{{reason}}",
            ),
        ),
        graph(
            "Records waiting by topic",
            "Records in the log past the last one whose effects are durable.",
            "short",
            Query(
                expr=f"sum by (topic) (floorwatch_consumer_lag_records{{{_OWN}}})",
                legend="{{topic}}",
            ),
        ),
        graph(
            "Longest wait by partition",
            "How long records of a partition have waited without any becoming durable; over a minute is an alert.",
            "s",
            Query(
                expr=f"max by (partition) (floorwatch_commit_age_seconds{{{_OWN}}})",
                legend="partition {{partition}}",
            ),
        ),
        graph(
            "Days not sealed",
            "Event time from the last sealed day to the latest day known, by mineral: grows when a source falls "
            "behind the others.",
            "s",
            Query(expr=f"max by (mineral) (floorwatch_unsealed_seconds{{{_OWN}}})", legend="{{mineral}}"),
        ),
    ],
)

_TIME: Final = Row(
    title="Time",
    panels=[
        graph(
            "From record to alert on its topic",
            "From the arrival in Kafka of a slice's oldest record to the acknowledgement of each alert change it led "
            "to. 0 where no alert changed.",
            "s",
            *_quantiles("floorwatch_event_to_alert_seconds"),
        ),
        graph(
            "From record to alert in Redis",
            "From the arrival in Kafka of a slice's oldest record to each alert change being in Redis. 0 where none "
            "changed.",
            "s",
            *_quantiles("floorwatch_end_to_end_seconds"),
        ),
        heat(
            "Alert changes by time taken",
            "How many alert changes took how long from record to topic.",
            "s",
            Query(
                expr=f"sum by (le) (increase(floorwatch_event_to_alert_seconds_bucket{{{_OWN}}}[{_RATE}]))",
                legend="{{le}}",
            ),
        ),
        graph(
            "Time of a slice by stage",
            "Mean time that a slice takes to be judged, written to the ledger, told and stored.",
            "s",
            Query(expr=mean("floorwatch_stage_seconds", _OWN, "stage"), legend="{{stage}}"),
        ),
        graph(
            "Slowest slices by stage",
            "Time that 99 of 100 slices stay under, by stage; 0 where none passed.",
            "s",
            Query(expr=quantile("0.99", "floorwatch_stage_seconds", _OWN, "stage"), legend="{{stage}}"),
        ),
        graph(
            "Size of a slice",
            "Mean number of records that are judged together, by topic.",
            "none",
            Query(expr=mean("floorwatch_slice_records", _OWN, "topic"), legend="{{topic}}"),
        ),
    ],
)

_WORKERS: Final = Row(
    title="Workers",
    panels=[
        graph(
            "Rows remembered",
            "Records remembered, by mineral. Memory and recovery grow with them.",
            "short",
            Query(expr=f"sum by (mineral) (floorwatch_state_rows{{{_OWN}}})", legend="{{mineral}}"),
            stacked=True,
        ),
        graph(
            "Memory",
            "Memory of each process, and the part that the records' columns and index take.",
            "bytes",
            Query(expr=f"max by (instance) (process_resident_memory_bytes{{{_OWN}}})", legend="{{instance}}"),
            Query(expr=f"sum by (instance) (floorwatch_state_bytes{{{_OWN}}})", legend="{{instance}}: records"),
        ),
        graph(
            "Processor time",
            "Cores in use, by process. A worker can use one.",
            "none",
            Query(
                expr=f"sum by (instance) (rate(process_cpu_seconds_total{{{_OWN}}}[{_RATE}]))",
                legend="{{instance}}",
            ),
        ),
        graph(
            "Assignments and recovery",
            "Assignments of partitions in the quarter of an hour before, and workers that restore state.",
            "none",
            Query(
                expr=f"sum by (instance) (increase(floorwatch_rebalances_total{{{_OWN}}}[15m]))",
                legend="{{instance}}: assignments",
            ),
            Query(expr=f"sum by (instance) (floorwatch_recovering{{{_OWN}}})", legend="{{instance}}: recovering"),
        ),
        graph(
            "Time to recover",
            "Mean time from an assignment of partitions to their state being restored, over the last six hours.",
            "s",
            Query(
                expr=f"sum by (instance) (increase(floorwatch_recovery_seconds_sum{{{_OWN}}}[6h])) "
                f"/ clamp_min(sum by (instance) (increase(floorwatch_recovery_seconds_count{{{_OWN}}}[6h])), 1)",
                legend="{{instance}}",
            ),
        ),
        graph(
            "Age of the figures",
            "Age of the figures that a worker shows: more than a moment where it is too busy to be read.",
            "s",
            Query(expr=f"max by (instance) (floorwatch_snapshot_age_seconds{{{_OWN}}})", legend="{{instance}}"),
        ),
    ],
)

BOARD: Final = Board(
    name="pipeline",
    title="Floorwatch / Pipeline health",
    description="Whether records get through, in time and whole, and what the workers are busy with. Lines across "
    "the graphs are alerts about the system itself.",
    marks=[
        Mark(
            name="System alerts",
            expr='ALERTS{alertname=~"Floorwatch.+", alertstate="firing"}',
            title="{{alertname}}",
            text="{{severity}} {{instance}}",
            colour=WARN,
        ),
    ],
    rows=[_NOW, _RECORDS, _TIME, _WORKERS],
    span="now-1h",
)
