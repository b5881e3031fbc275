"""Which floor a shipment is judged by."""

from datetime import date
from fractions import Fraction

import pytest

from streams.reference.floors import (
    AppliesTo,
    Band,
    Floor,
    FloorBook,
    FloorQuery,
    FloorStatus,
    HsCode,
    Instrument,
    ResolutionKind,
    Scope,
)
from streams.reference.levy import LevyBand, LevyTerms
from streams.reference.validity import InvalidEntryError
from streams.reference.zones import Member, Zone, Zones

NEW_YEAR = date(2025, 1, 1)
FOUND, MISSING = ResolutionKind.FOUND, ResolutionKind.MISSING


def floor(floor_id="si", **fields):
    """Return a floor of silicon metal, in force in the zone from New Year 2025, announced a month before."""
    usual = {
        "floor_id": floor_id,
        "status": FloorStatus.IN_FORCE,
        "instrument": Instrument.VARIABLE_LEVY,
        "zone_id": "zone",
        "mineral": "silicon",
        "stage": "metal",
        "value": "2.20",
        "currency": "USD",
        "unit": "kg",
        "effective_from": NEW_YEAR,
        "announced_at": date(2024, 12, 1),
    }
    return Floor(**{**usual, **fields})


def book(*floors, statuses=None):
    """Return a book of *floors* and a zone of the United Kingdom and Norway."""
    zones = Zones()
    zones.put(Zone(zone_id="zone", members=(Member(country="GB"), Member(country="NO"))))
    made = FloorBook(zones) if statuses is None else FloorBook(zones, statuses)
    for each in floors:
        made.put(each)
    return made


def query(**fields):
    """Return a shipment of silicon metal from China to the United Kingdom in June 2025."""
    usual = {"product": "silicon|metal", "destination": "GB", "origin": "CN", "day": date(2025, 6, 1)}
    return FloorQuery(**{**usual, **fields})


def origins(*codes):
    """Return the scope of a floor for some origins."""
    return AppliesTo(scope=Scope.ORIGINS, origins=codes)


def test_the_floor_of_the_product_in_the_destinations_zone_is_found():
    """One floor, no choice."""
    found = book(floor()).resolve(query())
    assert (found.kind, found.floor, found.candidates, found.zones) == (FOUND, floor(), (floor(),), ("zone",))


def test_a_destination_in_no_zone_keeps_no_floor():
    """Out of zone is not the same as missing."""
    found = book(floor()).resolve(query(destination="CN"))
    assert (found.kind, found.reason) == (ResolutionKind.OUT_OF_ZONE, "CN is in no zone on 2025-06-01")


def test_a_product_without_a_floor_in_the_zone_is_missing_one():
    """It is said, with product, zone and day."""
    found = book(floor()).resolve(query(product="gallium|metal"))
    assert (found.kind, found.reason) == (MISSING, "no floor for gallium|metal in zone on 2025-06-01")


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        pytest.param(date(2024, 12, 31), MISSING, id="the-day-before"),
        pytest.param(NEW_YEAR, FOUND, id="first-day"),
        pytest.param(date(2025, 6, 30), FOUND, id="last-day"),
        pytest.param(date(2025, 7, 1), MISSING, id="the-day-after"),
    ],
)
def test_a_floor_holds_from_its_first_day_to_the_day_before_its_end(day, kind):
    """Validity is half-open."""
    assert book(floor(effective_to=date(2025, 7, 1))).resolve(query(day=day)).kind is kind


@pytest.mark.parametrize(
    ("day", "value"),
    [
        pytest.param(date(2024, 12, 31), None, id="before-the-first"),
        pytest.param(date(2025, 1, 14), "200", id="last-day-of-the-first"),
        pytest.param(date(2025, 1, 15), None, id="suspended"),
        pytest.param(date(2025, 1, 19), None, id="suspended-still"),
        pytest.param(date(2025, 1, 20), "180", id="first-day-of-the-next"),
    ],
)
def test_a_period_lasts_until_the_next_one_begins(day, value):
    """Entries may come in any order; one without a value suspends the floor."""
    made = book(
        floor(value="180", effective_from=date(2025, 1, 20)),
        floor(value="200"),
        floor(value=None, effective_from=date(2025, 1, 15)),
    )
    found = made.resolve(query(day=day))
    assert (found.floor.value if found.kind is FOUND else None) == value
    if day == date(2025, 1, 15):
        assert (found.kind, found.reason) == (ResolutionKind.SUSPENDED, "si@1 is suspended on 2025-01-15")


@pytest.mark.parametrize(
    ("known_on", "value"),
    [
        pytest.param(date(2024, 11, 30), None, id="before-the-announcement"),
        pytest.param(date(2024, 12, 1), "2.20", id="on-the-day-of-it"),
        pytest.param(date(2025, 5, 31), "2.20", id="before-the-revision-was-known"),
        pytest.param(date(2025, 6, 1), "2.50", id="once-it-was"),
        pytest.param(date.max, "2.50", id="with-hindsight"),
    ],
)
def test_a_shipment_is_judged_by_what_was_known(known_on, value):
    """A revision back to New Year, announced in June, changes nothing for who looks in May."""
    made = book(floor(), floor(version=2, value="2.50", announced_at=date(2025, 6, 1)))
    found = made.resolve(query(known_on=known_on))
    assert (None if found.floor is None else found.floor.value) == value
    if value is None:
        assert "not announced by then" in found.reason


@pytest.mark.parametrize(
    ("day", "name"),
    [
        pytest.param(date(2025, 2, 28), "si@1", id="before-it-takes-effect"),
        pytest.param(date(2025, 3, 1), "si@2", id="from-its-first-day"),
        pytest.param(date(2025, 3, 31), "si@2", id="to-its-last"),
        pytest.param(date(2025, 4, 1), None, id="the-earlier-version-does-not-come-back"),
    ],
)
def test_a_version_replaces_earlier_ones_for_good_from_its_first_day(day, name):
    """An end that is brought forward ends the floor."""
    made = book(floor(), floor(version=2, effective_from=date(2025, 3, 1), effective_to=date(2025, 4, 1)))
    found = made.resolve(query(day=day))
    assert (found.floor.name if found.floor else None) == name


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        pytest.param(FloorStatus.PROPOSED, FOUND, id="a-proposal-changes-nothing"),
        pytest.param(FloorStatus.SUSPENDED, ResolutionKind.SUSPENDED, id="suspended"),
        pytest.param(FloorStatus.REVOKED, MISSING, id="revoked"),
    ],
)
def test_a_later_version_may_end_a_floor_and_a_proposal_may_not(status, kind):
    """The second version is announced and dated, but only an act takes effect."""
    found = book(floor(), floor(version=2, status=status)).resolve(query())
    assert found.kind is kind
    if kind is FOUND:
        assert found.floor.version == 1


def test_the_statuses_that_count_are_a_choice():
    """A book of law alone does not see an illustration, one of proposals does see them."""
    law = frozenset({FloorStatus.IN_FORCE})
    assert book(floor(status=FloorStatus.ILLUSTRATIVE), statuses=law).resolve(query()).kind is MISSING
    proposals = frozenset({FloorStatus.PROPOSED})
    assert book(floor(status=FloorStatus.PROPOSED), statuses=proposals).resolve(query()).kind is FOUND


@pytest.mark.parametrize(
    ("general", "special"),
    [
        pytest.param({}, {"applies_to": origins("CN")}, id="origin-before-zone"),
        pytest.param(
            {"applies_to": origins("CN")},
            {"applies_to": AppliesTo(scope=Scope.EXPORTERS, exporters=("acme",))},
            id="exporter-before-origin",
        ),
        pytest.param({}, {"hs_codes": (HsCode(code="280469"),)}, id="hs6-before-product"),
        pytest.param(
            {"hs_codes": (HsCode(code="280469"),)}, {"hs_codes": (HsCode(code="28046900"),)}, id="hs8-before-hs6"
        ),
        pytest.param(
            {"hs_codes": (HsCode(code="28046900"),)}, {"hs_codes": (HsCode(code="2804690010"),)}, id="hs10-before-hs8"
        ),
        pytest.param({}, {"grade_min_pct": "98"}, id="graded-before-open"),
        pytest.param(
            {"hs_codes": (HsCode(code="2804690010"),), "grade_min_pct": "98"},
            {"applies_to": origins("CN")},
            id="origin-before-code-and-grade",
        ),
        pytest.param(
            {"status": FloorStatus.ILLUSTRATIVE, "applies_to": origins("CN")}, {}, id="law-before-illustration"
        ),
        pytest.param(
            {"status": FloorStatus.ILLUSTRATIVE}, {"status": FloorStatus.CONTRACTUAL}, id="contract-before-illustration"
        ),
    ],
)
def test_the_most_specific_floor_counts_even_where_it_is_lower(general, special):
    """Law before contract before illustration, exporter before origin before zone, longer code, bounded grade."""
    made = book(floor("general", value="9", **general), floor("special", value="1", **special))
    asked = query(hs_code="2804690010", exporter="acme", grade_pct=Fraction(99))
    assert made.resolve(asked).floor.floor_id == "special"


def test_two_equally_specific_floors_are_ambiguous_and_the_higher_is_used():
    """Both are listed; the prices are compared in one unit."""
    per_kg, per_tonne = floor("per-kg", value="2.20"), floor("per-tonne", value="2300", unit="t")
    found = book(per_tonne, per_kg).resolve(query())
    assert (found.kind, found.floor, found.candidates) == (ResolutionKind.AMBIGUOUS, per_tonne, (per_kg, per_tonne))
    assert "per-kg@1, per-tonne@1 are equally specific" in found.reason


def test_prices_that_need_a_rate_are_not_compared_here():
    """Of a euro and a dollar floor none is chosen; both are listed."""
    found = book(floor("a"), floor("b", currency="EUR")).resolve(query())
    assert (found.kind, found.floor, len(found.candidates)) == (ResolutionKind.AMBIGUOUS, None, 2)


def test_a_suspended_floor_leaves_an_equally_specific_one_alone():
    """There is no ambiguity with what has no price."""
    found = book(floor("a", value=None), floor("b")).resolve(query())
    assert (found.kind, found.floor.floor_id) == (FOUND, "b")


@pytest.mark.parametrize(
    ("applies_to", "asked", "kind"),
    [
        pytest.param(AppliesTo(scope=Scope.NON_MEMBERS), {"origin": "CN"}, FOUND, id="non-member"),
        pytest.param(AppliesTo(scope=Scope.NON_MEMBERS), {"origin": "NO"}, ResolutionKind.EXEMPT, id="member"),
        pytest.param(AppliesTo(scope=Scope.MEMBERS), {"origin": "NO"}, FOUND, id="member-of-a-floor-for-members"),
        pytest.param(AppliesTo(scope=Scope.MEMBERS), {"origin": "CN"}, ResolutionKind.EXEMPT, id="not-a-member"),
        pytest.param(origins("RU", "CN"), {"origin": "CN"}, FOUND, id="listed-origin"),
        pytest.param(origins("RU"), {"origin": "CN"}, ResolutionKind.EXEMPT, id="other-origin"),
        pytest.param(AppliesTo(except_origins=("UA",)), {"origin": "UA"}, ResolutionKind.EXEMPT, id="left-out-origin"),
        pytest.param(
            AppliesTo(scope=Scope.EXPORTERS, exporters=("acme",)), {"exporter": "acme"}, FOUND, id="named-exporter"
        ),
        pytest.param(
            AppliesTo(scope=Scope.EXPORTERS, exporters=("acme",)), {}, ResolutionKind.EXEMPT, id="exporter-not-declared"
        ),
    ],
)
def test_a_scope_leaves_out_whom_it_does_not_name(applies_to, asked, kind):
    """Such a shipment is exempt: a floor is in force, and not for it."""
    found = book(floor(applies_to=applies_to)).resolve(query(**asked))
    assert found.kind is kind
    assert found.floor is not None
    assert bool(found.reason) is (kind is ResolutionKind.EXEMPT)


def test_an_exempt_regime_is_left_out():
    """Returned goods are not imports for consumption."""
    made = book(floor(exemptions=("returned-goods",)))
    assert made.resolve(query(regime="returned-goods")).kind is ResolutionKind.EXEMPT
    assert made.resolve(query(regime="free-circulation")).kind is FOUND


@pytest.mark.parametrize(
    ("grade", "name"),
    [
        pytest.param("97.99", "low", id="below"),
        pytest.param("98", "high", id="at-the-bound"),
        pytest.param("98.01", "high", id="above"),
        pytest.param(None, None, id="not-declared"),
    ],
)
def test_a_grade_bound_is_inclusive_below_and_exclusive_above(grade, name):
    """No grade, no floor that is bounded by one, and the reason says so."""
    made = book(floor("low", grade_max_pct="98"), floor("high", grade_min_pct="98"))
    found = made.resolve(query(grade_pct=grade))
    assert (found.floor.floor_id if found.floor else None) == name
    if name is None:
        assert "no grade is declared" in found.reason


def test_a_floors_own_default_grade_stands_in_for_one_that_is_not_declared():
    """The schedule says what to take."""
    assert book(floor(grade_min_pct="98", default_grade_pct="98.5")).resolve(query()).kind is FOUND


@pytest.mark.parametrize(
    ("hs_code", "kind"),
    [
        pytest.param("28046900", FOUND, id="line-under-the-code"),
        pytest.param("2804", FOUND, id="too-short-to-tell"),
        pytest.param(None, FOUND, id="not-declared"),
        pytest.param("28046100", MISSING, id="another-code"),
    ],
)
def test_a_floor_for_commodity_codes_is_for_no_others(hs_code, kind):
    """A code that is too short or missing leaves the product to decide."""
    assert book(floor(hs_codes=(HsCode(code="280469"),))).resolve(query(hs_code=hs_code)).kind is kind


def test_membership_is_dated():
    """Before a country joins it keeps no floor."""
    zones = Zones()
    zones.put(Zone(zone_id="zone", members=(Member(country="GB", valid_from=date(2025, 6, 1)),)))
    made = FloorBook(zones)
    made.put(floor())
    assert made.resolve(query(day=date(2025, 5, 31))).kind is ResolutionKind.OUT_OF_ZONE
    assert made.resolve(query(day=date(2025, 6, 1))).kind is FOUND


def test_an_entry_put_again_takes_the_place_of_the_first():
    """Even where a correction moves it to another product."""
    made = book(floor())
    assert made.put(floor(mineral="gallium")) == floor()
    assert [each.mineral for each in made] == ["gallium"]
    assert made.resolve(query()).kind is MISSING


def test_floors_in_force_are_listed_whatever_the_lane():
    """One entry of each id: the suspended among them, what ended or was revoked not."""
    made = book(
        floor("a", applies_to=origins("RU")),
        floor("b", value=None),
        floor("c", effective_to=date(2025, 2, 1)),
        floor("d"),
        floor("d", version=2, status=FloorStatus.REVOKED),
        floor("e", effective_from=date(2026, 1, 1)),
    )
    assert [each.floor_id for each in made.in_force("silicon|metal", day=date(2025, 6, 1))] == ["a", "b"]


def test_the_period_of_a_version_is_found_by_day():
    """For the evidence of an alert, which names floor and version."""
    made = book(floor(), floor(value="3", effective_from=date(2025, 6, 1)))
    assert made.period("si@1", date(2025, 5, 31)).value == "2.20"
    assert made.period("si@1", date(2025, 6, 1)).value == "3"
    assert made.period("si@1", date(2024, 6, 1)) is None


def test_levy_terms_are_in_the_units_and_currency_of_the_totals():
    """A cap of 100 EUR per tonne, for kilograms and dollars at 1.10, counted in micro-units."""
    terms = floor(
        unit="t",
        currency="EUR",
        value="2408",
        tolerance_pct="0.5",
        levy_cap_abs="100",
        levy_cap_pct="20",
        min_lot="2",
        de_minimis_value="50",
        graduated_table=(Band(above_pct="10", rate_pct="30"),),
        members_exempt=True,
    ).levy_terms(per_unit=Fraction(1, 1000), rate=Fraction("1.10"), scale=10**6, member_origin=True, in_quota_share=1)
    assert terms == LevyTerms(
        tolerance_pct=Fraction(1, 2),
        cap_abs=Fraction("0.11"),
        cap_pct=Fraction(20),
        graduated=(LevyBand(Fraction(10), Fraction(30)),),
        member_exempt=True,
        in_quota_share=Fraction(1),
        min_lot=Fraction(2000 * 10**6),
        de_minimis_value=Fraction(55 * 10**6),
    )


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        pytest.param({"value": "0"}, "value: must be above 0", id="free"),
        pytest.param({"value": "2,408"}, "value: .* has a comma", id="group-separator"),
        pytest.param({"currency": "usd"}, "currency: expected three capital letters", id="currency"),
        pytest.param({"unit": "tonne"}, "unit: unknown unit", id="unit"),
        pytest.param({"unit": "mtu"}, "content_basis: mtu counts content", id="content-of-what"),
        pytest.param({"incoterm": "C&F"}, "incoterm: unknown incoterm", id="incoterm"),
        pytest.param({"tax_inclusive": True}, "vat_pct: is needed", id="tax-of-what-rate"),
        pytest.param({"applies_to": origins()}, "applies_to", id="origins-without-a-list"),
        pytest.param({"applies_to": AppliesTo(origins=("CN",))}, "applies_to", id="a-list-without-its-scope"),
        pytest.param({"applies_to": origins("China")}, "two capital letters", id="country"),
        pytest.param({"hs_codes": (HsCode(code="2804.69"),)}, "hs_codes: expected 4, 6, 8 or 10", id="hs-code"),
        pytest.param({"grade_min_pct": "101"}, "grade_min_pct: must be at most 100", id="grade"),
        pytest.param({"effective_to": NEW_YEAR}, "effective_to: must come after", id="empty-period"),
        pytest.param({"version": 0}, "version: must be at least 1", id="version"),
        pytest.param({"mineral": "silicon|metal"}, "mineral: must be a name", id="bar-in-a-name"),
        pytest.param({"floor_id": ""}, "floor_id: must be a name", id="no-name"),
        pytest.param(
            {"graduated_table": (Band(above_pct="40", rate_pct="50"), Band(above_pct="10", rate_pct="30"))},
            "graduated_table: above_pct must rise",
            id="bands-out-of-order",
        ),
        pytest.param({"levy_cap_pct": "x"}, "levy_cap_pct", id="cap"),
    ],
)
def test_a_floor_that_cannot_be_right_is_refused(fields, complaint):
    """The message names field and finding."""
    with pytest.raises(InvalidEntryError, match=complaint):
        floor(**fields)


def test_all_that_is_wrong_with_a_floor_is_said_at_once():
    """Not the first finding alone."""
    with pytest.raises(InvalidEntryError) as refused:
        floor(value="0", currency="usd", unit="x")
    assert [problem.field for problem in refused.value.problems] == ["value", "currency", "unit"]
