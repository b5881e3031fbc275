"""Runs of periods below a floor, told by the engine's own fold over days."""

from typing import Any

from streams.conformance.case import CaseError, Inputs, Outputs
from streams.episodes import NO_EPISODES, Episode, EpisodePolicy, Verdict, step
from streams.exact import fraction
from streams.rules.sustained_breach import below_floor

_BREACH = {Verdict.BREACH: True, Verdict.CLEAR: False, Verdict.EMPTY: None}


def run_sustained_breach(inputs: Inputs) -> Outputs:
    """Judge each period and fold the verdicts into episodes, a period standing for a day."""
    if inputs["empty"] not in ("breaks", "skips"):
        message = f"empty {inputs['empty']!r} is neither breaks nor skips"
        raise CaseError(message)
    policy = EpisodePolicy(open_after=inputs["n"], empty_breaks=inputs["empty"] == "breaks")
    verdicts = [_verdict(period, inputs) for period in inputs["periods"]]
    episodes = NO_EPISODES
    for day, verdict in enumerate(verdicts, 1):
        episodes = step(episodes, day, verdict, None, policy=policy, merge=_nothing, sealed=day)
    names = [period["period"] for period in inputs["periods"]]
    alerts = [_alert(episode, names) for episode in episodes.opened]
    return {
        "breach": [_BREACH[verdict] for verdict in verdicts],
        "alerts": alerts,
        "first_alert": alerts[0]["alert_at"] if alerts else None,
        "max_run": episodes.longest,
    }


def _verdict(period: dict[str, Any], inputs: Inputs) -> Verdict:
    if period["price"] is None:
        return Verdict.EMPTY
    floor = fraction(period["floor"] if "floor" in period else inputs["floor"])
    tolerance = fraction(inputs.get("tolerance_pct", "0")) / 100
    below = below_floor(fraction(period["price"]), floor, tolerance=tolerance)
    return Verdict.BREACH if below else Verdict.CLEAR


def _alert(episode: Episode, names: list[str]) -> dict[str, Any]:
    return {
        "start": names[episode.start - 1],
        "alert_at": names[episode.opened - 1],
        "end": names[episode.last_breach - 1],
        "length": episode.length,
    }


def _nothing(_held: object, _more: object) -> None:
    """Add up nothing: the periods of a run have no detail."""
