"""
Floors: reference prices as dated, versioned data, and which of them a shipment is judged by.

A floor is never updated in place.  It is re-issued as a higher ``version``; from its first day on, a version
replaces every earlier one, their ends included.  A version may have several periods, each an entry of its own
with its ``effective_from``; a period without ``effective_to`` lasts until the next one begins.  A period without
a ``value`` suspends the floor.
"""

from bisect import insort
from collections.abc import Iterator
from datetime import date, datetime
from enum import IntEnum, StrEnum
from fractions import Fraction
from typing import Final

import msgspec

from streams.exact import NotADecimalError, fraction
from streams.reference.levy import Instrument, LevyBand, LevyTerms
from streams.reference.units import UNITS, UnknownUnitError, unit_named
from streams.reference.validity import (
    Problem,
    check,
    country_problems,
    currency_problems,
    decimal_problems,
    holds,
    hs_code_problems,
    percent,
    period_problems,
)
from streams.reference.zones import Zones

GROSS: Final = "gross"
"""Content basis: the goods as they are."""
DRY: Final = "dry"
"""Content basis: the goods less their moisture."""

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

_ENDED: Final = frozenset({FloorStatus.SUSPENDED, FloorStatus.REVOKED})
"""Statuses that take effect whatever is applied: they end an earlier version."""

_AUTHORITY: Final = {FloorStatus.IN_FORCE: 3, FloorStatus.SUSPENDED: 3, FloorStatus.CONTRACTUAL: 2, FloorStatus.ILLUSTRATIVE: 1}


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
        self, *, per_unit: Fraction | int = 1, member_origin: bool = False, in_quota_share: Fraction | int = 0
    ) -> LevyTerms:
        """
        Return the floor's terms for :func:`streams.reference.levy.assess`.

        *per_unit* is how many of the floor's ``unit`` (of its content basis) are in one unit of the quantity that is
        assessed.  Money stays in the floor's currency: convert the caps when the totals are in another.
        """
        return LevyTerms(
            instrument=self.instrument,
            tolerance_pct=percent(self.tolerance_pct),
            cap_abs=None if self.levy_cap_abs is None else fraction(self.levy_cap_abs) * per_unit,
            cap_pct=None if self.levy_cap_pct is None else fraction(self.levy_cap_pct),
            graduated=tuple(LevyBand(fraction(band.above_pct), fraction(band.rate_pct)) for band in self.graduated_table),
            member_exempt=self.members_exempt and member_origin,
            in_quota_share=Fraction(in_quota_share),
            min_lot=None if self.min_lot is None else fraction(self.min_lot) / per_unit,
            de_minimis_value=None if self.de_minimis_value is None else fraction(self.de_minimis_value),
        )

    def _problems(self) -> Iterator[Problem]:
        yield from self._key_problems()
        yield from self._price_problems()
        yield from self._scope_problems()
        yield from self._levy_problems()
        yield from period_problems(self.effective_from, self.effective_to, ("effective_from", "effective_to"))

    def _key_problems(self) -> Iterator[Problem]:
        for field in ("floor_id", "zone_id", "mineral", "stage"):
            text = getattr(self, field)
            if not text or "|" in text or text != text.strip():
                yield Problem(field, f"must be a name without blanks at its ends and without |, was {text!r}")
        if self.version < 1:
            yield Problem("version", f"must be at least 1, was {self.version}")

    def _price_problems(self) -> Iterator[Problem]:
        yield from decimal_problems("value", self.value, above=0)
        yield from currency_problems("currency", self.currency)
        try:
            unit = unit_named(self.unit)
        except UnknownUnitError as e:
            yield Problem("unit", str(e))
        else:
            if unit.of_content and self.content_basis == GROSS:
                yield Problem("content_basis", f"{self.unit} counts content: name the constituent, such as WO3")
        if self.incoterm not in INCOTERMS:
            yield Problem("incoterm", f"unknown incoterm {self.incoterm!r}; known are {', '.join(INCOTERMS)}")
        yield from decimal_problems("vat_pct", self.vat_pct, least=0, most=100)
        if self.tax_inclusive and self.vat_pct is None:
            yield Problem("vat_pct", "is needed where tax_inclusive is true")

    def _scope_problems(self) -> Iterator[Problem]:
        scope = self.applies_to
        for kind, listed in ((Scope.ORIGINS, scope.origins), (Scope.EXPORTERS, scope.exporters)):
            if (scope.scope == kind) != bool(listed):
                yield Problem("applies_to", f"scope {scope.scope} and a list of {len(listed)} {kind} do not fit together")
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


class FloorQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What of a shipment selects its floor.  ``day`` is the one the floor applies on, ``known_on`` the day of knowledge."""

    product: str
    destination: str
    origin: str
    day: date
    known_on: date = date.max
    """The last day whose announcements count: by default all, with hindsight."""
    hs_code: str | None = None
    exporter: str | None = None
    grade_pct: Fraction | str | None = None
    regime: str | None = None


class ResolutionKind(StrEnum):
    """What came of looking for a floor."""

    FOUND = "found"
    MISSING = "missing"
    """The destination keeps floors, none of them for these goods on that day."""
    OUT_OF_ZONE = "out_of_zone"
    """The destination is in no zone."""
    SUSPENDED = "suspended"
    EXEMPT = "exempt"
    """A floor is in force for the product, and leaves this shipment out."""
    AMBIGUOUS = "ambiguous"
    """Several floors are equally specific."""


class FloorResolution(msgspec.Struct, frozen=True, kw_only=True):
    """The floor a shipment is judged by, or why there is none."""

    kind: ResolutionKind
    reason: str = ""
    """In words; empty where one floor was found."""
    floor: Floor | None = None
    """
    Found: the floor.  Ambiguous: the higher one, None where prices in several units or currencies cannot be compared
    without a rate (convert each of ``candidates`` and take the highest).  Suspended or exempt: the floor that would apply.
    """
    candidates: tuple[Floor, ...] = ()
    """All that were equally specific, in order of id."""
    zones: tuple[str, ...] = ()
    """The zones the destination is in on that day."""


class _Miss(IntEnum):
    """Why a floor of the product does not apply, the most telling last."""

    NOT_YET_KNOWN = 1
    NOT_IN_FORCE = 2
    OTHER_GOODS = 3
    GRADE_UNKNOWN = 4


_MISSED: Final = {
    _Miss.NOT_YET_KNOWN: "not announced by then",
    _Miss.NOT_IN_FORCE: "not in force on that day",
    _Miss.OTHER_GOODS: "for another commodity code or grade",
    _Miss.GRADE_UNKNOWN: "bounded by grade, and no grade is declared",
}


class FloorBook:
    """
    Every version of every floor, and the rule that picks the one a shipment is judged by.

    Of the floors of the product whose zone holds the destination on the day, in a version announced by the day of
    knowledge: law goes before contract and contract before illustration, then exporter before origin before zone,
    a longer commodity code before a shorter, a bounded grade before an open one.
    """

    def __init__(self, zones: Zones, statuses: frozenset[FloorStatus] = APPLIED) -> None:
        self._zones = zones
        self._statuses = statuses | _ENDED
        self._series: dict[tuple[str, str], dict[str, list[Floor]]] = {}
        """By mineral and stage, then floor id: its entries, by version and first day."""
        self._product_of: dict[tuple[str, int, date], tuple[str, str]] = {}

    def __iter__(self) -> Iterator[Floor]:
        """Iterate over every entry, by mineral, stage, id, version and first day."""
        for product in sorted(self._series):
            for floor_id in sorted(self._series[product]):
                yield from self._series[product][floor_id]

    def put(self, floor: Floor) -> Floor | None:
        """Take an entry, in place of one of the same id, version and first day; return the one it replaces."""
        before = self._take_out(floor.floor_id, *_order(floor))
        insort(self._series.setdefault((floor.mineral, floor.stage), {}).setdefault(floor.floor_id, []), floor, key=_order)
        self._product_of[floor.floor_id, *_order(floor)] = floor.mineral, floor.stage
        return before

    def _take_out(self, floor_id: str, version: int, first_day: date) -> Floor | None:
        product = self._product_of.pop((floor_id, version, first_day), None)
        if product is None:
            return None
        series = self._series[product][floor_id]
        place = next(place for place, known in enumerate(series) if _order(known) == (version, first_day))
        before = series.pop(place)
        if not series:
            del self._series[product][floor_id]
        return before

    def has_other(self, floor: Floor) -> bool:
        """Return whether its floor id has entries of another version or first day."""
        series = self._series.get((floor.mineral, floor.stage), {}).get(floor.floor_id, [])
        return any(_order(known) != _order(floor) for known in series)

    def series(self, floor_id: str) -> tuple[Floor, ...]:
        """Return every entry of *floor_id* by version and first day; empty where there is none."""
        return tuple(floor for floor in self if floor.floor_id == floor_id)

    def named(self, name: str) -> tuple[Floor, ...]:
        """Return the periods of one version, called ``id@version``; empty where there is none."""
        return tuple(floor for floor in self if floor.name == name)

    @property
    def statuses(self) -> frozenset[FloorStatus]:
        """Return the statuses that are applied, those that end an earlier version among them."""
        return self._statuses

    def of_product(self, product: str) -> Iterator[Floor]:
        """Iterate over the entries of one product, by id, version and first day."""
        mineral, _, stage = product.partition("|")
        series = self._series.get((mineral, stage), {})
        return (floor for floor_id in sorted(series) for floor in series[floor_id])

    def products(self) -> tuple[str, ...]:
        """Return the products that have a floor of any status, in order."""
        return tuple(f"{mineral}|{stage}" for mineral, stage in sorted(self._series))

    def resolve(self, query: FloorQuery) -> FloorResolution:
        """Return the floor that *query* is judged by, or the kind and reason of there being none."""
        zones = self._zones.of(query.destination, query.day)
        if not zones:
            reason = f"{query.destination} is in no zone on {query.day}"
            return FloorResolution(kind=ResolutionKind.OUT_OF_ZONE, reason=reason)
        mineral, _, stage = query.product.partition("|")
        misses: list[tuple[_Miss, Floor]] = []
        applying: list[Floor] = []
        left_out: list[tuple[Floor, str]] = []
        for series in self._series.get((mineral, stage), {}).values():
            floor = self._in_force(series, query, zones, misses)
            if floor is None:
                continue
            reason = self._exemption(floor, query)
            if reason is None:
                applying.append(floor)
            else:
                left_out.append((floor, reason))
        if applying:
            return self._choose(applying, query, zones)
        if left_out:
            floor, reason = min(left_out, key=lambda each: each[0].floor_id)
            return FloorResolution(kind=ResolutionKind.EXEMPT, reason=reason, floor=floor, zones=zones)
        return FloorResolution(kind=ResolutionKind.MISSING, reason=_missing(query, zones, misses), zones=zones)

    def _in_force(
        self, series: list[Floor], query: FloorQuery, zones: tuple[str, ...], misses: list[tuple[_Miss, Floor]]
    ) -> Floor | None:
        """Return the entry of one floor id that holds on the day for these goods, or take note why none does."""
        applied = [floor for floor in series if floor.status in self._statuses]
        known = [floor for floor in applied if floor.announced_at <= query.known_on]
        begun = [floor for floor in known if floor.effective_from <= query.day]
        floor = next(reversed(begun or known or applied), None)
        if floor is None or floor.zone_id not in zones:
            return None
        miss = _mismatch(floor, query) if begun else _Miss.NOT_IN_FORCE if known else _Miss.NOT_YET_KNOWN
        if miss is not None:
            misses.append((miss, floor))
            return None
        return floor

    def _exemption(self, floor: Floor, query: FloorQuery) -> str | None:
        """Return why the floor leaves the shipment out, None where it applies."""
        scope = floor.applies_to
        member = self._zones.has(floor.zone_id, query.origin, query.day)
        if query.origin in scope.except_origins:
            return f"{floor.name} leaves out the origin {query.origin}"
        if scope.scope == Scope.NON_MEMBERS and member:
            return f"{floor.name} is for non-members and {query.origin} is a member of {floor.zone_id}"
        if scope.scope == Scope.MEMBERS and not member:
            return f"{floor.name} is for members and {query.origin} is not one of {floor.zone_id}"
        if scope.scope == Scope.ORIGINS and query.origin not in scope.origins:
            return f"{floor.name} is for origins {', '.join(scope.origins)}, not {query.origin}"
        if scope.scope == Scope.EXPORTERS and query.exporter not in scope.exporters:
            return f"{floor.name} is for named exporters, not {query.exporter or 'one that is not declared'}"
        if query.regime is not None and query.regime in floor.exemptions:
            return f"{floor.name} leaves out the regime {query.regime}"
        return None

    def _choose(self, applying: list[Floor], query: FloorQuery, zones: tuple[str, ...]) -> FloorResolution:
        best = max(_specificity(floor, query) for floor in applying)
        chosen = sorted((floor for floor in applying if _specificity(floor, query) == best), key=lambda floor: floor.floor_id)
        priced = [floor for floor in chosen if not floor.suspended]
        if not priced:
            reason = f"{chosen[0].name} is suspended on {query.day}"
            return FloorResolution(
                kind=ResolutionKind.SUSPENDED, reason=reason, floor=chosen[0], candidates=tuple(chosen), zones=zones
            )
        if len(priced) == 1:
            return FloorResolution(kind=ResolutionKind.FOUND, floor=priced[0], candidates=tuple(priced), zones=zones)
        reason = f"{', '.join(floor.name for floor in priced)} are equally specific: the higher is used"
        return FloorResolution(
            kind=ResolutionKind.AMBIGUOUS, reason=reason, floor=_higher(priced), candidates=tuple(priced), zones=zones
        )


def hs_level(floor: Floor, hs_code: str | None) -> int:
    """
    Return how many digits of *hs_code* the floor names: 0 where it names no codes or the code is too short to tell.

    Returns -1 where the floor is for other codes.
    """
    if not floor.hs_codes or hs_code is None:
        return 0
    longest = max((len(each.code) for each in floor.hs_codes if hs_code.startswith(each.code)), default=0)
    if longest or any(each.code.startswith(hs_code) for each in floor.hs_codes):
        return longest
    return -1


def _mismatch(floor: Floor, query: FloorQuery) -> _Miss | None:
    if floor.status == FloorStatus.REVOKED or not holds(query.day, floor.effective_from, floor.effective_to):
        return _Miss.NOT_IN_FORCE
    if hs_level(floor, query.hs_code) < 0:
        return _Miss.OTHER_GOODS
    if floor.grade_min_pct is None and floor.grade_max_pct is None:
        return None
    grade = _grade(floor, query)
    if grade is None:
        return _Miss.GRADE_UNKNOWN
    above = floor.grade_min_pct is None or grade >= fraction(floor.grade_min_pct)
    below = floor.grade_max_pct is None or grade < fraction(floor.grade_max_pct)
    return None if above and below else _Miss.OTHER_GOODS


def _grade(floor: Floor, query: FloorQuery) -> Fraction | None:
    declared = floor.default_grade_pct if query.grade_pct is None else query.grade_pct
    return fraction(declared) if isinstance(declared, str) else declared


def _specificity(floor: Floor, query: FloorQuery) -> tuple[int, int, int, bool]:
    scope = {Scope.EXPORTERS: 2, Scope.ORIGINS: 1}.get(floor.applies_to.scope, 0)
    graded = floor.grade_min_pct is not None or floor.grade_max_pct is not None
    return _AUTHORITY.get(floor.status, 0), scope, hs_level(floor, query.hs_code), graded


def _higher(floors: list[Floor]) -> Floor | None:
    """Return the floor with the highest price, None where the prices are not of one kind."""
    first = floors[0]
    if any((floor.currency, floor.content_basis) != (first.currency, first.content_basis) for floor in floors):
        return None
    if any((floor.incoterm, floor.vat_pct) != (first.incoterm, first.vat_pct) for floor in floors):
        return None
    return max(floors, key=lambda floor: (fraction(floor.value or "0") / UNITS[floor.unit].kg, floor.floor_id))


def _missing(query: FloorQuery, zones: tuple[str, ...], misses: list[tuple[_Miss, Floor]]) -> str:
    where = f"for {query.product} in {', '.join(zones)} on {query.day}"
    if not misses:
        return f"no floor {where}"
    miss, floor = max(misses, key=lambda each: (each[0], each[1].floor_id))
    return f"no floor {where}: {floor.name} is {_MISSED[miss]}"


def _order(floor: Floor) -> tuple[int, date]:
    return floor.version, floor.effective_from


def _rises(steps: list[str]) -> bool:
    try:
        numbers = [fraction(step) for step in steps]
    except NotADecimalError:
        return True  # said by the check of each band
    return all(low < high for low, high in zip(numbers, numbers[1:], strict=False))
