"""Margins of dumping by the three methods of comparison, and whether a margin is de minimis."""

from collections.abc import Hashable, Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any, Final

from streams.antidumping import margins
from streams.antidumping.de_minimis import (
    THRESHOLD_PCT,
    Proceeding,
    Reading,
    cif_duty_pct,
    is_de_minimis,
    price_margin_pct,
)
from streams.antidumping.margins import Comparison, Margin, NormalValues, Total
from streams.antidumping.sales import AverageBy, Exact, Sale, Sales, add_up
from streams.conformance.case import CaseError, Inputs, Outputs
from streams.exact import fraction

_AVERAGE_BY: Final = {("model",): AverageBy.MODEL, ("model", "month"): AverageBy.MODEL_MONTH}
_NEAREST: Final = "nearest_date_tie_earlier"


def run_margin_aa(inputs: Inputs) -> Outputs:
    """Compare averages by model: of single sales, or as the case gives them."""
    by = _average_by(inputs)
    if "models" in inputs:
        export = {model["model"]: _sums(model["qty"], model["ep"]) for model in inputs["models"]}
        normal_values: NormalValues = {
            model["model"]: fraction(model["nv"]) for model in inputs["models"] if model.get("nv") is not None
        }
    else:
        export, normal_values = add_up(_sales(inputs["export"]), by), _normal_values(inputs, by)
    margin = margins.average_to_average(export, normal_values)
    return _margin(margin) | {"models": {_name(each.key): _compared(each) for each in margin.comparisons}}


def run_margin_tt(inputs: Inputs) -> Outputs:
    """Compare sale with sale, by the pairs of the case or by the nearest day."""
    pairs = dict(inputs["pairs"]) if "pairs" in inputs else None
    if pairs is None and inputs.get("matching") != _NEAREST:
        raise CaseError(f"matching {inputs.get('matching')!r} is not {_NEAREST}, and there are no pairs")
    margin = margins.transaction_to_transaction(_sales(inputs["export"]), _sales(inputs["home"]), pairs)
    compared = [_compared(each) | {"export": each.key, "home": each.home} for each in margin.comparisons]
    return _margin(margin) | {"pairs": compared}


def run_margin_at(inputs: Inputs) -> Outputs:
    """Compare averages with single sales, the mixed method in both readings where the case names a pattern."""
    by, export = _average_by(inputs), _sales(inputs["export"])
    normal_values = _normal_values(inputs, by)
    margin = margins.average_to_transaction(export, normal_values, by)
    averages = margins.average_to_average(add_up(export, by), normal_values)
    return (
        _margin(margin)
        | {"transactions": [_compared(each) | {"id": each.key} for each in margin.comparisons]}
        | {
            "aa_no_zeroing_pct": averages.no_zeroing.margin_pct,
            "aa_zeroing_pct": averages.zeroing.margin_pct,
        }
        | (_mixed(margin, inputs["pattern"]) if "pattern" in inputs else {})
    )


def run_de_minimis(inputs: Inputs) -> Outputs:
    """Hold a margin against the threshold of its proceeding, by the text of the law."""
    normal_value, export_price = fraction(inputs["nv"]), fraction(inputs["ep"])
    threshold_pct = THRESHOLD_PCT[Proceeding(inputs["proceeding"])]
    margin = price_margin_pct(normal_value, export_price)
    outputs: dict[str, Any] = {
        "margin_pct": margin,
        "threshold_pct": threshold_pct,
        "de_minimis": is_de_minimis(margin, threshold_pct, reading=Reading(inputs.get("reading", Reading.STRICT))),
    }
    if "cif" in inputs:
        outputs["duty_pct_cif"] = cif_duty_pct(normal_value - export_price, fraction(inputs["cif"]))
    return outputs


def _average_by(inputs: Inputs) -> AverageBy:
    by = tuple(sorted(inputs.get("average_by", ["model"])))
    if by not in _AVERAGE_BY:
        raise CaseError(f"average_by {', '.join(by)} is neither model nor model and month")
    return _AVERAGE_BY[by]


def _sales(rows: Iterable[Mapping[str, Any]]) -> list[Sale]:
    return [
        Sale(
            row["id"],
            *_sums(row["qty"], row["price"]),
            model=row.get("model"),
            month=row.get("month"),
            day=date.fromisoformat(row["date"]).toordinal() if "date" in row else None,
        )
        for row in rows
    ]


def _sums(quantity: str, price: str) -> Sales:
    return Sales(fraction(quantity), fraction(quantity) * fraction(price))


def _normal_values(inputs: Inputs, by: AverageBy) -> NormalValues:
    """Return the normal values of a case; its constructed values are by model and serve every month."""
    constructed = {model: fraction(value) for model, value in inputs.get("cv", {}).items()}
    home = add_up(_sales(inputs.get("home", ())), by)
    if by is AverageBy.MODEL:
        return margins.average_normal_values(home, constructed)
    groups = {sale.group(by): sale.model for sale in _sales(inputs["export"])}
    return margins.average_normal_values(
        home, {group: constructed[str(model)] for group, model in groups.items() if model in constructed}
    )


def _name(group: Hashable) -> str:
    return "/".join(map(str, group)) if isinstance(group, tuple) else str(group)


def _compared(each: Comparison) -> dict[str, Any]:
    return {
        "nv": each.normal_value,
        "ep": each.export_price,
        "qty": each.quantity,
        "export_value": each.value,
        "unit_margin": each.unit_margin,
        "amount": each.amount,
        "pct": each.pct,
        "unusable": each.unusable,
    }


def _margin(margin: Margin) -> dict[str, Any]:
    return {
        "export_value": margin.export_value,
        "export_qty": margin.no_zeroing.quantity,
        "avg_nv": margin.avg_nv,
        "avg_ep": margin.avg_ep,
        "simple_average_pct": margin.simple_average_pct,
        "coverage_pct": margin.coverage_pct,
        "no_zeroing": _total(margin.no_zeroing),
        "zeroing": _total(margin.zeroing),
    }


def _total(total: Total) -> dict[str, Exact | Fraction | None]:
    return {
        "amount": total.amount,
        "unit_margin_avg": total.unit_margin_avg,
        "margin_pct": total.margin_pct,
        "dumping_margin_pct": total.dumping_margin_pct,
    }


def _mixed(margin: Margin, pattern: list[str]) -> dict[str, Any]:
    mixed = margins.mixed_us(margin, pattern)
    return {
        "mixed_us": _total(mixed.total)
        | {"at_amount": mixed.at_amount, "aa_net": mixed.aa_net, "aa_amount": mixed.aa_amount},
        "wto_ds464": _total(margins.wto_ds464(margin, pattern)),
    }
