"""Delivery: whether alerts reach Redis, and from there whoever subscribed."""

from typing import Final

from deploy.grafana.boards.board import Board, Row
from deploy.grafana.boards.panels import BAD, WARN, Query, graph, number
from deploy.grafana.boards.promql import or_none, or_zero, quantile

_OWN: Final = 'job=~"$job", instance=~"$instance"'
_RATE: Final = "$__rate_interval"

_NOW: Final = Row(
    title="Now",
    panels=[
        number(
            "Redis takes alerts",
            "1 where Redis answered the worker that writes alerts to it; 0 too where no worker does.",
            "none",
            or_zero(f"max(floorwatch_sink_up{{{_OWN}}})"),
        ),
        number(
            "Alerts not in Redis yet",
            "Changes on the topic alerts that are not in Redis yet.",
            "none",
            or_zero(f'sum(floorwatch_consumer_lag_records{{{_OWN}, topic="alerts"}})'),
            steps=[(1_000, WARN), (10_000, BAD)],
        ),
        number(
            "APIs that reach Redis",
            "API processes that Redis answered last time.",
            "none",
            f"sum(floorwatch_api_store_up{{{_OWN}}})",
        ),
        number(
            "Subscribers",
            "Subscribers connected, all kinds.",
            "none",
            f"sum(floorwatch_api_subscribers{{{_OWN}}})",
        ),
        number(
            "Slowest subscriber",
            "Alert changes that the slowest subscriber has not been sent.",
            "none",
            f"max(floorwatch_api_cursor_lag_changes{{{_OWN}}})",
            steps=[(1_000, WARN), (10_000, BAD)],
        ),
        number(
            "Oldest webhook waiting",
            "Age of the oldest change not yet delivered by webhook; 0 where none is.",
            "s",
            f"max(floorwatch_api_webhook_oldest_pending_seconds{{{_OWN}}})",
            steps=[(60, WARN), (300, BAD)],
        ),
    ],
)

_SINK: Final = Row(
    title="Into Redis",
    panels=[
        graph(
            "Alert changes into Redis",
            "Changes handed to Redis each second; duplicates are redeliveries that it had already.",
            "cps",
            Query(
                expr=f"sum by (outcome) (rate(floorwatch_sink_changes_total{{{_OWN}}}[{_RATE}]))", legend="{{outcome}}"
            ),
        ),
        graph(
            "Retries and refills",
            "Writes tried again because Redis was away, and refills after it had lost alerts, in a quarter of an hour.",
            "none",
            Query(expr=f"sum(increase(floorwatch_sink_retries_total{{{_OWN}}}[15m]))", legend="retries"),
            Query(expr=f"sum(increase(floorwatch_sink_refills_total{{{_OWN}}}[15m]))", legend="refills"),
        ),
    ],
)

_SUBSCRIBERS: Final = Row(
    title="Out to subscribers",
    panels=[
        graph(
            "Subscribers by kind",
            "Subscribers connected: SSE, WebSocket, webhook.",
            "none",
            Query(expr=f"sum by (transport) (floorwatch_api_subscribers{{{_OWN}}})", legend="{{transport}}"),
        ),
        graph(
            "Changes sent",
            "Alert changes sent to subscribers each second, all of them together.",
            "cps",
            Query(
                expr=f"sum by (transport) (rate(floorwatch_api_changes_sent_total{{{_OWN}}}[{_RATE}]))",
                legend="{{transport}}",
            ),
        ),
        graph(
            "Time to deliver",
            "Time that 99 of 100 changes stay under from being read from Redis to being written to a subscriber; 0 "
            "where none was sent.",
            "s",
            Query(
                expr=quantile("0.99", "floorwatch_api_delivery_seconds", _OWN, "transport"),
                legend="{{transport}}",
                exemplars=True,
            ),
        ),
        graph(
            "Slowest subscriber by kind",
            "Alert changes that the slowest subscriber has not been sent.",
            "none",
            Query(expr=f"max by (transport) (floorwatch_api_cursor_lag_changes{{{_OWN}}})", legend="{{transport}}"),
        ),
        graph(
            "Gaps told",
            "Subscribers that asked for changes no longer kept, in the quarter of an hour before.",
            "none",
            Query(
                expr=f"sum by (transport) (increase(floorwatch_api_gaps_total{{{_OWN}}}[15m]))", legend="{{transport}}"
            ),
        ),
        graph(
            "Connections closed by the API",
            "Why, in the quarter of an hour before.",
            "none",
            Query(
                expr=f"sum by (reason) (increase(floorwatch_api_disconnects_total{{{_OWN}}}[15m]))", legend="{{reason}}"
            ),
        ),
    ],
)

_WEBHOOKS: Final = Row(
    title="Webhooks and requests",
    panels=[
        graph(
            "Webhook attempts",
            "Attempts to deliver each second, by how they ended.",
            "cps",
            Query(
                expr=f"sum by (outcome) (rate(floorwatch_api_webhook_attempts_total{{{_OWN}}}[{_RATE}]))",
                legend="{{outcome}}",
            ),
        ),
        graph(
            "Webhook changes waiting",
            "Alert changes not yet delivered by webhook, all endpoints together.",
            "none",
            Query(expr=f"sum(floorwatch_api_webhook_pending_changes{{{_OWN}}})", legend="waiting"),
        ),
        graph(
            "Requests by answer",
            "Requests answered each second, by class of the answer.",
            "reqps",
            Query(
                expr=or_none(f"sum by (status) (rate(floorwatch_api_requests_total{{{_OWN}}}[{_RATE}]))", "status"),
                legend="{{status}}",
            ),
        ),
        graph(
            "Time to answer",
            "Time to answer a request; streams are left out. 0 where none came.",
            "s",
            *(
                Query(expr=quantile(share, "floorwatch_api_request_seconds", _OWN), legend=legend)
                for share, legend in (("0.5", "p50"), ("0.99", "p99"))
            ),
        ),
    ],
)

BOARD: Final = Board(
    name="delivery",
    title="Floorwatch / Delivery",
    description="Whether alerts reach Redis, and from there whoever subscribed: over SSE, WebSocket and webhook.",
    rows=[_NOW, _SINK, _SUBSCRIBERS, _WEBHOOKS],
    span="now-1h",
)
