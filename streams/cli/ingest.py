"""``floorwatch ingest``: feed files to Kafka, or first a look at how they would be read."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import typer
from rich.text import Text

from streams.cli.console import counted, out, print_json, table
from streams.cli.options import AsJson, Files, FirstDay, Kafka, LastDay, Patience, say_waiting, settings_of, today
from streams.cli.progress import feed_progress

if TYPE_CHECKING:
    from streams.feeds import Feed, FeedOptions

_SHOWN_MAX: Final = 10


def ingest(
    files: Files,
    *,
    explain: Annotated[
        bool, typer.Option("--explain", help="Send nothing; say how each file is read and what is refused.")
    ] = False,
    kafka: Kafka = None,
    first_day: FirstDay = None,
    last_day: LastDay = None,
    file_format: Annotated[
        str | None, typer.Option("--format", help="The format, where the content leaves it open.")
    ] = None,
    encoding: Annotated[
        str, typer.Option("--encoding", help="utf-8, or cp1252 for what older spreadsheets write.")
    ] = "utf-8",
    decimal: Annotated[
        str | None, typer.Option("--decimal", help="The decimal mark of the file's numbers: . or ,")
    ] = None,
    patience: Patience = 30.0,
    as_json: AsJson = False,
) -> None:
    """
    Send records of feed files to Kafka, as live records: more may follow, so no day is closed by an end mark.

    Rows that cannot be right go to dead-letters. Try --explain first: it sends nothing, and exits 1 where a row is
    refused.

    Example: [bold]floorwatch ingest declarations.csv --explain[/]
    """
    from streams.feeds import FeedOptions

    options = FeedOptions(format=file_format, encoding=encoding, decimal=decimal)
    if explain:
        _explain(files, options, as_json=as_json)
        return
    from streams.feed_records import ReplayOptions
    from streams.publish import replay_kafka

    settings = settings_of(kafka=kafka)
    chosen = ReplayOptions(as_of=today(), first_day=first_day, last_day=last_day, feed=options)
    with feed_progress(files) as hear:
        result = replay_kafka(
            files, settings=settings, options=chosen, end=False, patience_s=patience, on_wait=say_waiting, hear=hear
        )
    if as_json:
        print_json({"records": result.records, "rejected": result.rejected})
    else:
        out.print(f"sent {result.records:,} records to {settings.kafka}; to dead-letters: {counted(result.rejected)}")
    if not result.finished:
        raise typer.Exit(1)


def _explain(files: list[Path], options: "FeedOptions", *, as_json: bool) -> None:
    from streams.feeds import open_feed

    found = [_read(open_feed(path, options), _columns(open_feed(path, options), options)) for path in files]
    if as_json:
        print_json(found)
    else:
        for each in found:
            _tell(each)
    if any(each["refused"] for each in found):
        raise typer.Exit(1)


def _read(feed: "Feed", columns: list[dict[str, str]]) -> dict[str, Any]:
    """Return how a file is read: its format, its columns, an example, and what would be refused."""
    from streams.feeds import FeedRecord, FxDay, Rejected
    from streams.normalise import Normaliser
    from streams.reference.book import ReferenceBook

    normaliser = Normaliser(ReferenceBook())
    counts: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    first_refused: list[dict[str, Any]] = []
    example: dict[str, Any] | None = None
    for item in feed:
        if isinstance(item, FxDay):
            counts["days of rates"] += 1
            example = example or {"date": item.date.isoformat(), "rates": item.rates}
            continue
        bad = (item.reason, item.detail) if isinstance(item, Rejected) else _refusal(normaliser, item.record)
        if isinstance(item, FeedRecord):
            counts["trades" if hasattr(item.record, "origin") else "price ticks"] += 1
            example = example or msgspec.to_builtins(item.record)
        if bad is not None:
            refused[bad[0]] += 1
            if len(first_refused) < _SHOWN_MAX:
                first_refused.append({"line": item.line, "reason": str(bad[0]), "detail": bad[1]})
    return {
        "file": str(feed.path),
        "format": feed.format,
        "columns": columns,
        "records": dict(counts),
        "refused": {str(name): count for name, count in refused.items()},
        "first_refused": first_refused,
        "skipped": dict(feed.skipped),
        "notes": list(feed.notes),
        "example": example,
    }


def _refusal(normaliser: Any, record: Any) -> tuple[str, str] | None:
    """Return why the engine would refuse a record by itself, None where it would not."""
    from streams.exact import NotADecimalError
    from streams.records import Refusal, Status
    from streams.routing import RefusedError

    try:
        route = normaliser.route(record)
        if record.status is not Status.CANCELLED:
            route.amounts(record)
    except RefusedError as error:
        return error.reason, error.detail
    except NotADecimalError as error:
        return Refusal.NOT_A_DECIMAL, str(error)
    return None


def _columns(feed: "Feed", options: "FeedOptions") -> list[dict[str, str]]:
    """Return each column of a delimited file and what it is read as."""
    from streams.feeds.source import Source
    from streams.feeds.wire_rows import FIELDS

    head = Source(feed.path, options).head
    if head.is_workbook or head.is_parquet or head.is_json:
        return []
    own = feed.format == "csv"
    return [
        {
            "column": name,
            "read_as": (name.lower() if name.lower() in FIELDS else "not read")
            if own
            else f"by the publisher's form {feed.format}",
        }
        for name in head.header.columns
        if name
    ]


def _tell(found: dict[str, Any]) -> None:
    out.print(
        Text.assemble((found["file"], "bold"), f": {found['format']}, {counted(found['records'])}"), soft_wrap=True
    )
    columns = [
        each["column"] if found["format"] != "csv" or each["read_as"] != "not read" else f"{each['column']} (not read)"
        for each in found["columns"]
    ]
    if columns:
        out.print(Text(f"  columns: {', '.join(columns)}"), soft_wrap=True)
    if found["example"] is not None:
        shown = ", ".join(f"{name}={value}" for name, value in found["example"].items())
        out.print(Text(f"  the first is read as: {shown}", style="dim"), soft_wrap=True)
    for note in found["notes"]:
        out.print(Text(f"  note: {note}", style="yellow"), soft_wrap=True)
    if found["skipped"]:
        out.print(Text(f"  passed over: {counted(found['skipped'])}"), soft_wrap=True)
    if found["refused"]:
        out.print(Text(f"  refused: {counted(found['refused'])}", style="bold red"), soft_wrap=True)
        rows = [(str(each["line"]), each["reason"], each["detail"]) for each in found["first_refused"]]
        out.print(table("", [("line", "right"), "reason", "what was found, what to do"], rows))
    else:
        out.print(Text("  nothing is refused", style="green"))
