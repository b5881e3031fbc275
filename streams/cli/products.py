"""``floorwatch products``: the catalogue."""

from typing import Annotated

import typer

from streams.cli.console import out, print_json, table
from streams.cli.options import AsJson

app = typer.Typer(help="The minerals and stages that Floorwatch knows.", no_args_is_help=True)


@app.callback()
def products() -> None:
    """List what may stand as a product."""


@app.command("list")
def list_products(
    search: Annotated[str, typer.Argument(help="Part of a name or of a commodity code.", show_default=False)] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """
    List the products, how the trade quotes them and their commodity codes.

    Example: [bold]floorwatch products list tungsten[/]
    """
    from streams.reference.catalogue import load_catalogue

    wanted = [
        each
        for each in load_catalogue()
        if search.lower() in each.name or any(line.code.startswith(search) for line in each.hs if search)
    ]
    if as_json:
        print_json(wanted)
        return
    rows = [
        (
            each.name,
            f"{each.quote.currency}/{each.quote.unit}" + (f" of {each.quote.of}" if each.quote.of else ""),
            each.constituent or "",
            each.typical_grade_pct or "",
            " ".join(dict.fromkeys(line.code for line in each.hs)),
        )
        for each in wanted
    ]
    out.print(
        table(
            f"{len(rows)} products", ["product", "quoted in", "content", ("usual %", "right"), "commodity codes"], rows
        )
    )
