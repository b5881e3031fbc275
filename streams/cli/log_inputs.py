"""Logs where feed files are expected: the folder of an archive, or ``kafka://HOST:PORT``."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streams.cli.console import number_of, tell, warn
from streams.cli.options import say_waiting, settings_of

if TYPE_CHECKING:
    from streams.log_source import LogSource, Period
    from streams.selection import Selection

Moment = date
"""A day, or (a ``datetime``) of a log an instant."""


def moment_of(text: str) -> Moment:
    """Return an option's text as a day or as an instant, UTC where it names no zone."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is no day and no instant: write it as 2025-03-31, or of a log as 2025-03-31T06:30Z"
        raise typer.BadParameter(message) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


FirstMoment = Annotated[
    Moment | None,
    typer.Option(
        "--from",
        metavar="DAY",
        parser=moment_of,
        help="First day to take, as 2025-03-31; of a log, by its time: a day or an instant (UTC).",
    ),
]
LastMoment = Annotated[
    Moment | None,
    typer.Option("--to", metavar="DAY", parser=moment_of, help="Last day to take; of a log, an instant is left out."),
]


def day_of_feed(moment: Moment | None) -> date | None:
    """Return the day that a part of a feed begins or ends on; raises for an instant."""
    if isinstance(moment, datetime):
        message = "records of a feed have days, not hours: write it as 2025-03-31"
        raise typer.BadParameter(message)
    return moment


def is_log(files: Sequence[Path]) -> bool:
    """Return whether what is to be replayed is a log; raises for one among other files."""
    from streams.archive.manifest import is_archive
    from streams.log_source import SCHEME

    logs = [str(each).startswith(SCHEME) or is_archive(each) for each in files]
    if any(logs) and len(files) > 1:
        message = "an archive, or Kafka, is replayed alone: name nothing beside it"
        raise typer.BadParameter(message)
    return any(logs)


def log_source(
    place: Path, first: Moment | None, last: Moment | None, goods: "Selection", patience_s: float
) -> "LogSource":
    """Return the log at *place*: the part of it that *first* and *last* mark, as far as it is of *goods*."""
    from streams.log_source import Chosen

    whole = _whole_source(place, first, last, patience_s)
    return whole if goods.everything else Chosen(whole, goods)


def _whole_source(place: Path, first: Moment | None, last: Moment | None, patience_s: float) -> "LogSource":
    from streams.log_source import SCHEME, ArchiveSource, KafkaSource

    period = period_of(first, last)
    if period.first_ms is not None:
        tell("what came before --from is not there: windows, baselines and corrections begin with it")
    address = str(place)
    if not address.startswith(SCHEME):
        return ArchiveSource(place, period)
    settings = settings_of(kafka=address.removeprefix(SCHEME).strip("/"))
    return KafkaSource(settings, period, patience_s=patience_s, on_wait=say_waiting)


def log_inputs(place: Path) -> list[Path]:
    """Return the file that says which log a run was made from; raises where it cannot be found again."""
    from streams.archive.manifest import NAME, is_archive

    if not is_archive(place):
        message = "what topics hold does not stay: record them (floorwatch record --out DIR), and keep a run of that"
        raise typer.BadParameter(message)
    return [place / NAME]


def book_of_log_or_files(source: "LogSource", schedules: Sequence[str] | None, rates: Sequence[Path]) -> Any:
    """Return the reference data that was published beside the log; where files are named, theirs instead."""
    from streams.cli.reference_data import book_of
    from streams.log_source import book_of_log

    if schedules or rates:
        return book_of(schedules, rates)
    book, unread = book_of_log(source)
    if unread:
        warn(f"{number_of(unread, 'record')} of reference data cannot be read by this version: left out")
    if next(iter(book), None) is None:
        warn("the log has no reference data: name floors with --floors, or record the topic reference too")
    return book


def period_of(first: Moment | None, last: Moment | None) -> "Period":
    """Return the time between two moments, both days whole; raises where there is none."""
    from streams.log_source import Period

    after = None if last is None else last if isinstance(last, datetime) else last + timedelta(days=1)
    period = Period(_ms(first), _ms(after))
    if period.first_ms is not None and period.until_ms is not None and period.first_ms >= period.until_ms:
        message = f"nothing lies between the first moment, {first}, and the last, {last}: turn them round"
        raise typer.BadParameter(message)
    return period


def _ms(moment: Moment | None) -> int | None:
    """Return a moment in milliseconds; of a day, its begin in UTC."""
    if moment is None:
        return None
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time(), UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
