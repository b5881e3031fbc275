"""Settings of the workers and tools: read from the environment once, then frozen."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

PREFIX = "FLOORWATCH_"


class SettingsError(ValueError):
    """Raised for an environment that cannot be used; lists everything that is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """
    Every setting with its default; ``FLOORWATCH_<NAME>`` in the environment overrides it.

    Unknown names under the prefix are refused: a misspelt setting is a setting not made.
    """

    kafka: str = "127.0.0.1:9092"
    """Bootstrap servers, host:port separated by commas."""
    redis: str = "redis://127.0.0.1:6379/0"
    redis_namespace: str = "floorwatch"
    app_id: str = "floorwatch"
    """Consumer group and name of the state changelog."""
    topic_prefix: str = ""
    partitions: int = 4
    replication: int = 1
    slice_records: int = 5000
    grace_days: int = 3
    allowed_lateness_days: int = -1
    """How far behind its source a record may come, -1: as far as it likes."""
    future_skew_days: int = 1
    hindsight: bool = False
    """Judge by what is known today instead of by what was known on the record's day."""
    heartbeat_seconds: float = 0.0
    """How often the leader vouches for yesterday on every partition, 0: never (records and replays move time)."""
    heartbeat_lag_days: int = 1
    session_timeout_seconds: float = 30.0
    rebalance_timeout_seconds: float = 60.0
    instance: str = ""
    """Static group membership: a name per worker that survives its restart."""
    log_level: str = "warn"


def read_settings(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Return the settings of *environ* (default: the process's), *overrides* that are not None on top."""
    environ = os.environ if environ is None else environ
    known = {field.name: field for field in fields(Settings)}
    given, errors = {}, []
    for name, text in environ.items():
        if not name.startswith(PREFIX) or name.startswith(f"{PREFIX}TEST_"):
            continue
        field = known.get(name.removeprefix(PREFIX).lower())
        if field is None:
            errors.append(f"{name} is not a setting; known are {', '.join(PREFIX + each.upper() for each in known)}")
            continue
        try:
            given[field.name] = _parse(text, field.default)
        except ValueError:
            errors.append(f"{name}={text!r} is not a {type(field.default).__name__}")
    if errors:
        raise SettingsError("; ".join(errors))
    return Settings(**given | {name: value for name, value in overrides.items() if value is not None})


def _parse(text: str, default: Any) -> Any:
    if isinstance(default, bool):
        if text.lower() not in {"0", "1", "true", "false", "yes", "no"}:
            raise ValueError(text)
        return text.lower() in {"1", "true", "yes"}
    return type(default)(text)
