"""``floorwatch tokens``: who may call the API."""

import getpass
from datetime import timedelta
from typing import Annotated

import typer
from rich.text import Text

from alerts.access import Scope, Token, TokenFile
from streams.cli.audit import audit_log
from streams.cli.console import out, print_json, table, tell
from streams.cli.options import AsJson, settings_of
from streams.settings import state_path

app = typer.Typer(help="Tokens of the API: create, list, revoke.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose it is: a person, a system.")],
    *,
    scopes: Annotated[
        list[Scope] | None, typer.Option("--scope", help="What it allows; repeat for several. Default read.")
    ] = None,
    days: Annotated[int | None, typer.Option("--days", min=1, max=3650, help="How long it holds, default 365.")] = None,
    forever: Annotated[bool, typer.Option("--no-expiry", help="It holds until it is revoked.")] = False,
    as_json: AsJson = False,
) -> None:
    """
    Make a token and print it, this once: nothing that is kept can be used to call.

    Example: [bold]floorwatch tokens create maria --scope read --scope ack[/]
    """
    from alerts.clock import utc_now

    if forever and days is not None:
        message = "give --days or --no-expiry, not both"
        raise typer.BadParameter(message)
    now = utc_now()
    expires_at = None if forever else _days_after(now, days or 365)
    text, token = _tokens().create(name, scopes or [Scope.READ], created_at=now, expires_at=expires_at)
    audit_log().append(at=now, actor=getpass.getuser(), what="token created", subject=token.id)
    if as_json:
        print_json({"token": text, **_shown(token)})
        return
    out.print(Text(text), soft_wrap=True)
    tell(f"{token.name}: {', '.join(token.scopes)}, until {token.expires_at or 'it is revoked'}; it is not shown again")


@app.command("list")
def list_tokens(*, as_json: AsJson = False) -> None:
    """
    List tokens, with nothing that could be used to call.

    Example: [bold]floorwatch tokens list --json[/]
    """
    found = _tokens().tokens()
    if as_json:
        print_json([_shown(token) for token in found])
        return
    rows = [
        (each.id, each.name, ", ".join(each.scopes), each.created_at, each.expires_at or "", each.revoked_at or "")
        for each in found
    ]
    out.print(table(f"{len(rows)} tokens", ["id", "name", "scopes", "created", "expires", "revoked"], rows))


@app.command()
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="As listed.")], *, as_json: AsJson = False
) -> None:
    """
    Revoke a token: it no longer holds from the next call on.

    Example: [bold]floorwatch tokens revoke 3f0c5e1a9b7d[/]
    """
    from alerts.clock import utc_now

    now = utc_now()
    token = _tokens().revoke(token_id, at=now)
    audit_log().append(at=now, actor=getpass.getuser(), what="token revoked", subject=token.id)
    if as_json:
        print_json(_shown(token))
    else:
        out.print(f"revoked {token.id} of {token.name} at {token.revoked_at}")


def _tokens() -> TokenFile:
    return TokenFile(state_path(settings_of(), "tokens_file"))


def _shown(token: Token) -> dict[str, object]:
    return {
        "id": token.id,
        "name": token.name,
        "scopes": list(token.scopes),
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at,
    }


def _days_after(instant: str, days: int) -> str:
    from datetime import datetime

    return (datetime.fromisoformat(instant) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
