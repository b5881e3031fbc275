"""``floorwatch policies``: what is muted, and files that say it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streams.cli.console import out, print_json
from streams.cli.options import AsJson, settings_of

if TYPE_CHECKING:
    from alerts.suppression import SuppressionPolicy
    from streams.settings import Settings

app = typer.Typer(help="What interrupts nobody: silences, inhibition, storms, flapping.", no_args_is_help=True)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A policy file.", exists=True, dir_okay=False)],
    *,
    as_json: AsJson = False,
) -> None:
    """
    Check a policy file; everything that is wrong is said at once, each with its line. Exit 1 on any error.

    Example: [bold]floorwatch policies check policies.toml[/]
    """
    from streams.policy_file import load_policies

    found = _counts(load_policies(file))
    if as_json:
        print_json({"file": str(file), **found})
    else:
        said = ", ".join(f"{count} {name}" for name, count in found.items())
        out.print(f"{file}: {said}", markup=False, soft_wrap=True)


@app.command()
def show(*, as_json: AsJson = False) -> None:
    """
    Show what is muted where floorwatch serve is started like this: by FLOORWATCH_POLICIES, or as shipped.

    Example: [bold]floorwatch policies show --json[/]
    """
    policy = policies_of(settings_of())
    if as_json:
        print_json(policy)
    else:
        for name in policy.__struct_fields__:
            out.print(f"{name}: {getattr(policy, name)}", markup=False, soft_wrap=True)


def policies_of(settings: "Settings") -> "SuppressionPolicy":
    """Return what *settings* have muted; raises :class:`streams.reference.schedule_file.ScheduleErrors`."""
    from alerts.suppression import SuppressionPolicy
    from streams.policy_file import load_policies

    return load_policies(Path(settings.policies)) if settings.policies else SuppressionPolicy()


def _counts(policy: "SuppressionPolicy") -> dict[str, Any]:
    return {
        "inhibitions": len(policy.inhibitions),
        "storms": 1 + len(policy.storms),
        "flaps": 1 + len(policy.flaps),
        "silences": len(policy.silences),
    }
