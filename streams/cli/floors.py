"""``floorwatch floors``: the floors in force, checked, published, and asked for the levy."""

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from streams.cli.console import Column, fail, number_of, out, print_json, severity_text, table, tell
from streams.cli.options import AsJson, Day, Hindsight, Kafka, Patience, Rates, Schedules, day_of
from streams.cli.reference_data import ScheduleFiles, book_for, check_files, publish_files

if TYPE_CHECKING:
    from streams.quote import Question, Quote
    from streams.reference.book import ReferenceBook
    from streams.reference.floor import Floor

app = typer.Typer(help="Price floors: list, check, publish, and ask for the levy.", no_args_is_help=True)


@app.command("list")
def list_floors(
    *,
    schedules: Schedules = None,
    kafka: Kafka = None,
    on: Annotated[
        date | None, typer.Option("--date", metavar="DAY", parser=day_of, help="Only what holds on this day.")
    ] = None,
    product: Annotated[str | None, typer.Option("--product", help="Only of this product, as silicon|metal.")] = None,
    patience: Patience = 30.0,
    as_json: AsJson = False,
) -> None:
    """
    List floors: of the shipped schedules, of files (--floors), or of what workers judge by (--kafka).

    Example: [bold]floorwatch floors list --date 2026-01-15[/]
    """
    book = book_for(schedules=schedules, rates=None, kafka=kafka, patience_s=patience)
    floors = [
        floor for floor in book.floors if (product in (None, floor.product)) and (on is None or _holds(floor, on))
    ]
    if as_json:
        print_json(floors)
        return
    rows = [
        (
            floor.product,
            floor.zone_id,
            Text("suspended" if floor.suspended else f"{floor.value} {floor.currency}/{floor.unit}"),
            "" if floor.content_basis == "gross" else f"of {floor.content_basis}",
            floor.incoterm,
            Text(floor.status, style="green" if floor.status == "in_force" else "dim"),
            f"{floor.effective_from} to {floor.effective_to or 'open'}",
            floor.name,
        )
        for floor in floors
    ]
    columns: list[Column] = ["product", "zone", ("floor", "right"), "", "basis", "status", "in force", "id"]
    out.print(table(number_of(len(rows), "floor"), columns, rows))


@app.command()
def check(files: ScheduleFiles, *, as_json: AsJson = False) -> None:
    """
    Check schedule files; everything that is wrong is said at once, each with its line. Exit 1 on any error.

    Example: [bold]floorwatch floors check our-floors.toml[/]
    """
    check_files(files, as_json=as_json)


@app.command("publish")
def publish_floors(
    files: ScheduleFiles,
    *,
    kafka: Kafka = None,
    patience: Patience = 30.0,
    as_json: AsJson = False,
) -> None:
    """
    Publish schedules to the topic that workers judge by; a file with an error publishes nothing.

    Workers take them up without a restart and judge again what they change.

    Example: [bold]floorwatch floors publish eu-2025-2351 our-floors.toml[/]
    """
    publish_files(files, kafka=kafka, patience_s=patience, as_json=as_json)


@app.command()
def quote(
    *,
    product: Annotated[str, typer.Option("--product", metavar="P", help="As silicon|metal; floorwatch products list.")],
    origin: Annotated[str, typer.Option("--origin", metavar="CC", help="Country of origin, as CN.")],
    price: Annotated[str, typer.Option("--price", metavar="X", help="Price of one unit, decimal text.")],
    day: Day,
    destination: Annotated[
        str | None,
        typer.Option("--destination", metavar="CC", help="Where it enters; needed where several zones keep a floor."),
    ] = None,
    currency: Annotated[str, typer.Option("--currency", help="Of the price.")] = "USD",
    unit: Annotated[str, typer.Option("--unit", help="What the price is for: kg, t, lb, mtu ...")] = "kg",
    incoterm: Annotated[str, typer.Option("--incoterm", help="Delivery terms of the price.")] = "CIF",
    price_of: Annotated[
        str | None, typer.Option("--price-of", help="The constituent it is for, as WO3; default the goods.")
    ] = None,
    grade: Annotated[
        str | None, typer.Option("--grade", metavar="PCT", help="Assay of the constituent, per cent.")
    ] = None,
    moisture: Annotated[str | None, typer.Option("--moisture", metavar="PCT", help="Moisture, per cent.")] = None,
    hs_code: Annotated[str | None, typer.Option("--hs-code", help="Commodity code, where floors differ by it.")] = None,
    regime: Annotated[str | None, typer.Option("--regime", help="Customs procedure, for exemptions.")] = None,
    quantity: Annotated[str | None, typer.Option("--quantity", metavar="Q", help="In the unit; default one.")] = None,
    schedules: Schedules = None,
    rates: Rates = None,
    kafka: Kafka = None,
    hindsight: Hindsight = False,
    patience: Patience = 30.0,
    as_json: AsJson = False,
) -> None:
    """
    Answer the levy question: the floor, and what would be charged at this price on this day.

    Judges as a declaration would be, by the shipped schedules, by files (--floors, --fx) or by what was published
    (--kafka). Exit 1, saying which, where no floor holds or a rate is missing.

    Try [bold]floorwatch floors quote --product 'silicon|metal' --origin CN --price 1.52 --date 2025-12-31[/]
    """
    from streams.normalise import Normaliser
    from streams.quote import NoQuoteError, Question
    from streams.quote import quote as answer
    from streams.routing import RefusedError

    book = book_for(schedules=schedules, rates=rates, kafka=kafka, patience_s=patience)
    question = Question(
        product=product,
        origin=origin.upper(),
        destination=(destination or "").upper(),
        day=day,
        price=price,
        currency=currency.upper(),
        unit=unit,
        incoterm=incoterm.upper(),
        price_of=price_of,
        grade_pct=grade,
        moisture_pct=moisture,
        hs_code=hs_code,
        regime=regime,
        quantity=quantity,
    )
    try:
        if destination is None:
            question = _somewhere_in_the_zone(question, book)
        found = answer(question, Normaliser(book, hindsight=hindsight))
    except (RefusedError, NoQuoteError, ValueError) as error:
        if as_json:
            print_json(
                {"outcome": str(getattr(error, "reason", "not_a_decimal")), "detail": str(error), "question": question}
            )
        fail(str(error))
    if as_json:
        print_json(found.as_json())
    else:
        _tell_quote(found)


def _somewhere_in_the_zone(question: "Question", book: "ReferenceBook") -> "Question":
    """Return the question for a member of the only zone that keeps a floor for the product."""
    from streams.quote import NoQuoteError

    zones = sorted({floor.zone_id for floor in book.floors.of_product(question.product)})
    if len(zones) > 1:
        message = f"{', '.join(zones)} keep floors for {question.product}: say where it enters, --destination CC"
        raise typer.BadParameter(message)
    members = [
        member.country
        for zone in book.zones
        if zone.zone_id in zones
        for member in zone.members
        if member.country != question.origin and book.zones.has(zone.zone_id, member.country, question.day)
    ]
    if not members:
        raise NoQuoteError(
            "floor_missing", f"no floor to quote: no zone keeps one for {question.product} on {question.day}"
        )
    tell(f"no destination given: {members[0]} stands for the zone {zones[0]}")
    return replace(question, destination=members[0])


def _holds(floor: "Floor", day: date) -> bool:
    return floor.effective_from <= day and (floor.effective_to is None or day < floor.effective_to)


def _tell_quote(found: "Quote") -> None:
    said = found.as_json()
    basis, floor, question = said["on_floor_basis"], said["floor"], found.question
    per = f"{basis['currency']}/{basis['unit']}" + (
        f" of {basis['content_basis']}" if basis["content_basis"] != "gross" else ""
    )
    out.print(
        Text.assemble(
            (f"{question.product} from {question.origin} into {question.destination} on {question.day}", "bold"),
            f" at {question.price} {question.currency}/{question.unit} {question.incoterm}: ",
            _verdict(found),
        ),
        soft_wrap=True,
    )
    rows = [
        (
            "floor",
            f"{basis['floor_price']} {per} {basis['incoterm']}",
            f"{floor['floor']}, zone {said['zone']}, {said['status']}",
        ),
        ("landed price", f"{basis['landed_price']} {per}", "on the floor's basis"),
        ("gap", f"{basis['gap']} {per}", f"{said['gap_pct']} % of the floor"),
        (
            "levy",
            f"{basis['levy']} {per}",
            f"{said['levy_usd_per_unit']} USD/{question.unit}, {said['ad_valorem_pct']} % ad valorem",
        ),
    ]
    if question.quantity is not None:
        rows.append(("levy in all", f"{said['levy_usd']} USD", f"on {question.quantity} {question.unit}"))
    out.print(table("", ["", ("", "right"), ""], rows))
    steps = [(step["label"], step["expression"], f"= {step['result']} {step['unit']}") for step in said["steps"]]
    out.print(table("Arithmetic", ["", "", ("", "right")], steps))
    for note in [*said["notes"], f"{said['notice']}"]:
        out.print(Text(f"  {note}", style="dim"), soft_wrap=True)


def _verdict(found: "Quote") -> Text:
    severity = found.severity
    if severity is None:
        return Text("no breach", style="green")
    return Text.assemble("below the floor, ", severity_text(severity))
