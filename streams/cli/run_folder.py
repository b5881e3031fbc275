"""Keeping what a replay came to as a run folder."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streams.cli.version import installed_version

if TYPE_CHECKING:
    from alerts.model import Alert
    from streams.feed_records import ReplayOptions
    from streams.log_source import LogSource
    from streams.month_series import MonthLine
    from streams.reference.book import ReferenceBook
    from streams.selection import Selection
    from streams.settings import Settings

RunFolder = Annotated[
    Path | None,
    typer.Option(
        "--run",
        metavar="DIR",
        help="Keep the run in a new folder: manifest.json, alerts.jsonl, series.jsonl; for diff, score and report.",
    ),
]
Products = Annotated[
    list[str] | None,
    typer.Option("--products", metavar="P", help="Only these: 'silicon|metal', or a pattern 'silicon|*'. Repeatable."),
]
Origins = Annotated[
    list[str] | None,
    typer.Option(
        "--origins",
        metavar="O",
        help="Goods from these countries: CN, or a pattern. Repeatable. Rules that compare origins see these alone.",
    ),
]


def selection_of(products: Sequence[str] | None, origins: Sequence[str] | None) -> "Selection":
    """Return the goods that the options select."""
    from streams.selection import Selection, SelectionError

    try:
        return Selection(products=tuple(products or ()), origins=tuple(origins or ()))
    except SelectionError as error:
        raise typer.BadParameter(str(error)) from error


def check_folder(folder: Path | None) -> None:
    """Check before the replay that its run can be kept."""
    if folder is not None:
        from streams.runs.writing import check_free

        check_free(folder)


def keep_run(
    folder: Path,
    *,
    way: str,
    files: Sequence[Path],
    schedules: Sequence[str],
    rates: Sequence[Path],
    book: "ReferenceBook | None",
    settings: "Settings",
    options: "ReplayOptions",
    summary: dict[str, Any],
    alerts: "Iterable[Alert]",
    series: "Iterable[MonthLine]",
    log: "LogSource | None" = None,
) -> None:
    """Write the run folder."""
    from streams.log_source import WHOLE
    from streams.runs.manifest import Sources, manifest_of
    from streams.runs.writing import write_run

    manifest = manifest_of(
        run=folder.name,
        made_at=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        code_version=installed_version(),
        way=way,
        sources=Sources(
            files=tuple(files),
            schedules=tuple(schedules),
            rates=tuple(rates),
            period=WHOLE if log is None else log.period,
        ),
        book=book,
        settings=settings,
        options=options,
        summary=summary,
    )
    write_run(folder, manifest, alerts, series)
