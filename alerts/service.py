"""What the API stands on, put together by the command that starts it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from alerts.access import TokenFile
from alerts.action_log import ActionDesk
from alerts.action_store import ActionStore
from alerts.announcing import Announcer
from alerts.asyncapi import TopicDocument
from alerts.audit import AuditLog
from alerts.clock import utc_now
from alerts.floor_board import FloorLister, no_floors
from alerts.gate import Limits
from alerts.hub import Hub
from alerts.metrics.meter import ApiMetrics
from alerts.quoting import Quoter
from alerts.store import AlertStore
from alerts.suppression import SuppressionPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The stores, logs and functions behind the routes; their owner closes them."""

    alerts: AlertStore
    desk: ActionDesk
    tokens: TokenFile
    audit: AuditLog
    quote: Quoter
    namespace: str
    version: str
    floors: FloorLister = no_floors
    topics: Sequence[TopicDocument] = ()
    """The topics that the AsyncAPI document describes beside those of the alerts."""
    replay: Callable[[str], tuple[AlertStore, ActionStore] | None] | None = None
    """Returns the stores of a replay by its name, None for what is no name: read when asked for, followed by nobody."""
    policy: SuppressionPolicy = field(default_factory=SuppressionPolicy)
    limits: Limits = field(default_factory=Limits)
    now: Callable[[], str] = utc_now
    metrics: ApiMetrics = field(default_factory=ApiMetrics)
    connected: dict[str, int] = field(default_factory=lambda: {"sse": 0, "websocket": 0})
    """Subscribers by transport."""
    refreshing: list[Callable[[], None]] = field(default_factory=list)
    """What brings gauges up to date that others fill."""
    hub: Hub = field(init=False)
    """The reader of the log of changes; whoever serves runs it."""

    def __post_init__(self) -> None:
        """Make the hub, and have it tell of what people do."""
        object.__setattr__(self, "hub", Hub(self.alerts, self.namespace))
        self.desk.hear = Announcer(self.hub, self.alerts)
