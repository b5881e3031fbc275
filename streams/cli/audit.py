"""``floorwatch audit``: the log of who did what, and whether it is as it was written."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from streams.cli.console import fail, number_of, out, print_json, tell
from streams.cli.options import AsJson, settings_of
from streams.settings import state_path

if TYPE_CHECKING:
    from alerts.audit import AuditLog

app = typer.Typer(help="The audit log of the API: verify.", no_args_is_help=True)


@app.command()
def verify(
    *,
    file: Annotated[Path | None, typer.Option("--file", metavar="LOG", help="Default: the API's own.")] = None,
    key_file: Annotated[Path | None, typer.Option("--key-file", metavar="KEY", help="Default: the API's own.")] = None,
    head: Annotated[
        str | None,
        typer.Option("--head", metavar="HASH", help="Of an earlier verification: shows whether the end was cut off."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Say whether the audit log is as it was written; exit 1 and say where it is not.

    Keep the head that it prints somewhere else, and give it next time: a log cannot miss its own end.

    Example: [bold]floorwatch audit verify --head 5f2c...[/]
    """
    from alerts.audit import verify as verified

    settings = settings_of()
    path, key_path = file or state_path(settings, "audit_file"), key_file or state_path(settings, "audit_key_file")
    found = verified(path, _key(key_path), head=head)
    if as_json:
        print_json(found)
    for each in found.findings:
        tell(f"line {each.line}: {each.problem}")
    if not found.holds:
        fail(f"{path} is not as it was written: {len(found.findings)} findings; keep it as evidence")
    if not as_json:
        out.print(
            Text(
                f"{number_of(found.entries, 'entry', 'entries')}, {number_of(found.seals, 'seal')}, "
                f"{number_of(found.unsealed, 'entry', 'entries')} since the last; all hold"
            )
        )
        out.print(Text(f"head {found.head}"), soft_wrap=True)


def audit_log() -> "AuditLog":
    """Return the audit log that the settings name; raises :class:`alerts.audit.AuditError`."""
    from alerts.audit import AuditLog, audit_key

    settings = settings_of()
    return AuditLog(state_path(settings, "audit_file"), audit_key(state_path(settings, "audit_key_file")))


def _key(path: Path) -> bytes:
    from alerts.audit import AuditError, audit_key

    if not path.exists():
        # One made now would verify nothing.
        message = f"there is no key at {path}: give the one that the log was sealed with (--key-file)"
        raise AuditError(message)
    return audit_key(path)
