"""Reference data for a command: of schedule and rate files, or of the topic that workers read."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from streams.cli.console import number_of, out, print_json, warn
from streams.cli.options import say_waiting, settings_of

if TYPE_CHECKING:
    from streams.feeds import Rejected
    from streams.reference.book import ReferenceBook
    from streams.reference.wire import Entry

ScheduleFiles = Annotated[
    list[str], typer.Argument(metavar="FILE...", help="Schedule files, or names of shipped ones.", show_default=False)
]


def book_for(
    *, schedules: Sequence[str] | None, rates: Sequence[Path] | None, kafka: str | None, patience_s: float
) -> "ReferenceBook":
    """Return the book of the files, the shipped schedules where none is named, or with *kafka* that of the topic."""
    if kafka is None:
        return book_of(schedules, rates or ())
    if schedules:
        message = "--kafka reads the published floors: leave out --floors, or publish them"
        raise typer.BadParameter(message)
    book = published_book(kafka, patience_s)
    for path in rates or ():
        for entry in rate_entries(path):
            book.apply(entry)
    return book


def book_of(schedules: Sequence[str] | None, rates: Sequence[Path] = ()) -> "ReferenceBook":
    """Return the book of schedule files or shipped names, and of rate files: of these, what is left out is told."""
    from streams.replay import DEFAULT_SCHEDULES, load_book

    names = [schedule_named(each) for each in schedules or DEFAULT_SCHEDULES]
    return load_book(names, rates, on_rejected=_warn_of_left_out)


def schedule_named(name: str) -> Path | str:
    """Return the shipped schedule or the file that *name* means."""
    from streams.reference.schedule_file import SHIPPED

    if name in SHIPPED:
        return name
    path = Path(name)
    if not path.is_file():
        message = f"there is no file {name!r}, and the shipped schedules are {', '.join(SHIPPED)}"
        raise typer.BadParameter(message)
    return path


def entries_of(name: str) -> "tuple[Entry, ...]":
    """Return the entries of a schedule file or of a shipped one; raises ``ScheduleErrors`` with all that is wrong."""
    from streams.reference.schedule_file import ScheduleErrors, load_shipped, read_schedule
    from streams.reference.schedule_text import ScheduleError

    found = schedule_named(name)
    if isinstance(found, str):
        return load_shipped(found)
    try:
        text = found.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ScheduleErrors(
            str(found), [ScheduleError(line, "the text is not UTF-8: save the file as UTF-8")]
        ) from error
    return read_schedule(text, str(found))


def rate_entries(path: Path) -> "list[Entry]":
    """Return the days of an ECB file; rows that cannot be right are told and left out."""
    from streams.replay import rate_days

    return list(rate_days(path, _warn_of_left_out))


def _warn_of_left_out(path: Path, row: "Rejected") -> None:
    warn(f"{path}, line {row.line}: {row.detail}; the day is left out")


def published_book(kafka: str, patience_s: float) -> "ReferenceBook":
    """Return the book of the topic ``reference``, read to its end; what cannot be read is told and left out."""
    from msgspec import MsgspecError

    from streams.broker import broker_security
    from streams.log_reader import log_reader, partitions_of, read_to_end
    from streams.reference.book import ReferenceBook
    from streams.reference.wire import decode
    from streams.topics import TopicNames

    settings = settings_of(kafka=kafka)
    topic = TopicNames(settings.topic_prefix).reference
    book = ReferenceBook()
    with log_reader(settings.kafka, broker_security(settings), patience_s=patience_s, on_wait=say_waiting) as consumer:
        for run in read_to_end(consumer, partitions_of(consumer, topic)):
            for record in run:
                if record.value is None:
                    continue
                try:
                    book.apply(decode(record.value))
                except MsgspecError as error:
                    warn(f"{topic}, offset {record.offset}: {error}; publish it again, corrected")
    return book


def check_files(files: Sequence[str], *, as_json: bool) -> None:
    """Say of each file how many entries it has or all that is wrong with it; exit 1 on any error."""
    from streams.reference.schedule_file import ScheduleErrors

    found: list[dict[str, Any]] = []
    for name in files:
        try:
            found.append({"file": name, "entries": len(entries_of(name)), "errors": []})
        except ScheduleErrors as error:
            errors = [{"line": each.line, "error": each.message} for each in error.errors]
            found.append({"file": name, "entries": 0, "errors": errors})
    if as_json:
        print_json(found)
    else:
        for each in found:
            _tell_check(each)
    if any(each["errors"] for each in found):
        raise typer.Exit(1)


def publish_files(files: Sequence[str], *, kafka: str | None, patience_s: float, as_json: bool) -> None:
    """Publish the entries of schedule files and say how many; a file with an error publishes nothing."""
    entries = [entry for name in files for entry in entries_of(name)]
    count, where = publish(entries, kafka=kafka, patience_s=patience_s)
    if as_json:
        print_json({"published": count})
    else:
        out.print(f"published {number_of(count, 'entry', 'entries')} to {where}")


def publish(entries: Sequence[Any], *, kafka: str | None, patience_s: float) -> tuple[int, str]:
    """Write entries to the topic ``reference``; return how many, and where."""
    from streams.broker import broker_security
    from streams.publish import publish_reference
    from streams.topics import TopicNames

    settings = settings_of(kafka=kafka)
    topic = TopicNames(settings.topic_prefix).reference
    count = publish_reference(
        settings.kafka,
        topic,
        entries,
        security=broker_security(settings),
        patience_s=patience_s,
        on_wait=say_waiting,
    )
    return count, f"{topic} at {settings.kafka}"


def _tell_check(found: dict[str, Any]) -> None:
    if not found["errors"]:
        out.print(
            Text.assemble(("ok  ", "green"), f"{found['file']}: {number_of(found['entries'], 'entry', 'entries')}")
        )
        return
    out.print(Text.assemble(("bad ", "bold red"), f"{found['file']}: {number_of(len(found['errors']), 'error')}"))
    for each in found["errors"]:
        out.print(Text(f"    line {each['line']}: {each['error']}"), soft_wrap=True)
