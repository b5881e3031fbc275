"""Settings of the workers and tools: read from the environment once, then frozen."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

PREFIX = "FLOORWATCH_"
REPLAY = "replay:"
"""What the namespaces of replays begin with."""
_RUN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_STATE_FILES = {
    "tokens_file": "tokens.json",
    "audit_file": "audit.jsonl",
    "audit_key_file": "audit.key",
    "webhooks_file": "webhooks.sqlite",
}


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
    kafka_protocol: str = "PLAINTEXT"
    """PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."""
    kafka_mechanism: str = ""
    """Of a SASL protocol: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512."""
    kafka_user: str = ""
    kafka_password: str = field(default="", repr=False)
    kafka_password_file: str = ""
    """A file that holds the password, as orchestrators mount a secret; instead of ``kafka_password``."""
    kafka_cafile: str = ""
    """Certificate authorities to believe, PEM; empty: the system's."""
    redis: str = field(default="redis://127.0.0.1:6379/0", repr=False)
    redis_password_file: str = ""
    """A file that holds the password, instead of one in the URL."""
    redis_namespace: str = "floorwatch"
    namespace: str = ""
    """``replay:<run>``: topics, group, state and Redis keys of their own, for a replay beside the live system."""
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
    rules: str = ""
    """A rule file that sets thresholds; empty: as shipped.  Workers that share a group must share it."""
    heartbeat_seconds: float = 0.0
    """How often the leader vouches for yesterday on every partition, 0: never (records and replays move time)."""
    heartbeat_lag_days: int = 1
    probe_seconds: float = 0.0
    """How often the API sends a synthetic heartbeat all the way from the source to subscribers, 0: never."""
    session_timeout_seconds: float = 30.0
    rebalance_timeout_seconds: float = 60.0
    instance: str = ""
    """Static group membership: a name per worker that survives its restart."""
    log_level: str = "warn"
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 9480
    """Of a worker's ``/metrics``, ``/healthz`` and ``/readyz``; the next free one where it is taken, 0: none."""
    commit_age_seconds: float = 120.0
    """How long records may wait without one becoming durable before ``/healthz`` asks for a restart."""
    api_host: str = "127.0.0.1"
    api_port: int = 8480
    api_requests_at_once: int = 1000
    """How many requests and open streams the API takes at once, in all."""
    api_requests_at_once_per_caller: int = 200
    """... of one token, or of one address where there is none."""
    api_requests_per_second: int = 100
    """How many a caller may make, over time; twice as many in a burst."""
    scratch_dir: str = ""
    """Where what is remembered lies once it is long, in files without names; empty: the system's folder for such."""
    state_dir: str = ""
    """Where the API keeps tokens, audit log and audit key; empty: ``floorwatch`` in the user's folder for state."""
    tokens_file: str = ""
    """Empty: ``tokens.json`` in the folder for state; so are the next two, ``audit.jsonl`` and ``audit.key``."""
    audit_file: str = ""
    audit_key_file: str = ""
    webhooks_file: str = ""
    """Endpoints and how far each has come; empty: ``webhooks.sqlite`` in the folder for state."""
    webhook_allow: str = ""
    """Networks that webhooks may go to beside the internet, with commas between: ``10.1.2.0/24,127.0.0.1/32``."""
    webhook_retry_seconds: str = ""
    """How long to wait after each failure in turn, with commas between; empty: a second at first, a day in the end."""
    policies: str = ""
    """A policy file that says what the API mutes; empty: as shipped."""
    api_url: str = "http://127.0.0.1:8480"
    """Where ``floorwatch tail`` finds the API."""
    token: str = field(default="", repr=False)
    """The token that it sends."""
    token_file: str = ""
    """A file that holds the token, instead of ``token``."""


def read_settings(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Return the settings of *environ* (default: the process's), *overrides* that are not None on top."""
    environ = os.environ if environ is None else environ
    known = {each.name: each for each in fields(Settings)}
    given, errors = {}, []
    for name, text in environ.items():
        if not name.startswith(PREFIX) or name.startswith(f"{PREFIX}TEST_"):
            continue
        setting = known.get(name.removeprefix(PREFIX).lower())
        if setting is None:
            errors.append(f"{name} is not a setting; known are {', '.join(PREFIX + each.upper() for each in known)}")
            continue
        try:
            given[setting.name] = _parse(text, setting.default)
        except ValueError:
            errors.append(f"{name}={text!r} is not a {type(setting.default).__name__}")
    if errors:
        raise SettingsError("; ".join(errors))
    settings = Settings(**given | {name: value for name, value in overrides.items() if value is not None})
    return _in_namespace(settings) if settings.namespace else settings


def replay_settings(settings: Settings, run: str) -> Settings:
    """
    Return *settings* for the replay *run*: nothing that it writes is among what is live.

    Its topics are ``replay.<run>.trades`` and so on, its group and state carry its name, its Redis keys begin with
    ``{replay:<run>}:``.  Raises :class:`SettingsError` for a name that topics could not have.
    """
    if not _RUN.fullmatch(run):
        raise SettingsError(f"{run!r} is no name of a run: write up to 40 of a to z, 0 to 9 and hyphens between them")
    return replace(
        settings,
        namespace=f"{REPLAY}{run}",
        redis_namespace=f"{REPLAY}{run}",
        topic_prefix=f"{settings.topic_prefix}replay.{run}.",
        app_id=f"{settings.app_id}-replay-{run}",
        instance="",
        heartbeat_seconds=0.0,
        probe_seconds=0.0,
    )


def _in_namespace(settings: Settings) -> Settings:
    """Return *settings* in the namespace that they name; what a process hands to another is there already."""
    if settings.redis_namespace == settings.namespace:
        return settings
    if not settings.namespace.startswith(REPLAY):
        raise SettingsError(f"{PREFIX}NAMESPACE={settings.namespace!r} is none: write {REPLAY}<run>, or leave it empty")
    return replay_settings(settings, settings.namespace.removeprefix(REPLAY))


def state_path(settings: Settings, name: str) -> Path:
    """Return the path of a setting that names a file for state: ``tokens_file``, ``audit_file`` and the like."""
    given: str = getattr(settings, name)
    if given:
        return Path(given)
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    folder = Path(settings.state_dir) if settings.state_dir else Path(home) / "floorwatch"
    return folder / _STATE_FILES[name]


def kafka_password(settings: Settings) -> str:
    """Return the password for Kafka, from its file where that is named; raises :class:`SettingsError`."""
    if not settings.kafka_password_file:
        return settings.kafka_password
    if settings.kafka_password:
        raise SettingsError(f"{PREFIX}KAFKA_PASSWORD and {PREFIX}KAFKA_PASSWORD_FILE are both set: leave one out")
    return _secret("kafka_password_file", settings.kafka_password_file)


def api_token(settings: Settings) -> str:
    """Return the token for the API, from its file where that is named; raises :class:`SettingsError`."""
    if not settings.token_file:
        return settings.token
    if settings.token:
        raise SettingsError(f"{PREFIX}TOKEN and {PREFIX}TOKEN_FILE are both set: leave one out")
    return _secret("token_file", settings.token_file)


def redis_url(settings: Settings) -> str:
    """Return the address of Redis with its password, from a file where one is named; raises :class:`SettingsError`."""
    if not settings.redis_password_file:
        return settings.redis
    parts = urlsplit(settings.redis)
    if parts.password is not None:
        raise SettingsError(f"{PREFIX}REDIS has a password and {PREFIX}REDIS_PASSWORD_FILE is set: leave one out")
    user, _, place = parts.netloc.rpartition("@")
    password = quote(_secret("redis_password_file", settings.redis_password_file), safe="")
    return urlunsplit(parts._replace(netloc=f"{user}:{password}@{place}"))


def _secret(name: str, path: str) -> str:
    """Return a secret that a file holds, less the end of its line."""
    variable = PREFIX + name.upper()
    try:
        secret = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{variable}={path!r} cannot be read: {error}") from error
    if not secret:
        raise SettingsError(f"{variable}={path!r} is empty: write the secret into it")
    return secret


def _parse(text: str, default: Any) -> Any:
    if isinstance(default, bool):
        if text.lower() not in {"0", "1", "true", "false", "yes", "no"}:
            raise ValueError(text)
        return text.lower() in {"1", "true", "yes"}
    return type(default)(text)
