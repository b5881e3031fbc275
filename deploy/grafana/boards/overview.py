"""Overview: what is open, where prices stand against their floors, and what could not be judged."""

from typing import Final

from deploy.grafana.boards.board import Board, Row
from deploy.grafana.boards.panels import BAD, WARN, Column, Query, by_label, graph, number
from deploy.grafana.boards.promql import or_none, or_zero, quantile, share_of

_OWN: Final = 'job=~"$job", instance=~"$instance"'
_OPEN: Final = f"sum(floorwatch_alerts_open{{{_OWN}}})"
_GRAVE: Final = f'sum(floorwatch_alerts_open{{{_OWN}, severity=~"high|critical"}})'
_RECORDS: Final = f"sum(floorwatch_import_records{{{_OWN}}})"


def _judged(how: str) -> str:
    return share_of(f'sum(floorwatch_import_records{{{_OWN}, judged="{how}"}})', _RECORDS)


_NOW: Final = Row(
    title="Now",
    panels=[
        number("Open alerts", "Alerts that are firing or recovering.", "none", or_zero(_OPEN)),
        number(
            "Open, high or critical",
            "Open alerts whose worst severity so far is high or critical.",
            "none",
            or_zero(_GRAVE),
            steps=[(1, WARN), (10, BAD)],
        ),
        number(
            "Opened in 24 hours",
            "Alerts that opened or reopened in the last day.",
            "none",
            f'sum(increase(floorwatch_alert_changes_total{{{_OWN}, kind=~"opened|reopened"}}[1d]))',
            decimals=0,
        ),
        number(
            "Levy due",
            "Levy due on what the open floor breaches add up to.",
            "currencyUSD",
            or_zero(f"sum(floorwatch_levy_due_usd{{{_OWN}}})"),
        ),
        number(
            "Without a floor",
            "Part of the latest records whose product should have a floor and has none published.",
            "percentunit",
            _judged("missing"),
            steps=[(0.05, WARN), (0.5, BAD)],
        ),
        number(
            "Waiting for a price",
            "Part of the latest records that lack a rate, an assay or a basis. They are judged once it is published.",
            "percentunit",
            _judged("unpriced"),
            steps=[(0.05, WARN), (0.2, BAD)],
        ),
    ],
)

_PRODUCTS: Final = Row(
    title="Products",
    panels=[
        by_label(
            "Products",
            "Each product that is traded, with its open alerts, the levy due and how far the market is above the "
            "floor. A product's name leads to its own dashboard.",
            "product",
            [
                Column(
                    title="Open alerts",
                    expr=f"sum by (product) (floorwatch_alerts_open{{{_OWN}}}) "
                    f"or 0 * max by (product) (floorwatch_import_day_timestamp_seconds{{{_OWN}}})",
                    unit="none",
                ),
                Column(
                    title="Levy due",
                    expr=f"sum by (product) (floorwatch_levy_due_usd{{{_OWN}}}) "
                    f"or 0 * max by (product) (floorwatch_import_day_timestamp_seconds{{{_OWN}}})",
                    unit="currencyUSD",
                ),
                Column(
                    title="Least headroom",
                    expr=f"min by (product) (floorwatch_headroom_ratio{{{_OWN}}})",
                    unit="percentunit",
                ),
                Column(
                    title="Latest imports",
                    expr=f"sum by (product) (floorwatch_import_value_usd{{{_OWN}}})",
                    unit="currencyUSD",
                ),
                Column(
                    title="Latest import day",
                    expr=f"1000 * max by (product) (floorwatch_import_day_timestamp_seconds{{{_OWN}}})",
                    unit="dateTimeAsIso",
                ),
            ],
            link="/d/floorwatch-drill-down?var-product=${__value.raw:percentencode}&${__url_time_range}",
        ),
    ],
)

_ALERTS: Final = Row(
    title="Alerts",
    panels=[
        graph(
            "Open alerts by severity",
            "How many alerts are open, by the worst severity each has had.",
            "none",
            Query(
                expr=or_none(f"sum by (severity) (floorwatch_alerts_open{{{_OWN}}})", "severity"), legend="{{severity}}"
            ),
            stacked=True,
        ),
        graph(
            "Open alerts by rule",
            "How many alerts are open, by the rule that opened them.",
            "none",
            Query(expr=or_none(f"sum by (rule) (floorwatch_alerts_open{{{_OWN}}})", "rule"), legend="{{rule}}"),
            stacked=True,
        ),
        graph(
            "Alert changes in an hour",
            "What alerts did in the hour before each moment: opened, worsened, ended. Updates repeat figures and are "
            "left out.",
            "none",
            Query(
                expr=f'sum by (kind) (increase(floorwatch_alert_changes_total{{{_OWN}, kind!="updated"}}[1h]))',
                legend="{{kind}}",
            ),
        ),
        graph(
            "From record to alert",
            "Time from a record's arrival in Kafka to its alert being on the topic. The objective is 99 of 100 "
            "within a second. Points are single alerts: their id is in the tooltip.",
            "s",
            *(
                Query(
                    expr=quantile(share, "floorwatch_event_to_alert_seconds", _OWN),
                    legend=legend,
                    exemplars=legend == "p99",
                )
                for share, legend in (("0.5", "p50"), ("0.99", "p99"))
            ),
        ),
    ],
)

_PRICES: Final = Row(
    title="Prices and floors",
    panels=[
        graph(
            "Headroom",
            "Latest market price above the floor, as a part of the floor. Below zero the market is under the floor.",
            "percentunit",
            Query(expr=f"min by (product) (floorwatch_headroom_ratio{{{_OWN}}})", legend="{{product}}"),
            least=None,
        ),
        graph(
            "Import price against floor",
            "Import unit value above the floor of the same goods, as a part of the floor, by product: the lowest of "
            "its origins.",
            "percentunit",
            Query(
                expr="min by (product) ("
                f"floorwatch_import_unit_value_usd_per_kg{{{_OWN}}} / floorwatch_import_floor_usd_per_kg{{{_OWN}}} "
                f"- 1)",
                legend="{{product}}",
            ),
            least=None,
        ),
        graph(
            "Levy due by product",
            "Levy due on what the open floor breaches add up to.",
            "currencyUSD",
            Query(
                expr=or_none(f"sum by (product) (floorwatch_levy_due_usd{{{_OWN}}})", "product"), legend="{{product}}"
            ),
            stacked=True,
        ),
        graph(
            "How the floor question was answered",
            "Latest records by answer: judged by a floor, outside every zone, exempt, without a floor, without a "
            "price.",
            "none",
            Query(expr=f"sum by (judged) (floorwatch_import_records{{{_OWN}}})", legend="{{judged}}"),
            stacked=True,
        ),
    ],
)

BOARD: Final = Board(
    name="overview",
    title="Floorwatch / Overview",
    description="Which alerts are open, where prices stand against their floors, and what could not be judged. "
    "The time axis is when it became known; the latest figures of each lane are shown, whatever their date.",
    rows=[_NOW, _PRODUCTS, _ALERTS, _PRICES],
)
