"""``floorwatch topics``: create them, describe them."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.text import Text

from streams.cli.console import out, print_json, table
from streams.cli.options import AsJson, Kafka, Patience, say_waiting, settings_of

if TYPE_CHECKING:
    from streams.settings import Settings
    from streams.topics import TopicPlan, TopicReport

app = typer.Typer(help="The Kafka topics: create and describe them.", no_args_is_help=True)

Partitions = Annotated[
    int | None,
    typer.Option("--partitions", min=1, help="Of trades, ticks and state: the most workers that share the work."),
]
Replication = Annotated[int | None, typer.Option("--replication", min=1, help="Copies of each; 3 in production.")]

_STYLES: Final = {"created": "green", "exists": "green", "differs": "yellow", "absent": "red", "refused": "bold red"}
_BAD: Final = frozenset({"absent", "refused"})


@app.command()
def create(
    *,
    kafka: Kafka = None,
    partitions: Partitions = None,
    replication: Replication = None,
    patience: Patience = 30.0,
    as_json: AsJson = False,
) -> None:
    """
    Create the topics that are absent; one that exists is never changed.

    Example: [bold]floorwatch topics create --kafka broker:9092 --partitions 12 --replication 3[/]
    """
    from streams import topics

    settings = settings_of(kafka=kafka, partitions=partitions, replication=replication)
    _show(reports_of(topics.create, settings, patience), as_json=as_json)


@app.command()
def describe(
    *,
    kafka: Kafka = None,
    partitions: Partitions = None,
    replication: Replication = None,
    patience: Patience = 30.0,
    as_json: AsJson = False,
) -> None:
    """
    Show each topic as it is beside what it should be; exit 1 where one is absent.

    Example: [bold]floorwatch topics describe --kafka broker:9092[/]
    """
    from streams import topics

    settings = settings_of(kafka=kafka, partitions=partitions, replication=replication)
    _show(reports_of(topics.describe, settings, patience), as_json=as_json)


def reports_of(
    ask: Callable[..., tuple["TopicReport", ...]], settings: "Settings", patience_s: float
) -> tuple["TopicReport", ...]:
    """Return what *ask* (``streams.topics.create`` or ``describe``) says of the topics that *settings* ask for."""
    from streams.broker import broker_security

    return ask(
        settings.kafka,
        plan_of(settings),
        security=broker_security(settings),
        patience_s=patience_s,
        on_wait=say_waiting,
    )


def plan_of(settings: "Settings") -> "TopicPlan":
    """Return the topics that *settings* ask for."""
    from streams.topics import TopicPlan

    return TopicPlan(
        prefix=settings.topic_prefix,
        app_id=settings.app_id,
        partitions=settings.partitions,
        replication=settings.replication,
    )


def _show(reports: Sequence["TopicReport"], *, as_json: bool) -> None:
    if as_json:
        print_json([_as_json(report) for report in reports])
    else:
        rows = [
            (
                report.topic.name,
                Text(report.outcome, style=_STYLES[report.outcome]),
                str(report.topic.partitions),
                report.topic.purpose,
                "; ".join(map(str, report.differences)) or report.reason,
            )
            for report in reports
        ]
        out.print(table("Topics", ["topic", "", ("partitions", "right"), "purpose", "found"], rows))
    if any(report.outcome in _BAD for report in reports):
        raise typer.Exit(1)


def _as_json(report: "TopicReport") -> dict[str, object]:
    return {
        "topic": report.topic.name,
        "outcome": str(report.outcome),
        "partitions": report.topic.partitions,
        "replication": report.topic.replication,
        "purpose": report.topic.purpose,
        "differences": [str(each) for each in report.differences],
        "reason": report.reason,
    }
