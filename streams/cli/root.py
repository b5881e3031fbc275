"""The commands put together under one name, and what every one of them does with a failure."""

import sys
from collections.abc import Sequence
from typing import NoReturn

import typer

from streams.cli import (
    alerts,
    audit,
    conformance,
    demo,
    doctor,
    explain,
    floors,
    fx,
    ingest,
    metrics,
    policies,
    products,
    record,
    reference,
    replay,
    report,
    rules,
    score,
    serve,
    simulate,
    sweep,
    tail,
    tokens,
    topics,
    version,
    webhooks,
    worker,
)
from streams.cli.console import fail
from streams.cli.failures import in_one_line

app = typer.Typer(
    name="floorwatch",
    help=(
        "Price-floor alerts for critical minerals, on Kafka, Faust and Redis.\n\n"
        "Start with [bold]floorwatch demo[/]: it needs nothing but this machine.\n\n"
        "Settings come from options or from the environment (FLOORWATCH_KAFKA, FLOORWATCH_REDIS ...). "
        "Exit status: 0 done, 1 found wrong or failed, 2 not understood."
    ),
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)

_TRY = "Try it"
_RUN = "Run it"
_ASK = "Ask it"
_CHECK = "Check it"

app.command("demo", rich_help_panel=_TRY)(demo.demo)
app.add_typer(replay.app, name="replay", rich_help_panel=_TRY)
app.command("sweep", rich_help_panel=_TRY)(sweep.sweep)
app.command("score", rich_help_panel=_TRY)(score.score)
app.command("simulate", rich_help_panel=_TRY)(simulate.simulate)
app.command("worker", rich_help_panel=_RUN)(worker.worker)
app.add_typer(topics.app, name="topics", rich_help_panel=_RUN)
app.add_typer(record.app, name="record", rich_help_panel=_RUN)
app.command("ingest", rich_help_panel=_RUN)(ingest.ingest)
app.command("serve", rich_help_panel=_RUN)(serve.serve)
app.add_typer(tokens.app, name="tokens", rich_help_panel=_RUN)
app.add_typer(webhooks.app, name="webhooks", rich_help_panel=_RUN)
app.command("doctor", rich_help_panel=_CHECK)(doctor.doctor)
app.command("tail", rich_help_panel=_ASK)(tail.tail)
app.add_typer(alerts.app, name="alerts", rich_help_panel=_ASK)
app.command("explain", rich_help_panel=_ASK)(explain.explain)
app.command("report", rich_help_panel=_ASK)(report.report)
app.add_typer(floors.app, name="floors", rich_help_panel=_ASK)
app.add_typer(fx.app, name="fx", rich_help_panel=_ASK)
app.add_typer(reference.app, name="reference", rich_help_panel=_ASK)
app.add_typer(rules.app, name="rules", rich_help_panel=_ASK)
app.add_typer(policies.app, name="policies", rich_help_panel=_ASK)
app.add_typer(products.app, name="products", rich_help_panel=_ASK)
app.command("conformance", rich_help_panel=_CHECK)(conformance.conformance)
app.command("metrics", rich_help_panel=_CHECK)(metrics.metrics)
app.add_typer(audit.app, name="audit", rich_help_panel=_CHECK)
app.command("version", rich_help_panel=_CHECK)(version.version)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit; what a user can put right is said in one line, without a traceback."""
    try:
        app(args=None if arguments is None else list(arguments), prog_name="floorwatch")
    except BrokenPipeError:
        # Whoever read our output has seen enough (``| head``).
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:
        message, status = in_one_line(error)
        if message is None:
            raise
        fail(message, status=status)
    sys.exit(0)
