"""
Export prices: what goods were sold at for export, by exporter and month, brought from CIF to FOB.

Sums of goods are at CIF; a normal value and a cost are not.  Where a CIF/FOB ratio is published for the lane, freight
and insurance are taken off by it, which is an estimate; where none is, the CIF value stands, which makes the export
price look higher and a margin smaller than it is.  Which of the two it was is told beside the figure.  Prices between
related parties are none: those goods are left out (Anti-Dumping Agreement, article 2.3).
"""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from streams.cells import Lane
from streams.exact import decimal_text
from streams.months import month_text
from streams.panel import Panel, Sums
from streams.reference.basis import BasisMissing
from streams.rules.evidence import UUSD_PER_USD, kg, usd
from streams.rules.figures import last_day_of_trade


class Freight(NamedTuple):
    """How CIF and FOB stand to each other on a lane."""

    cif_per_fob: Fraction = Fraction(1)
    publisher: str = ""
    """Whose ratio it is; empty where none is known, and the CIF value stands."""

    @property
    def words(self) -> str:
        """How the export price was come by."""
        if not self.publisher:
            return "CIF: no ratio is known to take freight and insurance off by, which understates a margin"
        return f"FOB, estimated: CIF / {decimal_text(self.cif_per_fob)} ({self.publisher})"


class Exported(NamedTuple):
    """Goods of an exporter in a month of a lane."""

    month: int
    sums: Sums
    freight: Freight

    @property
    def fob_uusd(self) -> Fraction:
        """What they were sold at, freight and insurance taken off as far as known."""
        return self.sums.value_uusd / self.freight.cif_per_fob

    def facts(self) -> dict[str, str | int]:
        """Return the goods as evidence states its inputs."""
        return {
            "month": month_text(self.month),
            "records": self.sums.rows,
            "content_kg": kg(self.sums.content_mg),
            "cif_value_usd": usd(self.sums.value_uusd),
            "export_value_usd": decimal_text(self.fob_uusd / UUSD_PER_USD),
            "export_price_basis": self.freight.words,
        }


def freight_of(panel: Panel, lane: Lane, month: int) -> Freight:
    """Return the ratio of a lane on its last day of trade in a month, which there must be."""
    return panel.kept("freight", lane, month, lambda: _freight(panel, lane, month))


def by_exporter(panel: Panel, lane: Lane, through: int, months: int) -> dict[str, list[Exported]]:
    """Return the goods of a lane's window by exporter and month; the exporter is empty where none was declared."""
    found: dict[str, list[Exported]] = {}
    for month in range(through - months + 1, through + 1):
        if last_day_of_trade(panel, lane, month) is not None:
            freight = freight_of(panel, lane, month)
            for exporter, sums in exporters(panel, lane, month).items():
                found.setdefault(exporter, []).append(Exported(month, sums, freight))
    return dict(sorted(found.items()))


def exporters(panel: Panel, lane: Lane, month: int) -> Mapping[str, Sums]:
    """Return the sums of a lane's month by exporter, whoever imported; what related parties declared is left out."""
    return {name: sums for name, sums in panel.arms_length(lane, month).items() if sums.content_mg}


def _freight(panel: Panel, lane: Lane, month: int) -> Freight:
    day = last_day_of_trade(panel, lane, month)
    if day is None:
        return Freight()
    key = lane.key
    on = date.fromordinal(day)
    found = panel.book.ratios.find(key.product, origin=key.origin, destination=key.destination, day=on)
    return Freight() if isinstance(found, BasisMissing) else Freight(found.cif_per_fob, found.publisher)
