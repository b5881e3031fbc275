"""Whether prices differ by group, how much of the sales that concerns, and which method of comparison follows."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, Final

from streams.antidumping import cohens_d
from streams.antidumping.cohens_d import Effect, Spread
from streams.antidumping.differential_pricing import (
    LEGAL_STATUS,
    THRESHOLDS,
    Method,
    Outcome,
    PriceTest,
    judge_group,
    meaningful_difference,
    ratio_test,
)
from streams.antidumping.price_groups import Moments, base_share_pct, moments
from streams.antidumping.sales import Exact, Sale
from streams.conformance.case import Inputs, Outputs
from streams.exact import fraction

_STATUS: Final = LEGAL_STATUS[PriceTest.COHENS_D_LEGACY]
_MARGIN_OF: Final = {Method.MIXED: "mixed_pct", Method.AVERAGE_TO_TRANSACTION: "at_pct"}


def run_cohens_d(inputs: Inputs) -> Outputs:
    """Hold one group against all other sales, or two groups whose means and deviations the case gives."""
    if "summary" in inputs:
        return _of_summary(inputs["summary"])
    rows, name = inputs["transactions"], inputs["test_group"]
    test = _moments(row for row in rows if row["group"] == name)
    base = _moments(row for row in rows if row["group"] != name)
    result = judge_group(test, base, PriceTest.COHENS_D_LEGACY)
    tested = result.outcome is not Outcome.NOT_TESTED
    outputs: dict[str, Any] = {
        "test": _group(test),
        "base": _group(base),
        "base_share_pct": base_share_pct(test, base),
        "eligible": tested,
        "ineligible_reason": result.ineligible,
        "result": result.outcome,
        "price_difference_pct": result.difference_pct,
        "legal_status": _STATUS,
    }
    outputs |= _effect(_simple(test, base) if tested else None)
    if inputs.get("report_alternatives", False):
        outputs["alternatives"] = {
            "weighted": _effect(cohens_d.weighted_effect(test, base) if tested else None),
            "population": _effect(cohens_d.population_effect(test, base) if tested else None),
        }
    return outputs


def run_ratio_test(inputs: Inputs) -> Outputs:
    """Return the method that the passing value asks for, and whether its margin, where given, differs enough."""
    ratio = ratio_test(*_values(inputs))
    outputs: dict[str, Any] = {
        "pass_value": ratio.pass_value,
        "total_value": ratio.total_value,
        "pass_pct": ratio.pass_pct,
        "method_considered": ratio.method_considered,
    }
    if "margins" in inputs:
        outputs |= _difference(ratio.method_considered, inputs["margins"])
    return outputs


def _of_summary(summary: Mapping[str, str]) -> dict[str, Any]:
    given = {name: fraction(value) for name, value in summary.items()}
    test = Spread(given["mean_test"], given["sd_test"] ** 2)
    base = Spread(given["mean_base"], given["sd_base"] ** 2)
    effect = cohens_d.cohens_d(test, base)
    return _effect(effect) | {
        "test": test._asdict(),
        "base": base._asdict(),
        "eligible": True,
        "ineligible_reason": None,
        "result": Outcome.DIFFERS if effect.passes() else Outcome.ALIKE,
        "legal_status": _STATUS,
    }


def _moments(rows: Iterable[Mapping[str, str]]) -> Moments:
    return moments(Sale(row["id"], fraction(row["qty"]), fraction(row["qty"]) * fraction(row["price"])) for row in rows)


def _simple(test: Moments, base: Moments) -> Effect | None:
    mine, theirs = cohens_d.spread(test), cohens_d.spread(base)
    return None if mine is None or theirs is None else cohens_d.cohens_d(mine, theirs)


def _group(group: Moments) -> dict[str, Exact | Fraction | None]:
    return {"n": group.n, "qty": group.quantity, "mean": group.mean, "var": group.variance}


def _effect(effect: Effect | None) -> dict[str, Fraction | None]:
    if effect is None:
        return {"pooled_var": None, "d_squared": None, "d": None}
    return {"pooled_var": effect.pooled_variance, "d_squared": effect.d_squared, "d": effect.d}


def _values(inputs: Inputs) -> tuple[Fraction, Fraction]:
    if "sales" not in inputs:
        return fraction(inputs["pass_value"]), fraction(inputs["total_value"])
    total = passing = Fraction(0)
    for sale in inputs["sales"]:
        value = fraction(sale["price"]) * fraction(sale["qty"])
        total += value
        passing += value if any(sale["passes"].values()) else 0
    return passing, total


def _difference(method: Method, margins: Mapping[str, str]) -> dict[str, Any]:
    averages_pct = fraction(margins["aa_pct"])
    alternative_pct = fraction(margins[_MARGIN_OF[method]]) if method in _MARGIN_OF else None
    thresholds = THRESHOLDS
    if "de_minimis_pct" in margins:
        thresholds = thresholds._replace(de_minimis_pct=fraction(margins["de_minimis_pct"]))
    found = meaningful_difference(averages_pct, alternative_pct, thresholds)
    return {
        "alternative_pct": alternative_pct,
        "relative_change_pct": found.relative_change_pct,
        "crosses_de_minimis": found.crosses_de_minimis,
        "meaningful_difference": found.meaningful,
        "method_applied": method if found.meaningful else Method.AVERAGE_TO_AVERAGE,
        "margin_pct": alternative_pct if found.meaningful else averages_pct,
    }
