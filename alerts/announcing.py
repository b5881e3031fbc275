"""Announcing what people do to those who are connected, as soon as this process has seen it in the log of actions."""

import logging
from typing import Final

from alerts.actions import RecordedAction
from alerts.envelope import action_event, encode_event
from alerts.hints import HintKind
from alerts.hub import Hub
from alerts.store import AlertStore, StoreError

log: Final = logging.getLogger(__name__)


class Announcer:
    """Tells a hub's subscribers of actions."""

    def __init__(self, hub: Hub, alerts: AlertStore) -> None:
        self._hub = hub
        self._alerts = alerts

    async def __call__(self, recorded: RecordedAction) -> None:
        """Tell of one action those whose filter has its alert; of a silence, everybody."""
        alert_id = getattr(recorded.action, "alert_id", None)
        try:
            alert = None if alert_id is None else await self._alerts.get(alert_id)
        except StoreError as error:
            log.warning("action %s is not announced: %s", recorded.action.id, error)
            return
        if alert_id is None or alert is not None:
            event = encode_event(action_event(recorded, self._hub.namespace))
            self._hub.hint(HintKind.ACTION, event, alert)
