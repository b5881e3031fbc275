"""
Tariff quotas: how much enters without a levy, and what part of a day still does.

Quantities are allocated by the day a declaration was accepted.  On the day a quota runs out what is left is
shared out in proportion to what was asked for (Implementing Regulation (EU) 2015/2447, art. 51).
"""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

import msgspec

from streams.exact import fraction
from streams.reference.units import UnknownUnitError, mass_kg
from streams.reference.validity import (
    Problem,
    check,
    country_problems,
    decimal_problems,
    holds,
    period_problems,
    product_problems,
)


class Quota(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="quota", tag_field="type"):
    """One period of a tariff quota, from ``period_from`` to the day before ``period_to``."""

    quota_id: str
    zone_id: str
    products: tuple[str, ...]
    period_from: date
    period_to: date
    quantity: str | None
    """None: the quota exists, its quantity is not known here."""
    unit: str = "t"
    origin: str | None = None
    """ISO 3166 alpha-2; None is erga omnes, all origins together."""
    source: str | None = None
    v: int = 1

    def __post_init__(self) -> None:
        """Refuse what cannot be right."""
        check(f"quota {self.quota_id} from {self.period_from}", self._problems())

    def _problems(self) -> Iterator[Problem]:
        for product in self.products:
            yield from product_problems("products", product)
        yield from country_problems("origin", self.origin)
        yield from decimal_problems("quantity", self.quantity, least=0)
        yield from period_problems(self.period_from, self.period_to, ("period_from", "period_to"))
        try:
            mass_kg(self.unit)
        except UnknownUnitError as e:
            yield Problem("unit", str(e))

    @property
    def quantity_kg(self) -> Fraction | None:
        """The quantity in kilograms, None where it is not known."""
        return None if self.quantity is None else fraction(self.quantity) * mass_kg(self.unit)


class Quotas:
    """The quotas by id, period and origin."""

    def __init__(self) -> None:
        self._quotas: dict[tuple[str, date, str], Quota] = {}

    def __iter__(self) -> Iterator[Quota]:
        """Iterate over the quotas by id, period and origin."""
        return (self._quotas[key] for key in sorted(self._quotas))

    def put(self, quota: Quota) -> Quota | None:
        """Take a quota period, in place of the same one; return the one it replaces."""
        key = quota.quota_id, quota.period_from, quota.origin or ""
        before = self._quotas.get(key)
        self._quotas[key] = quota
        return before

    def find(self, quota_id: str, *, day: date, origin: str) -> Quota | None:
        """Return the quota period of *day* that *origin* draws on: its own, else the one for all origins."""
        for source in (origin, ""):
            for (known_id, _, known_origin), quota in self._quotas.items():
                ours = known_id == quota_id and known_origin == source
                if ours and holds(day, quota.period_from, quota.period_to):
                    return quota
        return None


def out_of_quota_share(used_before: Fraction, day_total: Fraction, quota: Fraction) -> Fraction:
    """
    Return the part of a day's quantity that enters outside the quota, 0 to 1, the same for all of its shipments.

    *used_before* is what was drawn on the days before, *quota* the quantity of the period, all in one unit.
    """
    if day_total <= 0:
        return Fraction(0)
    left = max(Fraction(0), quota - used_before)
    return max(Fraction(0), Fraction(day_total) - left) / day_total
