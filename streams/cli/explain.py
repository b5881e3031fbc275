"""``floorwatch explain``: an alert in plain words, its arithmetic recomputed."""

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streams.cli.console import fail, number_of, print_json, print_lines
from streams.cli.options import AsJson, Kafka, Patience, Redis, say_waiting, settings_of
from streams.cli.reference_data import published_book
from streams.cli.stores import ask_store

if TYPE_CHECKING:
    from alerts.explain import Explanation
    from alerts.model import Alert


def explain(
    alert_id: Annotated[
        str, typer.Argument(metavar="ALERT_ID", help="An id of floorwatch alerts list; its beginning will do.")
    ],
    *,
    file: Annotated[
        Path | None,
        typer.Option("--file", metavar="ALERTS|RUN", help="In a file of replay --out, or a run, instead of Redis."),
    ] = None,
    again: Annotated[
        bool, typer.Option("--recompute", help="Work it out again from the records that Kafka holds (--kafka).")
    ] = False,
    redis: Redis = None,
    kafka: Kafka = None,
    patience: Patience = 30.0,
    as_json: AsJson = False,
) -> None:
    """
    Print what an alert says and the arithmetic behind it, each line recomputed from the evidence.

    With --recompute its mineral's records and reference data are read from the log and judged again, too.
    Exit 1 where a line does not come to what is printed, or the log to something else than the alert.

    Examples: [bold]floorwatch explain 4f2a --file alerts.jsonl[/], [bold]floorwatch explain 4f2a --recompute[/]
    """
    from alerts.explain import explain as explanation_of
    from alerts.explain import render_text

    alert = _of_file(file, alert_id) if file is not None else _of_store(redis, alert_id)
    explanation = explanation_of(alert)
    rule = _rule_in_words(alert.rule)
    log = _recomputed(alert, kafka, patience) if again else None
    if as_json:
        print_json(_plain(explanation) | {"rule": rule} | ({} if log is None else {"log": log}))
    else:
        print_lines(render_text(explanation))
        if rule:
            print_lines(f"\nThe rule {alert.rule}\n{textwrap.indent(rule, '  ')}")
        if log is not None:
            print_lines("\n" + _log_text(log))
    if not explanation.holds:
        fail("the arithmetic does not hold: a printed result is not what its expression comes to")
    if log is not None and not log["same"]:
        fail("the log does not come to this alert: its records or the reference data have changed since, or it has")


def _plain(explanation: "Explanation") -> dict[str, Any]:
    from msgspec import to_builtins

    plain: dict[str, Any] = to_builtins(explanation)
    return plain


def _rule_in_words(name: str) -> str:
    """Return what a rule finds and why, empty for a rule that this version does not have."""
    from streams.rules import RULES
    from streams.rules.handbook import page

    pages = [page(rule) for rule in RULES if rule.name == name]
    return "\n\n".join(text for each in pages for text in (each.what, each.why) if text)


def _recomputed(alert: "Alert", kafka: str | None, patience_s: float) -> dict[str, Any]:
    """Return what the log comes to for the alert."""
    from streams.recompute import differences, recompute

    settings = settings_of(kafka=kafka)
    book = published_book(settings.kafka, patience_s)
    found = recompute(alert, book=book, settings=settings, patience_s=patience_s, on_wait=say_waiting)
    differing = ["no such alert comes out of the log"] if found.alert is None else differences(alert, found.alert)
    return {"records": found.records, "same": not differing, "differences": differing}


def _log_text(log: dict[str, Any]) -> str:
    records = number_of(log["records"], "record of the mineral comes", "records of the mineral come")
    if log["same"]:
        return f"Recomputed from the log: {records} to the same alert."
    lines = [f"Recomputed from the log, {records} to something else:"]
    return "\n".join([*lines, *(f"  {each}" for each in log["differences"])])


def _of_file(file: Path, alert_id: str) -> "Alert":
    from msgspec import MsgspecError

    from alerts.model import decode_alert

    if file.is_dir():
        file = _alerts_of(file)
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


def _alerts_of(folder: Path) -> Path:
    """Return the alerts of a run folder; raises :class:`streams.runs.errors.RunError` where it is none."""
    from streams.runs.manifest import ALERTS
    from streams.runs.reading import read_manifest

    read_manifest(folder)
    return folder / ALERTS


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
