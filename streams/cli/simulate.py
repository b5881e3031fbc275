"""``floorwatch simulate``: a labelled feed drawn from a seed, and how alerts meet its labels."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.console import counted, out, print_json, table
from streams.cli.options import AsJson

if TYPE_CHECKING:
    from streams.simulate.simulation import Simulated


def simulate(
    *,
    folder: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="The folder to write into; made where it is not there.")
    ],
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same bytes.")] = 0,
    months: Annotated[
        int, typer.Option("--months", min=3, max=120, help="Months of trade, from January 2023; patterns need 30.")
    ] = 30,
    patterns: Annotated[
        str, typer.Option("--patterns", metavar="all|NAME,...", help="What to inject: names of rules, all, or none.")
    ] = "all",
    rows: Annotated[
        int | None,
        typer.Option("--rows", min=1, help="So many plain trades without a pattern instead, for tests of volume."),
    ] = None,
    file_format: Annotated[str, typer.Option("--format", help="jsonl, csv or parquet.")] = "jsonl",
    as_json: AsJson = False,
) -> None:
    """
    Write a feed of simulated trade with patterns in it, the reference data to judge it by, and labels of what is where.

    The folder gets trades, ticks, reference.jsonl, labels.jsonl and manifest.json.

    Examples: [bold]floorwatch simulate --seed 7 --out sim[/],
    [bold]floorwatch simulate --rows 20000000 --format parquet --out big[/]
    """
    from streams.simulate.planting import patterns_named
    from streams.simulate.simulation import simulate as write
    from streams.simulate.writing import Format

    if file_format not in set(Format):
        message = f"{file_format!r} is no format: {', '.join(Format)}"
        raise typer.BadParameter(message)
    named = [] if rows is not None or patterns == "none" else patterns.split(",")
    try:
        written = write(
            folder, seed=seed, months=months, patterns=patterns_named(named), rows=rows, file_format=Format(file_format)
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if as_json:
        print_json(written.as_json() | {"out": str(folder)})
    else:
        _tell(written)


def _tell(written: "Simulated") -> None:
    files = (written.trades, written.ticks, written.reference)
    rows = [(each.path.name, f"{each.rows:,}", each.sha256[:16]) for each in files]
    rows.append(("labels.jsonl", f"{len(written.labels):,}", counted(Counter(each.rule for each in written.labels))))
    out.print(table(f"Simulated, seed {written.seed}", ["", ("rows", "right"), "sha256"], rows))
    trades, ticks, reference = (str(each.path) for each in files)
    out.print(
        f"judge it: floorwatch replay {trades} {ticks} --direct --floors {reference} "
        f"--out {written.folder / 'alerts.jsonl'}",
        soft_wrap=True,
        markup=False,
    )
