"""The Faust application: topics, ledger and transport, without any logic of its own."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, cast

import faust
from aiokafka import TopicPartition

from alerts.model import AlertChange
from streams.alert_topic import changes_of
from streams.broker import BrokerSecurity, broker_security
from streams.log_follower import group_free_consumer
from streams.settings import Settings
from streams.tables import Ledger, LedgerTables, new_ledger
from streams.topics import TopicNames
from streams.transport import Progress, SliceConsumer, SliceSchema, SliceTransport, install


@dataclass(frozen=True, slots=True)
class LiveApp:
    """A Faust app with the channels its agents use."""

    app: faust.App
    names: TopicNames
    trades: Any
    ticks: Any
    alerts: Any
    dead_letters: Any
    ledger: Ledger
    transport: SliceTransport
    settings: Settings

    @property
    def flows(self) -> bool:
        """Return whether records flow; they are stopped while partitions are handed over."""
        return bool(getattr(self.app.consumer, "flow_active", False))

    def join_again(self) -> None:
        """Give all partitions up and have the group hand them out anew."""
        cast("SliceConsumer", self.app.consumer).join_again()

    async def read_alerts(self, first: int, last: int) -> AsyncIterator[list[tuple[int, AlertChange]]]:
        """Read the topic ``alerts`` from the offset *first* up to *last*, in runs."""
        consumer = group_free_consumer(self.settings)
        await consumer.start()
        try:
            partition = TopicPartition(self.names.alerts, 0)
            consumer.assign([partition])
            consumer.seek(partition, first)
            while await consumer.position(partition) <= last:
                for run in (await consumer.getmany(timeout_ms=1000)).values():
                    changes = changes_of(record for record in run if record.offset <= last)
                    if changes:
                        yield changes
        finally:
            await consumer.stop()


class FolderlessApp(faust.App):
    """A Faust app that leaves no folder where it is started: the ledger is the state, and it is in Kafka."""

    async def on_first_start(self) -> None:
        """Make none of the folders that Faust's stores on disk would want."""


def _credentials(security: BrokerSecurity) -> Any:
    """Return *security* as Faust has it; an open cluster has none."""
    context = security.ssl_context()
    if security.uses_sasl:
        return faust.SASLCredentials(
            username=security.user, password=security.password, ssl_context=context, mechanism=security.mechanism
        )
    return faust.SSLCredentials(context) if context is not None else None


def build_app(settings: Settings, progress: Progress) -> LiveApp:
    """
    Return the app of *settings*; every topic is declared here, before the worker starts.

    A topic that is declared later makes the group rebalance again.
    """
    names = TopicNames(settings.topic_prefix)
    app = FolderlessApp(
        settings.app_id,
        broker=[f"kafka://{server}" for server in settings.kafka.split(",")],
        broker_credentials=_credentials(broker_security(settings)),
        store="memory://",
        web_enabled=False,
        processing_guarantee="at_least_once",
        stream_wait_empty=True,
        # A standby would keep every batch of partitions that are not its own.
        table_standby_replicas=0,
        stream_buffer_maxsize=16,
        stream_recovery_delay=0,
        broker_commit_interval=1.0,
        broker_session_timeout=settings.session_timeout_seconds,
        broker_rebalance_timeout=settings.rebalance_timeout_seconds,
        broker_request_timeout=max(40.0, settings.session_timeout_seconds + 10),
        broker_heartbeat_interval=max(1.0, settings.session_timeout_seconds / 10),
        broker_max_poll_records=4 * settings.slice_records,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=4 << 20,
        consumer_group_instance_id=settings.instance or None,
        producer_acks=-1,
        producer_linger=0.0,
        producer_max_request_size=8 << 20,
        producer_max_batch_size=1 << 20,
        producer_request_timeout=30.0,
        topic_disable_leader=True,
        topic_allow_declare=False,
        TableManager=LedgerTables,
        worker_redirect_stdouts=False,
    )
    schema = SliceSchema(key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")

    def source(name: str, partitions: int) -> Any:
        return app.topic(name, schema=schema, partitions=partitions)

    transport = install(
        app,
        source_topics=frozenset({names.trades, names.ticks, names.alerts}),
        slice_records=settings.slice_records,
        progress=progress,
    )
    return LiveApp(
        app,
        names,
        source(names.trades, settings.partitions),
        source(names.ticks, settings.partitions),
        source(names.alerts, 1),
        app.topic(names.dead_letters, key_serializer="raw", value_serializer="raw"),
        new_ledger(app, settings),
        transport,
        settings,
    )
