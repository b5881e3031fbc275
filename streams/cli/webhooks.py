"""``floorwatch webhooks``: endpoints that alerts are taken to, by webhook or by mail and chat."""

import asyncio
import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from alerts.delivery.endpoints import Endpoint, EndpointBook, EndpointError, EndpointState, Kind
from streams.cli.audit import audit_log
from streams.cli.console import Column, fail, out, print_json, table, tell
from streams.cli.options import AsJson, settings_of
from streams.cli.selecting import (
    AtLeast,
    Destination,
    InState,
    Mineral,
    Origin,
    Product,
    Rule,
    Stage,
    Zone,
    selected,
)
from streams.settings import Settings, state_path

if TYPE_CHECKING:
    from alerts.delivery.guard import Network
    from alerts.delivery.sending import Attempt

app = typer.Typer(
    help="Webhooks, and notifications by mail and chat: add, list, remove, rotate, test, replay. "
    "floorwatch serve delivers.",
    no_args_is_help=True,
)

EndpointId = Annotated[str, typer.Argument(metavar="ID", help="As listed.")]


@app.command()
def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="https://..., or with --notify what Apprise takes.")],
    *,
    notify: Annotated[
        bool, typer.Option("--notify", help="A mail or chat address of Apprise, as mailto://...: news only.")
    ] = False,
    news: Annotated[
        bool, typer.Option("--news", help="Only what interrupts somebody: nothing silenced, acknowledged or muted.")
    ] = False,
    heartbeats: Annotated[
        bool, typer.Option("--heartbeats", help="Synthetic heartbeats too, which show that the whole way is open.")
    ] = False,
    floors: Annotated[bool, typer.Option("--floors", help="It may see confidential floors.")] = False,
    since: Annotated[
        str | None, typer.Option("--since", metavar="CURSOR", help="From there on; earliest: all that is kept.")
    ] = None,
    description: Annotated[str, typer.Option("--description", help="Whose it is, what for.")] = "",
    mineral: Mineral = None,
    stage: Stage = None,
    product: Product = None,
    origin: Origin = None,
    destination: Destination = None,
    rule: Rule = None,
    zone: Zone = None,
    severity: AtLeast = None,
    state: InState = None,
    as_json: AsJson = False,
) -> None:
    """
    Add an endpoint and print the secret that its deliveries are signed with, this once.

    It gets every change from when it is first served; with --since, from a cursor on.

    Example: [bold]floorwatch webhooks add https://desk.example/floorwatch --mineral silicon --severity high[/]
    """
    from alerts.clock import utc_now
    from alerts.cursors import parse_cursor

    wanted = selected(
        mineral=mineral,
        stage=stage,
        product=product,
        origin=origin,
        destination=destination,
        rule=rule,
        zone=zone,
        severity=severity,
        state=state,
    )
    kind = Kind.NOTIFY if notify else Kind.WEBHOOK
    settings = settings_of()
    _must_be_possible(kind, url, settings)
    with _book(settings) as book:
        made = book.add(
            url,
            kind=kind,
            created_at=utc_now(),
            after=parse_cursor(since) if since else None,
            wanted=wanted,
            only_news=news or notify,
            heartbeats=heartbeats,
            floors=floors,
            description=description,
        )
    _write_down("endpoint added", made.id)
    secret = made.secrets[0].key if made.secrets else None
    if as_json:
        print_json({"id": made.id, "secret": secret})
        return
    out.print(f"{made.id}  {secret or ''}".rstrip(), soft_wrap=True)
    tell("the first is its id, the second its secret, which is not shown again" if secret else "this is its id")


@app.command("list")
def list_endpoints(*, as_json: AsJson = False) -> None:
    """
    List endpoints and how each stands, without secrets.

    Example: [bold]floorwatch webhooks list --json[/]
    """
    with _book(settings_of()) as book:
        states = book.states()
    if as_json:
        print_json([_shown(each) for each in states])
        return
    rows = [
        (
            each.endpoint.id,
            _place(each.endpoint),
            "disabled" if each.disabled else "retrying" if each.failures else "ok",
            str(each.cursor or ""),
            str(each.delivered),
            str(each.dead),
            each.disabled or each.trouble or "",
        )
        for each in states
    ]
    columns: list[Column] = ["id", "to", "state", "cursor", ("delivered", "right"), ("dead", "right"), "trouble"]
    out.print(table(f"{len(rows)} endpoints", columns, rows))


@app.command()
def dead(endpoint_id: EndpointId, *, as_json: AsJson = False) -> None:
    """
    List what an endpoint did not get, and why.

    Example: [bold]floorwatch webhooks dead 3f0c5e1a9b7d[/]
    """
    with _book(settings_of()) as book:
        book.state(endpoint_id)
        letters = book.dead_letters(endpoint_id)
    if as_json:
        print_json([each._asdict() for each in letters])
        return
    rows = [(str(each.offset), each.change_id, each.at, str(each.attempts), each.trouble) for each in letters]
    columns: list[Column] = [("offset", "right"), "change", "given up", ("attempts", "right"), "trouble"]
    out.print(table(f"{len(rows)} dead letters", columns, rows))


@app.command()
def remove(endpoint_id: EndpointId) -> None:
    """
    Remove an endpoint and its dead letters.

    Example: [bold]floorwatch webhooks remove 3f0c5e1a9b7d[/]
    """
    with _book(settings_of()) as book:
        removed = book.remove(endpoint_id)
    _write_down("endpoint removed", removed.id)
    out.print(f"removed {removed.id}, {_place(removed)}")


@app.command()
def rotate(
    endpoint_id: EndpointId,
    *,
    overlap_hours: Annotated[
        int, typer.Option("--overlap-hours", min=0, help="How long deliveries are signed with the old secret too.")
    ] = 24,
    as_json: AsJson = False,
) -> None:
    """
    Give an endpoint a new secret and print it, this once; for a time both sign.

    Example: [bold]floorwatch webhooks rotate 3f0c5e1a9b7d --overlap-hours 48[/]
    """
    from datetime import datetime, timedelta

    from alerts.clock import utc_now

    ends = datetime.fromisoformat(utc_now()) + timedelta(hours=overlap_hours)
    with _book(settings_of()) as book:
        held = book.rotate(endpoint_id, retires_at=ends.strftime("%Y-%m-%dT%H:%M:%SZ"))
    _write_down("endpoint secret rotated", held.id)
    if as_json:
        print_json({"id": held.id, "secret": held.secrets[0].key})
    else:
        out.print(held.secrets[0].key, soft_wrap=True)


@app.command()
def enable(endpoint_id: EndpointId) -> None:
    """
    Deliver again to an endpoint that was disabled, from where it stopped.

    Example: [bold]floorwatch webhooks enable 3f0c5e1a9b7d[/]
    """
    with _book(settings_of()) as book:
        book.enable(endpoint_id)
    _write_down("endpoint enabled", endpoint_id)
    out.print(f"enabled {endpoint_id}")


@app.command()
def replay(
    endpoint_id: EndpointId,
    *,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="CURSOR", help="Deliver all that came after it again; or earliest."),
    ] = None,
    change: Annotated[
        str | None, typer.Option("--change", metavar="ID", help="Try one dead letter once more, by its webhook-id.")
    ] = None,
) -> None:
    """
    Try dead letters once more; with --since, deliver again everything past a cursor. Ids are those of the first time.

    Example: [bold]floorwatch webhooks replay 3f0c5e1a9b7d[/]
    """
    from alerts.cursors import parse_cursor

    if since and change:
        message = "give --since or --change, not both"
        raise typer.BadParameter(message)
    with _book(settings_of()) as book:
        if since:
            book.replay_from(endpoint_id, parse_cursor(since))
            out.print(f"{endpoint_id} gets everything past {since} again")
        else:
            out.print(f"{book.replay_dead(endpoint_id, change)} dead letters are tried once more")
    _write_down("endpoint replayed", endpoint_id)


@app.command("test")
def try_endpoint(endpoint_id: EndpointId, *, as_json: AsJson = False) -> None:
    """
    Send a signed event that is a test, now, and say what came of it. Exit 1 where it was not taken.

    Example: [bold]floorwatch webhooks test 3f0c5e1a9b7d[/]
    """
    settings = settings_of()
    with _book(settings) as book:
        endpoint = book.state(endpoint_id).endpoint
    attempt = asyncio.run(_try(settings, endpoint))
    if as_json:
        print_json({"outcome": attempt.outcome, "detail": attempt.detail})
    elif attempt.outcome == "delivered":
        out.print(f"delivered: {attempt.detail}")
    if attempt.outcome != "delivered":
        fail(f"{attempt.outcome}: {attempt.detail}")


@app.command()
def listen(
    *,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Where to listen on 127.0.0.1; 0: a free one.")
    ] = 9000,
    secret: Annotated[
        str | None, typer.Option("--secret", metavar="whsec_...", help="Check signatures by it; refuse what fails.")
    ] = None,
    count: Annotated[int | None, typer.Option("--count", min=1, help="End after so many.")] = None,
    as_json: AsJson = False,
) -> None:
    """
    Take deliveries on this machine and show them: a receiver to try webhooks with.

    The server must be allowed to deliver here: FLOORWATCH_WEBHOOK_ALLOW=127.0.0.1/32, as floorwatch demo has it.

    Example: [bold]floorwatch webhooks listen --port 9000[/]
    """
    from streams.cli.webhook_receiver import receive

    receive(port=port, secret=secret, count=count, as_json=as_json)


def endpoint_book(settings: Settings) -> EndpointBook:
    """Return the file of endpoints that *settings* name."""
    return EndpointBook(state_path(settings, "webhooks_file"))


def allowed_networks(settings: Settings) -> "tuple[Network, ...]":
    """Return the networks that webhooks may go to beside the internet; raises :class:`EndpointError`."""
    from alerts.delivery.guard import networks_of

    try:
        return networks_of(settings.webhook_allow)
    except ValueError as error:
        message = f"FLOORWATCH_WEBHOOK_ALLOW: {error}; write networks as 10.1.2.0/24, with commas between"
        raise EndpointError(message) from error


async def _try(settings: Settings, endpoint: Endpoint) -> "Attempt":
    from alerts.clock import utc_now
    from alerts.delivery.notes import NoteSender
    from alerts.delivery.sending import Parcel, WebhookSender
    from alerts.envelope import encode_event, test_event
    from streams.cli.version import installed_version

    event = test_event(settings.redis_namespace, endpoint=endpoint.id, at=utc_now())
    webhooks = WebhookSender(allowed_networks(settings), version=installed_version())
    sender = webhooks if endpoint.kind is Kind.WEBHOOK else NoteSender()
    try:
        return await sender.send(endpoint, Parcel(event.id, encode_event(event), None))
    finally:
        await sender.aclose()


def _must_be_possible(kind: Kind, url: str, settings: Settings) -> None:
    from alerts.delivery.guard import BlockedError, check_url
    from alerts.delivery.notes import must_be_known

    if kind is Kind.NOTIFY:
        must_be_known(url)
        return
    try:
        check_url(url, allowed_networks(settings))
    except BlockedError as error:
        raise EndpointError(str(error)) from error


@contextmanager
def _book(settings: Settings) -> Iterator[EndpointBook]:
    book = endpoint_book(settings)
    try:
        yield book
    finally:
        book.close()


def _write_down(what: str, endpoint_id: str) -> None:
    from alerts.clock import utc_now

    audit_log().append(at=utc_now(), actor=getpass.getuser(), what=what, subject=endpoint_id)


def _place(endpoint: Endpoint) -> str:
    # An address of Apprise holds passwords.
    return endpoint.url if endpoint.kind is Kind.WEBHOOK else endpoint.url.partition("://")[0] + "://..."


def _shown(state: EndpointState) -> dict[str, Any]:
    endpoint = state.endpoint
    return {
        "id": endpoint.id,
        "kind": endpoint.kind,
        "to": _place(endpoint),
        "filter": msgspec.to_builtins(endpoint.wanted),
        "only_news": endpoint.only_news,
        "floors": endpoint.floors,
        "description": endpoint.description,
        "created_at": endpoint.created_at,
        "secrets": len(endpoint.secrets),
        "disabled": state.disabled,
        "cursor": None if state.cursor is None else str(state.cursor),
        "failures": state.failures,
        "due_s": state.due_s,
        "trouble": state.trouble,
        "delivered": state.delivered,
        "dead": state.dead,
    }
