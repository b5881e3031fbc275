"""``floorwatch conformance``: worked cases with known answers, through the engine's own code paths."""

from pathlib import Path
from typing import Annotated

import typer

from streams.cli.console import print_lines


def conformance(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", exists=True, file_okay=False, help="A folder of case files.")
    ],
) -> None:
    """
    Run every case in a folder and compare each answer with the expected one.

    Prints each failure with what was expected and what came, and ends with the counts; exit 1 on any failure.

    Example: [bold]floorwatch conformance cases/[/]
    """
    from streams.conformance import conformance as run

    raise typer.Exit(run(directory, print_lines))
