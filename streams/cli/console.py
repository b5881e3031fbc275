"""How the command line speaks: results on stdout, everything else on stderr, one colour for each degree of alarm."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NoReturn

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from alerts.model import Severity, State

SEVERITY_STYLES: Final = {
    Severity.INFO: "cyan",
    Severity.WARNING: "yellow",
    Severity.HIGH: "bold dark_orange",
    Severity.CRITICAL: "bold red",
}
STATE_STYLES: Final = {
    State.FIRING: "bold",
    State.RESOLVED: "green",
    State.EXPIRED: "dim",
    State.RETRACTED: "dim strike",
}

_UNBOUNDED: Final = 240
"""Columns where nobody looks: a pipe or a file, which is searched rather than read."""

Column = str | tuple[str, str]
"""A heading; with ``right``, of figures."""

out: Final = Console(highlight=False, width=None if sys.stdout.isatty() else _UNBOUNDED)
err: Final = Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else _UNBOUNDED)


def fail(message: str, *, status: int = 1) -> NoReturn:
    """Say *message* on stderr and exit."""
    err.print(Text.assemble(("error: ", "bold red"), message), soft_wrap=True)
    sys.exit(status)


def warn(message: str) -> None:
    """Say *message* on stderr and go on."""
    err.print(Text.assemble(("warning: ", "yellow"), message), soft_wrap=True)


def tell(message: str) -> None:
    """Say *message* on stderr: what is going on, which is no result."""
    err.print(Text(message, style="dim"), soft_wrap=True)


def print_json(value: Any) -> None:
    """Write *value* as one line of JSON to stdout."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    sys.stdout.flush()


def print_lines(text: str) -> None:
    """Write plain text to stdout as it is."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def table(title: str, columns: Sequence[Column], rows: Iterable[Sequence[str | Text]]) -> Table:
    """Return a table; a column is its heading, or heading and ``right``."""
    headings = [(column, "left") if isinstance(column, str) else column for column in columns]
    made = Table(
        title=escape(title) or None,
        title_justify="left",
        title_style="bold",
        header_style="dim",
        box=None,
        pad_edge=False,
        show_header=any(heading for heading, _ in headings),
    )
    for heading, justify in headings:
        made.add_column(heading, justify="right" if justify == "right" else "left", overflow="fold")
    for row in rows:
        made.add_row(*[Text(cell) if isinstance(cell, str) else cell for cell in row])
    return made


def counted(counts: Mapping[str, int]) -> str:
    """Return counts in words: ``3 unknown_unit, 1 not_json``; ``none`` where there are none."""
    return ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items()) if count) or "none"


def number_of(count: int, one: str, several: str = "") -> str:
    """Return a count with the word for it: ``1 trade``, ``2 trades``."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def severity_text(severity: str) -> Text:
    """Return a severity in its colour."""
    return Text(severity, style=SEVERITY_STYLES[Severity(severity)])


def state_text(state: str) -> Text:
    """Return a state in its colour."""
    return Text(state, style=STATE_STYLES.get(State(state), ""))
