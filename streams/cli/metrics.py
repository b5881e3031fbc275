"""``floorwatch metrics``: what a worker and the API tell Prometheus."""

from typing import Annotated

import typer

from streams.cli.console import out, print_json, print_lines, table
from streams.cli.options import AsJson


def metrics(
    *,
    markdown: Annotated[bool, typer.Option("--markdown", help="Write the page docs/metrics.md to stdout.")] = False,
    as_json: AsJson = False,
) -> None:
    """
    List every metric with its type, labels and meaning.

    Example: [bold]floorwatch metrics --markdown > docs/metrics.md[/]
    """
    from alerts.metrics.catalogue import CATALOGUE
    from alerts.metrics.page import page

    if markdown:
        print_lines(page())
        return
    if as_json:
        print_json(
            [
                {
                    "name": metric.full_name,
                    "type": metric.type,
                    "help": metric.help,
                    "section": metric.section,
                    "labels": [label.name for label in metric.labels],
                    "series_most": metric.bound,
                    "optional": metric.optional,
                }
                for metric in CATALOGUE
            ]
        )
        return
    rows = [
        (metric.full_name, metric.type, ", ".join(label.name for label in metric.labels), metric.help)
        for metric in CATALOGUE
    ]
    out.print(table(f"{len(rows)} metrics", ["metric", "type", "labels", "meaning"], rows))
