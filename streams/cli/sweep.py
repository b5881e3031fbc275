"""``floorwatch sweep``: what a feed comes to while a floor or a threshold goes through a range."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from fractions import Fraction
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from alerts.model import Severity
from streams.cli.console import counted, err, number_of, out, print_json, print_lines, table, tell, warn
from streams.cli.feed_options import Declared, feed_options, wants_sorting
from streams.cli.log_inputs import is_log, period_of
from streams.cli.named_files import check_feeds
from streams.cli.options import AsJson, Files, Hindsight, Rates, Schedules, day_of, settings_of, today
from streams.cli.progress import whole_or_nothing
from streams.cli.reference_data import book_of
from streams.cli.run_folder import Origins, Products, selection_of
from streams.cli.what_if import SHIPPED, rule_file

if TYPE_CHECKING:
    from streams.runs.sweep import Step, Swept, Task

_SEVERITIES: Final = tuple(str(severity) for severity in Severity)


def _number(text: str) -> Fraction:
    from streams.exact import NotADecimalError, fraction

    try:
        return fraction(text)
    except NotADecimalError as error:
        raise typer.BadParameter(str(error)) from error


def sweep(
    files: Files,
    *,
    floor: Annotated[
        str | None,
        typer.Option("--floor", metavar="PRODUCT", help="Sweep the level of its floors: 'silicon|metal', or an id."),
    ] = None,
    threshold: Annotated[
        str | None, typer.Option("--threshold", metavar="RULE.NAME", help="Sweep a threshold: surge.rise_min_pct.")
    ] = None,
    first: Annotated[Fraction, typer.Option("--from", parser=_number, metavar="LEVEL", help="The first level.")],
    last: Annotated[Fraction, typer.Option("--to", parser=_number, metavar="LEVEL", help="The last level.")],
    steps: Annotated[int, typer.Option("--steps", help="How many levels, both ends among them.")] = 20,
    schedules: Schedules = None,
    rates: Rates = None,
    declared: Declared = None,
    products: Products = None,
    origins: Origins = None,
    first_day: Annotated[
        date | None, typer.Option("--from-day", metavar="DAY", parser=day_of, help="First day of the feed to take.")
    ] = None,
    last_day: Annotated[
        date | None, typer.Option("--to-day", metavar="DAY", parser=day_of, help="Last day of the feed to take.")
    ] = None,
    hindsight: Hindsight = False,
    rules: Annotated[
        str | None, typer.Option("--rules", metavar="FILE", help=f"A rule file, or {SHIPPED!r}; default as replay.")
    ] = None,
    as_of: Annotated[
        date | None, typer.Option("--as-of", metavar="DAY", parser=day_of, help="As of replay. Default today.")
    ] = None,
    processes: Annotated[
        int | None, typer.Option("--processes", min=1, help="How many judge at once; default one for each core.")
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Write CSV to stdout.")] = False,
    as_json: AsJson = False,
) -> None:
    """
    Judge a feed at each level of a range and say what each comes to: alerts, levy in USD, ways that are affected.

    A level of a floor is in the floor's own currency and unit and stands for all of its versions; of the feed its
    mineral alone is judged, by all rules. Of a threshold its rule alone is judged, on everything. The first row, "now",
    is without a change. --from and --to are levels; --from-day and --to-day take a part of the feed, as --from and --to
    of a replay do.

    Examples: [bold]floorwatch sweep trades.csv --floor 'silicon|metal' --from 1.0 --to 3.0 --steps 50[/],
    [bold]floorwatch sweep trades.csv --threshold surge.rise_min_pct --from 5 --to 50 --csv[/]
    """
    from streams.feed_records import ReplayOptions
    from streams.runs.sweep import SweepError, levels, task_of

    if (floor is None) == (threshold is None):
        message = "say what to sweep: --floor PRODUCT, or --threshold RULE.NAME"
        raise typer.BadParameter(message)
    if is_log(files):
        message = "a sweep is of feed files, which have an end: a log says itself how far its days are complete"
        raise typer.BadParameter(message)
    if as_json and as_csv:
        message = "--json and --csv are two forms of one answer: leave one of them out"
        raise typer.BadParameter(message)
    check_feeds(files)
    period_of(first_day, last_day)
    settings = settings_of(hindsight=hindsight or None, rules=rule_file([rules] if rules else None))
    book = book_of(schedules, rates or ())
    options = ReplayOptions(
        as_of=as_of or today(),
        first_day=first_day,
        last_day=last_day,
        feed=feed_options(declared),
        goods=selection_of(products, origins),
        sort=wants_sorting(declared),
    )
    try:
        swept = _swept(book, settings, floor=floor, threshold=threshold)
        wanted = levels(first, last, steps, whole=swept.whole)
        task = task_of(files, options=options, settings=settings, book=book, swept=swept)
        began = perf_counter()
        found = _swept_through(task, wanted, processes)
    except SweepError as error:
        raise typer.BadParameter(str(error)) from error
    tell(f"{number_of(len(wanted), 'level')} in {perf_counter() - began:.1f} s")
    if refused := found[0].refused:
        warn(f"refused: {counted(refused)}; floorwatch ingest --explain FILE says what was wrong with rows of a file")
    if not found[0].records:
        warn(f"no record of the feed is judged in this sweep ({swept.title}): its figures say nothing")
    if as_json:
        print_json({"swept": asdict(swept), "steps": [asdict(each) | {"alerts": each.alerts} for each in found]})
    elif as_csv:
        print_lines(_csv(found))
    else:
        _tell(swept, found)


def _swept(book: Any, settings: Any, *, floor: str | None, threshold: str | None) -> "Swept":
    from streams.assembly import rules_of
    from streams.runs.sweep import floor_sweep, threshold_sweep

    return floor_sweep(book, floor) if floor else threshold_sweep(rules_of(settings).rules, threshold or "")


def _swept_through(task: "Task", wanted: Sequence[str], processes: int | None) -> "list[Step]":
    from streams.crew import cores
    from streams.runs.sweep import sweep as sweep_through

    with whole_or_nothing(), _progress(len(wanted) + 1) as hear:
        return sweep_through(task, wanted, processes=processes or cores(), hear=hear)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """Yield what is to hear how many levels are done; shown on stderr, on a terminal only."""
    columns = (TextColumn("levels"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left"))
    with Progress(*columns, TimeRemainingColumn(), console=err, transient=True, disable=not err.is_terminal) as shown:
        task = shown.add_task("", total=total)
        yield lambda done: shown.update(task, completed=done)


def _tell(swept: "Swept", found: "Sequence[Step]") -> None:
    right = [
        (name, "right")
        for name in ("level", "alerts", *_SEVERITIES, "below, kg", "levy, USD", "lanes below", "lanes with alerts")
    ]
    rows = [
        [
            each.level or f"now: {swept.now}",
            f"{each.alerts:,}",
            *(f"{each.by_severity[severity]:,}" for severity in _SEVERITIES),
            _grouped(each.below_kg),
            _grouped(each.levy_usd),
            f"{each.lanes_below:,}",
            f"{each.lanes_alerted:,}",
            counted(each.by_rule),
        ]
        for each in found
    ]
    out.print(table(f"Sweep of {swept.title}", [*right, "by rule"], rows))


def _csv(found: "Sequence[Step]") -> str:
    rules = sorted({rule for each in found for rule in each.by_rule})
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    head = ("level", "alerts", *_SEVERITIES, "below_kg", "levy_usd", "lanes_below", "lanes_alerted")
    writer.writerow([*head, *rules])
    for each in found:
        counts = [each.by_severity[severity] for severity in _SEVERITIES]
        sums = (each.below_kg, each.levy_usd, each.lanes_below, each.lanes_alerted)
        writer.writerow([each.level, each.alerts, *counts, *sums, *(each.by_rule.get(rule, 0) for rule in rules)])
    return text.getvalue()


def _grouped(amount: str) -> str:
    """Return decimal text with its thousands told apart and its decimals to two."""
    whole, _, decimals = amount.partition(".")
    return f"{int(whole):,}" + (f".{decimals[:2]}" if decimals else "")
