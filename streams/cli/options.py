"""Options that commands share, and the settings they make."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from streams.broker import Waiting
from streams.cli.console import tell
from streams.settings import Settings, read_settings

Kafka = Annotated[
    str | None,
    typer.Option("--kafka", metavar="HOST:PORT", help="Bootstrap servers; default FLOORWATCH_KAFKA or 127.0.0.1:9092."),
]
Redis = Annotated[
    str | None,
    typer.Option("--redis", metavar="URL", help="Redis; default FLOORWATCH_REDIS or redis://127.0.0.1:6379/0."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON to stdout, for a machine.")]
Patience = Annotated[
    float, typer.Option("--patience", metavar="SECONDS", min=0, help="How long to wait for a server that is not there.")
]
Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", help="Feed files; the format is found by content.", show_default=False),
]
Schedules = Annotated[
    list[str] | None,
    typer.Option(
        "--floors",
        metavar="F",
        help="Floors and other reference data: a schedule file, or the name of a shipped one. Repeat for several.",
    ),
]
Rates = Annotated[
    list[Path] | None,
    typer.Option("--fx", metavar="FILE", help="ECB reference rates (eurofxref-hist, csv or zip). Repeatable."),
]
RuleFile = Annotated[
    Path | None,
    typer.Option(
        "--rules",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="A rule file; default FLOORWATCH_RULES, or as shipped.",
    ),
]
Hindsight = Annotated[
    bool, typer.Option("--hindsight", help="Judge by what is known today, not by what was known on the day.")
]


def day_of(text: str) -> date:
    """Return an option's text as a day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is no day: write it as 2025-03-31"
        raise typer.BadParameter(message) from None


Day = Annotated[
    date, typer.Option("--date", metavar="DAY", parser=day_of, help="The day, as 2025-03-31.", show_default=False)
]
FirstDay = Annotated[
    date | None, typer.Option("--from", metavar="DAY", parser=day_of, help="First day to take, as 2025-03-31.")
]
LastDay = Annotated[date | None, typer.Option("--to", metavar="DAY", parser=day_of, help="Last day to take.")]


def settings_of(**given: Any) -> Settings:
    """Return the settings of the environment, with the options that were *given* on top."""
    return read_settings(None, **given)


def today() -> date:
    """Return the day it is: the command line is an edge, where a clock may be read."""
    return datetime.now().astimezone().date()


def say_waiting(waiting: Waiting) -> None:
    """Tell that Kafka is waited for."""
    tell(str(waiting))
