"""Reading alerts as a caller may see them: pages, one alert, its history, its evidence pack."""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from alerts.access import Caller, visible
from alerts.action_store import ActionStore
from alerts.explain import Explanation, explain
from alerts.floor_board import HEADROOM_RULE, FloorLine, StandingFloor, floor_lines
from alerts.lifecycle import Workflow, WorkflowState, flapping, previous_of, subject_id, workflow_of
from alerts.model import Alert, State, encode_alert
from alerts.price_points import price_points
from alerts.problems import ProblemError, ProblemKind
from alerts.store import AlertFilter, AlertStore, Place, Recorded
from alerts.suppression import ActiveSilence, Overlay, SuppressionPolicy, overlay_of, silences_of
from alerts.views import (
    ActionEntry,
    AlertDetail,
    AlertHistory,
    AlertPage,
    AlertView,
    EvidencePack,
    HistoryEntry,
    LanePrices,
    detail_of,
    view_of,
)

LOOKS_MAX: Final = 10
"""Pages of the store that are looked at for one page by workflow."""
LANE_ALERTS_MAX: Final = 20
"""Alerts of a lane whose prices are put together, the last opened first."""
BOARD_ALERTS_MAX: Final = 2_000
"""Open alerts that are looked at for the floors they rest on."""


class Reading:
    """Answers readers from the stores; what is confidential is withheld from those who may not see it."""

    def __init__(
        self,
        alerts: AlertStore,
        actions: ActionStore,
        *,
        policy: SuppressionPolicy,
        now: Callable[[], str],
    ) -> None:
        self._alerts = alerts
        self._actions = actions
        self._policy = policy
        self._now = now

    async def page(
        self,
        caller: Caller,
        wanted: AlertFilter,
        *,
        workflow: WorkflowState | None,
        cursor: str | None,
        limit: int,
        retracted: bool,
    ) -> AlertPage:
        """Return a page of alerts; raises :class:`alerts.problems.ProblemError` for a cursor that is none."""
        place = None if cursor is None else place_of_cursor(cursor)
        found: list[AlertView] = []
        for _ in range(LOOKS_MAX):
            asked = limit - len(found)
            page = await self._alerts.page(wanted, after=place, limit=asked)
            shown = [each for each in page.alerts if retracted or each.state is not State.RETRACTED]
            found += [each for each in await self._views(caller, shown) if workflow in (None, each.workflow.state)]
            place = page.after
            # A short page means that the store has looked at as much as it does for one request.
            if place is None or len(found) >= limit or len(page.alerts) < asked:
                break
        return AlertPage(alerts=tuple(found), cursor=None if place is None else cursor_of_place(place))

    async def alert(self, alert_id: str) -> Alert:
        """Return an alert as it is, for whoever acts on it; raises :class:`alerts.problems.ProblemError`."""
        found = await self._alerts.get(alert_id)
        if found is None:
            raise ProblemError(ProblemKind.NOT_FOUND, f"there is no alert {alert_id[:80]!r}: GET /v1/alerts lists them")
        return found

    async def detail(self, caller: Caller, alert_id: str) -> AlertDetail:
        """Return one alert; raises as :meth:`alert` does."""
        alert = await self.alert(alert_id)
        every = await self._alerts.episodes(subject_id(alert))
        standing = [each for each in every if each.state is not State.RETRACTED or each.id == alert.id]
        (actions,) = await self._actions.of_alerts([alert_id])
        (overlay,) = await self._overlays([alert])
        return detail_of(
            visible(alert, caller),
            workflow=workflow_of(alert, actions, now=self._now()),
            suppression=overlay,
            episodes=standing,
            previous_id=previous_of(alert, standing),
            flapping=self._flaps(alert, standing),
        )

    async def history(self, caller: Caller, alert_id: str) -> AlertHistory:
        """Return all that became of an alert; raises as :meth:`alert` does."""
        await self.alert(alert_id)
        (actions,) = await self._actions.of_alerts([alert_id])
        return AlertHistory(
            alert_id=alert_id,
            changes=tuple(_entry(each, caller) for each in await self._alerts.history(alert_id)),
            actions=tuple(ActionEntry(offset=offset, action=action) for offset, action in sorted(actions, key=_offset)),
        )

    async def explanation(self, caller: Caller, alert_id: str) -> Explanation:
        """Return an alert in plain words with its arithmetic recomputed; raises as :meth:`alert` does."""
        return explain(visible(await self.alert(alert_id), caller))

    async def prices(self, caller: Caller, alert_id: str) -> LanePrices:
        """Return the prices that the alerts of an alert's lane have told; raises as :meth:`alert` does."""
        alert = await self.alert(alert_id)
        lane = await self._lane(alert)
        # The alert itself comes last: of two that tell of one day, it is the one that is looked at.
        others = [each for each in lane if each.id != alert.id and each.state is not State.RETRACTED]
        states = [
            visible(recorded.change.alert, caller)
            for each in (*others[: LANE_ALERTS_MAX - 1], alert)
            for recorded in await self._alerts.history(each.id)
        ]
        return LanePrices(
            alert_id=alert.id,
            product=alert.product,
            origin=alert.origin,
            destination=alert.destination,
            points=tuple(price_points(states)),
        )

    async def floor_lines(self, caller: Caller, floors: Sequence[StandingFloor]) -> tuple[FloorLine, ...]:
        """Return *floors* with what alerts say of each."""
        near = await self._alerts.list(AlertFilter(rule=HEADROOM_RULE, limit=BOARD_ALERTS_MAX))
        still_open = await self._alerts.list(AlertFilter(is_open=True, limit=BOARD_ALERTS_MAX))
        known = {each.id: visible(each, caller) for each in (*near, *still_open) if each.state is not State.RETRACTED}
        return floor_lines(floors, list(known.values()))

    async def pack(self, caller: Caller, alert_id: str) -> EvidencePack:
        """Return what somebody needs to check an alert elsewhere; raises as :meth:`alert` does."""
        seen = visible(await self.alert(alert_id), caller)
        return EvidencePack(
            alert=await self.detail(caller, alert_id),
            explanation=explain(seen),
            history=await self.history(caller, alert_id),
            made_at=self._now(),
            made_for=caller.name,
            alert_sha256=hashlib.sha256(encode_alert(seen)).hexdigest(),
            notice=seen.notice,
        )

    async def overlay(self, alert: Alert) -> Overlay:
        """Return what mutes an alert now."""
        return (await self._overlays([alert]))[0]

    async def workflow(self, alert: Alert) -> Workflow:
        """Return what people have done about an alert."""
        (actions,) = await self._actions.of_alerts([alert.id])
        return workflow_of(alert, actions, now=self._now())

    async def is_flapping(self, alert: Alert) -> bool:
        """Return whether the subject of an alert keeps opening, on the day of the alert's last judgement."""
        every = await self._alerts.episodes(subject_id(alert))
        return self._flaps(alert, [each for each in every if each.state is not State.RETRACTED or each.id == alert.id])

    async def silences(self) -> list[ActiveSilence]:
        """Return the silences that have not ended."""
        now = self._now()
        every = (*self._policy.silences, *silences_of(await self._actions.silences()))
        return [each for each in every if now < each.silence.ends_at]

    async def _views(self, caller: Caller, alerts: Sequence[Alert]) -> list[AlertView]:
        if not alerts:
            return []
        acted = await self._actions.of_alerts([each.id for each in alerts])
        now = self._now()
        return [
            view_of(visible(alert, caller), workflow=workflow_of(alert, actions, now=now), suppression=overlay)
            for alert, actions, overlay in zip(alerts, acted, await self._overlays(alerts), strict=True)
        ]

    async def _lane(self, alert: Alert) -> Sequence[Alert]:
        """Return the alerts of the same product, origin and destination; of the subject where it has not all three."""
        if alert.origin is None or alert.destination is None:
            return list(reversed(await self._alerts.episodes(subject_id(alert))))
        return await self._alerts.list(
            AlertFilter(
                product=alert.product, origin=alert.origin, destination=alert.destination, limit=LANE_ALERTS_MAX
            )
        )

    def _flaps(self, alert: Alert, standing: Sequence[Alert]) -> bool:
        policy = self._policy.flaps.get(alert.rule, self._policy.flap)
        return flapping([_day(each.opened_at) for each in standing], _day(alert.updated_at), policy)

    async def _overlays(self, alerts: Sequence[Alert]) -> list[Overlay]:
        silences = await self.silences()
        sources = [
            source
            for each in self._policy.inhibitions
            if any(alert.rule in each.target_rules for alert in alerts)
            for source in await self._alerts.list(
                AlertFilter(is_open=True, rule=each.source_rule, severity=each.source_severity)
            )
        ]
        now = self._now()
        return [
            overlay_of(each, silences=silences, open_alerts=sources, policy=self._policy, now=now) for each in alerts
        ]


def cursor_of_place(place: Place) -> str:
    """Return a cursor: opaque to its holder, and good for as long as there is such a thing as its place."""
    return urlsafe_b64encode(f"{place.opened_s}.{place.id}".encode()).decode().rstrip("=")


def place_of_cursor(cursor: str) -> Place:
    """Return the place of a cursor; raises :class:`alerts.problems.ProblemError`."""
    try:
        opened_s, dot, alert_id = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii").partition(".")
        place = Place(int(opened_s), alert_id)
        if dot and cursor_of_place(place) == cursor:
            return place
    except ValueError:
        pass
    raise ProblemError(
        ProblemKind.UNKNOWN_CURSOR,
        f"{cursor[:80]!r} is no cursor that this server gave: leave it out to begin with the first page",
    )


def _entry(recorded: Recorded, caller: Caller) -> HistoryEntry:
    change, alert = recorded.change, visible(recorded.change.alert, caller)
    return HistoryEntry(
        offset=recorded.offset,
        seq=change.seq,
        kind=change.kind,
        reason=change.reason,
        at=change.at,
        severity=alert.severity,
        state=alert.state,
        revision=alert.revision,
        summary=alert.summary,
    )


def _offset(entry: tuple[int, object]) -> int:
    return entry[0]


def _day(instant: str) -> int:
    return date.fromisoformat(instant[:10]).toordinal()
