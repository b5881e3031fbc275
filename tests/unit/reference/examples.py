"""Reference data to test with."""

from datetime import date

from streams.reference.capacities import Capacity, CapacityRole
from streams.reference.floor import Floor, FloorStatus
from streams.reference.levy import Instrument
from streams.reference.measures import Measure, MeasureKind
from streams.reference.values import Method, ReferenceValue, Role

FLOOR = Floor(
    floor_id="si",
    status=FloorStatus.IN_FORCE,
    instrument=Instrument.VARIABLE_LEVY,
    zone_id="forge",
    mineral="silicon",
    stage="metal",
    value="2.20",
    currency="USD",
    unit="kg",
    effective_from=date(2024, 1, 1),
    announced_at=date(2023, 12, 1),
)

VALUE = ReferenceValue(
    role=Role.NORMAL_VALUE,
    product="silicon|metal",
    country="CN",
    method=Method.PRICE_PROXY,
    value="11300",
    currency="CNY",
    unit="t",
    vat_pct="13",
    rebate_pct="13",
    valid_from=date(2025, 3, 1),
    valid_to=date(2025, 4, 1),
    publisher="exchange",
)
CAPACITY = Capacity(
    role=CapacityRole.PRODUCTION,
    product="silicon|metal",
    country="CN",
    quantity="1000",
    valid_from=date(2024, 1, 1),
    valid_to=date(2025, 1, 1),
    publisher="survey",
)
MEASURE = Measure(
    measure_id="ad-si",
    kind=MeasureKind.ANTI_DUMPING,
    products=("silicon|metal", "ferro-silicon|alloy"),
    origins=("CN",),
    destinations=("GB",),
    announced_at=date(2024, 6, 1),
    effective_from=date(2024, 12, 1),
    rate_pct="12.5",
)
