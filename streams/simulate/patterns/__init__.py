"""
The patterns: one function a rule, which works the pattern into a plot of ground and leaves its label.

Each is drawn clearly inside the rule's definition, a third beyond its thresholds and more, with the noise of the trade
about it.  Their names are those of the rules.
"""

from collections.abc import Callable, Mapping
from typing import Final

from streams.simulate.patterns import floors, instruments, parties, prices, routes, volumes
from streams.simulate.patterns.plot import Plot

Pattern = Callable[[Plot], None]

PATTERNS: Final[Mapping[str, Pattern]] = {
    pattern.__name__: pattern
    for pattern in (
        prices.below_cost,
        instruments.benchmark_integrity,
        floors.bunching_at_floor,
        parties.compensation,
        instruments.cross_market_divergence,
        prices.dumping_margin,
        prices.dumping_margin_early,
        routes.excluded_neighbour,
        floors.floor_breach,
        floors.floor_headroom,
        floors.floor_misalignment,
        floors.floor_missing,
        volumes.front_loading,
        routes.grade_shift,
        volumes.massive_imports,
        routes.mirror_gap,
        parties.new_shipper,
        routes.origin_shift,
        prices.over_invoicing,
        prices.predatory_ramp,
        prices.price_suppression,
        floors.quota_cliff,
        routes.round_trip,
        routes.stage_shift,
        volumes.stockpile_flush,
        floors.structuring,
        volumes.supplier_concentration,
        volumes.surge,
        prices.surge_with_price_fall,
        floors.sustained_breach,
        prices.targeted_dumping,
        routes.transshipment,
        prices.under_invoicing,
        prices.undercutting,
        prices.underselling,
        parties.unit_error,
    )
}

OF_TWO_PRODUCTS: Final = frozenset({"compensation", "excluded_neighbour", "stage_shift"})
"""Patterns that need a mineral with two products."""

OF_GRADES: Final = frozenset({"grade_shift"})
"""Patterns that need goods whose grade is told apart."""
