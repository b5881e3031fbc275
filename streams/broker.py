"""
Reach the Kafka cluster: how a client proves itself, and how long an unreachable broker is waited for.

A broker that is not there yet is waited for, with a message on each try.  A broker that refuses the
client (a wrong password, a mechanism it does not speak, a certificate that does not hold) will refuse it
again, so that is raised at once.
"""

import logging
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, cast, get_args

from kafka.admin import KafkaAdminClient
from kafka.errors import (
    AuthorizationError,
    IllegalSaslStateError,
    KafkaError,
    RequestTimedOutError,
    SaslAuthenticationFailedError,
    UnsupportedSaslMechanismError,
)
from kafka.net.compat import KafkaNetClient
from kafka.net.manager import KafkaConnectionManager
from kafka.net.selector import NetworkSelector

from streams.settings import PREFIX, Settings, SettingsError, kafka_password

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]

PATIENCE_S: Final = 30.0
"""How long an unreachable broker is waited for unless the caller says otherwise."""

_ATTEMPT_S: Final = 5.0
_REQUEST_S: Final = 15.0
_PAUSES_S: Final = (0.5, 1.0, 2.0, 4.0)
"""The pauses between tries; the last one repeats."""

_CUT_LOGINS: Final = 3

_ADDRESS: Final = re.compile(r"(\[(?P<v6>[0-9a-fA-F:.]+)\]|(?P<host>[^\s:/\[\]]+)):(?P<port>\d{1,5})")

_REFUSALS: Final = (
    AuthorizationError,
    IllegalSaslStateError,
    SaslAuthenticationFailedError,
    UnsupportedSaslMechanismError,
)


class BrokerError(RuntimeError):
    """Raised when the Kafka cluster cannot be used; the message says what was found and what to do."""


class BrokerUnreachableError(BrokerError):
    """Raised when no broker answered in the time given: start Kafka, or correct its address."""


class BrokerRefusedError(BrokerError):
    """Raised when a broker answered and refused the client: correct the security settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerSecurity:
    """
    How a client proves itself to the brokers, and they to it; the default is an open cluster.

    ``cafile`` holds the authorities whose certificates are believed, None: the system's.  Raises
    ``ValueError`` for a combination that no broker could serve.
    """

    protocol: Protocol = "PLAINTEXT"
    mechanism: Mechanism | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    cafile: Path | None = None

    def __post_init__(self) -> None:
        flaw = self._flaw()
        if flaw is not None:
            raise ValueError(flaw)

    def _flaw(self) -> str | None:
        if self.protocol not in get_args(Protocol):
            return f"protocol must be one of {', '.join(get_args(Protocol))}, was {self.protocol!r}"
        if self.mechanism not in {None, *get_args(Mechanism)}:
            return f"mechanism must be one of {', '.join(get_args(Mechanism))}, was {self.mechanism!r}"
        credentials = {"mechanism": self.mechanism, "user": self.user, "password": self.password}
        given = [name for name, value in credentials.items() if value is not None]
        if self.uses_sasl and len(given) < len(credentials):
            absent = ", ".join(name for name in credentials if name not in given)
            return f"protocol {self.protocol} needs mechanism, user and password; there is no {absent}"
        if not self.uses_sasl and given:
            return f"protocol {self.protocol} carries no {' or '.join(given)}: use SASL_SSL, or leave them out"
        if self.cafile is not None and not self.uses_tls:
            return f"protocol {self.protocol} has no certificate to check by cafile: use SSL or SASL_SSL"
        return None

    @property
    def uses_sasl(self) -> bool:
        """Whether the client logs in."""
        return self.protocol.startswith("SASL_")

    @property
    def uses_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self.protocol.endswith("SSL")

    def ssl_context(self) -> ssl.SSLContext | None:
        """
        Return the context that checks the brokers' certificates, None where nothing is encrypted.

        Raises ``OSError`` where ``cafile`` cannot be read, ``ssl.SSLError`` where it holds no certificate.
        """
        return ssl.create_default_context(cafile=self.cafile) if self.uses_tls else None

    def client_options(self) -> dict[str, Any]:
        """Return the keyword arguments that kafka-python's clients and aiokafka's both take."""
        options: dict[str, Any] = {"security_protocol": self.protocol}
        if self.uses_tls:
            options["ssl_context"] = self.ssl_context()
        if self.uses_sasl:
            options["sasl_mechanism"] = self.mechanism
            options["sasl_plain_username"] = self.user
            options["sasl_plain_password"] = self.password
        return options


OPEN: Final = BrokerSecurity()
"""No encryption and no password."""


def broker_security(settings: Settings) -> BrokerSecurity:
    """Return how every client of *settings* proves itself; raises :class:`SettingsError` where that cannot work."""
    try:
        return BrokerSecurity(
            protocol=cast("Protocol", settings.kafka_protocol),
            mechanism=cast("Mechanism | None", settings.kafka_mechanism or None),
            user=settings.kafka_user or None,
            password=kafka_password(settings) or None,
            cafile=Path(settings.kafka_cafile) if settings.kafka_cafile else None,
        )
    except SettingsError:
        raise
    except ValueError as error:
        raise SettingsError(f"the settings {PREFIX}KAFKA_... do not go together: {error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One try that failed, and when the next one is made."""

    bootstrap: str
    attempt: int
    reason: str
    retry_in_s: float

    def __str__(self) -> str:
        return (
            f"Kafka at {self.bootstrap} is not there (try {self.attempt}: {self.reason}); "
            f"trying again in {self.retry_in_s:g} s"
        )


def wait_unheard(waiting: Waiting) -> None:
    """Tell nobody that a broker is waited for."""
    del waiting


@contextmanager
def admin_client(
    bootstrap: str,
    security: BrokerSecurity = OPEN,
    *,
    patience_s: float = PATIENCE_S,
    on_wait: Callable[[Waiting], None] = wait_unheard,
) -> Iterator[KafkaAdminClient]:
    """
    Yield an admin client of the cluster at *bootstrap* (host:port, separated by commas), waiting for it to be there.

    *on_wait* hears of each try that failed before the next one is made.  Raises :class:`BrokerUnreachableError`
    after *patience_s* seconds, or when the brokers stop answering later; :class:`BrokerRefusedError` at once.
    """
    client = _connect(bootstrap, security, patience_s, on_wait)
    try:
        yield client
    except AuthorizationError as error:
        message = (
            f"Kafka at {bootstrap} does not let {security.user or 'this client'} do that ({error}): "
            "give the user the rights to create and describe topics"
        )
        raise BrokerRefusedError(message) from error
    except KafkaError as error:
        raise BrokerUnreachableError(_lost(bootstrap, client, error)) from error
    finally:
        client.close()


def _connect(
    bootstrap: str, security: BrokerSecurity, patience_s: float, on_wait: Callable[[Waiting], None]
) -> KafkaAdminClient:
    began = time.monotonic()
    attempt = 0
    while True:
        pause = _PAUSES_S[min(attempt, len(_PAUSES_S) - 1)]
        attempt += 1
        try:
            return connect_once(bootstrap, security, timeout_s=min(_ATTEMPT_S, max(1.0, patience_s)))
        except BrokerUnreachableError as error:
            waited = time.monotonic() - began
            if waited + pause > patience_s:
                raise BrokerUnreachableError(_gave_up(bootstrap, attempt, waited, str(error))) from error
            on_wait(Waiting(bootstrap=bootstrap, attempt=attempt, reason=str(error), retry_in_s=pause))
            time.sleep(pause)


def connect_once(bootstrap: str, security: BrokerSecurity = OPEN, *, timeout_s: float) -> KafkaAdminClient:
    """
    Return an admin client whose brokers have answered a metadata request; the caller closes it.

    Raises :class:`BrokerUnreachableError` with the bare reason, :class:`BrokerRefusedError`.
    """
    watched: list[_WatchfulClient] = []

    def watchful(**configs: Any) -> _WatchfulClient:
        watched.append(_WatchfulClient(timeout_s, **configs))
        return watched[0]

    options = _options(security)
    _knock(bootstrap, timeout_s)
    with _quiet(logging.getLogger("kafka")):
        try:
            client = KafkaAdminClient(
                bootstrap_servers=bootstrap.split(","),
                bootstrap_timeout_ms=int(timeout_s * 1000),
                request_timeout_ms=int(_REQUEST_S * 1000),
                kafka_client=watchful,
                **options,
            )
        except KafkaError as error:
            if not watched:
                raise BrokerUnreachableError(str(error)) from error
            watched[0].close()
            failure = watched[0].connections.failure
            if watched[0].connections.refused:
                raise BrokerRefusedError(_refused(bootstrap, security, failure)) from failure
            raise BrokerUnreachableError(_reason(failure, security)) from failure
    watched[0].deadline.cancel()
    return client


def _knock(bootstrap: str, timeout_s: float) -> None:
    # The library leaves a socket open for each connection that is refused, and keeps the system's words to itself.
    reason = ""
    for host, port in _addresses(bootstrap):
        try:
            socket.create_connection((host, port), timeout_s).close()
        except OSError as error:
            reason = f"{host}:{port}: {_in_words(error)}"
        else:
            return
    raise BrokerUnreachableError(reason)


def _in_words(error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return "no such host"
    if isinstance(error, TimeoutError):
        return "no answer"
    return (error.strerror or str(error)).lower()


def _addresses(bootstrap: str) -> list[tuple[str, int]]:
    found = [_ADDRESS.fullmatch(text.strip()) for text in bootstrap.split(",")]
    if not all(found):
        message = f"{bootstrap!r} is no address of Kafka: give host:port[,host:port...]"
        raise BrokerError(message)
    return [(match["v6"] or match["host"], int(match["port"])) for match in found if match]


def _options(security: BrokerSecurity) -> dict[str, Any]:
    try:
        return security.client_options()
    except OSError as error:
        message = (
            f"cafile {security.cafile} cannot be used ({error}): give the certificate authority's file in PEM form"
        )
        raise BrokerRefusedError(message) from error


class _Connections(KafkaConnectionManager):  # type: ignore[misc] # kafka-python has no types
    """
    Connections that remember why none came about, and give up when one refuses or none is left to try.

    kafka-python tries on until its time is over whatever the broker said, and then tells the time only.
    """

    def __init__(self, net: Any, **configs: Any) -> None:
        super().__init__(net, **configs)
        self.failure: BaseException | None = None
        self.refused = False
        self._failed: set[Any] = set()
        self._cut_logins = 0

    def get_connection(self, node_id: Any, **options: Any) -> Any:
        connection = super().get_connection(node_id, **options)
        connection.init_future.add_errback(lambda failure: self._note(connection, failure))
        return connection

    def _note(self, connection: Any, failure: BaseException) -> None:
        if self.closed or self.bootstrapped:
            return
        self.failure = failure
        self.refused = _is_refusal(failure)
        if not self.refused and connection.sasl_enabled and connection.broker_version_data is not None:
            # The broker knew the client's request for its versions, then cut the login.  A refusal looks like that
            # when its reason is overtaken by the end of the connection, so the login is tried a few times more.
            self._cut_logins += 1
            self.refused = self._cut_logins == _CUT_LOGINS
            self.failure = BrokerRefusedError("it cuts the connection at the login, as for a wrong user or password")
        else:
            self._failed.add(connection.node_id)
        if self.refused or len(self._failed) == len(self.cluster.bootstrap_brokers()):
            self.close()


class _WatchfulClient(KafkaNetClient):  # type: ignore[misc] # kafka-python has no types
    def __init__(self, timeout_s: float, **configs: Any) -> None:
        net = NetworkSelector(**configs)
        self.connections = _Connections(net, **configs)
        super().__init__(net=net, manager=self.connections, **configs)
        # A TLS handshake with a server that says nothing is bounded by none of the library's own timeouts.
        self.deadline = threading.Timer(timeout_s + 1, net.stop)
        self.deadline.daemon = True
        self.deadline.start()

    def close(self, node_id: Any = None) -> None:
        if node_id is None:
            self.deadline.cancel()
        super().close(node_id)


def _is_refusal(failure: BaseException | None) -> bool:
    return isinstance(failure, _REFUSALS) or _is_scram_refusal(failure) or _is_certificate_refusal(failure)


def _is_certificate_refusal(failure: BaseException | None) -> bool:
    # The library wraps what the handshake raised into a connection error that keeps its text only.
    return "CERTIFICATE" in str(failure)


def _is_scram_refusal(failure: BaseException | None) -> bool:
    # A SCRAM server may refuse in its last message (RFC 5802 section 7, "e=") instead of by a Kafka error code;
    # kafka-python then misses the verifier "v" it expects there.
    return isinstance(failure, KeyError) and failure.args == ("v",)


@contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    # What the library would log at each try is said in on_wait and in the error instead.
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def _reason(failure: BaseException | None, security: BrokerSecurity) -> str:
    text = str(failure)
    if "Handshake" in text:
        return f"no TLS handshake; is {security.protocol} what it speaks?"
    if failure is None or "socket disconnected" in text or isinstance(failure, RequestTimedOutError):
        return f"no answer to a metadata request; is {security.protocol} what it speaks?"
    return text.removeprefix("KafkaConnectionError: ") or type(failure).__name__


def _gave_up(bootstrap: str, attempts: int, waited_s: float, reason: str) -> str:
    return (
        f"no Kafka broker at {bootstrap}: {attempts} {'try' if attempts == 1 else 'tries'} in {waited_s:.1f} s, "
        f"the last one: {reason}. Start Kafka, or give its address as host:port[,host:port...]"
    )


def _refused(bootstrap: str, security: BrokerSecurity, failure: BaseException | None) -> str:
    if isinstance(failure, IllegalSaslStateError):
        return f"Kafka at {bootstrap} takes no logins: use a protocol without SASL, or its other port"
    if isinstance(failure, UnsupportedSaslMechanismError):
        return (
            f"Kafka at {bootstrap} does not take {security.mechanism} logins: "
            "use a mechanism that is enabled there, or a protocol without SASL"
        )
    if not _is_certificate_refusal(failure):
        return (
            f"Kafka at {bootstrap} refused user {security.user!r} ({security.mechanism}): "
            f"{_said(failure)}. Check the user, the password and the mechanism"
        )
    return (
        f"the certificate of Kafka at {bootstrap} does not hold: {failure}. "
        "Give the authority that signed it as cafile, and the host name that is in it"
    )


def _said(failure: BaseException | None) -> str:
    if failure is None or _is_scram_refusal(failure):
        return "wrong user or password"
    text = str(failure.args[0]) if failure.args else str(failure)
    return text.removeprefix("SaslAuthenticationFailedError: ")


def _lost(bootstrap: str, client: KafkaAdminClient, error: KafkaError) -> str:
    # Behind a bootstrap address that works, a wrong advertised address is the usual reason.
    advertised = ", ".join(sorted(f"{each.host}:{each.port}" for each in client._client.cluster.brokers()))  # noqa: SLF001
    return (
        f"Kafka at {bootstrap} answered first and then did not ({type(error).__name__}: {error}). "
        f"It tells its clients to use {advertised}: that address must be reachable from here"
    )
