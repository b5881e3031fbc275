"""
Floors: reference prices as dated, versioned data.

A floor is never updated in place.  It is re-issued as a higher ``version``; from its first day on, a version
replaces every earlier one, their ends included.  A version may have several periods, each an entry of its own
with its ``effective_from``; a period without ``effective_to`` lasts until the next one begins.  A period without
a ``value`` suspends the floor.
"""

from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import Final

import msgspec

from streams.exact import NotADecimalError, fraction
from streams.reference.content import GROSS, content_problems
from streams.reference.levy import Instrument, LevyBand, LevyTerms
from streams.reference.validity import (
    Problem,
    check,
    country_problems,
    currency_problems,
    decimal_problems,
    hs_code_problems,
    name_problems,
    percent,
    period_problems,
)

INCOTERMS: Final = ("EXW", "FCA", "FAS", "FOB", "CFR", "CPT", "CIF", "CIP", "DAP", "DPU", "DDP")


class FloorStatus(StrEnum):
    """How far a floor is law."""

    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    CONTRACTUAL = "contractual"
    """A floor between parties, without effect at a border."""
    ILLUSTRATIVE = "illustrative"
    """Invented to show how the system works; no authority issued it."""


APPLIED: Final = frozenset({FloorStatus.IN_FORCE, FloorStatus.CONTRACTUAL, FloorStatus.ILLUSTRATIVE})
"""The statuses a floor book applies unless told otherwise."""


class Scope(StrEnum):
    """Whose goods a floor is for."""

    ALL = "all"
    MEMBERS = "members"
    NON_MEMBERS = "non_members"
    ORIGINS = "origins"
    EXPORTERS = "exporters"


class AppliesOn(StrEnum):
    """Which day of a shipment selects the floor."""

    ENTRY = "entry"
    EXPORT = "export"
    CONTRACT = "contract"
    ARRIVAL = "arrival"


class Visibility(StrEnum):
    """Who may see a floor's value."""

    PUBLIC = "public"
    RESTRICTED = "restricted"


class AppliesTo(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The scope of a floor, with the list it names: countries (ISO 3166 alpha-2) or exporter ids."""

    scope: Scope = Scope.ALL
    origins: tuple[str, ...] = ()
    exporters: tuple[str, ...] = ()
    except_origins: tuple[str, ...] = ()
    """Origins left out of the scope, whichever it is."""


class HsCode(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A commodity code in the nomenclature it belongs to, such as ``HS2022``, ``CN2025`` or ``HTS2025``."""

    code: str
    version: str = "HS2022"


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a graduated table: ``rate_pct`` of the part of the gap above ``above_pct`` of the floor."""

    above_pct: str
    rate_pct: str


class Floor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="floor", tag_field="type"):
    """
    One period of one version of a reference price.

    Prices, percentages and quantities are decimal text.  ``value`` is in ``currency`` per ``unit`` of what
    ``content_basis`` names: the goods (``gross``), the goods dry (``dry``) or a constituent (``WO3``, ``Nd2O3``,
    ``W``, ``LCE``).  Dates are half-open.  Raises :class:`InvalidEntryError` with all that is wrong.
    """

    floor_id: str
    status: FloorStatus
    instrument: Instrument
    zone_id: str
    mineral: str
    stage: str
    value: str | None
    """None: the floor is suspended for this period."""
    currency: str
    unit: str
    effective_from: date
    announced_at: date
    """The day it became public knowledge: a shipment is judged by what was known."""
    version: int = 1
    supersedes: str | None = None
    """What it replaces, as ``floor_id@version``: for the reader, versions of one id replace each other anyway."""
    issuing_authority: str | None = None
    legal_basis: str | None = None
    doc_uri: str | None = None
    applies_to: AppliesTo = AppliesTo()
    form: str | None = None
    grade_min_pct: str | None = None
    """Lowest grade it is for, inclusive."""
    grade_max_pct: str | None = None
    """First grade it is no longer for."""
    spec: str | None = None
    hs_codes: tuple[HsCode, ...] = ()
    content_basis: str = GROSS
    incoterm: str = "CIF"
    place: str | None = None
    tax_inclusive: bool = False
    vat_pct: str | None = None
    include_mfn: bool = False
    """Whether the landed price compared with it includes ordinary customs duty."""
    effective_to: date | None = None
    recorded_at: datetime | None = None
    """When it entered this system, for the audit."""
    applies_on: AppliesOn = AppliesOn.ENTRY
    tolerance_pct: str | None = None
    min_lot: str | None = None
    """Smallest charged quantity, in ``unit``."""
    de_minimis_value: str | None = None
    """Smallest charged value, in ``currency``."""
    exemptions: tuple[str, ...] = ()
    """Customs regimes left out (``returned-goods``, ``inward-processing``, ``scrap``)."""
    members_exempt: bool = False
    """Whether goods of the zone's own origin are judged but not charged."""
    quota_id: str | None = None
    levy_cap_abs: str | None = None
    """The most that is charged, in ``currency`` per ``unit``."""
    levy_cap_pct: str | None = None
    """The most that is charged, of the landed value (a bound tariff)."""
    graduated_table: tuple[Band, ...] = ()
    default_grade_pct: str | None = None
    """The grade to take where a shipment declares none, at lower confidence."""
    visibility: Visibility = Visibility.PUBLIC
    index_formula: str | None = None
    """How the value was derived, where it follows an index; ``value`` stays the authority."""
    source: str | None = None
    v: int = 1

    def __post_init__(self) -> None:
        """Refuse what cannot be right."""
        check(f"floor {self.name}", self._problems())

    @property
    def name(self) -> str:
        """The floor and its version: ``id@version``."""
        return f"{self.floor_id}@{self.version}"

    def facts(self) -> dict[str, str | None]:
        """Return what a reader of an alert or a quote needs to know of it, as JSON values."""
        restricted = {"visibility": str(self.visibility)} if self.visibility is Visibility.RESTRICTED else {}
        return restricted | {
            "floor": self.name,
            "status": str(self.status),
            "instrument": str(self.instrument),
            "zone": self.zone_id,
            "authority": self.issuing_authority,
            "legal_basis": self.legal_basis,
            "value": self.value,
            "currency": self.currency,
            "unit": self.unit,
            "content_basis": self.content_basis,
            "incoterm": self.incoterm,
            "effective_from": self.effective_from.isoformat(),
            "effective_to": self.effective_to.isoformat() if self.effective_to else None,
            "announced_at": self.announced_at.isoformat(),
            "source": self.source,
        }

    @property
    def product(self) -> str:
        """The product it is for: ``mineral|stage``."""
        return f"{self.mineral}|{self.stage}"

    @property
    def price(self) -> Fraction | None:
        """The value as an exact number, None where the floor is suspended."""
        return None if self.value is None else fraction(self.value)

    @property
    def suspended(self) -> bool:
        """Whether no price holds in this period."""
        return self.value is None or self.status == FloorStatus.SUSPENDED

    def levy_terms(
        self,
        *,
        per_unit: Fraction | int = 1,
        rate: Fraction | int = 1,
        scale: int = 1,
        member_origin: bool = False,
        in_quota_share: Fraction | int = 0,
    ) -> LevyTerms:
        """
        Return the floor's terms for :func:`streams.reference.levy.assess`.

        *per_unit* is how many of the floor's ``unit`` (of its content basis) are in one unit of the quantity that is
        assessed, *rate* what one unit of the floor's currency is worth in that of the totals.  *scale* is how many
        counts make one: 1000000 where quantity and totals are both counted in micro-units.
        """
        return LevyTerms(
            instrument=self.instrument,
            tolerance_pct=percent(self.tolerance_pct),
            cap_abs=None if self.levy_cap_abs is None else fraction(self.levy_cap_abs) * per_unit * rate,
            cap_pct=None if self.levy_cap_pct is None else fraction(self.levy_cap_pct),
            graduated=tuple(
                LevyBand(fraction(band.above_pct), fraction(band.rate_pct)) for band in self.graduated_table
            ),
            member_exempt=self.members_exempt and member_origin,
            in_quota_share=Fraction(in_quota_share),
            min_lot=None if self.min_lot is None else fraction(self.min_lot) / per_unit * scale,
            de_minimis_value=(
                None if self.de_minimis_value is None else fraction(self.de_minimis_value) * rate * scale
            ),
        )

    def _problems(self) -> Iterator[Problem]:
        yield from self._key_problems()
        yield from self._price_problems()
        yield from self._scope_problems()
        yield from self._levy_problems()
        yield from period_problems(self.effective_from, self.effective_to, ("effective_from", "effective_to"))

    def _key_problems(self) -> Iterator[Problem]:
        for field in ("floor_id", "zone_id", "mineral", "stage"):
            yield from name_problems(field, getattr(self, field))
        if self.version < 1:
            yield Problem("version", f"must be at least 1, was {self.version}")

    def _price_problems(self) -> Iterator[Problem]:
        yield from decimal_problems("value", self.value, above=0)
        yield from currency_problems("currency", self.currency)
        yield from content_problems(self.unit, self.content_basis)
        if self.incoterm not in INCOTERMS:
            yield Problem("incoterm", f"unknown incoterm {self.incoterm!r}; known are {', '.join(INCOTERMS)}")
        yield from decimal_problems("vat_pct", self.vat_pct, least=0, most=100)
        if self.tax_inclusive and self.vat_pct is None:
            yield Problem("vat_pct", "is needed where tax_inclusive is true")

    def _scope_problems(self) -> Iterator[Problem]:
        scope = self.applies_to
        for kind, listed in ((Scope.ORIGINS, scope.origins), (Scope.EXPORTERS, scope.exporters)):
            if (scope.scope == kind) != bool(listed):
                yield Problem(
                    "applies_to", f"scope {scope.scope} and a list of {len(listed)} {kind} do not fit together"
                )
        for origin in (*scope.origins, *scope.except_origins):
            yield from country_problems("applies_to", origin)
        for hs_code in self.hs_codes:
            yield from hs_code_problems("hs_codes", hs_code.code)
        for field in ("grade_min_pct", "grade_max_pct", "default_grade_pct"):
            yield from decimal_problems(field, getattr(self, field), least=0, most=100)

    def _levy_problems(self) -> Iterator[Problem]:
        yield from decimal_problems("tolerance_pct", self.tolerance_pct, least=0, most=100)
        for field in ("min_lot", "de_minimis_value", "levy_cap_abs", "levy_cap_pct"):
            yield from decimal_problems(field, getattr(self, field), least=0)
        steps = [band.above_pct for band in self.graduated_table]
        for band in self.graduated_table:
            yield from decimal_problems("graduated_table", band.above_pct, least=0, most=100)
            yield from decimal_problems("graduated_table", band.rate_pct, least=0, most=100)
        if not _rises(steps):
            yield Problem("graduated_table", f"above_pct must rise from band to band, was {', '.join(steps)}")


def _rises(steps: list[str]) -> bool:
    try:
        numbers = [fraction(step) for step in steps]
    except NotADecimalError:
        return True  # said by the check of each band
    return all(low < high for low, high in pairwise(numbers))
