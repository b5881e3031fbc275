"""``floorwatch fx``: exchange rates, published and asked."""

from pathlib import Path
from typing import Annotated

import typer

from streams.cli.console import fail, number_of, out, print_json
from streams.cli.options import AsJson, Day, Kafka, Patience, Rates, settings_of
from streams.cli.reference_data import book_of, publish, published_book, rate_entries

app = typer.Typer(help="Exchange rates as of a day; never a default.", no_args_is_help=True)


@app.command("publish")
def publish_rates(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="ECB eurofxref-hist, csv or zip.", show_default=False)
    ],
    *,
    kafka: Kafka = None,
    patience: Patience = 30.0,
    as_json: AsJson = False,
) -> None:
    """
    Publish the ECB's euro reference rates; every worker takes them up without a restart.

    Records that waited for a rate are judged when it comes.

    Example: [bold]floorwatch fx publish eurofxref-hist.zip[/]
    """
    entries = [entry for path in files for entry in rate_entries(path)]
    count, where = publish(entries, kafka=kafka, patience_s=patience)
    if as_json:
        print_json({"published": count})
    else:
        out.print(f"published {number_of(count, 'day', 'days')} of rates to {where}")


@app.command()
def rate(
    currency: Annotated[str, typer.Argument(help="The currency to convert from, as EUR.")],
    *,
    day: Day,
    to: Annotated[str, typer.Option("--to", help="The currency to convert to.")] = "USD",
    rates: Rates = None,
    kafka: Kafka = None,
    patience: Patience = 30.0,
    as_json: AsJson = False,
) -> None:
    """
    Say what a currency is worth on a day, and where that was published; exit 1 where no rate is known.

    Asks the files given with --fx, otherwise what was published to Kafka.

    Example: [bold]floorwatch fx rate EUR --date 2025-03-31 --fx eurofxref-hist.zip[/]
    """
    from streams.exact import decimal_text, exact_text
    from streams.reference.fx import FxMissing

    book = book_of([], rates) if rates else published_book(settings_of(kafka=kafka).kafka, patience)
    found = book.fx.rate(currency.upper(), to.upper(), day)
    if isinstance(found, FxMissing):
        fail(f"{found.reason}; publish the days that are missing: floorwatch fx publish FILE")
    if as_json:
        print_json(
            {
                "currency": currency.upper(),
                "to": to.upper(),
                "date": day.isoformat(),
                "rate": decimal_text(found.rate, 10),
                "rate_exact": exact_text(found.rate),
                "rate_date": found.rate_date.isoformat(),
                "publisher": found.publisher,
                "path": found.path,
            }
        )
        return
    source = f", {found.publisher} of {found.rate_date} ({' > '.join(found.path)})" if found.publisher else ""
    out.print(f"1 {currency.upper()} = {decimal_text(found.rate, 10)} {to.upper()} on {day}{source}")
