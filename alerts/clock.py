"""The wall clock, read where people act: never for what records decide."""

from datetime import UTC, datetime


def utc_now() -> str:
    """Return the instant it is, ISO 8601 UTC to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def utc_seconds() -> int:
    """Return the instant it is, in seconds of the Unix epoch."""
    return int(datetime.now(UTC).timestamp())
