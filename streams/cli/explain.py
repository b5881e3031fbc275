"""``floorwatch explain``: an alert in plain words, its arithmetic recomputed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.console import fail, print_json, print_lines
from streams.cli.options import AsJson, Redis, settings_of
from streams.cli.stores import ask_store

if TYPE_CHECKING:
    from alerts.model import Alert


def explain(
    alert_id: Annotated[
        str, typer.Argument(metavar="ALERT_ID", help="An id of floorwatch alerts list; its beginning will do.")
    ],
    *,
    file: Annotated[
        Path | None,
        typer.Option("--file", metavar="ALERTS", help="Look in a file of floorwatch replay --out instead of Redis."),
    ] = None,
    redis: Redis = None,
    as_json: AsJson = False,
) -> None:
    """
    Print what an alert says and the arithmetic behind it, each line recomputed from the evidence.

    Exit 1 where a line does not come to what is printed.

    Example: [bold]floorwatch explain 4f2a --file alerts.jsonl[/]
    """
    from alerts.explain import explain as explanation_of
    from alerts.explain import render_text

    alert = _of_file(file, alert_id) if file is not None else _of_store(redis, alert_id)
    explanation = explanation_of(alert)
    if as_json:
        print_json(explanation)
    else:
        print_lines(render_text(explanation))
    if not explanation.holds:
        fail("the arithmetic does not hold: a printed result is not what its expression comes to")


def _of_file(file: Path, alert_id: str) -> "Alert":
    from msgspec import MsgspecError

    from alerts.model import decode_alert

    found = []
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                alert = decode_alert(line)
            except (MsgspecError, UnicodeDecodeError) as error:
                fail(f"{file}, line {number}: {error}; give a file that floorwatch replay --out wrote")
            if alert.id.startswith(alert_id):
                found.append(alert)
    return _the_one(found, alert_id, str(file))


def _of_store(redis: str | None, alert_id: str) -> "Alert":
    settings = settings_of(redis=redis)
    alert = ask_store(settings, lambda store: store.get(alert_id))
    if alert is not None:
        return alert
    every = ask_store(settings, lambda store: store.list())
    return _the_one([each for each in every if each.id.startswith(alert_id)], alert_id, "Redis")


def _the_one(found: "list[Alert]", alert_id: str, where: str) -> "Alert":
    if not found:
        fail(f"no alert {alert_id!r} in {where}: floorwatch alerts list shows those there are")
    if len(found) > 1:
        fail(f"{len(found)} alerts in {where} begin with {alert_id!r}: give more of the id, such as {found[0].id}")
    return found[0]
