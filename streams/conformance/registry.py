"""The runners by topic: a new topic is a function in a module of its family and a line here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from streams.conformance.arrivals import run_combined, run_events
from streams.conformance.case import Runner
from streams.conformance.contents import run_oxide_metal
from streams.conformance.delivery_terms import run_fob_cif
from streams.conformance.floor_levies import run_floor_levy
from streams.conformance.runs import run_sustained_breach
from streams.conformance.schedules import run_schedule

RUNNERS: Final[Mapping[str, Runner]] = MappingProxyType(
    {
        "combined": run_combined,
        "corrections": run_events,
        "duplicates": run_events,
        "floor_levy": run_floor_levy,
        "floor_schedule": run_schedule,
        "fob_cif": run_fob_cif,
        "late_order": run_events,
        "oxide_metal": run_oxide_metal,
        "sustained_breach": run_sustained_breach,
    }
)
"""What runs the cases of each topic that the engine can answer."""
