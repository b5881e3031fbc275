"""How long ago a heartbeat of each partition arrived at this process: the age that an alert is raised on."""

from collections.abc import Callable

from alerts.clock import utc_seconds
from alerts.hub import Hub
from alerts.metrics.catalogue import API_HEARTBEAT_AGE
from alerts.metrics.meter import ApiMetrics


class AwaitedHeartbeats:
    """The heartbeats of *partitions*, awaited from when this is made."""

    def __init__(
        self, hub: Hub, metrics: ApiMetrics, partitions: int, *, clock: Callable[[], int] = utc_seconds
    ) -> None:
        self._hub = hub
        self._metrics = metrics
        self._partitions = partitions
        self._clock = clock
        self._since_s = clock()

    def age_s(self, partition: int) -> int:
        """Return the age of the last one; where none has come, or only from before, since when it is awaited."""
        beat = self._hub.beats.get(partition)
        sent_s = self._since_s if beat is None else max(self._since_s, beat.sent_s)
        return max(0, self._clock() - sent_s)

    def refresh(self) -> None:
        """Bring the gauge up to date."""
        for partition in range(self._partitions):
            self._metrics.set(API_HEARTBEAT_AGE, self.age_s(partition), str(partition))
