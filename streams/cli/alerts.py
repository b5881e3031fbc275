"""``floorwatch alerts``: what is kept for readers, and making it again from the truth."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from alerts.model import Severity, State
from streams.cli.console import fail, number_of, out, print_json, print_lines, severity_text, state_text, table
from streams.cli.options import AsJson, Kafka, Patience, Redis, say_waiting, settings_of
from streams.cli.stores import ask_store, open_store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alerts.model import Alert
    from streams.settings import Settings

app = typer.Typer(help="Alerts: list, show, rebuild; and those of replays.", no_args_is_help=True)

Run = Annotated[
    str | None,
    typer.Option("--namespace", metavar="RUN", help="Those of a replay (floorwatch replay --namespace RUN)."),
]


@app.command("list")
def list_alerts(
    *,
    rule: Annotated[str | None, typer.Option("--rule", help="Only of this rule, as floor_breach.")] = None,
    severity: Annotated[Severity | None, typer.Option("--severity", help="This one or a more serious one.")] = None,
    product: Annotated[str | None, typer.Option("--product", help="As silicon|metal.")] = None,
    origin: Annotated[str | None, typer.Option("--origin", metavar="CC")] = None,
    destination: Annotated[str | None, typer.Option("--destination", metavar="CC")] = None,
    state: Annotated[State | None, typer.Option("--state", help="Only in this state.")] = None,
    is_open: Annotated[bool, typer.Option("--open", help="Only those that are open.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="The retracted too.")] = False,
    limit: Annotated[int | None, typer.Option("--limit", min=0, help="At most so many, the last opened first.")] = None,
    run: Run = None,
    redis: Redis = None,
    as_json: AsJson = False,
) -> None:
    """
    List the alerts that stand, the last opened first.

    Examples: [bold]floorwatch alerts list --open --severity high[/], [bold]floorwatch alerts list --json --origin CN[/]
    """
    from alerts.store import AlertFilter

    wanted = AlertFilter(
        state=state,
        is_open=is_open or None,
        rule=rule,
        severity=severity,
        product=product,
        origin=origin.upper() if origin else None,
        destination=destination.upper() if destination else None,
    )
    settings = _settings(run, redis=redis)
    if run is not None and ask_store(settings, lambda store: store.last_offset()) is None:
        fail(f"there is no run {run!r} that came to an alert: floorwatch replay --namespace makes one")
    found = ask_store(settings, lambda store: store.list(wanted))
    shown = [alert for alert in found if everything or state is State.RETRACTED or alert.state is not State.RETRACTED][
        :limit
    ]
    if as_json:
        print_json(shown)
    else:
        _show(shown)


@app.command()
def show(
    alert_id: Annotated[str, typer.Argument(metavar="ALERT_ID")],
    *,
    run: Run = None,
    redis: Redis = None,
    as_json: AsJson = False,
) -> None:
    """
    Show one alert and the changes it went through; --json is the alert itself. Exit 1 where there is none of that id.

    Example: [bold]floorwatch alerts show 4f2a91c03d7e5b68a1f0[/]
    """
    settings = _settings(run, redis=redis)
    alert = ask_store(settings, lambda store: store.get(alert_id))
    if alert is None:
        fail(f"no alert {alert_id!r}: floorwatch alerts list shows those there are")
    if as_json:
        print_json(alert)
        return
    history = ask_store(settings, lambda store: store.history(alert_id))
    out.print(
        Text.assemble(severity_text(alert.severity), " ", state_text(alert.state), f" {alert.rule}  {lane(alert)}")
    )
    out.print(Text(alert.summary), soft_wrap=True)
    rows = [
        (
            str(each.offset),
            each.change.at[:10],
            each.change.kind,
            each.change.reason,
            severity_text(each.change.alert.severity),
        )
        for each in history
    ]
    out.print(table("Changes", [("offset", "right"), "on", "change", "reason", "severity"], rows))
    print_lines(f"The arithmetic: floorwatch explain {alert.id}")


@app.command()
def rebuild(
    *,
    kafka: Kafka = None,
    redis: Redis = None,
    patience: Patience = 30.0,
    as_json: AsJson = False,
) -> None:
    """
    Make Redis again from the topics alerts and alert-actions, which are the truth: same alerts, same stream ids.

    A subscriber's cursor stays good. Workers may go on meanwhile.

    Example: [bold]floorwatch alerts rebuild --kafka broker:9092 --redis redis://cache:6379/0[/]
    """
    settings = settings_of(kafka=kafka, redis=redis)
    changes, alerts = _rebuild(settings, patience)
    actions = _rebuild_actions(settings, patience)
    if as_json:
        print_json({"changes": changes, "alerts": alerts, "actions": actions})
    else:
        out.print(
            f"rebuilt {number_of(alerts, 'alert')} of {number_of(changes, 'change')}, "
            f"and {number_of(actions, 'action')}"
        )


@app.command()
def forget(
    *,
    run: Annotated[str, typer.Option("--namespace", metavar="RUN", help="The replay to delete.", show_default=False)],
    kafka: Kafka = None,
    redis: Redis = None,
    as_json: AsJson = False,
) -> None:
    """
    Delete a replay: its topics and its keys in Redis. What is live is never touched.

    Example: [bold]floorwatch alerts forget --namespace january[/]
    """
    from streams.replay_apart import forget as forget_run

    topics, keys = forget_run(_settings(run, kafka=kafka, redis=redis))
    if not topics and not keys:
        fail(f"there is no run {run!r}: neither Kafka nor Redis has anything of it, and nothing was deleted")
    if as_json:
        print_json({"topics": topics, "keys": keys})
    else:
        out.print(
            f"deleted {number_of(topics, 'topic')} and {number_of(keys, 'key')} of the replay {run}", markup=False
        )


def _settings(run: str | None, **given: str | None) -> "Settings":
    """Return the settings of what is live, or of a replay."""
    from streams.settings import REPLAY

    return settings_of(**given, namespace=None if run is None else f"{REPLAY}{run}")


def lane(alert: "Alert") -> str:
    """Return what an alert is about in a few words: ``silicon|metal CN>GB``."""
    route = ">".join(place for place in (alert.origin, alert.destination) if place)
    return f"{alert.product} {route}".rstrip()


def _show(alerts: "Sequence[Alert]") -> None:
    rows = [
        (
            alert.id[:8],
            alert.opened_at[:10],
            severity_text(alert.severity),
            state_text(alert.state),
            alert.rule,
            lane(alert),
            alert.summary,
        )
        for alert in alerts
    ]
    shown = table(number_of(len(rows), "alert"), ["id", "opened", "severity", "state", "rule", "lane", "summary"], rows)
    for column in shown.columns[:-1]:
        column.no_wrap = True
    out.print(shown)


def _rebuild(settings: "Settings", patience_s: float) -> tuple[int, int]:
    """Clear the store and apply every change of the topic; return how many changes and alerts it has."""
    import asyncio

    from streams.alert_topic import changes_of
    from streams.broker import broker_security
    from streams.log_reader import log_reader, partitions_of, read_to_end
    from streams.topics import TopicNames

    topic = TopicNames(settings.topic_prefix).alerts

    async def rebuilt() -> tuple[int, int]:
        store = open_store(settings)
        try:
            with log_reader(
                settings.kafka, broker_security(settings), patience_s=patience_s, on_wait=say_waiting
            ) as consumer:
                partitions = partitions_of(consumer, topic)
                if not partitions:
                    fail(
                        f"there is no topic {topic} at {settings.kafka}: is that the right broker? Nothing was changed"
                    )
                await store.clear()
                for run in read_to_end(consumer, partitions):
                    await store.apply(changes_of(run))
            # The workers' sink may have taken part: what counts is what is there.
            return len(await store.read()), len(await store.list())
        finally:
            await store.aclose()

    return asyncio.run(rebuilt())


def _rebuild_actions(settings: "Settings", patience_s: float) -> int:
    """Clear the store of actions and apply every action of the topic; return how many it has."""
    import asyncio

    from alerts.redis_actions import RedisActionStore
    from alerts.store import NOTHING_READ
    from streams.action_topic import recorded
    from streams.broker import broker_security
    from streams.log_reader import log_reader, partitions_of, read_to_end
    from streams.settings import redis_url
    from streams.topics import TopicNames

    topic = TopicNames(settings.topic_prefix).alert_actions

    async def rebuilt() -> int:
        store = RedisActionStore(redis_url(settings), settings.redis_namespace)
        try:
            with log_reader(
                settings.kafka, broker_security(settings), patience_s=patience_s, on_wait=say_waiting
            ) as consumer:
                await store.clear()
                for run in read_to_end(consumer, partitions_of(consumer, topic)):
                    await store.apply(list(recorded(run)), after=NOTHING_READ)
            return len(await store.read())
        finally:
            await store.aclose()

    return asyncio.run(rebuilt())
