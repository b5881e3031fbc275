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
from math import ceil
from typing import NamedTuple

from streams.antidumping.sales import Exact
from streams.cells import Lane
from streams.exact import decimal_text
from streams.months import month_text
from streams.panel import Panel, Sums
from streams.reference.basis import BasisMissing
from streams.reference.values import Role
from streams.rules.evidence import UUSD_PER_USD, kg, usd
from streams.rules.figures import Figure, figure_of, last_day_of_trade


class Freight(NamedTuple):
    """How CIF and FOB stand to each other on a lane."""

    cif_per_fob: Fraction = Fraction(1)
    publisher: str = ""
    """Whose ratio it is; empty where none is known, and the CIF value stands."""

    def off(self, value_uusd: int) -> Exact:
        """Return a CIF value with freight and insurance taken off."""
        return value_uusd if self.cif_per_fob == 1 else value_uusd / self.cif_per_fob

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
    def fob_uusd(self) -> Exact:
        """What they were sold at, freight and insurance taken off as far as known."""
        return self.freight.off(self.sums.value_uusd)

    def facts(self) -> dict[str, str | int]:
        """Return the goods as evidence states its inputs."""
        return {
            "month": month_text(self.month),
            "records": self.sums.rows,
            "content_kg": kg(self.sums.content_mg),
            "cif_value_usd": usd(self.sums.value_uusd),
            "export_value_usd": decimal_text(Fraction(self.fob_uusd) / UUSD_PER_USD),
            "export_price_basis": self.freight.words,
        }


def freight_of(panel: Panel, lane: Lane, month: int) -> Freight:
    """Return the ratio of a lane on its last day of trade in a month, which there must be."""
    return panel.kept("freight", lane, month, lambda: _freight(panel, lane, month))


def value_at_cif(panel: Panel, role: Role, lane: Lane, month: int, *, age_max_months: int) -> int | None:
    """
    Return everybody's reference value of the origin in a lane's month at CIF, whole micro-USD per kg, rounded up.

    None where there is none.  For telling by whole numbers what is far from a threshold, and no figure of evidence.
    """
    return panel.kept(
        f"{role} at CIF {age_max_months}", lane, month, lambda: _at_cif(panel, role, lane, month, age_max_months)
    )


def _at_cif(panel: Panel, role: Role, lane: Lane, month: int, age_max_months: int) -> int | None:
    figure = figure_of(panel, role, lane, month, country=lane.key.origin, age_max_months=age_max_months)
    if not isinstance(figure, Figure):
        return None
    return ceil(figure.usd_per_kg * freight_of(panel, lane, month).cif_per_fob * UUSD_PER_USD)


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
