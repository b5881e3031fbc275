"""Transactions against the spread of reference prices: invoiced under, over or within it."""

from fractions import Fraction

from streams.antidumping.price_filter import PriceClass, bounds, price_quartiles
from streams.conformance.case import CaseError, Inputs, Outputs
from streams.exact import fraction


def run_price_filter(inputs: Inputs) -> Outputs:
    """Return the bounds of the reference prices, where each transaction lies, and by how much in all."""
    quartiles = price_quartiles(fraction(price) for price in inputs["reference_prices"])
    if quartiles is None:
        raise CaseError("reference_prices is empty: nothing to filter by")
    normal = bounds(quartiles, fraction(inputs["fence_k"]))
    classes: dict[str, PriceClass] = {}
    totals = dict.fromkeys(PriceClass, Fraction(0))
    for each in inputs["transactions"]:
        price, quantity = fraction(each["price"]), fraction(each["qty"])
        classes[each["id"]] = found = normal.classify(price)
        totals[found] += normal.amount(price, quantity)
    return {
        "q1": quartiles.first,
        "q3": quartiles.third,
        "lower": normal.lower,
        "upper": normal.upper,
        "classes": classes,
        "under_total": totals[PriceClass.UNDER],
        "over_total": totals[PriceClass.OVER],
    }
