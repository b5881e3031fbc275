"""``floorwatch ingest``: feed files to Kafka, or first a look at how they would be read."""

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streams.cli.console import counted, number_of, out, print_json
from streams.cli.feed_options import Decimal, Declared, Encoding, FileFormat, feed_options, wants_sorting
from streams.cli.options import AsJson, Files, FirstDay, Kafka, LastDay, Patience, say_waiting, settings_of, today
from streams.cli.progress import feed_progress

if TYPE_CHECKING:
    from streams.feed_records import ReplayOptions


def ingest(
    files: Files,
    *,
    explain: Annotated[
        bool, typer.Option("--explain", help="Send nothing; say how each column is read and what is refused.")
    ] = False,
    kafka: Kafka = None,
    first_day: FirstDay = None,
    last_day: LastDay = None,
    file_format: FileFormat = None,
    encoding: Encoding = "utf-8",
    decimal: Decimal = None,
    declared: Declared = None,
    patience: Patience = 30.0,
    as_json: AsJson = False,
) -> None:
    """
    Send records of feed files to Kafka, as live records: more may follow, so no day is closed by an end mark.

    Rows that cannot be right go to dead-letters. Try --explain first: it sends nothing, and exits 1 where a row is
    refused.

    Example: [bold]floorwatch ingest declarations.csv --explain[/]
    """
    from streams.feed_records import ReplayOptions

    settings = settings_of(kafka=kafka)
    chosen = ReplayOptions(
        as_of=today(),
        first_day=first_day,
        last_day=last_day,
        feed=feed_options(declared, format=file_format, encoding=encoding, decimal=decimal),
        sort=wants_sorting(declared),
    )
    if explain:
        _explain(files, chosen, chosen.as_of + timedelta(days=settings.future_skew_days), as_json=as_json)
        return
    from streams.publish import replay_kafka

    with feed_progress(files) as hear:
        result = replay_kafka(
            files, settings=settings, options=chosen, end=False, patience_s=patience, on_wait=say_waiting, hear=hear
        )
    if as_json:
        print_json({"records": result.records, "rejected": result.rejected})
    else:
        sent = number_of(result.records, "record")
        out.print(f"sent {sent} to {settings.kafka}; to dead-letters: {counted(result.rejected)}")
    if not result.finished:
        raise typer.Exit(1)


def _explain(files: list[Path], options: "ReplayOptions", last_day: date, *, as_json: bool) -> None:
    from streams.cli.feed_reading import tell_reading
    from streams.feeds.declarations import require_use

    found = [_look(path, options, last_day) for path in files]
    if as_json:
        print_json(found)
    else:
        for each in found:
            tell_reading(each)
    require_use([each["unused"] for each in found if "unused" in each])
    if any(each.get("refused") or "error" in each for each in found):
        raise typer.Exit(1)


def _look(path: Path, options: "ReplayOptions", last_day: date) -> dict[str, Any]:
    """Return how a file is read, or why it cannot be: the others are looked at all the same."""
    from streams.cli.feed_reading import read_through
    from streams.feeds import FeedError, open_feed

    try:
        return read_through(open_feed(path, options.feed), options, last_day)
    except FeedError as error:
        return {"file": str(path), "error": str(error)}
