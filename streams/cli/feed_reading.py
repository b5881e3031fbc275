"""``floorwatch ingest --explain``: how a feed file is read, column by column, and what of it is refused."""

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import msgspec
from rich.text import Text

from streams.cli.console import counted, out, table

if TYPE_CHECKING:
    from streams.feeds import Feed

_SHOWN_MAX: Final = 3
"""Of each reason."""

_NOT_READ: Final = "not read"


def read_through(feed: "Feed") -> dict[str, Any]:
    """
    Return how a file is read: its format, its columns, an example, and what is refused and passed over by reason.

    A record that the reader takes and the engine would refuse by itself counts as refused as well.
    """
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
            if refused[bad[0]] <= _SHOWN_MAX:
                first_refused.append({"line": item.line, "reason": str(bad[0]), "detail": bad[1]})
    return {
        "file": str(feed.path),
        "format": feed.format,
        "columns": [reading._asdict() for reading in feed.readings()],
        "records": dict(counts),
        "refused": {str(name): count for name, count in refused.items()},
        "first_refused": first_refused,
        "skipped": dict(feed.skipped),
        "notes": list(feed.notes),
        "example": example,
    }


def tell_reading(found: dict[str, Any]) -> None:
    """Print what :func:`read_through` found."""
    out.print(
        Text.assemble((found["file"], "bold"), f": {found['format']}, {counted(found['records'])}"), soft_wrap=True
    )
    _tell_columns(found["columns"])
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


def _tell_columns(columns: list[dict[str, str]]) -> None:
    read = [(each["column"], each["read_as"]) for each in columns if each["read_as"] != _NOT_READ]
    others = [each["column"] for each in columns if each["read_as"] == _NOT_READ]
    if read:
        out.print(table("", ["column", "is read as"], read))
    if others:
        out.print(Text(f"  columns not read: {', '.join(others)}"), soft_wrap=True)


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
