"""What goods are worth at home: constructed from costs, without sales below cost, net of what is not the goods."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from streams.antidumping.below_cost import BelowCost, CostedSale, Practice, below_cost_test
from streams.antidumping.constructed_value import Rates, constructed_value
from streams.antidumping.margins import Comparison
from streams.antidumping.net_price import net_price
from streams.antidumping.profit import ProfitBase
from streams.conformance.case import Inputs, Outputs
from streams.exact import fraction


def run_constructed_value(inputs: Inputs) -> Outputs:
    """Build a value up from the costs of manufacture, and compare it where there is an export price."""
    rates = Rates(
        fraction(inputs["overhead_pct"]),
        fraction(inputs["sga_pct"]),
        fraction(inputs["profit_pct"]),
        ProfitBase(inputs["profit_base"]),
    )
    built = constructed_value(
        [fraction(inputs[name]) for name in ("materials", "labour", "energy")],
        rates,
        packing=fraction(inputs["packing"]),
        by_products=fraction(inputs["by_products"]),
    )
    outputs: dict[str, Any] = {
        "com": built.cost_of_manufacture,
        "total_com": built.total_cost_of_manufacture,
        "sga": built.sga,
        "profit": built.profit,
        "cv": built.value,
    }
    if "ep" in inputs:
        outputs |= _compared(built.value, fraction(inputs["ep"]))
    return outputs


def run_below_cost(inputs: Inputs) -> Outputs:
    """Return which sales are left to make the normal value."""
    sales = [_costed(each) for each in inputs["sales"]]
    found: BelowCost = below_cost_test(sales, practice=Practice(inputs["rule"]))
    return {
        "share_below_pct": found.sums.below_pct,
        "wa_price": found.sums.average_price,
        "wa_cost": found.sums.average_cost,
        "substantial": found.substantial,
        "disregarded": _ids(found.disregarded),
        "retained": _ids(found.retained),
        "nv": found.normal_value,
        "use_constructed_value": found.use_constructed_value,
    }


def run_net_price(inputs: Inputs) -> Outputs:
    """Return both prices net, and the margin between them."""
    return _compared(_net(inputs["normal_value"]), _net(inputs["export_price"]))


def _compared(normal_value: Fraction, export_price: Fraction) -> dict[str, Any]:
    """Return the margin on one unit of goods."""
    found = Comparison(None, 1, export_price, normal_value)
    return {"nv": normal_value, "ep": export_price, "unit_margin": found.unit_margin, "margin_pct": found.pct}


def _net(given: Mapping[str, Any]) -> Fraction:
    """Return a price that is given net, or gross with what is taken off and put on."""
    if "net" in given:
        return fraction(given["net"])
    return net_price(
        fraction(given["gross"]),
        _amounts(given.get("deductions", {})),
        rate=fraction(given.get("fx_rate", "1")),
        additions=_amounts(given.get("additions_after_fx", {})),
    )


def _costed(each: Mapping[str, Any]) -> CostedSale:
    quantity = fraction(each["qty"])
    cost = None if each.get("cost") is None else fraction(each["cost"]) * quantity
    return CostedSale(each["id"], quantity, fraction(each["price"]) * quantity, cost)


def _amounts(named: Mapping[str, str]) -> list[Fraction]:
    return [fraction(text) for text in named.values()]


def _ids(sales: Iterable[CostedSale]) -> list[str]:
    return [sale.id for sale in sales]
