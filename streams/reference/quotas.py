"""
Tariff quotas: what of a day's goods enters before the quota is used up.

Quotas are drawn on in the order of entry dates; on the day of exhaustion what is left is shared pro rata
over the day's goods, as the European Union does (Implementing Regulation (EU) 2015/2447, article 51).
"""

from datetime import date
from fractions import Fraction

import msgspec

from streams.exact import fraction
from streams.reference.units import kg_per


class Quota(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="quota", forbid_unknown_fields=True):
    """One period of a tariff quota, as published on the topic ``reference``."""

    quota_id: str
    product: str
    zone_id: str
    origins: tuple[str, ...] = ()
    """The origins that share it; empty: all that have none of their own."""
    period_from: date
    period_to: date
    """First day after the period."""
    quantity: str
    unit: str
    announced_at: date | None = None
    issuing_authority: str | None = None
    note: str | None = None
    v: int = 1

    @property
    def quantity_mg(self) -> int:
        """Return the quota in milligrams of goods."""
        return int(fraction(self.quantity) * kg_per(self.unit) * 1_000_000)


def out_of_quota_share(used_before: int, day_total: int, quota: int) -> Fraction:
    """Return the share of a day's goods that the quota no longer covers; all amounts in one unit."""
    if day_total <= 0:
        return Fraction(0)
    left = max(0, quota - used_before)
    return Fraction(max(0, day_total - left), day_total)
