"""``floorwatch reference``: normal values, costs, capacities, measures and the rest of what records are judged by."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.console import Column, number_of, out, print_json, table
from streams.cli.options import AsJson, Kafka, Patience, day_of
from streams.cli.reference_data import ScheduleFiles, book_for, check_files, publish_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.reference.basis import BasisRatio
    from streams.reference.book import ReferenceBook
    from streams.reference.capacities import Capacity
    from streams.reference.measures import Measure
    from streams.reference.quotas import Quota
    from streams.reference.values import ReferenceValue

    Listed = ReferenceValue | Capacity | Measure | Quota | BasisRatio

app = typer.Typer(
    help="Reference data: normal values, costs, capacities, measures, quotas, ratios.", no_args_is_help=True
)

_ALL = "all"


@app.command("list")
def list_entries(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE]...", help="Schedule files, or names of shipped ones.", show_default=False),
    ] = None,
    *,
    kafka: Kafka = None,
    on: Annotated[
        date | None, typer.Option("--date", metavar="DAY", parser=day_of, help="Only what holds on this day.")
    ] = None,
    product: Annotated[str | None, typer.Option("--product", help="Only of this product, as silicon|metal.")] = None,
    patience: Patience = 30.0,
    as_json: AsJson = False,
) -> None:
    """
    List reference data: of files, of the shipped schedules, or of what workers judge by (--kafka).

    Floors are listed by floorwatch floors list, rates asked for by floorwatch fx rate.

    Example: [bold]floorwatch reference list our-values.toml --date 2026-01-15[/]
    """
    book = book_for(schedules=files, rates=None, kafka=kafka, patience_s=patience)
    found = [entry for entry in _listed(book) if _is_of(entry, product) and (on is None or _holds(entry, on))]
    if as_json:
        print_json(found)
        return
    columns: list[Column] = ["kind", "product", "where", ("figure", "right"), "", "holds", "by"]
    out.print(table(number_of(len(found), "entry", "entries"), columns, map(_row, found)))


@app.command()
def check(files: ScheduleFiles, *, as_json: AsJson = False) -> None:
    """
    Check files; everything that is wrong is said at once, each with its line. Exit 1 on any error.

    Example: [bold]floorwatch reference check our-values.toml[/]
    """
    check_files(files, as_json=as_json)


@app.command()
def publish(files: ScheduleFiles, *, kafka: Kafka = None, patience: Patience = 30.0, as_json: AsJson = False) -> None:
    """
    Publish files to the topic that workers judge by; a file with an error publishes nothing.

    Workers take them up without a restart and judge again what they change.

    Example: [bold]floorwatch reference publish our-values.toml[/]
    """
    publish_files(files, kafka=kafka, patience_s=patience, as_json=as_json)


def _listed(book: "ReferenceBook") -> "Iterator[Listed]":
    yield from book.values
    yield from book.capacities
    yield from book.measures
    yield from book.quotas
    yield from book.ratios


def _products(entry: "Listed") -> tuple[str, ...]:
    """Return the products an entry is for; none where it is for all."""
    from streams.reference.measures import Measure
    from streams.reference.quotas import Quota

    if isinstance(entry, Measure | Quota):
        return entry.products
    return (entry.product,) if entry.product else ()


def _is_of(entry: "Listed", product: str | None) -> bool:
    return product is None or product in (_products(entry) or (product,))


def _period(entry: "Listed") -> tuple[date | None, date | None]:
    from streams.reference.measures import Measure
    from streams.reference.quotas import Quota

    if isinstance(entry, Measure):
        return entry.effective_from, entry.effective_to
    if isinstance(entry, Quota):
        return entry.period_from, entry.period_to
    return entry.valid_from, entry.valid_to


def _holds(entry: "Listed", day: date) -> bool:
    from streams.reference.validity import holds

    return holds(day, *_period(entry))


def _row(entry: "Listed") -> tuple[str, ...]:
    start, end = _period(entry)
    kind, where, figure, remark, by = _facts(entry)
    period = f"{start or 'open'} to {end or 'open'}"
    return kind, " ".join(_products(entry)) or _ALL, where, figure, remark, period, by


def _facts(entry: "Listed") -> tuple[str, str, str, str, str]:
    """Return what an entry is, where it holds, its figure, a remark, and whose it is."""
    from streams.reference.capacities import Capacity
    from streams.reference.measures import Measure
    from streams.reference.quotas import Quota
    from streams.reference.values import ReferenceValue

    match entry:
        case ReferenceValue():
            where = f"{entry.country} {entry.exporter}" if entry.exporter else entry.country
            figure = f"{entry.value} {entry.currency}/{entry.unit}{_of(entry.content_basis)}"
            return str(entry.role), where, figure, str(entry.method or entry.status), entry.publisher
        case Capacity():
            figure = "unknown" if entry.quantity is None else f"{entry.quantity} {entry.unit}/year"
            return str(entry.role), entry.country, f"{figure}{_of(entry.content_basis)}", "", entry.publisher
        case Measure():
            to = " ".join((*entry.destinations, *([entry.zone_id] if entry.zone_id else ()))) or _ALL
            rate = f"{entry.rate_pct} %" if entry.rate_pct else ""
            return str(entry.kind), f"{' '.join(entry.origins) or _ALL} to {to}", rate, entry.status, entry.measure_id
        case Quota():
            figure = "unknown" if entry.quantity is None else f"{entry.quantity} {entry.unit}"
            return "quota", f"{entry.origin or _ALL} to {entry.zone_id}", figure, "", entry.quota_id
        case _:
            lane = f"{entry.origin or _ALL} to {entry.destination or _ALL}"
            return "basis-ratio", lane, entry.ratio, "CIF/FOB", entry.publisher


def _of(content_basis: str) -> str:
    return "" if content_basis == "gross" else f" of {content_basis}"
