"""An alert as a row of the report: where it is, from when to when, how deep, and what is due."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final, NamedTuple

from alerts.model import OPEN_STATES, Alert
from streams.report.figures import NONE, fixed
from streams.report.places import goods_name, place_name


class Measure(NamedTuple):
    """The figure of a rule's evidence that says how far it goes."""

    key: str
    unit: str
    words: str


_MEASURES: Final[Mapping[str, tuple[Measure, ...]]] = {
    "below_cost": (Measure("below_cost_pct", "%", "sold below cost"),),
    "bunching_at_floor": (Measure("share_at_floor_pct", "%", "just above the floor"),),
    "compensation": (Measure("premium_pct", "%", "paid above others"),),
    "cross_market_divergence": (Measure("ratio", "times", "the price in China"),),
    "dumping_margin": (Measure("dumping_margin_pct", "%", "of the export price"),),
    "dumping_margin_early": (Measure("dumping_margin_pct", "%", "of the export price"),),
    "excluded_neighbour": (Measure("rise_beyond_the_floored_product_pct", "%", "more volume"),),
    "floor_breach": (Measure("gap_pct", "%", "below the floor"),),
    "floor_headroom": (Measure("headroom_pct", "%", "above the floor"),),
    "floor_misalignment": (Measure("gap_pct", "%", "below the highest floor"),),
    "front_loading": (Measure("rise_against_the_year_pct", "%", "more volume"),),
    "grade_shift": (Measure("fall_points", "points", "lower grade"),),
    "massive_imports": (Measure("increase_pct", "%", "more volume"),),
    "mirror_gap": (Measure("gap_pct", "%", "between the two sides"),),
    "new_shipper": (Measure("share_pct", "%", "of the market"),),
    "origin_shift": (Measure("rise_points", "points", "of the market"),),
    "over_invoicing": (Measure("distance_pct", "%", "from the usual"),),
    "predatory_ramp": (
        Measure("price_change_pct", "%", "change of price"),
        Measure("quantity_change_pct", "%", "change of quantity"),
    ),
    "price_suppression": (Measure("squeeze_pp", "points", "of squeeze"),),
    "quota_cliff": (Measure("used_pct", "%", "of the quota used"),),
    "round_trip": (Measure("returned_pct", "%", "came back"),),
    "stage_shift": (Measure("rise_points", "points", "to the other stage"),),
    "stockpile_flush": (
        Measure("multiple_of_production", "times", "production"),
        Measure("price_change_pct", "%", "change of price"),
    ),
    "structuring": (Measure("times_the_threshold", "times", "the threshold"),),
    "supplier_concentration": (Measure("top_share_pct", "%", "from one origin"),),
    "surge": (Measure("rise_against_the_year_pct", "%", "more volume"),),
    "surge_with_price_fall": (
        Measure("volume_change_pct", "%", "more volume"),
        Measure("price_fall_beyond_others_pct", "%", "lower price than others"),
    ),
    "sustained_breach": (Measure("gap_pct", "%", "below the floor"),),
    "targeted_dumping": (Measure("dumping_margin_pct", "%", "of the export price"),),
    "transshipment": (Measure("second_leg_rise_pct", "%", "more volume"),),
    "under_invoicing": (Measure("distance_pct", "%", "from the usual"),),
    "undercutting": (Measure("undercutting_pct", "%", "below the compared price"),),
    "underselling": (Measure("underselling_pct", "%", "below the target price"),),
}


def depth_of(alert: Alert) -> str:
    """Return how far an alert goes in its rule's own measure, ``NONE`` where the evidence has no such figure."""
    parts = [
        f"{fixed(figure, 1)} {measure.unit} {measure.words}"
        for measure in _MEASURES.get(alert.rule, ())
        if (figure := figure_of(alert.evidence, measure.key)) is not None
    ]
    return "; ".join(parts) or NONE


def figure_of(evidence: Mapping[str, Any], key: str) -> Fraction | None:
    """Return a figure of an alert's evidence as an exact number, None where there is none of that name."""
    stated = evidence.get(key)
    if not isinstance(stated, str | int) or isinstance(stated, bool):
        return None
    try:
        return Fraction(stated)
    except (ValueError, ZeroDivisionError):
        return None


def lane_of(alert: Alert) -> str:
    """Return the way of an alert's goods in words."""
    origin, destination = (None if code is None else place_name(code) for code in (alert.origin, alert.destination))
    if origin and destination:
        return f"{origin} to {destination}"
    if origin:
        return origin if ":" in origin else f"from {origin}"
    return f"into {destination}" if destination else "all lanes"


def told(alert: Alert) -> str:
    """Return an alert in its own words, its product called as people do."""
    name = goods_name(alert.product)
    words = alert.summary.replace(alert.product, name)
    return f"{name[:1].upper()}{words[1:]}" if words.startswith(name) else words


def rule_name(rule: str) -> str:
    """Return a rule's name in words."""
    return rule.replace("_", " ")


def opened_on(alert: Alert) -> str:
    """Return the day on which an alert opened."""
    return alert.opened_at[:10]


def ended_on(alert: Alert) -> str | None:
    """Return the day on which an alert ended, None where it is open."""
    if alert.state in OPEN_STATES or alert.resolved_at is None:
        return None
    return alert.resolved_at[:10]
