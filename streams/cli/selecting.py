"""Options that say which alerts are wanted: the same fields, and the same text, as in a URL of the API."""

from typing import Annotated

import typer

from alerts.filters import Selection, checked
from alerts.model import Severity, State

_SEVERAL = "several with commas between."

Mineral = Annotated[str | None, typer.Option("--mineral", help=f"As silicon; {_SEVERAL}")]
Stage = Annotated[str | None, typer.Option("--stage", help=f"As metal; {_SEVERAL}")]
Product = Annotated[str | None, typer.Option("--product", help=f"As silicon|metal; {_SEVERAL}")]
Origin = Annotated[str | None, typer.Option("--origin", metavar="CC", help=f"As CN; {_SEVERAL}")]
Destination = Annotated[str | None, typer.Option("--destination", metavar="CC", help=f"As GB; {_SEVERAL}")]
Rule = Annotated[str | None, typer.Option("--rule", help=f"As floor_breach; {_SEVERAL}")]
Zone = Annotated[str | None, typer.Option("--zone", help="Zone of the floor.")]
AtLeast = Annotated[Severity | None, typer.Option("--severity", help="This one or a more serious one.")]
InState = Annotated[State | None, typer.Option("--state", help="Only changes into this state.")]


def selected(
    *,
    mineral: str | None,
    stage: str | None,
    product: str | None,
    origin: str | None,
    destination: str | None,
    rule: str | None,
    zone: str | None,
    severity: Severity | None,
    state: State | None,
) -> Selection:
    """Return what the options select; raises :class:`alerts.filters.FilterError`."""
    return checked(
        Selection(
            state=state,
            rule=rule,
            severity=severity,
            product=product,
            mineral=mineral,
            stage=stage,
            origin=origin,
            destination=destination,
            zone=zone,
        )
    )
