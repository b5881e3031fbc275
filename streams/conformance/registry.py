"""The runners by topic: a new topic is a function in a module of its family and a line here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from streams.conformance.arrivals import run_combined, run_events
from streams.conformance.case import Runner
from streams.conformance.contents import run_oxide_metal
from streams.conformance.delivery_terms import run_fob_cif
from streams.conformance.floor_levies import run_floor_levy
from streams.conformance.import_volumes import (
    run_massive_imports,
    run_negligible_volume,
    run_origin_shift,
    run_ramp,
    run_surge,
)
from streams.conformance.landed_prices import run_undercutting, run_underselling
from streams.conformance.margins import run_de_minimis, run_margin_aa, run_margin_at, run_margin_tt
from streams.conformance.normal_values import run_below_cost, run_constructed_value, run_net_price
from streams.conformance.price_filters import run_price_filter
from streams.conformance.price_patterns import run_cohens_d, run_ratio_test
from streams.conformance.runs import run_sustained_breach
from streams.conformance.schedules import run_schedule

RUNNERS: Final[Mapping[str, Runner]] = MappingProxyType(
    {
        "below_cost": run_below_cost,
        "cohens_d": run_cohens_d,
        "combined": run_combined,
        "constructed_value": run_constructed_value,
        "corrections": run_events,
        "de_minimis": run_de_minimis,
        "duplicates": run_events,
        "floor_levy": run_floor_levy,
        "floor_schedule": run_schedule,
        "fob_cif": run_fob_cif,
        "late_order": run_events,
        "margin_aa": run_margin_aa,
        "margin_at": run_margin_at,
        "margin_tt": run_margin_tt,
        "massive_imports": run_massive_imports,
        "negligible_volume": run_negligible_volume,
        "net_price": run_net_price,
        "origin_shift": run_origin_shift,
        "oxide_metal": run_oxide_metal,
        "price_filter": run_price_filter,
        "ramp": run_ramp,
        "ratio_test": run_ratio_test,
        "surge": run_surge,
        "sustained_breach": run_sustained_breach,
        "undercutting": run_undercutting,
        "underselling": run_underselling,
    }
)
"""What runs the cases of each topic that the engine can answer."""
