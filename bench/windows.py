"""
What the length of a window costs: the same trades judged over windows of one month to more than a year.

``python -m bench.windows`` prints microseconds a record, medians of several runs that take turns.
"""

import argparse
import statistics
from collections.abc import Sequence
from time import perf_counter
from typing import Final

from rich.console import Console
from rich.table import Table

from bench import feed
from streams.assembly import spare_the_collector
from streams.engine import Engine
from streams.market import Rules
from streams.normalise import Normaliser
from streams.reference.book import ReferenceBook
from streams.rules.dumping_margin import DumpingMargin
from streams.rules.rule import Rule
from streams.rules.sustained_breach import SustainedBreach
from streams.rules.under_invoicing import UnderInvoicing

DAYS: Final = 800
SLICE_RECORDS: Final = 5000
WINDOWS: Final = ((30, 1), (90, 3), (180, 6), (400, 13))
"""Days of a rule over days, months of a rule over months."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.windows", description=__doc__)
    parser.add_argument("--records", type=int, default=300_000)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    values = feed.values(arguments.records, days=DAYS)
    spare_the_collector()
    seconds: dict[tuple[str, int], list[float]] = {}
    for _ in range(arguments.runs):
        for days, months in WINDOWS:
            for rule in _rules(days, months):
                seconds.setdefault((rule.name, days), []).append(_run(values, (rule,)))
        seconds.setdefault(("none", 0), []).append(_run(values, ()))
    _print(seconds, arguments.records)


def _rules(days: int, months: int) -> tuple[Rule, ...]:
    return (
        SustainedBreach(window_days=days),
        DumpingMargin(window_months=months, months_min=1),
        UnderInvoicing(window_months=months),
    )


def _run(values: Sequence[bytes], rules: tuple[Rule, ...]) -> float:
    book = ReferenceBook(entries=feed.reference(DAYS))
    engine = Engine(rules=Rules(rules, "bench"), normaliser=Normaliser(book))
    started = perf_counter()
    for start in range(0, len(values), SLICE_RECORDS):
        engine.step(values[start : start + SLICE_RECORDS])
    engine.end()
    return perf_counter() - started


def _print(seconds: dict[tuple[str, int], list[float]], records: int) -> None:
    def microseconds(name: str, days: int) -> float:
        return statistics.median(seconds[name, days]) / records * 1e6

    names = [rule.name for rule in _rules(*WINDOWS[0])]
    table = Table("window", *names, title=f"us a record, {records:,} records over {DAYS} days")
    for days, months in WINDOWS:
        table.add_row(f"{days} days, {months} months", *(f"{microseconds(name, days):.2f}" for name in names))
    table.add_row("no rule", *[f"{microseconds('none', 0):.2f}"] * len(names))
    Console().print(table)


if __name__ == "__main__":
    main()
