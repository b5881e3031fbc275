"""What may go wrong that a user can put right, and its exit status; anything else is a bug and keeps its traceback."""

from typing import Final

FAILED: Final = 1
NOT_UNDERSTOOD: Final = 2


def in_one_line(error: Exception) -> tuple[str | None, int]:
    """Return the words of a known failure and its exit status; no words for a bug."""
    status = _known(error)
    if status is None:
        return None, FAILED
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {(error.strerror or str(error)).lower()}", status
    return str(error), status


def _known(error: Exception) -> int | None:
    # Imported now: a command that works does without most of these.
    from alerts.access import TokenError
    from alerts.audit import AuditError
    from alerts.cursors import CursorError
    from alerts.delivery.endpoints import EndpointError
    from alerts.filters import FilterError
    from alerts.store import StoreError
    from streams.archive.line import ArchiveError
    from streams.broker import BrokerError
    from streams.crew import CrewError
    from streams.embedded import EmbeddedServerError
    from streams.feeds.items import FeedError
    from streams.quote import NoQuoteError
    from streams.reference.schedule_file import ScheduleErrors
    from streams.runs.errors import RunError
    from streams.selection import SelectionError
    from streams.settings import SettingsError

    if isinstance(error, SettingsError | CursorError | FilterError | SelectionError):
        return NOT_UNDERSTOOD
    known = (
        ArchiveError,
        AuditError,
        BrokerError,
        CrewError,
        EmbeddedServerError,
        EndpointError,
        FeedError,
        NoQuoteError,
        OSError,
        RunError,
        ScheduleErrors,
        StoreError,
        TokenError,
    )
    return FAILED if isinstance(error, known) else None
