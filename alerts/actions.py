"""
What people do about alerts: one record each on the topic ``alert-actions``.

An action says what its actor was looking at (``severity``, ``state`` and ``revision`` of the alert), so that what
it comes to can be worked out again from the alert as it stands and the actions in their order: see
:mod:`alerts.lifecycle`.  Times here are those of the server that took the action, not event time.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Final, NamedTuple

import msgspec

from alerts.model import Alert, Severity, State

VERSION: Final = 1
TEXT_MAX: Final = 4_000
NAME_MAX: Final = 200

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT_MAX)]
"""What a person wrote: kept as it is, escaped where it is shown."""
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_MAX)]
Instant = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$",
        description="ISO 8601 UTC, as 2025-03-31T12:00:00Z.",
    ),
]


class ActionError(ValueError):
    """Raised for bytes that are no action this version understands; says what was found."""


class Disposition(StrEnum):
    """What a closed alert turned out to be."""

    CONFIRMED_VIOLATION = "confirmed_violation"
    REFERRED = "referred"
    """Handed to whoever decides: an authority, counsel, a petition."""
    JUSTIFIED_DISCOUNT = "justified_discount"
    """Grade, delivery terms or a contract explain the price."""
    RELATED_PARTY_REVIEW = "related_party_review"
    DATA_ERROR = "data_error"
    DUPLICATE = "duplicate"
    FALSE_POSITIVE_RULE = "false_positive_rule"
    FALSE_POSITIVE_THRESHOLD = "false_positive_threshold"
    NO_ACTION = "no_action"


class AlertMatch(msgspec.Struct, frozen=True, kw_only=True):
    """Which alerts a silence is for; a field that is None takes any, and at least one must be given."""

    alert_id: Name | None = None
    rule: Name | None = None
    mineral: Name | None = None
    stage: Name | None = None
    product: Name | None = None
    origin: Name | None = None
    destination: Name | None = None
    zone: Name | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing is given: it would match every alert there will ever be."""
        return all(getattr(self, name) is None for name in self.__struct_fields__)

    def matches(self, alert: Alert) -> bool:
        """Return whether *alert* is one of them."""
        mineral, _, stage = alert.product.partition("|")
        found = {
            "alert_id": alert.id,
            "rule": alert.rule,
            "mineral": mineral,
            "stage": stage,
            "product": alert.product,
            "origin": alert.origin,
            "destination": alert.destination,
            "zone": alert.zone,
        }
        return not self.empty and all(getattr(self, name) in (None, value) for name, value in found.items())


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """Alerts whose notifications are muted for a time; an end is never left out."""

    match: AlertMatch
    starts_at: Instant
    ends_at: Instant
    reason: Text
    ticket: Name | None = None

    def covers(self, instant: str) -> bool:
        """Return whether it holds at *instant*: from its start, to just before its end."""
        return self.starts_at <= instant < self.ends_at


class _Action(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    id: Name
    """Never the same for two actions; a record that comes twice counts once."""
    at: Instant
    actor: Name
    v: int = VERSION


class _OnAlert(_Action, frozen=True, kw_only=True):
    alert_id: Name
    severity: Severity
    """Of the alert as its actor saw it; so are the next two."""
    state: State
    revision: int


class Acknowledged(_OnAlert, frozen=True, kw_only=True, tag="acknowledged"):
    """Somebody has seen it and deals with it."""

    note: str = ""
    until: Instant | None = None
    """When the acknowledgement lapses; None: it stands."""


class Unacknowledged(_OnAlert, frozen=True, kw_only=True, tag="unacknowledged"):
    """Nobody deals with it after all."""

    note: str = ""


class Assigned(_OnAlert, frozen=True, kw_only=True, tag="assigned"):
    """It is somebody's; None: nobody's any more."""

    assignee: Name | None
    note: str = ""


class Commented(_OnAlert, frozen=True, kw_only=True, tag="commented"):
    """Somebody has something to say about it."""

    comment: Text


class Closed(_OnAlert, frozen=True, kw_only=True, tag="closed"):
    """It was looked into, and this is what it is."""

    disposition: Disposition
    comment: Text


class Reopened(_OnAlert, frozen=True, kw_only=True, tag="reopened"):
    """It must be looked into again."""

    comment: Text


class Silenced(_Action, frozen=True, kw_only=True, tag="silenced"):
    """A silence begins to exist; its id is the action's."""

    silence: Silence


class SilenceEnded(_Action, frozen=True, kw_only=True, tag="silence_ended"):
    """A silence is over before its end."""

    silence_id: Name


AlertAction = Acknowledged | Unacknowledged | Assigned | Commented | Closed | Reopened
SilenceAction = Silenced | SilenceEnded
Action = AlertAction | SilenceAction

_encoder: Final = msgspec.json.Encoder(order="sorted")
_decoder: Final = msgspec.json.Decoder(Action)


class RecordedAction(NamedTuple):
    """An action and its place on the topic."""

    offset: int
    action: Action


def encode_action(action: Action) -> bytes:
    """Return the canonical JSON of *action*."""
    return _encoder.encode(action)


def decode_action(data: bytes | str) -> Action:
    """Return the action in *data*; raises :class:`ActionError`, also for one of a later version."""
    try:
        action: Action = _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ActionError(f"not an action that version {VERSION} understands: {error}") from error
    if action.v > VERSION:
        raise ActionError(f"action {action.id} has version {action.v}, this is version {VERSION}: upgrade the reader")
    return action


def kind_of(action: Action) -> str:
    """Return the kind of *action*, as its JSON names it."""
    return str(type(action).__struct_config__.tag)


def in_order(actions: Iterable[RecordedAction]) -> list[Action]:
    """Return each action once, in the order of the topic, whatever order and however often they come."""
    found: dict[str, Action] = {}
    for each in sorted(actions, key=lambda recorded: recorded.offset):
        found.setdefault(each.action.id, each.action)
    return list(found.values())
