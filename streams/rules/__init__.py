"""
The rules: one a file.

A new rule is a new module with a class that keeps the contract of :class:`streams.rules.rule.Rule`, and
one line in :data:`RULES`; the shared properties in ``tests/property`` then hold it without being asked.
"""

from typing import Final

from streams.rules.below_cost import BelowCost
from streams.rules.benchmark_integrity import BenchmarkIntegrity
from streams.rules.bunching_at_floor import BunchingAtFloor
from streams.rules.compensation import Compensation
from streams.rules.cross_market_divergence import CrossMarketDivergence
from streams.rules.dumping_margin import DumpingMargin
from streams.rules.dumping_margin_early import DumpingMarginEarly
from streams.rules.excluded_neighbour import ExcludedNeighbour
from streams.rules.floor_breach import FloorBreach
from streams.rules.floor_headroom import FloorHeadroom
from streams.rules.floor_misalignment import FloorMisalignment
from streams.rules.floor_missing import FloorMissing
from streams.rules.front_loading import FrontLoading
from streams.rules.grade_shift import GradeShift
from streams.rules.massive_imports import MassiveImportsRule
from streams.rules.mirror_gap import MirrorGap
from streams.rules.new_shipper import NewShipper
from streams.rules.origin_shift import OriginShiftRule
from streams.rules.over_invoicing import OverInvoicing
from streams.rules.predatory_ramp import PredatoryRamp
from streams.rules.price_suppression import PriceSuppression
from streams.rules.quota_cliff import QuotaCliff
from streams.rules.round_trip import RoundTrip
from streams.rules.rule import Rule
from streams.rules.stage_shift import StageShift
from streams.rules.stockpile_flush import StockpileFlush
from streams.rules.structuring import Structuring
from streams.rules.supplier_concentration import SupplierConcentration
from streams.rules.surge import Surge
from streams.rules.surge_with_price_fall import SurgeWithPriceFall
from streams.rules.sustained_breach import SustainedBreach
from streams.rules.targeted_dumping import TargetedDumping
from streams.rules.transshipment import Transshipment
from streams.rules.under_invoicing import UnderInvoicing
from streams.rules.undercutting import Undercutting
from streams.rules.underselling import Underselling
from streams.rules.unit_error import UnitError

RULES: Final[tuple[Rule, ...]] = (
    FloorBreach(),
    SustainedBreach(),
    FloorHeadroom(),
    FloorMissing(),
    UnitError(),
    SurgeWithPriceFall(),
    BunchingAtFloor(),
    Undercutting(),
    NewShipper(),
    Structuring(),
    DumpingMargin(),
    DumpingMarginEarly(),
    SupplierConcentration(),
    Surge(),
    QuotaCliff(),
    BenchmarkIntegrity(),
    UnderInvoicing(),
    OverInvoicing(),
    MassiveImportsRule(),
    CrossMarketDivergence(),
    BelowCost(),
    OriginShiftRule(),
    Underselling(),
    FloorMisalignment(),
    StageShift(),
    PriceSuppression(),
    RoundTrip(),
    Compensation(),
    PredatoryRamp(),
    ExcludedNeighbour(),
    FrontLoading(),
    TargetedDumping(),
    MirrorGap(),
    GradeShift(),
    Transshipment(),
    StockpileFlush(),
)
"""Every rule at its default settings, in the order in which alerts of one day are told."""
