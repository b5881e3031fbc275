"""
Reference values: the prices and costs that dumping and injury are measured against, as dated data.

A normal value is what the like product costs in the country of origin, by one of five methods (WTO Anti-Dumping
Agreement, art. 2.2); a unit cost is the efficient producer's, where the goods come from or where they go; a target
price is the cost of the importing industry and its profit, a domestic price what it gets.  Each is a figure of
somebody's, named by its publisher, and holds from its first day to the day before its end.

Tax: a price at home includes value added tax that an export is relieved of only as far as it is rebated, so
``comparable = P / (1 + v) * (1 + v - r)`` (Anti-Dumping Agreement, art. 2.4, allowance for taxation).  With a full
rebate the tax falls away; with none it stays in the cost of exporting.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Final

import msgspec

from streams.exact import fraction
from streams.reference.catalogue import Product
from streams.reference.content import GROSS, ContentUnknownError, content_kg, content_problems
from streams.reference.fx import FxMissing, FxPurpose, FxRate, FxRates
from streams.reference.validity import (
    Problem,
    check,
    country_problems,
    currency_problems,
    decimal_problems,
    holds,
    name_problems,
    percent,
    period_problems,
    product_problems,
)

_USD: Final = "USD"


class Role(StrEnum):
    """What a value is compared for."""

    NORMAL_VALUE = "normal_value"
    """Of the country of origin: an export price below it is dumped."""
    UNIT_COST = "unit_cost"
    """Of making one unit, in the country of origin or of destination."""
    TARGET_PRICE = "target_price"
    """Of the country of destination: its industry's cost and a reasonable profit."""
    DOMESTIC_PRICE = "domestic_price"
    """Of the country of destination: what its industry sells at."""


_ABROAD: Final = frozenset({Role.NORMAL_VALUE, Role.UNIT_COST})
"""The roles whose tax is that of an export: kept as far as it is not rebated."""


class Method(StrEnum):
    """How a value was found; a market quote is a price proxy."""

    HOME = "home"
    THIRD_COUNTRY = "third_country"
    CONSTRUCTED = "constructed"
    FACTORS_OF_PRODUCTION = "factors_of_production"
    PRICE_PROXY = "price_proxy"


class ValueStatus(StrEnum):
    """How far a value is more than somebody's word."""

    DETERMINED = "determined"
    """Found by an authority in a proceeding."""
    PUBLISHED = "published"
    """An assessment, a statistic or an account that its publisher stands for."""
    ESTIMATED = "estimated"
    ILLUSTRATIVE = "illustrative"
    """Invented to show how the system works."""
    WITHDRAWN = "withdrawn"
    """Taken back: it holds on no day."""


class ReferenceValue(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="reference-value", tag_field="type"
):
    """
    One publisher's value of a product in one role, from its first day on.

    ``value`` is decimal text, in ``currency`` per ``unit`` of what ``content_basis`` names: the goods (``gross``), the
    goods dry (``dry``) or a constituent.  Dates are half-open.  Raises :class:`InvalidEntryError` with all that is
    wrong.
    """

    role: Role
    product: str
    """``mineral|stage``."""
    country: str
    """ISO 3166 alpha-2: the origin of a normal value, the destination of a target or domestic price."""
    value: str
    currency: str
    unit: str
    valid_from: date
    publisher: str
    method: Method | None = None
    """Needed for a normal value."""
    exporter: str | None = None
    """The exporter whose value it is; None is everybody's."""
    content_basis: str = GROSS
    grade_pct: str | None = None
    """Assay of the goods it is for; None is the usual one of the product."""
    vat_pct: str | None = None
    """The value added tax that ``value`` includes; None: it includes none."""
    rebate_pct: str | None = None
    """What of that tax an export gets back, in points; 0 is none, and has to be said."""
    valid_to: date | None = None
    status: ValueStatus = ValueStatus.PUBLISHED
    source: str | None = None
    v: int = 1

    def __post_init__(self) -> None:
        """Refuse what cannot be right."""
        check(f"reference-value {self.name}", self._problems())

    @property
    def name(self) -> str:
        """The value in words: role, product, country and publisher."""
        exporter = f" ({self.exporter})" if self.exporter else ""
        return f"{self.role} of {self.product} in {self.country}{exporter} by {self.publisher}"

    @property
    def comparable(self) -> Fraction:
        """The value in its currency per unit, without the tax that the goods it is compared with do not bear."""
        tax = percent(self.vat_pct) / 100
        kept = tax - percent(self.rebate_pct) / 100 if self.role in _ABROAD else Fraction(0)
        return fraction(self.value) / (1 + tax) * (1 + kept)

    def _problems(self) -> Iterator[Problem]:
        yield from product_problems("product", self.product)
        yield from country_problems("country", self.country)
        yield from name_problems("publisher", self.publisher)
        if self.exporter is not None:
            yield from name_problems("exporter", self.exporter)
        if self.role is Role.NORMAL_VALUE and self.method is None:
            yield Problem("method", f"is needed for a normal value: one of {', '.join(Method)}")
        yield from decimal_problems("value", self.value, above=0)
        yield from currency_problems("currency", self.currency)
        yield from content_problems(self.unit, self.content_basis)
        yield from decimal_problems("grade_pct", self.grade_pct, above=0, most=100)
        yield from self._tax_problems()
        yield from period_problems(self.valid_from, self.valid_to, ("valid_from", "valid_to"))

    def _tax_problems(self) -> Iterator[Problem]:
        wrong = [
            *decimal_problems("vat_pct", self.vat_pct, least=0, most=100),
            *decimal_problems("rebate_pct", self.rebate_pct, least=0, most=100),
        ]
        yield from wrong
        if self.role not in _ABROAD:
            if self.rebate_pct is not None:
                yield Problem(
                    "rebate_pct", f"is for goods that are exported; a {self.role} is of the importing country"
                )
        elif self.rebate_pct is None:
            if self.vat_pct is not None:
                yield Problem("rebate_pct", "is needed where vat_pct is given: 0 where an export gets nothing back")
        elif not wrong and percent(self.rebate_pct) > percent(self.vat_pct):
            yield Problem("rebate_pct", f"must be at most vat_pct {self.vat_pct or 0}, was {self.rebate_pct}")


class ReferenceValues:
    """The values known, and the one that holds."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str, str], dict[tuple[str, date, str], ReferenceValue]] = {}
        """By role, product and country; then exporter, first day and publisher."""

    def __iter__(self) -> Iterator[ReferenceValue]:
        """Iterate over the values by role, product, country, exporter, first day and publisher."""
        for lane in sorted(self._values):
            yield from (self._values[lane][key] for key in sorted(self._values[lane]))

    def put(self, value: ReferenceValue) -> ReferenceValue | None:
        """Take a value, in place of the same publisher's of the same first day; return the one it replaces."""
        lane = self._values.setdefault((value.role, value.product, value.country), {})
        key = value.exporter or "", value.valid_from, value.publisher
        before = lane.get(key)
        lane[key] = value
        return before

    def has(self, role: Role, product: str, *, country: str) -> bool:
        """Return whether there is any value of *product* in *country*, whoever's and of whatever day."""
        return bool(self._values.get((role, product, country)))

    def names(self, role: Role, product: str, *, country: str, exporter: str) -> bool:
        """Return whether any value of *product* in *country* is of *exporter*, of whatever day."""
        return any(key[0] == exporter for key in self._values.get((role, product, country), ()))

    def find(
        self, role: Role, product: str, *, country: str, day: date, exporter: str | None = None
    ) -> ReferenceValue | None:
        """
        Return the value of *product* in *country* on *day*, None where none holds.

        An exporter's own goes before everybody's, then the one with the latest first day, then the first publisher by
        name.
        """
        lane = self._values.get((role, product, country), {})
        fits = [
            value
            for value in lane.values()
            if value.exporter in (None, exporter)
            and value.status is not ValueStatus.WITHDRAWN
            and holds(day, value.valid_from, value.valid_to)
        ]
        return min(fits, key=_preference, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparableValue:
    """A reference value brought to US dollars per kilogram of content, with what it took."""

    value: ReferenceValue
    comparable: Fraction
    """In its currency per unit, after tax."""
    rate: FxRate
    content_kg: Fraction
    """Kilograms of content in one unit."""

    @property
    def usd_per_kg(self) -> Fraction:
        """US dollars per kilogram of what cells count."""
        return self.comparable * self.rate.rate / self.content_kg


def converted(value: ReferenceValue, *, product: Product, fx: FxRates, day: date) -> ComparableValue | str:
    """Return *value* with its factors, for evidence that can be recomputed; text says what is missing."""
    rate = fx.rate(value.currency, _USD, day, FxPurpose.DUMPING)
    if isinstance(rate, FxMissing):
        return rate.reason
    try:
        content = content_kg(product, unit=value.unit, content_basis=value.content_basis, grade_pct=value.grade_pct)
    except ContentUnknownError as e:
        return f"{value.name}: {e}"
    return ComparableValue(value=value, comparable=value.comparable, rate=rate, content_kg=content)


def usd_per_kg(value: ReferenceValue, *, product: Product, fx: FxRates, day: date) -> Fraction | str:
    """
    Return *value* in US dollars per kilogram of what cells count of *product*, after tax.

    The rate is that of *day*, as for dumping.  Text says what is missing: a rate, an assay, the moisture.
    """
    found = converted(value, product=product, fx=fx, day=day)
    return found if isinstance(found, str) else found.usd_per_kg


def _preference(value: ReferenceValue) -> tuple[bool, int, str]:
    return value.exporter is None, -value.valid_from.toordinal(), value.publisher
