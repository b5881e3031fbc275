"""``floorwatch report``: a run as one page, to read, to send and to print."""

from pathlib import Path
from typing import Annotated

import typer

from streams.cli.console import number_of, out
from streams.cli.named_files import check_not_read


def report(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A folder that floorwatch replay --run wrote.")],
    *,
    html: Annotated[Path, typer.Option("--html", metavar="FILE", help="Where to write the page.")],
    against: Annotated[
        Path | None, typer.Option("--against", metavar="RUN", help="Another run, to say what differs from it.")
    ] = None,
) -> None:
    """
    Write a run as one HTML file that opens without a network and prints on A4.

    Charts of price against floor and normal value, every episode with its arithmetic, the evidence case by case under
    the headings of a petition, coverage, versions. The same run gives the same bytes.

    Examples: [bold]floorwatch report runs/july --html july.html[/],
    [bold]floorwatch report runs/higher-floors --html what-if.html --against runs/july[/]
    """
    from streams.report.material import read_material
    from streams.report.page import write_report
    from streams.runs.reading import files_of

    material = read_material(run)
    for each in (run, against):
        if each is not None:
            check_not_read(html, "--html", files_of(each))
    write_report(material, html, against=None if against is None else read_material(against))
    out.print(
        f"{html}: {number_of(len(material.alerts), 'alert')} of run {material.name}", soft_wrap=True, markup=False
    )
