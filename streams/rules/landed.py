"""
What goods cost once duty is paid: the landed value that competes with the domestic product.

    landed = CIF * (1 + duties / 100 + costs after importation / 100)

Duties are those of the measures known that are charged ad valorem: the tariff, anti-dumping, countervailing and
safeguard duties.  A floor's levy is no part of it, nor is value added tax.
"""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any, Final, NamedTuple

from streams.cells import Lane
from streams.exact import decimal_text
from streams.months import month_text
from streams.panel import Panel
from streams.reference.measures import Measure, MeasureKind
from streams.reference.validity import holds
from streams.rules.evidence import UUSD_PER_USD, kg, usd
from streams.rules.figures import last_day_of_trade

_CHARGED: Final = frozenset(
    {MeasureKind.TARIFF, MeasureKind.ANTI_DUMPING, MeasureKind.COUNTERVAILING, MeasureKind.SAFEGUARD}
)


class Duty(NamedTuple):
    """What is charged on a lane's goods on a day."""

    pct: Fraction
    """In per cent of the CIF value."""
    counted: tuple[str, ...]
    """The measures that it is made of, by id and rate."""
    not_counted: tuple[str, ...]
    """Measures in force that are charged in a way not known here, or on some exporters only."""


class Landed(NamedTuple):
    """Goods of a lane's month: milligrams of content, and micro-USD before and after duty."""

    month: int
    content_mg: int
    cif_uusd: int
    duty: Duty

    def duty_paid_uusd(self, post_import_pct: Fraction) -> Fraction:
        """Return the value with duty and costs after importation."""
        return self.cif_uusd * (1 + (self.duty.pct + post_import_pct) / 100)


def landed(panel: Panel, lane: Lane, month: int) -> Landed | None:
    """Return the goods of a lane's month with the duty of its last day of trade, None where there were none."""
    return panel.kept("landed", lane, month, lambda: _landed(panel, lane, month))


def _landed(panel: Panel, lane: Lane, month: int) -> Landed | None:
    day = last_day_of_trade(panel, lane, month)
    if day is None:
        return None
    sums = panel.month(lane, month)
    return Landed(month, sums.content_mg, sums.value_uusd, duty_on(panel, lane, day))


def duty_on(panel: Panel, lane: Lane, day: int) -> Duty:
    """Return the duties on the goods of a lane on a day (ordinal)."""
    pct, counted, not_counted = Fraction(0), [], []
    for measure in panel.measures(lane.key.product, lane.key.destination):
        if measure.kind in _CHARGED and _meets(panel, measure, lane, date.fromordinal(day)):
            if measure.rate_pct is None or measure.exporters:
                not_counted.append(measure.measure_id)
            else:
                pct += Fraction(measure.rate_pct)
                counted.append(f"{measure.measure_id} ({measure.kind}, {measure.rate_pct} %)")
    return Duty(pct, tuple(counted), tuple(not_counted))


def _meets(panel: Panel, measure: Measure, lane: Lane, day: date) -> bool:
    if not holds(day, measure.effective_from, measure.effective_to) or not measure.is_for(lane.key.origin):
        return False
    if not measure.destinations and measure.zone_id is None:
        return True
    in_zone = measure.zone_id is not None and panel.book.zones.has(measure.zone_id, lane.key.destination, day)
    return lane.key.destination in measure.destinations or in_zone


def month_facts(goods: Landed, post_import_pct: Fraction) -> dict[str, str | None]:
    """Return the goods of a month as evidence states its inputs."""
    return {
        "month": month_text(goods.month),
        "content_kg": kg(goods.content_mg),
        "cif_value_usd": usd(goods.cif_uusd),
        "duty_pct": decimal_text(goods.duty.pct),
        "landed_value_usd": decimal_text(goods.duty_paid_uusd(post_import_pct) / UUSD_PER_USD),
    }


def duty_facts(goods: Iterable[Landed]) -> dict[str, Any]:
    """Return what evidence says of the duties in a window."""
    goods = tuple(goods)
    return {
        "duties_counted": sorted({name for each in goods for name in each.duty.counted}),
        "duties_not_counted": sorted({name for each in goods for name in each.duty.not_counted}),
    }
