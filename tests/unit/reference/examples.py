"""Reference data to test with."""

from datetime import date

from streams.reference.floor import Floor, FloorStatus
from streams.reference.levy import Instrument

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
