"""Notifications by mail, chat and whatever else Apprise knows; it is installed with the extra ``notify``."""

import asyncio
from importlib.util import find_spec
from typing import Any, Final

from alerts.delivery.endpoints import Endpoint, EndpointError
from alerts.delivery.sending import Attempt, Outcome, Parcel
from alerts.model import AlertChange

INSTALL: Final = "pip install 'floorwatch[notify]'"
_TIMEOUT_S: Final = 30.0
_POSTING: Final = ("json", "jsons", "xml", "xmls", "form", "forms")
_LOCAL: Final = ("dbus", "qt", "glib", "kde", "gnome", "macosx", "syslog", "windows")
"""What talks to this machine; and before it, what posts to any host: a webhook does that, guarded and signed."""


def must_be_known(url: str) -> None:
    """Raise :class:`~alerts.delivery.endpoints.EndpointError` for an address that Apprise does not know."""
    if find_spec("apprise") is None:
        raise EndpointError(f"Apprise is not installed: {INSTALL}")
    scheme = url.partition("://")[0]
    if scheme in (*_POSTING, *_LOCAL) or not _apprise().add(url):
        raise EndpointError(f"{scheme[:40]}:// is no address for notifications here: see Apprise's list of services")


class NoteSender:
    """Sends a change as a short text."""

    async def send(self, endpoint: Endpoint, parcel: Parcel) -> Attempt:
        """Send one; Apprise says whether it worked, not why."""
        if parcel.recorded is None:
            return Attempt(Outcome.DELIVERED, "nothing to say")
        title, text = note_of(parcel.recorded.change)
        try:
            sent = await asyncio.wait_for(asyncio.to_thread(_notify, endpoint.url, title, text), _TIMEOUT_S)
        except TimeoutError:
            return Attempt(Outcome.TIMEOUT, f"no answer within {_TIMEOUT_S:g} s")
        return Attempt(Outcome.DELIVERED, "sent") if sent else Attempt(Outcome.RETRY, "not sent: see the log")

    async def aclose(self) -> None:
        """Do nothing: nothing is kept open."""


def note_of(change: AlertChange) -> tuple[str, str]:
    """Return a change as a title and a text: what, where and how bad first."""
    alert = change.alert
    lane = " > ".join(each for each in (alert.origin, alert.destination) if each)
    title = f"{alert.severity.upper()} {alert.rule.replace('_', ' ')}: {alert.product} {lane}".rstrip()
    text = f"{change.kind.replace('_', ' ')}, {change.at[:10]}. {alert.summary}\n{alert.id} - {alert.notice}"
    return title, text


def _notify(url: str, title: str, text: str) -> bool:
    sender = _apprise()
    return bool(sender.add(url) and sender.notify(title=title, body=text))


def _apprise() -> Any:
    import apprise  # noqa: PLC0415 - an extra, and slow to import

    return apprise.Apprise()
