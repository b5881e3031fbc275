"""Writing to Kafka so that nothing is lost unsaid: what a producer could not deliver is kept, and told."""

from collections.abc import Callable
from typing import Any, Final, Self

from kafka import KafkaProducer
from kafka.errors import KafkaError

from streams.broker import (
    PATIENCE_S,
    BrokerError,
    BrokerSecurity,
    Waiting,
    admin_client,
    wait_unheard,
)

_LINGER_MS: Final = 20
_BATCH_BYTES: Final = 1 << 18
_CLOSE_S: Final = 5.0
"""How long closing waits for what was not settled: whoever wanted to know has settled it."""


class Outbox:
    """
    What is sent to a cluster; a context that closes it.

    A record that the cluster does not take within the client's time of delivery (two minutes) fails on its own, while
    others go on: :meth:`settle` says so, and so does the next :meth:`send`.  Both raise :class:`BrokerError` for that.
    """

    def __init__(
        self,
        bootstrap: str,
        security: BrokerSecurity,
        *,
        patience_s: float = PATIENCE_S,
        on_wait: Callable[[Waiting], None] = wait_unheard,
    ) -> None:
        # Waits for the broker, and says what refuses the client, before the producer's own silent retries.
        with admin_client(bootstrap, security, patience_s=patience_s, on_wait=on_wait):
            pass
        self._bootstrap = bootstrap
        self._failures: list[BaseException] = []
        self._producer = KafkaProducer(
            bootstrap_servers=bootstrap.split(","),
            acks="all",
            linger_ms=_LINGER_MS,
            batch_size=_BATCH_BYTES,
            **security.client_options(),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._producer.close(timeout=_CLOSE_S)

    def send(self, topic: str, **record: Any) -> None:
        """Send a record (``key``, ``value``, ``headers``, ``partition``), soon."""
        try:
            self._producer.send(topic, **record).add_errback(self._failures.append)
        except KafkaError as error:
            raise self._gone(error) from error
        if self._failures:
            raise self._gone(self._failures[0])

    def settle(self) -> None:
        """Return once the cluster has all that was sent."""
        try:
            self._producer.flush()
        except KafkaError as error:
            raise self._gone(error) from error
        if self._failures:
            raise self._gone(self._failures[0])

    def _gone(self, error: BaseException) -> BrokerError:
        message = f"Kafka at {self._bootstrap} did not take all that was sent ({error})"
        return BrokerError(f"{message}: check that it runs; floorwatch doctor looks closer")
