"""
Which alerts somebody wants: one form for lists, streams, sockets, webhooks and the terminal.

A field holds one value, or several with commas between them: an alert is wanted that has any of them.  Fields that are
left out leave it open.  The text is the same in a URL, in JSON, on a command line and in a file.
"""

import re
from typing import Final, TypeVar

import msgspec

from alerts.model import OPEN_STATES, Alert, Severity, State

_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_LISTED: Final = ("rule", "product", "mineral", "stage", "origin", "destination", "zone")
_COUNTRIES: Final = ("origin", "destination")


class FilterError(ValueError):
    """Raised for a filter that can match nothing, or is none; says which field and what to write."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class Selection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """
    Which alerts are wanted; None leaves a field open.

    An ending has the severity and the place of its alert, so whoever hears of an alert hears that it is over, unless
    they ask for a state.
    """

    state: State | None = None
    is_open: bool | None = msgspec.field(default=None, name="open")
    """True for pending, firing and recovering, False for the others."""
    rule: str | None = None
    severity: Severity | None = None
    """This one or a more serious one."""
    product: str | None = None
    mineral: str | None = None
    stage: str | None = None
    origin: str | None = None
    destination: str | None = None
    zone: str | None = None

    def matches(self, alert: Alert) -> bool:
        """Return whether *alert* is wanted."""
        mineral, _, stage = alert.product.partition("|")
        return (
            self.state in (None, alert.state)
            and self.is_open in (None, alert.state in OPEN_STATES)
            and (self.severity is None or alert.severity >= self.severity)
            and _among(alert.rule, self.rule)
            and _among(alert.product, self.product)
            and _among(mineral, self.mineral)
            and _among(stage, self.stage)
            and _among(alert.zone, self.zone)
            and _among(alert.origin, self.origin)
            and _among(alert.destination, self.destination)
        )


EVERYTHING: Final = Selection()


S = TypeVar("S", bound=Selection)


def checked(selection: S) -> S:
    """Return *selection* with countries in capitals; raises :class:`FilterError` for what can match nothing."""
    changed: dict[str, str] = {}
    for name in _LISTED:
        text: str | None = getattr(selection, name)
        if text is None:
            continue
        values = [each.strip() for each in text.split(",")]
        if not all(values):
            raise FilterError(name, f"{text[:80]!r} has an empty value: write one, or several with commas between")
        if name in _COUNTRIES:
            values = [_country(name, each) for each in values]
        changed[name] = ",".join(values)
    return msgspec.structs.replace(selection, **changed)


def _country(name: str, text: str) -> str:
    if not _COUNTRY.fullmatch(text.upper()):
        raise FilterError(name, f"{text[:40]!r} is no country: write ISO 3166 alpha-2, as CN")
    return text.upper()


def _among(value: str | None, wanted: str | None) -> bool:
    return wanted is None or value == wanted or ("," in wanted and value in wanted.split(","))
