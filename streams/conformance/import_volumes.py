"""Quantities over time and between origins: negligible, massive, surging, ramping and shifting imports."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from streams.antidumping.massive_imports import massive_imports
from streams.antidumping.negligibility import Country, Pool, negligibility
from streams.antidumping.ramp import Direction, find_ramp
from streams.antidumping.shares import herfindahl, origin_shift, top_share
from streams.antidumping.surge import Surge, surges
from streams.conformance.case import Inputs, Outputs
from streams.exact import fraction


def run_negligible_volume(inputs: Inputs) -> Outputs:
    """Return each country's share and whether it is negligible."""
    countries = [
        Country(each["country"], fraction(each["volume"]), each["investigated"]) for each in inputs["countries"]
    ]
    found = negligibility(countries, total=fraction(inputs["total_imports"]), pool=Pool(inputs["pool"]))
    if found is None:
        return {"countries": None, "collective_share_pct": None, "collective_exceeds": None}
    return {
        "countries": {
            each.country: {
                "share_pct": each.share_pct,
                "below_individual": each.below_individual,
                "negligible": each.negligible,
            }
            for each in found.countries
        },
        "collective_share_pct": found.collective_pct,
        "collective_exceeds": found.collective_exceeds,
    }


def run_massive_imports(inputs: Inputs) -> Outputs:
    """Return the increase from the months before to the months since."""
    found = massive_imports(_series(inputs["base"]), _series(inputs["comparison"]))
    return found._asdict()


def run_surge(inputs: Inputs) -> Outputs:
    """Test each period against the mean of those before it."""
    tested = list(
        surges(
            _series(inputs["series"]),
            periods=inputs["baseline_periods"],
            threshold_pct=fraction(inputs["threshold_pct"]),
            quantity_min=fraction(inputs.get("min_qty", "0")),
        )
    )
    return {
        "tested": [_tested(place, found) for place, found in tested],
        "surges": [place for place, found in tested if found.surge],
    }


def run_ramp(inputs: Inputs) -> Outputs:
    """Return the longest run and the slope of a series."""
    found = find_ramp(
        _series(inputs["series"]),
        Direction(inputs["direction"]),
        steps_min=inputs["min_steps"],
        cumulative_pct_min=fraction(inputs["cumulative_pct"]),
    )
    return {
        "longest_run_steps": found.steps,
        "run_start_index": found.start,
        "cumulative_change_pct": found.cumulative_pct,
        "max_step_pct": found.steepest_pct,
        "ols_slope": found.slope,
        "ols_slope_pct_of_mean": found.slope_pct_of_mean,
        "ramp": found.ramp,
    }


def run_origin_shift(inputs: Inputs) -> Outputs:
    """Return the shares of each origin before and since, and who rose where the target fell."""
    base, comparison = _volumes(inputs["base"]), _volumes(inputs["comparison"])
    found = origin_shift(
        base,
        comparison,
        target=inputs["target"],
        fall_pp=fraction(inputs["target_fall_pp"]),
        rise_pp=fraction(inputs["other_rise_pp"]),
    )
    concentration = {"comparison_hhi": herfindahl(comparison), "comparison_top": _top(comparison)}
    if found is None:
        undefined = ("base_share_pct", "comparison_share_pct", "shift_pp", "tvd_pct", "flag", "suspects")
        return dict.fromkeys(undefined) | concentration
    return {
        "base_share_pct": found.base_pct,
        "comparison_share_pct": found.comparison_pct,
        "shift_pp": found.shift_pp,
        "tvd_pct": found.tvd_pp,
        "flag": found.flag,
        "suspects": found.suspects,
    } | concentration


def _tested(place: int, found: Surge) -> dict[str, Any]:
    return {
        "index": place,
        "baseline": found.baseline,
        "increase_pct": found.increase_pct,
        "surge": found.surge,
    }


def _top(volumes: Mapping[str, Fraction]) -> str | None:
    found = top_share(volumes)
    return None if found is None else found.origin


def _series(texts: list[str]) -> list[Fraction]:
    return [fraction(text) for text in texts]


def _volumes(texts: Mapping[str, str]) -> dict[str, Fraction]:
    return {origin: fraction(text) for origin, text in texts.items()}
