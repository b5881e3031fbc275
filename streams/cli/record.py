"""``floorwatch record``: what topics hold, in files that outlive Kafka's retention."""

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from streams.cli.console import err, fail, number_of, out, print_json, table, tell, warn
from streams.cli.default_command import DEFAULT, DefaultCommandGroup
from streams.cli.log_inputs import Moment, moment_of, period_of
from streams.cli.options import AsJson, Kafka, Patience, say_waiting, settings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streams.archive.manifest import Manifest
    from streams.archive.recording import Recorded
    from streams.log_source import Period
    from streams.settings import Settings

app = typer.Typer(
    help="Topics to files: ordered by offset, hashed, with a manifest; and whether such an archive is whole.",
    cls=DefaultCommandGroup,
)


@app.command(DEFAULT)
def record(
    *,
    folder: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="The archive's folder: a new one, or one to go on with.")
    ],
    topics: Annotated[
        list[str] | None,
        typer.Option("--topic", metavar="NAME", help="Only this topic. Repeatable; default: all of Floorwatch."),
    ] = None,
    first: Annotated[
        Moment | None,
        typer.Option(
            "--from",
            metavar="DAY",
            parser=moment_of,
            help="First day to record, by the log's time (UTC), as 2026-11-01; or an instant, as 2026-11-01T06:30Z.",
        ),
    ] = None,
    last: Annotated[
        Moment | None,
        typer.Option(
            "--to", metavar="DAY", parser=moment_of, help="Last day to record, all of it; an instant is left out."
        ),
    ] = None,
    kafka: Kafka = None,
    patience: Patience = 30.0,
    as_json: AsJson = False,
) -> None:
    """
    Record topics, up to where they end now. The same command goes on after the last complete segment.

    Values are kept byte for byte. Ctrl-C is safe. Reference data is recorded whole, whatever --from and --to say, and
    those mean what they mean to floorwatch replay: --to 2026-11-24 has that day in it.
    Replay the archive with floorwatch replay DIR --direct.

    Example: [bold]floorwatch record --kafka broker:9092 --out archive/[/]
    """
    settings = settings_of(kafka=kafka)
    period = period_of(first, last)
    recorded = _record(settings, folder, topics or [], period=period, patience_s=patience)
    if as_json:
        print_json(_summary(recorded))
    else:
        _tell(recorded, folder)
    if recorded.finished and period != (None, None) and not _of_period(recorded.manifest):
        warn("the topics have no record of the days that were asked for: --from and --to are by the log's time (UTC)")
    if not recorded.finished:
        tell("interrupted; what is complete is kept, and the same command goes on from there")
        raise typer.Exit(1)


@app.command("verify")
def verify_archive(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="An archive.", show_default=False)],
    *,
    as_json: AsJson = False,
) -> None:
    """
    Say whether an archive is whole: every file, every hash, every offset. Exit 1 where it is not.

    Example: [bold]floorwatch record verify archive/[/]
    """
    from streams.archive.reading import verify

    manifest, flaws = verify(folder)
    if as_json:
        found = [{"file": each.file, "detail": each.detail} for each in flaws]
        print_json({"whole": not flaws, "records": manifest.records, "flaws": found})
    elif flaws:
        for each in flaws:
            out.print(Text.assemble(("bad  ", "bold red"), f"{each.file} {each.detail}".strip()), soft_wrap=True)
    else:
        _show(manifest)
        out.print(
            Text.assemble(("whole  ", "green"), f"{number_of(manifest.records, 'record')}, every hash as recorded")
        )
    if flaws:
        raise typer.Exit(1)


def _record(
    settings: "Settings", folder: Path, topics: list[str], *, period: "Period", patience_s: float
) -> "Recorded":
    from streams.archive.manifest import Manifest
    from streams.archive.recording import Recording, roles_of
    from streams.broker import broker_security
    from streams.cli.version import installed_version
    from streams.log_reader import log_reader, partitions_of
    from streams.topics import TopicNames

    roles = roles_of(TopicNames(settings.topic_prefix))
    wanted: dict[str, str | None] = {each: roles.get(each) for each in topics} or dict(roles)
    from_at, to_at = period.instants
    manifest = Manifest(code_version=installed_version(), source=settings.kafka, from_at=from_at, to_at=to_at)
    with log_reader(settings.kafka, broker_security(settings), patience_s=patience_s, on_wait=say_waiting) as consumer:
        absent = [each for each in topics if not partitions_of(consumer, each)]
        if absent:
            fail(f"there is no topic {absent[0]} at {settings.kafka}: floorwatch topics describe shows them")
        with _progress() as hear:
            return Recording(consumer, folder, wanted, manifest=manifest, hear=hear).run()


@contextmanager
def _progress() -> "Iterator[Callable[[int, int], None]]":
    from rich.progress import Progress

    with Progress(console=err, transient=True, disable=not err.is_terminal) as shown:
        task = shown.add_task("recording")
        yield lambda done, total: shown.update(task, completed=done, total=total)


def _of_period(manifest: "Manifest") -> int:
    """Return how many records are held that --from and --to are asked of."""
    from streams.archive.recording import REFERENCE

    return sum(each.records for each in manifest.topics if each.role != REFERENCE)


def _summary(recorded: "Recorded") -> dict[str, Any]:
    return {
        "finished": recorded.finished,
        "new_records": recorded.new_records,
        "records": recorded.manifest.records,
        "missing": recorded.missing,
        "topics": {each.name: each.records for each in recorded.manifest.topics},
    }


def _tell(recorded: "Recorded", folder: Path) -> None:
    _show(recorded.manifest)
    out.print(f"{number_of(recorded.new_records, 'record')} more in {folder}", soft_wrap=True, markup=False)
    if recorded.missing:
        warn(f"{recorded.missing:,} offsets were gone before they were recorded: record more often")


def _show(manifest: "Manifest") -> None:
    rows = []
    for topic, partition in manifest.partitions():
        segments = partition.segments
        rows.append(
            (
                topic.name,
                str(partition.partition),
                f"{partition.records:,}",
                f"{segments[0].first_offset}-{segments[-1].last_offset}" if segments else "",
                min((each.first_at for each in segments), default="")[:19],
                max((each.last_at for each in segments), default="")[:19],
                str(len(segments)),
            )
        )
    right = [(name, "right") for name in ("partition", "records", "offsets")]
    out.print(table("Archive", ["topic", *right, "from", "to", ("segments", "right")], rows))
